#!/usr/bin/env python3
"""Logits of Big Transfer networks by their authors' PyTorch code, for BitParityTest.

    models.py MODELS_PY COMMIT

MODELS_PY is bit_pytorch/models.py of google-research/big_transfer at COMMIT. Weights and
images are too large to keep, so both sides draw them from the same stream of SplitMix64, keyed
by name; tests/data/models/logits.json holds only the logits and what made them.

Each unit's last norm is scaled down. With all scales near 1, random residual networks amplify
rounding: the reference's own float32 logits are then 1e-5 to 4e-5 from its float64 ones, and a
comparison would measure that instead.
"""
import importlib.util
import json
import pathlib
import sys

import numpy as np
import torch

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
CLASSES = 7
SIZES = [(64, 64), (97, 97), (96, 128)]  # Height, width; one odd.


def finalize(z):
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def uniform(name, shape):
    """float32 in [0, 1): Rng(key of name) of base/rng.h, in C order."""
    with np.errstate(over="ignore"):
        key = GOLDEN
        for byte in name.encode():
            key = finalize((key ^ np.uint64(byte)) + GOLDEN)
        index = np.arange(1, np.prod(shape) + 1, dtype=np.uint64)
        bits = finalize(key + index * GOLDEN)
    return ((bits >> np.uint64(11)).astype(np.float64) * 2.0**-53).reshape(shape)


def value(name, shape):
    u = uniform(name, shape)
    if name.endswith("c/group_norm/gamma"):
        u = 0.05 + 0.2 * u  # Small branches, as trained networks have: see below.
    elif name.endswith("gamma"):
        u = 0.5 + u
    elif name.endswith("beta") or name.endswith("bias"):
        u = 0.2 * u - 0.1
    else:
        u = 2 * u - 1
    return u.astype(np.float32)


class Weights(dict):
    """The .npz that the reference's load_from expects, made as it is asked for."""

    def __init__(self, shapes):
        super().__init__()
        self.shapes = shapes

    def __missing__(self, name):
        self[name] = value(name, self.shapes[name])
        return self[name]


def shapes_of(units, width):
    """Shapes in the published names: kernels HWIO."""
    shapes = {"resnet/root_block/standardized_conv2d/kernel": (7, 7, 3, 64 * width)}
    cin = 64 * width
    for block, count in enumerate(units):
        mid = 64 * width * 2**block
        for unit in range(1, count + 1):
            base = f"resnet/block{block + 1}/unit{unit:02d}/"
            kernels = {"a": (1, 1, cin, mid), "b": (3, 3, mid, mid), "c": (1, 1, mid, 4 * mid)}
            for part, kernel in kernels.items():
                shapes[f"{base}{part}/standardized_conv2d/kernel"] = kernel
                for norm in ("gamma", "beta"):
                    shapes[f"{base}{part}/group_norm/{norm}"] = (kernel[2],)
            if unit == 1:
                shapes[base + "a/proj/standardized_conv2d/kernel"] = (1, 1, cin, 4 * mid)
            cin = 4 * mid
    for norm in ("gamma", "beta"):
        shapes[f"resnet/group_norm/{norm}"] = (cin,)
    shapes["resnet/head/conv2d/kernel"] = (1, 1, cin, CLASSES)
    shapes["resnet/head/conv2d/bias"] = (CLASSES,)
    return shapes


def main():
    path, commit = sys.argv[1:3]
    spec = importlib.util.spec_from_file_location("reference", path)
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)

    out = {"made_by": "tests/goldens/models.py", "torch": torch.__version__,
           "numpy": np.__version__,
           "reference": f"google-research/big_transfer@{commit} bit_pytorch/models.py",
           "networks": {}}
    for name, units, width in (("R50x1", (3, 4, 6, 3), 1), ("R101x1", (3, 4, 23, 3), 1),
                               ("R50x3", (3, 4, 6, 3), 3)):
        model = reference.ResNetV2(list(units), width, head_size=CLASSES)
        model.load_from(Weights(shapes_of(units, width)))
        model.eval()
        logits = {}
        for height, width_px in SIZES:
            images = 2 * uniform(f"images {height}x{width_px}", (2, 3, height, width_px)) - 1
            with torch.no_grad():
                y = model(torch.from_numpy(images.astype(np.float32)))
            logits[f"{height}x{width_px}"] = y.numpy().astype(float).tolist()
        out["networks"][name] = logits
    target = pathlib.Path(__file__).parent.parent / "data/models/logits.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(out, indent=1) + "\n")


main()
