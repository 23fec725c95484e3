#pragma once

#include <string>
#include <vector>

#include "medgraft/evaluation/evaluate.h"

namespace medgraft::evaluation {

/// What the ensemble of a cell is called.
std::string ensemble_name(const std::string& cell);

/// A deep ensemble: the model whose probabilities are the mean of its members', on every
/// split. It has neither logits nor features. Source: Lakshminarayanan, Pritzel and
/// Blundell 2017.
/// @throws UserError where members' splits, cases or labels differ.
Model make_ensemble(const std::string& name, const std::vector<const Model*>& members);

}  // namespace medgraft::evaluation
