#!/usr/bin/env python3
"""Where fitted learning curves reach a target, by scikit-learn's isotonic regression and
SciPy's root finder.

    data_efficiency.py     writes tests/data/statistics/data_efficiency.json
"""
import json
import pathlib

import numpy as np
import scipy
import sklearn
from scipy.optimize import brentq
from sklearn.isotonic import IsotonicRegression

rng = np.random.default_rng(11)


def curve(higher_is_better):
    fractions = np.sort(rng.choice([0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0],
                                   rng.integers(3, 8), replace=False))
    sign = 1 if higher_is_better else -1
    values = sign * (0.8 + 0.03 * np.log(fractions) + rng.normal(0, 0.02, len(fractions)))
    x = np.log(fractions)
    fit = IsotonicRegression(increasing=higher_is_better).fit(x, values)
    low, high = sorted(fit.predict(x)[[0, -1]])
    span = high - low
    target = rng.uniform(low - 0.2 * span, high + 0.2 * span)
    distance = lambda place: sign * (fit.predict([place])[0] - target)
    if distance(x[0]) >= 0:
        reached, censored = fractions[0], "below"
    elif distance(x[-1]) < 0:
        reached, censored = fractions[-1], "above"
    else:
        reached, censored = np.exp(brentq(distance, x[0], x[-1], xtol=1e-15)), None
    return {"fractions": fractions.tolist(), "values": values.tolist(), "target": target,
            "higher_is_better": higher_is_better, "fitted": fit.predict(x).tolist(),
            "reached": float(reached), "censored": censored}


def main():
    golden = {
        "made_by": "tests/goldens/data_efficiency.py",
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__,
                     "scikit-learn": sklearn.__version__},
        "curves": [curve(i % 3 != 2) for i in range(60)],
    }
    kinds = [c["censored"] for c in golden["curves"]]
    assert all(kinds.count(kind) >= 5 for kind in (None, "below", "above")), kinds
    target = pathlib.Path(__file__).parent.parent / "data/statistics/data_efficiency.json"
    target.write_text(json.dumps(golden) + "\n")


main()
