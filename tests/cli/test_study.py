"""`medgraft study` from outside. MEDGRAFT_BIN is the medgraft executable; a stand-in for
medgraft-compute is put beside a copy of it, so that runs take milliseconds."""

import csv
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

HERE = pathlib.Path(__file__).parent
STUDY = """
[study]
name = "small"
seeds = [0, 1]
architectures = ["R14x0.5"]
baseline = { upstream = "scratch", architecture = "R14x0.5" }
[[upstream]]
name = "scratch"
[[upstream]]
name = "photos"
dataset = "photos"
fractions = [0.25, 1.0]
train = { steps = 20, resolution = 32 }
[[task]]
name = "chest"
dataset = "chest"
resolutions = [32]
fractions = [0.5, 1.0]
train = { steps = 30 }
search = { lr = [0.003, 0.01, 0.5], steps = 10, seeds = [0] }
"""
NUM_RUNS = 2 + 3 * 2 * 2
NUM_TRIALS = 3 * 2 * 3


def write_dataset(folder, name, kind="binary"):
    folder.mkdir()
    label = "sick" if kind == "binary" else "label"
    (folder / "dataset.toml").write_text(
        f'name = "{name}"\nkind = "{kind}"\nmanifest = "manifest.csv"\nroot = "."\n'
        + ('labels = ["sick"]\n' if kind == "binary" else 'labels = ["cat", "dog"]\n'))
    rows = [f"image,case,patient,split,{label}"]
    for i in range(40):
        split = "train" if i < 24 else "val" if i < 32 else "test"
        value = i % 2 if kind == "binary" else ["cat", "dog"][i % 2]
        rows.append(f"{i}.png,c{i},p{i},{split},{value}")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n")


@pytest.fixture
def place(tmp_path):
    binaries = tmp_path / "bin"
    binaries.mkdir()
    shutil.copy(os.environ["MEDGRAFT_BIN"], binaries / "medgraft")
    fake = binaries / "medgraft-compute"
    fake.write_text(f"#!/bin/sh\nexec {sys.executable} {HERE / 'fake_compute.py'} \"$@\"\n")
    fake.chmod(0o755)
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    write_dataset(inputs / "photos", "photos", "multiclass")
    write_dataset(inputs / "chest", "chest")
    (inputs / "study.toml").write_text(STUDY)
    return tmp_path


def arguments(place, command, *more, study="inputs/study.toml", out="out"):
    return [str(place / "bin/medgraft"), "study", command, str(place / study), "--out",
            str(place / out), *more]


def medgraft(place, command, *more, code=0, **keywords):
    done = subprocess.run(arguments(place, command, *more, **keywords), capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == code, done.stderr
    return done


def plan_of(place, **keywords):
    return json.loads(medgraft(place, "plan", "--json", **keywords).stdout)


def status_of(place):
    return json.loads(medgraft(place, "status", "--json").stdout)


def starts(place):
    log = place / "out/starts.log"
    return log.read_text().splitlines() if log.exists() else []


def make_slow(place, seconds):
    (place / "out").mkdir(exist_ok=True)
    medgraft(place, "plan", "--force")
    (place / "out/seconds").write_text(str(seconds))


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def mtimes(folder):
    return {str(path): path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}


def test_plan_lists_the_product(place):
    plan = plan_of(place)
    assert (plan["total"], plan["upstreams"], plan["trials"]) == (NUM_RUNS, 2, NUM_TRIALS)
    with open(place / "out/plan.csv") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:8] == ["id", "upstream", "architecture", "task", "resolution",
                                 "fraction", "seed", "status"]
    assert [row["id"] for row in rows] == [run["id"] for run in plan["runs"]]
    assert {row["upstream"] for row in rows if not row["task"]} == {"photos", "photos@0.25"}
    assert len({row["id"] for row in rows}) == NUM_RUNS
    assert all(row["status"] == "pending" for row in rows)


def test_a_moved_study_keeps_its_ids(place):
    ids = [run["id"] for run in plan_of(place)["runs"]]
    (place / "inputs").rename(place / "elsewhere")
    moved = plan_of(place, study="elsewhere/study.toml", out="out2")
    assert [run["id"] for run in moved["runs"]] == ids


def test_runs_everything_once_then_nothing(place):
    medgraft(place, "run", "--workers", "3")
    assert len(starts(place)) == len(set(starts(place))) == NUM_RUNS + NUM_TRIALS
    status = status_of(place)
    assert (status["total"], status["done"], status["pending"]) == (NUM_RUNS, NUM_RUNS, 0)
    # 0.5 diverges: a result of the search, not a failure of the study.
    assert status["search"]["failed"] == NUM_TRIALS // 3
    with open(place / "out/search.csv") as file:
        chosen = {row["lr"] for row in csv.DictReader(file) if row["chosen"] == "1"}
    assert chosen == {"0.01"}
    before = mtimes(place / "out/runs")
    start = time.monotonic()
    medgraft(place, "run", "--workers", "3")
    assert time.monotonic() - start < 5
    assert mtimes(place / "out/runs") == before
    assert len(starts(place)) == NUM_RUNS + NUM_TRIALS


def test_runs_name_the_search_that_chose_their_rate(place):
    medgraft(place, "run", "--workers", "2")
    run = next(run for run in plan_of(place)["runs"] if run["task"])
    text = (place / "out/runs" / run["id"] / "config.toml").read_text()
    assert "lr = 0.01" in text and "seeds = [ 0 ]" in text


def test_editing_reruns_only_what_changed(place):
    medgraft(place, "run", "--workers", "3")
    before = len(starts(place))
    (place / "inputs/study.toml").write_text(STUDY.replace("seeds = [0, 1]", "seeds = [0, 1, 2]"))
    medgraft(place, "run", "--workers", "3")
    assert len(starts(place)) == before + 3 * 2
    history = (place / "out/study_history.jsonl").read_text().splitlines()
    assert len(history) == 2


def test_a_failed_run_is_recorded_and_tried_again(place):
    medgraft(place, "plan")
    (place / "out/fail-1").touch()
    medgraft(place, "run", "--workers", "2", code=1)
    status = status_of(place)
    assert (status["failed"], status["done"]) == (6, NUM_RUNS - 6)
    assert {failure["reason"] for failure in status["failures"] if failure["seed"] == 1} == {
        "the disk is made of cheese"}
    (place / "out/fail-1").unlink()
    medgraft(place, "run", "--workers", "2")
    assert status_of(place)["done"] == NUM_RUNS


def test_survives_kills(place):
    make_slow(place, 0.1)
    for _ in range(5):
        known = len(starts(place))
        process = subprocess.Popen(arguments(place, "run", "--workers", "2", "--quiet"))
        wait_until(lambda: len(starts(place)) >= known + 3 or process.poll() is not None)
        process.send_signal(signal.SIGKILL)
        process.wait()
    medgraft(place, "run", "--workers", "2")
    assert status_of(place)["done"] == NUM_RUNS
    with open(place / "out/plan.csv") as file:
        assert {row["status"] for row in csv.DictReader(file)} == {"done"}
    assert len(list((place / "out/runs").iterdir())) == NUM_RUNS
    # Workers were told to stop when their scheduler died: no run was done twice.
    assert not [path for path in (place / "out/claims").iterdir() if path.name[0] != "."]


def test_sigterm_stops_after_checkpoints_with_75(place):
    make_slow(place, 20)
    process = subprocess.Popen(arguments(place, "run", "--workers", "2"),
                               stderr=subprocess.PIPE, text=True)
    wait_until(lambda: len(list((place / "out/runs").glob("*/run.json"))) == 2)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    _, messages = process.communicate(timeout=30)
    assert process.returncode == 75, messages
    status = status_of(place)
    assert (status["running"], status["failed"], status["pending"]) == (0, 0, NUM_RUNS)


def test_two_schedulers_share_the_runs(place):
    make_slow(place, 0.05)
    both = [subprocess.Popen(arguments(place, "run", "--workers", "2", "--quiet"))
            for _ in range(2)]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert len(starts(place)) == len(set(starts(place))) == NUM_RUNS + NUM_TRIALS


@pytest.mark.parametrize("damage", ["missing", "garbage"])
def test_the_index_is_made_anew(place, damage):
    medgraft(place, "run", "--workers", "3")
    index = place / "out/study.sqlite"
    query = "SELECT id, kind, status FROM runs ORDER BY id"
    before = sqlite3.connect(index).execute(query).fetchall()
    assert len(before) == NUM_RUNS + NUM_TRIALS
    index.unlink() if damage == "missing" else index.write_bytes(b"\x01not SQLite" * 999)
    medgraft(place, "run", "--workers", "3")
    assert sqlite3.connect(index).execute(query).fetchall() == before
    assert len(starts(place)) == NUM_RUNS + NUM_TRIALS


@pytest.mark.parametrize("change, words", [
    (("seeds = [0, 1]", "sedes = [0, 1]"), ["study.toml:4", "sedes", "seeds"]),
    (("steps = 30", "stpes = 30"), ["study.toml:19", "stpes", "steps"]),
    (('upstream = "scratch"', 'upstream = "scrtch"'), ["scrtch", "scratch"]),
    (('dataset = "chest"', 'dataset = "nowhere"'), ["nowhere"]),
    (("fractions = [0.5, 1.0]", "fractions = [0.5, 2.0]"), ["fractions", "2"]),
    (("steps = 30", "lr = 0.1"), ["lr", "search"]),
])
def test_mistakes_are_one_clear_line(place, change, words):
    (place / "inputs/study.toml").write_text(STUDY.replace(*change))
    message = medgraft(place, "plan", code=2).stderr
    assert all(word in message for word in words), message
    assert message.count("\n") <= 2 and len(message) < 600
    assert not (place / "out").exists()


def test_out_is_needed_and_never_another_study(place):
    no_out = subprocess.run([place / "bin/medgraft", "study", "run",
                             place / "inputs/study.toml"], capture_output=True, text=True)
    assert no_out.returncode == 2 and "--out" in no_out.stderr
    medgraft(place, "plan")
    (place / "inputs/study.toml").write_text(STUDY.replace('"small"', '"other"'))
    message = medgraft(place, "plan", code=2).stderr
    assert "small" in message and "other" in message
