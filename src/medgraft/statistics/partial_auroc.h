#pragma once

#include "medgraft/statistics/curves.h"

namespace medgraft::statistics {

/// The area under the curve where FPR <= max_fpr, points joined by straight lines.
/// @param max_fpr in (0, 1]. @return at most max_fpr; NaN where a class is absent.
double partial_area_of_fpr(const RocCurve& curve, double max_fpr);

/// The area to the right of the curve where TPR >= min_tpr: specificity integrated over
/// sensitivity. @param min_tpr in [0, 1). @return at most 1 - min_tpr; NaN where a class
/// is absent. Agrees with pROC's auc(partial.auc = c(1, min_tpr),
/// partial.auc.focus = "sensitivity").
double partial_area_of_tpr(const RocCurve& curve, double min_tpr);

/// A partial area over a range of `width`, scaled so that chance is 0.5 and perfection 1;
/// below 0.5 where it is worse than chance. Source: McClish 1989, Med. Decis. Making
/// 9:190; agrees with sklearn.metrics.roc_auc_score(max_fpr=width).
double standardize_partial_area(double area, double width);

}  // namespace medgraft::statistics
