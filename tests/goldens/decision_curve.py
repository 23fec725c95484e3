#!/usr/bin/env python3
"""Net benefit by dcurves on the data of its published example.

    decision_curve.py     writes tests/data/statistics/decision_curve.json
"""
import json
import pathlib
from importlib.metadata import version

import dcurves
import numpy as np
import pandas as pd

THRESHOLDS = [i / 100 for i in range(1, 100, 2)]


def main():
    data = pd.read_csv(pathlib.Path(dcurves.__file__).parent / "data/df_binary.csv")
    curve = dcurves.dca(data=data, outcome="cancer", modelnames=["cancerpredmarker"],
                        thresholds=THRESHOLDS)
    of = {name: curve[curve["model"] == name].sort_values("threshold")["net_benefit"].tolist()
          for name in ["cancerpredmarker", "all"]}
    p, y = data["cancerpredmarker"].to_numpy(), data["cancer"].to_numpy().astype(int)
    closed = [float((y[p >= t].sum() - (1 - y[p >= t]).sum() * t / (1 - t)) / len(y))
              for t in THRESHOLDS]
    golden = {
        "made_by": "tests/goldens/decision_curve.py",
        "versions": {"dcurves": version("dcurves"), "numpy": np.__version__},
        "source": "dcurves df_binary, cancerpredmarker (Apache-2.0)",
        "thresholds": THRESHOLDS, "p": p.tolist(), "y": y.tolist(),
        "model": of["cancerpredmarker"], "treat_all": of["all"], "closed_form": closed,
    }
    target = pathlib.Path(__file__).parent.parent / "data/statistics/decision_curve.json"
    target.write_text(json.dumps(golden) + "\n")


main()
