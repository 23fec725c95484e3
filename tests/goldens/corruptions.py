#!/usr/bin/env python3
"""Corrupted pictures by NumPy, SciPy and Pillow.

    corruptions.py     writes tests/data/image/corrupted_*.f32

Arrays are as tests/goldens/image.py writes them. corrupted_large_*.f32 hold every 16th
row and column of a picture that the test draws itself, by the formula of large().
"""
import io
import pathlib
import struct

import numpy as np
from PIL import Image
from scipy import ndimage

OUT = pathlib.Path(__file__).parent.parent / "data/image"


def save(name, array):
    array = np.asarray(array, dtype="<f4")
    array = array[..., None] if array.ndim == 2 else array
    (OUT / f"corrupted_{name}.f32").write_bytes(struct.pack("<iii", *array.shape)
                                                + array.tobytes())


def large():
    y, x = np.mgrid[0:300, 0:360].astype(np.float64)
    picture = 0.5 + 0.4 * np.sin(0.13 * x + 0.002 * y * y) * np.cos(0.21 * y)
    picture[100:160, 120:200] = 0.9
    return picture.astype(np.float32)[..., None]


def length(side, *published):
    """Lengths published for 32, 64 and 224 pixels at another side."""
    inside = np.interp(side, [32, 64, 224], published)
    return inside * max(1, side / 224)


def blur(picture, sigma):
    return ndimage.gaussian_filter(picture.astype(np.float64), (sigma, sigma, 0),
                                   mode="nearest", truncate=3)


def motion(picture, radius, sigma, degrees):
    """Bilinear samples behind one another, the border's values outside."""
    distances = np.arange(int(2 * radius + 0.5) + 1)
    weights = np.exp(-(distances**2) / (2 * sigma**2))
    y, x = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float64)
    out = np.zeros(picture.shape)
    for c in range(picture.shape[2]):
        for distance, weight in zip(distances, weights / weights.sum()):
            place = [y + distance * np.sin(np.radians(degrees)),
                     x + distance * np.cos(np.radians(degrees))]
            out[..., c] += weight * ndimage.map_coordinates(
                picture[..., c].astype(np.float64), place, order=1, mode="nearest")
    return out


def jpeg(levels, quality):
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file)) / 255.0


def main():
    levels = np.asarray(Image.open(OUT / "rgb8.png"))
    picture = levels / 255.0
    save("blur5", blur(picture, length(19, 1, 1.5, 6)))
    gray = picture @ [0.299, 0.587, 0.114]
    save("contrast3", np.clip(gray.mean() + 0.7 * (picture - gray.mean()), 0, 1))
    save("brightness4", np.clip(1.4 * picture, 0, 1))
    save("jpeg2", jpeg(levels, 30))
    save("smeared", motion(picture, 9, 2.5, -25))
    save("large_blur3", blur(large(), length(300, 0.7, 1, 3))[::16, ::16])
    middle = large()[:150]
    save("middle_blur2", blur(middle, length(150, 0.6, 0.75, 2))[::16, ::16])
    save("large_smeared", motion(large(), 15, 8, 30)[::16, ::16])


main()
