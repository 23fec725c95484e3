#!/usr/bin/env python3
"""Seconds of the confidenceinterval package: its bootstrap of the AUROC, and its DeLong.

    statistics_confidenceinterval.py PREDICTIONS.csv [--replicates 3]

Prints one JSON document. It knows no patients: its bootstrap draws cases, one label at a
time. Needs pandas and confidenceinterval. Reading the file is not in the time.
"""
import argparse
import importlib.metadata
import json
import time

import confidenceinterval
import numpy as np
import pandas

parser = argparse.ArgumentParser()
parser.add_argument("predictions")
parser.add_argument("--replicates", type=int, default=3)
arguments = parser.parse_args()

table = pandas.read_csv(arguments.predictions)
names = [name[5:] for name in table.columns if name.startswith("prob:")]
columns = [(table[f"label:{name}"].to_numpy(), table[f"prob:{name}"].to_numpy())
           for name in names]

start = time.perf_counter()
for y, p in columns:
    confidenceinterval.roc_auc_score(y, p, method="bootstrap_percentile",
                                     n_resamples=arguments.replicates,
                                     random_state=np.random.RandomState(0))
bootstrap = time.perf_counter() - start
start = time.perf_counter()
for y, p in columns:
    confidenceinterval.roc_auc_score(y, p, method="delong")
delong = time.perf_counter() - start
print(json.dumps({
    "cases": len(table), "labels": len(names), "replicates": arguments.replicates,
    "seconds": bootstrap, "seconds_per_replicate": bootstrap / arguments.replicates,
    "delong_seconds": delong,
    "versions": {name: importlib.metadata.version(name)
                 for name in ("confidenceinterval", "scikit-learn", "scipy", "numpy")},
}))
