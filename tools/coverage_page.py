#!/usr/bin/env python3
"""Writes docs/metrics/coverage.md, on stdout, from the results of `make coverage`.

    coverage_page.py bench/results/coverage.json
"""
import json
import math
import re
import sys
from collections import Counter, defaultdict

# The method that each figure's interval should be of, first; then what it was chosen over.
RECOMMENDED = {
    "auroc": ["delong or obuchowski logit, as evaluate"],
    "sensitivity": ["wilson", "wilson clustered"],
    "specificity": ["wilson", "wilson clustered"],
    "accuracy": ["wilson", "wilson clustered"],
    "balanced_accuracy": ["wilson of both classes"],
    "auprc": ["bootstrap BCa"],
    "f1": ["bootstrap BCa"],
    "nll": ["bootstrap BCa"],
    "brier": ["bootstrap BCa"],
    "ece": ["bootstrap bias-corrected, reflected"],
    "ece_adaptive": ["bootstrap percentile"],
    "ece_debiased": ["bootstrap percentile"],
}
LOW, HIGH = 0.93, 0.97
NULL_LOW, NULL_HIGH = 0.04, 0.06
MOST_ROWS = 30  # Of a table of failures.


def wilson(share, n, z=1.96):
    center = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return center - half, center + half


def verdict(share, n, low, high):
    """Whether a share lies in [low, high], beyond Monte Carlo error or within it."""
    at_least, at_most = wilson(share, n)
    return "low" if at_most < low else "high" if at_least > high else "holds"


def table(header, rows):
    yield "| " + " | ".join(header) + " |"
    yield "|" + "---|" * len(header)
    for row in rows:
        yield "| " + " | ".join(str(cell) for cell in row) + " |"
    yield ""


def percent(share):
    return f"{100 * share:.1f}"


def read(part):
    for name, condition in part["conditions"].items():
        settings = dict(re.findall(r"(\w+)=(\S+)", name))
        for row in condition["rows"]:
            yield name, settings, condition, dict(zip(part["columns"], row))


def intervals_of(document):
    """{metric: {method: [(settings, row, number of intervals)]}}"""
    out = defaultdict(lambda: defaultdict(list))
    for _, settings, condition, row in read(document["intervals"]):
        n = condition["sets"] - row["undefined"] - row["no_interval"]
        if n:
            out[row["metric"]][row["method"]].append((settings, row, n))
    return out


def summary(methods):
    for method, entries in methods.items():
        verdicts = [verdict(row["coverage"], n, LOW, HIGH) for _, row, n in entries]
        shares = [row["coverage"] for _, row, _ in entries]
        yield (method, len(entries), verdicts.count("holds"), verdicts.count("low"),
               verdicts.count("high"), percent(min(shares)), percent(max(shares)),
               f"{sum(row['mean_width'] for _, row, _ in entries) / len(entries):.3f}")


def failures(methods, names):
    for method in names:
        for settings, row, n in methods.get(method, []):
            found = verdict(row["coverage"], n, LOW, HIGH)
            if found == "holds":
                continue
            yield (settings["patients"], f"{100 * float(settings['prevalence']):.0f}%",
                   settings["auroc"], settings["correlation"], settings["labels"],
                   percent(row["coverage"]), percent(row["below"] / n),
                   percent(row["above"] / n), found)


def counts(document):
    sets = defaultdict(lambda: [0, set(), set()])
    for name, condition in document["intervals"]["conditions"].items():
        entry = sets[int(re.search(r"patients=(\d+)", name).group(1))]
        entry[0] += 1
        entry[1].add(condition["sets"])
        entry[2].add(condition["replicates"])
    for patients, (number, of_sets, replicates) in sorted(sets.items()):
        yield (patients, f"{number} of 45", ", ".join(map(str, sorted(of_sets))),
               ", ".join(map(str, sorted(replicates))))


def page(document):
    with open(__file__.replace("coverage_page.py", "coverage_page.md")) as file:
        introduction, tests = file.read().split("<!-- tests -->\n")
    versions = document["versions"]
    yield introduction.replace("VERSIONS", f"medgraft {versions['medgraft']}, "
                               f"{versions['compiler']}")
    yield from table(["patients", "conditions done", "data sets of each", "replicates"],
                     counts(document))
    found = intervals_of(document)
    for metric, methods in found.items():
        yield f"### {metric}"
        yield from table(["method", "conditions", "hold", "too low", "too high", "least %",
                          "most %", "mean width"], summary(methods))
        names = RECOMMENDED.get(metric)
        if not names:
            continue
        rows = list(failures(methods, names))
        yield f"`evaluate` takes: {' or '.join(names)}. " + (
            "It does not hold in:\n" if rows else "It holds in every condition.\n")
        if len(rows) > MOST_ROWS:
            by_size = Counter((row[0], row[-1]) for row in rows)
            yield "; ".join(f"{count} of 45 conditions of {patients} patients too {side}"
                            for (patients, side), count in by_size.items()) + ".\n"
        elif rows:
            yield from table(["patients", "prevalence", "AUROC", "correlation", "labels",
                              "coverage %", "below %", "above %", ""], rows)
    yield tests
    rows = []
    for name, settings, condition, row in read(document["nulls"]):
        n = condition["sets"] - row["undefined"]
        found_null = verdict(row["rate"], n, NULL_LOW, NULL_HIGH)
        rows.append((row["test"], row["metric"], settings["patients"], settings["auroc"],
                     settings["labels"], settings.get("seed_deviation", ""), n,
                     percent(row["rate"]), "" if found_null == "holds" else found_null))
    yield from table(["test", "figure", "patients", "AUROC", "labels", "seeds' deviation",
                      "data sets", "rejected %", ""], sorted(rows, key=lambda row: row[:2]))


def main():
    with open(sys.argv[1]) as file:
        print("\n".join(page(json.load(file))).rstrip())


main()
