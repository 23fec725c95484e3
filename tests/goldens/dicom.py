#!/usr/bin/env python3
"""Writes tests/data/image/dicom: DICOM files and, as NAME.f32, what pydicom makes of them.

The f32 files are laid out as tests/goldens/image.py's. MADE files are drawn here; COPIED
ones are pydicom's own test files (MIT; github.com/pydicom/pydicom and pydicom-data, folder
as the first argument). Large pictures keep every eighth row and column. `versions.txt`
records what made them. Run from the root.
"""
import pathlib
import shutil
import struct
import sys

import numpy as np
import pydicom
from dicom_reference import reference
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian,
    ImplicitVRLittleEndian, JPEG2000Lossless, RLELossless)

OUT = pathlib.Path("tests/data/image/dicom")
ROWS, COLUMNS = 18, 24
rng = np.random.default_rng(11)

COPIED = """CT_small JPGExtended JPEGLSNearLossless_08 MR_small_RLE MR_small_bigendian
MR_small_implicit MR_small_jp2klossless MR_small_jpeg_ls_lossless SC_jpeg_no_color_transform
SC_rgb_dcmtk_+eb+cy+s2 SC_rgb_jpeg_gdcm SC_rgb_rle_2frame SC_rgb_rle_32bit
SC_rgb_small_odd_big_endian SC_rgb_small_odd_jpeg image_dfl JLSL_16_15_1_1F JPEG-LL""".split()


def smooth(low, high, channels=None):
    """Whole numbers from low to high, with gradients and noise."""
    y, x = np.mgrid[0:ROWS, 0:COLUMNS]
    planes = [np.sin(x / (3 + c)) * np.cos(y / (4 - c)) + rng.normal(0, 0.1, y.shape)
              for c in range(channels or 1)]
    values = np.stack(planes, -1)
    values = (values - values.min()) / (values.max() - values.min())
    values = np.round(low + values * (high - low)).astype(np.int64)
    return values if channels else values[..., 0]


def data_set(pixels, bits=12, allocated=16, photometric="MONOCHROME2", **values):
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    ds.SOPInstanceUID = "1.2.3.4"
    ds.PatientID = "synthetic"
    ds.Rows, ds.Columns = ROWS, COLUMNS
    ds.SamplesPerPixel = 3 if photometric[:3] in ("RGB", "YBR") else 1
    if ds.SamplesPerPixel == 3:
        ds.PlanarConfiguration = values.pop("PlanarConfiguration", 0)
    ds.PhotometricInterpretation = photometric
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = allocated, bits, bits - 1
    ds.PixelRepresentation = int(values.pop("signed", False))
    for name, value in values.items():
        setattr(ds, name, value)
    kind = {8: "u1", 16: "<u2", 32: "<u4"}.get(allocated)
    if isinstance(pixels, np.ndarray):
        pixels = (pixels & (2 ** allocated - 1)).astype(kind).tobytes()
    ds.PixelData = pixels + b"\0" * (len(pixels) % 2)
    ds["PixelData"].VR = "OB" if allocated <= 8 else "OW"
    return ds


def save(name, ds, syntax=ExplicitVRLittleEndian, compress=None):
    ds.file_meta.TransferSyntaxUID = syntax
    if compress:
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.compress(compress, generate_instance_uid=False)
    path = OUT / f"{name}.dcm"
    ds.save_as(path, enforce_file_format=True)
    return path


def save_golden(name, array):
    array = np.asarray(array, dtype="<f4")
    array = array[..., None] if array.ndim == 2 else array
    if array.size > 10000:
        array = array[::8, ::8]
    (OUT / name).write_bytes(struct.pack("<iii", *array.shape) + array.tobytes())


def window(center, width, function=None):
    item = Dataset()
    item.WindowCenter, item.WindowWidth = center, width
    if function:
        item.VOILUTFunction = function
    return item


def lookup_table(values, first, bits):
    item = Dataset()
    item.LUTDescriptor = [len(values), first, bits]
    item["LUTDescriptor"].VR = "SS" if first < 0 else "US"
    item.LUTData = np.asarray(values, "<u2").tobytes()
    item["LUTData"].VR = "OW"
    return item


def make_gray():
    for function in ("LINEAR", "LINEAR_EXACT", "SIGMOID"):
        save(f"window_{function.lower()}",
             data_set(smooth(0, 4095), WindowCenter=[1800, 10], WindowWidth=[1500, 20],
                      VOILUTFunction=function))
    # Garbage, such as overlay planes, above the stored bits.
    stored = smooth(0, 1023)
    garbage = rng.integers(0, 64, stored.shape) << 10
    save("high_bits", data_set(stored | garbage, bits=10))
    negative = smooth(-900, 1000) & 0xFFF
    save("signed_rescale",
         data_set(negative | rng.integers(0, 16, stored.shape) << 12, signed=True,
                  RescaleSlope="0.5", RescaleIntercept="-1024"))
    save("negative_slope", data_set(smooth(0, 4095), RescaleSlope="-2", RescaleIntercept="10",
                                    WindowCenter="-4000", WindowWidth="5000"))
    padded = smooth(10, 4000)
    padded[:4] = 4095
    padded[4:6] = 4092
    save("inverted_padding",
         data_set(padded, photometric="MONOCHROME1", PixelPaddingValue=4095,
                  PixelPaddingRangeLimit=4090, WindowCenter=2000, WindowWidth=3000))
    curve = np.round(65535 * np.sqrt(np.arange(4096) / 4095))
    save("modality_lut", data_set(smooth(0, 4095),
                                  ModalityLUTSequence=[lookup_table(curve, 0, 16)]))
    short = np.round(4095 * (np.arange(2000) / 1999) ** 2)
    save("voi_lut", data_set(smooth(0, 4095), VOILUTSequence=[lookup_table(short, 900, 12)],
                             WindowCenter=100, WindowWidth=100), ImplicitVRLittleEndian)
    save("one_bit", data_set(np.packbits(smooth(0, 1), bitorder="little").tobytes(), bits=1,
                             allocated=1))
    save("unsigned_32", data_set(smooth(0, 2 ** 32 - 1), bits=32, allocated=32))
    save("signed_32", data_set(smooth(-2 ** 31, 2 ** 31 - 1), bits=32, allocated=32,
                               signed=True))
    save("big_endian", data_set(smooth(0, 4095).byteswap() >> 48), ExplicitVRBigEndian)
    save("deflated", data_set(smooth(0, 4095)), DeflatedExplicitVRLittleEndian)
    save("rle_12", data_set(smooth(0, 4095)), compress=RLELossless)
    large = data_set(np.tile(smooth(-2000, 2000), (4, 4)), signed=True, Rows=4 * ROWS,
                     Columns=4 * COLUMNS)
    save("jpeg2000_signed", large, compress=JPEG2000Lossless)
    real = data_set(b"", WindowCenter="0.5", WindowWidth="1.5", VOILUTFunction="LINEAR_EXACT")
    del real.PixelData, real.BitsStored, real.HighBit, real.PixelRepresentation
    real.BitsAllocated = 32
    real.FloatPixelData = (smooth(0, 4095) / 3000).astype("<f4").tobytes()
    save("float", real)


def make_enhanced():
    frames = []
    for center, slope in ((1000, 1), (300, 2)):
        frame = Dataset()
        frame.FrameVOILUTSequence = [window(center, 900)]
        transform = Dataset()
        transform.RescaleSlope, transform.RescaleIntercept = slope, -50
        transform.RescaleType = "US"
        frame.PixelValueTransformationSequence = [transform]
        frames.append(frame)
    shared = Dataset()
    anatomy = Dataset()
    anatomy.FrameLaterality = "L"
    shared.FrameAnatomySequence = [anatomy]
    ds = data_set(np.stack([smooth(0, 2000), smooth(0, 4095)]), NumberOfFrames=2,
                  PatientOrientation=["A", "F"])
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    ds.PerFrameFunctionalGroupsSequence = Sequence(frames)
    save("enhanced", ds)


def make_color():
    save("rgb_planar", data_set(np.moveaxis(smooth(0, 255, 3), -1, 0), 8, 8, "RGB",
                                PlanarConfiguration=1))
    save("rgb_16", data_set(smooth(0, 65535, 3), 16, 16, "RGB"))
    save("ybr_full", data_set(smooth(0, 255, 3), 8, 8, "YBR_FULL"))
    ybr = smooth(0, 255, 3)
    halved = np.stack([ybr[:, ::2, 0], ybr[:, 1::2, 0], ybr[:, ::2, 1], ybr[:, ::2, 2]], -1)
    save("ybr_422", data_set(halved, 8, 8, "YBR_FULL_422"))
    colors = rng.integers(0, 65536, (3, 200))
    names = ("Red", "Green", "Blue")
    ds = data_set(smooth(0, 255), 8, 8, "PALETTE COLOR")
    for name, values in zip(names, colors):
        setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [200, 20, 16])
        setattr(ds, f"{name}PaletteColorLookupTableData", values.astype("<u2").tobytes())
    save("palette_16", ds)
    ds = data_set(smooth(0, 255), 8, 8, "PALETTE COLOR")
    for name, values in zip(names, colors):
        setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [200, 0, 8])
        setattr(ds, f"{name}PaletteColorLookupTableData", (values >> 8).astype("u1").tobytes())
    save("palette_8", ds)
    ds = data_set(smooth(0, 255), 8, 8, "PALETTE COLOR")
    for i, name in enumerate(names):
        # Three entries; a line to 60000; the first segment again; a line to 100.
        segments = [0, 3, 10 * i, 500, 7000, 1, 197, 60000, 2, 1, 0, 0, 1, 53, 100]
        setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(ds, f"Segmented{name}PaletteColorLookupTableData",
                np.asarray(segments, "<u2").tobytes())
    save("palette_segmented", ds)


def float_reference(path):
    ds = pydicom.dcmread(path)
    values = np.frombuffer(ds.FloatPixelData, "<f4").reshape(ROWS, COLUMNS).astype(float)
    return np.clip((values - float(ds.WindowCenter)) / float(ds.WindowWidth) + 0.5, 0, 1)


def main():
    sources = {path.stem: path for path in pathlib.Path(sys.argv[1]).rglob("*.dcm")}
    OUT.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        shutil.copyfile(sources[name], OUT / f"{name}.dcm")
    make_gray()
    make_enhanced()
    make_color()
    for path in sorted(OUT.glob("*.dcm")):
        if path.stem in ("MR_truncated", "float", "enhanced"):
            continue
        save_golden(f"{path.stem}.f32", reference(path))
    save_golden("float.f32", float_reference(OUT / "float.dcm"))
    for frame in range(2):
        save_golden(f"enhanced.{frame}.f32", reference(OUT / "enhanced.dcm", frame))
    save_golden("SC_rgb_rle_2frame.1.f32", reference(OUT / "SC_rgb_rle_2frame.dcm", 1))
    (OUT / "versions.txt").write_text(
        f"pydicom {pydicom.__version__}\nnumpy {np.__version__}\n"
        "pylibjpeg 2.1.0\npylibjpeg-libjpeg 2.5.0\npylibjpeg-openjpeg 2.6.0\n"
        "pylibjpeg-rle 2.2.0\n")


if __name__ == "__main__":
    main()
