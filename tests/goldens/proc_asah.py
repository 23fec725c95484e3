#!/usr/bin/env python3
"""Checks `medgraft evaluate` on pROC's aSAH data against the values that pROC's own tests expect.

    proc_asah.py MEDGRAFT aSAH.csv

The data (113 patients; Turck et al. 2010, doi:10.1007/s00134-009-1641-y) come with pROC, which is under the
GPL, and are not part of this repository: in R, write.csv(pROC::aSAH, "aSAH.csv"). Expected values: pROC
1.19.0.1 (github.com/xrobin/pROC), tests/testthat/test-auc.R (wfns, ndka), print_output/r.s100b (s100b: 0.7314, four
digits), test-var.R and test-roc.test.R. AUROCs depend on ranks alone,
so that scores are given as ranks between 0 and 1.
"""
import csv
import json
import math
import pathlib
import subprocess
import sys
import tempfile

NORMAL_975 = 1.959963984540054
AUC = {"wfns": 0.823678861788618, "ndka": 0.611957994579946}
PRINTED_AUC_OF_S100B = 0.7314
VARIANCE = {"wfns": 0.00146991470882363, "ndka": 0.0031908105493913, "s100b": 0.00266868245717244}
# a, b: limits of the difference, p.
TESTS = {("wfns", "s100b"): (0.0104061769564846, 0.174214419249478, 0.0271757822291882),
         ("wfns", "ndka"): (0.0634011709339876, 0.3600405634833566, 0.00514557970691098),
         ("ndka", "s100b"): (-0.2876917446341914, 0.0488706064228094, 0.164295175223054)}


def write_predictions(path, rows, test):
    values = sorted({float(row[test]) for row in rows})
    rank = {value: (i + 1) / (len(values) + 1) for i, value in enumerate(values)}
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["case", "patient", "label:poor", "prob:poor"])
        for i, row in enumerate(rows):
            writer.writerow([i, i, int(row["outcome"] == "Poor"), repr(rank[float(row[test])])])


def main(medgraft, table):
    rows = list(csv.DictReader(open(table)))
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for test in VARIANCE:
            files.append(str(pathlib.Path(folder) / f"{test}.csv"))
            write_predictions(files[-1], rows, test)
        out = subprocess.run([medgraft, "evaluate", *files, "--compare", "--metrics", "auroc", "--json"],
                             check=True, capture_output=True, text=True)
    document = json.loads(out.stdout)
    worst = {}

    def compare(what, got, want):
        worst[what] = max(worst.get(what, 0), abs(got - want))

    for test, variance in VARIANCE.items():
        value = document["models"][test]["splits"]["test"]["metrics"]["auroc"]
        auc = value["value"]
        if test in AUC:
            compare("AUROC (auc)", auc, AUC[test])
        else:
            assert abs(auc - PRINTED_AUC_OF_S100B) < 5.1e-5, auc
        # The interval is on the logit scale: its half width there gives the variance back.
        half = math.log(value["ci_high"] / (1 - value["ci_high"])) - math.log(auc / (1 - auc))
        compare("DeLong variance (var)", (half / NORMAL_975 * auc * (1 - auc)) ** 2, variance)
    for row in document["comparisons"]:
        sign, key = (1, (row["a"], row["b"])) if (row["a"], row["b"]) in TESTS else (-1, (row["b"], row["a"]))
        low, high, p = TESTS[key]
        limits = sorted([sign * row["ci_low"], sign * row["ci_high"]])
        assert row["test"] == "delong", row["test"]
        compare("limits of a difference (roc.test)", limits[0], low)
        compare("limits of a difference (roc.test)", limits[1], high)
        compare("p of a difference (roc.test)", row["p"], p)
    for what, difference in worst.items():
        print(f"| {what} | {difference:.1e} |")
    return 0 if max(worst.values()) < 1e-9 else 1


sys.exit(main(*sys.argv[1:]))
