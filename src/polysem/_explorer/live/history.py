"""The frames seen so far and which of them is shown: play, pause, step, scrub."""

from __future__ import annotations

import numpy as np

from polysem._explorer.live.frames import Frame

MOST_FRAMES = 400


class History:
    """Frames in order of time and a place among them.

    `at` — index of the frame shown, −1 before the first. `paused` — nothing moves by itself.
    """

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.at = -1
        self.paused = False

    def copy(self) -> History:
        """As it is now; it does not change with this one."""
        other = History()
        other.frames, other.at, other.paused = list(self.frames), self.at, self.paused
        return other

    @property
    def shown(self) -> Frame | None:
        """The frame shown."""
        return self.frames[self.at] if self.frames else None

    @property
    def newest(self) -> bool:
        """True if nothing later is known than what is shown."""
        return self.at == len(self.frames) - 1

    def way(self, pair: int) -> np.ndarray:
        """Both weights of a pair until the moment shown: (moments, 2)."""
        return np.array([frame.weights[pair] for frame in self.frames[: self.at + 1]])

    def add(self, frame: Frame) -> None:
        """A later frame arrives and is shown. Of too many, every other one is forgotten."""
        if self.frames and frame.t <= self.frames[-1].t:
            self.frames[-1] = frame  # the end state itself replaces the last one on the way to it
        else:
            self.frames.append(frame)
        if len(self.frames) > MOST_FRAMES:
            del self.frames[1:-1:2]
        self.at = len(self.frames) - 1

    def go_to(self, index: int) -> None:
        """Show a frame by its index; beyond the ends, the first or last one."""
        self.at = max(-1 if not self.frames else 0, min(index, len(self.frames) - 1))

    def forward(self) -> bool:
        """Show the next known frame; False if there is none."""
        if self.newest:
            return False
        self.at += 1
        return True

    def back(self) -> bool:
        """Show the frame before; False if there is none."""
        if self.at <= 0:
            return False
        self.at -= 1
        return True
