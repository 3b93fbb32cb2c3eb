"""The results view in a real browser."""

import json
import re

import pandas as pd
import pytest

import polysem
from polysem._explorer.results import example
from polysem._report import sweep_page, words
from polysem._report.captions import WEIGHTS

GRID = {"base": {"l1": 0.1}, "axes": {"n": [4, 8], "m": [8, 16, 32]}, "seeds": 3}
HOSTILE = "<img src=x onerror=alert(1)>"
SHOWN = WEIGHTS[0]  # below the weights of a network


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("explorer") / "runs"
    polysem.sweep(GRID, root / "kept", workers=0, weights=True)
    polysem.sweep({**GRID, "axes": {"m": [8, 16]}, "base": {"n": 8, "l1": 0.1}},
                  root / "bare", workers=0)  # fmt: skip
    polysem.simulate(n=8, m=16, l1=0.1, seeds=4, out=root / HOSTILE, report=False)
    newer = root / "newer"
    newer.mkdir()
    (newer / "spec.json").write_text(json.dumps({"verb": "sweep", "schema": 99, "grid": {}}))
    return root


@pytest.fixture(scope="module")
def served(serve, root):
    with serve(folder=root) as running:
        yield running


def test_a_sweep_shows_the_numbers_of_python_and_its_files_hold_them(watched, root, tmp_path):
    one = watched().open("results?folder=kept")
    sweep = polysem.load(root / "kept")
    one.says(sweep_page.lead(sweep.to_pandas()))
    table = pd.read_csv(one.download("Data (CSV)", tmp_path / "t.csv"))
    pd.testing.assert_frame_equal(table, sweep.to_pandas(), check_dtype=False)
    whole = pd.read_parquet(one.download("Data (Parquet)", tmp_path / "t.parquet"))
    pd.testing.assert_frame_equal(whole, sweep.to_pandas())
    assert "<svg" in one.download("Figure (SVG)", tmp_path / "f.svg").read_text()
    assert one.download("Figure (PNG)", tmp_path / "f.png").read_bytes()[:4] == b"\x89PNG"


def test_a_point_opens_its_networks_and_the_link_restores_all(watched, root):
    one = watched().open("results?folder=kept&x=m&by=n&y=polysemantic")
    one.page.get_by_label("Point").wait_for()
    one.page.get_by_label("Point").select_option(index=2)
    one.says(SHOWN)
    one.page.get_by_label("Network").select_option(index=1)
    one.says(SHOWN)
    one.page.wait_for_url("**seed=1**")
    cell = one.page.url.split("cell=")[1].split("&")[0]
    row = polysem.load(root / "kept").to_pandas().query(f"cell == '{cell}' and seed == 1").iloc[0]
    told = polysem.simulate(n=int(row["n"]), m=int(row["m"]), l1=0.1, seed=1)
    again = watched().open(one.page.url.split("/", 3)[3])
    again.says(SHOWN)
    for page in (one, again):
        for sentence in words.summary(told):
            page.says(sentence)
    assert again.page.get_by_label("Against").input_value() == "m"
    assert again.page.url == one.page.url


def test_clicking_a_point_shows_it(watched):
    one = watched().open("results?folder=kept&x=m&by=none&facet=none")
    one.page.get_by_label("Point").wait_for()
    assert SHOWN not in one.words()
    place = one.page.evaluate(POINT)
    one.page.mouse.click(*place)
    one.says(SHOWN)
    assert "m = 16" in one.page.get_by_label("Point").locator("option:checked").inner_text()


POINT = """() => {
  const [view] = Object.values(Bokeh.index)[Symbol.iterator] ? Object.values(Bokeh.index)
    : [...Bokeh.index.roots];
  const find = v => v.model && v.model.type === "Figure" ? [v]
    : [...(v.child_views || [])].flatMap(find);
  const plot = [...Bokeh.index.roots].flatMap(find)[0];
  const dots = plot.model.renderers.find(r => r.tags.length && r.tags[0] === "points");
  const i = dots.data_source.get_column("x").indexOf("16");
  const box = plot.el.getBoundingClientRect();
  return [
    box.left + plot.frame.x_scale.compute(dots.data_source.get_column("place")[i]),
    box.top + plot.frame.y_scale.compute(dots.data_source.get_column("at")[i]),
  ];
}"""


def test_without_weights_a_network_is_solved_again(watched, root):
    one = watched().open("results?folder=bare")
    one.page.get_by_label("Point").wait_for()
    one.page.get_by_label("Point").select_option(index=1)
    one.says("The weights of this network were not kept.")
    one.page.get_by_role("button", name="Solve it again").click()
    one.says("its count is that of the stored row")
    told = polysem.simulate(n=8, m=8, l1=0.1, seed=0)
    one.says(words.summary(told)[1])


def test_names_are_text_and_bad_results_are_explained(watched):
    one = watched().open("results")
    one.page.get_by_label("Result").wait_for()
    one.page.get_by_label("Result").select_option(f"{HOSTILE} (simulate)")
    one.says("4 networks with 8 features")
    assert HOSTILE in one.page.get_by_label("Result").inner_text()
    assert HOSTILE in one.words()
    assert one.page.locator("img[src=x]").count() == 0
    one.page.get_by_label("Result").select_option("newer (sweep)")
    one.says("was written by a newer Polysem")
    other = watched().open("results?folder=../../etc&x=%3Cscript%3E")
    other.says("There is no result “../../etc”")


def test_a_growing_sweep_is_read_again(watched, root):
    grid = {"base": {"n": 4, "l1": 0.1}, "axes": {"m": [8]}, "seeds": 2}
    polysem.sweep(grid, root / "grows", workers=0)
    one = watched().open("results?folder=grows")
    one.says("2 networks were solved")
    polysem.sweep({**grid, "axes": {"m": [8, 16]}}, root / "grows", workers=0)
    one.page.get_by_role("button", name="Read again").click()
    one.says("4 networks were solved")


def test_two_tabs_do_not_disturb_each_other(watched):
    one, other = watched(), watched()
    for page in (one, other):
        page.open("results?folder=kept")
        page.page.get_by_label("Point").wait_for()
    one.page.get_by_label("Show").select_option("dead features")
    one.page.wait_for_url("**y=dead_features**")
    other.page.get_by_label("Result").select_option("bare (sweep)")
    other.page.wait_for_url("**folder=bare**")
    assert "y=polysemantic" in other.page.url
    assert "folder=kept" in one.page.url
    one.says("Dead features against number of neurons m")
    other.says("Polysemantic neurons against number of neurons m")


def test_without_a_folder_an_example_is_computed_and_can_be_cancelled(serve, browser, monkeypatch):
    monkeypatch.setitem(example.GRID, "seeds", 100_000)
    with serve() as running:
        page = browser.new_page()
        page.goto(running.url("results"))
        page.get_by_text("No folder was opened.").first.wait_for()
        page.get_by_role("button", name="Compute the example").click()
        page.get_by_text(re.compile("Computing the example … .* networks")).first.wait_for()
        page.get_by_role("button", name="Cancel").click()
        page.get_by_text("Cancelled.").first.wait_for()
        monkeypatch.setitem(example.GRID, "seeds", 2)
        page.get_by_role("button", name="Compute the example").click()
        page.get_by_text("30 networks were solved").first.wait_for()
        page.get_by_label("Point").select_option(index=1)
        page.get_by_text(SHOWN).first.wait_for()
        page.close()


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_nothing_is_wider_than_the_screen_and_all_is_labelled(watched, size):
    one = watched()
    one.page.set_viewport_size({"width": size[0], "height": size[1]})
    one.open("results?folder=kept")
    one.page.get_by_label("Point").wait_for()
    one.page.get_by_label("Point").select_option(index=1)
    one.says(SHOWN)
    assert one.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    for label in ("Result", "Show", "Against", "Colours", "Panels", "Scale across", "Scale up"):
        one.page.get_by_label(label, exact=True).first.focus()
    links = one.page.get_by_role("navigation", name="Views").get_by_role("link")
    assert links.count() >= 3
    links.first.focus()
