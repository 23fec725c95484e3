#include "medgraft/evaluation/ensemble.h"

#include <set>

#include "medgraft/base/error.h"
#include "medgraft/evaluation/patients.h"

namespace medgraft::evaluation {
namespace {

std::set<std::string> splits_of(const Model& model) {
  const auto& splits = model.predictions.splits;
  return {splits.begin(), splits.end()};
}

// Adds a split's probabilities of every member but the first to the first's.
void add_members(Predictions& sum, const std::vector<const Model*>& members,
                 const std::string& split) {
  std::vector<const Predictions*> files;
  std::vector<std::vector<int64_t>> rows;
  std::vector<std::string> names;
  for (const auto* member : members) {
    files.push_back(&member->predictions);
    rows.push_back(rows_of_split(member->predictions, split));
    names.push_back(member->name);
  }
  const auto aligned = align(files, rows, names);
  const auto columns = sum.num_columns();
  for (size_t m = 1; m < members.size(); ++m) {
    for (size_t i = 0; i < aligned.rows[0].size(); ++i) {
      for (int64_t k = 0; k < columns; ++k) {
        sum.probabilities[static_cast<size_t>(aligned.rows[0][i] * columns + k)] +=
            files[m]
                ->probabilities[static_cast<size_t>(aligned.rows[m][i] * columns + k)];
      }
    }
  }
}

}  // namespace

std::string ensemble_name(const std::string& cell) { return cell + " ensemble"; }

Model make_ensemble(const std::string& name, const std::vector<const Model*>& members) {
  require(!members.empty(), "an ensemble needs a member");
  Model out;
  out.name = name;
  out.group = members[0]->group;
  out.bins = members[0]->bins;
  out.predictions = members[0]->predictions;
  out.predictions.logits.clear();
  out.predictions.features.clear();
  out.predictions.feature_names.clear();
  for (const auto* member : members) {
    require(splits_of(*member) == splits_of(*members[0]), members[0]->name, " and ",
            member->name, " have different splits; an ensemble's members need the same");
    out.files.insert(out.files.end(), member->files.begin(), member->files.end());
  }
  for (const auto& split : splits_of(*members[0])) {
    add_members(out.predictions, members, split);
  }
  for (auto& probability : out.predictions.probabilities) {
    probability /= static_cast<double>(members.size());
  }
  return out;
}

}  // namespace medgraft::evaluation
