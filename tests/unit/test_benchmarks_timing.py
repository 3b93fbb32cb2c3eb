"""Arithmetic of the timings: turns, extrapolation, floors, exponents. The clock is ours."""

import math

import numpy as np
import pytest
from benchmarks import _timing
from benchmarks._case import Case, Reference
from benchmarks._cost import force_flops, gram_flops, rhs_flops
from benchmarks._ode import OUT_OF_TIME, Attempt
from benchmarks._rows import StepperRow, read_attempt
from benchmarks._timing import Steps, Whole, in_turns
from benchmarks.flow_collisions import FULL, flow_cells, with_share
from benchmarks.flow_floor import Tally, row, tallied
from benchmarks.flow_growth import exponent, exponents, points
from benchmarks.flow_precision import add_ratios


class Clock:
    """A clock that only work moves; it stands in for `time` in the timing module."""

    def __init__(self):
        self.now = 0.0

    def process_time(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(_timing, "time", made)
    return made


class Counting:
    """A method whose step takes the seconds given, and whose state is the number of steps."""

    def __init__(self, clock, *seconds):
        self.clock, self.seconds, self.steps = clock, seconds, 0

    def step(self):
        self.clock.now += self.seconds[min(self.steps, len(self.seconds) - 1)]
        self.steps += 1

    def state(self):
        return np.array([[float(self.steps)]])


def test_the_shortest_turn_counts(clock):
    work = Counting(clock, 3.0, 2.0, 5.0)
    whole = Whole(work.step)
    in_turns([whole], 3)
    assert whole.seconds == 2.0
    assert work.steps == 3


def test_a_fixed_number_of_steps_is_extrapolated_by_the_best_turn(clock):
    work = Counting(clock, *[1.0] * 10, *[2.0] * 5)
    steps = Steps(work.step, 1000, work.state, turn_seconds=10.0)
    in_turns([steps], 2)
    assert work.steps == 15
    assert steps.per_step == 1.0
    assert steps.seconds == 1000.0
    assert steps.measured_share == 0.015


def test_a_turn_takes_three_steps_at_least_and_none_beyond_the_end(clock):
    work = Counting(clock, 50.0)
    steps = Steps(work.step, 4, work.state, turn_seconds=1.0)
    in_turns([steps], 3)
    assert work.steps == 4
    assert steps.measured_share == 1.0
    assert steps.seconds == 200.0


def test_states_are_kept_only_at_the_steps_asked_for_and_within_the_seconds(clock):
    work = Counting(clock, 1.0)
    steps = Steps(work.step, 100, work.state, keep=(7, 100), turn_seconds=2.0)
    steps.turn()
    assert steps.advance_to(7, seconds=10)
    assert not steps.advance_to(100, seconds=10)
    assert list(steps.kept) == [7]
    assert steps.kept[7] == 7
    assert steps.advance_to(100, seconds=1000)
    assert steps.kept[100] == 100


REFERENCE = Reference(np.array([[7.5]]), np.array([[100.0]]), t_end=1.0, outcome="converged")


def test_a_row_without_the_time_for_its_errors_has_none(clock):
    work = Counting(clock, 1.0)
    timed = Steps(work.step, 100, work.state, keep=(7, 100), turn_seconds=2.0)
    timed.turn()
    found = StepperRow("rival", timed, midway=7).row(REFERENCE, seconds=10)
    assert found["weight_error_midway"] == 0.5
    assert found["seconds_midway"] == 7
    assert found["seconds"] == 100
    assert found["measured_share"] < 1
    assert "winners_differing" not in found
    found = StepperRow("rival", timed, midway=7).row(REFERENCE, seconds=1000)
    assert (found["measured_share"], found["winners_differing"]) == (1, 0)


def test_a_stopped_solver_gives_a_lower_bound():
    attempt = Attempt(budget=10, rhs=30, t=0.25, trouble=OUT_OF_TIME, seconds_spent=10.0)
    attempt.legs.append((np.array([[7.0]]), 4.0, 12))
    found = read_attempt(attempt, REFERENCE)
    assert (found["seconds"], found["rhs"], found["at_least"]) == (10.0, 30, True)
    assert found["measured_share"] == 0.25
    assert (found["seconds_midway"], found["weight_error_midway"]) == (4.0, 0.5)
    assert "weight_error" not in found


def test_a_solver_that_arrived_is_measured():
    attempt = Attempt(budget=10, rhs=30, t=1.1, seconds_spent=9.0)
    attempt.legs += [(np.array([[7.0]]), 4.0, 12), (np.array([[99.0]]), 8.0, 30)]
    found = read_attempt(attempt, REFERENCE)
    assert (found["seconds"], found["at_least"], found["measured_share"]) == (8.0, False, 1.0)
    assert found["weight_error"] == 1.0


def test_ratios_are_to_polysem():
    rows = [
        {"method": "Polysem fast", "seconds": 2.0, "seconds_midway": 1.0},
        {"method": "Polysem tight", "seconds": 4.0, "seconds_midway": 2.0},
        {"method": "rival", "seconds": 100.0, "seconds_midway": 30.0},
    ]
    add_ratios(rows)
    assert rows[2]["ratio_to_fast"] == 50
    assert rows[2]["ratio_to_tight"] == 25
    assert rows[2]["ratio_to_fast_midway"] == 30
    assert rows[2]["ratio_to_tight_midway"] == 15


def test_floor_of_a_right_hand_side():
    assert force_flops(10, 100) == 20_000
    assert gram_flops(10, 100) == 10_000
    assert rhs_flops(10, 100) == 30_000


def test_gap_and_shares():
    tally = Tally(dense_seconds=2.0, sparse_seconds=1.0, dense_flops=3e9)
    found = row(4.0, 10, tally, rate=3e9)
    assert found["floor_seconds"] == 1.0
    assert found["times_the_floor"] == 4.0
    assert found["share_in_products"] == 0.75
    assert found["dense_products_of_sgemm_rate"] == 0.5


def test_products_of_a_real_solve_are_counted():
    case = Case(8, 40, 0.1)  # more weights than are kept dense throughout
    seconds, rhs, tally = tallied(case, "tight")
    made = tally.dense_grams + tally.dense_forces + tally.sparse_products
    assert 0 < tally.dense_forces < tally.dense_grams  # forces turn sparse first
    assert 2 * rhs - 4 <= made <= 2 * rhs + 4
    whole = tally.dense_grams * gram_flops(8, 40) + tally.dense_forces * force_flops(8, 40)
    assert whole / 8 < tally.dense_flops < whole  # of fewer and fewer living neurons
    assert 0 < tally.dense_seconds + tally.sparse_seconds < seconds


def test_exponent_of_a_power_law():
    sizes = [32, 64, 128]
    assert math.isclose(exponent(sizes, [2.0 * n**2.7 for n in sizes]) or 0, 2.7)
    assert exponent(sizes[:2], [1.0, 2.0]) is None


def test_exponents_are_of_each_curve_and_preset():
    parts = {
        f"{curve}={size}": {
            "curve": curve,
            "size": size,
            "fast_seconds": size**power,
            "tight_seconds": 2 * size**power,
        }
        for curve, power in (("n", 2.5), ("m", 0.5))
        for size in (16, 32, 64)
    }
    fits = exponents(parts)
    assert fits == pytest.approx({"n/fast": 2.5, "n/tight": 2.5, "m/fast": 0.5, "m/tight": 0.5})


def test_points_are_of_one_curve_and_by_size():
    parts = {
        "n=64": {"curve": "n", "size": 64, "fast_seconds": 2.0},
        "n=32": {"curve": "n", "size": 32, "fast_seconds": 1.0},
        "m=64": {"curve": "m", "size": 64, "fast_seconds": 9.0},
    }
    assert points(parts, "n", "fast") == ([32, 64], [1.0, 2.0])


def test_the_collision_experiment_is_the_published_one():
    cells = flow_cells(FULL)
    assert {cell.measure for cell in cells} == {"flow"}
    assert {cell.settings["m"] for cell in cells} == set(range(256, 4097, 256))
    assert {(cell.settings["n"], cell.settings["l1"]) for cell in cells} == {(256, 0.001)}
    assert sum(cell.settings["seeds"] for cell in cells) == 256
    assert sum(cell.settings["seeds"] for cell in flow_cells(with_share(FULL, 1 / 8))) == 32
    assert with_share(FULL, 0.001).seeds == 1
