"""Settings of a training: what they take, what they say, and that they load without torch."""

import subprocess
import sys

import pytest
import torch

from polysem._errors import BadInput
from polysem._train.catalogue import ELEMENTWISE, ONE_SEED_AT_A_TIME, REFUSED
from polysem._train.options import TrainOptions
from polysem._train.spec import TrainSpec


def said(make, **values):
    with pytest.raises(BadInput) as caught:
        make(**values)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_defaults_are_the_paper():
    options = TrainOptions()
    assert (options.optimiser, options.lr, options.steps) == ("AdamW", 1e-3, 7500)
    assert options.weight_decay is None
    assert options.method == "AdamW/closed"


def test_options_are_a_mapping_that_can_be_hashed_and_stored():
    one = TrainOptions.build(options={"eps": 1e-7, "betas": [0.8, 0.9]})
    other = TrainOptions.build(options={"betas": (0.8, 0.9), "eps": 1e-7})
    assert one == other
    assert hash(one) == hash(other)
    assert one.content_hash() == other.content_hash()
    assert one.model_dump()["options"] == {"betas": (0.8, 0.9), "eps": 1e-7}
    assert TrainOptions.model_validate_json(one.canonical_json()) == one


def test_the_name_of_an_optimiser_in_any_case():
    assert TrainOptions.build(optimiser="adamw").optimiser == "AdamW"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"optimiser": "Adamm"}, ["'Adamm'", "did you mean 'Adam", "SGD"]),
        ({"optimiser": "lbfgs"}, ["closure", "AdamW"]),
        ({"optimiser": "SparseAdam"}, ["dense", "Adam"]),
        ({"lr": 0}, ["lr", "greater than 0"]),
        ({"lr": float("nan")}, ["lr"]),
        ({"lr": 1e40}, ["lr", "less than or equal to"]),
        ({"weight_decay": -1}, ["weight_decay"]),
        ({"weight_decay": 1e40}, ["weight_decay", "less than or equal to"]),
        ({"options": {"momentum": float("nan")}}, ["options", "momentum = nan is not a finite"]),
        ({"noise": {"kind": "none", "std": 1}}, ["'std'; allowed are kind."]),
        ({"steps": 0}, ["steps"]),
        ({"gradient": "numeric"}, ["gradient", "closed", "autograd"]),
        ({"device": "tpu"}, ["device", "cpu"]),
        ({"dtype": "float16"}, ["dtype", "float32"]),
        ({"noise": {"kind": "bipolar", "std": -1}}, ["std"]),
        ({"learning_rate": 1}, ["'learning_rate'"]),
        ({"options": {"betas": {"a": 1}}}, ["options", "betas must be a number"]),
        ({"options": "momentum=0.9"}, ["options", "mapping"]),
    ],
)
def test_bad_settings_are_one_sentence(values, words):
    message = said(TrainOptions.build, **values)
    for word in words:
        assert word in message


def test_every_optimiser_of_this_torch_is_in_the_catalogue():
    theirs = {
        name
        for name in dir(torch.optim)
        if isinstance(getattr(torch.optim, name), type) and name != "Optimizer"
    }
    assert theirs <= {*ELEMENTWISE, *ONE_SEED_AT_A_TIME, *REFUSED}


def test_spec_refuses_a_pair_that_is_not_there():
    message = said(
        TrainSpec.build,
        network={"n": 3, "m": 4},
        record={"what": ["pair_forces"], "pair": (0, 3)},
    )
    assert "feature 3" in message


def test_spec_survives_json_and_numbers_its_seeds():
    spec = TrainSpec.build(
        network={"n": 3, "m": 4},
        seeds=2,
        seed=5,
        train={"noise": {"kind": "gaussian", "std": 0.1}, "options": {"amsgrad": True}},
    )
    assert TrainSpec.model_validate_json(spec.canonical_json()) == spec
    assert list(spec.seed_numbers) == [5, 6]


@pytest.mark.parametrize(
    "module", ["_train.spec", "_train.recipes", "_train.outcome", "_network.noise"]
)
def test_configurations_load_without_torch(module):
    """A stored run is read back without paying for torch."""
    code = f"import sys, polysem.{module}; sys.exit(int('torch' in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_that_check_can_fail():
    code = "import sys, polysem._train.device; sys.exit(int('torch' in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 1
