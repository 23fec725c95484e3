#!/usr/bin/env python3
"""Images a second by Pillow in a PyTorch DataLoader, from file to normalized tensor.

    data_pillow.py FOLDER [--side 224] [--batch 32] [--workers 2] [--repeat 1]

Prints one JSON document. Needs torch, NumPy and Pillow. A 16-bit picture keeps its depth:
it is resized in mode F, as 8 bits is what Pillow's RGB path holds.
"""
import argparse
import json
import pathlib
import time

import numpy as np
import PIL
import PIL.features
import torch
from PIL import Image


class Folder(torch.utils.data.Dataset):
    def __init__(self, folder, side, repeat):
        files = sorted(path for path in pathlib.Path(folder).rglob("*") if path.is_file())
        self.paths = files * repeat
        self.side = side

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        picture = Image.open(self.paths[index])
        size = (self.side, self.side)
        if picture.mode.startswith("I"):
            deep = Image.fromarray(np.asarray(picture).astype(np.float32))
            pixels = np.asarray(deep.resize(size, Image.BILINEAR))
            tensor = torch.from_numpy(pixels.copy()).div_(65535).expand(3, -1, -1)
        else:
            small = picture.convert("RGB").resize(size, Image.BILINEAR)
            tensor = torch.from_numpy(np.array(small)).permute(2, 0, 1).float().div_(255)
        return tensor.mul(2).sub_(1)


parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--side", type=int, default=224)
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--repeat", type=int, default=1, help="read the folder so many times")
parser.add_argument("--workers", type=int, default=2)
arguments = parser.parse_args()

images = Folder(arguments.folder, arguments.side, arguments.repeat)
loader = torch.utils.data.DataLoader(
    images, arguments.batch, num_workers=arguments.workers, persistent_workers=True)
for batch in loader:  # Workers are started, imports and files are in memory.
    pass
start = time.perf_counter()
count = sum(len(batch) for batch in loader)
seconds = time.perf_counter() - start
print(json.dumps({
    "images": count, "images_per_second": count / seconds, "seconds": seconds,
    "workers": arguments.workers,
    "versions": {"pillow": PIL.__version__, "torch": torch.__version__,
                 "zlib_ng": PIL.features.version("zlib_ng"),
                 "libjpeg_turbo": PIL.features.version("libjpeg_turbo")},
}))
