#include "fuzz/memory_file.h"
#include "fuzz/targets.h"
#include "medgraft/evaluation/predictions.h"

namespace medgraft::fuzz {

void fuzz_predictions(std::string_view bytes) {
  const MemoryFile file(bytes);
  try {
    const auto read = evaluation::read_predictions(file.path());
    MEDGRAFT_CHECK(read.num_cases() > 0 && read.num_columns() > 0, "predictions");
    const auto cells = static_cast<size_t>(read.num_cases() * read.num_columns());
    MEDGRAFT_CHECK(read.probabilities.size() == cells, "predictions");
    MEDGRAFT_CHECK(read.labels.size() == (read.multiclass ? read.cases.size() : cells),
                   "predictions");
    MEDGRAFT_CHECK(read.logits.empty() || read.logits.size() == cells, "predictions");
  } catch (const UserError&) {
  }
}

}  // namespace medgraft::fuzz
