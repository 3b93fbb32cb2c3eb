"""How large an error a step may make: little while races are decided, more when they are."""

import numpy as np
import pytest

from polysem._flow.engine.accuracy import EARLIEST, FAST, LATEST, TIGHT, allowed
from polysem._flow.options import FlowOptions


def errors(accuracy: float | str = "tight", n=4, m=16, l1=0.1):
    return allowed(FlowOptions.build(accuracy=accuracy), np.ones((m, n)), l1)


def test_early_steps_are_finer_than_late_ones():
    found = errors()
    over_time = [float(found.at(t)) for t in (0.0, 1.0, 5.0, 17.5, 30.0, 1e6)]
    assert over_time == sorted(over_time)
    assert over_time[0] == pytest.approx(EARLIEST * TIGHT)
    assert over_time[3] == pytest.approx(TIGHT)  # λt√m = 7
    assert over_time[-1] == pytest.approx(LATEST * TIGHT)


def test_fast_is_looser_at_any_time_and_a_factor_is_one():
    assert FAST > 5 * TIGHT
    for t in (0.0, 3.0, 100.0):
        ratio = float(errors("fast").at(t)) / float(errors().at(t))
        assert ratio == pytest.approx(FAST / TIGHT)
        assert float(errors(0.3).at(t)) == pytest.approx(0.3 * float(errors().at(t)))


def test_without_a_penalty_nothing_is_decided_early():
    assert float(errors(l1=0.0).at(0.0)) == float(errors(l1=0.0).at(1e4)) == TIGHT


def test_scarce_neurons_are_solved_more_finely():
    assert float(errors(n=16, m=4).at(0)) == pytest.approx(float(errors(n=4, m=4).at(0)) / 2)


def test_check_is_at_least_five_times_finer():
    from polysem._flow.check import finer

    for accuracy in ("tight", "fast", 0.5):
        second = finer(FlowOptions.build(accuracy=accuracy)).accuracy
        ratio = float(errors(accuracy).at(2.0)) / float(errors(second).at(2.0))
        assert ratio == pytest.approx(FAST / TIGHT if accuracy == "fast" else 5)
