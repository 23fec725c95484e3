#!/usr/bin/env python3
"""Stands in for medgraft-compute in tests of the scheduler: does a run's bookkeeping, not
its arithmetic. Each start is a line of starts.log in the study's folder."""

import json
import os
import pathlib
import random
import signal
import sys
import time
import tomllib


def write_json(path, values):
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(values))
    temporary.rename(path)


def write_predictions(path, rng, gain):
    """60 cases of 60 patients in the split that `path` names; the sick score `gain` higher."""
    split = path.stem.removeprefix("predictions_")
    rows = ["case,patient,split,label:sick,prob:sick"]
    for i in range(60):
        probability = min(max(rng.gauss(0.4 + gain * (i % 2), 0.2), 0.01), 0.99)
        rows.append(f"c{i},{split}{i},{split},{i % 2},{probability:.6f}")
    path.write_text("\n".join(rows) + "\n")


def main():
    command, config_file = sys.argv[1], pathlib.Path(sys.argv[2])
    flags = dict(zip(sys.argv[3:], sys.argv[4:]))
    folder = pathlib.Path(flags["--out"])
    study = pathlib.Path(flags["--test-access-log"]).parent
    config = tomllib.loads(config_file.read_text())
    with open(study / "starts.log", "a") as log:
        log.write(f"{command} {folder.name}\n")
    seconds = float((study / "seconds").read_text()) if (study / "seconds").exists() else 0.02
    init = config["model"]["init"]
    if init != "scratch" and init.startswith(".."):
        upstream = json.loads((folder / init / "run.json").read_text())
        assert upstream["status"] == "done", "started before its upstream was done"
    if (study / f"fail-{config['train']['seed']}").exists():
        print("medgraft: the disk is made of cheese", file=sys.stderr)
        sys.exit(2)
    record = {"schema": 1, "command": command, "id": folder.name, "config": config,
              "status": "running", "reason": None, "start": "2026-11-23T18:00:00Z"}
    write_json(folder / "run.json", record)
    if config["train"].get("lr") == 0.5:
        reason = "the loss is nan at step 3"
        write_json(folder / "run.json", record | {"status": "failed", "reason": reason})
        print("medgraft: " + reason, file=sys.stderr)
        sys.exit(2)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(75))
    time.sleep(seconds)
    # The middle rate is the best one.
    auroc = 0.9 - abs(config["train"].get("lr", 0.01) - 0.01)
    (folder / "metrics.jsonl").write_text(json.dumps(
        {"step": 10, "split": "val", "metrics": {"auroc": auroc}}) + "\n")
    if command == "finetune":
        rng = random.Random(0)  # Seeds agree: two of them could show nothing else.
        for split in ("val", "test"):
            write_predictions(folder / f"predictions_{split}.csv", rng,
                              0.1 if init == "scratch" else 0.4)
    write_json(folder / "run.json", record | {
        "status": "done", "end": "2026-11-23T18:00:07Z",
        "best": {"split": "val", "metric": "auroc", "value": auroc, "step": 10}})


main()
