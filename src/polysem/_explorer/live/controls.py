"""The buttons of the live view, and what they say."""

from __future__ import annotations

from typing import Any

import panel as pn

from polysem._explorer.live.scrub import Scrub

SPEEDS = {"slow": 4, "normal": 1, "fast": 1, "at once": 1}  # ticks per moment
AT_A_TIME = {"fast": 4, "at once": 1000}  # moments per tick
USUAL = "normal"


class Controls:
    """`buttons`, `course` — to lay out: run, pause, steps, stop, speed; progress and moment."""

    def __init__(self, speed: str) -> None:
        button = pn.widgets.Button
        self.run = button(label="Run", color="primary", width=90)
        self.pause = button(label="Pause", width=90, disabled=True)
        self.back = button(label="◀ Step back", width=110, disabled=True)
        self.step = button(label="Step ▶", width=90, disabled=True)
        self.stop = button(label="Stop", width=80, disabled=True)
        self.speed = pn.widgets.Select(
            label="Speed",
            options=list(SPEEDS),
            value=speed if speed in SPEEDS else USUAL,
            width=110,
        )
        self.scrub = Scrub(sizing_mode="stretch_width", margin=(5, 10))
        self.bar = pn.indicators.Progress(value=0, max=100, sizing_mode="stretch_width")
        row = (self.run, self.pause, self.back, self.step, self.stop, self.speed)
        self.buttons = pn.FlexBox(*row, align_items="end", sizing_mode="stretch_width")
        self.course = (self.bar, self.scrub)

    @property
    def per_tick(self) -> int:
        """Moments per tick."""
        return AT_A_TIME.get(self.speed.value, 1)

    def due(self, ticks: int) -> bool:
        """True if the next moment is due at this tick."""
        return ticks % SPEEDS[self.speed.value] == 0

    def begin(self) -> None:
        """A network starts."""
        self.bar.value = 0
        self.paused(False)
        for control in (self.pause, self.step, self.stop):
            control.disabled = False

    def end(self) -> None:
        """Nothing more is computed."""
        self.stop.disabled = True

    def paused(self, yes: bool) -> None:
        """Pause, or go on."""
        self.pause.label = "Go on" if yes else "Pause"

    def place(self, at: int, frames: int, words: str) -> None:
        """Which moment of how many is shown, and when that is."""
        self.scrub.param.update(at=at, last=frames - 1, words=words)
        self.back.disabled = at <= 0

    def on(self, soon: Any, acts: dict[str, Any]) -> None:
        """Do `acts` (control → function) soon."""
        for name, act in acts.items():
            control = getattr(self, name)
            if isinstance(control, Scrub):
                control.on_asked(lambda act=act: soon(act))
            else:
                control.on_click(lambda _, act=act: soon(act))
