"""Reports on paper: figures whole on one page, nothing to press, in a page of any width."""

import re

import pytest

import polysem

PAPER = 1050  # pixels: the height of a page of A4 or letter less its margins is no smaller


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """A run's, a sweep's and a diagnosis's."""
    folder = tmp_path_factory.mktemp("reports")
    run = polysem.simulate(n=8, m=8, l1=0.05, seeds=2)
    run.report(folder / "run.html")
    grid = {"axes": {"n": [4, 8], "m": [8, 16, 32], "l1": [0.1]}, "seeds": 2}
    polysem.sweep(grid, folder / "sweep", workers=1).report(folder / "sweep.html")
    found = polysem.diagnose(run, network=0, draws=20, moves=1, horizon=20, together=False)
    found.report(folder / "diagnosis.html")
    return folder


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["run", "sweep", "diagnosis"])
def test_what_is_printed(browser, reports, name, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto((reports / f"{name}.html").as_uri())
    page.wait_for_function("document.querySelectorAll('.plot:empty').length === 0")
    assert page.locator(".download, figure").first.is_visible()
    page.emulate_media(media="print")
    heights = page.eval_on_selector_all("figure", "all => all.map(one => one.offsetHeight)")
    assert heights
    assert all(100 < height < PAPER for height in heights), heights
    kept = "all => all.map(one => getComputedStyle(one).breakInside)"
    assert set(page.eval_on_selector_all("figure, tr", kept)) == {"avoid"}
    assert not any(link.is_visible() for link in page.locator(".download").all())
    pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
    assert pages <= 2 + len(heights)
    page.close()


@pytest.mark.parametrize("name", ["run", "sweep", "diagnosis"])
def test_an_ordinary_report_is_small(reports, name):
    assert (reports / f"{name}.html").stat().st_size <= 3_000_000


@pytest.mark.parametrize("name", ["run", "sweep", "diagnosis"])
def test_captions_of_tables_stay_on_a_phones_screen(browser, reports, name):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto((reports / f"{name}.html").as_uri())
    ends = "all => all.map(one => one.getBoundingClientRect().right)"
    found = page.eval_on_selector_all("caption", ends)
    assert found
    assert max(found) <= 390
    page.close()
