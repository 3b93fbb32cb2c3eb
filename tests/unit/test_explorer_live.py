"""The live view without a browser: settings, moments, history, worker, session, words."""

import time

import numpy as np
import pytest

import polysem
from polysem._explorer.live import words
from polysem._explorer.live.frames import Frame, make_frame, open_start, pair_forces, pairs_of
from polysem._explorer.live.history import MOST_FRAMES, History
from polysem._explorer.live.laws import laws_of, why_none
from polysem._explorer.live.session import LiveSession
from polysem._explorer.live.settings import ACTIVATIONS, NOISES, OPTIMISERS, LiveSettings, read
from polysem._explorer.live.worker import ROOM, SEATS, Finished, Worker, wait_for
from polysem._network import Problem
from polysem._network.spec import NetworkSpec

QUICK = {"n": "12", "m": "24", "l1": "0.1", "seed": "3"}


def settings_of(**typed) -> LiveSettings:
    found = read(QUICK | {k: str(v) for k, v in typed.items()})
    assert found.settings is not None, found.problems
    return found.settings


def to_the_end(settings, seconds=60) -> polysem.Run:
    worker = Worker(settings)
    worker.start()
    finished = wait_for(worker, Finished, seconds)
    assert isinstance(finished, Finished)
    return finished.run


@pytest.mark.parametrize(
    ("field", "given"),
    [("n", "abc"), ("n", "1"), ("m", ""), ("m", "0"), ("l1", "-1"), ("l1", "nan"), ("seed", "1.5"),
     ("optimiser", "magic"), ("activation", "<b>"), ("n", "1e99"), ("l1", "inf")],
)  # fmt: skip
def test_a_bad_value_is_explained_beside_its_field(field, given):
    found = read(QUICK | {field: given})
    assert found.settings is None
    assert list(found.problems) == [field]
    assert "give " in found.problems[field]


def test_values_that_do_not_go_together_are_explained():
    assert "no noise" in read(QUICK | {"noise": "bipolar"}).problems["noise"]
    assert "at most 2,048 neurons" in read({"n": "1024", "m": "65536"}).problems["m"]
    assert read({"n": " 64 ", "m": "4,096"}).settings is not None


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_choice_makes_a_network(activation):
    assert settings_of(activation=activation).spec.network.n == 12
    for noise in NOISES:
        assert settings_of(optimiser="SGD", noise=noise).spec.network.m == 24
    for optimiser in OPTIMISERS:
        assert settings_of(optimiser=optimiser).spec.seed == 3


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"activation": "leaky"},
        {"optimiser": "AdamW", "steps": 60, "lr": 0.02},
        {"optimiser": "SGD", "steps": 40, "noise": "gaussian", "noise_std": 0.3},
    ],
)
def test_watching_changes_no_bit_and_the_python_shown_makes_the_same(typed):
    settings = settings_of(**typed)
    run = to_the_end(settings)
    names: dict = {}
    exec(settings.python.replace("print(run)", ""), names)
    assert np.array_equal(run.end, names["run"].end)
    assert run.spec == names["run"].spec
    assert run.census.to_dicts() == names["run"].census.to_dicts()
    assert np.array_equal(run.trajectories[0]["t"], names["run"].trajectories[0]["t"])


@pytest.mark.parametrize(
    "law", [{}, {"activation": {"kind": "leaky", "leak": 0.2}}, {"penalty": {"l2": 0.3}}]
)
def test_forces_of_pairs_are_those_of_the_problem(rng, law):
    network = NetworkSpec.build(n=20, m=9, l1=0.07, **law)
    W = network.start(1).astype(np.float64)
    pairs = pairs_of(W)
    assert pairs.collided
    for name, found in pair_forces(W, network.problem, pairs).items():
        whole = getattr(network.problem, name)(W)
        for side, feature in enumerate((pairs.larger, pairs.smaller)):
            np.testing.assert_allclose(found[:, side], whole[feature, pairs.neuron], atol=1e-12)


def test_pairs_are_the_collisions_of_the_census():
    run = polysem.simulate(n=24, m=48, l1=0.1, seed=5, record=())
    pairs, table = pairs_of(run.start[0]), run.census.collisions
    assert table is not None
    rows = {
        (a, b, k, s == "opposite")
        for a, b, k, s in zip(
            *(table[c].tolist() for c in ("larger", "smaller", "neuron", "sign")), strict=True
        )
    }
    found = zip(pairs.larger, pairs.smaller, pairs.neuron, pairs.benign, strict=True)
    assert {(int(a), int(b), int(k), bool(s)) for a, b, k, s in found} == rows


def test_where_nothing_collides_the_closest_pair_stands_in():
    W = np.array([[1.0, 0.1, 0.0], [0.8, -0.9, 0.1], [0.0, 0.2, 1.0]])
    pairs = pairs_of(W)
    assert not pairs.collided
    assert (pairs.larger[0], pairs.smaller[0], pairs.neuron[0]) == (0, 1, 0)
    assert not pairs.benign[0]


def test_a_moment_shows_every_weight_where_it_belongs(rng):
    W = rng.normal(0, 0.3, (6, 5))
    opening = open_start(W)
    frame = make_frame(2.0, W, Problem(0.1), opening)
    root = (frame.levels.astype(float) - 127) / 127
    shown = np.sign(root) * root**2
    np.testing.assert_allclose(shown, W[np.ix_(opening.features, opening.neurons)], atol=0.01)
    assert frame.l1_norm == pytest.approx(np.abs(W).sum(1).mean())
    assert not frame.resolved.any()
    W[opening.pairs.larger[0]] = 0  # dead
    assert make_frame(3.0, W, Problem(0.1), opening).resolved[0]


def moment(t: float) -> Frame:
    one = np.zeros((1, 1))
    return Frame(t, one.astype(np.uint8), 1.0, 1.0, one, {}, np.zeros(1, dtype=bool))


def test_history_plays_steps_and_goes_back():
    history = History()
    assert history.shown is None
    assert not history.back()
    for t in range(4):
        history.add(moment(t))
    assert history.back()
    assert history.back()
    assert history.shown is history.frames[1]
    assert history.forward()
    history.go_to(99)
    assert history.newest
    assert not history.forward()
    history.go_to(-5)
    assert history.at == 0
    for t in range(4, 3 * MOST_FRAMES):
        history.add(moment(t))
    assert len(history.frames) <= MOST_FRAMES
    assert history.frames[0].t == 0
    assert history.shown is not None
    assert history.shown.t == 3 * MOST_FRAMES - 1
    history.add(moment(3 * MOST_FRAMES - 1))  # the same time again: replaced, not added
    times = [frame.t for frame in history.frames]
    assert times == sorted(set(times))


def test_a_worker_waits_while_nobody_takes_and_ends_when_cancelled():
    worker = Worker(settings_of())
    worker.start()
    time.sleep(0.6)
    assert worker._messages.qsize() == 2  # the start and its picture are to be seen first
    wait_for(worker, Frame, 60)
    end = time.monotonic() + 60
    while worker._messages.qsize() < ROOM and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.6)
    assert worker.working
    assert worker._messages.qsize() == ROOM
    worker.cancel()
    worker.join(10)
    assert not worker.working
    assert worker.take() is None


@pytest.mark.parametrize("typed", [{}, {"optimiser": "AdamW", "steps": 1_000_000}])
def test_a_long_solve_is_cancelled_in_the_middle_and_gives_back_its_seat(typed):
    free = SEATS._value
    worker = Worker(settings_of(n=64, m=256, l1=0.0005, **typed))
    worker.start()
    for _ in range(8):
        wait_for(worker, Frame, 60)
    worker.cancel()
    worker.join(20)
    assert not worker.working
    assert free == SEATS._value


def test_a_failure_is_a_sentence(monkeypatch):
    def explode(*_):
        raise ValueError("the sky fell")

    monkeypatch.setattr("polysem._explorer.live.worker.make_frame", explode)
    session = LiveSession()
    session.start(settings_of())
    end = time.monotonic() + 20
    while session.working and time.monotonic() < end:
        session.step()
    assert "the sky fell" in session.failure


def test_two_sessions_do_not_disturb_each_other():
    one, other = LiveSession(), LiveSession()
    one.start(settings_of(seed=1))
    other.start(settings_of(seed=2))
    end = time.monotonic() + 60
    while (one.working or other.working) and time.monotonic() < end:
        one.tick(5)
        other.tick(5)
    for session, seed in ((one, 1), (other, 2)):
        assert np.array_equal(session.run.end, polysem.simulate(n=12, m=24, l1=0.1, seed=seed).end)
        assert session.history.shown is not None
        shown = session.history.shown.m_prime
        assert shown == np.count_nonzero(session.run.end[0], axis=1).mean()


def test_a_session_pauses_steps_and_stops():
    session = LiveSession()
    session.start(settings_of())
    session.history.paused = True
    assert not session.tick()
    end = time.monotonic() + 20
    while not session.step() and time.monotonic() < end:
        time.sleep(0.01)
    assert len(session.history.frames) == 1
    session.stop()
    assert session.stopped
    assert not session.step()


def test_before_the_first_run_every_word_of_a_legend_has_its_mark():
    from polysem._explorer.live.course import Course
    from polysem._explorer.live.planes import CollisionMap, PhasePortrait

    for plot in (*Course().plots, CollisionMap().plot, PhasePortrait().plot):
        (legend,) = plot.legend
        for item in legend.items:
            rows = [len(next(iter(r.data_source.data.values()))) for r in item.renderers]
            assert max(rows) > 0, (plot.name, item.label)


def test_laws_are_drawn_where_theory_speaks_and_named_where_not():
    laws = laws_of(settings_of())
    assert laws is not None
    assert [law.name for law in laws.laws] == ["textbook law", "corrected law"]
    descent = laws_of(settings_of(optimiser="SGD", lr=0.01))
    assert descent is not None
    np.testing.assert_allclose(descent.laws[1].t, laws.laws[1].t / 0.01)
    np.testing.assert_allclose(descent.laws[1].m_prime, laws.laws[1].m_prime)
    for typed in ({"l1": 0}, {"activation": "tanh"}, {"optimiser": "AdamW"}):
        assert laws_of(settings_of(**typed)) is None
        assert why_none(settings_of(**typed)).endswith(".")


def test_the_end_in_words_counts_what_the_census_counts():
    run = to_the_end(settings_of(n=24, m=48))
    said = " ".join(words.at_end(run))
    census = run.census
    assert f"{census.total('polysemantic')} polysemantic neuron" in said
    assert f"{census.total('opposite_sign')} with features of opposite sign" in said
    benign = census.fates()["opposite"]
    assert f"{int(benign.sum())} benign collision" in said
    both = benign[census.fates()["fate"].tolist().index("both_stay")]
    assert f"at the start {int(both)} lasted" in said
