"""Every result draws itself, with the numbers it holds."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

import polysem


def texts(figure):
    return " ".join(t.get_text() for t in figure.findobj(match=lambda a: hasattr(a, "get_text")))


def test_a_census_draws_its_occupancy():
    W = np.zeros((6, 40))
    W[np.arange(6), [0, 0, 1, 2, 3, 4]] = [1, -1, 1, 1, 1, 1]
    figure = polysem.census(W).plot()
    bars = [p.get_height() for p in figure.axes[0].patches if isinstance(p, Rectangle)]
    assert bars[:3] == [35, 4, 1]
    assert "n = 6, m = 40" in texts(figure)


def test_predictions_draw_the_laws_through_their_own_values():
    predictions = polysem.predict(64, 256)
    figure = predictions.plot()
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    for label, name in (
        ("n²/4m", "polysemantic_paper"),
        ("signed balls in bins", "polysemantic_balls"),
    ):
        m, count = lines[label].get_data()
        at_m = np.exp(np.interp(np.log(256), np.log(m), np.log(count)))
        assert at_m == pytest.approx(predictions[name].value, rel=0.01)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (2, 1), (10, 1), (1, 10**9), (10**6, 10**6)])
def test_predictions_of_any_size_can_be_drawn(n, m):
    assert polysem.predict(n, m).plot().axes


def test_a_run_draws_itself():
    run = polysem.simulate(4, 16, 0.1, seeds=2)
    assert "n = 4, m = 16, λ = 0.1, 2 seeds" in texts(run.plot())
