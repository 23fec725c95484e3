#!/usr/bin/env python3
"""Measures `medgraft bench statistics` beside its peers on one predictions file.

    bench/statistics_speed.py [--cases 100000] [--labels 14] [--replicates 2000] [--runs 3]
                        [--peer-replicates 3] [--python PYTHON] [--out FILE]

Writes bench/results/statistics.json. (Not statistics.py, which Python would import for its
own module.) Ours and the peers take turns, so that what else the machine does hits all;
figures are medians. Ours runs on two threads, the peers on the one that they use. Their
whole time is their seconds a replicate times the replicates ("extrapolated"): they would
take an hour and more. PYTHON has what bench/peers need.
"""
import argparse
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parent.parent


def measure(command):
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def write_predictions(path, cases, labels):
    """Two thirds as many patients as cases; labels of 2% to 41%."""
    rng = random.Random(0)
    names = [f"finding_{k}" for k in range(labels)]
    with open(path, "w", encoding="utf-8") as file:
        columns = [f"label:{name}" for name in names] + [f"prob:{name}" for name in names]
        file.write(",".join(["case", "patient", *columns]) + "\n")
        for i in range(cases):
            truth = [int(rng.random() < 0.02 + 0.03 * (k % 14)) for k in range(labels)]
            scores = [rng.betavariate(2 + 2 * y, 5) for y in truth]
            fields = [f"c{i}", f"p{rng.randrange(max(1, cases * 2 // 3))}", *map(str, truth),
                      *(f"{score:.9g}" for score in scores)]
            file.write(",".join(fields) + "\n")


def median(runs, key):
    return statistics.median(run[key] for run in runs)


parser = argparse.ArgumentParser()
parser.add_argument("--cases", type=int, default=100000)
parser.add_argument("--labels", type=int, default=14)
parser.add_argument("--replicates", type=int, default=2000)
parser.add_argument("--peer-replicates", type=int, default=3)
parser.add_argument("--runs", type=int, default=3)
parser.add_argument("--python", default=sys.executable)
parser.add_argument("--out", type=pathlib.Path, default=ROOT / "bench/results/statistics.json")
arguments = parser.parse_args()

with tempfile.TemporaryDirectory() as folder:
    path = f"{folder}/predictions.csv"
    write_predictions(path, arguments.cases, arguments.labels)
    few = ["--replicates", str(arguments.peer_replicates)]
    peers = str(ROOT / "bench/peers")
    ours = [str(ROOT / "build/medgraft"), "bench", "statistics", "--labels",
            str(arguments.labels), "--replicates", str(arguments.replicates), "--threads",
            "2", "--json"]
    sklearn = [arguments.python, f"{peers}/statistics_sklearn.py", path, *few]
    commands = {
        "medgraft": [*ours, "--predictions", path],
        "scikit-learn": sklearn,
        "scikit-learn, nine metrics": [*sklearn, "--metrics", "all"],
        "confidenceinterval": [arguments.python,
                               f"{peers}/statistics_confidenceinterval.py", path, *few]}
    runs = {name: [] for name in commands}
    for _ in range(arguments.runs):
        for name, command in commands.items():
            runs[name].append(measure(command))
            print(name, runs[name][-1].get("seconds", runs[name][-1].get("auroc_seconds")),
                  file=sys.stderr)

first = runs["medgraft"][0]
auroc = median(runs["medgraft"], "auroc_seconds")
everything = median(runs["medgraft"], "all_metrics_seconds")
whole = {name: median(runs[name], "seconds_per_replicate") * arguments.replicates
         for name in commands if name != "medgraft"}
result = {
    "command": f"bench/statistics_speed.py --cases {arguments.cases} --labels {arguments.labels} "
               f"--replicates {arguments.replicates} --peer-replicates "
               f"{arguments.peer_replicates} --runs {arguments.runs}",
    "cases": first["cases"], "labels": first["labels"], "replicates": arguments.replicates,
    "medgraft": {"threads": 2, "auroc_seconds": auroc, "all_metrics_seconds": everything,
                 "peak_bytes": max(run["peak_bytes"] for run in runs["medgraft"]),
                 "reading": {"rows": first["reading"]["rows"],
                             "file_bytes": first["reading"]["file_bytes"],
                             "seconds": statistics.median(
                                 run["reading"]["seconds"] for run in runs["medgraft"])}},
    "peers": {name: {"seconds_extrapolated": seconds,
                     "replicates_measured": arguments.peer_replicates,
                     "versions": runs[name][0]["versions"]}
              for name, seconds in whole.items()},
    "confidenceinterval_delong_seconds": median(runs["confidenceinterval"],
                                                "delong_seconds"),
    "ratio_auroc_scikit_learn": whole["scikit-learn"] / auroc,
    "ratio_all_scikit_learn": whole["scikit-learn, nine metrics"] / everything,
    "ratio_auroc_confidenceinterval": whole["confidenceinterval"] / auroc,
    "mean_auroc": {"medgraft": first["mean_auroc"],
                   "scikit-learn": runs["scikit-learn"][0]["mean_auroc"]},
    "all_runs": {name: [run.get("seconds", run.get("auroc_seconds")) for run in of]
                 for name, of in runs.items()},
    "versions": {"medgraft": first["version"], "compiler": first["compiler"]},
    "machine": first["machine"],
}
arguments.out.write_text(json.dumps(result, indent=2) + "\n")
print(f"AUROC {auroc:.2f} s, {result['ratio_auroc_scikit_learn']:.0f} x scikit-learn, "
      f"{result['ratio_auroc_confidenceinterval']:.0f} x confidenceinterval; all "
      f"{everything:.2f} s, {result['ratio_all_scikit_learn']:.0f} x", file=sys.stderr)
