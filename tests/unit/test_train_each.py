"""The seeds of a specification, one result after the other."""

import numpy as np
import pytest

from polysem._train import train as train_module
from polysem._train.each import train_each
from polysem._train.spec import TrainSpec

NOISE = {"kind": "gaussian", "std": 0.1}


def spec(steps=30, **settings):
    values = {"network": {"n": 6, "m": 9, "l1": 0.01}, "seeds": 4, "seed": 3, **settings}
    return TrainSpec.build(train={"steps": steps, "device": "cpu", "noise": NOISE}, **values)


@pytest.fixture
def single_stacks(monkeypatch):
    monkeypatch.setattr(train_module, "CPU_STACK", 6 * 9)


def test_skipped_seeds_change_nothing(single_stacks):
    everything = dict(train_each(spec()))
    assert sorted(everything) == [0, 1, 2, 3]
    rest = dict(train_each(spec(), skip=frozenset({0, 2})))
    assert sorted(rest) == [1, 3]
    for index in rest:
        assert np.array_equal(rest[index].end, everything[index].end)
    assert list(train_each(spec(), skip=frozenset(range(4)))) == []


def test_seed_numbers_name_start_and_noise():
    everything = dict(train_each(spec()))
    last = dict(train_each(spec(seeds=1, seed=6)))
    assert np.array_equal(everything[3].end, last[0].end)
    assert np.array_equal(everything[3].trajectory["norm"], last[0].trajectory["norm"])


def test_a_given_start_replaces_the_drawn_one():
    start = np.stack([spec().network.start(seed) for seed in (9, 8, 7, 6)])
    found = dict(train_each(spec(), start, skip=frozenset({0})))
    drawn = dict(train_each(spec()))
    assert np.array_equal(found[3].trajectory["norm"][0], drawn[3].trajectory["norm"][0])
    assert not np.array_equal(found[2].end, drawn[2].end)


def test_an_interruption_yields_the_finished_seeds_and_goes_on(single_stacks, monkeypatch):
    monkeypatch.setattr(train_module, "PROGRESS_EVERY", 0.005)

    def interrupt(done, total):
        if done > 1.5 * total / 4:
            raise KeyboardInterrupt

    found = {}
    with pytest.raises(KeyboardInterrupt):
        found.update(train_each(spec(4000), workers=1, progress=interrupt))
    assert list(found) == [0]
    assert found[0].steps == 4000
