"""Shapes are checked under test, and only there."""

import os
import subprocess
import sys

import numpy as np
import pytest
from jaxtyping import TypeCheckError

from polysem import network


def test_a_wrong_shape_is_caught_under_test():
    with pytest.raises(TypeCheckError):
        network.gram(np.zeros(3))
    with pytest.raises(TypeCheckError):
        network.forward(np.zeros((2, 3)), np.zeros((4, 5, 6), dtype=int))


def test_nothing_is_checked_or_imported_for_users():
    code = (
        "import sys, numpy as np; from polysem import network; network.gram(np.zeros((2, 3)));"
        "assert 'jaxtyping' not in sys.modules and 'beartype' not in sys.modules"
    )
    environment = {k: v for k, v in os.environ.items() if k != "POLYSEM_CHECK_SHAPES"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
