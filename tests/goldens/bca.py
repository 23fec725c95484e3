#!/usr/bin/env python3
"""BCa intervals by scipy.stats.bootstrap, of the values that it resampled.

    bca.py     writes tests/data/statistics/bca.json
"""
import json
import pathlib

import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(7)


def case(name, sample, statistic, replicates):
    found = stats.bootstrap((sample,), statistic, n_resamples=replicates, method="BCa",
                            vectorized=False, rng=np.random.default_rng(1))
    jackknife = [statistic(np.delete(sample, i)) for i in range(len(sample))]
    return {"name": name, "estimate": statistic(sample),
            "values": found.bootstrap_distribution.tolist(), "jackknife": jackknife,
            "low": found.confidence_interval.low, "high": found.confidence_interval.high}


def main():
    skewed = rng.exponential(1, 40)
    coarse = rng.integers(0, 4, 30).astype(float)  # Ties of resamples with the estimate.
    golden = {
        "made_by": "tests/goldens/bca.py",
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__},
        "cases": [case("mean of a skewed sample", skewed, np.mean, 400),
                  case("variance", skewed, np.var, 400),
                  case("mean of ties", coarse, np.mean, 300)]}
    path = pathlib.Path(__file__).parent.parent / "data/statistics/bca.json"
    path.write_text(json.dumps(golden) + "\n")


main()
