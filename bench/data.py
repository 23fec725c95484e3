#!/usr/bin/env python3
"""Measures `medgraft bench data` beside its peers and writes bench/results/data.json.

    bench/data.py IMAGES [--runs 5] [--python PYTHON] [--out FILE]

IMAGES is what bench/make_images.py made. Ours and the peer take turns, so that what else the
machine does hits both; the ratio is of the medians. PYTHON has what bench/peers need.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent
PROGRAM = "decode|resize(224)|to_rgb|normalize(-1,1)"
PILLOW = ["photos_500", "photos_500_to_2000", "cxr_jpeg", "cxr_png8", "cxr_png16"]
LEAST_IMAGES = 100  # Smaller folders are read several times.
PYDICOM = ["dicom_uncompressed", "dicom_rle", "dicom_j2k", "dicom_mixed"]


def measure(command):
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def compare(folder, peer, arguments):
    count = sum(path.is_file() for path in folder.rglob("*"))
    repeat = max(1, -(-LEAST_IMAGES // count))
    ours = [str(ROOT / "build/medgraft"), "bench", "data", "--images", *[str(folder)] * repeat,
            "--preprocess", PROGRAM, "--batch", "32", "--threads", "2", "--json"]
    commands = {"medgraft": ours, "medgraft --exact": [*ours, "--exact"],
                peer: [arguments.python, str(ROOT / f"bench/peers/data_{peer}.py"), str(folder),
                       "--repeat", str(repeat)]}
    runs = {name: [] for name in commands}
    for _ in range(arguments.runs):
        for name, command in commands.items():
            runs[name].append(measure(command))
    speeds = {name: statistics.median(run["images_per_second"] for run in results)
              for name, results in runs.items()}
    return {
        "images": runs["medgraft"][0]["images"], "peer": peer,
        "images_per_second": speeds,
        "all_runs": {name: [round(run["images_per_second"], 2) for run in results]
                     for name, results in runs.items()},
        "ratio": speeds["medgraft"] / speeds[peer],
        "ratio_exact": speeds["medgraft --exact"] / speeds[peer],
        "versions": {"medgraft": runs["medgraft"][0]["version"], **runs[peer][0]["versions"]},
        "machine": runs["medgraft"][0]["machine"],
    }


parser = argparse.ArgumentParser()
parser.add_argument("images", type=pathlib.Path)
parser.add_argument("--runs", type=int, default=5)
parser.add_argument("--python", default=sys.executable)
parser.add_argument("--out", type=pathlib.Path, default=ROOT / "bench/results/data.json")
arguments = parser.parse_args()
result = {"command": f"medgraft bench data --images FOLDER --preprocess '{PROGRAM}' --batch 32 "
                     "--threads 2", "sets": {}}
for peer, names in (("pillow", PILLOW), ("pydicom", PYDICOM)):
    for name in names:
        if (arguments.images / name).is_dir():
            found = compare(arguments.images / name, peer, arguments)
            result["sets"][name] = found
            arguments.out.write_text(json.dumps(result, indent=2) + "\n")
            print(f"{name:20} {found['ratio']:5.2f} x {peer}  (exact {found['ratio_exact']:.2f})",
                  file=sys.stderr)
