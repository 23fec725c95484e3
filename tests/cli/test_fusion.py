"""Cases of several images: training, resuming and predicting, on small drawn images."""

import csv
import json
import os
import random
import shutil
import signal
import subprocess
import time

import pytest
from test_training import draw, losses_of, record_of, rows_of, sha256

MEDGRAFT = os.environ["MEDGRAFT_BIN"]
VIEWS = ["L-CC", "L-MLO", "R-CC", "R-MLO"]
CONFIG = """
[data]
dataset = "breast"
resolution = 32
[model]
architecture = "R14x0.5"
init = "scratch"
fusion = "{fusion}"
{model}
[train]
steps = 10
batch = 6
lr = 0.02
evaluate_every = 5
log_every = 1
"""
SETTINGS = {
    "mean": "view_dropout = 0.3\nmax_images = 3",
    "max": "",
    "attention": 'view_dropout = 0.2\nattributes = ["age", "sex"]',
    "concat": 'view_dropout = 0.3\nattributes = ["sex"]',
}


def write_dataset(folder, name, seed, num_cases=48, label_is_attribute=False):
    """Cases of 1 to 4 views. The sick have a bright square in their first image; or, where
    the label is the attribute, all images are alike and the sick are old."""
    folder.mkdir()
    (folder / "dataset.toml").write_text(
        f'name = "{name}"\nkind = "binary"\nmanifest = "manifest.csv"\nroot = "."\n'
        'labels = ["sick"]\n[attributes]\nage = [40, 60]\nsex = "category"\n')
    rng = random.Random(seed)
    rows = ["image,case,patient,split,view,laterality,age,sex,sick"]
    for i in range(num_cases):
        split = ["train", "train", "val", "test"][i // 2 % 4]
        is_sick = i % 2
        age = 70 - rng.randrange(10) if is_sick else 30 + rng.randrange(10)
        if not label_is_attribute:
            age = "" if i % 5 == 0 else 30 + rng.randrange(50)
        views = sorted(rng.sample(VIEWS, 1 + i // 8 % 4))
        for j, view in enumerate(views):
            laterality, direction = view.split("-")
            path = folder / f"{i}-{view}.png"
            draw(path, is_sick and j == 0 and not label_is_attribute, rng)
            rows.append(f"{path.name},case{i},patient{i},{split},{direction},{laterality},"
                        f"{age},{'FM'[i // 2 % 2]},{is_sick}")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fusion")
    write_dataset(folder / "breast", "breast", 1)
    for fusion, model in SETTINGS.items():
        (folder / f"{fusion}.toml").write_text(CONFIG.format(fusion=fusion, model=model))
    return folder


def call(*arguments, code=0):
    done = subprocess.run([MEDGRAFT, *map(str, arguments), "--threads", "1", "--quiet"],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == code, done.stderr
    return done


def train(place, fusion, out, *more, code=0):
    return call("finetune", place / f"{fusion}.toml", "--out", out, *more, code=code)


@pytest.fixture(scope="module")
def finished(place):
    runs = {fusion: place / f"run-{fusion}" for fusion in SETTINGS}
    for fusion, run in runs.items():
        train(place, fusion, run)
    return runs


def header_of(path):
    blob = path.read_bytes()
    return json.loads(blob[8:8 + int.from_bytes(blob[:8], "little")])


def cases_of(place, split):
    """The case of each image of a split."""
    with open(place / "breast/manifest.csv") as file:
        return [row["case"] for row in csv.DictReader(file) if row["split"] == split]


@pytest.mark.parametrize("fusion", SETTINGS)
def test_run_predicts_once_a_case(place, finished, fusion):
    run = finished[fusion]
    record = record_of(run)
    assert record["status"] == "done"
    images = cases_of(place, "train")
    assert record["dataset"]["counts"]["train"] == {
        "cases": len(set(images)), "patients": len(set(images)), "images": len(images)}
    assert "auto" not in json.dumps(record["config"])
    assert record["config"]["train"]["mixup"] == 0
    for split in ("val", "test"):
        predicted = [row["case"] for row in rows_of(run / f"predictions_{split}.csv")]
        assert sorted(predicted) == sorted(set(cases_of(place, split)))
    assert len(losses_of(run)) == 10
    metadata = header_of(run / "model.safetensors")["__metadata__"]
    assert metadata["fusion"] == fusion
    assert ("views" in metadata) == (fusion == "concat")


def test_head_is_as_wide_as_what_it_reads(finished):
    features = 1024
    widths = {fusion: header_of(run / "model.safetensors")["head.weight"]["shape"][1]
              for fusion, run in finished.items()}
    # age: value and missing; sex: F, M and unknown.
    assert widths == {"mean": features, "max": features, "attention": features + 2 + 3,
                      "concat": 4 * features + 3}
    metadata = header_of(finished["concat"] / "model.safetensors")["__metadata__"]
    assert json.loads(metadata["views"]) == VIEWS
    assert json.loads(metadata["attributes"]) == [{"categories": ["F", "M"], "name": "sex"}]
    assert record_of(finished["concat"])["config"]["model"]["views"] == VIEWS
    info = json.loads(call("model", "info", finished["concat"] / "model.safetensors",
                           "--json").stdout)
    assert info["parameters"]["head"] == 4 * features + 3 + 1 + 4 * features


@pytest.mark.parametrize("fusion", SETTINGS)
def test_killed_and_resumed_ends_in_the_same_bytes(place, finished, fusion, tmp_path):
    run = tmp_path / "run"
    process = subprocess.Popen([MEDGRAFT, "finetune", place / f"{fusion}.toml", "--out", run,
                                "--threads", "1", "--quiet"])
    deadline = time.monotonic() + 120
    while not (run / "checkpoint/latest").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (run / "model.safetensors").exists()
    train(place, fusion, run)
    for name in ("model.safetensors", "predictions_test.csv"):
        assert sha256(run / name) == sha256(finished[fusion] / name)
    assert losses_of(run) == losses_of(finished[fusion])


@pytest.mark.parametrize("fusion", SETTINGS)
def test_micro_batches_change_nothing_but_rounding(place, finished, fusion, tmp_path):
    run = tmp_path / "parts"
    train(place, fusion, run, "--set", "train.micro_batch=5")
    whole, parts = losses_of(finished[fusion]), losses_of(run)
    assert whole.keys() == parts.keys()
    for step in whole:
        assert parts[step] == pytest.approx(whole[step], rel=2e-3)
    assert record_of(run)["id"] == record_of(finished[fusion])["id"]


@pytest.mark.parametrize("fusion", SETTINGS)
def test_weights_alone_predict_what_the_run_did(place, finished, fusion, tmp_path):
    out = tmp_path / "test.csv"
    call("predict", "--checkpoint", finished[fusion] / "model.safetensors", "--data",
         place / "breast", "--out", out, "--logits", "--batch", 6)
    own = {row["case"]: row for row in rows_of(finished[fusion] / "predictions_test.csv")}
    again = rows_of(out)
    assert len(again) == len(own)
    for row in again:
        for column in ("prob:sick", "logit:sick"):
            assert float(row[column]) == pytest.approx(float(own[row["case"]][column]),
                                                       rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("fusion", ["mean", "max"])
def test_single_images_are_cases_of_one(place, finished, fusion, tmp_path):
    """A path is a case: the same as the same image in a case of its own."""
    with open(place / "breast/manifest.csv") as file:
        rows = list(csv.DictReader(file))
    counts = {row["case"]: 0 for row in rows}
    for row in rows:
        counts[row["case"]] += 1
    alone = {row["image"]: row["case"] for row in rows
             if counts[row["case"]] == 1 and row["split"] == "test"}
    assert alone
    out = tmp_path / "images.csv"
    call("predict", "--checkpoint", finished[fusion], "--images",
         *[place / "breast" / image for image in alone], "--out", out)
    own = {row["case"]: float(row["prob:sick"])
           for row in rows_of(finished[fusion] / "predictions_test.csv")}
    for row in rows_of(out):
        case = alone[os.path.basename(row["case"])]
        assert float(row["prob:sick"]) == pytest.approx(own[case], rel=1e-5)


def test_order_of_images_in_the_manifest_does_not_matter(place, finished, tmp_path):
    lines = (place / "breast/manifest.csv").read_text().splitlines()
    for name in os.listdir(place / "breast"):
        (tmp_path / name).symlink_to(place / "breast" / name)
    (tmp_path / "manifest.csv").unlink()
    (tmp_path / "manifest.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    for fusion, run in finished.items():
        out = tmp_path / f"{fusion}.csv"
        call("predict", "--checkpoint", run, "--data", tmp_path, "--out", out)
        own = {row["case"]: float(row["prob:sick"])
               for row in rows_of(run / "predictions_test.csv")}
        for row in rows_of(out):
            assert float(row["prob:sick"]) == pytest.approx(own[row["case"]], rel=1e-5)


def test_label_that_only_an_attribute_tells_is_learned(tmp_path):
    write_dataset(tmp_path / "breast", "told", 5, num_cases=64, label_is_attribute=True)
    config = CONFIG.format(fusion="mean", model='attributes = ["age"]')
    (tmp_path / "mean.toml").write_text(config)
    train(tmp_path, "mean", tmp_path / "run", "--set", "train.lr=0.1", "--set",
          "train.steps=30", "--set", "train.schedule=constant")
    rows = rows_of(tmp_path / "run/predictions_test.csv")
    sick = [float(row["prob:sick"]) for row in rows if row["label:sick"] == "1"]
    well = [float(row["prob:sick"]) for row in rows if row["label:sick"] == "0"]
    assert sick and well and min(sick) > max(well)


def test_fused_weights_start_another_run(place, finished, tmp_path):
    for fusion, source in (("mean", "attention"), ("concat", "mean")):
        init = finished[source] / "model.safetensors"
        train(place, fusion, tmp_path / fusion, "--set", f"model.init={init}", "--set",
              "train.steps=1")


def test_unreadable_image_leaves_its_case_to_the_others(place, tmp_path):
    """A case of several goes on without it; a case of one is no longer predicted."""
    breast = tmp_path / "breast"
    shutil.copytree(place / "breast", breast)
    images = {}
    with open(breast / "manifest.csv") as file:
        for row in csv.DictReader(file):
            images.setdefault((row["split"], row["case"]), []).append(row["image"])
    lost = [next(own[0] for (split, _), own in images.items()
                 if split == wanted and (len(own) > 1) == several)
            for wanted, several in (("train", True), ("train", False), ("test", True),
                                    ("test", False))]
    for image in lost:
        (breast / image).write_bytes(b"no image")
    (tmp_path / "max.toml").write_text((place / "max.toml").read_text())
    run = tmp_path / "run"
    done = train(tmp_path, "max", tmp_path / "strict", code=2)
    assert "more than data.max_unreadable = 0" in done.stderr
    train(tmp_path, "max", run, "--set", "data.max_unreadable=4")
    assert len(record_of(run)["unreadable"]) == 4
    predicted = {row["case"] for row in rows_of(run / "predictions_test.csv")}
    wanted = {case for (split, case), own in images.items()
              if split == "test" and set(own) - set(lost)}
    assert predicted == wanted


def test_published_names_have_no_place_for_fusion(finished, tmp_path):
    done = call("model", "convert", finished["attention"] / "model.safetensors",
                tmp_path / "x.npz", code=2)
    assert "several images a case" in done.stderr
    assert not (tmp_path / "x.npz").exists()
    call("model", "convert", finished["attention"] / "model.safetensors",
         tmp_path / "copy.safetensors")
    assert header_of(tmp_path / "copy.safetensors") == header_of(
        finished["attention"] / "model.safetensors")


@pytest.mark.parametrize("settings, sentence", [
    (["model.fusion=median"], 'model.fusion is "median"; accepted: none, mean, max,'),
    (["model.fusion=none"], "model.view_dropout needs cases that are read as a whole"),
    (["train.mixup=0.1"], "train.mixup mixes one image with another"),
    (["model.view_dropout=1"], "model.view_dropout must be at least 0 and below 1, got 1"),
    (["model.max_images=0"], "model.max_images must be above 0, got 0"),
    (["model.views=['L-CC']"], "model.views names the places of concat"),
    (["model.fusion=concat", "model.views=['L-CC', 'L-CC']"], "names one of them twice"),
    (["model.fusion=concat", "model.views=['L-CC']"],
     "have no image of the views that the network reads (L-CC)"),
    (["model.attributes=['agee']"], 'did you mean "age"?'),
    (["train.micro_batch=2"], "a training case shows 3 images, which are computed together"),
    (["model.fusoin=mean"], 'did you mean "fusion"?'),
])
def test_wrong_settings_are_one_sentence(place, tmp_path, settings, sentence):
    more = [part for setting in settings for part in ("--set", setting)]
    done = train(place, "mean", tmp_path / "run", *more, code=2)
    assert sentence in done.stderr and len(done.stderr) < 600
    assert not (tmp_path / "run").exists()


def test_plain_images_have_no_views(place, finished, tmp_path):
    done = call("predict", "--checkpoint", finished["concat"], "--images",
                place / "breast", "--out", tmp_path / "x.csv", code=2)
    assert "have no image of the views that the network reads" in done.stderr
    assert not (tmp_path / "x.csv").exists()


def test_study_reaches_fusion(place, tmp_path):
    (tmp_path / "study.toml").write_text(f"""
[study]
name = "views"
seeds = [0]
architectures = ["R14x0.5"]
[[upstream]]
name = "scratch"
[[task]]
name = "breast"
dataset = "{place / 'breast'}"
resolutions = [32]
train = {{ steps = 2, batch = 6, model.fusion = "concat", model.attributes = ["sex"] }}
""")
    call("study", "run", tmp_path / "study.toml", "--out", tmp_path / "study")
    (run,) = [path for path in (tmp_path / "study/runs").iterdir() if path.is_dir()]
    assert record_of(run)["config"]["model"]["fusion"] == "concat"
    metadata = header_of(run / "model.safetensors")["__metadata__"]
    assert json.loads(metadata["views"]) == VIEWS
