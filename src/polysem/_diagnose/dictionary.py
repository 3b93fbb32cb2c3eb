"""The neuron basis as a dictionary, in the files that sparse-autoencoder libraries load.

A folder with cfg.json and sae_weights.safetensors (W_enc, b_enc, W_dec, b_dec) as SAELens 6 writes
and loads (`SAE.load_from_disk`); SAEBench scores what SAELens loads. It is the baseline that a
dictionary has to beat: every latent is a neuron.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from polysem._diagnose.diagnosis import Diagnosis
from polysem._errors import BadInput
from polysem._storage.files import check_out, prepare_out, write_text
from polysem._storage.weights import write_arrays

LARGEST = 2**28  # numbers of a matrix: 1 GB


def export(
    diagnosis: Diagnosis,
    folder: Path,
    *,
    model_name: str = "",
    hook_name: str = "",
    signed: bool = False,
    overwrite: bool = False,
) -> Path:
    """Write an identity dictionary for the neurons of a diagnosis; returns the folder.

    Latents are ReLU(x W_enc): with `signed` False neuron k is latent k, and x is reconstructed
    exactly where it is not negative (a layer behind a ReLU). With `signed` True neuron k is latents
    k (its positive part) and neurons + k (its negative part), and any x is. Decoder rows have
    length 1, biases are zero. `model_name`, `hook_name` — where the activations come from, for the
    benchmark. latents.json says which neuron each latent is and what was found about it. Raises
    `BadInput` if the folder holds something already or the layer is too wide for a dense matrix.
    """
    neurons = len(diagnosis.findings)
    signs = (1.0, -1.0) if signed else (1.0,)
    if neurons**2 * len(signs) > LARGEST:
        raise BadInput(
            f"{neurons:,} neurons are too many for a dense dictionary; at most "
            f"{int((LARGEST / len(signs)) ** 0.5):,} can be exported."
        )
    check_out(folder, overwrite)
    prepare_out(folder, overwrite)
    eye = np.eye(neurons, dtype=np.float32)
    decoder = np.concatenate([sign * eye for sign in signs])
    arrays = {
        "W_enc": decoder.T,
        "b_enc": np.zeros(len(decoder), np.float32),
        "W_dec": decoder,
        "b_dec": np.zeros(neurons, np.float32),
    }
    write_arrays(folder / "sae_weights.safetensors", arrays)
    about = {"model_name": model_name, "hook_name": hook_name}
    write_text(folder / "cfg.json", json.dumps(_config(neurons, len(decoder), about), indent=1))
    latents = [_latent(diagnosis, k, sign) for sign in signs for k in range(neurons)]
    write_text(folder / "latents.json", json.dumps(latents, indent=1, allow_nan=False))
    return folder


def _config(neurons: int, latents: int, about: dict[str, str]) -> dict[str, Any]:
    """The keys of SAELens' `StandardSAEConfig`."""
    return {
        "architecture": "standard",
        "d_in": neurons,
        "d_sae": latents,
        "dtype": "float32",
        "device": "cpu",
        "apply_b_dec_to_input": False,
        "normalize_activations": "none",
        "reshape_activations": "none",
        # Without a version of the format SAELens takes it for an old one and drops the names.
        "metadata": about | {"sae_lens_version": "6.0.0", "made_by": "polysem: the neuron basis"},
    }


def _latent(diagnosis: Diagnosis, neuron: int, sign: float) -> dict[str, Any]:
    finding = diagnosis.findings[neuron]
    return {
        "neuron": neuron,
        "name": finding.name,
        "part": "positive" if sign > 0 else "negative",
        "kind": finding.kind,
        "features": list(finding.features),
    }
