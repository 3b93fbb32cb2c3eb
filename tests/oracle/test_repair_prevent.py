"""Methods against what they must equal: theory, each other, and the flow in one piece."""

from typing import Any

import numpy as np
import pytest
import torch

import polysem
from polysem._repair.judge.further import further
from polysem._repair.judge.held_out import inputs, loss_in_pairs, plain_losses
from polysem._repair.prevent.annealed import Annealed
from polysem._repair.prevent.disjoint import Disjoint
from polysem._repair.prevent.leak import Leak
from polysem._repair.prevent.more_neurons import MoreNeurons
from polysem._repair.prevent.negative_overlap import NegativeOverlap
from polysem._repair.prevent.pieces import piece_of, rest_of
from polysem._repair.prevent.registry import method
from polysem._repair.prevent.solving import solved


@pytest.fixture(scope="module")
def plain():
    return polysem.simulate(n=12, m=24, l1=0.1, seeds=6)


def test_a_leak_is_a_cost_of_its_square_on_negative_overlaps(plain):
    one, two = Leak(slope=0.3).run(plain), NegativeOverlap(strength=0.09).run(plain)
    np.testing.assert_allclose(one.end, two.end, atol=1e-6)


def test_pieces_of_the_same_strength_are_the_flow_in_one_piece(plain):
    chained = Annealed(first=1.0, count=3, time=0.3).run(plain)
    assert np.array_equal(chained.start, plain.start)
    assert np.array_equal(np.abs(chained.end).argmax(-1), np.abs(plain.end).argmax(-1))
    np.testing.assert_allclose(chained.end, plain.end, atol=2e-5)
    assert all(a["steps"] > b["steps"] for a, b in zip(chained.solves, plain.solves, strict=True))


def test_a_schedule_is_the_pieces_solved_by_hand(plain):
    """Against the reference stepper with its own λ in each piece."""
    state, chained = plain.start[:1], plain.start
    factors = []
    for piece in Annealed(first=0.5, count=2, time=0.1).pieces(plain.spec):
        settings: Any = {"t_max": piece.length, "method": "reference", "dt": 1e-3}
        state = polysem.simulate(start=state, l1=piece.factor * 0.1, **settings).end
        chained = solved(piece_of(plain.spec, piece), chained, plain.seeds).end
        factors.append(piece.factor)
        np.testing.assert_allclose(chained[0], state[0], atol=1e-3)
    assert factors == [0.625, 0.875]
    end = solved(rest_of(plain.spec, 0), chained, plain.seeds).end
    assert np.array_equal(Annealed(first=0.5, count=2, time=0.1).run(plain).end, end)


def test_disjoint_starts_leave_no_collision_whatever_the_seed():
    plain = polysem.simulate(n=16, m=16, l1=0.05, seeds=12)
    assert plain.census.total("polysemantic") > 0
    assert Disjoint().run(plain).census.total("polysemantic") == 0
    assert Disjoint().expected(16, 16).value == 0


def test_more_neurons_is_the_plain_run_with_more_neurons(plain):
    wider = polysem.simulate(n=12, m=60, l1=0.1, seeds=6)
    assert np.array_equal(MoreNeurons(times=2.5).run(plain).end, wider.end)


def test_trained_pieces_take_as_many_steps_as_the_plain_training():
    plain = polysem.train(n=5, m=10, seeds=2, steps=200, device="cpu")
    spec = plain.spec
    schedule = Annealed(count=4)
    pieces = schedule.pieces(spec)
    parts: list[Any] = [piece_of(spec, piece) for piece in pieces]
    taken = sum(part.train.steps for part in parts)
    rest: Any = rest_of(spec, taken)
    assert taken + rest.train.steps == 200
    run = schedule.run(plain)
    assert [solve["steps"] for solve in run.solves] == [200, 200]
    assert not np.array_equal(run.end, plain.end)


def test_noise_comes_from_the_seed_and_only_while_training():
    plain = polysem.train(n=5, m=10, seeds=2, steps=50, device="cpu", seed=3)
    one = method({"kind": "noise", "std": 0.2, "excess": 4}).run(plain)
    alone = polysem.train(
        n=5, m=10, seeds=2, steps=50, device="cpu", seed=3,
        noise={"kind": "three_point", "std": 0.2, "excess": 4},
    )  # fmt: skip
    assert np.array_equal(one.end, alone.end)
    later: Any = further(one, plain.spec).spec
    assert later.train.noise.kind == "none"


def test_plain_losses_are_those_of_the_base_model(rng):
    W = rng.normal(size=(5, 7)) / 2
    problem = polysem.simulate(n=5, m=7, l1=0.3, t_max=0.01).spec.network.problem
    whole, bare = plain_losses(problem, W)
    assert whole == pytest.approx(float(polysem.network.loss(W, 0.3)))
    assert bare == pytest.approx(float(polysem.network.reconstruction_loss(W)))


def test_loss_in_pairs_is_the_mean_over_all_pairs_written_out(rng):
    W = rng.normal(size=(5, 7)) / 2
    problem = polysem.simulate(n=5, m=7, l1=0.3, t_max=0.01).spec.network.problem
    found = []
    for i in range(5):
        for j in range(i):
            x = np.zeros(5)
            x[[i, j]] = 1
            found.append(((np.maximum(W @ (W.T @ x), 0) - x) ** 2).sum())
    assert loss_in_pairs(problem, W) == pytest.approx(np.mean(found) * 5 / 2)


def test_held_out_draws_are_neither_the_fixed_ones_nor_a_training_batch():
    from pydantic import TypeAdapter

    from polysem._network.data import Data

    law = TypeAdapter(Data).validate_python({"kind": "bernoulli", "probability": 0.1})
    X, counts = inputs(law, 40)
    fixed = law.draw(len(X), 40, torch.Generator().manual_seed(0)).numpy()
    assert not np.array_equal(X, fixed)
    assert counts.sum() * (X**2).sum(1).mean() == pytest.approx(40, rel=0.05)
