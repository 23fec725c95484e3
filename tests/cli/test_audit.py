"""`medgraft data audit`, `data split`, and what training makes of them, from outside."""

import csv
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import zlib

import numpy
import pytest

MEDGRAFT = os.environ["MEDGRAFT_BIN"]
COMPUTE = pathlib.Path(MEDGRAFT).parent / "medgraft-compute"
LEAKS = ["patients_across_splits", "exact_duplicates_across_splits",
         "near_duplicates_across_splits"]
KEYS = [*LEAKS, "exact_duplicates_within_split", "label_contradictions", "unreadable"]
STUDY = """
[study]
name = "small"
architectures = ["R14x0.5"]
[[upstream]]
name = "scratch"
[[task]]
name = "chest"
dataset = "set"
resolutions = [32]
train = { steps = 3 }
"""


def write_png(path, pixels):
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data
                + struct.pack(">I", zlib.crc32(kind + data)))

    height, width = pixels.shape[:2]
    color = 2 if pixels.ndim == 3 else 0
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    path.write_bytes(b"\x89PNG\r\n\x1a\n"
                     + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0))
                     + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def picture(seed, side=40):
    """A smooth picture of its own."""
    rng = numpy.random.default_rng(seed)
    grid = numpy.arange(side) / side
    pixels = sum(rng.uniform(5, 20) * numpy.sin(6.28 * (
        rng.uniform(-2, 2) * grid[:, None] + rng.uniform(-2, 2) * grid + rng.uniform()))
        for _ in range(6))
    return numpy.clip(128 + pixels, 0, 255).astype(numpy.uint8)


class Planted:
    def __init__(self, folder):
        self.folder = folder
        self.rows = []
        folder.mkdir()
        for i in range(30):
            self.add(f"{i}.png", picture(i), f"p{i}", ("train", "val", "test")[i % 3], i % 2)

    def add(self, name, pixels, patient, split, ill):
        if pixels is not None:
            write_png(self.folder / name, pixels)
        self.rows.append([name, name, patient, split, ill])

    def write(self):
        (self.folder / "dataset.toml").write_text('kind = "binary"\nlabels = ["ill"]\n')
        with open(self.folder / "manifest.csv", "w", newline="") as file:
            csv.writer(file).writerows([["image", "case", "patient", "split", "ill"], *self.rows])
        return self.folder


@pytest.fixture
def planted(tmp_path):
    return Planted(tmp_path / "set")


def run(*arguments, code=0, cwd=None):
    done = subprocess.run([MEDGRAFT, *map(str, arguments)], capture_output=True, text=True,
                          timeout=120, cwd=cwd)
    assert done.returncode == code, done.stderr + done.stdout
    return done


def audit(*arguments, code=0):
    return json.loads(run("data", "audit", *arguments, "--json", code=code).stdout)


def counts(found):
    return {key: found[key]["count"] for key in KEYS}


def images(item):
    return {image["image"] for image in item["images"]}


def test_a_clean_set_exits_with_0(planted):
    found = audit(planted.write())
    assert counts(found) == dict.fromkeys(KEYS, 0)
    assert found["leaks"] == 0 and found["pixels"] is True


def test_each_leak_alone_exits_with_1(planted):
    marked = picture(2)
    marked[:2, :2] += 20
    plants = {
        "patients_across_splits": ("new.png", picture(99), "p0", "test", 0),
        "exact_duplicates_across_splits": ("0-rgb.png", numpy.stack([picture(0)] * 3, -1),
                                           "q", "val", 0),
        "near_duplicates_across_splits": ("marked.png", marked, "q", "train", 0),
    }
    clean = list(planted.rows)
    for leak, plant in plants.items():
        planted.rows = list(clean)
        planted.add(*plant)
        found = audit(planted.write(), code=1)
        assert counts(found) == dict.fromkeys(KEYS, 0) | {leak: 1}
        assert plant[0] in images(found[leak]["items"][0])


def test_the_rest_is_shown_and_is_no_leak(planted, tmp_path):
    planted.add("again.png", picture(0), "q1", "train", 1)  # Was 0.
    planted.add("gone.png", None, "q2", "val", 1)
    (planted.folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nhalf a picture")
    planted.add("broken.png", None, "q3", "val", 1)
    found = audit(planted.write(), "--sheet", tmp_path / "sheet.png")
    assert counts(found) == dict.fromkeys(KEYS, 0) | {
        "exact_duplicates_within_split": 1, "label_contradictions": 1, "unreadable": 2}
    assert images(found["label_contradictions"]["items"][0]) == {"0.png", "again.png"}
    assert [item["image"] for item in found["unreadable"]["items"]] == ["gone.png", "broken.png"]
    assert all(item["reason"] for item in found["unreadable"]["items"])
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")
    assert "exists" in run("data", "audit", planted.folder, "--sheet", tmp_path / "sheet.png",
                           code=2).stderr
    text = run("data", "audit", planted.folder).stdout
    assert "0.png (train, ill 0), again.png (train, ill 1)" in text


def test_data_sets_are_compared_with_each_other(planted, tmp_path):
    other = Planted(tmp_path / "other")
    found = audit(planted.write(), other.write(), code=1)
    assert found["exact_duplicates_across_splits"]["count"] == 30
    assert found["patients_across_splits"]["count"] == 0  # Two namespaces.
    assert not (planted.folder / "audit.json").exists()


def test_without_pixels_tables_alone_are_read(planted):
    planted.add("0-copy.png", None, "p0", "test", 0)
    found = audit(planted.write(), "--no-pixels", code=1)
    assert found["patients_across_splits"]["count"] == 1
    assert found["unreadable"]["count"] is None and found["pixels"] is False


def test_a_split_by_patient_mends_patients(planted):
    planted.add("new.png", picture(99), "p0", "test", 0)
    folder = planted.write()
    audit(folder, code=1)
    run("data", "split", folder, "--fractions", "0.6,0.2,0.2")
    assert audit(folder)["leaks"] == 0
    before = (folder / "manifest.csv").read_bytes()
    run("data", "split", folder, "--fractions", "0.6,0.2,0.2")
    assert (folder / "manifest.csv").read_bytes() == before


def plan(planted, code, **keywords):
    study = planted.folder.parent / "study.toml"
    train = ", ".join(["steps = 3", *(f"{key} = {value}" for key, value in keywords.items())])
    study.write_text(STUDY.replace("steps = 3", train))
    return run("study", "plan", study, "--out", planted.folder.parent / "out", "--force",
               code=code)


def test_a_study_refuses_what_an_audit_found(planted):
    planted.add("0-copy.png", picture(0), "q", "test", 0)
    folder = planted.write()
    plan(planted, 0)  # Nobody has looked.
    audit(folder, code=1)
    message = plan(planted, 2).stderr
    assert "1 group of equal images" in message and "allow_leaks" in message, message
    assert len(message) < 600
    assert "0-copy" not in (folder / "audit.json").read_text()  # Numbers alone.
    plan(planted, 0, allow_leaks="true")
    # An audit of the tables alone does not cover up what one of the pixels found.
    audit(folder, "--no-pixels")
    plan(planted, 2)
    planted.rows.pop()
    planted.write()  # Another manifest: the record is of a former one.
    plan(planted, 0)


def test_a_study_refuses_patients_in_two_splits_unless_told(planted):
    planted.add("new.png", picture(99), "p0", "test", 0)
    planted.write()
    assert "1 patient in more than one split" in plan(planted, 2).stderr
    plan(planted, 0, allow_leaks="true")


@pytest.mark.skipif(not COMPUTE.exists(), reason="medgraft-compute is not built")
def test_finetune_refuses_what_an_audit_found(planted, tmp_path):
    planted.add("0-copy.png", picture(0), "q", "test", 0)
    folder = planted.write()
    config = tmp_path / "run.toml"
    config.write_text(f"""[data]
dataset = "{folder}"
resolution = 32
[model]
architecture = "R14x0.5"
init = "scratch"
[train]
steps = 1
batch = 2
""")
    out = tmp_path / "run"
    audit(folder, code=1)
    message = run("finetune", config, "--out", out, code=2).stderr
    assert "data.allow_leaks" in message and not out.exists(), message
    run("finetune", config, "--out", out, "--set", "data.allow_leaks=true")
    record = json.loads((out / "run.json").read_text())
    assert record["config"]["data"]["allow_leaks"] is True
    assert record["dataset"]["audit"]["counts"]["exact_duplicates_across_splits"] == 1
    shutil.rmtree(out)
    (folder / "audit.json").unlink()
    assert "data audit" in run("finetune", config, "--out", out).stderr
    assert json.loads((out / "run.json").read_text())["dataset"]["audit"] is None


def test_a_split_keeps_duplicates_together_on_request(planted):
    for i in range(10):
        planted.add(f"{i}-copy.png", picture(i), f"q{i}", "", 0)
        planted.add(f"{i}-mirror.png", numpy.ascontiguousarray(picture(i)[:, ::-1]), f"r{i}", "", 0)
    folder = planted.write()
    run("data", "split", folder, "--fractions", "0.5,0.2,0.3")
    assert audit(folder, code=1)["exact_duplicates_across_splits"]["count"] > 0
    run("data", "split", folder, "--fractions", "0.5,0.2,0.3", "--duplicates-together")
    found = audit(folder)
    assert found["leaks"] == 0 and found["mirrored_duplicates_across_splits"]["count"] == 0
    assert found["exact_duplicates_within_split"]["count"] == 10


def test_the_report_shows_the_audit(planted, tmp_path):
    binaries = tmp_path / "bin"
    binaries.mkdir()
    shutil.copy(MEDGRAFT, binaries / "medgraft")
    fake = binaries / "medgraft-compute"
    fake.write_text(f"#!/bin/sh\nexec {sys.executable} "
                    f"{pathlib.Path(__file__).parent / 'fake_compute.py'} \"$@\"\n")
    fake.chmod(0o755)
    planted.add("again.png", picture(0), "q1", "train", 1)
    folder = planted.write()
    (tmp_path / "study.toml").write_text(STUDY)

    def card():
        for command in (["study", "run", tmp_path / "study.toml"], ["report", tmp_path / "out"]):
            out = tmp_path / ("out" if command[0] == "study" else "report.html")
            subprocess.run([binaries / "medgraft", *command, "--out", out, "--force", "--quiet"],
                           check=True, timeout=120)
        page = (tmp_path / "report.html").read_text()
        rows = re.findall(r"<tr>(.*?)</tr>", page[page.index("Task: chest"):], re.S)
        return {cells[0]: cells[1] for cells in (
            re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows)
            if len(cells) == 2}

    assert set(card().values()) >= {"not audited"}
    audit(folder)
    found = card()
    assert "not audited" not in found.values()
    assert found["images that repeat one of their split"] == "1"
    assert found["duplicates with opposite labels"] == "1"
    assert found["patients in more than one split (a leak)"] == "0"
