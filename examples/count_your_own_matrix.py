"""A census of any matrix of encodings: here one saved as safetensors by some other program."""

import tempfile
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

import polysem

W = np.zeros((4, 3), dtype=np.float32)  # 4 features on 3 neurons
W[0, 0], W[1, 0], W[2, 1], W[3, 2] = 1.0, -0.9, 1.1, 0.7
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "model.safetensors"
    save_file({"encoder.weight": W, "bias": np.zeros(3, dtype=np.float32)}, path)
    census = polysem.census(path, key="encoder.weight")
print(census)
print(census.polysemantic_neurons.to_pandas())
