#!/usr/bin/env python3
"""Makes the pictures that bench/data.py measures with, from a folder of real ones.

    make_images.py SHARED OUT      SHARED holds natural/, cxr/ and dicom/ (the test data)

Photographs are mosaics of Caltech-101 pictures enlarged to what cameras give; radiographs
are enlarged, with the noise of a detector, at 8 and 16 bits. The same files every time.
Needs NumPy, Pillow and pydicom.
"""
import io
import pathlib
import sys
import tarfile

import numpy as np
import pydicom
from PIL import Image

shared, out = (pathlib.Path(argument) for argument in sys.argv[1:3])
rng = np.random.default_rng(1)


def photographs(count):
    with tarfile.open(shared / "natural/caltech101_128.tar") as tar:
        members = [member for member in tar if member.isfile()]
        for member in members[:: max(1, len(members) // count)][:count]:
            yield Image.open(io.BytesIO(tar.extractfile(member).read())).convert("RGB")


def enlarged(picture, side):
    """To `side` pixels on the longer side, with fine grain as a sensor's."""
    scale = side / max(picture.size)
    size = [max(1, round(scale * length)) for length in picture.size]
    pixels = np.asarray(picture.resize(size, Image.BICUBIC)).astype(np.float32)
    return pixels + rng.normal(0, 3, pixels.shape)


def save_photographs(name, sides, count):
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    for i, picture in enumerate(photographs(count)):
        pixels = np.clip(enlarged(picture, sides[i % len(sides)]), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{i:04}.jpg", quality=90)


def radiographs(side):
    for path in sorted((shared / "cxr/images").glob("*.jpg")):
        yield enlarged(Image.open(path).convert("L"), side)


def save_radiographs():
    for name in ("cxr_jpeg", "cxr_png8", "cxr_png16"):
        (out / name).mkdir(parents=True, exist_ok=True)
    for i, pixels in enumerate(radiographs(1024)):
        byte = np.clip(pixels, 0, 255).astype(np.uint8)
        Image.fromarray(byte).save(out / f"cxr_jpeg/{i:04}.jpg", quality=90)
        Image.fromarray(byte).save(out / f"cxr_png8/{i:04}.png")
        # Twelve bits of a detector, spread over sixteen as archives store them.
        deep = np.clip(pixels * 16, 0, 4095).astype(np.uint16) * 16
        Image.fromarray(deep).save(out / f"cxr_png16/{i:04}.png")


def save_dicom(copies):
    """Chest radiographs: uncompressed, RLE, JPEG 2000; and a mixture of other modalities."""
    small = pydicom.dcmread(shared / "dicom/derived_RG1_chest_quarter_explicit.dcm")
    large = pydicom.dcmread(shared / "dicom/RG1_J2KI.dcm")
    large.decompress()
    for name in ("dicom_uncompressed", "dicom_rle", "dicom_j2k", "dicom_mixed"):
        (out / name).mkdir(parents=True, exist_ok=True)
    for i in range(copies):
        for source in (small, large):
            size = "small" if source is small else "large"
            source.save_as(out / f"dicom_uncompressed/{i:04}_{size}.dcm")
    for i in range(copies):
        for source, size in ((small, "small"), (large, "large")):
            packed = pydicom.dcmread(out / f"dicom_uncompressed/0000_{size}.dcm")
            packed.compress(pydicom.uid.RLELossless)
            packed.save_as(out / f"dicom_rle/{i:04}_{size}.dcm")
        j2k = (shared / "dicom/RG1_J2KI.dcm").read_bytes()
        (out / f"dicom_j2k/{i:04}.dcm").write_bytes(j2k)
    mixed = ["CT_small", "MR_small_implicit", "MR_small_RLE", "MR_small_jp2klossless",
             "MR_small_jpeg_ls_lossless", "SC_rgb_jpeg_gdcm", "examples_palette", "vlut_04",
             "color-pl", "derived_RG1_chest_quarter_explicit"]
    for name in mixed:
        for i in range(copies):
            data = (shared / f"dicom/{name}.dcm").read_bytes()
            (out / f"dicom_mixed/{name}_{i:04}.dcm").write_bytes(data)


save_photographs("photos_500", [500], 400)
save_photographs("photos_500_to_2000", [500, 1000, 1500, 2000], 160)
save_radiographs()
save_dicom(12)
