"""The neuron basis as a dictionary: reconstructs, and loads where SAELens is installed."""

import json

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

import polysem
from polysem import BadInput


@pytest.fixture
def diagnosis():
    return polysem.diagnose(np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0]]), draws=10)


def reconstructed(folder, x):
    """What the standard architecture does with the stored weights."""
    w = load_file(folder / "sae_weights.safetensors")
    return np.maximum(x @ w["W_enc"] + w["b_enc"], 0) @ w["W_dec"] + w["b_dec"]


def test_activations_are_reconstructed(diagnosis, tmp_path, rng):
    x = rng.normal(size=(20, 3)).astype(np.float32)
    plain = diagnosis.export_dictionary(tmp_path / "plain", hook_name="blocks.0.mlp.hook_post")
    assert np.array_equal(reconstructed(plain, np.maximum(x, 0)), np.maximum(x, 0))
    assert not np.allclose(reconstructed(plain, x), x)
    signed = diagnosis.export_dictionary(tmp_path / "signed", signed=True)
    assert np.array_equal(reconstructed(signed, x), x)
    config = json.loads((signed / "cfg.json").read_text())
    assert (config["d_in"], config["d_sae"], config["architecture"]) == (3, 6, "standard")
    latents = json.loads((signed / "latents.json").read_text())
    assert [latent["neuron"] for latent in latents] == [0, 1, 2, 0, 1, 2]
    assert latents[0]["kind"] == "polysemantic, origin unknown"
    assert latents[0]["features"] == ["0", "1"]


def test_saelens_loads_it(diagnosis, tmp_path, rng):
    sae_lens = pytest.importorskip("sae_lens", reason="skip ledger: needs the extra sae-lens")
    x = torch.tensor(rng.normal(size=(20, 3)), dtype=torch.float32)
    folder = diagnosis.export_dictionary(tmp_path / "d", signed=True, hook_name="blocks.0.hook_x")
    sae = sae_lens.SAE.load_from_disk(str(folder))
    torch.testing.assert_close(sae.decode(sae.encode(x)), x)
    assert sae.cfg.metadata.hook_name == "blocks.0.hook_x"


def test_refusals(diagnosis, tmp_path, monkeypatch):
    diagnosis.export_dictionary(tmp_path / "d")
    with pytest.raises(BadInput, match="not empty"):
        diagnosis.export_dictionary(tmp_path / "d")
    monkeypatch.setattr("polysem._diagnose.dictionary.LARGEST", 8)
    with pytest.raises(BadInput, match=r"3 neurons are too many .*; at most 2"):
        diagnosis.export_dictionary(tmp_path / "e")
