"""The neurons view in a real browser: a recording with hostile names, and a live model."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.browser.conftest import soon

import polysem

SCRIPT = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>"
NAMES = ["plain", SCRIPT, "\u202eabc\u202c مرحبا $$x$$ " + "n" * 300]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A recording of 30 neurons and 3 features with names of all kinds."""
    rng = np.random.default_rng(3)
    y = (rng.random((200, 3)) < 0.4).astype(float)
    x = rng.normal(size=(200, 30)) + y @ (3 * (rng.random((3, 30)) < 0.4))
    root = tmp_path_factory.mktemp("runs")
    found = polysem.diagnose(activations=x, labels=y, names=NAMES, draws=20)
    found.save(root / "recording")
    W = np.zeros((4, 6))
    W[[0, 1, 2, 3], [0, 0, 1, 2]] = 1, -1, 1, 1
    polysem.diagnose(W, draws=20).save(root / "weights")
    return root


@pytest.fixture(scope="module")
def served(serve, folder):
    with serve(folder=folder) as running:
        yield running


@pytest.fixture(scope="module")
def found(folder):
    return polysem.load(folder / "recording")


def listed(one) -> list[int]:
    rows = one.page.locator("button[data-id]").all()
    return [int(row.get_attribute("data-id")) for row in rows]


def test_the_table_is_filtered_sorted_and_leads_to_a_neuron(watched, found):
    one = watched().open("neurons?folder=recording")
    one.says(found.summary()[0])
    page = one.page
    page.get_by_label("Which neurons").select_option("polysemantic only")
    assert soon(lambda: set(listed(one)) <= set(found.polysemantic))
    page.get_by_role("button", name="neuron", exact=True).click()
    assert soon(lambda: listed(one) == sorted(found.polysemantic)[:12])
    page.get_by_role("button", name="neuron ▲").click()
    assert soon(lambda: listed(one) == sorted(found.polysemantic)[::-1][:12])
    last = max(found.polysemantic)
    page.get_by_role("button", name=f"neuron {last}", exact=True).press("Enter")
    one.says(f"Neuron {last}")
    assert soon(lambda: f"neuron={last}" in page.url)
    evidence = found.findings[last].evidence
    assert soon(lambda: evidence[1:] in one.words())
    assert f"{found.findings[last].selectivity:.4g}" in one.words()
    page.get_by_label("Feature's name contains").fill("no such feature")
    page.get_by_label("Feature's name contains").press("Enter")
    one.says("nothing is left")
    page.get_by_label("Largest p of the score").fill("x")
    page.get_by_label("Largest p of the score").press("Enter")
    one.says("give a number from 0 to 1")


def test_hostile_names_are_text(watched, found):
    neuron = next(f.neuron for f in found.findings if SCRIPT in f.features)
    one = watched().open(f"neurons?folder=recording&neuron={neuron}")
    one.says(f"Neuron {neuron}")
    assert soon(lambda: SCRIPT in one.words())
    assert one.page.evaluate("window.hacked") is None
    assert one.page.evaluate("document.documentElement.scrollWidth") <= 1280
    one.open(
        f"neurons?folder={SCRIPT}&neuron={SCRIPT}&kind={SCRIPT}&feature={SCRIPT}&save={SCRIPT}"
    )
    one.says("There is no result")
    assert one.page.evaluate("window.hacked") is None


def test_the_link_restores_and_the_files_and_the_python_agree(watched, found, monkeypatch, folder):
    neuron = found.polysemantic[-1]
    one = watched().open(f"neurons?folder=recording&neuron={neuron}&polysemantic=yes&save=neuron")
    one.says(f"Neuron {neuron}")
    link = one.page.get_by_text("Link to this view").get_attribute("href")
    again = watched().open(link)
    again.says(f"Neuron {neuron}")
    assert again.page.get_by_label("Which neurons").input_value() == "polysemantic only"
    assert soon(lambda: again.labels() == one.labels() and len(one.labels()) == 4)

    def saved(label) -> bytes:
        with one.page.expect_download() as download:
            one.page.get_by_text(label, exact=True).click()
        return Path(download.value.path()).read_bytes()

    table = pd.read_parquet(io.BytesIO(saved("Data (Parquet)")))
    assert len(pd.read_csv(io.BytesIO(saved("Data (CSV)")))) == len(table) > 0
    assert saved("Figure (PNG)").startswith(b"\x89PNG")
    assert b"<svg" in saved("Figure (SVG)")
    names: dict = {}
    exec(one.page.locator("pre code").first.text_content(), names)
    shown = names["features"]
    expected = shown[shown["neuron"] == neuron].reset_index(drop=True)
    pd.testing.assert_frame_equal(table.reset_index(drop=True), expected)


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_another_diagnosis_is_chosen_and_fits_the_screen(watched, size):
    one = watched()
    one.page.set_viewport_size({"width": size[0], "height": size[1]})
    one.open("neurons?folder=recording")
    one.says("In words")
    one.page.get_by_label("Result").select_option("weights (diagnose)")
    one.says("1 of 6 neurons are polysemantic")
    assert soon(lambda: "1, 0" in one.words() or "0, 1" in one.words())
    assert one.page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_a_click_in_the_map_chooses_the_neuron(watched, found):
    one = watched().open("neurons?folder=recording")
    one.says("In words")
    chosen = listed(one)[0]
    other = next(f.neuron for f in found.findings if f.features and f.neuron != chosen)
    one.page.evaluate(
        """neuron => { const all = Bokeh.documents.flatMap(d => [...d._all_models.values()]);
          const source = all.filter(m => m.type === "ColumnDataSource" && m.data.value
            && m.data.neuron).find(m => m.data.neuron.includes(neuron));
          source.selected.indices = [source.data.neuron.indexOf(neuron)]; }""",
        other,
    )
    one.says(f"Neuron {other}")


def test_a_phone_shows_the_table_whole_and_a_wide_screen_all_columns(watched):
    one = watched()
    one.open("neurons?folder=recording")
    one.says("In words")
    head = one.page.get_by_role("button", name="selectivity", exact=True)
    head.wait_for()
    one.page.set_viewport_size({"width": 390, "height": 844})
    one.says("more columns on a wider screen")
    assert head.is_hidden()
    table = one.page.get_by_role("region", name="neurons of 30")
    assert table.evaluate("e => e.scrollWidth <= e.clientWidth")
