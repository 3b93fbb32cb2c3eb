"""Batches: every way in which a seed can end, independence of seeds, recording, memory."""

import numpy as np
import pytest
import torch

from polysem import flow
from polysem._errors import BadInput, RunFailed
from polysem._flow.batched import batch as batch_module
from polysem._flow.batched import device as device_module
from polysem._flow.batched import solve as solve_module
from polysem._flow.batched import solve_batch
from polysem._flow.batched.motion import BatchMotion
from polysem._flow.batched.pace import Paces
from polysem._flow.options import FlowOptions
from polysem._flow.outcome import Outcome
from polysem._network import Problem
from polysem._network.penalty import Penalty


class Recording:
    """Keeps the times and weights of every accepted step, or of none."""

    def __init__(self, wanted=False):
        self.wanted, self.times, self.states = wanted, [], []

    def wants(self, t):
        return self.wanted

    def offer(self, t, W):
        self.times.append(t)
        self.states.append(W.copy())

    def finish(self, t, W):
        return {"t": np.array([*self.times, t])}


def starts(n, m, seeds=3):
    return np.stack([np.random.default_rng(s).normal(0, m**-0.5, (n, m)) for s in range(seeds)])


def solve(W0, l1=0.05, recorders=None, **options):
    recorders = recorders or [Recording() for _ in W0]
    return solve_batch(W0, Problem(l1=l1), FlowOptions.build(**options), recorders)


def same_bits(a, b):
    return (a.end.tobytes(), a.t, a.steps) == (b.end.tobytes(), b.t, b.steps)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(8, 16), (24, 96)])
def test_converged_with_a_certificate_that_holds(shape, dtype):
    for s in solve(starts(*shape), dtype=dtype):
        assert s.outcome is Outcome.CONVERGED
        assert s.certificate.holds
        assert s.method == "batched"
        assert s.end.shape == shape
        assert s.end.dtype == dtype
        assert s.end.flags.c_contiguous
        assert ((s.end != 0).sum(1) == 1).all()
        assert s.rhs_evaluations > s.steps > 10


def test_the_start_is_not_written_to_and_gives_the_same_bits_again():
    W0 = starts(8, 32).astype(np.float32)
    before = W0.copy()
    first, again = solve(W0), solve(W0)
    np.testing.assert_array_equal(W0, before)
    assert all(map(same_bits, first, again))


@pytest.mark.parametrize("shape", [(5, 7), (8, 32), (24, 48)])
def test_on_the_cpu_no_bit_of_a_seed_depends_on_the_others(shape):
    """As long as another one moves: products of a single matrix take another way in torch.

    A budget of steps, which all spend at once: with one of time, the slowest is alone at last.
    """
    W0 = starts(*shape, seeds=5)
    together, turned = solve(W0, max_steps=150), solve(W0[[3, 0, 4]], max_steps=150)
    assert all(map(same_bits, turned, (together[i] for i in (3, 0, 4))))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_start_that_is_not_finite_is_named_and_disturbs_nobody(bad):
    W0 = starts(8, 32, seeds=4)
    clean = solve(W0, t_max=20)
    W0[1, 3, 5] = bad
    found = solve(W0, t_max=20)
    assert found[1].outcome is Outcome.BAD_START
    assert found[1].steps == found[1].rhs_evaluations == 0
    assert not found[1].certificate.holds
    assert all(same_bits(found[i], clean[i]) for i in (0, 2, 3))


def test_a_seed_that_blows_up_on_the_way_is_named_and_disturbs_nobody(monkeypatch):
    W0 = starts(8, 32, seeds=4)
    clean = solve(W0, t_max=20)
    attempt, calls = BatchMotion.attempt, []

    def poisoned(self, h):
        calls.append(h)
        if len(calls) == 12:
            self._B[2] = torch.nan
        return attempt(self, h)

    monkeypatch.setattr(BatchMotion, "attempt", poisoned)
    found = solve(W0, t_max=20)
    assert found[2].outcome is Outcome.DIVERGED
    assert found[2].steps == 11
    assert np.isfinite(found[2].end).all()  # the last state that stood
    assert all(same_bits(found[i], clean[i]) for i in (0, 1, 3))


def test_seeds_that_end_in_different_ways_share_a_batch():
    W0 = starts(4, 8, seeds=5)
    W0[1] = 0
    W0[2] = 2000 * np.eye(4, 8)
    W0[3] *= 1e-3  # no weight survives this λ
    found = [s.outcome for s in solve(W0, l1=0.1)]
    assert found == ["converged", "all_dead", "diverged", "all_dead", "converged"]


def test_all_features_die_above_the_threshold():
    for s in solve(starts(8, 16), l1=2.0):
        assert s.outcome is Outcome.ALL_DEAD
        assert not s.end.any()
        assert s.t < 1


def test_without_l1_it_is_stationary_and_dense():
    for s in solve(starts(6, 12), l1=0.0):
        assert s.outcome is Outcome.STATIONARY
        assert (s.end != 0).all()
        assert s.certificate.max_overlap < 1e-3


def test_many_more_features_than_neurons_is_stationary():
    for s in solve(starts(20, 5, seeds=2), l1=0.05):
        assert s.outcome is Outcome.STATIONARY
        assert s.certificate.max_overlap > 0.05


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 1), (3, 2)])
def test_odd_shapes_end(shape):
    assert all(s.outcome.final for s in solve(0.5 * np.sign(starts(*shape)) + 0.1))


def test_a_lone_weight_reaches_the_root_of_its_equation():
    w = solve(np.array([[[-0.4]]]), dtype="float64")[0].end[0, 0]
    assert w < -0.9
    assert 4 * (1 - w**2) * abs(w) == pytest.approx(0.05, abs=1e-9)


def test_budgets_are_reported_and_the_partial_states_are_kept():
    W0 = starts(8, 16)
    ways = {
        Outcome.TIME_LIMIT: {"t_max": 3.0},
        Outcome.STEP_LIMIT: {"max_steps": 5},
        Outcome.SECONDS_LIMIT: {"max_seconds": 1e-9},
    }
    for outcome, budget in ways.items():
        for W, s in zip(W0, solve(W0, **budget), strict=True):
            assert s.outcome is outcome
            assert (s.end != W.astype("float32")).any()
            assert (s.end != 0).sum(1).max() > 1
            assert s.t == pytest.approx(3.0) if "t_max" in budget else s.steps <= 5


def test_rejected_steps_are_counted_and_take_no_time(monkeypatch):
    """Every third step of the middle seed is rejected while it has company."""
    judge, calls = Paces.judge, []

    def strict(self, h, error):
        stands = judge(self, h, error)
        if len(h) == 3:
            calls.append(h)
            stands[1] &= len(calls) % 3 > 0
        return stands

    clean = solve(starts(8, 32), t_max=5)
    monkeypatch.setattr(Paces, "judge", strict)
    found = solve(starts(8, 32), t_max=5)
    assert all(s.t == pytest.approx(5) for s in found)
    assert same_bits(found[0], clean[0])
    assert same_bits(found[2], clean[2])
    assert found[1].rhs_evaluations - 1 - found[1].steps >= len(calls) // 3 > 5
    assert 0 < np.abs(found[1].end - clean[1].end).max() < 2e-3


@pytest.mark.parametrize("shape", [(8, 16), (24, 48)])
def test_recording_never_changes_a_bit(shape):
    W0 = starts(*shape)
    recorders = [Recording(True), Recording(False), Recording(True)]
    watched, alone = solve(W0, recorders=recorders), solve(W0)
    assert all(map(same_bits, watched, alone))
    for i in (0, 2):
        times = recorders[i].times
        assert len(times) == alone[i].steps + 1
        assert times == sorted(times)
        assert recorders[i].states[0] == pytest.approx(W0[i], abs=1e-6)
        assert np.abs(recorders[i].states[-1] - watched[i].end).max() < 0.05
    assert recorders[1].times == []


def test_memory_decides_how_many_seeds_go_together(monkeypatch):
    sizes = []

    class Counted(batch_module.Batch):
        def __init__(self, starts, *rest):
            sizes.append(len(starts))
            super().__init__(starts, *rest)

    monkeypatch.setattr(solve_module, "Batch", Counted)
    W0 = starts(6, 24, seeds=5)
    together = solve(W0, t_max=10)
    each = (device_module.STATES * 6 * 24 + device_module.OVERLAPS * 36) * 4
    monkeypatch.setattr(device_module, "CPU_ROOM", int(2.5 * each / device_module.SHARE))
    split = solve(W0, t_max=10)
    assert sizes == [5, 2, 2, 1]
    assert all(map(same_bits, together[:4], split[:4]))
    assert np.abs(together[4].end - split[4].end).max() < 1e-4
    monkeypatch.setattr(device_module, "CPU_ROOM", 1)
    assert device_module.seeds_that_fit(torch.device("cpu"), 6, 24, torch.float64) == 1


@pytest.mark.parametrize(("n", "m"), [(16, 512), (48, 32)])
def test_steps_hold_no_more_arrays_than_memory_is_asked_for(n, m):
    """Bytes that torch takes in a step of a batch, against what `seeds_that_fit` counts on."""
    from torch.profiler import ProfilerActivity, profile

    seeds = 4
    A = torch.from_numpy(np.ascontiguousarray(starts(n, m, seeds).transpose(0, 2, 1))).float()
    motion = BatchMotion(A, 0.05)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        motion.attempt(motion.first_step)
        motion.decide(np.array([True, False, True, True]))
    scratch = np.cumsum(memory_changes(record)).max()
    kept = (3 * m * n + 9 * n * n) * seeds * 4
    allowed = (device_module.STATES * m * n + device_module.OVERLAPS * n * n) * seeds * 4
    assert allowed / 2 < kept + scratch <= allowed


def memory_changes(record):
    """Changes of the memory held, in order of time."""
    events = [e for e in record.profiler.kineto_results.events() if e.name() == "[memory]"]
    return [e.nbytes() for e in sorted(events, key=lambda e: e.start_ns())]


def test_a_network_beyond_the_base_model_is_refused():
    with pytest.raises(BadInput, match="base model only.*device = 'cpu'"):
        solve_batch(
            starts(4, 8), Problem(0.1, penalty=Penalty(l2=0.1)), FlowOptions(), [Recording()] * 3
        )


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_one_sentence(monkeypatch, name):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(BadInput, match=f"'{name}' isn't there; this machine offers cpu"):
        solve(starts(4, 8), device=name)


def test_starts_and_recorders_must_fit_together():
    with pytest.raises(BadInput, match=r"shape \(3, 4, 8\) and there are 1 recorders"):
        solve(starts(4, 8), recorders=[Recording()])
    with pytest.raises(BadInput, match=r"\(seeds, n, m\)"):
        solve(starts(4, 8)[0], recorders=[Recording()] * 4)


def test_settings_of_torch_change_only_while_a_batch_computes(monkeypatch):
    attempt, during = BatchMotion.attempt, []

    def watched(self, h):
        during.append((torch.get_float32_matmul_precision(), torch.get_num_threads()))
        return attempt(self, h)

    monkeypatch.setattr(BatchMotion, "attempt", watched)
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    torch.set_float32_matmul_precision("high")
    try:
        start_of, options = starts(4, 8).__getitem__, FlowOptions()
        solved = solve_module.solve_indices(
            range(2), (4, 8), start_of, lambda _: Recording(), Problem(0.1), options
        )
        next(solved)  # and waits in the middle of the batch
        assert (torch.get_float32_matmul_precision(), torch.get_num_threads()) == ("high", 2)
        assert not torch.is_inference_mode_enabled()
        assert set(during) == {("highest", 1)}
    finally:
        torch.set_float32_matmul_precision("highest")
        torch.set_num_threads(threads)


def test_gradients_and_autocast_around_it_change_nothing():
    plain = solve(starts(4, 16))
    with torch.autocast("cpu", dtype=torch.bfloat16), torch.enable_grad():
        assert all(map(same_bits, solve(starts(4, 16)), plain))


def test_want_of_device_memory_is_named(monkeypatch):
    def full(self, h):
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(BatchMotion, "attempt", full)
    with pytest.raises(RunFailed, match="ran out of memory"):
        solve(starts(4, 8))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"device": "gpu"}, "device = 'gpu' is not allowed.*'cpu', 'cuda' or 'mps'"),
        ({"device": "cuda", "method": "reference"}, "method = 'reference' does not run on"),
        ({"device": "cuda", "check": True}, "check = True does not go with"),
        ({"device": "mps", "dtype": "float64"}, "'mps' computes no float64"),
    ],
)
def test_what_a_device_does_not_do_is_said_before_anything_runs(settings, said):
    with pytest.raises(BadInput, match=said):
        FlowOptions.build(**settings)


def test_the_face_solves_in_batches_on_a_device(monkeypatch):
    """The whole way through the face, with the CPU in the place of a graphics processor."""
    monkeypatch.setattr(solve_module, "device_for", lambda options: torch.device("cpu"))
    spec = flow.SimulateSpec.build(network={"n": 6, "m": 24, "l1": 0.1}, seeds=3, seed=5)
    ours, theirs = flow.solve(spec, device="cuda"), flow.solve(spec, workers=1)
    for a, b in zip(ours, theirs, strict=True):
        assert (a.method, b.method) == ("batched", "engine")
        assert np.abs(a.end - b.end).max() < 1e-5
        assert set(a.trajectory) == set(b.trajectory)
        early = slice(0, 10)
        for name in ("t", "l1_norm", "loss"):
            near = pytest.approx(b.trajectory[name][early], rel=1e-3)
            assert a.trajectory[name][early] == near
    given = np.stack([s.end for s in theirs])[:, :, ::-1] * 0.5
    assert [s.outcome for s in flow.solve(spec, start=given, device="cuda")] == ["converged"] * 3
