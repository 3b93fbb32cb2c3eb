"""What can be taken from the live view: files, Python and link of every figure."""

import io
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from tests.browser.conftest import soon

from polysem._explorer.live.sheets import SHEETS

PAUSED = "live?n=16&m=32&l1=0.1&seed=4&run=yes&speed=at+once&at=1.5&pair=1"


def saved(one, label) -> bytes:
    with one.page.expect_download() as download:
        one.page.get_by_text(label, exact=True).click()
    return Path(download.value.path()).read_bytes()


def files(one):
    """The table, after checking that all four files hold what they should."""
    assert saved(one, "Figure (PNG)").startswith(b"\x89PNG")
    svg = ET.fromstring(saved(one, "Figure (SVG)"))
    assert svg.tag.endswith("svg")
    assert len(list(svg.iter())) > 50
    csv = pd.read_csv(io.BytesIO(saved(one, "Data (CSV)")))
    parquet = pd.read_parquet(io.BytesIO(saved(one, "Data (Parquet)")))
    pd.testing.assert_frame_equal(csv, parquet, check_dtype=False, rtol=1e-6)
    return parquet


def python_shown(one) -> str:
    return one.page.locator("pre code").first.text_content()


def ran(code, tmp_path, monkeypatch) -> dict:
    """The names that the shown Python makes; its figure is written."""
    matplotlib.use("agg")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(code, names)
    assert (tmp_path / "figure.svg").stat().st_size > 1000
    pyplot.close("all")
    return names


def agrees(kind, table, names) -> None:
    """The numbers of the page are those of the Python that it shows."""
    if kind == "weights":
        shown = names["W"][table["feature"], table["neuron"]]
        np.testing.assert_allclose(table["weight"], shown, atol=2e-3)
        assert len(table) == names["W"].size
    elif kind == "collisions":
        W = names["W"]
        for side in ("larger", "smaller"):
            np.testing.assert_allclose(
                table[f"{side}_weight"], W[table[side], table["neuron"]], atol=1e-4
            )
    elif kind == "phase":
        course = names["course"]
        for side, letter in (("larger", "i"), ("smaller", "j")):
            for what in ("weight", "interference", "feature_benefit", "regularisation"):
                values = np.interp(table["t"], course["t"], course[f"pair_{what}_{letter}"])
                np.testing.assert_allclose(table[f"{side}_{what}"], values, atol=2e-2)
    elif kind == "course":
        measured, course = table[table["series"] == "measured"], names["course"]
        for what in ("l1_norm", "m_prime"):
            values = np.interp(measured["t"], course["t"], course[what])
            np.testing.assert_allclose(measured[what], values, rtol=0.05)
        assert set(table["series"]) == {"measured", "textbook law", "corrected law"}
    else:
        pd.testing.assert_frame_equal(
            table, names["run"].trajectory(), check_exact=False, check_dtype=False
        )


@pytest.mark.parametrize("kind", SHEETS)
def test_every_figure_is_saved_with_its_numbers_and_its_python(
    watched, tmp_path, monkeypatch, kind
):
    one = watched()
    if kind == "run":
        one.open(PAUSED.split("&at=")[0])
        one.says("Finished.")
    else:
        one.open(f"{PAUSED}&save={kind}")
        one.says("Paused at the moment of the link.")
    table = files(one)
    agrees(kind, table, ran(python_shown(one), tmp_path, monkeypatch))


def link_of(one):
    return one.page.get_by_text("Link to this view").get_attribute("href")


def test_the_link_restores_the_moment_the_pair_and_the_figure(watched):
    one = watched().open(f"{PAUSED}&save=phase")
    one.says("Paused at the moment of the link.")
    opened = link_of(one)
    one.page.get_by_role("button", name="◀ Step back").click()
    assert soon(lambda: link_of(one) != opened)
    link = link_of(one)
    assert "save=phase" in link
    assert "pair=1" in link
    again = watched().open(link)
    again.says("Paused at the moment of the link.")
    assert soon(lambda: again.labels() == one.labels())  # each page draws in its own time
    assert again.page.get_by_label("Figure to save").input_value() == "Phase portrait of the pair"
