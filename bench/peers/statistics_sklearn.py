#!/usr/bin/env python3
"""Seconds a replicate of the usual loop: draw patients, gather their rows, call scikit-learn.

    statistics_sklearn.py PREDICTIONS.csv [--replicates 3] [--metrics auroc|all] [--seed 0]

Prints one JSON document. Needs pandas, NumPy and scikit-learn. `all` are the nine of our
twelve metrics that scikit-learn has. Reading the file is not in the time.
"""
import argparse
import json
import time

import numpy as np
import pandas
import sklearn
from sklearn import metrics


def threshold_metrics(y, p):
    hard = p >= 0.5
    return [metrics.average_precision_score(y, p), metrics.log_loss(y, p),
            metrics.brier_score_loss(y, p), metrics.accuracy_score(y, hard),
            metrics.balanced_accuracy_score(y, hard), metrics.recall_score(y, hard),
            metrics.recall_score(y, hard, pos_label=0), metrics.f1_score(y, hard)]


parser = argparse.ArgumentParser()
parser.add_argument("predictions")
parser.add_argument("--replicates", type=int, default=3)
parser.add_argument("--metrics", choices=["auroc", "all"], default="auroc")
parser.add_argument("--seed", type=int, default=0)
arguments = parser.parse_args()

table = pandas.read_csv(arguments.predictions)
names = [name[5:] for name in table.columns if name.startswith("prob:")]
labels = table[[f"label:{name}" for name in names]].to_numpy()
probabilities = table[[f"prob:{name}" for name in names]].to_numpy()
rows_of = list(table.groupby("patient").indices.values())
rng = np.random.default_rng(arguments.seed)

start = time.perf_counter()
figures = []
for _ in range(arguments.replicates):
    drawn = rng.integers(0, len(rows_of), len(rows_of))
    rows = np.concatenate([rows_of[patient] for patient in drawn])
    y, p = labels[rows], probabilities[rows]
    for k in range(len(names)):
        figures.append(metrics.roc_auc_score(y[:, k], p[:, k]))
        if arguments.metrics == "all":
            threshold_metrics(y[:, k], p[:, k])
seconds = time.perf_counter() - start
print(json.dumps({
    "cases": len(table), "labels": len(names), "replicates": arguments.replicates,
    "metrics": arguments.metrics, "seconds": seconds,
    "seconds_per_replicate": seconds / arguments.replicates,
    "mean_auroc": float(np.mean(figures)),
    "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
}))
