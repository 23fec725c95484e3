#!/usr/bin/env python3
"""Figures of small samples by scikit-learn, torchmetrics, netcal and SciPy, and published ones.

    parity.py     writes tests/data/statistics/parity.json

Binary, multi-class and multi-label samples with ties, masked labels and weights. Published figures:
DeLong et al. 1988's ovarian cancer data with the output of SAS PROC LOGISTIC ("Comparing Receiver
Operating Characteristic Curves", SAS/STAT User's Guide), and the WFNS grades of pROC's aSAH data with the
values that pROC's tests expect.
"""
import json
import pathlib
import warnings

import netcal
import netcal.metrics
import numpy as np
import scipy
import scipy.interpolate
import scipy.stats
import sklearn
import torch
import torchmetrics
from sklearn import metrics
from torchmetrics.functional import classification as torch_metrics

rng = np.random.default_rng(5)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def binary_metrics(y, p, threshold, w=None):
    hard = (p >= threshold).astype(int)
    return {
        "auroc": metrics.roc_auc_score(y, p, sample_weight=w),
        "auprc": metrics.average_precision_score(y, p, sample_weight=w),
        "accuracy": metrics.accuracy_score(y, hard, sample_weight=w),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, hard, sample_weight=w),
        "sensitivity": metrics.recall_score(y, hard, sample_weight=w),
        "specificity": metrics.recall_score(y, hard, pos_label=0, sample_weight=w),
        "f1": metrics.f1_score(y, hard, sample_weight=w),
        "nll": metrics.log_loss(y, p, sample_weight=w),
        "brier": metrics.brier_score_loss(y, p, sample_weight=w),
    }


def torch_binary(y, p, threshold):
    y, p = torch.tensor(y), torch.tensor(p)
    hard = (p >= threshold).long()
    return {
        "auroc": torch_metrics.binary_auroc(p, y).item(),
        "auprc": torch_metrics.binary_average_precision(p, y).item(),
        "accuracy": torch_metrics.binary_accuracy(hard, y).item(),
        "sensitivity": torch_metrics.binary_recall(hard, y).item(),
        "specificity": torch_metrics.binary_specificity(hard, y).item(),
        "f1": torch_metrics.binary_f1_score(hard, y).item(),
    }


def curves(y, p, w=None):
    fpr, tpr, thresholds = metrics.roc_curve(y, p, sample_weight=w, drop_intermediate=False)
    precision, recall, cuts = metrics.precision_recall_curve(y, p, sample_weight=w)
    return {
        "fpr": fpr.tolist(), "tpr": tpr.tolist(), "roc_thresholds": thresholds[1:].tolist(),
        "precision": precision.tolist(), "recall": recall.tolist(), "pr_thresholds": cuts.tolist(),
        "partial": {str(limit): metrics.roc_auc_score(y, p, max_fpr=limit, sample_weight=w)
                    for limit in (0.05, 0.1, 0.3, 0.999)},
        # Of the sensitivity side: mirror the curve at the other diagonal.
        "partial_of_tpr": {str(limit): mirrored_partial(y, p, limit, w) for limit in (0.5, 0.9)},
    }


def mirrored_partial(y, p, min_tpr, w):
    return metrics.roc_auc_score(1 - y, -p, max_fpr=1 - min_tpr, sample_weight=w)


def thresholds_by_definition(y, p):
    """Every score tried as a threshold."""
    out = {}
    for target in (0.5, 0.8, 0.9, 0.95, 1.0):
        sensitive = [t for t in np.unique(p) if (p[y == 1] >= t).mean() >= target]
        specific = [t for t in np.unique(p) if (p[y == 0] < t).mean() >= target]
        out[str(target)] = {"sensitivity": max(sensitive),
                            "specificity": min(specific) if specific else None}
    return out


def likelihood_ratio(y, p, threshold):
    called = p >= threshold
    result = scipy.stats.contingency.relative_risk(
        int(called[y == 1].sum()), int((y == 1).sum()), int(called[y == 0].sum()), int((y == 0).sum()))
    low, high = result.confidence_interval(0.95)
    return {"value": result.relative_risk, "low": low, "high": high}


def medfair(y, p):
    """Where MEDFAIR (ys-zong/MEDFAIR@2fae424, utils/evaluation.py) defines a figure differently."""
    width = (p.max() - p.min()) / 10  # 10 bins between the lowest and the highest prediction, (low, high].
    place = np.clip(np.ceil((p - p.min()) / width).astype(int) - 1, 0, 9)
    precision, recall, cuts = metrics.precision_recall_curve(y, p)
    f1 = 2 * precision * recall / (precision + recall)
    fpr, tpr, _ = metrics.roc_curve(y, p)
    return {
        "auroc": metrics.auc(fpr, tpr),
        "ece": sum((place == b).mean() * abs(p[place == b].mean() - y[place == b].mean())
                   for b in range(10) if (place == b).any()),
        "threshold": cuts[f1[:-1].argmax()],  # Of the largest F1; positive is p > threshold.
        "tpr_at_80_tnr": float(scipy.interpolate.interp1d(1 - fpr, tpr)(0.8)),
    }


def binary_sample():
    n = 400
    y = (rng.random(n) < 0.3).astype(int)
    p = np.round(sigmoid(rng.normal(y * 1.5 - 1, 1)), 2).clip(0.01, 0.99)  # Rounded: ties.
    w = rng.integers(0, 4, n).astype(float)
    continuous = sigmoid(rng.normal(y * 1.5 - 1, 1))
    torch_ece = torch_metrics.binary_calibration_error(torch.tensor(continuous), torch.tensor(y), n_bins=15)
    return {
        "labels": y.tolist(), "probabilities": p.tolist(), "weights": w.tolist(), "threshold": 0.37,
        "plain": binary_metrics(y, p, 0.37), "weighted": binary_metrics(y, p, 0.37, w),
        "torchmetrics": torch_binary(y, p, 0.37),
        "curves": {"plain": curves(y, p), "weighted": curves(y, p, w)},
        "thresholds": thresholds_by_definition(y, p),
        "likelihood_ratio": likelihood_ratio(y, p, 0.37), "medfair": medfair(y, p / 4),  # Of a rare finding: no p near 1.
        "calibration": {"probabilities": continuous.tolist(), "torchmetrics_ece": torch_ece.item(),
                        "netcal_ece": netcal.metrics.ECE(15).measure(continuous, y)},
    }


def multiclass_metrics(y, p, w=None):
    hard = p.argmax(1)
    classes = np.arange(p.shape[1])
    onehot = np.eye(len(classes))[y]
    table = metrics.multilabel_confusion_matrix(y, hard, labels=classes, sample_weight=w)
    return {
        "auroc": metrics.roc_auc_score(y, p, multi_class="ovr", average="macro", sample_weight=w),
        "auprc": metrics.average_precision_score(onehot, p, average="macro", sample_weight=w),
        "accuracy": metrics.accuracy_score(y, hard, sample_weight=w),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, hard, sample_weight=w),
        "sensitivity": metrics.recall_score(y, hard, average="macro", sample_weight=w),
        "specificity": np.mean(table[:, 0, 0] / table[:, 0].sum(1)),
        "f1": metrics.f1_score(y, hard, average="macro", sample_weight=w),
        "nll": metrics.log_loss(y, p, sample_weight=w),
        "brier": metrics.brier_score_loss(y, p, sample_weight=w, labels=classes, scale_by_half=False),
    }


def multiclass_sample():
    n, k = 300, 6
    y = rng.choice(k, n, p=[0.35, 0.25, 0.15, 0.1, 0.1, 0.05])
    z = rng.normal(size=(n, k)) + 1.5 * np.eye(k)[y]
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    w = rng.integers(0, 3, n).astype(float)
    torch_p, torch_y = torch.tensor(p), torch.tensor(y)
    return {
        "labels": y.tolist(), "probabilities": p.ravel().tolist(), "weights": w.tolist(), "classes": k,
        "plain": multiclass_metrics(y, p), "weighted": multiclass_metrics(y, p, w),
        "top_k": {str(j): metrics.top_k_accuracy_score(y, p, k=j) for j in (1, 2, 3, 5)},
        "top_k_weighted": {str(j): metrics.top_k_accuracy_score(y, p, k=j, sample_weight=w)
                           for j in (1, 2, 3, 5)},
        "torchmetrics": {
            "auroc": torch_metrics.multiclass_auroc(torch_p, torch_y, k).item(),
            "auprc": torch_metrics.multiclass_average_precision(torch_p, torch_y, k).item(),
            "accuracy": torch_metrics.multiclass_accuracy(torch_p, torch_y, k, average="micro").item(),
            "balanced_accuracy": torch_metrics.multiclass_accuracy(torch_p, torch_y, k).item(),
            "specificity": torch_metrics.multiclass_specificity(torch_p, torch_y, k).item(),
            "f1": torch_metrics.multiclass_f1_score(torch_p, torch_y, k).item(),
            "ece": torch_metrics.multiclass_calibration_error(torch_p, torch_y, k, n_bins=15).item()},
        "netcal_ece": netcal.metrics.ECE(15).measure(p, y),
    }


def multilabel_sample():
    n, k = 250, 3
    y = (rng.random((n, k)) < [0.1, 0.3, 0.5]).astype(float)
    p = np.round(sigmoid(rng.normal(y * 1.2 - 0.6, 1)), 3)
    y[rng.random((n, k)) < 0.1] = -1      # Uncertain.
    y[rng.random((n, k)) < 0.1] = np.nan  # Not stated.
    w = rng.integers(0, 4, n).astype(float)
    cut = [0.2, 0.5, 0.6]
    known = [(y[:, j] == 0) | (y[:, j] == 1) for j in range(k)]
    labels = [[binary_metrics(y[m, j].astype(int), p[m, j], cut[j], weight)
               for j, m in enumerate(known)] for weight in (None,)]
    weighted = [binary_metrics(y[m, j].astype(int), p[m, j], cut[j], w[m]) for j, m in enumerate(known)]
    mean = lambda each: {name: float(np.mean([row[name] for row in each])) for name in each[0]}
    return {
        "labels": [None if np.isnan(v) else v for v in y.ravel()], "probabilities": p.ravel().tolist(),
        "weights": w.tolist(), "columns": k, "thresholds": cut, "masked": int(sum((~m).sum() for m in known)),
        "each": labels[0], "plain": mean(labels[0]), "weighted": mean(weighted),
    }


def percentile_sample():
    values = rng.gamma(2, size=501)
    return {"values": values.tolist(), "low": np.quantile(values, 0.025), "high": np.quantile(values, 0.975)}


# Albumin, total protein, K-G score (10 less the published score), and whether the patient is a case: the 43
# patients with all three tests of DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837. The data are read
# from SAS/STAT 13.1 User's Guide, Example 60.8, "Comparing Receiver Operating Characteristic Curves":
# support.sas.com/documentation/cdl/en/statug/67523/HTML/default/statug_logistic_examples08.htm. What the paper and
# SAS print as results could not be read from a source, so that the figures here are computed by the definition.
OVARIAN = """
3.0 5.8 10 0  3.2 6.3 5 1  3.9 6.8 3 1  2.8 4.8 6 0  3.2 5.8 3 1  0.9 4.0 5 0  2.5 5.7 8 0  1.6 5.6 5 1
3.8 5.7 5 1  3.7 6.7 6 1  3.2 5.4 4 1  3.8 6.6 6 1  4.1 6.6 5 1  3.6 5.7 5 1  4.3 7.0 4 1  3.6 6.7 4 0
2.3 4.4 6 1  4.2 7.6 4 0  4.0 6.6 6 0  3.5 5.8 6 1  3.8 6.8 7 1  3.0 4.7 8 0  4.5 7.4 5 1  3.7 7.4 5 1
3.1 6.6 6 1  4.1 8.2 6 1  4.3 7.0 5 1  4.3 6.5 4 1  3.2 5.1 5 1  2.6 4.7 6 1  3.3 6.8 6 0  1.7 4.0 7 0
3.7 6.1 5 1  3.3 6.3 7 1  4.2 7.7 6 1  3.5 6.2 5 1  2.9 5.7 9 0  2.1 4.8 7 1  2.8 6.2 8 0  4.0 7.0 7 1
3.3 5.7 6 1  3.7 6.9 5 1  3.6 6.6 5 1
"""


def placements(scores, labels):
    """V10 and V01 of DeLong et al. 1988, by comparing every pair."""
    positive, negative = scores[labels == 1], scores[labels == 0]
    wins = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    return wins.mean(1), wins.mean(0)


def ovarian():
    rows = np.array(OVARIAN.split(), dtype=float).reshape(-1, 4)
    labels = rows[:, 3]
    scores = {"albumin": rows[:, 0], "total_protein": rows[:, 1], "kg": 10 - rows[:, 2]}
    parts = {name: placements(values, labels) for name, values in scores.items()}
    covariances = {a: {b: sum(np.cov(parts[a][side], parts[b][side])[0, 1] / len(parts[a][side])
                              for side in (0, 1)) for b in parts} for a in parts}
    areas = {name: metrics.roc_auc_score(labels, values) for name, values in scores.items()}

    def p(name):
        variance = covariances[name][name] + covariances["kg"]["kg"] - 2 * covariances[name]["kg"]
        return 2 * scipy.stats.norm.sf(abs(areas[name] - areas["kg"]) / np.sqrt(variance))

    return {
        "source": "data: DeLong et al. 1988, from SAS/STAT User's Guide, Example 60.8; figures: by definition",
        "labels": labels.tolist(), "scores": {name: values.tolist() for name, values in scores.items()},
        "areas": areas, "covariances": covariances, "p": {name: p(name) for name in ("albumin", "total_protein")},
    }


def wfns():
    """Grades of aSAH by outcome: counts alone, which determine every figure of one test.

    The expected values are in xrobin/pROC: tests/testthat/test-auc.R ("full auc works": 0.823678861788618) and
    test-var.R ("var with delong works").
    """
    return {
        "source": "pROC 1.19.0.1, tests/testthat/test-auc.R and test-var.R; counts of WFNS grade 1 to 5",
        "good": WFNS_GOOD, "poor": WFNS_POOR,
        "auc": 0.823678861788618, "variance": 0.00146991470882363,
        # Lower and upper end of the range, area.
        "partial_fpr": [[0, 0.1, 0.0334417344173442], [0.1, 0.2, 0.0598373983739837],
                        [0.5, 1, 0.488134475939354]],
        "partial_tpr": [[0.9, 1, 0.0400999322493225], [0.8, 0.9, 0.0609953703703703],
                        [0, 0.5, 0.483358739837398]],
        "corrected_fpr": 0.649693339038653,
        "corrected_tpr": 0.68473648552275,
    }


WFNS_GOOD = [37, 20, 3, 8, 4]
WFNS_POOR = [2, 12, 1, 8, 18]


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return float(value) if isinstance(value, np.floating) else value


def main():
    warnings.simplefilter("error", sklearn.exceptions.UndefinedMetricWarning)
    golden = {
        "made_by": "tests/goldens/parity.py",
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__,
                     "scikit-learn": sklearn.__version__, "torchmetrics": torchmetrics.__version__,
                     "netcal": netcal.__version__},
        "binary": binary_sample(), "multiclass": multiclass_sample(), "multilabel": multilabel_sample(),
        "percentile": percentile_sample(), "ovarian": ovarian(), "wfns": wfns(),
    }
    target = pathlib.Path(__file__).parent.parent / "data/statistics/parity.json"
    target.write_text(json.dumps(plain(golden)) + "\n")


main()
