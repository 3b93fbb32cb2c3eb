"""Pages without a browser: the wiring of widgets, and what is shown as text."""

import time

import pytest

import polysem

pytest.importorskip("panel", reason="the explorer needs panel: pip install 'polysem[explorer]'")

from panel.models.esm import DataEvent

from polysem._explorer import texts
from polysem._explorer.links import asked, query
from polysem._explorer.live.view import LiveView
from polysem._explorer.page import page
from polysem._explorer.shelf import Shelf
from polysem._explorer.views import Session, entry

QUICK = {"n": "16", "m": "32", "l1": "0.1", "seed": "4", "speed": "at once"}


def live(typed) -> LiveView:
    return LiveView(Session(typed, Shelf()))


def finish(view: LiveView, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while "Finished." not in view.scene.status.object:
        assert time.monotonic() < end, view.scene.status.object
        view.tick()
        time.sleep(0.005)


def test_a_link_runs_and_the_page_says_what_python_says():
    view = live(QUICK | {"run": "yes"})
    page(entry("live"), view.layout)
    finish(view)
    run = polysem.simulate(n=16, m=32, l1=0.1, seed=4)
    assert f"{run.census.total('polysemantic')} polysemantic neuron" in view.scene.end.object
    assert view.controls.bar.value == 100
    assert "polysem.simulate(n=16, m=32, l1=0.1, seed=4)" in view.sheets._foot._more.object
    assert (
        view.controls.scrub.at == view.controls.scrub.last == len(view.session.history.frames) - 1
    )


def ticks(view: LiveView, until, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end
        view.tick()
        time.sleep(0.005)


def test_the_first_picture_has_a_tick_of_its_own_and_all_else_follows_at_the_next():
    view = live(QUICK | {"run": "yes"})
    label = view.figures.weights.plot.xaxis.axis_label
    ticks(view, lambda: "32 neurons" in str(label.text))
    assert (view.scene.now.object, view.figures.pair.options) == ("", {})
    assert view.session.history.at == 0
    view.tick()
    assert "At the start" in view.scene.now.object
    assert view.figures.pair.options != {}
    assert view.session.history.at == 0
    view.close()


@pytest.mark.parametrize("t", ["0", "0.0"])
def test_a_link_to_the_start_pauses_there(t):
    view = live(QUICK | {"run": "yes", "at": t})
    ticks(view, lambda: "Paused at the moment of the link." in view.scene.status.object)
    shown = view.session.history.shown
    assert shown is not None
    assert shown.t == 0
    assert "At the start" in view.scene.now.object
    for _ in range(5):
        view.tick()
    assert view.session.history.at == 0
    view.close()


def test_choosing_another_pair_shows_it_and_is_in_the_link():
    view = live(QUICK | {"run": "yes"})
    finish(view)
    assert len(view.figures.pair.options) > 1
    view.figures.pair.value = 1
    view.tick()
    label = next(name for name, index in view.figures.pair.options.items() if index == 1)
    feature = label.split()[1]
    assert view.figures.phase.plot.xaxis.axis_label.text.startswith(
        f"weight of feature {feature} on"
    )
    assert "pair=1" in view.sheets._foot._more.object


def test_clicks_change_the_page_at_the_next_tick_only():
    """Panel answers clicks without the document's lock: figures must not be touched there."""
    view = live(QUICK)
    view.controls.run.clicks += 1
    assert not view.session.working
    view.tick()
    assert view.session.working
    view.close()


def test_running_again_forgets_what_was():
    view = live(QUICK | {"run": "yes"})
    finish(view)
    view.form._fields["seed"].value = "5"
    view.run()
    assert view.scene.end.object == ""
    finish(view)
    assert view.session.run.seeds == (5,)
    view.close()
    assert not view.session.working


def test_a_pair_of_the_network_before_is_not_one_of_the_next():
    """The list of pairs is that of the one before until the next picture."""
    view = live(QUICK | {"run": "yes"})
    finish(view)
    last = len(view.figures.pair.options) - 1
    view.form._fields["n"].value, view.form._fields["m"].value = "2", "64"
    view.run()
    ticks(view, lambda: view.session.opened)
    view.scene.choose(last)
    assert view.scene.pair == 0
    finish(view)
    assert len(view.figures.pair.options) <= last
    view.close()


def test_closing_a_page_ends_its_work():
    view = live({"n": "64", "m": "256", "l1": "0.0005", "run": "yes"})
    worker = view.session._worker
    assert worker is not None
    view.close()
    worker.join(10)
    assert not worker.working


def test_words_are_never_markup():
    for made in (texts.paragraph, texts.status, texts.problem, texts.heading, texts.code):
        assert "<script>" not in made("<script>alert(1)</script>")
    assert '"><img' not in texts.link('live?"><img src=x>', "here")


def test_links_hold_what_they_are_given_and_only_text_comes_back():
    found = query({"n": 64, "name": "a&b=<c>", "empty": None, "none": ""})
    assert found == "?n=64&name=a%26b%3D%3Cc%3E"
    assert query({}) == ""
    assert asked({"n": [b"1", b"64"], "bad": [b"\xff"], "no": []}) == {"n": "64", "bad": "�"}


def test_a_moment_asked_for_while_a_step_is_on_its_way_is_shown():
    view = live(QUICK | {"run": "yes"})
    finish(view)
    scrub, history = view.controls.scrub, view.session.history
    view._turns.soon(view._step_back)
    scrub._process_event(DataEvent(model=None, data=0))
    view.tick()
    assert (history.at, scrub.at) == (0, 0)
    view.controls.step.clicks += 1
    view.controls.step.clicks += 1
    view.tick()
    assert (history.at, scrub.at) == (2, 2)
    scrub._process_event(DataEvent(model=None, data=0))
    view.controls.step.clicks += 1
    scrub._process_event(DataEvent(model=None, data=3))
    view.tick()
    assert (history.at, scrub.at) == (3, 3)
    view.close()
