"""Configurations refuse what they do not know, and their content has a stable name."""

import numpy as np
import pytest
from pydantic import ValidationError

from polysem._config import unknown_name
from polysem._errors import BadInput
from polysem._flow.spec import SimulateSpec
from polysem._network.spec import NetworkSpec
from polysem._train.spec import TrainSpec

GOOD = {"n": 4, "m": 8, "l1": 0.1}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n": 0}, "n = 0 is not allowed"),
        ({"m": -3}, "m = -3 is not allowed"),
        ({"n": 2.5}, "n = 2.5 is not allowed"),
        ({"n": True}, "n = True is not allowed: it is no switch"),
        ({"l1": False}, "l1 = False is not allowed"),
        ({"l1": -1e-9}, "l1 = -1e-09 is not allowed"),
        ({"l1": float("nan")}, "finite"),
        ({"l1": float("inf")}, "finite"),
        ({"l1": 1e10}, "less than or equal to"),
        ({"n": np.True_}, "it is no switch"),
        ({"activation": {"kind": "leeky"}}, "kind of activation 'leeky'; did you mean 'leaky'"),
        ({"activation": {}}, "activation needs a kind; allowed are relu, leaky,"),
        ({"activation": {"kind": "relu", "leak": 0.1}}, "'leak'; allowed are kind."),
        ({"initial": {"kind": "planted", "bening": 1}}, "allowed are kind, benign, malign, scale"),
        ({"penalty": {"entry": {"kind": "log", "scal": 1}}}, "allowed are kind, scale"),
        ({"architecture": {"kind": "tied", "layer": 1}}, "did you mean 'layers'"),
        ({"m": 10**300}, "000… is not allowed"),
        ({"l2": 0.1}, "Unknown setting 'l2'; did you mean 'l1'?"),
        ({"initial": {"kind": "normal", "scale": 0}}, "scale = 0 is not allowed"),
    ],
)
def test_bad_values_are_one_sentence(change, words):
    with pytest.raises(BadInput) as caught:
        NetworkSpec.build(**{**GOOD, **change})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_record_names_and_pairs_are_explained():
    for record, words in [
        ({"what": ("l1norm",)}, "did you mean 'l1_norm'"),
        ({"what": ("pair_forces",)}, "needs pair"),
        ({"what": ("pair_forces",), "pair": (1, 1)}, "two different features"),
        ({"what": ("pair_forces",), "pair": (1, 9)}, "n = 4 features are numbered 0 to 3"),
    ]:
        with pytest.raises(BadInput, match=words):
            SimulateSpec.build(network=GOOD, record=record)


@pytest.mark.parametrize("spec", [SimulateSpec, TrainSpec])
def test_the_last_seed_is_a_number_that_tables_have(spec):
    assert spec.build(network=GOOD, seed=2**63 - 3, seeds=3).seed_numbers[-1] == 2**63 - 1
    with pytest.raises(BadInput, match="4 seeds from .* go beyond"):
        spec.build(network=GOOD, seed=2**63 - 3, seeds=4)


def test_frozen():
    spec = NetworkSpec.build(**GOOD)
    with pytest.raises(ValidationError):
        spec.n = 5


def test_canonical_json_round_trips_and_names_the_content():
    spec = SimulateSpec.build(network=GOOD, seeds=3)
    again = SimulateSpec.build(seeds=3, network=dict(reversed(GOOD.items())))
    assert spec == again == SimulateSpec.model_validate_json(spec.canonical_json())
    assert spec.content_hash() == again.content_hash()
    other = SimulateSpec.build(network={**GOOD, "l1": 0.2}, seeds=3)
    assert other.content_hash() != spec.content_hash()


def test_of_very_many_names_only_similar_ones_are_listed():
    names = [f"column_{i}" for i in range(100)] + ["lambda"]
    said = unknown_name("lambada", names, "column")
    assert "did you mean 'lambda'?" in said
    assert len(said) < 200
    assert "column_99" in unknown_name("§", names, "column")  # nothing is like it: all are listed
