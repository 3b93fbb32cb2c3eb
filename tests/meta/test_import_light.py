"""`import polysem` loads nothing heavy; and this test would notice if it did."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "matplotlib", "bokeh", "pandas", "pyarrow", "numba", "scipy", "loky", "pydantic")


def loaded_by(code: str) -> set[str]:
    """Heavy modules that are loaded after running `code` in a fresh process."""
    script = f"{code}\nimport sys; print(*[n for n in {HEAVY!r} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_polysem_loads_nothing_heavy():
    assert loaded_by("import polysem") == set()


def test_simulating_needs_neither_torch_nor_plots():
    code = "import polysem; polysem.simulate(4, 16, 0.1, record=())"
    assert loaded_by(code).isdisjoint({"torch", "matplotlib", "bokeh", "pandas", "pyarrow"})


@pytest.mark.parametrize("name", ["torch", "matplotlib", "pandas"])
def test_this_test_can_fail(name):
    assert name in loaded_by(f"import {name}")
