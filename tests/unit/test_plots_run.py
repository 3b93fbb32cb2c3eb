"""Figures of a run: the numbers drawn are those of the census, whatever the run looks like."""

import json

import matplotlib
import numpy as np
import pytest
from bokeh.embed import json_item

from polysem._errors import BadInput
from polysem._flow.outcome import Outcome
from polysem._flow.spec import SimulateSpec
from polysem._plots import fates, occupancy, polysemantic, sparsification, weights
from polysem._plots.overview import plot_run
from polysem._plots.save import save_figure
from polysem._run.run import Run

FIGURES = (weights, occupancy, polysemantic, fates)


def run_of(start, end, l1=0.01, outcome=Outcome.CONVERGED, trajectories=None):
    """A run made up from start and end weights (seeds, n, m)."""
    start, end = np.asarray(start, dtype=np.float32), np.asarray(end, dtype=np.float32)
    seeds, n, m = end.shape
    solve = {"outcome": outcome, "t": 1.0, "steps": 2, "rhs_evaluations": 3}
    return Run(
        spec=SimulateSpec.build(network={"n": n, "m": m, "l1": l1}, seeds=seeds),
        seeds=tuple(range(seeds)),
        start=start,
        end=end,
        solves=tuple({**solve, "wall_seconds": 0.5, "method": "engine"} for _ in range(seeds)),
        trajectories=tuple(trajectories or [{}] * seeds),
    )


def known_run():
    """Two seeds, four features, six neurons: neuron 5 is shared by opposite signs in seed 0."""
    start = np.full((2, 4, 6), 0.01)
    end = np.zeros((2, 4, 6))
    for seed, winners in enumerate(([5, 5, 2, 0], [1, 3, 2, 0])):
        for feature, neuron in enumerate(winners):
            sign = -1 if feature == 1 else 1
            start[seed, feature, neuron] = 0.5 * sign
            end[seed, feature, neuron] = 0.99 * sign
    return run_of(start, end)


def broken_run():
    return run_of(np.ones((1, 2, 3)), np.full((1, 2, 3), np.nan), outcome=Outcome.DIVERGED)


def dead_run():
    return run_of(np.ones((1, 2, 3)), np.zeros((1, 2, 3)), outcome=Outcome.ALL_DEAD)


def dense_run():
    rng = np.random.default_rng(0)
    W = rng.normal(size=(2, 300, 80))
    return run_of(W, W, l1=0.0, outcome=Outcome.STATIONARY)


RUNS = {"known": known_run, "broken": broken_run, "dead": dead_run, "dense": dense_run}


@pytest.mark.parametrize("name", RUNS)
def test_every_figure_can_be_drawn_for_every_run(name, tmp_path):
    run = RUNS[name]()
    for module in FIGURES:
        json.dumps(json_item(module.draw_bokeh(run)), allow_nan=False)
        save_figure(module.draw_mpl(run), tmp_path / "figure.svg")
    save_figure(plot_run(run), tmp_path / "overview.svg")


def test_neurons_and_features_are_ordered_by_winner():
    view = weights.prepare(known_run())
    assert view is not None
    assert view.end.neuron[0].tolist() == [5, 0, 2, 1, 3, 4]  # shared, other winners, unused
    assert view.end.feature[:, 0].tolist() == [0, 1, 3, 2]
    expected = np.zeros((4, 6))
    expected[[0, 1, 2, 3], [0, 0, 1, 2]] = [0.99, -0.99, 0.99, 0.99]
    np.testing.assert_allclose(view.end.values, expected, rtol=1e-6)
    assert view.marks == {"opposite": [0.5], "same": []}
    assert "n = 4, m = 6, λ = 0.01, 2 seeds, seed 0 shown" in view.subtitle


@pytest.mark.parametrize(("n", "m"), [(16, 60), (48, 40), (32, 16), (60, 900)])
def test_the_legend_of_the_weights_hides_no_winner_and_no_mark(n, m):
    places = np.random.default_rng(0).permutation(2 * m)[:n]  # any two signs may share a neuron
    end = np.zeros((1, n, m))
    end[0, np.arange(n), places // 2] = np.where(places % 2, 1, -1)
    figure = weights.draw_mpl(run_of(end, end))
    figure.canvas.draw()
    axes = figure.axes[1]
    box = axes.get_legend().get_window_extent().transformed(axes.transData.inverted())
    view = weights.prepare(run_of(end, end))
    assert view is not None
    corners = np.argwhere(view.end.values)[:, ::-1]
    under = (corners + 1 > box.min) & (corners < box.max)
    assert len(corners) == n
    assert not under.all(axis=1).any()
    assert box.y0 > 0  # the marks are above 0


def test_only_winners_of_a_large_layer_are_drawn():
    end = np.zeros((1, 3, 1000))
    end[0, [0, 1, 2], [999, 7, 500]] = 1
    view = weights.prepare(run_of(end, end))
    assert view is not None
    assert view.end.neuron[0].tolist() == [7, 500, 999]
    assert view.x_label == "the 3 of 1,000 neurons that a feature ended on"


def test_a_large_matrix_stays_light():
    view = weights.prepare(dense_run())
    assert view is not None
    assert view.end.values.shape == (150, 80)  # 300 features in blocks of 2


def test_occupancy_is_the_mean_over_seeds():
    data = occupancy.prepare(known_run())
    assert data is not None
    # Seed 0 has 3, 2, 1 neurons with 0, 1, 2 features; seed 1 has 2, 4, 0.
    np.testing.assert_allclose(data.mean, [2.5, 3.0, 0.5])
    np.testing.assert_allclose([data.low[2], data.high[2]], [0.0127, 2.786], atol=5e-4)
    # Random exclusion of 4 features on 12 slots: 4·3/(2·11) shared neurons.
    np.testing.assert_allclose(data.exclusion, [2 + 6 / 11, 4 - 12 / 11, 6 / 11])


def test_counts_mean_and_predictions():
    data = polysemantic.prepare(known_run())
    assert data is not None
    assert data.count.tolist() == [1, 0]
    assert data.mean.mean == 0.5
    values = {p.name: p.value for p in data.predictions}
    assert values["n²/4m"] == pytest.approx(16 / 24)
    assert values["random exclusion"] == pytest.approx(6 / 11)
    assert values["signed balls in bins"] == pytest.approx(
        6 * (1 - 2 * (11 / 12) ** 4 + (10 / 12) ** 4)
    )


def test_fates_are_counted_by_sign():
    data = fates.prepare(known_run())
    assert data is not None
    assert data.counts["both_stay"] == (1, 0)
    assert data.totals == (1, 0)
    assert data.expected == pytest.approx(2 * 6 / 12)  # C(4,2)/2m in each of two networks


def test_speed_needs_what_it_draws():
    assert sparsification.frame_of_run(known_run()) is None


def test_speed_of_a_run_is_the_mean_over_features_beside_both_laws():
    end = np.eye(2, 16)[None]
    t = np.array([0.0, 1.0, 10.0])
    kept = {"t": t, "l1_norm": np.array([[3, 1], [2, 2], [1, 1]]), "m_prime": np.ones((3, 2))}
    frame = sparsification.frame_of_run(run_of(end, end, trajectories=[kept]))
    measured = frame[frame["series"] == "flow, measured"]
    assert measured["l1_norm"].tolist() == [2, 2, 1]
    textbook = frame[frame["series"] == "textbook law"].iloc[0]
    assert textbook["l1_norm"] == pytest.approx(1 / (1 / 4 + 0.01 * textbook["t"]))
    curves = sparsification.prepare(frame)
    assert [c.series for c in curves] == ["flow, measured", "textbook law", "corrected law"]
    assert all((c.t > 0).all() for c in curves)


def test_drawing_leaves_matplotlib_as_it_was(tmp_path):
    import subprocess
    import sys

    before = dict(matplotlib.rcParams)
    save_figure(plot_run(known_run()), tmp_path / "a.png")
    assert dict(matplotlib.rcParams) == before
    code = (
        "import sys, polysem._plots.overview, polysem._plots.mpl\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_the_same_numbers_give_the_same_bytes(tmp_path, kind):
    one = save_figure(occupancy.draw_mpl(known_run()), tmp_path / f"one.{kind}")
    two = save_figure(occupancy.draw_mpl(known_run()), tmp_path / f"two.{kind}")
    assert one.read_bytes() == two.read_bytes()
    assert b"dc:date" not in one.read_bytes()


def test_an_unknown_kind_of_file_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"\.svg, \.pdf or \.png, not '\.gif'"):
        save_figure(plot_run(known_run()), tmp_path / "figure.gif")
