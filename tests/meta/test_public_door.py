"""The public names, pinned: a change here is a change for users."""

import types

import pytest

import polysem

PUBLIC = {
    "BadInput",
    "Census",
    "Comparison",
    "Ledger",
    "Outcome",
    "PolysemError",
    "Relatedness",
    "Repair",
    "Reproduction",
    "Run",
    "RunFailed",
    "Sweep",
    "TiedAutoencoder",
    "census",
    "claims",
    "diagnose",
    "expected_collisions",
    "flow",
    "intervene",
    "load",
    "network",
    "predict",
    "repair",
    "prevent",
    "reproduce",
    "simulate",
    "sweep",
    "theory",
    "train",
}


def test_the_door_is_what_we_say():
    assert set(polysem.__all__) == PUBLIC
    assert set(dir(polysem)) == PUBLIC | {"__version__"}


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_name_is_there_and_described(name):
    value = getattr(polysem, name)
    assert value.__doc__
    if name in ("flow", "network", "theory"):
        assert isinstance(value, types.ModuleType)
        assert all(hasattr(value, inner) for inner in value.__all__)


def test_everything_else_is_private_and_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = polysem.nonsense
    assert polysem.__version__
