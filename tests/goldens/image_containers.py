#!/usr/bin/env python3
"""Writes tests/data/data: small data sets and containers, some from real images.

Takes the folder that holds medmnist/pneumoniamnist.npz and breast_us/images as its
argument; see tests/data/data/README.md for their sources and licences. Run from the root.
"""
import io
import pathlib
import sys
import tarfile

import numpy as np
from PIL import Image

OUT = pathlib.Path("tests/data/data")
SOURCE = pathlib.Path(sys.argv[1])
LONG = "a_folder_with_a_long_name_" * 6 + "/picture.png"


def png(array):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "PNG")
    return buffer.getvalue()


def make_tars():
    first = np.arange(12, dtype=np.uint8).reshape(3, 4)
    for name, kind in [("ustar", tarfile.USTAR_FORMAT), ("gnu", tarfile.GNU_FORMAT),
                       ("pax", tarfile.PAX_FORMAT)]:
        with tarfile.open(OUT / f"{name}.tar", "w", format=kind) as tar:
            second = "b/second.png" if name == "ustar" else LONG
            for member, data in [("./first.png", png(first)), (second, png(first + 100)),
                                 ("notes.txt", b"no picture")]:
                info = tarfile.TarInfo(member)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    with tarfile.open(OUT / "packed.tar", "w:gz") as tar:
        info = tarfile.TarInfo("first.png")
        info.size = len(png(first))
        tar.addfile(info, io.BytesIO(png(first)))


def make_arrays():
    rng = np.random.default_rng(3)
    arrays = {
        "gray8": rng.integers(0, 256, (5, 4, 6), dtype=np.uint8),
        "color8": rng.integers(0, 256, (3, 4, 6, 3), dtype=np.uint8),
        "gray16": rng.integers(0, 65536, (2, 4, 6), dtype=np.uint16),
        "unit": rng.random((2, 4, 6), dtype=np.float32),
        "beyond": rng.random((2, 4, 6), dtype=np.float32) + 0.5,
        "double": rng.random((2, 4, 6)),
        "flat": rng.integers(0, 256, (5, 4), dtype=np.uint8),
    }
    np.savez(OUT / "stored.npz", **arrays)
    np.savez_compressed(OUT / "deflated.npz", **arrays)
    np.savez(OUT / "many_labels.npz", **{
        f"{split}_{what}": array
        for split, n in [("train", 3), ("val", 2), ("test", 2)]
        for what, array in [
            ("images", rng.integers(0, 256, (n, 4, 4), dtype=np.uint8)),
            ("labels", rng.integers(0, 2, (n, 3), dtype=np.uint8))]})


def make_pneumonia():
    """Ten, four and four rows; rows 2 and 7 of train repeat rows of val."""
    whole = np.load(SOURCE / "medmnist/pneumoniamnist.npz")
    part = {}
    for split, n in [("train", 10), ("val", 4), ("test", 4)]:
        labels = whole[f"{split}_labels"][:, 0]
        rows = np.sort(np.concatenate([np.flatnonzero(labels == c)[: n // 2] for c in (0, 1)]))
        part[f"{split}_images"] = whole[f"{split}_images"][rows].copy()
        part[f"{split}_labels"] = whole[f"{split}_labels"][rows].copy()
    for train, val in [(2, 1), (7, 3)]:
        part["train_images"][train] = part["val_images"][val]
        part["train_labels"][train] = part["val_labels"][val]
    (OUT / "pneumonia").mkdir(exist_ok=True)
    np.savez_compressed(OUT / "pneumonia/pneumoniamnist.npz", **part)


def make_busi():
    for name in ["benign", "malignant", "normal"]:
        folder = OUT / "busi/Dataset_BUSI_with_GT" / name
        folder.mkdir(parents=True, exist_ok=True)
        for number, file in enumerate(sorted(SOURCE.glob(f"breast_us/images/**/{name}_*.png"))[:3], 1):
            small = Image.open(file).convert("L").resize((32, 32), Image.LANCZOS)
            small.save(folder / f"{name} ({number}).png")
            if name != "normal":
                Image.new("1", (32, 32)).save(folder / f"{name} ({number})_mask.png")


OUT.mkdir(parents=True, exist_ok=True)
make_tars()
make_arrays()
make_pneumonia()
make_busi()
