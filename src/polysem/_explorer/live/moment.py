"""What is on the page at one moment, for everything that describes or saves it."""

from __future__ import annotations

from typing import Any, NamedTuple

from polysem._explorer.live.frames import Frame, Opening
from polysem._explorer.live.history import History
from polysem._explorer.live.laws import Laws
from polysem._explorer.live.settings import LiveSettings


class Moment(NamedTuple):
    """The network, what is known of it, the `frame` shown, and the number of the chosen `pair`.

    `run` — the finished run, else None.
    """

    settings: LiveSettings
    opening: Opening
    history: History
    frame: Frame
    laws: Laws | None
    pair: int
    run: Any

    @property
    def pair_words(self) -> str:
        """The chosen pair."""
        return self.opening.pairs.name(self.pair)

    @property
    def is_end(self) -> bool:
        """True if the end of a finished run is shown."""
        return self.run is not None and self.history.newest
