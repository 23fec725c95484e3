"""Prints what `medgraft data show` makes of DICOM files beside pydicom: a line a file.

    python tests/goldens/dicom_table.py build/medgraft FILE...
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from dicom_reference import reference


def decode(program, path, frame=0):
    """The array, or the sentence of the refusal."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out.npy"
        done = subprocess.run([program, "data", "show", path, "--frame", str(frame), "--out", out],
                              capture_output=True, text=True, timeout=120)
        if done.returncode == 0 and not done.stderr:
            return np.load(out)
        if done.returncode == 2 and done.stderr.count("\n") == 1 and not out.exists():
            return done.stderr.strip().replace(f"medgraft: {path}: ", "")
        return f"EXIT {done.returncode}: {done.stderr}"


def line(program, path):
    found = decode(program, path)
    if isinstance(found, str):
        return f"refused: {found}"
    shape = " x ".join(map(str, found.shape))
    try:
        expected = reference(path)
    except Exception as error:
        return f"{shape}, {len(np.unique(found))} values; pydicom: {str(error)[:90]!r}"
    if expected.shape != found.shape:
        return f"{shape} where pydicom has {expected.shape}"
    worst = np.abs(expected - found).max()
    return (f"{shape}, {len(np.unique(found))} values (pydicom "
            f"{len(np.unique(expected))}), worst difference {worst:.2g}")


if __name__ == "__main__":
    for file in sys.argv[2:]:
        print(f"{pathlib.Path(file).name}: {line(sys.argv[1], file)}", flush=True)
