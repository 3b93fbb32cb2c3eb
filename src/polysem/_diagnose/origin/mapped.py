"""Copies of a model computed together where `torch.vmap` can, in turn where it cannot."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import torch


class Mapped:
    """Remembers whether a model can be mapped over copies.

    A model or loss that looks at values (`.item()`, `if loss > 1`) cannot be; from the first
    failure on its copies are taken in turn.
    """

    def __init__(self) -> None:
        self.possible = True

    def __call__(
        self, together: Callable[[], torch.Tensor], in_turn: Callable[[], torch.Tensor]
    ) -> torch.Tensor:
        """What `together` gives, or else `in_turn`."""
        if self.possible:
            try:
                with warnings.catch_warnings():  # torch's remarks on what it maps slowly
                    warnings.simplefilter("ignore", UserWarning)
                    return together()
            except RuntimeError:
                self.possible = False
        return in_turn()
