#!/usr/bin/env python3
"""Images a second by pydicom (with its pylibjpeg plug-ins), from file to normalized tensor.

    data_pydicom.py FOLDER [--side 224] [--processes 2] [--repeat 1]

Modality LUT, then VOI LUT or window, MONOCHROME1's inversion, scaled to the window, resized in
mode F by Pillow. Prints one JSON document. Needs pydicom, pylibjpeg with its plug-ins, NumPy
and Pillow.
"""
import argparse
import importlib.metadata
import json
import multiprocessing
import pathlib
import time

import numpy as np
import pydicom
from PIL import Image
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi_lut


def load(job):
    path, side = job
    dataset = pydicom.dcmread(path)
    pixels = dataset.pixel_array
    if dataset.get("PhotometricInterpretation") == "PALETTE COLOR":
        pixels = apply_color_lut(pixels, dataset)
    elif dataset.get("SamplesPerPixel", 1) == 1:
        pixels = apply_voi_lut(apply_modality_lut(pixels, dataset), dataset)
    pixels = pixels.astype(np.float32)
    low, high = pixels.min(), pixels.max()
    pixels = (pixels - low) / max(high - low, 1e-6)
    if dataset.get("PhotometricInterpretation") == "MONOCHROME1":
        pixels = 1 - pixels
    planes = [pixels] if pixels.ndim == 2 else [pixels[..., c] for c in range(3)]
    small = [np.asarray(Image.fromarray(p).resize((side, side), Image.BILINEAR)) for p in planes]
    return 2 * np.stack(small * (3 // len(small))) - 1


parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--side", type=int, default=224)
parser.add_argument("--repeat", type=int, default=1, help="read the folder so many times")
parser.add_argument("--processes", type=int, default=2)
arguments = parser.parse_args()

paths = sorted(path for path in pathlib.Path(arguments.folder).rglob("*") if path.is_file())
jobs = [(path, arguments.side) for path in paths * arguments.repeat]
with multiprocessing.Pool(arguments.processes) as pool:
    pool.map(load, jobs[: len(paths)], chunksize=1)  # Imports and files are in memory.
    start = time.perf_counter()
    count = sum(1 for _ in pool.imap_unordered(load, jobs, chunksize=2))
    seconds = time.perf_counter() - start
packages = ("pydicom", "pylibjpeg", "pylibjpeg-openjpeg", "pylibjpeg-libjpeg", "pillow", "numpy")
print(json.dumps({
    "images": count, "images_per_second": count / seconds, "seconds": seconds,
    "processes": arguments.processes,
    "versions": {name: importlib.metadata.version(name) for name in packages},
}))
