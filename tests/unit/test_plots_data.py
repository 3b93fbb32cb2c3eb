"""Data preparation behind figures: pooling, bands, axes, labels and the published figures."""

import json

import numpy as np
import pandas as pd
import pytest
from bokeh.embed import json_item
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from polysem._plots import correlation, counts, curves, fourth_norm, sparsification
from polysem._plots.intervals import bootstrap_mean
from polysem._plots.labels import number, settings_line
from polysem._plots.pooling import pool_max_abs
from polysem._plots.ranges import doublings, log_range
from polysem._plots.save import save_figure

MATRICES = arrays(
    np.float32,
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
    elements=st.floats(-10, 10, width=32),
)


@given(MATRICES, st.integers(1, 12), st.integers(1, 12))
def test_pooling_keeps_the_largest_and_says_where_it_was(matrix, rows, columns):
    pooled = pool_max_abs(matrix, rows, columns)
    assert pooled.values.shape[0] <= rows
    assert pooled.values.shape[1] <= columns
    assert np.abs(pooled.values).max() == np.abs(matrix).max()
    seen = pooled.values != 0  # a block of zeros may point into its padding
    np.testing.assert_array_equal(
        pooled.values[seen], matrix[pooled.row[seen], pooled.column[seen]]
    )


def test_a_small_matrix_is_not_pooled():
    matrix = np.arange(12.0).reshape(3, 4)
    pooled = pool_max_abs(matrix, 3, 4)
    np.testing.assert_array_equal(pooled.values, matrix)


def test_bootstrap_band_covers_the_mean_as_often_as_it_says():
    """300 samples of 40 normal numbers: 95 % bands cover in 0.90–0.98.

    Coverage of the percentile bootstrap at 40 is near 0.94; at 300 samples the bounds are three
    standard deviations away (false alarm about 0.003); the seed is fixed.
    """
    rng = np.random.default_rng(5)
    _, low, high = bootstrap_mean(rng.normal(size=(40, 300)), resamples=500)
    covered = float(((low <= 0) & (high >= 0)).mean())
    assert 0.90 <= covered <= 0.98


def test_one_seed_has_no_band():
    mean, low, high = bootstrap_mean(np.ones((1, 3)))
    assert mean.tolist() == [1, 1, 1]
    assert np.isnan(low).all()
    assert np.isnan(high).all()


def test_axes_and_labels():
    assert log_range([1, 0, np.nan], [100], margin=2) == (0.5, 200)
    assert log_range([]) == (0.1, 10)
    assert doublings([300, 4000]) == [256, 512, 1024, 2048, 4096]
    assert settings_line(64, 1024, 1e-5, 1) == "n = 64, m = 1,024, λ = 1e-05, 1 seed"
    assert [number(v) for v in (0, 3.0, 3.44, 0.0256, 12345.6)] == [
        "0", "3", "3.4", "0.026", "12,346",
    ]  # fmt: skip


def count_frame():
    rows = [("gradient flow", 64, [5, 7]), ("gradient flow", 256, [0, 0]), ("mine", 64, [4, 4])]
    return pd.DataFrame(
        [
            {"method": method, "l1": 0.01, "m": m, "seed": seed, "polysemantic": count}
            for method, m, values in rows
            for seed, count in enumerate(values)
        ]
    )


def test_counts_carry_exact_poisson_intervals_and_show_zero_as_a_limit():
    data = counts.prepare(count_frame(), 32)
    flow = data.methods[0]
    assert flow.mean.tolist() == [6, 0]
    # Garwood: χ²(.025; 24)/4 and χ²(.975; 26)/4; for zero −ln(.025)/2.
    np.testing.assert_allclose([flow.low[0], flow.high[0]], [3.1003, 10.4808], atol=1e-3)
    np.testing.assert_allclose([flow.low[1], flow.high[1]], [0, -np.log(0.025) / 2])
    assert flow.zero.tolist() == [False, True]
    assert data.any_zero
    assert data.y_ends[0] < flow.high[1] < data.y_ends[1]
    law = next(law for law in data.laws if law.name == "n²/4m")
    np.testing.assert_allclose(law.count, 32**2 / (4 * law.m))


def test_a_zero_mean_is_drawn():
    figure = counts.draw_mpl(count_frame(), 32)
    drawn = [line.get_xydata() for line in figure.axes[0].lines if line.get_marker() == "v"]
    limit = -np.log(0.025) / 2
    assert any(len(xy) and xy[0, 1] == pytest.approx(limit) for xy in drawn)
    assert "none seen: 95 % upper limit" in [
        text.get_text() for text in figure.axes[0].get_legend().get_texts()
    ]
    assert json.dumps(json_item(counts.draw_bokeh(count_frame(), 32))).count("none seen") == 1


def test_published_points_are_hollow():
    published = pd.DataFrame({"m": [128], "count": [3.0]})
    axes = counts.draw_mpl(count_frame(), 32, published=published).axes[0]
    ring = next(line for line in axes.lines if line.get_label() == "published")
    assert ring.get_markerfacecolor() == "none"
    assert ring.get_xydata().tolist() == [[128, 3]]


def test_curves_are_means_with_quartiles_by_method_and_l1():
    frame = pd.DataFrame(
        {"method": "gradient flow", "l1": 0.01, "m": 64, "seed": range(5),
         "polysemantic": [0, 1, 2, 3, 14]}
    )  # fmt: skip
    (curve,) = curves.prepare(frame, 32).methods["gradient flow"]
    assert (curve.mean[0], curve.low[0], curve.high[0]) == (4, 1, 3)


def noise_frame():
    return pd.DataFrame(
        [
            {"noise": noise, "std": std, "seed": seed, "step": step, "fourth_norm": value}
            for noise in ("bipolar", "gaussian")
            for std in (0.1, 0.2)
            for seed, value in ((0, 0.02), (1, 0.04))
            for step in (0, 1, 10)
        ]
    )


def test_fourth_norm_is_the_mean_over_seeds_by_noise_and_strength():
    data = fourth_norm.prepare(noise_frame(), 8, 100, 0.0)
    assert list(data.curves) == ["bipolar", "gaussian"]
    curve = data.curves["bipolar"][1]
    assert (curve.std, curve.step.tolist()) == (0.2, [1, 10])
    np.testing.assert_allclose(curve.mean, 0.03)
    np.testing.assert_allclose([curve.low[0], curve.high[0]], [0.02, 0.04])
    assert data.start == pytest.approx(0.03)
    assert data.subtitle == "n = 8, m = 100, λ = 0, 2 seeds"


def test_correlation_compares_the_diagonal_with_the_rest():
    matrix = np.full((200, 200), 0.1) + 0.4 * np.eye(200)
    data = correlation.prepare(matrix, "gradient flow")
    assert data.diagonal == pytest.approx(0.5)
    assert data.others == pytest.approx(0.1)
    assert max(data.values.shape) <= 64
    np.testing.assert_allclose(np.diag(data.values), 0.5, rtol=1e-6)


def speed_frame():
    t = np.array([0.0, 1.0, 10.0, 100.0])
    return pd.concat(
        pd.DataFrame({"series": name, "t": t, "l1_norm": 10 / (1 + t), "m_prime": 100 / (1 + t)})
        for name in ("textbook law", "flow, measured", "another")
    )


def test_speed_puts_laws_last_and_leaves_out_time_zero():
    drawn = sparsification.prepare(speed_frame())
    assert [c.series for c in drawn] == ["flow, measured", "another", "textbook law"]
    assert all(c.t.tolist() == [1, 10, 100] for c in drawn)
    low, high = sparsification.data_range(drawn, "l1_norm")
    assert low < 10 / 101 < 5 < high


DRAWINGS = {
    "counts": lambda draw: draw(counts)(count_frame(), 32, l1=0.01),
    "curves": lambda draw: draw(curves)(count_frame(), 32),
    "fourth_norm": lambda draw: draw(fourth_norm)(noise_frame(), n=8, m=100, l1=0.0),
    "correlation": lambda draw: draw(correlation)(
        np.eye(3), "gradient flow", m=9, l1=0.01, seeds=2
    ),
    "sparsification": lambda draw: draw(sparsification)(
        speed_frame(), n=1, m=100, l1=0.01, seeds=1
    ),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_published_figures_are_drawn_both_ways(name, tmp_path):
    drawing = DRAWINGS[name]
    save_figure(drawing(lambda module: module.draw_mpl), tmp_path / "figure.svg")
    item = json.dumps(json_item(drawing(lambda module: module.draw_bokeh)), allow_nan=False)
    assert "seed" in item
