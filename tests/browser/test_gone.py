"""Pages that are closed leave nothing behind; pages that lose their server say so."""

import gc
import warnings
from collections import Counter

from tests.browser.conftest import live_threads, soon

PAGES = {
    "live?n=16&m=32&l1=0.1&run=yes&speed=at+once": "Finished.",
    "results": "How many neurons become polysemantic",
    "neurons": "Which neurons of a trained network",
    "claims?claim=03-malign-fate": "What would change the verdict",
}
VIEWS = ("LiveView", "ResultsView", "NeuronsView", "ClaimsView")
PARTS = ("figure", "Document", "ServerSession", "LiveSession")


def alive(*kinds) -> Counter[str]:
    """Objects of these kinds that are still in memory."""
    gc.collect()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some objects warn when they are looked at
        return Counter(name for one in gc.get_objects() if (name := type(one).__name__) in kinds)


def test_many_pages_at_once_and_nothing_is_left_of_them(browser, served):
    assert soon(lambda: served.sessions() == 0)
    had = alive(*VIEWS, *PARTS)
    contexts = [browser.new_context() for _ in range(6)]
    pages = [context.new_page() for context in contexts]
    for seed, page in enumerate(pages):
        page.set_default_timeout(120_000)
        page.goto(served.url(f"live?n=64&m=256&l1=0.0005&seed={seed}&run=yes&speed=slow"))
    for page in pages:
        page.get_by_text("At the start").first.wait_for()
    assert live_threads() == 6
    for context in contexts:
        context.close()
    assert soon(lambda: live_threads() == 0)
    assert soon(lambda: served.sessions() == 0)
    assert soon(lambda: alive(*VIEWS, *PARTS) <= had)


def test_every_view_goes_with_its_tab(browser, served):
    """With its figures, its document and its session; the first pages load what stays for all."""
    kinds = (*VIEWS, *PARTS)
    had, counts = alive(*VIEWS), []  # other tests of this process may hold views
    for _ in range(2):
        context = browser.new_context()
        for path, words in PAGES.items():
            page = context.new_page()
            page.set_default_timeout(120_000)
            page.goto(served.url(path))
            page.get_by_text(words).first.wait_for()
        assert all(alive(kind)[kind] >= 1 for kind in VIEWS)
        assert served.sessions() == len(PAGES)
        context.close()
        assert soon(lambda: served.sessions() == 0)
        if counts:
            assert soon(lambda: alive(*kinds) <= counts[0]), alive(*kinds) - counts[0]
        counts.append(alive(*kinds))
    assert all(counts[-1][kind] <= had[kind] for kind in VIEWS)


def test_a_lost_connection_is_said_frees_the_work_and_a_reload_restores_the_view(watched):
    one = watched()
    one.open("live?n=64&m=256&l1=0.0005&seed=7&run=yes&speed=slow")
    one.says("At the start")
    assert not one.page.locator("#connection").is_visible()
    served = one.served
    served.hang_up()
    one.says("The connection to the explorer was lost")
    assert soon(lambda: live_threads() == 0)
    one.page.get_by_role("button", name="Reload").click()
    one.says("At the start")
    assert not one.page.locator("#connection").is_visible()
    assert one.page.get_by_label("Seed").input_value() == "7"


def test_a_page_without_a_network_says_so_until_there_is_one(watched):
    one = watched().open("live?n=16&m=32&l1=0.1&seed=4&run=yes&speed=at+once")
    one.says("Finished.")
    context, reload = one.page.context, one.page.get_by_role("button", name="Reload")
    context.route("**/*", lambda route: route.abort("internetdisconnected"))
    one.served.hang_up()
    one.says("Trying to reach it …")
    with one.page.expect_event("requestfailed"):  # it has tried, in vain
        pass
    assert not reload.is_visible()
    context.unroute_all()
    one.says("the explorer can be reached again")
    reload.click()
    one.says("Finished.")
    assert not one.page.locator("#connection").is_visible()
    assert all("ERR_INTERNET_DISCONNECTED" in said for said in one.errors)
    one.errors.clear()
