#include "medgraft/data/image_list.h"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "medgraft/base/error.h"
#include "medgraft/data/container/image_source.h"
#include "medgraft/data/container/tar.h"
#include "medgraft/data/dataset.h"
#include "medgraft/data/recipe_rows.h"

namespace medgraft::data {
namespace fs = std::filesystem;
namespace {

void require_images(const std::vector<std::string>& images, const std::string& path) {
  require(!images.empty(), path, " holds no PNG, JPEG or DICOM image");
}

std::vector<std::string> images_in_tar(const std::string& file) {
  std::vector<std::string> images;
  const TarFile tar(file);
  for (const auto& member : tar.members()) {
    if (has_image_name(member)) images.push_back(file + "#" + member);
  }
  return images;
}

std::vector<std::string> images_of_dataset(const std::string& path) {
  const auto dataset = read_dataset(path, {.allow_patient_leaks = true});
  std::vector<std::string> images;
  for (const auto& image : dataset.images) {
    images.push_back((dataset.info.root / image.path).string());
  }
  return images;
}

std::vector<std::string> images_at(const std::string& path) {
  if (path.ends_with(".toml") || fs::exists(fs::path(path) / "dataset.toml")) {
    return images_of_dataset(path);
  }
  if (fs::is_directory(path)) return images_in_folder(path);
  if (path.ends_with(".tar")) return images_in_tar(path);
  require(fs::exists(split_image_name(path).file), "there is no image ", path);
  return {path};
}

}  // namespace

std::vector<std::string> images_in_folder(const std::string& folder) {
  std::vector<std::string> images;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && has_image_name(entry.path())) {
      images.push_back(entry.path().string());
    }
  }
  std::sort(images.begin(), images.end());
  require_images(images, folder);
  return images;
}

std::vector<std::string> list_images(const std::vector<std::string>& paths) {
  std::vector<std::string> images;
  for (const auto& path : paths) {
    auto found = images_at(path);
    require_images(found, path);
    images.insert(images.end(), std::make_move_iterator(found.begin()),
                  std::make_move_iterator(found.end()));
  }
  return images;
}

}  // namespace medgraft::data
