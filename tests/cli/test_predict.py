"""`medgraft predict` from outside: features, corruptions, external sets; and `evaluate` of what
it wrote, on small drawn images."""

import json
import math
import os
import struct
import subprocess

import pytest
from test_training import CONFIG, record_of, rows_of, train, write_dataset

MEDGRAFT = os.environ["MEDGRAFT_BIN"]
CORRUPTIONS = ["noise", "blur", "contrast", "jpeg", "brightness", "motion"]


def declare_ages(folder):
    """Adds a column of ages, whole numbers from 20 to 83, and their bins."""
    info, manifest = folder / "dataset.toml", folder / "manifest.csv"
    info.write_text(info.read_text() + 'attributes = [{ name = "age", bins = [40, 60] }]\n')
    header, *rows = manifest.read_text().splitlines()
    with_age = [row + f",{20 + int(row.split(',')[2].removeprefix('patient'))}" for row in rows]
    manifest.write_text("\n".join([header + ",age", *with_age]) + "\n")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("predict")
    write_dataset(folder / "chest", "chest")
    declare_ages(folder / "chest")
    write_dataset(folder / "north", "north", 16)
    for name in ("dataset.toml", "manifest.csv"):
        path = folder / "north" / name
        path.write_text(path.read_text().replace("sick", "abnormal"))
    write_dataset(folder / "classes", "classes", 16, kind="multiclass")
    (folder / "run.toml").write_text(CONFIG.format(dataset="chest", steps=10))
    return folder


@pytest.fixture(scope="module")
def run(place):
    train(place, place / "run")
    return place / "run"


def predict(place, out, *more, data="chest", code=0):
    arguments = [MEDGRAFT, "predict", "--checkpoint", place / "run", "--data", place / data,
                 "--out", out, "--quiet", "--threads", "1", *more]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=300)
    assert done.returncode == code, done.stderr
    return done


def evaluate(path, *more):
    done = subprocess.run([MEDGRAFT, "evaluate", f"model={path}", "--replicates", "0", "--json",
                           *more], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["models"]["model"]["splits"]



def floats(file, name):
    """A float32 tensor of a .safetensors file, flat."""
    content = file.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    begin, end = json.loads(content[8:8 + length])[name]["data_offsets"]
    return struct.unpack(f"<{(end - begin) // 4}f", content[8 + length:][begin:end])


@pytest.fixture(scope="module")
def features(place, run):
    """A folder of predictions with features: all of the chest set, and north's test split."""
    folder = place / "features"
    folder.mkdir()
    more = ("--features", "--logits")
    predict(place, folder / "predictions_own.csv", "--split", "all", *more)
    predict(place, folder / "predictions_north.csv", "--split-name", "ood-north", "--labels",
            "sick=abnormal", *more, data="north")
    return folder


def test_features_are_what_the_head_reads(run, features):
    rows = rows_of(features / "predictions_own.csv")
    weight = floats(run / "model.safetensors", "head.weight")
    (bias,) = floats(run / "model.safetensors", "head.bias")
    names = [name for name in rows[0] if name.startswith("feature:")]
    assert names == [f"feature:{d}" for d in range(len(weight))]
    for row in rows:
        if row["label:sick"] == "1":
            continue  # Two images: the mean of their probabilities.
        logit = bias + math.fsum(w * float(row[name]) for w, name in zip(weight, names))
        assert abs(logit - float(row["logit:sick"])) < 1e-5


def test_a_second_run_writes_the_same_features(place, features):
    again = place / "again.csv"
    predict(place, again, "--split", "all", "--features", "--logits")
    assert again.read_bytes() == (features / "predictions_own.csv").read_bytes()


def test_evaluate_detects_another_hospital_by_its_features(features):
    north = evaluate(features)["test"]["ood_detection"]["north"]
    for score in ("msp", "energy", "mahalanobis", "relative_mahalanobis", "knn"):
        assert 0 <= north[score]["auroc"]["value"] <= 1
    for score in ("mahalanobis", "knn"):
        assert "train" in json.dumps(north[score]["fitted_on"])


def test_an_external_set_goes_by_the_models_label(place, features):
    rows = rows_of(features / "predictions_north.csv")
    assert {row["split"] for row in rows} == {"ood-north"} and len(rows) == 4
    assert [row["label:sick"] for row in rows] == ["0", "1", "0", "1"]
    shift = evaluate(features)["ood-north"]["shift"]
    assert shift


def test_json_says_what_was_written(place, run):
    out = place / "summary.csv"
    summary = json.loads(predict(place, out, "--split", "all", "--json").stdout)
    assert summary == {"out": str(out), "rows": 64,
                       "splits": {"train": 32, "val": 16, "test": 16}}


def test_a_set_without_the_models_labels_is_predicted_with_a_note(place, run):
    out = place / "unlabelled.csv"
    arguments = [MEDGRAFT, "predict", "--checkpoint", run, "--data", place / "north", "--out",
                 out, "--threads", "1"]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 0 and "--labels sick=COLUMN" in done.stderr
    assert {row["label:sick"] for row in rows_of(out)} == {""}


def test_one_corruption_stands_for_itself_and_several_follow_the_originals(place, run):
    plain, one, five = place / "plain.csv", place / "one.csv", place / "five.csv"
    predict(place, plain)
    predict(place, one, "--corrupt", "noise:3")
    predict(place, five, "--corrupt", "noise")
    splits = list(dict.fromkeys(row["split"] for row in rows_of(five)))
    assert splits == ["test"] + [f"ood-noise-{severity}" for severity in range(1, 6)]
    by_split = {split: [row for row in rows_of(five) if row["split"] == split]
                for split in splits}
    assert by_split["test"] == rows_of(plain)
    assert by_split["ood-noise-3"] == rows_of(one)
    assert by_split["ood-noise-3"] != by_split["ood-noise-5"]


def test_all_corruptions_depend_on_their_seed_alone(place, run):
    tables = {}
    for name, seed in (("first", "0"), ("second", "0"), ("other", "1")):
        out = place / f"all-{name}.csv"
        predict(place, out, "--corrupt", "all", "--corrupt-seed", seed)
        tables[name] = rows_of(out)
    assert tables["first"] == tables["second"]
    assert len(tables["first"]) == 16 * 31
    for a, b in zip(tables["first"], tables["other"]):
        is_random = a["split"].startswith(("ood-noise", "ood-motion"))
        assert is_random or a == b
    differ = {a["split"] for a, b in zip(tables["first"], tables["other"]) if a != b}
    assert differ == {f"ood-{name}-{severity}" for name in ("noise", "motion")
                      for severity in range(1, 6)}


def test_evaluate_sums_the_corruptions_up(place, run):
    folder = place / "corrupted"
    folder.mkdir()
    predict(place, folder / "predictions_test.csv", "--corrupt", "all")
    predict(place, folder / "predictions_val.csv", "--split", "val")
    splits = evaluate(folder)
    assert set(splits) == {"val", "test"} | {f"ood-{name}-{severity}" for name in CORRUPTIONS
                                             for severity in range(1, 6)}
    corruptions = splits["test"]["corruptions"]
    assert set(corruptions["by_corruption"]) == set(CORRUPTIONS)
    clean = 1 - splits["test"]["metrics"]["balanced_accuracy"]["value"]
    assert abs(corruptions["clean"]["value"] - clean) < 1e-12
    assert splits["ood-blur-5"]["shift"]


@pytest.mark.parametrize("arguments, data, expected", [
    (("--corrupt", "fog"), "chest", "motion"),
    (("--corrupt", "noise:6"), "chest", "from 1 to 5"),
    (("--corrupt", "noise:"), "chest", "from 1 to 5"),
    (("--corrupt", "all", "--split-name", "ood-x"), "chest", "--split-name"),
    (("--labels", "sick=absent"), "chest", "absent"),
    (("--labels", "ill=sick"), "chest", "the network has no label"),
    (("--labels", "sick"), "chest", "model_label=column"),
    (("--split", "tset"), "chest", "train, val, test or all"),
    ((), "classes", "multiclass"),
    ((), "chest/manifest.csv", "dataset.toml"),
    ((), "absent", "absent")])
def test_a_mistake_is_one_sentence_and_leaves_nothing(place, run, arguments, data, expected):
    out = place / "mistake.csv"
    before = (run / "test_access.jsonl").read_bytes()
    error = predict(place, out, *arguments, data=data, code=2).stderr
    assert expected in error and error.count("\n") <= 2 and len(error) < 600
    assert not list(place.glob("mistake*"))
    assert (run / "test_access.jsonl").read_bytes() == before


def test_a_folder_that_is_not_there_is_found_before_predicting(place, run):
    before = (run / "test_access.jsonl").read_bytes()
    error = predict(place, place / "absent/out.csv", code=2).stderr
    assert "there is no folder" in error and error.count("\n") == 1
    assert (run / "test_access.jsonl").read_bytes() == before


def test_a_runs_ages_are_cut_as_its_data_set_declares(run):
    assert record_of(run)["dataset"]["attribute_bins"] == {"age": [40, 60]}
    cut = evaluate(run, "--min-group", "1")["test"]["subgroups"]["age"]
    assert set(cut) == {"<40", "40-59", ">=60"}
    cut = evaluate(run, "--min-group", "1", "--bins", "age=50")["test"]["subgroups"]["age"]
    assert set(cut) == {"<50", ">=50"}


def test_compared_runs_must_cut_alike(place, run):
    copy = place / "other-bins"
    copy.mkdir()
    for path in run.glob("predictions_*.csv"):
        (copy / path.name).write_bytes(path.read_bytes())
    record = record_of(run)
    record["dataset"]["attribute_bins"] = {"age": [50]}
    (copy / "run.json").write_text(json.dumps(record))
    arguments = [MEDGRAFT, "evaluate", f"a={run}", f"b={copy}", "--compare", "--replicates",
                 "0", "--json"]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 2 and "--bins age" in done.stderr and len(done.stderr) < 600
    done = subprocess.run([*arguments, "--bins", "age=45"], capture_output=True)
    assert done.returncode == 0
