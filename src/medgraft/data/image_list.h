#pragma once

#include <string>
#include <vector>

namespace medgraft::data {

/// Images that a user names on the command line: files, file.tar#member,
/// file.npz#array/row, folders (their images, in order of name), whole tar files, and
/// data sets (a folder that holds a dataset.toml, or that file).
/// @return their names, in the order given.
/// @throws UserError naming a path that is not there or holds no image.
std::vector<std::string> list_images(const std::vector<std::string>& paths);

/// @return the images below a folder, in order of name.
/// @throws UserError if there are none.
std::vector<std::string> images_in_folder(const std::string& folder);

}  // namespace medgraft::data
