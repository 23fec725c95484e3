#include "fuzz/targets.h"
#include "medgraft/base/error.h"
#include "medgraft/image/preprocess.h"

namespace medgraft::fuzz {

void fuzz_preprocess(std::string_view bytes) {
  try {
    const auto program = image::Program::parse(std::string(bytes));
    // The canonical text is a program, and its own canonical text.
    MEDGRAFT_CHECK(image::Program::parse(program.text()).text() == program.text(),
                   "preprocess");
    MEDGRAFT_CHECK(program.text().starts_with(program.fixed_text()), "preprocess");
  } catch (const UserError&) {
  }
}

}  // namespace medgraft::fuzz
