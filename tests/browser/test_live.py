"""The live view in a real browser."""

import pandas as pd
import pytest
from tests.browser.conftest import live_threads, soon

import polysem
from polysem._explorer.live import words

QUICK = "live?n=16&m=32&l1=0.1&seed=4"


def test_a_run_to_its_end_shows_the_numbers_of_python(watched, tmp_path):
    one = watched().open(QUICK)
    page = one.page
    page.get_by_label("Speed").select_option("fast")
    page.get_by_role("button", name="Run").click()
    one.says("Finished.")
    run = polysem.simulate(n=16, m=32, l1=0.1, seed=4)
    shown = one.words()
    for sentence in words.at_end(run):
        assert sentence in shown
    assert "run=yes" in page.url
    assert "seed=4" in page.url
    with page.expect_download() as download:
        page.get_by_text("Data (CSV)").click()
    download.value.save_as(tmp_path / "t.csv")
    table = pd.read_csv(tmp_path / "t.csv")
    pd.testing.assert_frame_equal(table, run.trajectory(), check_exact=False, check_dtype=False)
    with page.expect_download() as download:
        page.get_by_text("Figure (SVG)").click()
    download.value.save_as(tmp_path / "f.svg")
    assert "<svg" in (tmp_path / "f.svg").read_text()


def test_the_link_restores_the_view(watched):
    one = watched().open(f"{QUICK}&run=yes&speed=at+once")
    one.says("Finished.")
    again = watched().open(one.page.url.split("/", 3)[3] + "&speed=at+once")
    again.says("Finished.")
    end = polysem.simulate(n=16, m=32, l1=0.1, seed=4)
    for page in (one, again):
        assert words.at_end(end)[1] in page.words()


def test_pause_step_back_and_scrub(watched):
    one = watched().open("live?n=64&m=256&l1=0.005&seed=4")
    page = one.page
    page.get_by_label("Speed").select_option("slow")
    page.get_by_role("button", name="Run").click()
    one.says("At the start")
    page.get_by_role("button", name="Pause").click()
    one.says("Paused.")
    before = one.at_rest()  # what was on its way arrives; then nothing moves
    page.get_by_role("button", name="Step ▶").click()
    assert soon(lambda: one.words() != before)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Speed").select_option("at once")
    one.says("Finished.")
    page.get_by_role("button", name="◀ Step back").click()
    page.get_by_label("Moment").focus()
    for _ in range(3):
        page.keyboard.press("Home")
    one.says("At t = 0 ")


def test_bad_values_are_explained_and_nothing_starts(watched):
    before = live_threads()
    one = watched().open("live?n=%3Cscript%3Ealert(1)%3C%2Fscript%3E&m=-3&run=yes")
    one.says("Not started")
    shown = one.words()
    assert "“<script>alert(1)</script>” is not allowed: give a whole number from 2" in shown
    assert "“-3” is not allowed" in shown
    assert live_threads() == before
    one.page.get_by_label("Features n").fill("16")
    one.page.get_by_label("Neurons m").fill("32")
    one.page.get_by_label("Penalty λ").fill("0.1")
    one.page.get_by_label("Speed").select_option("at once")
    one.page.get_by_role("button", name="Run").click()
    one.says("Finished.")
    assert "is not allowed" not in one.words()


def test_stop_ends_the_work_and_keeps_what_was_seen(watched):
    one = watched().open("live?n=64&m=256&l1=0.0005")
    one.page.get_by_role("button", name="Run").click()
    one.says("At t =")
    one.page.get_by_role("button", name="Stop").click()
    one.says("Stopped.")
    assert soon(lambda: live_threads() == 0)
    one.page.get_by_role("button", name="◀ Step back").click()


def test_two_tabs_run_beside_each_other_and_a_closed_one_frees_its_work(watched):
    long, short = watched(), watched()
    long.open("live?n=64&m=256&l1=0.0005&run=yes&speed=slow")
    long.says("At the start")
    short.open(f"{QUICK}&run=yes&speed=at+once")
    short.says("Finished.")
    assert live_threads() == 1
    assert "Finished." not in long.words()
    long.page.close()  # in the middle
    assert soon(lambda: live_threads() == 0)
    assert "Finished." in short.words()


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_nothing_is_wider_than_the_screen(watched, size):
    one = watched()
    one.page.set_viewport_size({"width": size[0], "height": size[1]})
    one.open(f"{QUICK}&run=yes&speed=at+once")
    one.says("Finished.")
    assert one.page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_every_control_can_be_reached_and_named(watched):
    one = watched().open(QUICK)
    for label in ("Features n", "Neurons m", "Penalty λ", "Seed", "Output activation", "Speed"):
        one.page.get_by_label(label).first.focus()
    assert one.page.get_by_role("navigation", name="Views").is_visible()
    assert one.page.get_by_role("status").count() == 1


AXES = """() => {
  const plot = Bokeh.documents.map(d => d.get_model_by_name("Weights W")).find(p => p)
  const {x_range: x, y_range: y} = plot; return [x.start, x.end, y.start, y.end]; }"""


def test_another_network_takes_the_place_of_the_one_before(watched):
    """Its weights fill the map from the top left, as those of the first did."""
    one = watched().open(f"{QUICK}&run=yes&speed=at+once")
    page = one.page
    one.says("Finished.")
    assert soon(lambda: page.evaluate(AXES) == [0, 32, 16, 0])
    page.get_by_label("Features n").fill("8")
    page.get_by_label("Neurons m").fill("48")
    page.get_by_role("button", name="Run", exact=True).click()
    end = words.at_end(polysem.simulate(n=8, m=48, l1=0.1, seed=4))
    one.says(f"Finished. {end[1]}")
    assert soon(lambda: page.evaluate(AXES) == [0, 48, 8, 0])
    assert soon(lambda: "8 features" in one.labels()["Weights"])
    assert "pair=" not in page.url
    assert "n=8&m=48" in page.url
