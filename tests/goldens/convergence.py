#!/usr/bin/env python3
"""Median times of right-censored runs by statsmodels' Kaplan-Meier estimate.

    convergence.py     writes tests/data/statistics/convergence.json
"""
import json
import pathlib

import numpy as np
import statsmodels
from statsmodels.duration.survfunc import SurvfuncRight

rng = np.random.default_rng(5)


def sample():
    n = rng.integers(2, 9)
    reached = rng.random(n) < 0.5
    if not reached.any():
        reached[0] = True
    times = 10 * rng.integers(1, 9, n)
    curve = SurvfuncRight(times, reached.astype(int))
    there = np.flatnonzero(curve.surv_prob <= 0.5 + 1e-12)  # At least half of the runs.
    return {"times": times.tolist(), "reached": reached.tolist(),
            "median": int(curve.surv_times[there[0]]) if len(there) else None}


def main():
    golden = {"made_by": "tests/goldens/convergence.py",
              "versions": {"numpy": np.__version__, "statsmodels": statsmodels.__version__},
              "samples": [sample() for _ in range(60)]}
    assert 5 <= sum(s["median"] is None for s in golden["samples"]) <= 55
    target = pathlib.Path(__file__).parent.parent / "data/statistics/convergence.json"
    target.write_text(json.dumps(golden) + "\n")


main()
