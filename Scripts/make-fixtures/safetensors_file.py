"""Writes a small file with Python's safetensors package; WeightFilesTests reads it.

    pip install safetensors==0.8.0 numpy==2.4.6
    python3 Scripts/make-fixtures/safetensors_file.py
"""

from importlib.metadata import version
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

out = Path(__file__).parents[2] / "Tests/WeightFilesTests/Fixtures/python.safetensors"
out.parent.mkdir(parents=True, exist_ok=True)
tensors = {
    "double": np.array([[0.5, -1.25], [1e300, 3.0]], np.float64),
    "single": np.arange(12, dtype=np.float32).reshape(2, 2, 3) / 4 - 1,
    "half": np.array([0.0, -0.0, 1.0, 65504.0, 6e-8, np.inf, -0.333251953125], np.float16),
    "int64": np.array([-(2**63), 2**63 - 1], np.int64),
    "int32": np.array([-7, 7], np.int32),
    "int16": np.array([-300, 300], np.int16),
    "int8": np.array([-128, 127, 5], np.int8),
    "uint8": np.array([0, 255], np.uint8),
    "flag": np.array([True, False, True]),
    "empty": np.zeros((0, 4), np.float32),
    "scalar": np.array(2.5, np.float32),
    "naïve \"name\" / 名前 🎈\n": np.array([1.0], np.float32),
}
save_file(tensors, out, metadata={"made by": f"safetensors {version('safetensors')}, значение\t\"1\""})
print(out, out.stat().st_size)
