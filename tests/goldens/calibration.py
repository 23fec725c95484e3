#!/usr/bin/env python3
"""Calibration, recalibration and selective prediction by other implementations.

    calibration.py    writes tests/data/statistics/calibration.json

needs numpy, scipy, scikit-learn, statsmodels, netcal and torchmetrics; betacal where it is there.
"""
import importlib.metadata
import itertools
import json
import pathlib

import numpy as np
import statsmodels.api as sm
import torch
from netcal.metrics import ECE, MCE
from scipy import optimize, special
from sklearn.calibration import _SigmoidCalibration, _TemperatureScaling
from sklearn.isotonic import IsotonicRegression
from torchmetrics.functional.classification import (binary_calibration_error,
                                                    multiclass_calibration_error)

rng = np.random.default_rng(5)
BINS = 15
CLIP = 2.0**-52


def logit(p):
    p = np.clip(p, CLIP, 1 - CLIP)
    return np.log(p) - np.log1p(-p)


def brier_parts(p, y):
    """Murphy 1973 and Stephenson et al. 2008, bin by bin."""
    n, base = len(p), y.mean()
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    out = dict(reliability=0.0, resolution=0.0, uncertainty=base * (1 - base),
               within_bin_variance=0.0, within_bin_covariance=0.0)
    for k in range(BINS):
        f, o = p[bins == k], y[bins == k]
        if len(f) == 0:
            continue
        out["reliability"] += len(f) / n * (f.mean() - o.mean()) ** 2
        out["resolution"] += len(f) / n * (o.mean() - base) ** 2
        out["within_bin_variance"] += ((f - f.mean()) ** 2).sum() / n
        out["within_bin_covariance"] += 2 * ((o - o.mean()) * (f - f.mean())).sum() / n
    return out


def glm(y, columns, offset=None, groups=None):
    kind = {} if groups is None else {"cov_type": "cluster", "cov_kwds": {"groups": groups}}
    model = sm.GLM(y, np.column_stack(columns), family=sm.families.Binomial(), offset=offset)
    return model.fit(tol=1e-15, tol_criterion="params", maxiter=200, **kind)


def softmax(z):
    return special.softmax(z, axis=-1)


def temperature(slope):
    """The root of the derivative by 1 / T."""
    return 1 / optimize.brentq(slope, 1e-6, 1e3, xtol=1e-15, rtol=1e-15, maxiter=500)


def vector_scaling(z, y):
    n, k = z.shape
    onehot = np.eye(k)[y]

    def loss(t):
        s = t[:k] * z + np.append(t[k:], 0.0)
        p = softmax(s)
        return (special.logsumexp(s, axis=1) - s[np.arange(n), y]).mean(), np.concatenate(
            [((p - onehot) * z).mean(0), (p - onehot).mean(0)[:-1]])

    fit = optimize.minimize(loss, np.append(np.ones(k), np.zeros(k - 1)), jac=True, method="BFGS",
                            options={"gtol": 1e-12, "maxiter": 5000})
    fit = optimize.root(lambda t: loss(t)[1], fit.x, tol=1e-15)
    bias = np.append(fit.x[k:], 0.0)
    return {"weights": fit.x[:k], "biases": bias - bias.mean(), "nll": loss(fit.x)[0]}


def beta_constrained(p, y):
    """The maximum likelihood under a, b >= 0, by a bounded quasi-Newton method and a root."""
    x = np.column_stack([np.log(p), -np.log1p(-p), np.ones(len(p))])

    def loss(t, keep=slice(None)):
        s = x[:, keep] @ t
        return (np.logaddexp(0, s) - y * s).mean(), x[:, keep].T @ (special.expit(s) - y) / len(y)

    first = optimize.minimize(loss, [1, 1, 0], jac=True, method="L-BFGS-B",
                              bounds=[(0, None), (0, None), (None, None)],
                              options={"ftol": 1e-15, "gtol": 1e-10})
    keep = (first.x > 0) | (np.arange(3) == 2)
    exact = np.zeros(3)
    exact[keep] = optimize.root(lambda t: loss(t, keep)[1], first.x[keep], tol=1e-15).x
    return exact


def aurc_of(errors):
    return np.mean(np.cumsum(errors) / np.arange(1, len(errors) + 1))


def aurc(confidence, errors):
    """Errors of tied cases replaced by the tie's rate."""
    order = np.argsort(-confidence, kind="stable")
    e, c = errors[order].astype(float), confidence[order]
    for value in np.unique(c):
        e[c == value] = e[c == value].mean()
    return aurc_of(e), e


def aurc_over_orders(confidence, errors):
    """The mean over every order of the tied cases."""
    groups = [errors[confidence == c] for c in sorted(set(confidence), reverse=True)]
    orders = itertools.product(*[list(itertools.permutations(g)) for g in groups])
    return np.mean([aurc_of(np.concatenate(order)) for order in orders])


def fd_shifts_aurc(confidence, errors):
    """fd-shifts: trapezoids between the ends of ties, the last risk repeated at coverage 0;
    theirs is 1000 times this."""
    order = np.argsort(-confidence, kind="stable")
    e, c = errors[order], confidence[order]
    ends = np.append(np.flatnonzero(np.diff(c)), len(c) - 1)
    risks = (np.cumsum(e) / np.arange(1, len(e) + 1))[ends]
    coverages = np.append(0, (ends + 1) / len(e))
    return np.trapezoid(np.append(risks[0], risks), coverages)


def binary_goldens():
    n = 260
    patients = rng.integers(0, 110, n)
    z = rng.normal(0, 1.6, n) + rng.normal(0, 0.8, 110)[patients]
    y = (rng.random(n) < special.expit(0.6 * z - 0.5)).astype(int)
    p = np.round(special.expit(z), 3)
    p[:2] = [0.0, 0.999]
    y[0] = 0
    tp, ty = torch.tensor(p, dtype=torch.float64), torch.tensor(y)
    slope = glm(y, [logit(p), np.ones(n)], groups=patients)
    intercept = glm(y, [np.ones(n)], offset=logit(p), groups=patients)
    order = np.argsort(p, kind="stable")
    c = np.maximum(p, 1 - p)
    e = (p >= 0.5) != (y == 1)
    area, averaged = aurc(c, e)
    optimal = aurc_of(np.sort(e))
    kept = np.ceil(np.array([50, 70, 80, 90, 95]) * n / 100).astype(int)
    small_c = np.array([0.9, 0.8, 0.8, 0.8, 0.7, 0.6, 0.6, 0.6, 0.6])
    small_e = np.array([0, 1, 0, 0, 1, 1, 0, 1, 0])
    return {
        "p": p, "y": y, "patients": patients,
        "ece": {"netcal": ECE(BINS).measure(p, y),
                "torchmetrics": binary_calibration_error(tp, ty, n_bins=BINS, norm="l1").item()},
        "mce": {"netcal": MCE(BINS).measure(p, y),
                "torchmetrics": binary_calibration_error(tp, ty, n_bins=BINS, norm="max").item()},
        "equal_mass": [[p[g].min(), p[g].max(), len(g), p[g].mean(), y[g].mean()]
                       for g in np.array_split(order, BINS)],
        "brier": np.mean((p - y) ** 2), "brier_parts": brier_parts(p, y),
        "slope": slope.params[0], "slope_se": slope.bse[0],
        "intercept": intercept.params[0], "intercept_se": intercept.bse[0],
        "aurc": area, "e_aurc": area - optimal,
        "accuracy_at": 1 - np.cumsum(averaged)[kept - 1] / kept,
        "risk_at": [[int(m), averaged[:m].mean()] for m in (1, 7, 100, n)],
        "aurc_fd_shifts": fd_shifts_aurc(c, e),
        "tied": {"confidences": small_c, "errors": small_e,
                 "aurc": aurc_over_orders(small_c, small_e)},
    }


def recalibration_goldens(p, y):
    z = logit(p)
    t = temperature(lambda b: ((special.expit(b * z) - y) * z).mean())
    up, down = y.sum(), (1 - y).sum()
    targets = np.where(y == 1, (up + 1) / (up + 2), 1 / (down + 2))
    platt = glm(targets, [z, np.ones(len(z))]).params
    theirs = _SigmoidCalibration().fit(z, y)
    inner = np.clip(p, CLIP, 1 - CLIP)
    beta = sm.Logit(y, np.column_stack([np.log(inner), -np.log1p(-inner), np.ones(len(p))])).fit(
        method="newton", tol=1e-15, disp=0, maxiter=200).params
    # Labels that fall again at the top: one coefficient of the free fit is negative.
    q = np.linspace(0.01, 0.99, 200)
    w = (rng.random(200) < np.where(q > 0.7, 0.45, 0.1 + q * 0.6)).astype(int)
    grid = np.linspace(0, 1, 101)
    isotonic = IsotonicRegression(out_of_bounds="clip").fit(p, y)
    out = {
        "temperature": t, "temperature_scikit_learn": 1 / _TemperatureScaling().fit(z, y).beta_,
        "platt": platt, "platt_scikit_learn": [-theirs.a_, -theirs.b_],
        "beta": beta,
        "beta_bounded": {"p": q, "y": w, "abc": beta_constrained(q, w)},
        "isotonic": {"grid": grid, "values": isotonic.predict(grid),
                     "num_knots": len(isotonic.X_thresholds_)},
    }
    try:
        from betacal import BetaCalibration
        out["beta_betacal"] = BetaCalibration("abm").fit(p, y).calibrator_.map_[:2]
    except ImportError:
        pass
    return out


def multiclass_goldens():
    n, k = 180, 3
    z = np.round(rng.normal(0, 2, (n, k)), 4)
    y = np.array([rng.choice(k, p=q) for q in softmax(z * 0.45 + [0.3, 0, -0.2])])
    p = softmax(z)
    tp, ty = torch.tensor(p), torch.tensor(y)
    beta = lambda b: ((softmax(b * z) * z).sum(1) - z[np.arange(n), y]).mean()
    return {
        "logits": z, "classes": y, "probabilities": p,
        "ece": {"netcal": ECE(BINS).measure(p, y),
                "torchmetrics": multiclass_calibration_error(tp, ty, k, n_bins=BINS).item()},
        "mce": {"netcal": MCE(BINS).measure(p, y),
                "torchmetrics": multiclass_calibration_error(tp, ty, k, n_bins=BINS,
                                                             norm="max").item()},
        "classwise_ece": np.mean([ECE(BINS).measure(p[:, c], (y == c).astype(int))
                                  for c in range(k)]),
        "temperature": temperature(beta),
        "temperature_scikit_learn": 1 / _TemperatureScaling().fit(z, y).beta_,
        "vector": vector_scaling(z, y),
    }


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def main():
    binary = binary_goldens()
    golden = {
        "made_by": "tests/goldens/calibration.py",
        "versions": {name: importlib.metadata.version(name) for name in
                     ("numpy", "scipy", "scikit-learn", "statsmodels", "netcal", "torchmetrics")},
        "binary": binary, "recalibration": recalibration_goldens(binary["p"], binary["y"]),
        "multiclass": multiclass_goldens(),
    }
    target = pathlib.Path(__file__).parent.parent / "data/statistics/calibration.json"
    target.write_text(json.dumps(plain(golden)) + "\n")


main()
