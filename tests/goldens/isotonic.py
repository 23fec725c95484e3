#!/usr/bin/env python3
"""Isotonic regression of small samples by scikit-learn.

    isotonic.py     writes tests/data/statistics/isotonic.json
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.isotonic import IsotonicRegression

rng = np.random.default_rng(7)


def sample(name, x, y, weights, increasing=True):
    fit = IsotonicRegression(increasing=increasing, out_of_bounds="clip")
    fit.fit(x, y, sample_weight=weights)
    places = np.concatenate([np.linspace(x.min() - 0.2, x.max() + 0.2, 21), x[:10]])
    return {"name": name, "x": x.tolist(), "y": y.tolist(),
            "weights": [] if weights is None else weights.tolist(),
            "increasing": increasing, "places": places.tolist(),
            "values": fit.predict(places).tolist()}


def main():
    x = rng.random(60)
    rounded = np.round(x, 1)  # Many ties.
    noisy = x + rng.normal(0, 0.5, 60)
    binary = (rng.random(60) < x).astype(float)
    counts = rng.integers(0, 4, 60).astype(float)  # A resample's, zeros among them.
    few = np.log([0.05, 0.1, 0.25, 0.5, 1])
    golden = {
        "made_by": "tests/goldens/isotonic.py",
        "versions": {"numpy": np.__version__, "scikit-learn": sklearn.__version__},
        "samples": [
            sample("distinct", x, noisy, None),
            sample("binary", x, binary, None),
            sample("ties", rounded, binary, None),
            sample("weighted ties", rounded, noisy, counts),
            sample("weighted", x, binary, rng.random(60)),
            sample("decreasing", x, -noisy, counts, increasing=False),
            sample("wrong way round", x, -noisy, None),
            sample("few", few, np.array([0.7, 0.74, 0.73, 0.8, 0.79]), None),
            sample("one", np.array([0.3]), np.array([0.5]), None),
        ],
    }
    target = pathlib.Path(__file__).parent.parent / "data/statistics/isotonic.json"
    target.write_text(json.dumps(golden) + "\n")


main()
