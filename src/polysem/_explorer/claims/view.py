"""The claims page: the ledger with a filter, or one claim with its figure and numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import panel as pn

from polysem._claims.panel import Panel
from polysem._claims.stored import StoredClaim, StoredLedger, read_ledger, shipped
from polysem._errors import BadInput
from polysem._explorer import texts
from polysem._explorer.claims import words
from polysem._explorer.figures import figure_cell
from polysem._explorer.foot import Foot
from polysem._explorer.jobs import Turns
from polysem._explorer.links import query
from polysem._explorer.picker import Picker
from polysem._explorer.shelf import HERE
from polysem._explorer.views import Session
from polysem._explorer.working import Working
from polysem._plots import claims as figure
from polysem._plots.claims_text import alt, caption
from polysem._report.claims import HOW

LEAD = (
    "What is said about polysemantic neurons, tested: each claim has a rule that was fixed before "
    "its networks were computed, and the verdict follows from the numbers. Open one to see them."
)
ALL = "all verdicts"
SHIPPED = "This is the ledger that comes with Polysem; “polysem claims --out ledger” makes one."
WITHOUT = (
    "No ledger is at hand. “polysem claims --out ledger” makes one in minutes; then start "
    "“polysem explore ledger”."
)


class ClaimsView:
    """The page. `layout` — to lay out; `close` frees its work."""

    period = 150

    def __init__(self, session: Session) -> None:
        typed = session.typed
        self._shelf, self._turns = session.shelf, Turns()
        self.ledger: StoredLedger | None = None
        self.claim: StoredClaim | None = None
        self._asked = typed.get("claim", "")
        again = lambda: self._turns.soon(self.read)  # noqa: E731
        self.picker = Picker(session.shelf, ("claims",), typed.get("folder", ""), again)
        self._make(typed.get("verdict", ""))
        self.foot = Foot("claims", self._figure, self._table)
        self.working = Working()
        self.layout = pn.Column(
            texts.html(texts.paragraph(LEAD)), self.picker.layout, self.working.layout, self.lead,
            self.controls, self.problem,
            self.head, self.plot, self.body, self.foot.layout, sizing_mode="stretch_width",
        )  # fmt: skip
        if not session.shelf.items(("claims",)):
            self.picker.layout.visible = False
        again()

    def _make(self, verdict: str) -> None:
        self.lead, self.problem, self.head, self.body = (texts.html("") for _ in range(4))
        self.plot = pn.Column(sizing_mode="stretch_width", margin=0)
        known = verdict in words.SIGNS
        self.filter = pn.widgets.Select(
            label="Verdict", options={ALL: "", **{v: v for v in words.SIGNS}},
            value=verdict if known else "", width=170,
        )  # fmt: skip
        self.list = pn.widgets.Select(label="Claim", options={"all claims": ""}, width=330)
        self.controls = pn.FlexBox(
            self.filter, self.list, sizing_mode="stretch_width", visible=False
        )
        if verdict and not known:
            said = f"There is no verdict “{verdict[:40]}”: choose one of the list."
            self.problem.object = texts.problem(said)
        self.filter.param.watch(lambda _: self._turns.soon(self._filtered), "value")
        self.list.param.watch(lambda e: self._turns.soon(self._choose, e.new), "value")

    # What the user does

    def read(self) -> None:
        """Read the chosen ledger, or the one that comes with Polysem."""
        if self.picker.layout.visible:
            item = self.picker.open()
            if item is not None:
                self.working.start("Reading", lambda _: read_ledger(item.path), self._show)
            return
        file = shipped()
        if file is None:
            self.lead.object = texts.paragraph(WITHOUT)
        else:
            self.working.start("Reading", lambda _: read_ledger(file), self._show)

    def _show(self, ledger: StoredLedger) -> None:
        self.ledger = ledger
        said = "" if self.picker.layout.visible else texts.paragraph(SHIPPED, "quiet")
        self.lead.object = texts.paragraph(words.lead(ledger)) + said
        self.list.options = {"all claims": ""} | {
            f"{words.numbered(one)[:60]} ({one.verdict})": one.id for one in ledger.claims
        }
        self.controls.visible = True
        asked, self._asked = self._asked or (self.claim.id if self.claim else ""), ""
        try:
            found = ledger.called(asked).id if asked else ""
        except BadInput as error:
            self.problem.object, found = texts.problem(str(error)), ""
        if self.list.value == found:
            self._choose(found)
        else:
            self.list.value = found

    def _filtered(self) -> None:
        self.problem.object = ""
        if self.list.value:
            self.list.value = ""
        else:
            self._choose("")

    def _choose(self, name: str) -> None:
        ledger = self.ledger
        if ledger is None:
            return
        self.claim = ledger.called(name) if name else None
        if self.claim is None:
            self._show_list(ledger)
        else:
            self.problem.object = ""
            self._show_claim(self.claim)
        drawn = self.claim is not None and self.claim.panel is not None
        self.foot.show(self.state(), self._python(), figures=drawn)

    def _show_list(self, ledger: StoredLedger) -> None:
        listed = words.claims_list(ledger, self.filter.value, self._link)
        self.head.object = listed
        self.plot[:] = []
        how = texts.fold("What the verdicts mean", words.legend() + texts.paragraph(HOW))
        self.body.object = how

    def _show_claim(self, one: StoredClaim) -> None:
        self.head.object = words.head(one, self._link(""))
        if one.panel is None:
            said = "Its figure was not stored; run “polysem claims” on the folder again."
            self.plot[:] = [texts.html(texts.paragraph(said, "quiet"))]
        else:
            self.plot[:] = [part for panel in one.panels for part in _drawn(panel)]
        self.body.object = (
            words.criteria(one) + words.change(one) + words.behind(one)
            + words.sweeps(self._sweeps(one))
        )  # fmt: skip

    def _sweeps(self, one: StoredClaim) -> dict[str, str]:
        """Its sweeps in the folder → their addresses in the results view."""
        name = self.picker.chosen if self.picker.layout.visible else ""
        if not name:
            return {}
        above = f"{one.id}/" if name == HERE else f"{name}/{one.id}/"
        found = [item.name for item in self._shelf.items(("sweep",)) if not item.problem]
        return {
            place.removeprefix(above): f"results{query({'folder': place})}"
            for place in found
            if place.startswith(above)
        }

    def state(self) -> dict[str, Any]:
        """Ledger, filter and claim."""
        folder = self.picker.chosen if self.picker.layout.visible else ""
        claim = self.claim.id if self.claim else ""
        return {"folder": folder, "verdict": self.filter.value, "claim": claim}

    def _link(self, claim: str) -> str:
        return f"claims{query({**self.state(), 'claim': claim})}"

    def _python(self) -> str:
        if self.claim is None:
            return 'import polysem\n\nledger = polysem.claims(out="ledger")\nledger.to_pandas()\n'
        number = self.claim.claim.number if self.claim.claim else self.claim.id
        return (
            f'import polysem\n\nledger = polysem.claims({number!r}, out="ledger")\n'
            f"ledger.to_pandas()  # criteria, numbers, intervals\nledger.plot({number!r})\n"
        )

    def _figure(self) -> Callable[[], Any]:
        assert self.claim is not None
        return partial(figure.draw_mpl, self.claim.panel)

    def _table(self) -> Callable[[], Any]:
        if self.claim is not None and self.claim.panel is not None:
            return self.claim.points
        assert self.ledger is not None
        return self.ledger.criteria

    # What happens by itself

    def tick(self) -> None:
        """What was clicked, and what long work has found."""
        self._turns.take()
        self.working.tick()

    def close(self) -> None:
        """Free the work of this page."""
        self.working.cancel()


def _drawn(panel: Panel) -> list[Any]:
    """A figure and its words."""
    return [figure_cell(figure.draw_bokeh(panel), caption(panel), alt(panel))]
