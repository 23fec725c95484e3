"""`medgraft finetune`, `pretrain` and `predict` from outside, on small drawn images."""

import csv
import hashlib
import json
import os
import pathlib
import random
import signal
import stat
import struct
import subprocess
import time
import zlib

import pytest

MEDGRAFT = os.environ["MEDGRAFT_BIN"]
SIDE = 32
CONFIG = """
[data]
dataset = "{dataset}"
resolution = 32
[model]
architecture = "R14x0.5"
init = "scratch"
[train]
steps = {steps}
batch = 8
lr = 0.01
evaluate_every = 5
log_every = 1
mixup = 0.2
"""


def write_png(path, rows):
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data
                + struct.pack(">I", zlib.crc32(kind + data)))

    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    raw = b"".join(b"\0" + bytes(row) for row in rows)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
                     + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


def draw(path, is_sick, rng, side=SIDE):
    """Noise; the sick have a bright square somewhere."""
    rows = [[rng.randrange(120) for _ in range(side)] for _ in range(side)]
    if is_sick:
        top, left = rng.randrange(side - 10), rng.randrange(side - 10)
        for y in range(top, top + 10):
            rows[y][left:left + 10] = [230] * 10
    write_png(path, rows)


def write_dataset(folder, name, num_cases=64, kind="binary"):
    folder.mkdir()
    labels = {"binary": '["sick"]', "multilabel": '["sick", "well"]',
              "multiclass": '["well", "sick"]'}[kind]
    (folder / "dataset.toml").write_text(
        f'name = "{name}"\nkind = "{kind}"\nmanifest = "manifest.csv"\nroot = "."\n'
        f"labels = {labels}\n")
    columns = {"binary": "sick", "multilabel": "sick,well", "multiclass": "label"}[kind]
    rows, rng = [f"image,case,patient,split,{columns}"], random.Random(name)
    for i in range(num_cases):
        split = ["train", "train", "val", "test"][i // 2 % 4]
        is_sick = i % 2
        value = {"binary": is_sick, "multiclass": ["well", "sick"][is_sick],
                 "multilabel": f"{is_sick},{1 - is_sick if i % 3 else ''}"}[kind]
        for view in range(1 + i % 2):  # The sick have two images a case.
            draw(folder / f"{i}-{view}.png", is_sick, rng)
            rows.append(f"{i}-{view}.png,case{i},patient{i},{split},{value}")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("training")
    write_dataset(folder / "chest", "chest")
    write_dataset(folder / "other", "other", 16)
    (folder / "run.toml").write_text(CONFIG.format(dataset="chest", steps=20))
    return folder


def command(place, name, config, out, *more):
    return [MEDGRAFT, name, str(place / config), "--out", str(out), "--threads", "1",
            "--quiet", *more]


def train(place, out, *more, code=0, name="finetune", config="run.toml"):
    done = subprocess.run(command(place, name, config, out, *more), capture_output=True,
                          text=True, timeout=300)
    assert done.returncode == code, done.stderr
    return done


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def record_of(run):
    return json.loads((run / "run.json").read_text())


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def losses_of(run):
    return {line["step"]: line["loss"] for line in lines_of(run / "metrics.jsonl")
            if "loss" in line}


def rows_of(path):
    with open(path) as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def finished(place):
    run = place / "finished"
    train(place, run)
    return run


def test_run_directory_holds_what_is_promised(place, finished):
    record = record_of(finished)
    assert record["status"] == "done" and record["reason"] is None
    assert record["best"]["split"] == "val" and record["best"]["metric"] == "auroc"
    assert record["dataset"]["counts"]["train"] == {"cases": 32, "patients": 32, "images": 48}
    assert "auto" not in json.dumps(record["config"])
    assert record["config"]["train"]["milestones"] == [8, 12, 16]
    assert sorted(losses_of(finished)) == list(range(1, 21))
    evaluations = [line for line in lines_of(finished / "metrics.jsonl") if "metrics" in line]
    assert [line["step"] for line in evaluations] == [5, 10, 15, 20]
    values = [line["metrics"]["auroc"] for line in evaluations]
    assert record["best"]["value"] == max(values)
    assert record["best"]["step"] == evaluations[values.index(max(values))]["step"]
    assert len(rows_of(finished / "predictions_test.csv")) == 16
    access = lines_of(finished / "test_access.jsonl")
    assert [(line["split"], line["cases"], line["run"]) for line in access] == [
        ("test", 16, record["id"])]
    assert (finished / "log.txt").read_text().count("\n") == 2
    assert (finished / "config.toml").exists()


def test_patients_are_named_in_private_only(finished):
    ids = finished / "private/ids.csv"
    assert stat.S_IMODE(ids.stat().st_mode) == 0o600
    assert {row["id"] for row in rows_of(ids)} >= {f"case{i}" for i in range(64)}
    for name in ("run.json", "log.txt", "metrics.jsonl"):
        text = (finished / name).read_text()
        assert "case1" not in text and "patient1" not in text


def test_same_seed_gives_the_same_bytes_and_another_does_not(place, finished):
    train(place, place / "again")
    assert sha256(place / "again/model.safetensors") == sha256(finished / "model.safetensors")
    train(place, place / "seed1", "--set", "train.seed=1")
    assert record_of(place / "seed1")["id"] != record_of(finished)["id"]
    assert sha256(place / "seed1/model.safetensors") != sha256(finished / "model.safetensors")


def test_a_finished_run_is_left_alone(place, finished):
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("*")}
    train(place, finished)
    assert {path: path.stat().st_mtime_ns for path in finished.rglob("*")} == before
    error = train(place, finished, "--set", "train.lr=0.02", code=2).stderr
    assert "another configuration" in error and error.count("\n") == 1


def test_a_killed_run_ends_as_if_it_never_was(place):
    (place / "long.toml").write_text(CONFIG.format(dataset="chest", steps=60))
    whole, killed = place / "whole", place / "killed"
    start = time.monotonic()
    train(place, whole, config="long.toml")
    seconds = time.monotonic() - start
    rng = random.Random(5)
    for _ in range(5):
        process = subprocess.Popen(command(place, "finetune", "long.toml", killed))
        time.sleep(seconds * rng.uniform(0.3, 0.8))
        process.kill()
        process.wait()
    train(place, killed, config="long.toml")
    assert sha256(killed / "model.safetensors") == sha256(whole / "model.safetensors")
    steps = [line["step"] for line in lines_of(killed / "metrics.jsonl") if "loss" in line]
    assert steps == list(range(1, 61))
    assert losses_of(killed) == losses_of(whole)
    assert not list(killed.glob("*.tmp"))
    assert len(list((killed / "checkpoint").glob("step-*"))) == 1


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 75), (signal.SIGUSR1, 75),
                                          (signal.SIGINT, 130)])
def test_a_signal_ends_after_a_checkpoint(place, number, code):
    (place / "long.toml").write_text(CONFIG.format(dataset="chest", steps=5000))
    run = place / f"signal{number}"
    process = subprocess.Popen(command(place, "finetune", "long.toml", run),
                               stderr=subprocess.PIPE, text=True)
    while not (run / "checkpoint/latest").exists():
        time.sleep(0.05)
        assert process.poll() is None, process.stderr.read()
    other = train(place, run, config="long.toml", code=2)
    assert "another process" in other.stderr
    process.send_signal(number)
    _, error = process.communicate(timeout=60)
    assert process.returncode == code, error
    assert "resumes" in error and record_of(run)["status"] == "pending"
    step = int((run / "checkpoint/latest").read_text().strip().removeprefix("step-"))
    assert max(losses_of(run)) == step


def test_micro_batches_do_the_same_work(place, finished):
    train(place, place / "micro", "--set", "train.micro_batch=2")
    assert record_of(place / "micro")["id"] == record_of(finished)["id"]
    whole, parts = losses_of(finished), losses_of(place / "micro")
    # Training amplifies rounding tenfold every few steps; a wrong sum shows at once.
    assert all(abs(whole[step] - parts[step]) < 1e-6 for step in range(1, 9))


def has_bf16():
    flags = pathlib.Path("/proc/cpuinfo").read_text()
    return " avx512_bf16 " in flags or " amx_bf16 " in flags


@pytest.mark.skipif(not has_bf16(), reason="this CPU has no bfloat16 arithmetic")
def test_bf16_trains_close_to_float32(place, finished):
    train(place, place / "bf16", "--set", "train.precision=bf16")
    assert record_of(place / "bf16")["config"]["train"]["precision"] == "bf16"
    wide, narrow = losses_of(finished), losses_of(place / "bf16")
    assert narrow != wide
    assert all(abs(wide[step] - narrow[step]) < 0.02 for step in range(1, 6))


def test_divergence_stops_with_step_cases_and_advice(place):
    run = place / "diverged"
    error = train(place, run, "--set", "train.lr=1e30", "--set", "train.warmup_steps=0",
                  code=2).stderr
    record = record_of(run)
    assert record["status"] == "failed" and record["reason"] in error
    assert "at step" in error and "train.lr" in error and "case1" not in error
    hashes = {row["hash"][:12] for row in rows_of(run / "private/ids.csv")}
    assert any(value in error for value in hashes)
    assert not (run / "model.safetensors").exists()


def test_pretraining_hands_its_weights_on(place):
    write_dataset(place / "photos", "photos", kind="multiclass")
    (place / "photos.toml").write_text(CONFIG.format(dataset="photos", steps=10))
    for loss in ("softmax", "sigmoid"):
        upstream = place / f"upstream-{loss}"
        train(place, upstream, "--set", f"train.loss={loss}", name="pretrain",
              config="photos.toml")
        assert "prob:well" in rows_of(upstream / "predictions_val.csv")[0]
        again = place / f"{loss}.csv"
        subprocess.run([MEDGRAFT, "predict", "--checkpoint", str(upstream), "--data",
                        str(place / "photos"), "--split", "val", "--out", str(again),
                        "--threads", "1", "--quiet"], check=True)
        for own, new in zip(rows_of(upstream / "predictions_val.csv"), rows_of(again)):
            assert abs(float(own["prob:sick"]) - float(new["prob:sick"])) < 1e-6
    train(place, place / "tuned", "--set", f"model.init={place / 'upstream-softmax'}")
    record = record_of(place / "tuned")
    assert record["identity"]["init"] == {
        "run": record_of(place / "upstream-softmax")["id"]}


def test_multilabel_set_with_blanks_trains(place):
    write_dataset(place / "findings", "findings", kind="multilabel")
    train(place, place / "labels", "--set", f"data.dataset={place / 'findings'}",
          "--set", "train.class_weights=balanced", "--set", "train.label_smoothing=0.1")
    row = rows_of(place / "labels/predictions_val.csv")[0]
    assert {"label:sick", "label:well", "prob:sick", "prob:well"} <= set(row)


def test_other_hospitals_are_predicted_and_on_record(place):
    log = place / "access.jsonl"
    train(place, place / "ood", "--test-access-log", str(log), "--set",
          f'evaluate.ood=[{{name="north", dataset="{place / "other"}"}}]')
    assert {line["split"] for line in lines_of(log)} == {"test", "ood-north"}
    assert len(rows_of(place / "ood/predictions_ood-north.csv")) == 4
    assert not (place / "ood/test_access.jsonl").exists()


def test_predict_equals_the_runs_own_predictions(place, finished):
    out = place / "predicted.csv"
    arguments = [MEDGRAFT, "predict", "--checkpoint", str(finished), "--data",
                 str(place / "chest"), "--logits", "--out", str(out), "--quiet",
                 "--threads", "1"]
    subprocess.run(arguments, check=True)
    own, new = rows_of(finished / "predictions_test.csv"), rows_of(out)
    assert [row["case"] for row in own] == [row["case"] for row in new]
    for a, b in zip(own, new):
        assert abs(float(a["prob:sick"]) - float(b["prob:sick"])) < 1e-6
    assert lines_of(finished / "test_access.jsonl")[-1]["command"] == "predict"
    again = subprocess.run(arguments, capture_output=True, text=True)
    assert again.returncode == 2 and "exists" in again.stderr


def test_predict_takes_images_of_any_size(place, finished):
    images = place / "loose"
    images.mkdir()
    rng = random.Random(0)
    draw(images / "a.png", 1, rng, 48)
    draw(images / "b.png", 0, rng, 32)
    out = place / "loose.csv"
    subprocess.run([MEDGRAFT, "predict", "--checkpoint",
                    str(finished / "model.safetensors"), "--images", str(images / "b.png"),
                    str(images / "a.png"), "--preprocess",
                    "decode|to_rgb|normalize(-1,1)", "--out", str(out), "--quiet"],
                   check=True)
    assert [row["case"] for row in rows_of(out)] == [str(images / "b.png"),
                                                     str(images / "a.png")]


@pytest.mark.parametrize("setting, expected", [
    ("train.stesp=3", "steps"), ("train.steps=0", "train.steps"),
    ("train.schedule=linear", "staircase"), ("data.dataset=/nowhere", "/nowhere"),
    ("model.init=/nowhere.npz", "/nowhere.npz"), ("model.architecture=R51x1", "R50x1"),
    ("train.loss=softmax", "sigmoid"), ("preprocess.eval=decode|sharpen(3)", "sharpen")])
def test_a_mistake_is_one_line_and_leaves_nothing(place, setting, expected):
    out = place / "mistake"
    error = train(place, out, "--set", setting, code=2).stderr
    assert expected in error and error.count("\n") <= 2 and len(error) < 600
    assert not out.exists()


def test_another_architectures_checkpoint_is_refused(place, finished):
    out = place / "mismatch"
    error = train(place, out, "--set", f"model.init={finished}", "--set",
                  "model.architecture=R26x0.5", code=2).stderr
    assert "missing" in error and not out.exists()


def test_unreadable_images_are_fatal_beyond_the_limit(place):
    write_dataset(place / "broken", "broken")
    (place / "broken/1-0.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    arguments = ("--set", f"data.dataset={place / 'broken'}")
    error = train(place, place / "strict", *arguments, code=2).stderr
    assert "1-0.png" in error
    assert "1-0.png" not in (place / "strict/run.json").read_text()
    train(place, place / "lenient", *arguments, "--set", "data.max_unreadable=1")
    assert len(record_of(place / "lenient")["unreadable"]) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused(place):
    locked = place / "locked"
    locked.mkdir(mode=0o555)
    assert "permission" in train(place, locked, code=2).stderr.lower()


def test_json_prints_the_record_and_help_the_settings(place, finished):
    assert json.loads(train(place, finished, "--json").stdout) == record_of(finished)
    help_text = subprocess.run([MEDGRAFT, "finetune", "--help"], capture_output=True,
                               text=True).stdout
    assert "train.mixup" in help_text and "model.init" in help_text
