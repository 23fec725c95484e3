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
import scipy
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


def make_more_png():
    """What is rarer: transparent palettes and greys, deep alpha, profiles, deep Adam7."""
    color = smooth(19, 23, 3)
    gray = smooth(19, 23, 1)[..., 0]
    for bits in (1, 2, 8):
        palette = Image.fromarray(color).quantize(min(2**bits, 200))
        palette.save(OUT / f"palette{bits}_trns.png", bits=bits, transparency=1)
        assert b"tRNS" in (OUT / f"palette{bits}_trns.png").read_bytes()
        save_array(f"palette{bits}_trns.png.f32", np.asarray(palette.convert("RGB")) / 255.0)
    rows = [row.tobytes() for row in gray]
    raw_png("gray8_trns.png", 23, 19, 8, 0, rows, extra=png_chunk(b"tRNS", struct.pack(">H", 250)))
    save_array("gray8_trns.png.f32", gray / 255.0)
    wide = (color.astype(np.uint16) * 257) ^ rng.integers(0, 200, color.shape, dtype=np.uint16)
    alpha = rng.integers(0, 65536, (19, 23, 1), dtype=np.uint16)
    rows = [row.astype(">u2").tobytes() for row in np.concatenate([wide, alpha], -1)]
    raw_png("rgba16.png", 23, 19, 16, 6, rows)
    save_array("rgba16.png.f32", wide / 65535.0)
    rows = [row.astype(">u2").tobytes() for row in np.concatenate([wide[..., :1], alpha], -1)]
    raw_png("la16.png", 23, 19, 16, 4, rows)
    save_array("la16.png.f32", wide[..., 0] / 65535.0)
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4),
              (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = [row.astype(">u2").tobytes() for x, y, dx, dy in passes for row in wide[y::dy, x::dx, 0]]
    raw_png("gray16_adam7.png", 23, 19, 16, 0, rows, interlaced=True)
    save_array("gray16_adam7.png.f32", wide[..., 0] / 65535.0)
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    Image.fromarray(color).save(OUT / "rgb8_profile.png", icc_profile=profile)
    save_array("rgb8_profile.png.f32", color / 255.0)


def save_jpeg(name, picture, **options):
    picture.save(OUT / name, "JPEG", **options)
    save_decoded_jpeg(name)


def save_decoded_jpeg(name):
    from PIL import ImageOps

    decoded = Image.open(OUT / name)
    decoded = decoded.convert("RGB") if decoded.mode == "CMYK" else decoded
    save_array(name + ".f32", np.asarray(ImageOps.exif_transpose(decoded)) / 255.0)


def make_more_jpeg():
    color = Image.fromarray(smooth(37, 45, 3))
    save_jpeg("rgb422.jpg", color, quality=88, subsampling=1)
    save_jpeg("gray_progressive.jpg", color.convert("L"), quality=88, progressive=True)
    save_jpeg("adobe_rgb.jpg", color, quality=92, keep_rgb=True)
    exif = Image.Exif()
    exif[0x0112] = 1
    save_jpeg("exif1.jpg", color.crop((0, 0, 21, 13)), quality=90, exif=exif)
    exif[0x0112] = 6
    save_jpeg("exif6_rgb.jpg", color, quality=85, exif=exif, progressive=True)
    # YCCK: the same four planes, declared as luma, two chromas and key.
    adobe = bytearray((OUT / "cmyk.jpg").read_bytes())
    at = adobe.index(b"Adobe") + 11
    assert adobe[at] == 0
    adobe[at] = 2
    (OUT / "ycck.jpg").write_bytes(bytes(adobe))
    save_decoded_jpeg("ycck.jpg")


def make_jpeg():
    color = Image.fromarray(smooth(37, 45, 3))
    gray = Image.fromarray(smooth(37, 45, 1)[..., 0])

    save_jpeg("gray.jpg", gray, quality=90)
    save_jpeg("rgb444.jpg", color, quality=92, subsampling=0)
    save_jpeg("rgb420.jpg", color, quality=85, subsampling=2)
    save_jpeg("progressive.jpg", color, quality=85, progressive=True)
    save_jpeg("cmyk.jpg", color.convert("CMYK"), quality=95)
    for orientation in range(2, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        save_jpeg(f"exif{orientation}.jpg", gray.crop((0, 0, 21, 13)), quality=90, exif=exif)


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


def otsu(values):
    """The level between two of 256 (of the root) that parts them best, by trying each."""
    levels = np.rint(np.sqrt(values) * 255)
    best, threshold = 0, None
    for i in range(255):
        low, high = levels[levels <= i], levels[levels > i]
        if not len(low) or not len(high):
            continue
        spread = len(low) * len(high) * (low.mean() - high.mean()) ** 2
        if spread > best:
            best, threshold = spread, ((i + 0.5) / 255) ** 2
    return threshold


def make_foreground():
    """A breast with its edge fading out, a burnt-in label, noise; the box SciPy finds."""
    from scipy import ndimage

    y, x = np.mgrid[0:64, 0:48]
    depth = 1 - (x / 26.0) ** 2 - ((y - 34) / 25.0) ** 2
    breast = 0.7 * np.clip(depth, 0, 1) ** 0.7
    breast = np.maximum(breast, 0.01 * rng.random(breast.shape))
    breast[4:8, 34:44] = 1
    labels, _ = ndimage.label(breast > otsu(breast))
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    rows, columns = ndimage.find_objects(labels)[sizes.argmax() - 1]
    save_array("foreground.f32", breast)
    save_array("foreground_box.f32", np.array([[
        rows.start, columns.start, rows.stop - rows.start, columns.stop - columns.start]]))


def equalized(channel):
    levels = np.rint(channel * 65535)
    values, places, counts = np.unique(levels, return_inverse=True, return_counts=True)
    shares = (np.cumsum(counts) - counts[0]) / (levels.size - counts[0])
    return shares[places].reshape(channel.shape)


def locally_equalized(channel, limit, tiles):
    height, width = channel.shape
    maps = {}
    for i in range(tiles):
        for j in range(tiles):
            part = channel[i * height // tiles:(i + 1) * height // tiles,
                           j * width // tiles:(j + 1) * width // tiles]
            counts = np.histogram(part, 256, (0, 1))[0].astype(float)
            ceiling = limit * part.size / 256
            counts = np.minimum(counts, ceiling) + np.maximum(counts - ceiling, 0).sum() / 256
            edges = np.concatenate([[0], np.cumsum(counts)]) / part.size
            maps[i, j] = np.interp(channel, np.arange(257) / 256, edges)
    out = np.zeros_like(channel)
    for y in range(height):
        for x in range(width):
            row = np.clip((y + 0.5) * tiles / height - 0.5, 0, tiles - 1)
            column = np.clip((x + 0.5) * tiles / width - 0.5, 0, tiles - 1)
            for i in range(tiles):
                for j in range(tiles):
                    share = max(0, 1 - abs(row - i)) * max(0, 1 - abs(column - j))
                    out[y, x] += share * maps[i, j][y, x]
    return out


def make_operations():
    import colorsys

    from scipy import ndimage

    color = np.asarray(Image.open(OUT / "rgb8.png")) / 255.0
    save_array("equalized_rgb8.f32", np.stack([equalized(color[..., c]) for c in range(3)], -1))
    wide = np.asarray(Image.open(OUT / "gray16.png")) / 65535.0
    save_array("equalized_gray16.f32", equalized(wide))
    save_array("clahe_gray16.f32", locally_equalized(wide, 3, 4))
    hue = np.zeros_like(color)
    for at in np.ndindex(color.shape[:2]):
        h, s, v = colorsys.rgb_to_hsv(*color[at])
        hue[at] = colorsys.hsv_to_rgb((h - 0.3) % 1, s, v)
    save_array("hue_rgb8.f32", hue)
    blurred = ndimage.gaussian_filter(color, (1.7, 1.7, 0), mode="nearest", truncate=3)
    save_array("blurred_rgb8.f32", blurred)
    # Rows and columns of the plane, y down: sheared, turned and scaled, moved.
    turn, shear, scale = np.deg2rad(25), np.tan(np.deg2rad(12)), 1.2
    forward = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    forward = forward @ np.array([[1, 0], [shear, 1]])
    middle, moved = np.array([9, 11]), np.array([1.5, -2.25])
    inverse = np.linalg.inv(forward)
    warped = ndimage.affine_transform(color[..., 0], inverse, middle - inverse @ (middle + moved),
                                      order=1, mode="grid-constant")
    save_array("warped_rgb8.f32", warped)


OUT.mkdir(parents=True, exist_ok=True)
make_png()
make_jpeg()
make_hostile()
make_resize()
make_program()
make_more_png()
make_more_jpeg()
make_foreground()
make_operations()
(OUT / "versions.txt").write_text(
    f"tests/goldens/image.py\nPython {sys.version.split()[0]}\nPillow {PIL.__version__}\n"
    f"NumPy {np.__version__}\nSciPy {scipy.__version__}\nlibjpeg-turbo {PIL.features.version('libjpeg_turbo')}\n"
)
