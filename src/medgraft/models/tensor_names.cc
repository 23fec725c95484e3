#include "medgraft/models/tensor_names.h"

#include <ATen/ATen.h>

#include <regex>

#include "medgraft/base/error.h"

namespace medgraft::models {
namespace {

bool is_convolution(const std::string& medgraft_name) {
  return medgraft_name.ends_with(".weight") && medgraft_name != "head.weight";
}

// a 1, b 2, c 3 and back: timm numbers what the published files letter.
char letter_to_digit(char letter) { return static_cast<char>(letter - 'a' + '1'); }
char digit_to_letter(char digit) { return static_cast<char>(digit - '1' + 'a'); }

std::string two_digits(int number) { return text(number < 10 ? "0" : "", number); }

std::optional<std::string> from_big_transfer(std::string name) {
  static const std::regex kNumbered("/standardized_conv2d_[0-9]+/");
  static const std::regex kUnit(
      "(block[1-4])/(unit[0-9]{2})/([abc])/(proj/)?(standardized_conv2d/kernel|"
      "group_norm/(gamma|beta))");
  if (name.starts_with("resnet/")) name = name.substr(7);
  name = std::regex_replace(name, kNumbered, "/standardized_conv2d/");
  if (name == "root_block/standardized_conv2d/kernel") return "root.weight";
  if (name == "group_norm/gamma") return "norm.gamma";
  if (name == "group_norm/beta") return "norm.beta";
  if (name == "head/conv2d/kernel") return "head.weight";
  if (name == "head/conv2d/bias") return "head.bias";
  std::smatch match;
  if (!std::regex_match(name, match, kUnit)) return std::nullopt;
  const auto unit = text(match.str(1), ".", match.str(2), ".");
  if (match.length(4) > 0)
    return match.length(6) > 0 ? std::nullopt : std::optional(unit + "proj.weight");
  return unit + match.str(3) + "." + (match.length(6) > 0 ? match.str(6) : "weight");
}

std::optional<std::string> from_timm(const std::string& name) {
  static const std::regex kUnit(
      "stages\\.([0-3])\\.blocks\\.([0-9]+)\\.(conv|norm|downsample\\.conv)([1-3]?)\\."
      "(weight|bias)");
  if (name == "stem.conv.weight") return "root.weight";
  if (name == "norm.weight") return "norm.gamma";
  if (name == "norm.bias") return "norm.beta";
  if (name == "head.fc.weight") return "head.weight";
  if (name == "head.fc.bias") return "head.bias";
  std::smatch match;
  if (!std::regex_match(name, match, kUnit) || match.length(2) > 2) return std::nullopt;
  const auto unit = text("block", match.str(1)[0] - '0' + 1, ".unit",
                         two_digits(std::stoi(match.str(2)) + 1), ".");
  if (match.str(3) == "downsample.conv") return unit + "proj.weight";
  if (match.length(4) == 0) return std::nullopt;
  const auto part = unit + digit_to_letter(match.str(4)[0]);
  if (match.str(3) == "conv") return part + ".weight";
  return part + (match.str(5) == "weight" ? ".gamma" : ".beta");
}

std::string to_big_transfer(const std::string& name) {
  if (name == "root.weight") return "resnet/root_block/standardized_conv2d/kernel";
  if (name.starts_with("norm.")) return "resnet/group_norm/" + name.substr(5);
  if (name == "head.weight") return "resnet/head/conv2d/kernel";
  if (name == "head.bias") return "resnet/head/conv2d/bias";
  // block1.unit01.a.weight
  const auto unit = text("resnet/", name.substr(0, 6), "/", name.substr(7, 6), "/");
  const auto part = name.substr(14);
  if (part == "proj.weight") return unit + "a/proj/standardized_conv2d/kernel";
  const auto letter = part.substr(0, 1);
  if (part.ends_with(".weight")) return unit + letter + "/standardized_conv2d/kernel";
  return unit + letter + "/group_norm/" + part.substr(2);
}

std::string to_timm(const std::string& name) {
  if (name == "root.weight") return "stem.conv.weight";
  if (name == "norm.gamma") return "norm.weight";
  if (name == "norm.beta") return "norm.bias";
  if (name.starts_with("head.")) return "head.fc." + name.substr(5);
  const auto unit =
      text("stages.", name[5] - '1', ".blocks.", std::stoi(name.substr(11, 2)) - 1, ".");
  const auto part = name.substr(14);
  if (part == "proj.weight") return unit + "downsample.conv.weight";
  const auto digit = std::string(1, letter_to_digit(part[0]));
  if (part.ends_with(".weight")) return unit + "conv" + digit + ".weight";
  return unit + "norm" + digit + (part.ends_with(".gamma") ? ".weight" : ".bias");
}

}  // namespace

std::optional<std::string> to_medgraft_name(const std::string& name, Naming naming) {
  switch (naming) {
    case Naming::kBigTransfer:
      return from_big_transfer(name);
    case Naming::kTimm:
      return from_timm(name);
    case Naming::kMedgraft:
      break;
  }
  static const std::regex kOwn(
      "root\\.weight|norm\\.(gamma|beta)|head\\.(weight|bias)|fusion\\.missing|"
      "fusion\\.(value|gate)\\.(weight|bias)|fusion\\.score\\.weight|"
      "block[1-4]\\.unit[0-9]{2}\\.([abc]\\.(weight|gamma|beta)|proj\\.weight)");
  return std::regex_match(name, kOwn) ? std::optional(name) : std::nullopt;
}

std::string from_medgraft_name(const std::string& name, Naming naming) {
  switch (naming) {
    case Naming::kBigTransfer:
      return to_big_transfer(name);
    case Naming::kTimm:
      return to_timm(name);
    case Naming::kMedgraft:
      break;
  }
  return name;
}

at::Tensor to_medgraft_axes(const at::Tensor& tensor, const std::string& medgraft_name,
                            Naming naming) {
  auto out = tensor;
  if (out.dim() == 4 && naming == Naming::kBigTransfer) out = out.permute({3, 2, 0, 1});
  if (out.dim() == 4 && medgraft_name == "head.weight") out = out.flatten(1);
  return out.contiguous();
}

at::Tensor from_medgraft_axes(const at::Tensor& tensor, const std::string& medgraft_name,
                              Naming naming) {
  auto out = tensor.detach();
  if (naming != Naming::kMedgraft && medgraft_name == "head.weight") {
    out = out.unsqueeze(2).unsqueeze(3);
  }
  const bool transpose = is_convolution(medgraft_name) || medgraft_name == "head.weight";
  if (naming == Naming::kBigTransfer && transpose) out = out.permute({2, 3, 1, 0});
  return out.contiguous();
}

}  // namespace medgraft::models
