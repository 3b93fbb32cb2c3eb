"""The matched retraining on the base model, whose answers pigeonholes give (issue 6)."""

import numpy as np
import pytest
import torch

import polysem
from polysem._diagnose import own_runs
from polysem._diagnose.origin.layer import measure_origin
from polysem._diagnose.origin.moves import best_moves
from polysem._diagnose.origin.network import represented, sharing, stacked
from polysem._diagnose.origin.removal import measure_removals, occupants
from polysem._diagnose.origin.retrain import Horizon, retrain
from polysem._diagnose.origin.tied import TiedNetwork
from polysem._diagnose.origin.verdict import verdict
from polysem._diagnose.own_runs import caused_by_start, network_of

HORIZON = Horizon()


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def networks(n, m, seeds, l1=0.01):
    """End states of the flow: one weight a = 1 − λ/8 per feature, no two on one signed slot."""
    found = []
    for seed in range(seeds):
        slots = np.random.default_rng(seed).permutation(2 * m)[:n]
        W = np.zeros((n, m), dtype=np.float32)
        W[np.arange(n), slots // 2] = np.where(slots % 2, 1, -1) * (1 - l1 / 8)
        found.append(TiedNetwork(W, l1))
    return found


def test_every_slot_full_is_necessary_and_a_feature_dies():
    """m = n/2: 2m slots for n features, so purity costs a whole feature, 1 − λ of its worth."""
    found = [r for network in networks(12, 6, 1) for r in measure_removals(network, HORIZON)]
    assert len(found) == 6
    assert [verdict(r) for r in found] == ["necessary"] * 6
    assert [r.cost for r in found] == pytest.approx([1 - 0.01] * 6, abs=0.005)
    assert all(r.count_falls <= 0 for r in found)


@pytest.mark.parametrize("m", [12, 24])
def test_enough_neurons_is_removable(m):
    """m ≥ n: at least 95 % removable (issue 6)."""
    found = [r for network in networks(12, m, 3) for r in measure_removals(network, HORIZON)]
    assert len(found) >= 3
    assert np.mean([verdict(r) == "removable" for r in found]) >= 0.95
    assert all(r.count_falls >= 1 for r in found)


def test_removable_and_merely_moving_are_told_apart():
    """n = 12, m = 8: purity is free for each neuron, but n − m = 4 polysemantic ones must be."""
    for network in networks(12, 8, 3):
        origin = measure_origin(network, HORIZON)
        spare = len(origin.removals) - 4
        assert [verdict(r) for r in origin.removals] == ["removable"] * len(origin.removals)
        assert all((r.count_falls >= 1) == (spare > 0) for r in origin.removals)
        assert origin.together is not None
        assert origin.together.removed == spare


def test_the_whole_layer_at_once_where_there_is_room():
    origins = [measure_origin(network, HORIZON) for network in networks(12, 16, 3)]
    shares = [o.together.share for o in origins if o.together is not None and o.removals]
    assert shares == [1.0] * len(shares)
    assert shares


def test_a_planted_pair_by_hand():
    """e₀ and −e₁ on neuron 0, neuron 2 free: the best move costs nothing before retraining."""
    W = torch.tensor([[1.0, 0, 0], [-1.0, 0, 0], [0, 1.0, 0]])
    network = TiedNetwork(W, 0.0)
    assert occupants(network) == {0: [0, 1]}
    best = best_moves(network, 0, [0, 1])[0]
    assert best.kind == "relocate"
    assert best.homes in (((1, 2),), ((0, 2),), ((1, 1),), ((0, 1),))
    assert best.loss == pytest.approx(0, abs=1e-9)
    full = TiedNetwork(torch.tensor([[1.0], [-1.0]]), 0.0)
    (removal,) = measure_removals(full, HORIZON)
    assert removal.cost == pytest.approx(1, abs=1e-6)  # one of two features is lost: loss 1
    assert removal.static == pytest.approx(1, abs=1e-6)


def test_rotation_keeps_the_loss_without_a_penalty():
    """A linear layer without ℓ1, fewer features than neurons: any neuron made pure for nothing."""
    generator = torch.Generator().manual_seed(1)
    Q = torch.linalg.qr(torch.randn(8, 8, generator=generator)).Q
    network = TiedNetwork(Q[:5], 0.0)
    for neuron in range(8):
        moves = best_moves(network, neuron, [0, 1, 2], most=12)
        rotation = min((m for m in moves if m.kind == "rotate"), key=lambda m: m.loss)
        assert rotation.loss == pytest.approx(0, abs=1e-8)
        W = rotation.parameters["W"]
        assert torch.count_nonzero(W[:, neuron]) == 1
        assert torch.allclose(W @ W.T, torch.eye(5), atol=1e-4)


def test_batched_retraining_is_torchs_adam_copy_by_copy():
    """Own batched Adam against torch.optim.Adam on one copy with the mask put back every step."""
    (network,) = networks(8, 6, 1)
    horizon = Horizon(steps=30)
    moves = best_moves(network, *next(iter(occupants(network).items())))
    start = {"W": torch.stack([m.parameters["W"] for m in moves])}
    mask = torch.stack([m.mask for m in moves])
    after = retrain(network, start, mask, horizon, seed=3)["W"]
    noise = torch.randn(network.W.shape, generator=torch.Generator().manual_seed(3))
    noise *= network.W.norm(dim=1).square().mean().sqrt() * horizon.jitter
    for copy in range(len(moves)):
        W = torch.nn.Parameter((start["W"][copy] + noise) * mask[copy])
        adam = torch.optim.Adam([W], lr=1.0)
        for rate in horizon.rates().tolist():
            adam.param_groups[0]["lr"] = rate
            adam.zero_grad()
            network.problem.loss(W).backward()
            adam.step()
            with torch.no_grad():
                W *= mask[copy]
        assert torch.allclose(W.detach(), after[copy], atol=2e-5)
        assert not (after[copy] * (1 - mask[copy])).any()


def test_a_dead_or_smeared_feature_is_no_fall_of_the_count():
    network = TiedNetwork(torch.eye(4), 0.0)
    dead = torch.diag(torch.tensor([1.0, 1, 1, 0]))
    smeared = torch.cat([torch.eye(4)[:3], torch.full((1, 4), 0.5)])
    copies = {"W": torch.stack([torch.eye(4), dead, smeared])}
    assert sharing(network, copies).tolist() == [0, 1, 1]
    assert represented(network, copies)[0].equal(torch.eye(4, dtype=torch.bool))


def test_same_seed_same_bits_whatever_is_beside_it():
    (network,) = networks(12, 10, 1)
    held = occupants(network)
    alone = measure_removals(network, HORIZON, neurons=(min(held),))[0]
    again = measure_removals(network, HORIZON, neurons=(min(held),))[0]
    beside = measure_removals(network, HORIZON)[0]
    assert alone == again
    assert beside.each == pytest.approx(alone.each, abs=1e-5)
    start = stacked(network.parameters(), 1)
    assert not torch.equal(
        retrain(network, start, None, HORIZON, 0)["W"],
        retrain(network, start, None, HORIZON, 1)["W"],
    )


def test_init_caused_is_everyone_where_there_is_room_and_no_one_where_there_is_none():
    """PHYSICS: m ≫ n leaves 3 % polysemantic; with every slot full the neuron always fills up."""
    wide = polysem.simulate(12, 24, 0.02, seeds=6, record=())
    full = polysem.simulate(16, 8, 0.01, seeds=1, record=())
    seed = int(np.argmax([row["polysemantic"] for row in wide.census.to_dicts()]))
    caused = caused_by_start(wide, seed, occupants(network_of(wide, seed)))
    assert caused
    assert all(caused.values())
    assert list(caused_by_start(full, 0, occupants(network_of(full, 0))).values()) == [False] * 8


TRAINED = {"steps": 1500, "lr": 0.01, "record": ()}


@pytest.mark.parametrize("noise", [{}, {"noise": {"kind": "gaussian", "std": 0.05}}, {"batch": 8}])
def test_init_caused_of_a_trained_run_is_by_the_same_training(noise):
    """Unchanged starts lead to the run's own end; then changed ones, beside training by hand."""
    run = polysem.train(10, 16, 0.02, seeds=3, seed=5, **TRAINED, **noise)
    counts = [row["polysemantic"] for row in run.census.to_dicts()]
    k = int(np.argmax(counts))
    held = occupants(network_of(run, k))
    assert held
    again = own_runs._trained(run, run.seeds[k], np.stack([run.start[k]] * 2))
    np.testing.assert_allclose(again, np.stack([run.end[k]] * 2), atol=1e-6)
    found = polysem.diagnose(run, network=k, init_caused=True, horizon=5, together=False, draws=20)
    rows = {row["neuron"]: row["init_caused"] for row in found.to_dicts() if row["polysemantic"]}
    for neuron, features in held.items():
        start = run.start[k].copy()
        winner = max(features, key=lambda f: abs(start[f, neuron]))
        start[np.arange(10) != winner, neuron] = 0
        end = own_runs._trained(run, run.seeds[k], start[None])[0]
        share = np.abs(end) / np.linalg.norm(end, axis=1, keepdims=True)
        assert rows[neuron] == ((share[:, neuron] > 0.5).sum() < 2)


def test_seeds_together_are_the_seeds_one_by_one():
    """Batching over retraining seeds changes the processor's time and nothing else."""
    (network,) = networks(12, 8, 1)
    horizon = Horizon(steps=20, jitter=0.05)
    together = measure_removals(network, horizon, (3, 5, 8))
    network.same_data = False
    apart = measure_removals(network, horizon, (3, 5, 8))
    assert len(together) == len(apart) > 0
    for one, other in zip(together, apart, strict=True):
        assert one.each == pytest.approx(other.each, abs=1e-5)
        assert one.count_falls == other.count_falls
    assert max(np.ptp(one.each) for one in together) > 1e-4  # seeds do differ
