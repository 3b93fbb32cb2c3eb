"""Recording: by name, at the times asked for, without touching the solution."""

import numpy as np
import pytest

from polysem import flow
from polysem._flow.recorder import RecordOptions, TrajectoryRecorder
from polysem._flow.statistics import STATISTICS
from polysem._network import Problem

METHODS = ("reference", "engine")


def spec(**record):
    return flow.SimulateSpec.build(
        network={"n": 5, "m": 20, "l1": 0.1}, flow={"dt": 0.01}, record=record
    )


@pytest.mark.parametrize("method", METHODS)
def test_density_of_recording_does_not_change_one_bit(method):
    none, sparse, dense = (
        flow.solve(spec(**record), method=method)[0]
        for record in (
            {"what": ()},
            {"what": ("l1_norm",), "per_decade": 2},
            {"what": flow.RECORDABLE, "per_decade": 300, "pair": (0, 1)},
        )
    )
    assert none.end.tobytes() == sparse.end.tobytes() == dense.end.tobytes()
    assert none.steps == sparse.steps == dense.steps
    assert none.trajectory == {}
    assert len(dense.trajectory["t"]) > len(sparse.trajectory["t"]) > 3


@pytest.mark.parametrize("method", METHODS)
def test_statistics_are_those_of_the_snapshots(method):
    kept = flow.solve(spec(what=flow.RECORDABLE, pair=(0, 1)), method=method)[0].trajectory
    assert kept["weights"].shape == (len(kept["t"]), 5, 20)
    assert (np.diff(kept["t"]) > 0).all()
    assert kept["t"][0] == 0
    for name, statistic in STATISTICS.items():
        expected = np.stack([statistic(W, Problem(0.01)) for W in kept["weights"]])
        # to rounding: the engine keeps its state the other way round in memory
        np.testing.assert_allclose(kept[name], expected, rtol=2e-6, atol=1e-6)


def test_values_by_hand():
    W = np.array([[3.0, -4.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.5, 0.0]])
    assert STATISTICS["l1_norm"](W, Problem(0.1)).tolist() == [7, 0, 0.5]
    assert STATISTICS["m_prime"](W, Problem(0.1)).tolist() == [2, 0, 1]
    assert STATISTICS["norm"](W, Problem(0.1)).tolist() == [5, 0, 0.5]
    assert STATISTICS["fourth_norm"](W, Problem(0.1)).tolist() == [81 + 256, 0, 0.0625]
    assert STATISTICS["relative_variance"](W, Problem(0.1))[[0, 2]] == pytest.approx(
        [0.25 / 12.25, 0]
    )
    assert np.isnan(STATISTICS["relative_variance"](W, Problem(0.1))[1])
    assert STATISTICS["max_overlap"](W, Problem(0.1)) == 0
    assert STATISTICS["max_overlap"](np.abs(W), Problem(0.1)) == 2


def test_forces_on_a_pair_are_those_on_the_neuron_it_contests():
    W = np.array([[0.1, 0.5], [0.9, 0.4]])
    recorder = TrajectoryRecorder(
        RecordOptions.build(what=("pair_forces",), pair=(0, 1)), Problem(0.2)
    )
    recorder.offer(0.0, W)
    kept = recorder.finish(0.0, W)
    overlap = 0.09 + 0.2
    assert kept["pair_neuron"].tolist() == [1]
    assert kept["pair_weight"].tolist() == [[0.5, 0.4]]
    assert kept["pair_interference"][0] == pytest.approx([-4 * overlap * 0.4, -4 * overlap * 0.5])
    assert kept["pair_regularisation"].tolist() == [[-0.2, -0.2]]
    assert kept["pair_feature_benefit"][0, 0] == pytest.approx(4 * (1 - 0.26) * 0.5)


def test_a_fixed_spacing_records_every_so_often():
    kept = flow.solve(spec(what=("l1_norm",), every=1.0), method="reference")[0].trajectory
    np.testing.assert_allclose(kept["t"][:-1], np.arange(len(kept["t"]) - 1), atol=1e-9)
