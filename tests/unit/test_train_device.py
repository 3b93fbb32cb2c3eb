"""Names of devices."""

import pytest
import torch

from polysem._errors import BadInput
from polysem._train.device import available_devices, resolve_device


@pytest.fixture
def machine(monkeypatch):
    def with_devices(*, cuda=False, mps=False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return with_devices


def test_cpu_is_always_there(machine):
    machine()
    assert resolve_device("cpu", "float64") == torch.device("cpu")
    assert resolve_device("auto", "float32") == torch.device("cpu")


def test_auto_prefers_cuda_then_mps(machine):
    machine(cuda=True, mps=True)
    assert resolve_device("auto", "float32").type == "cuda"
    machine(mps=True)
    assert resolve_device("auto", "float32").type == "mps"
    assert resolve_device("auto", "float64").type == "cpu"


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_one_sentence(machine, name):
    machine()
    with pytest.raises(BadInput, match=f"'{name}' isn't there; this machine offers cpu"):
        resolve_device(name, "float32")


def test_mps_has_no_float64(machine):
    machine(mps=True)
    assert available_devices("float64") == ["cpu"]
    with pytest.raises(BadInput, match="'mps' computes no float64"):
        resolve_device("mps", "float64")
