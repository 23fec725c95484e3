#pragma once

#include <string>
#include <vector>

namespace medgraft::data {

/// Images that a user names on the command line: files, file.tar#member,
/// file.npz#array/row, folders (their images, in order of name), whole tar files, and
/// data sets (a folder that holds a dataset.toml, or that file).
/// @return a data set of unlabelled cases, one an image, its id the path as given; its
/// root is the working folder.
/// @throws UserError naming a path that is not there or holds no image.
std::vector<std::string> list_images(const std::vector<std::string>& paths);

}  // namespace medgraft::data
