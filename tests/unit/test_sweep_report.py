"""The report of a sweep: columns chosen well, numbers those of the table, one offline page."""

import json

import numpy as np
import pandas as pd
import pytest
from bokeh.embed import json_item

import polysem
from polysem._census import mean_count
from polysem._cli import run
from polysem._plots.save import save_figure
from polysem._plots.sweep import draw_bokeh, draw_mpl
from polysem._plots.sweep_choice import Choice, choose
from polysem._plots.sweep_data import prepare
from polysem._plots.sweep_scales import round_ticks, whole_ticks
from polysem._report.sweep_page import sweep_page
from polysem._theory import balls_count


def table(seeds=4, **axes):
    """Rows of a made-up sweep over the product of the axes; counts are 0, 1, 2, … over seeds."""
    points = [{}]
    for name, values in axes.items():
        points = [{**point, name: value} for point in points for value in values]
    rows = []
    for i, point in enumerate(points):
        n, m = point.get("n", 8), point.get("m", 16)
        shared = {"n": n, "m": m, "l1": 0.1, "cell": f"c{i}", "verb": "simulate"} | point
        laws = {f"expected_{name}": float(balls_count(n, m)) for name in ("paper", "exclusion")}
        laws["expected_balls"] = float(balls_count(n, m))
        for seed in range(seeds):
            census = {"polysemantic": seed, "opposite_sign": seed, "same_sign": 0}
            state = {"converged": True, "countable": True, "initial_argmax_won": 0.5 + 0.1 * seed}
            rows.append(shared | laws | census | state | {"seed": seed})
    return pd.DataFrame(rows)


SIZES = {"n": (8, 16), "m": (16, 32, 64)}


def test_m_goes_along_x_and_the_rest_to_colour_and_panels():
    frame = table(**SIZES, l1=(0.1, 0.2))
    chosen = choose(frame, ("n", "m", "l1"))
    assert (chosen.x, chosen.y, chosen.by, chosen.facet) == ("m", "polysemantic", "n", "l1")
    assert chosen.pooled == ()


def test_an_axis_that_follows_from_others_is_no_axis():
    frame = table(**SIZES)
    frame["l1"] = 0.1 / np.sqrt(frame["m"])
    chosen = choose(frame, ("n", "m", "l1"))
    assert (chosen.x, chosen.by, chosen.facet, chosen.pooled) == ("m", "n", None, ())


def test_n_with_values_of_m_of_its_own_is_a_colour_with_its_own_theory():
    """Every m belongs to one n here; one line through all would jump from n to n."""
    frame = pd.concat([table(n=(n,), m=(n, 3 * n, 7 * n), l1=(0.1, 0.2)) for n in (4, 5)])
    chosen = choose(frame, ("n", "m", "l1"))
    assert (chosen.x, chosen.by, chosen.facet, chosen.pooled) == ("m", "n", "l1", ())
    for panel in prepare(frame, chosen).panels:
        assert [list(law.place) for law in panel.laws] == [[4, 12, 28], [5, 15, 35]]
    pooled = choose(frame, ("n", "m", "l1"), by="l1")
    assert pooled.facet == "n"
    averaged = Choice("m", "polysemantic", "l1", None, ("n",))
    assert [panel.laws for panel in prepare(frame, averaged).panels] == [[]]


def test_what_is_said_is_done_and_what_is_left_is_averaged_and_named():
    frame = table(**SIZES, l1=(0.1, 0.2), activation_kind=("relu", "abs"), q=(1, 2))
    axes = ("n", "m", "l1", "activation_kind", "q")
    chosen = choose(frame, axes, x="l1", by="activation_kind")
    assert (chosen.x, chosen.by, chosen.facet, chosen.pooled) == (
        "l1", "activation_kind", "n", ("m", "q"),
    )  # fmt: skip
    assert "averaged over m, q" in prepare(frame, chosen).subtitle


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"x": "mm"}, "Unknown column for x 'mm'; did you mean 'm'"),
        ({"y": "cell"}, "y = 'cell' holds no numbers"),
        ({"by": "n", "facet": "n"}, "must differ; n, n was given"),
        ({"by": "seed"}, "by = 'seed' has 8 values; at most 6"),
    ],
)
def test_columns_that_cannot_be_drawn(asked, message):
    with pytest.raises(polysem.BadInput, match=message):
        choose(table(8, **SIZES), ("n", "m"), **asked)


def test_means_intervals_and_laws_are_those_of_the_rows():
    frame = table(**SIZES)
    frame.loc[frame["seed"] == 3, "countable"] = False  # must be left out
    (panel,) = prepare(frame, choose(frame, ("n", "m"))).panels
    expected = mean_count(3, 3)
    for points in panel.points:
        assert points.seeds.tolist() == [3, 3, 3]
        np.testing.assert_allclose(points.mean, expected.mean)
        np.testing.assert_allclose(points.low, expected.low)
        np.testing.assert_allclose(points.high, expected.high)
    np.testing.assert_allclose(panel.laws[1].value, balls_count(16, np.array([16, 32, 64])))
    assert [law.look.colour for law in panel.laws] == [points.colour for points in panel.points]


def test_where_all_colours_share_the_laws_all_three_are_drawn_once():
    frame = table(m=(16, 32, 64), l1=(0.1, 0.2))
    (panel,) = prepare(frame, choose(frame, ("m", "l1"))).panels
    assert [law.label for law in panel.laws] == [
        "n²/4m",
        "signed balls in bins",
        "random exclusion",
    ]
    other = prepare(frame, choose(frame, ("m", "l1"), y="initial_argmax_won"))
    assert other.panels[0].laws == []
    assert "bootstrap" in other.subtitle


def test_words_have_places_and_what_is_unknown_comes_last():
    frame = table(kind=("relu", None, "abs"))
    data = prepare(frame, choose(frame, ("kind",)))
    assert [label for _, label in data.x.ticks] == ["abs", "relu", "None"]
    assert data.panels[0].points[0].place.tolist() == [0.0, 1.0, 2.0]


def awkward():
    """Tables that are hard to draw."""
    nothing = table(m=(16, 32))
    nothing["countable"] = False
    zeros = table(m=(16, 32, 256, 1024))
    zeros["polysemantic"] = np.where(zeros["m"] > 100, 0, 50 * zeros["seed"])
    zeros.loc[zeros["m"] == 256, "polysemantic"] = 1
    return {
        "one cell": table(m=(16,)),
        "one seed": table(1, m=(16, 32)),
        "nothing counted": nothing,
        "zeros on a logarithmic axis": zeros,
        "many panels": table(2, m=(16, 32), q=(1.5, 2.5, 3.5, 4.5, 5.5), n=(4, 8)),
        "words": table(2, kind=("a<b>", None)),
    }


@pytest.mark.parametrize("name", awkward())
def test_every_table_can_be_drawn(name, tmp_path):
    frame = awkward()[name]
    axes = [a for a in ("n", "m", "q", "kind") if a in frame and len(set(frame[a])) > 1]
    for y in ("polysemantic", "initial_argmax_won"):
        choice = choose(frame, axes, y=y)
        save_figure(draw_mpl(frame, choice), tmp_path / "figure.svg")
        json.dumps(json_item(draw_bokeh(frame, choice)), allow_nan=False)


def test_zeros_are_upper_limits():
    frame = awkward()["zeros on a logarithmic axis"]
    data = prepare(frame, choose(frame, ("m",)))
    assert data.y.log
    assert data.any_limit
    assert data.panels[0].points[0].zero.tolist() == [False, False, False, True]


GRID = {"base": {"n": 8}, "axes": {"m": [8, 32], "l1": [0.05, 0.1]}, "seeds": 3}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("sweep") / "s"
    polysem.sweep(GRID, out, workers=0)
    return out


def test_the_page_says_what_was_found(folder):
    sweep = polysem.load(folder)
    html = sweep_page(sweep).html()
    total = sum(sweep.table["polysemantic"].to_pylist())
    assert f"12 networks were solved by gradient flow. {total} of their neurons" in html
    assert html.count("<tr>") == 5  # heading and four cells
    assert "Sweep over m × λ: 4 cells" in html
    assert "default-src 'none'" in html
    frame = sweep.to_pandas()
    mean = frame[(frame["m"] == 8) & (frame["l1"] == 0.05)]["polysemantic"].mean()
    assert f'<td class="number">{mean:.4g}</td>' in html
    assert len(html) < 3e6
    assert "numpy 2" in html  # versions as words, not as the JSON of the column
    assert "{&quot;" not in html


def test_the_verb_and_the_methods(folder, tmp_path, capsys):
    to = tmp_path / "page.html"
    command = ["report", str(folder), "--to", str(to), "--x", "l1", "--by", "m", "--json"]
    assert run(command) == 0
    assert json.loads(capsys.readouterr().out)["report"] == str(to)
    assert "What depends on λ?" in to.read_text()
    sweep = polysem.load(folder)
    save_figure(sweep.plot(by="l1"), tmp_path / "figure.svg")
    assert sweep.report(tmp_path / "again.html", y="norm").is_file()
    assert run(["report", str(folder), "--y", "nrom"]) == 2
    assert "norm" in capsys.readouterr().err


def test_a_sweep_that_has_only_begun(tmp_path):
    broken = {**GRID, "base": {"n": 8, "accuracy": "fast"}}
    out = tmp_path / "s"

    def stop(tally):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        polysem.sweep(broken, out, progress=stop)
    sweep = polysem.load(out)
    assert "Nothing has been computed yet." in sweep_page(sweep).html()
    with pytest.raises(polysem.BadInput, match="has computed nothing yet"):
        sweep.plot()


def test_columns_are_for_sweeps_only(tmp_path, capsys):
    polysem.simulate(4, 8, 0.1, record=()).save(tmp_path / "run")
    assert run(["report", str(tmp_path / "run"), "--x", "m"]) == 2
    assert "--x is for sweeps" in capsys.readouterr().err


def test_ticks_of_a_logarithmic_axis_are_round_and_few():
    few = [at for at, _ in round_ticks((0.07, 6.9))]
    assert few == [0.1, 0.2, 0.5, 1, 2, 5]
    assert round_ticks((0.003, 900.0)) == (
        (0.01, "0.01"), (0.1, "0.1"), (1, "1"), (10, "10"), (100, "100"),
    )  # fmt: skip


def test_whole_numbers_that_are_few_are_their_own_ticks():
    assert whole_ticks(pd.Series([8, 32, 16, 8])) == ((8, "8"), (16, "16"), (32, "32"))
    assert whole_ticks(pd.Series([0, 1])) == ((0, "0"), (1, "1"))
    assert whole_ticks(pd.Series([8, 9, 1000])) == ()  # two would stand on each other
    assert whole_ticks(pd.Series(range(40))) == whole_ticks(pd.Series([0.5, 1.0])) == ()
