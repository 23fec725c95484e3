#!/usr/bin/env python3
"""Figures of subgroups by fairlearn, scikit-learn and torchmetrics.

    fairness.py     writes tests/data/statistics/fairness.json
"""
import json
import pathlib

import fairlearn
import numpy as np
import sklearn
import torch
import torchmetrics
from fairlearn import metrics as fair
from sklearn import metrics
from torchmetrics.functional.classification import binary_groups_stat_rates

rng = np.random.default_rng(5)
N, THRESHOLD = 400, 0.45


def medfair_equalized_odds(tpr, fpr):
    """MEDFAIR, utils/evaluation.py, cal_eqodd: a score of 1 where groups agree."""
    return 1 - 0.5 * (abs(fpr[0] - fpr[1]) + abs(tpr[0] - tpr[1]))


def main():
    group = rng.choice(3, N, p=[0.5, 0.3, 0.2])
    y = (rng.random(N) < np.array([0.3, 0.4, 0.5])[group]).astype(int)
    shift = np.array([1.6, 1.0, 0.5])[group]
    p = np.round(1 / (1 + np.exp(-rng.normal(y * shift - 0.6, 1))), 2)  # Rounded: ties.
    hard = (p >= THRESHOLD).astype(int)

    frame = fair.MetricFrame(
        metrics={"prevalence": lambda t, _: t.mean(), "selection_rate": fair.selection_rate,
                 "tpr": fair.true_positive_rate, "fpr": fair.false_positive_rate,
                 "under_diagnosis": fair.false_negative_rate,
                 "ppv": lambda t, q: metrics.precision_score(t, q)},
        y_true=y, y_pred=hard, sensitive_features=group)
    auroc = fair.MetricFrame(metrics={"auroc": metrics.roc_auc_score}, y_true=y, y_pred=p,
                             sensitive_features=group)
    own = [group == g for g in range(3)]
    pairs = {
        "bpsn_auroc": [(~g & (y == 1)) | (g & (y == 0)) for g in own],
        "bnsp_auroc": [(~g & (y == 0)) | (g & (y == 1)) for g in own]}
    rates = binary_groups_stat_rates(torch.tensor(p), torch.tensor(y), torch.tensor(group),
                                     num_groups=3, threshold=THRESHOLD - 1e-9)
    difference = frame.difference(method="between_groups")
    two = group < 2
    golden = {
        "made_by": "tests/goldens/fairness.py",
        "versions": {"fairlearn": fairlearn.__version__, "scikit-learn": sklearn.__version__,
                     "torchmetrics": torchmetrics.__version__, "numpy": np.__version__},
        "threshold": THRESHOLD, "p": p.tolist(), "y": y.tolist(), "group": group.tolist(),
        "groups": {name: frame.by_group[name].tolist() for name in frame.by_group.columns}
        | {"auroc": auroc.by_group["auroc"].tolist()}
        | {name: [float(metrics.roc_auc_score(y[m], p[m])) for m in masks]
           for name, masks in pairs.items()},
        "gaps": {name: float(difference[name]) for name in ["tpr", "fpr", "ppv"]}
        | {"auroc": float(auroc.difference(method="between_groups")["auroc"]),
           "worst_group": float(auroc.group_min()["auroc"]),
           "demographic_parity_difference": float(fair.demographic_parity_difference(
               y, hard, sensitive_features=group)),
           "equalized_odds_difference": float(fair.equalized_odds_difference(
               y, hard, sensitive_features=group))},
        # Shares of each group's cases: true and false positives, true and false negatives.
        "torchmetrics_rates": [[float(v) for v in rates[f"group_{g}"]] for g in range(3)],
        "medfair": {
            "equalized_odds": medfair_equalized_odds(frame.by_group["tpr"].tolist(),
                                                     frame.by_group["fpr"].tolist()),
            "fairlearn": float(fair.equalized_odds_difference(
                y[two], hard[two], sensitive_features=group[two]))},
    }
    target = pathlib.Path(__file__).parent.parent / "data/statistics/fairness.json"
    target.write_text(json.dumps(golden) + "\n")


main()
