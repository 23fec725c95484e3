#!/usr/bin/env python3
"""Intervals of proportions and paired permutation tests by statsmodels and SciPy.

    intervals.py     writes tests/data/statistics/intervals.json
"""
import itertools
import json
import pathlib

import numpy as np
import pandas as pd
import scipy
import sklearn
import statsmodels
import statsmodels.api as sm
from scipy import stats
from sklearn import metrics
from statsmodels.stats.proportion import proportion_confint

rng = np.random.default_rng(7)


def wilson():
    rows = []
    for found, trials in [(0, 1), (1, 1), (0, 10), (10, 10), (3, 10), (81, 263), (15, 148),
                          (1, 100000), (49999, 100000)]:
        low, high = proportion_confint(found, trials, method="wilson")
        by_scipy = stats.binomtest(found, trials).proportion_ci(method="wilson")
        assert np.allclose([low, high], [by_scipy.low, by_scipy.high], atol=1e-12)
        rows.append({"found": found, "trials": trials, "low": by_scipy.low,
                     "high": by_scipy.high})
    return rows


def clustered(success, clusters):
    """Rao and Scott 1992: the variance of the ratio estimator is the cluster-robust
    variance of an intercept, which statsmodels has with the factor m / (m - 1)."""
    n, m = len(success), len(np.unique(clusters))
    fit = sm.OLS(success.astype(float), np.ones(n)).fit(
        cov_type="cluster", cov_kwds={"groups": clusters})
    p = success.mean()
    effect = max(1.0, fit.cov_params()[0, 0] / (p * (1 - p) / n))
    freedom = stats.t.ppf(0.975, n - 1) / stats.t.ppf(0.975, m - 1)
    effective = n / effect * freedom**2
    low, high = proportion_confint(p * effective, effective, method="wilson")
    return {"success": success.tolist(), "clusters": clusters.tolist(), "design_effect": effect,
            "effective_size": effective, "value": p, "low": low, "high": high}


def clustered_samples():
    samples = []
    for patients, correlation in [(12, 0.5), (40, 0.3), (60, 0.0)]:
        rate = 0.7 if correlation == 0 else rng.beta(0.7 * (1 / correlation - 1),
                                                     0.3 * (1 / correlation - 1), patients)
        sizes = rng.integers(1, 6, patients)
        clusters = np.repeat(np.arange(patients), sizes)
        success = (rng.random(len(clusters)) < np.broadcast_to(rate, patients)[clusters])
        samples.append(clustered(success.astype(int), clusters))
    return samples


def ranks(scores):
    return stats.rankdata(scores)


def permutation():
    """All 2^10 exchanges of two models' ranks within 10 patients of 1 to 3 cases."""
    patients = np.repeat(np.arange(10), [1, 2, 3, 1, 2, 3, 1, 2, 3, 2])
    labels = rng.permutation(np.arange(len(patients)) % 2)
    a = np.round(rng.random(len(patients)) * 0.4 + 0.35 * labels, 2)
    b = np.round(rng.random(len(patients)) * 0.08 + 0.03 * labels, 3)  # Another scale.
    ra, rb = ranks(a), ranks(b)

    def p_of(x, y, score):
        observed = score(x) - score(y)
        extreme = 0
        for coins in itertools.product([0, 1], repeat=10):
            swap = np.array(coins)[patients] == 1
            difference = score(np.where(swap, y, x)) - score(np.where(swap, x, y))
            extreme += abs(difference) >= abs(observed) - 1e-12
        return extreme / 2**10

    def brier(scores):
        return metrics.brier_score_loss(labels, scores)

    x, y = np.round(rng.normal(0.5, 1, 8), 2), np.round(rng.normal(0, 1, 8), 2)
    by_scipy = stats.permutation_test(
        (x, y), lambda x, y: np.mean(x - y), permutation_type="samples",
        n_resamples=np.inf).pvalue
    return {"patients": patients.tolist(), "labels": labels.tolist(), "a": a.tolist(),
            "b": b.tolist(),
            "p_auroc": p_of(ra, rb, lambda s: metrics.roc_auc_score(labels, s)),
            "p_brier": p_of(a, b, brier),
            "paired": {"x": x.tolist(), "y": y.tolist(), "p": by_scipy}}


golden = {
    "made_by": "tests/goldens/intervals.py",
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__,
                 "pandas": pd.__version__, "scikit-learn": sklearn.__version__,
                 "statsmodels": statsmodels.__version__},
    "wilson": wilson(), "clustered": clustered_samples(), "permutation": permutation(),
    "minimum_detectable": {
        "normal": float(stats.norm.ppf(0.975) + stats.norm.ppf(0.8)),
        "t4.5": float(stats.t.ppf(0.975, 4.5) + stats.t.ppf(0.8, 4.5))},
}
target = pathlib.Path(__file__).parent.parent / "data/statistics/intervals.json"
target.write_text(json.dumps(golden, default=float) + "\n")
