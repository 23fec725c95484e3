"""What a DICOM file's pixels are by pydicom, mapped to [0, 1] by the rules of docs/data.md.

Needs pydicom==3.0.2 pylibjpeg==2.1.0 pylibjpeg-libjpeg==2.5.0 pylibjpeg-openjpeg==2.6.0
pylibjpeg-rle==2.2.0 numpy.
"""
import copy
import warnings

import numpy as np
import pydicom
from pydicom.pixels import apply_color_lut, apply_modality_lut, pixel_array
from pydicom.pixels.processing import apply_voi, apply_windowing

warnings.filterwarnings("ignore")
WINDOW = ("WindowCenter", "WindowWidth", "VOILUTFunction")
RESCALE = ("RescaleSlope", "RescaleIntercept")


def with_functional_groups(ds, frame):
    """The data set with the frame's own window and rescale where a plain file has them."""
    ds = copy.copy(ds)
    groups = list(getattr(ds, "SharedFunctionalGroupsSequence", []))
    per_frame = getattr(ds, "PerFrameFunctionalGroupsSequence", [])
    if frame < len(per_frame):
        groups.append(per_frame[frame])
    for group in groups:
        for sequence, names in (("FrameVOILUTSequence", WINDOW),
                                ("PixelValueTransformationSequence", RESCALE)):
            for item in getattr(group, sequence, []):
                for name in names:
                    if name in item:
                        setattr(ds, name, getattr(item, name))
    return ds


def stored_range(ds):
    bits = ds.BitsStored
    return (-2 ** (bits - 1), 2 ** (bits - 1) - 1) if ds.PixelRepresentation else (
        0, 2 ** bits - 1)


def modality_range(ds):
    if "ModalityLUTSequence" in ds:
        return 0, 2 ** ds.ModalityLUTSequence[0].LUTDescriptor[2] - 1
    ends = np.array(stored_range(ds)) * float(getattr(ds, "RescaleSlope", 1) or 1) + float(
        getattr(ds, "RescaleIntercept", 0) or 0)
    return ends.min(), ends.max()


def gray(ds, stored):
    values = apply_modality_lut(stored, ds).astype(float)
    low, high = modality_range(ds)
    windows = "WindowWidth" in ds and ds.WindowWidth not in (None, "")
    if "VOILUTSequence" in ds:
        item = ds.VOILUTSequence[0]
        table = item.LUTData
        if isinstance(table, bytes):
            table = np.frombuffer(table, "<u2")
        table = np.array(table)
        first = item.LUTDescriptor[1]
        index = np.clip(values - first, 0, len(table) - 1).astype(int)
        values = table[index] / (2 ** item.LUTDescriptor[2] - 1)
    elif windows:
        # Its output range is the modality's, with the ends as the slope orders them.
        ends = [0, 2 ** ds.BitsStored - 1]
        if "ModalityLUTSequence" in ds:
            ends = [0, high]
        elif ds.PixelRepresentation:
            ends = list(stored_range(ds))
        if "RescaleSlope" in ds and "RescaleIntercept" in ds:
            ends = [end * float(ds.RescaleSlope) + float(ds.RescaleIntercept) for end in ends]
        values = (apply_windowing(values, ds) - ends[0]) / (ends[1] - ends[0])
    else:
        values = np.clip((values - low) / (high - low), 0, 1)
    if ds.PhotometricInterpretation == "MONOCHROME1":
        values = 1 - values
    if "PixelPaddingValue" in ds:
        first = padding_value(ds, ds.PixelPaddingValue)
        last = padding_value(ds, getattr(ds, "PixelPaddingRangeLimit", first))
        values = np.where((stored >= min(first, last)) & (stored <= max(first, last)), 0,
                          values)
    return values


def padding_value(ds, value):
    low, high = stored_range(ds)
    if isinstance(value, bytes):
        value = int.from_bytes(value, "little", signed=bool(ds.PixelRepresentation))
    return value - 65536 if ds.PixelRepresentation and value > high else value


def reference(path, frame=0):
    """float64 [H, W] or [H, W, 3] in [0, 1]."""
    ds = pydicom.dcmread(path, force=True)
    frames = int(getattr(ds, "NumberOfFrames", 1) or 1)
    stored = pixel_array(ds, index=frame) if frames > 1 else pixel_array(ds, index=0)
    if ds.PhotometricInterpretation == "PALETTE COLOR":
        colors = apply_color_lut(stored, ds)
        return colors / np.iinfo(colors.dtype).max
    if stored.ndim == 3:
        return stored / (2 ** ds.BitsStored - 1)
    return gray(with_functional_groups(ds, frame), stored)
