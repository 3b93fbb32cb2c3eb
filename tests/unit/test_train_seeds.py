"""Training many seeds: independence, divergence, interruption, recording, progress."""

import threading
import time

import numpy as np
import pytest
import torch

from polysem._errors import BadInput, RunFailed
from polysem._flow.recorder import RecordOptions, TrajectoryRecorder
from polysem._network import Problem
from polysem._train import train as train_module
from polysem._train.options import TrainOptions
from polysem._train.outcome import TrainOutcome
from polysem._train.train import train_seeds

NOTHING = RecordOptions(what=())


def starts(seeds, n, m, dtype="float32"):
    generator = np.random.default_rng(seeds + n + m)
    return (generator.standard_normal((seeds, n, m)) / np.sqrt(m)).astype(dtype)


def options(**settings):
    return TrainOptions.build(**{"device": "cpu", "steps": 40, **settings})


def recorder(what=(), **settings):
    return lambda: TrajectoryRecorder(RecordOptions(what=what, **settings), Problem(0.1))


def ends(results):
    return np.array([result.end for result in results])


@pytest.fixture
def small_stacks(monkeypatch):
    """Two seeds to a stack for networks of 4 × 12."""
    monkeypatch.setattr(train_module, "CPU_STACK", 2 * 4 * 12)


NOISES = [
    {"kind": "none"},
    {"kind": "bipolar", "std": 0.1},
    {"kind": "gaussian", "std": 0.2, "shared": "batch"},
    {"kind": "gaussian", "std": 0.2, "shared": "all"},
]


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("optimiser", ["AdamW", "SGD", "RMSprop", "Adafactor"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_seed_has_the_same_bits_alone_and_in_company(optimiser, noise, dtype):
    W0 = starts(5, 7, 13)
    chosen = options(optimiser=optimiser, noise=noise, dtype=dtype, lr=0.01)
    together = ends(train_seeds(W0, 0.01, chosen, recorder()))
    assert together.dtype == dtype
    for seed in range(5):
        alone = train_seeds(W0[seed], 0.01, chosen, recorder(), seeds=[seed])
        assert np.array_equal(alone[0].end, together[seed])


@pytest.mark.parametrize(
    ("shape", "dtype", "settings", "stacked"),
    [
        ((4, 12), "float32", {}, True),
        ((7, 13), "float32", {}, False),
        ((4, 10), "float32", {}, False),
        ((4, 10), "float64", {}, True),
        ((4, 12), "float32", {"batch": 5}, False),
        ((16, 32), "float32", {"batch": 5}, True),
    ],
)
def test_seeds_are_stacked_only_where_each_begins_at_a_cache_line(shape, dtype, settings, stacked):
    """Elsewhere products may round differently than for a seed alone."""
    chosen = options(dtype=dtype, **settings)
    found = train_module._stacks([0, 1, 2], shape, Problem(0.01), chosen, torch.device("cpu"))
    assert found == ([[0, 1, 2]] if stacked else [[0], [1], [2]])


def test_a_seed_has_the_same_bits_whatever_stacks_workers_and_threads(small_stacks, monkeypatch):
    W0 = starts(5, 4, 12)
    chosen = options(noise={"kind": "gaussian", "std": 0.1})
    expected = ends(train_seeds(W0, 0.01, chosen, recorder(), workers=1))
    assert np.array_equal(ends(train_seeds(W0, 0.01, chosen, recorder(), workers=3)), expected)
    monkeypatch.setattr(train_module, "CPU_STACK", 10**6)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        found = ends(train_seeds(W0, 0.01, chosen, recorder()))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert np.array_equal(found, expected)


def test_training_threads_split_no_operation():
    seen = []

    class Nosy(TrajectoryRecorder):
        def wants(self, t):
            seen.append(torch.get_num_threads())
            return False

    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        train_seeds(starts(1, 6, 9), 0.01, options(), lambda: Nosy(NOTHING, Problem(0.1)))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert set(seen) == {1}


def test_the_start_is_left_alone_and_results_are_in_order(small_stacks):
    W0 = starts(5, 4, 12)
    kept = W0.copy()
    results = train_seeds(W0, 0.01, options(steps=1, lr=1e-6), recorder(), workers=2)
    assert np.array_equal(W0, kept)
    assert np.abs(ends(results) - W0).max() < 1e-5
    assert not np.array_equal(ends(results), W0)


def test_a_start_in_any_memory_order():
    W0 = starts(3, 6, 9)
    expected = ends(train_seeds(W0, 0.01, options(), recorder()))
    other = np.ascontiguousarray(W0.transpose(2, 0, 1)).transpose(1, 2, 0)
    assert not other.flags.c_contiguous
    assert np.array_equal(ends(train_seeds(other, 0.01, options(), recorder())), expected)


def test_what_a_result_says():
    (result,) = train_seeds(starts(1, 6, 9), 0.01, options(), recorder())
    assert result.outcome is TrainOutcome.STEPS_DONE
    assert (result.t, result.steps, result.rhs_evaluations) == (40.0, 40, 40)
    assert result.method == "AdamW/closed"
    assert result.wall_seconds > 0
    assert not result.certificate.holds
    assert "census" in result.outcome.remedy


@pytest.mark.parametrize("outcome", TrainOutcome)
def test_every_outcome_has_a_remedy_and_none_is_final(outcome):
    assert len(outcome.remedy.split()) > 10
    assert not outcome.final


def test_a_diverging_seed_spoils_no_other(small_stacks):
    W0 = starts(4, 4, 12)
    expected = ends(train_seeds(W0, 0.01, options(optimiser="SGD", steps=250), recorder()))
    wild = W0.copy()
    wild[1] *= 100
    results = train_seeds(
        wild, 0.01, options(optimiser="SGD", steps=250), recorder(("norm", "loss"))
    )
    assert [result.outcome.value for result in results] == [
        "steps_done",
        "diverged",
        "steps_done",
        "steps_done",
    ]
    assert results[1].steps == 100
    assert np.array_equal(ends(results)[[0, 2, 3]], expected[[0, 2, 3]])
    assert "learning rate" in results[1].outcome.remedy
    assert not results[1].certificate.holds


def test_a_diverged_seed_is_left_as_it_was_when_that_was_seen():
    W0 = starts(2, 6, 9)
    W0[0] *= 1e5
    chosen = options(steps=250)
    found = train_seeds(W0, 0.01, chosen, recorder())[0]
    alone = train_seeds(W0[0], 0.01, chosen, recorder())[0]
    assert (found.outcome.value, found.steps) == ("diverged", 100)
    assert np.isfinite(found.end).all()
    assert np.array_equal(found.end, alone.end)


def test_divergence_at_the_very_end_is_seen():
    W0 = 100 * starts(1, 6, 9)
    (result,) = train_seeds(W0, 0.01, options(optimiser="SGD", steps=7), recorder())
    assert (result.outcome.value, result.steps) == ("diverged", 7)


def test_when_all_diverge_training_stops():
    W0 = 100 * starts(2, 6, 9)
    results = train_seeds(W0, 0.01, options(optimiser="SGD", steps=10**7), recorder())
    assert [result.steps for result in results] == [100, 100]


def test_a_start_that_is_not_finite_is_not_trained():
    W0 = starts(3, 6, 9)
    expected = ends(train_seeds(W0, 0.01, options(), recorder()))
    W0[1, 0, 0] = np.nan
    results = train_seeds(W0, 0.01, options(), recorder())
    assert [result.outcome.value for result in results] == ["steps_done", "bad_start", "steps_done"]
    assert results[1].steps == 0
    assert np.array_equal(results[1].end, W0[1], equal_nan=True)
    assert np.array_equal(ends(results)[[0, 2]], expected[[0, 2]])


def test_recording_changes_nothing_and_sees_the_steps():
    W0 = starts(2, 6, 9)
    quiet = train_seeds(W0, 0.01, options(), recorder())
    seen = train_seeds(W0, 0.01, options(), recorder(("weights", "norm"), every=7))
    assert np.array_equal(ends(quiet), ends(seen))
    assert quiet[0].trajectory == {}
    kept = seen[1].trajectory
    assert kept["t"].tolist() == [0, 7, 14, 21, 28, 35, 40]
    assert np.array_equal(kept["weights"][0], W0[1])
    assert np.array_equal(kept["weights"][-1], seen[1].end)
    twenty_one = train_seeds(W0, 0.01, options(steps=21), recorder())
    assert np.array_equal(kept["weights"][3], twenty_one[1].end)


def test_logarithmic_recording():
    (result,) = train_seeds(starts(1, 6, 9), 0.01, options(steps=100), recorder(("norm",)))
    t = result.trajectory["t"]
    assert t[0] == 0
    assert t[-1] == 100
    assert 20 < len(t) < 40


def test_an_interruption_keeps_whole_steps_and_finished_seeds(small_stacks, monkeypatch):
    """Ctrl-C, raised where Python raises it: in the waiting thread."""
    monkeypatch.setattr(train_module, "PROGRESS_EVERY", 0.01)
    W0, steps = starts(5, 4, 12), 200_000
    chosen = options(steps=steps, lr=1e-5)

    def interrupt(done, total):
        assert total == 5 * steps
        if done > 100:
            raise KeyboardInterrupt

    results = train_seeds(W0, 0.01, chosen, recorder(), interrupt, workers=1)
    assert {result.outcome.value for result in results} == {"interrupted"}
    taken = [result.steps for result in results]
    assert taken[0] == taken[1] > 0
    assert taken[-1] == 0
    assert np.array_equal(results[-1].end, W0[-1])
    again = train_seeds(W0[:2], 0.01, options(steps=taken[0], lr=1e-5), recorder())
    assert np.array_equal(ends(again), ends(results[:2]))


def test_progress_is_called_seldom_and_ends_complete():
    calls = []
    began = time.perf_counter()
    train_seeds(
        starts(3, 6, 9), 0.01, options(steps=4000), recorder(), lambda *call: calls.append(call)
    )
    seconds = time.perf_counter() - began
    assert calls[-1] == (12_000, 12_000)
    assert len(calls) <= 4 * seconds + 2
    assert calls == sorted(calls)


def test_an_error_in_training_ends_the_other_threads(small_stacks):
    class Broken(TrajectoryRecorder):
        def wants(self, t):
            raise RuntimeError(message)

    made = []

    def factory():
        made.append((TrajectoryRecorder if made else Broken)(NOTHING, Problem(0.1)))
        return made[-1]

    chosen, before = options(steps=10**8), threading.active_count()
    for message, error in (("CUDA out of memory", RunFailed), ("a defect", RuntimeError)):
        made.clear()
        with pytest.raises(error, match=message.split()[-1]):
            train_seeds(starts(4, 4, 12), 0.01, chosen, factory, workers=2)
        assert threading.active_count() == before


@pytest.mark.parametrize(
    ("W0", "l1", "seeds", "words"),
    [
        (np.ones(3), 0.1, None, "shape (3,)"),
        (np.ones((0, 3, 4)), 0.1, None, "shape (0, 3, 4)"),
        (np.array([["a"]]), 0.1, None, "real numbers"),
        (np.ones((2, 3, 4)), -0.1, None, "l1 = -0.1"),
        (np.ones((2, 3, 4)), float("nan"), None, "l1 = nan"),
        (np.ones((2, 3, 4)), 0.1, [1], "1 seeds were named for 2"),
    ],
)
def test_bad_input_is_one_sentence(W0, l1, seeds, words):
    with pytest.raises(BadInput) as caught:
        train_seeds(W0, l1, options(), recorder(), seeds=seeds)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bad_options_are_refused_before_anything_is_computed():
    with pytest.raises(BadInput, match="did you mean 'betas'"):
        train_seeds(starts(1, 2, 3), 0.1, options(options={"beta": 1}), recorder())


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 5), (4, 1), (5, 2)])
@pytest.mark.parametrize("noise", NOISES[:2])
def test_smallest_networks(n, m, noise):
    (result,) = train_seeds(starts(1, n, m), 0.01, options(noise=noise), recorder())
    assert result.outcome is TrainOutcome.STEPS_DONE
    assert np.isfinite(result.end).all()
