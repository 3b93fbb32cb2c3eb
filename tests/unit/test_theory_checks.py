import numpy as np
import pytest

from polysem._errors import BadInput
from polysem._theory import checks


@pytest.mark.parametrize("value", [0, -3, 1.5, "many", None, True, float("nan"), 10**13])
def test_whole_refuses(value):
    with pytest.raises(BadInput, match=r"^n = .* is not allowed: give a whole number from 1 to"):
        checks.whole("n", value)


@pytest.mark.parametrize("value", [1, 64, 64.0, np.int64(64), np.float32(8), 10**12])
def test_whole_accepts(value):
    assert checks.whole("n", value) == int(value)


@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf"), "strong", None])
def test_penalty_refuses(value):
    with pytest.raises(BadInput, match=r"^l1 = .* is not allowed: give a finite number"):
        checks.penalty(value)


def test_zero_penalty_only_where_it_makes_sense():
    assert checks.penalty(0) == 0
    with pytest.raises(BadInput, match="above 0"):
        checks.penalty(0, positive=True)


@pytest.mark.parametrize(
    ("values", "said"),
    [([], "empty"), ([1, float("nan")], "NaN"), (["a"], "not an array"), ([-1.0], "at least 0")],
)
def test_numbers_refuses(values, said):
    with pytest.raises(BadInput, match=said):
        checks.numbers("counts", values, least=0)


def test_sizes_must_fit_together():
    with pytest.raises(BadInput, match="do not fit together"):
        checks.sizes([1, 2], [1, 2, 3])
    with pytest.raises(BadInput, match="not whole"):
        checks.sizes([1.5], 3)
