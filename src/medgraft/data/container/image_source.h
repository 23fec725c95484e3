#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "medgraft/base/result.h"
#include "medgraft/image/decode/decode.h"
#include "medgraft/image/image.h"

namespace medgraft::data {

/// Where an image named in a manifest lies: "folder/file.png", "photos.tar#dog/1.jpg" or
/// "set.npz#train_images/17".
struct ImageName {
  std::string file;    ///< The image file, or the container.
  std::string member;  ///< Empty: `file` is the image itself.
};

/// The part behind '#' counts as a member only behind .tar and .npz: '#' may be part of a
/// file's name.
ImageName split_image_name(const std::string& name);

/// Opens images by name, relative to a root folder. Containers are opened once and kept:
/// of a tar its index, of an npz the deflated arrays that were asked for, whole (they
/// cannot be read at random). Any number of threads may call it at once.
class ImageSource {
 public:
  explicit ImageSource(std::filesystem::path root);
  ~ImageSource();
  ImageSource(ImageSource&&) noexcept;

  /// Reads and decodes. A Failure says why, without naming the image.
  Result<image::Image> decode(const std::string& name,
                              const image::DecodeOptions& options = {}) const;
  /// What the image says about itself; a row of an npz has the format "npz".
  Result<image::Header> header(const std::string& name) const;
  /// @return the bytes that hold the pixels: a file, a member, or a row of an array.
  Result<std::vector<std::byte>> read(const std::string& name) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace medgraft::data
