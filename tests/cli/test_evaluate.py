"""`medgraft evaluate` from outside. MEDGRAFT_BIN is the medgraft executable."""

import csv
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent
METRICS = "auroc,sensitivity,nll"


def medgraft(*arguments, code=0):
    done = subprocess.run([os.environ["MEDGRAFT_BIN"], *map(str, arguments)],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == code, done.stderr
    return done


def evaluate(*arguments):
    return json.loads(medgraft("evaluate", *arguments, "--replicates", "300", "--metrics",
                               METRICS, "--json").stdout)


def mistake(*arguments):
    line = medgraft("evaluate", *arguments, "--json", code=2).stderr
    assert line.count("\n") <= 2 and len(line) < 600
    return line


def write_predictions(path, gain, seed, cases_a_patient=1):
    """80 validation and 120 test cases; the sick score `gain` higher."""
    rng = random.Random(seed)
    lines = ["case,patient,split,label:sick,prob:sick"]
    for i in range(200):
        p = min(max(rng.gauss(0.4 + gain * (i % 2), 0.2), 0.01), 0.99)
        lines.append(f"c{i},p{i // cases_a_patient},{'val' if i < 80 else 'test'},{i % 2},{p:.6f}")
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def models(tmp_path):
    for seed in range(3):
        write_predictions(tmp_path / f"good{seed}.csv", 0.4, seed)
        write_predictions(tmp_path / f"poor{seed}.csv", 0.05, 10 + seed)
    return tmp_path


def find(rows, **wanted):
    found = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    assert len(found) == 1, found
    return found[0]


def test_scores_what_ten_lines_of_python_write(tmp_path):
    with open(tmp_path / "mine.csv", "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["label:sick", "prob:sick"])
        rng = random.Random(0)
        for _ in range(50):
            label = rng.randint(0, 1)
            out.writerow([label, min(1, max(0, 0.5 * label + 0.6 * rng.random()))])
    document = evaluate(tmp_path / "mine.csv")
    scores = document["models"]["mine"]["splits"]["test"]
    assert scores["n_cases"] == 50 and scores["n_patients"] is None
    value = scores["metrics"]["sensitivity"]
    assert value["method"] == "wilson" and value["clustering"] == "unknown"
    assert value["ci_low"] < value["value"] <= value["ci_high"]


def test_proportions_of_clustered_cases_say_so(tmp_path):
    write_predictions(tmp_path / "m.csv", 0.4, 0, cases_a_patient=4)
    value = evaluate(tmp_path / "m.csv")["models"]["m"]["splits"]["test"]["metrics"]["sensitivity"]
    assert value["method"] == "wilson clustered"


def test_compares_all_pairs_or_with_a_baseline(models):
    files = [models / "good0.csv", models / "good1.csv", models / "poor0.csv"]
    pairs = evaluate(*files, "--compare")["comparisons"]
    assert len(pairs) == 3 * 2 * 3  # Pairs, splits, metrics.
    rows = evaluate(*files, "--baseline", "poor0", "--margin", "auroc=0.02")["comparisons"]
    assert len(rows) == 2 * 2 * 3 and {row["b"] for row in rows} == {"poor0"}
    row = find(rows, a="good0", split="test", metric="auroc")
    assert row["test"] == "delong" and row["verdict"] == "better" and row["margin"] == 0.02
    assert row["p"] <= row["p_adjusted"] < 0.05
    assert find(rows, a="good0", split="test", metric="nll")["margin"] is None


def test_optional_sections_are_chosen(models):
    def sections(*flags):
        document = json.loads(medgraft("evaluate", models / "good0.csv", "--replicates", "20",
                                       *flags, "--json").stdout)
        return set(document["models"]["good0"]["splits"]["test"])

    optional = {"calibration", "decision_curve", "discrimination", "operating_points",
                "recalibration", "selective", "top_k"}
    everything = sections()
    assert optional < everything
    assert sections("--metrics", "auroc") == everything - optional
    assert sections("--metrics", "auroc", "--sections", "selective") == (
        everything - optional | {"selective"})
    assert sections("--sections", "none") == everything - optional


def test_the_test_can_be_chosen(models):
    files = [models / "good0.csv", models / "poor0.csv", "--compare"]
    for name, said in [("permutation", "paired permutation"), ("bootstrap", "paired bootstrap")]:
        rows = evaluate(*files, "--test", name)["comparisons"]
        assert {row["test"] for row in rows} == {said}
    assert "permutation" in mistake(*files, "--test", "t")


def test_margins_allow_non_inferiority(models):
    shutil.copy(models / "good0.csv", models / "near.csv")
    text = (models / "near.csv").read_text().splitlines()
    cells = text[100].split(",")
    text[100] = ",".join(cells[:-1] + ["0.5"])
    (models / "near.csv").write_text("\n".join(text) + "\n")
    files = [models / "near.csv", models / "good0.csv", "--compare"]
    without = find(evaluate(*files)["comparisons"], split="test", metric="auroc")
    assert without["verdict"] == "inconclusive" and without["minimum_detectable"] > 0
    with_margin = find(evaluate(*files, "--margin", "auroc=0.05")["comparisons"],
                       split="test", metric="auroc")
    assert with_margin["verdict"] == "non-inferior"


def test_cells_over_seeds_and_their_ensembles(models):
    files = sorted(models.glob("*.csv"))
    document = evaluate(*files, "--cell", "GOOD=good0,good1,good2", "--cell",
                        "POOR=poor0,poor1,poor2", "--baseline", "POOR", "--ensemble",
                        "--csv", models / "tidy.csv")
    cell = find(document["cells"], name="GOOD", split="test", metric="auroc")
    singles = [document["models"][f"good{i}"]["splits"]["test"]["metrics"]["auroc"]["value"]
               for i in range(3)]
    assert cell["value"] == pytest.approx(sum(singles) / 3)
    assert cell["n_seeds"] == 3 and cell["members"] == ["good0", "good1", "good2"]
    assert cell["ci_low"] < cell["value"] < cell["ci_high"]
    row = find(document["comparisons"], a="GOOD", split="test", metric="auroc")
    assert row["b"] == "POOR" and row["test"] == "crossed seeds t" and row["verdict"] == "better"
    ensemble = document["models"]["GOOD ensemble"]["splits"]["test"]["metrics"]
    assert ensemble["auroc"]["value"] > max(singles) - 0.05
    find(document["comparisons"], a="GOOD ensemble", b="POOR ensemble", split="test",
         metric="auroc")
    with open(models / "tidy.csv") as file:
        rows = list(csv.DictReader(file))
    assert {row["section"] for row in rows} >= {"metrics", "labels", "cells", "comparisons"}
    assert float(find(rows, model="GOOD", split="test", section="cells",
                      metric="auroc")["value"]) == pytest.approx(cell["value"])


def test_one_seed_supports_no_claim(models):
    document = evaluate(*sorted(models.glob("*.csv")), "--cell", "GOOD=good0", "--cell",
                        "POOR=poor0,poor1", "--compare")
    assert find(document["comparisons"], a="GOOD", b="POOR", split="test",
                metric="auroc")["verdict"] == "no claim (one seed)"


def test_mistakes_are_one_sentence(models):
    good, poor = models / "good0.csv", models / "poor0.csv"
    assert "good1" in mistake(good, poor, "--cell", "A=good1")
    assert "auroc" in mistake(good, "--margin", "auroc")
    assert "auroc" in mistake(good, "--margin", "aurok=0.1")
    assert "--cell" in mistake(good, "--cell", "A")
    assert "--cell" in mistake(good, "--ensemble")
    assert "none of the models" in mistake(good, poor, "--baseline", "x")
    short = models / "short.csv"
    short.write_text("\n".join(good.read_text().splitlines()[:-1]) + "\n")
    assert "compared on the same cases" in mistake(good, short, "--compare")


HEADER = "case,patient,split,label:sick,prob:sick\n"
TWO_CASES = "a,p,test,1,0.6\nb,q,test,0,0.2\n"
WRONG_FILES = {  # The file, and what the message tells of found and accepted.
    "NaN": (HEADER + "a,p,test,1,nan\nb,q,test,0,0.2\n", ["prob:sick", "nan", "between 0 and 1"]),
    "beyond 1": (HEADER + "a,p,test,1,1.5\nb,q,test,0,0.2\n", ["prob:sick", "1.5", "between 0 and 1"]),
    "not adding up": ("case,label,prob:x,prob:y\na,x,0.5,0.2\nb,y,0.2,0.8\n", ["0.7", "add up"]),
    "no such label": (HEADER + "a,p,test,2,0.6\nb,q,test,0,0.2\n", ["label:sick", "2", "blank"]),
    "a case twice": (HEADER + TWO_CASES + "b,q,test,0,0.3\n", ["twice", "rows 3 and 4"]),
    "a patient in two splits": (HEADER + "a,p,val,1,0.6\nb,p,test,0,0.2\n", ["1 patient", "one split"]),
    "no row": (HEADER, ["no rows", "one row a case"]),
    "nothing": ("", ["empty", "header"]),
}
WRONG_FLAGS = {
    "--metrics aurok": ["aurok", "auroc"],
    "--metrics zzz": ["zzz", "auroc"],
    "--sections selectiv": ["selectiv", "selective"],
    "--baseline x": ["x", "mine"],
    "--margin auroc=x": ["auroc=x", "METRIC=NUMBER"],
    "--margin auroc=-1": ["auroc=-1", "above 0"],
    "--cell A=zz": ["zz", "mine"],
    "--bins age": ["age", "NAME=EDGE"],
    "--bins age=60,40": ["40", "rising"],
    "--threshold 2": ["2", "youden"],
    "--threshold sens=0.9": ["sens=0.9", "sensitivity=0.9"],
    "--test t": ["t", "permutation"],
    "--replicates -1": ["-1", "0 to 1000000"],
    "--min-group 0": ["0", "1 to 1000000"],
}


def refused(folder, *arguments):
    """The one line of a refusal that leaves no file."""
    line = medgraft("evaluate", *arguments, "--out", folder / "out.json", code=2).stderr
    assert line.startswith("medgraft: ") and line.count("\n") == 1 and len(line) < 600, line
    assert not list(folder.glob("out.json*")), list(folder.iterdir())
    return line


@pytest.mark.parametrize("name", WRONG_FILES)
def test_refuses_wrong_files(tmp_path, name):
    content, told = WRONG_FILES[name]
    (tmp_path / "mine.csv").write_text(content)
    line = refused(tmp_path, tmp_path / "mine.csv")
    assert "mine" in line
    for words in told:
        assert words in line


@pytest.mark.parametrize("flag", WRONG_FLAGS)
def test_refuses_wrong_flags(tmp_path, flag):
    (tmp_path / "mine.csv").write_text(HEADER + TWO_CASES)
    line = refused(tmp_path, tmp_path / "mine.csv", *flag.split())
    for words in WRONG_FLAGS[flag]:
        assert words in line


def test_refuses_to_compare_what_differs(tmp_path):
    a, labels, cases = (tmp_path / name for name in ("a.csv", "labels.csv", "cases.csv"))
    a.write_text(HEADER + TWO_CASES)
    labels.write_text((HEADER + TWO_CASES).replace("sick", "ill"))
    cases.write_text(HEADER + TWO_CASES.replace("b,q", "c,r"))
    assert "only the first has sick" in refused(tmp_path, a, labels, "--compare")
    line = refused(tmp_path, a, cases, "--compare")
    assert "in the first only: 1, in the second only: 1, in both: 1" in line


def test_refuses_a_huge_file_before_reading_it(tmp_path):
    with open(tmp_path / "huge.csv", "w") as file:
        file.truncate(10 * 2**30)  # Sparse.
    line = refused(tmp_path, tmp_path / "huge.csv")
    assert "10.7 GB" in line and "at most 4 GB" in line


def test_labels_of_one_class_are_null_with_a_reason(tmp_path):
    (tmp_path / "mine.csv").write_text(HEADER + "a,p,test,1,0.6\nb,q,test,1,0.2\n")
    metrics = json.loads(medgraft("evaluate", tmp_path / "mine.csv", "--json").stdout)[
        "models"]["mine"]["splits"]["test"]["metrics"]
    for name in ("auroc", "specificity"):
        assert metrics[name]["value"] is None and metrics[name]["reason"]
    assert metrics["sensitivity"]["value"] == 0.5


def test_the_table_begins_with_the_test_split(models):
    done = medgraft("evaluate", models / "good0.csv", models / "poor0.csv", "--compare", "--replicates", "50",
                    "--metrics", "ece,auroc", "--out", models / "out.json")
    scores, comparisons = done.stdout.split("\n\n")
    rows = [line.split()[:3] for line in scores.splitlines()[1:5]]
    assert rows == [["good0", split, metric] for split in ("test", "val") for metric in ("auroc", "ece")]
    assert not any(" val " in line for line in comparisons.splitlines())
    assert "2 comparisons on validation or training cases are in the file only" in comparisons
    kept = json.loads((models / "out.json").read_text())["comparisons"]
    assert {row["split"] for row in kept} == {"test", "val"}


STUDY = """
[study]
name = "small"
seeds = [0, 1]
architectures = ["R14x0.5"]
baseline = { upstream = "scratch", architecture = "R14x0.5" }
[analysis]
primary = "auroc"
margins = { auroc = 0.02 }
[[upstream]]
name = "scratch"
[[upstream]]
name = "photos"
dataset = "photos"
train = { steps = 20, resolution = 32 }
[[task]]
name = "chest"
dataset = "chest"
resolutions = [32]
fractions = [0.5, 1.0]
train = { steps = 30 }
"""


@pytest.fixture
def study(tmp_path):
    """A study's folder as `study run` leaves it; the trainings are stood in for."""
    sys.path.insert(0, str(HERE))
    from test_study import write_dataset
    binaries = tmp_path / "bin"
    binaries.mkdir()
    shutil.copy(os.environ["MEDGRAFT_BIN"], binaries / "medgraft")
    fake = binaries / "medgraft-compute"
    fake.write_text(f"#!/bin/sh\nexec {sys.executable} {HERE / 'fake_compute.py'} \"$@\"\n")
    fake.chmod(0o755)
    write_dataset(tmp_path / "photos", "photos", "multiclass")
    write_dataset(tmp_path / "chest", "chest")
    (tmp_path / "study.toml").write_text(STUDY)
    subprocess.run([binaries / "medgraft", "study", "run", tmp_path / "study.toml", "--out",
                    tmp_path / "out", "--workers", "2", "--quiet"], check=True, timeout=300)
    return tmp_path / "out"


def test_a_study_is_its_models_cells_and_contrasts(study):
    document = evaluate(study, "--ensemble")
    assert "chest/photos R14x0.5/32/0.5/1" in document["models"]
    assert "chest/photos R14x0.5/32/1 ensemble" in document["models"]
    assert len(document["models"]) == 2 * 2 * 2 + 2 * 2  # Runs and ensembles.
    assert len({cell["name"] for cell in document["cells"]}) == 2 * 2
    cell = find(document["cells"], name="chest/photos R14x0.5/32/1", split="test",
                metric="auroc")
    assert cell["n_seeds"] == cell["n_seeds_planned"] == 2
    primary = [row for row in document["comparisons"] if row["family"] == "primary: chest"]
    assert {(row["a"], row["b"]) for row in primary} == {
        (f"chest/photos R14x0.5/32/{part}", f"chest/scratch R14x0.5/32/{part}")
        for part in ("0.5", "1")}
    assert {row["margin"] for row in primary} == {0.02}
    # Holm over the family's two contrasts, across fractions.
    smaller = min(row["p"] for row in primary)
    assert min(row["p_adjusted"] for row in primary) == pytest.approx(min(1, 2 * smaller))
    others = [row for row in document["comparisons"] if row not in primary]
    assert others and all(row["family"].startswith("exploratory: chest") for row in others)
    assert {row["split"] for row in document["comparisons"]} == {"test"}
    find(others, a="chest/photos R14x0.5/32/1 ensemble", b="chest/scratch R14x0.5/32/1 ensemble",
         metric="auroc")
    assert document["studies"][0]["runs_evaluated"] == 8


def test_a_study_has_its_convergence(study):
    described, = evaluate(study)["studies"]
    arms = {entry["arm"] for entry in described["convergence"]}
    assert "scratch R14x0.5" in arms
    assert all(entry["own_final"]["n_runs"] > 0 for entry in described["convergence"])
    fractions = {entry["fraction"] for entry in described["convergence"]}
    assert bool(described["data_efficiency"]) == (len(fractions) > 1)


def test_a_studys_margins_are_not_overruled(study):
    assert "margin" in mistake(study, "--margin", "auroc=0.5")


def test_an_unfinished_study_says_what_is_missing(study):
    runs = [path for path in (study / "runs").iterdir() if (path / "predictions_test.csv").exists()]
    (runs[0] / "run.json").unlink()
    document = evaluate(study)
    assert document["studies"][0]["runs_evaluated"] == 7
    for run in runs[1:]:
        (run / "run.json").unlink()
    assert "no run is done" in mistake(study)
