#!/usr/bin/env python3
"""Fails if a file under src/medgraft includes a layer, or a library, it may not."""
import pathlib
import re
import sys

LAYERS = {  # layer: layers it may include besides itself
    "base": "",
    "config": "base",
    "statistics": "base",
    "image": "base",
    "evaluation": "base config statistics",
    "data": "base config image",
    "kernels": "base",
    "dist": "base",
    "models": "base config kernels",
    "train": "base config statistics kernels dist models",
    "analysis": "base config statistics models train",
    "study": "base config statistics evaluation data *_config.h",
    "report": "base config statistics evaluation data study *_config.h",
}
OWNERS = {  # third-party header: the only files that may include it
    "openssl/": r"base/sha256\.cc",
    "zip.h": r"base/npz\.cc",
    "zlib.h": r"base/gzip\.cc|image/decode/dicom_elements\.cc",
    "toml++": r"config/document\.cc",
    "sqlite3.h": r"study/index\.cc",
    "spng.h": r"image/(decode/png|encode_png)\.cc",
    "libdeflate.h": r"image/decode/png_rows\.cc",
    "jpeglib.h": r"image/(decode/jpeg|encode_jpeg)\.cc",
    "archive": r"data/container/tar(_writer)?\.cc",
    "openjpeg.h": r"image/decode/dicom_jpeg2000\.cc",
    "charls/": r"image/decode/dicom_jpeg_ls\.cc",
    "gdcm": r"image/decode/dicom\w*\.cc",
    "cuda_runtime.h": r"kernels/.*(\.cu|cuda_check\.h)|dist/.*\.cu",
    "torch/": r"(kernels/(?!.*(_kernel\.h|_cpu\.cc|\.cu)$)|models/|dist/|train/|analysis/).*",
}


def problems(root):
    for path in sorted(root.rglob("*.[hc]*")):
        name = path.relative_to(root).as_posix()
        layer = name.split("/")[0]
        test = re.search(r"_(test|bench)\.cc$", name)
        for included in re.findall(r'^#include [<"]([^">]+)', path.read_text(), re.M):
            if included.startswith("medgraft/"):
                other = included.split("/")[1]
                allowed = LAYERS["config" if name.endswith("_config.h") else layer].split()
                config = included.endswith("_config.h") and "*_config.h" in allowed
                configs = name.endswith("_config.h") and included.endswith("_config.h")
                own = other == layer or configs or (
                    other == "config" and name.endswith("_config.h"))
                if not (own or other in allowed or config or test):
                    yield f"{name}: {layer}/ may not include {other}/ ({included})"
            for prefix, owner in OWNERS.items():
                if included.startswith(prefix) and not test and not re.fullmatch(owner, name):
                    yield f"{name}: only {owner} may include <{included}>"


found = list(problems(pathlib.Path("src/medgraft")))
print("\n".join(found) or "layers hold")
sys.exit(bool(found))
