"""Shared by all tests: one BLAS thread, deterministic hypothesis, small helpers."""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ["POLYSEM_CHECK_SHAPES"] = "1"  # before polysem is imported

import numpy as np  # noqa: E402
import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

settings.register_profile("polysem", derandomize=True, deadline=None, max_examples=40)
settings.load_profile("polysem")


@pytest.fixture
def rng():
    return np.random.default_rng(20_231_203)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    """No test writes into the checkout."""
    monkeypatch.chdir(tmp_path)
