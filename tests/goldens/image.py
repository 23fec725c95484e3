#!/usr/bin/env python3
"""Writes tests/data/image: odd PNG and JPEG files, and what Pillow makes of them.

Each picture NAME has NAME.f32 beside it: int32 height, width, channels, then float32
[H, W, C] in [0, 1], all little-endian. resize_*.f32 hold Pillow's mode F resize (values 0
to 255) and its 8-bit one. `versions.txt` records what made them. Run from the root.
"""
import io
import pathlib
import struct
import sys

import numpy as np
import PIL
import PIL.features
from PIL import Image, ImageFile

OUT = pathlib.Path("tests/data/image")
rng = np.random.default_rng(7)


def save_array(name, array):
    array = np.asarray(array, dtype="<f4")
    array = array[..., None] if array.ndim == 2 else array
    (OUT / name).write_bytes(struct.pack("<iii", *array.shape) + array.tobytes())


def smooth(height, width, channels):
    """A picture with edges, gradients and a little noise."""
    y, x = np.mgrid[0:height, 0:width]
    planes = []
    for c in range(channels):
        plane = 127 + 90 * np.sin(x / (3 + c)) * np.cos(y / (4 - c)) + rng.normal(0, 8, y.shape)
        plane[height // 3 : height // 2, width // 4 : width // 2] = 250 - 60 * c
        planes.append(plane)
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def png_chunk(kind, body):
    import zlib

    crc = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)


def raw_png(name, width, height, depth, color, rows, interlaced=False, extra=b""):
    """A PNG written here, for what Pillow cannot write (16-bit RGB, Adam7, gAMA)."""
    import zlib

    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    (OUT / name).write_bytes(
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + extra
        + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")
    )


def make_png():
    gray = smooth(19, 23, 1)[..., 0]
    color = smooth(19, 23, 3)
    Image.fromarray(gray).save(OUT / "gray8.png")
    save_array("gray8.png.f32", gray / 255.0)
    Image.fromarray(color).save(OUT / "rgb8.png")
    save_array("rgb8.png.f32", color / 255.0)
    alpha = np.concatenate([color, smooth(19, 23, 1)], -1)
    Image.fromarray(alpha, "RGBA").save(OUT / "rgba8.png")
    save_array("rgba8.png.f32", color / 255.0)
    Image.fromarray(np.stack([gray, 255 - gray], -1), "LA").save(OUT / "la8.png")
    save_array("la8.png.f32", gray / 255.0)
    palette = Image.fromarray(color).quantize(13)
    palette.save(OUT / "palette4.png", bits=4)
    save_array("palette4.png.f32", np.asarray(palette.convert("RGB")) / 255.0)
    bits = Image.fromarray(gray).convert("1")
    bits.save(OUT / "gray1.png")
    save_array("gray1.png.f32", np.asarray(bits).astype(np.float32))
    for depth in (2, 4):
        values = gray >> (8 - depth)
        rows = []
        for row in values:
            padded = np.concatenate([row, np.zeros(-len(row) % (8 // depth), np.uint8)])
            groups = padded.reshape(-1, 8 // depth).astype(np.uint32)
            shifts = np.arange(8 // depth)[::-1] * depth
            rows.append((groups << shifts).sum(-1).astype(np.uint8).tobytes())
        raw_png(f"gray{depth}.png", 23, 19, depth, 0, rows)
        save_array(f"gray{depth}.png.f32", values / (2.0**depth - 1))
    wide = (gray.astype(np.uint16) * 257) ^ rng.integers(0, 200, gray.shape, dtype=np.uint16)
    Image.fromarray(wide).save(OUT / "gray16.png")
    save_array("gray16.png.f32", wide / 65535.0)
    wide = (color.astype(np.uint16) * 257) ^ rng.integers(0, 200, color.shape, dtype=np.uint16)
    rows = [row.astype(">u2").tobytes() for row in wide]
    gamma = png_chunk(b"gAMA", struct.pack(">I", 100000))
    raw_png("rgb16_gamma.png", 23, 19, 16, 2, rows, extra=gamma)
    save_array("rgb16_gamma.png.f32", wide / 65535.0)
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4),
              (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = [row.tobytes() for x, y, dx, dy in passes for row in color[y::dy, x::dx]]
    raw_png("rgb8_adam7.png", 23, 19, 8, 2, rows, interlaced=True)
    assert (np.asarray(Image.open(OUT / "rgb8_adam7.png")) == color).all()
    save_array("rgb8_adam7.png.f32", color / 255.0)


def make_jpeg():
    color = Image.fromarray(smooth(37, 45, 3))
    gray = Image.fromarray(smooth(37, 45, 1)[..., 0])

    def save(name, picture, **options):
        picture.save(OUT / name, "JPEG", **options)
        decoded = Image.open(OUT / name)
        if decoded.mode == "CMYK":
            decoded = decoded.convert("RGB")
        from PIL import ImageOps

        save_array(name + ".f32", np.asarray(ImageOps.exif_transpose(decoded)) / 255.0)

    save("gray.jpg", gray, quality=90)
    save("rgb444.jpg", color, quality=92, subsampling=0)
    save("rgb420.jpg", color, quality=85, subsampling=2)
    save("progressive.jpg", color, quality=85, progressive=True)
    save("cmyk.jpg", color.convert("CMYK"), quality=95)
    for orientation in range(2, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        save(f"exif{orientation}.jpg", gray.crop((0, 0, 21, 13)), quality=90, exif=exif)


def make_hostile():
    huge = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    head = b"\x89PNG\r\n\x1a\n"
    (OUT / "bad_huge.png").write_bytes(head + png_chunk(b"IHDR", huge) + png_chunk(b"IDAT", b"x"))
    claimed = struct.pack(">IIBBBBB", 12000, 12000, 8, 2, 0, 0, 0)
    (OUT / "bad_claim.png").write_bytes(
        head + png_chunk(b"IHDR", claimed) + png_chunk(b"IDAT", b"x" * 50))
    whole = (OUT / "rgb8.png").read_bytes()
    (OUT / "bad_truncated.png").write_bytes(whole[: len(whole) // 2])
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    (OUT / "bad_checksum.png").write_bytes(bytes(flipped))
    whole = (OUT / "rgb420.jpg").read_bytes()
    (OUT / "bad_truncated.jpg").write_bytes(whole[: len(whole) * 2 // 3])
    at = whole.index(b"\xff\xc0") + 5
    (OUT / "bad_claim.jpg").write_bytes(whole[:at] + struct.pack(">HH", 16000, 16000) + whole[at + 4:])
    (OUT / "bad_text.png").write_bytes(b"this is not a picture\n")
    (OUT / "bad_empty.png").write_bytes(b"")


def make_resize():
    sizes = [(8, 8), (19, 50), (40, 11), (64, 64), (23, 19), (1, 1)]
    gray = smooth(31, 47, 1)[..., 0]
    save_array("resize_input.f32", gray)
    for height, width in sizes:
        exact = Image.fromarray(gray.astype(np.float32)).resize((width, height), Image.BILINEAR)
        save_array(f"resize_float_{height}x{width}.f32", np.asarray(exact))
        rounded = Image.fromarray(gray).resize((width, height), Image.BILINEAR)
        save_array(f"resize_byte_{height}x{width}.f32", np.asarray(rounded))


def make_program():
    """decode|resize(12,16)|center_crop(10)|to_rgb|normalize(-1,1) and to_gray, by Pillow."""
    color = np.asarray(Image.open(OUT / "rgb8.png")).astype(np.float32)
    planes = [Image.fromarray(color[..., c]).resize((16, 12), Image.BILINEAR) for c in range(3)]
    small = np.stack([np.asarray(plane) for plane in planes], -1) / 255
    save_array("program_rgb8.f32", 2 * small[1:11, 3:13] - 1)
    luma = np.asarray(Image.open(OUT / "rgb8.png").convert("L"))
    save_array("luma_rgb8.f32", luma / 255.0)
    turned = Image.fromarray(color[..., 0]).rotate(30, Image.BILINEAR)
    save_array("rotated_rgb8.f32", np.asarray(turned) / 255)


OUT.mkdir(parents=True, exist_ok=True)
make_png()
make_jpeg()
make_hostile()
make_resize()
make_program()
(OUT / "versions.txt").write_text(
    f"tests/goldens/image.py\nPython {sys.version.split()[0]}\nPillow {PIL.__version__}\n"
    f"NumPy {np.__version__}\nlibjpeg-turbo {PIL.features.version('libjpeg_turbo')}\n"
)
