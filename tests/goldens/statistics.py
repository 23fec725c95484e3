#!/usr/bin/env python3
"""Figures of one small sample by scikit-learn, SciPy and brute-force definitions.

    statistics.py     writes tests/data/statistics/golden.json
"""
import json
import pathlib

import numpy as np
import scipy
import scipy.stats
import sklearn
from sklearn import metrics

rng = np.random.default_rng(20)
N = 240


def placements(scores, labels):
    """V10 and V01 of DeLong et al. 1988, by comparing every pair."""
    positive, negative = scores[labels == 1], scores[labels == 0]
    wins = (positive[:, None] > negative[None, :]) + 0.5 * (positive[:, None] == negative[None, :])
    return wins.mean(1), wins.mean(0)


def delong(a, b, labels):
    a10, a01 = placements(a, labels)
    b10, b01 = placements(b, labels)
    return np.cov(a10, b10)[0, 1] / len(a10) + np.cov(a01, b01)[0, 1] / len(a01)


def obuchowski(scores, labels, clusters):
    """Obuchowski 1997, equations for one model's variance, cluster by cluster."""
    v10, v01 = np.zeros(N), np.zeros(N)
    v10[labels == 1], v01[labels == 0] = placements(scores, labels)
    theta = metrics.roc_auc_score(labels, scores)
    m, n = (labels == 1).sum(), (labels == 0).sum()
    ids = np.unique(clusters)
    x = np.array([(v10 - theta)[(clusters == c) & (labels == 1)].sum() for c in ids])
    y = np.array([(v01 - theta)[(clusters == c) & (labels == 0)].sum() for c in ids])
    i10 = len(np.unique(clusters[labels == 1]))
    i01 = len(np.unique(clusters[labels == 0]))
    i = len(ids)
    s10 = i10 / ((i10 - 1) * m) * (x**2).sum()
    s01 = i01 / ((i01 - 1) * n) * (y**2).sum()
    s11 = i / (i - 1) * (x * y).sum()
    return s10 / m + s01 / n + 2 * s11 / (m * n)


def calibration_error(p, y, groups):
    return sum(len(g) / len(p) * abs(p[g].mean() - y[g].mean()) for g in groups if len(g))


def debiased_error(p, y, groups):
    """Less the bias of each bin's |difference|: the mean of a folded normal at the difference observed."""
    excess = 0
    for g in (g for g in groups if len(g)):
        difference = abs(p[g].mean() - y[g].mean())
        deviation = np.sqrt(y[g].mean() * (1 - y[g].mean()) / len(g))
        noisy = scipy.stats.foldnorm.mean(difference / deviation, scale=deviation) if deviation else difference
        excess += len(g) / len(p) * (noisy - difference)
    return max(0.0, calibration_error(p, y, groups) - excess)


def main():
    y = (rng.random(N) < 0.4).astype(int)
    a = np.round(1 / (1 + np.exp(-rng.normal(y * 1.2 - 0.6, 1))), 2)  # Rounded: ties.
    b = np.round(1 / (1 + np.exp(-rng.normal(y * 0.8 - 0.4, 1))), 2)
    a[:2] = [0.0, 1.0]
    clusters = rng.integers(0, 90, N)
    hard = (a >= 0.5).astype(int)
    tn, fp, fn, tp = metrics.confusion_matrix(y, hard).ravel()
    width = np.minimum((a * 15).astype(int), 14)
    order = np.argsort(a, kind="stable")
    fpr, tpr, thresholds = metrics.roc_curve(y, a, drop_intermediate=False)
    youden = tpr - fpr
    golden = {
        "made_by": "tests/goldens/statistics.py",
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__,
                     "scikit-learn": sklearn.__version__},
        "labels": y.tolist(), "a": a.tolist(), "b": b.tolist(), "clusters": clusters.tolist(),
        "auroc": metrics.roc_auc_score(y, a),
        "auprc": metrics.average_precision_score(y, a),
        "accuracy": metrics.accuracy_score(y, hard),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, hard),
        "sensitivity": tp / (tp + fn), "specificity": tn / (tn + fp),
        "f1": metrics.f1_score(y, hard),
        "brier": metrics.brier_score_loss(y, a),
        "nll": metrics.log_loss(y, a),
        "ece": calibration_error(a, y, [np.flatnonzero(width == k) for k in range(15)]),
        "ece_adaptive": calibration_error(a, y, np.array_split(order, 15)),
        "ece_debiased": debiased_error(a, y, [np.flatnonzero(width == k) for k in range(15)]),
        "youden_threshold": thresholds[np.isclose(youden, youden.max(), atol=1e-12)].min(),
        "delong_variance": delong(a, a, y),
        "delong_covariance": delong(a, b, y),
        "obuchowski_variance": obuchowski(a, y, clusters),
        "holm": {"p": [0.01, 0.04, 0.03, 0.005], "adjusted": [0.03, 0.06, 0.06, 0.02]},
    }
    golden = {k: (float(v) if isinstance(v, np.floating) else v) for k, v in golden.items()}
    target = pathlib.Path(__file__).parent.parent / "data/statistics/golden.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(golden) + "\n")


main()
