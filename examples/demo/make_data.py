#!/usr/bin/env python3
"""Makes examples/demo/data from reduced copies of the three public data sets.

    make_data.py SOURCE

SOURCE holds natural/caltech101_32.npz and caltech101_classes.txt (Caltech-101, 32 x 32 RGB),
breast_us/busi_28.npz (BUSI, 28 x 28) and medmnist/pneumoniamnist.npz (PneumoniaMNIST, 28 x
28). Run once; its output is in the repository. ATTRIBUTION.md says what the files are.
"""
import pathlib
import shutil
import sys
import zipfile

import numpy as np

MOST_PER_CLASS = 44  # Of the training photographs: keeps the folder within 16 MB.
TIMELESS = (1980, 1, 1, 0, 0, 0)


def write_npz(path, arrays):
    """As numpy.savez_compressed, but the same arrays give the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(arrays):
            member = zipfile.ZipInfo(name + ".npy", TIMELESS)
            member.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(member, "w") as out:
                np.lib.format.write_array(out, np.ascontiguousarray(arrays[name]))


def capped(labels):
    """Indices of the first MOST_PER_CLASS rows of each class, in order."""
    seen, kept = {}, []
    for i, label in enumerate(labels.ravel().tolist()):
        seen[label] = seen.get(label, 0) + 1
        if seen[label] <= MOST_PER_CLASS:
            kept.append(i)
    return kept


def main():
    source = pathlib.Path(sys.argv[1])
    data = pathlib.Path(__file__).parent / "data"
    data.mkdir(exist_ok=True)

    photos = np.load(source / "natural/caltech101_32.npz")
    kept = capped(photos["train_labels"])
    write_npz(data / "photos.npz", {
        "train_images": photos["train_images"][kept],
        "train_labels": photos["train_labels"][kept],
        "val_images": photos["val_images"],
        "val_labels": photos["val_labels"],
    })
    shutil.copy(source / "natural/caltech101_classes.txt", data / "photos_classes.txt")
    shutil.copy(source / "breast_us/busi_28.npz", data / "busi.npz")
    shutil.copy(source / "medmnist/pneumoniamnist.npz", data / "pneumonia.npz")
    total = sum(file.stat().st_size for file in data.iterdir())
    print(f"{len(kept)} training photographs; {total / 1e6:.1f} MB in all")


main()
