#!/usr/bin/env python3
"""Out-of-distribution scores, their figures, and figures reweighted to another prevalence.

    shift.py     writes tests/data/statistics/shift.json

Scores follow the formulas of OpenOOD's post-processors (mds, rmds, knn, ebo, msp) with
scikit-learn's EmpiricalCovariance and NearestNeighbors; figures are scikit-learn's.
"""
import json
import pathlib

import numpy as np
import scipy
import sklearn
from scipy import special
from sklearn import metrics
from sklearn.covariance import EmpiricalCovariance
from sklearn.neighbors import NearestNeighbors

rng = np.random.default_rng(31)
TRAIN, ID, OOD, WIDTH, CLASSES = 60, 45, 37, 5, 3


def features():
    """Correlated float32 features of three classes; the outsiders lie elsewhere."""
    mix = rng.normal(size=(WIDTH, WIDTH))
    centers = rng.normal(scale=2, size=(CLASSES, WIDTH))
    classes = rng.integers(0, CLASSES, TRAIN)
    train = centers[classes] + rng.normal(size=(TRAIN, WIDTH)) @ mix
    inside = centers[rng.integers(0, CLASSES, ID)] + rng.normal(size=(ID, WIDTH)) @ mix
    outside = rng.normal(1, 2, size=(OOD, WIDTH)) @ mix
    both = np.concatenate([inside, outside])
    return train.astype(np.float32), classes, both.astype(np.float32)


def squared(x, mean, precision):
    return np.einsum("ni,ij,nj->n", x - mean, precision, x - mean)


def mahalanobis(train, classes, x):
    """Distances to the nearest class and to all of training."""
    train, x = train.astype(np.float64), x.astype(np.float64)
    means = np.stack([train[classes == c].mean(0) for c in range(CLASSES)])
    centered = np.concatenate([train[classes == c] - means[c] for c in range(CLASSES)])
    precision = EmpiricalCovariance(assume_centered=False).fit(centered).precision_
    nearest = np.min([squared(x, mean, precision) for mean in means], axis=0)
    whole = EmpiricalCovariance(assume_centered=False).fit(train - train.mean(0)).precision_
    return nearest, nearest - squared(x, train.mean(0), whole)


def neighbors(train, x, k):
    unit = lambda a: a.astype(np.float64) / np.linalg.norm(a.astype(np.float64), axis=1,
                                                           keepdims=True)
    index = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(unit(train))
    distances, _ = index.kneighbors(unit(x))
    return distances[:, -1] ** 2


def figures(scores, outside, weights=None):
    """auc_and_fpr_recall of OpenOOD's evaluators/metrics.py, no threshold dropped."""
    fpr, tpr, _ = metrics.roc_curve(outside, scores, drop_intermediate=False,
                                    sample_weight=weights)
    p_in, r_in, _ = metrics.precision_recall_curve(1 - outside, -scores, sample_weight=weights)
    p_out, r_out, _ = metrics.precision_recall_curve(outside, scores, sample_weight=weights)
    return {"auroc": metrics.auc(fpr, tpr), "fpr95": float(fpr[np.argmax(tpr >= 0.95)]),
            "aupr_in": metrics.auc(r_in, p_in), "aupr_out": metrics.auc(r_out, p_out)}


def ece(p, y, w):
    width = np.minimum((p * 15).astype(int), 14)
    total = 0
    for k in np.unique(width):
        g = width == k
        total += w[g].sum() / w.sum() * abs(np.average(p[g], weights=w[g])
                                            - np.average(y[g], weights=w[g]))
    return total


def reweighted():
    n, target = 150, 0.15
    y = (rng.random(n) < 0.45).astype(int)
    p = np.round(1 / (1 + np.exp(-rng.normal(y * 1.5 - 0.7, 1))), 2)
    own = y.mean()
    w = np.where(y == 1, target / own, (1 - target) / (1 - own))
    hard = (p >= 0.4).astype(int)
    return {"labels": y.tolist(), "p": p.tolist(), "target": target, "threshold": 0.4,
            "weights": w.tolist(),
            "auprc": metrics.average_precision_score(y, p, sample_weight=w),
            "ppv": metrics.precision_score(y, hard, sample_weight=w),
            "brier": metrics.brier_score_loss(y, p, sample_weight=w),
            "ece": ece(p, y, w),
            "auroc_is_the_same": metrics.roc_auc_score(y, p, sample_weight=w)}


def main():
    train, classes, x = features()
    nearest, relative = mahalanobis(train, classes, x)
    wide_train = rng.normal(size=(20, 32)).astype(np.float32)  # Fewer cases than features.
    wide = rng.normal(size=(15, 32)).astype(np.float32)
    wide64 = wide_train.astype(np.float64)
    wide_precision = EmpiricalCovariance().fit(wide64 - wide64.mean(0)).precision_
    logits = np.round(rng.normal(scale=3, size=(ID + OOD, CLASSES)), 1)
    logits[0] = [800, -800, 20]
    softmax, sigmoid = special.softmax(logits, 1), special.expit(logits)
    outside = np.repeat([0, 1], [ID, OOD])
    tied = np.round(rng.normal(outside * 0.8, 1), 1)
    weights = rng.integers(0, 4, ID + OOD).astype(float)
    golden = {
        "made_by": "tests/goldens/shift.py",
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__,
                     "scikit-learn": sklearn.__version__},
        "training": train.tolist(), "classes": classes.tolist(), "features": x.tolist(),
        "mahalanobis": nearest.tolist(), "relative_mahalanobis": relative.tolist(),
        "knn_k": 7, "knn": neighbors(train, x, 7).tolist(),
        "knn_all": neighbors(train, x, TRAIN).tolist(),
        "wide_training": wide_train.tolist(), "wide_features": wide.tolist(),
        "wide_mahalanobis": squared(wide.astype(np.float64), wide64.mean(0),
                                    wide_precision).tolist(),
        "logits": logits.tolist(), "softmax": softmax.tolist(), "sigmoid": sigmoid.tolist(),
        "msp": (-softmax.max(1)).tolist(),
        "msp_labels": (-np.maximum(sigmoid, 1 - sigmoid).mean(1)).tolist(),
        "entropy": special.entr(softmax).sum(1).tolist(),
        "entropy_labels": (special.entr(sigmoid) + special.entr(1 - sigmoid)).mean(1).tolist(),
        "energy": (-special.logsumexp(logits, 1)).tolist(),
        "energy_labels": (-np.logaddexp(0, logits).sum(1)).tolist(),
        "max_logit": (-logits.max(1)).tolist(),
        "outside": outside.tolist(), "tied": tied.tolist(), "weights": weights.tolist(),
        "figures": figures(tied, outside), "weighted_figures": figures(tied, outside, weights),
        "figures_of_mahalanobis": figures(nearest, outside),
        "reweighted": reweighted(),
    }
    target = pathlib.Path(__file__).parent.parent / "data/statistics/shift.json"
    target.write_text(json.dumps(golden, default=float) + "\n")


main()
