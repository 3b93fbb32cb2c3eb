"""Shams that end in another optimum, further seeds where the first leave it open, finalists."""

import numpy as np
import pytest
import torch

from polysem._diagnose.origin import removal
from polysem._diagnose.origin import shams as module
from polysem._diagnose.origin.copies import Measured, median
from polysem._diagnose.origin.network import stacked
from polysem._diagnose.origin.removal import measure_removals, still_open
from polysem._diagnose.origin.retrain import Horizon, retrain
from polysem._diagnose.origin.shams import (
    OWN_DATA,
    SHAMS,
    Sham,
    Shams,
    further,
    measure_shams,
)
from polysem._diagnose.origin.tied import TiedNetwork

SHORT = Horizon(steps=20)


@pytest.fixture
def pairs():
    """Eight features in antipodal pairs on neurons 0 to 2, two alone, and a free neuron."""
    W = torch.zeros(8, 6)
    W[torch.arange(8), torch.tensor([0, 0, 1, 1, 2, 2, 3, 4])] = torch.tensor([1.0, -1] * 4)
    return TiedNetwork(W, 0.01)


def measured(*gaps):
    values = torch.tensor(gaps, dtype=torch.float64)
    return Measured(values, torch.ones_like(values), torch.zeros_like(values))


def test_a_sham_in_another_optimum_is_replaced_by_the_typical_one():
    shams = [Sham(torch.tensor([loss]), 3) for loss in (0.500, 0.501, 0.519, 0.522, 0.400)]
    found = Shams(dict(enumerate(shams)), shams[1], worth=1.0)
    chosen = [found.of(seed) for seed in range(5)]
    assert [a is b for a, b in zip(chosen, shams, strict=True)] == [True] * 3 + [False] * 2
    assert chosen[3] is chosen[4] is shams[1]
    assert found.jumped == 2 / 5
    diverged = Shams({0: shams[0], 1: Sham(torch.tensor([torch.nan]), 3)}, shams[0], 1.0)
    assert diverged.of(1) is shams[0]


def test_shams_are_of_the_seeds_and_of_the_numbers_after_them(pairs):
    assert further((0, 1), 5) == (0, 1, 2, 3, 4)
    assert further((7, 3), 4) == (7, 3, 8, 9)
    found = measure_shams(pairs, SHORT, (7, 3))
    assert tuple(found.own) == further((7, 3), SHAMS)
    alone = retrain(pairs, stacked(pairs.parameters(), 1), None, SHORT, 3)
    assert found.own[3].losses.tolist() == pytest.approx(pairs.losses(alone)[0].tolist())
    assert found.jumped == 0


def test_a_count_that_retraining_raises_is_the_one_before(pairs, monkeypatch):
    """The sham takes up collisions: what has as many as before has not lost any."""
    before = 3
    shared = torch.zeros_like(pairs.W)
    shared[:, :4] = torch.tensor([1.0, -1] * 4)[:, None]

    def worse(network, start, mask, horizon, seed):
        return stacked({"W": shared}, len(start["W"]))

    monkeypatch.setattr(module, "retrain", worse)
    found = measure_shams(pairs, SHORT, (0, 1))
    assert {sham.count for sham in (*found.own.values(), found.typical)} == {before}
    monkeypatch.setattr(
        module, "retrain", lambda n, start, *_: {"W": start["W"] * (start["W"] > 0)}
    )
    fewer = measure_shams(pairs, SHORT, (0, 1))
    assert fewer.own[0].count == fewer.typical.count == 3  # features without a neuron


def test_the_typical_sham_is_the_still_one(pairs):
    found = measure_shams(pairs, SHORT, (7, 3))
    calm = SHORT.model_copy(update={"jitter": 0})
    still = retrain(pairs, stacked(pairs.parameters(), 1), None, calm, 7)
    assert float(found.typical.losses) == float(pairs.losses(still)[0])
    assert float(found.typical.losses) == float(measure_shams(pairs, SHORT, (1, 2)).typical.losses)
    assert float(found.typical.losses) not in [float(s.losses) for s in found.own.values()]


def test_where_seeds_bring_their_own_data_the_middle_sham_is_typical(pairs):
    pairs.same_data = False
    found = measure_shams(pairs, SHORT, (7, 3))
    losses = [float(s.losses.mean()) for s in found.own.values()]
    assert len(losses) == OWN_DATA
    assert float(found.typical.losses.mean()) == np.median(losses)


@pytest.mark.parametrize(("away", "still"), [(13, True), (14, False)])
def test_a_still_sham_that_nearly_all_others_leave_is_not_typical(pairs, away, still):
    """On a ridge only a retraining without noise stays."""

    class Ridge(TiedNetwork):
        def losses(self, parameters):
            found = super().losses(parameters).clone()
            found[:away] -= self.worth * (len(found) == SHAMS)
            return found

    found = measure_shams(Ridge(pairs.W, pairs.problem), SHORT, (0, 1))
    plain = measure_shams(pairs, SHORT, (0, 1)).typical
    off = float(plain.losses) - float(found.typical.losses)
    assert off == pytest.approx(0 if still else pairs.worth, abs=0.01 * pairs.worth)
    assert found.jumped == pytest.approx((away if still else SHAMS - away) / SHAMS)


def test_open_near_epsilon_or_where_seeds_differ():
    assert not still_open(measured([0.009, 0.005], [0.5, 0.6]))
    assert not still_open(measured([0.5, 0.519]))
    assert still_open(measured([0.5, 0.521]))
    assert still_open(measured([0.011, 0.009]))
    assert still_open(measured([0.029, 0.031]))
    assert still_open(measured([torch.inf, torch.inf]))
    assert not still_open(measured([torch.nan, 0.5], [0.5, torch.inf]))


def test_finalists_go_on_with_further_seeds():
    first = measured([0.3], [0.1], [torch.nan], [0.2])
    assert first.cheapest(2) == [1, 3]
    both = first.beside(measured([0.4, 0.05], [0.15, 0.25]), [1, 3])
    assert both.gaps[[0, 2], 1:].isinf().all()
    assert both.each.tolist() == pytest.approx([0.1, 0.15, 0.05])
    assert median(both.each) == pytest.approx(0.1)
    assert median(torch.tensor([1.0, torch.inf])) == torch.inf
    assert median(torch.tensor([2.0, 1.0])) == 1.5


def test_only_open_neurons_get_more_seeds_and_only_finalists_are_retrained(pairs, monkeypatch):
    counted = []
    every = -torch.inf  # no first move is enough
    plain = measure_removals(pairs, SHORT, progress=lambda *t: counted.append(t), free=every)
    assert [len(r.each) for r in plain] == [2, 2, 2]
    assert counted[-1] == (3 * (4 + 2), 3 * (4 + 2))
    asked = iter([True, False, True])
    monkeypatch.setattr(removal, "still_open", lambda _: next(asked))
    more = measure_removals(
        pairs, SHORT, most=4, finalists=1, progress=lambda *t: counted.append(t), free=every
    )
    assert [len(r.each) for r in more] == [4, 2, 4]
    assert counted[-1] == (3 * (4 + 1) + 2 * 2, 3 * (4 + 1) + 2 * 2)
    for one, other in zip(plain, more, strict=True):
        assert one.each[0] == pytest.approx(other.each[0], abs=1e-6)
        assert other.cost == pytest.approx(float(np.median(other.each)))
        assert (other.low, other.high) == (min(other.each), max(other.each))


def test_a_lucky_sham_does_not_make_neurons_dear(pairs):
    """Seeds whose shams alone find a better optimum: the still one stands in for them."""

    class Lucky(TiedNetwork):
        def losses(self, parameters):
            found = super().losses(parameters).clone()
            found[:3] -= self.worth * (len(found) == SHAMS)  # of three seeds, among shams only
            return found

    honest = measure_removals(pairs, SHORT)
    lucky = measure_removals(Lucky(pairs.W, pairs.problem), SHORT)
    assert lucky[0].jumped == 3 / SHAMS
    assert [r.cost for r in lucky] == pytest.approx([r.cost for r in honest], abs=1e-3)
