"""A number for every feature: a list, or a law that fits any number of features."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from polysem._config import Config

Positive = Annotated[float, Field(ge=0, le=1e6)]


class Geometric(Config):
    """ratio^i for feature i = 0, 1, …: the decaying importances of Toy Models of Superposition."""

    kind: Literal["geometric"] = "geometric"
    ratio: Annotated[float, Field(gt=0, le=1)]

    def values(self, n: int) -> np.ndarray:
        """The n values: (n,), float64."""
        return self.ratio ** np.arange(n)


class Listed(Config):
    """One value per feature, in order."""

    kind: Literal["list"] = "list"
    each: Annotated[tuple[Positive, ...], Field(min_length=1)]

    def values(self, n: int) -> np.ndarray:
        """The n values: (n,), float64."""
        return np.array(self.each, dtype=np.float64)


PerFeature = Annotated[Geometric | Listed, Field(discriminator="kind")]


def must_fit(name: str, law: Geometric | Listed | None, n: int) -> None:
    """Raise `ValueError` if `law` lists another number of values than there are features."""
    if isinstance(law, Listed) and len(law.each) != n:
        raise ValueError(
            f"{name} lists {len(law.each)} values, but there are n = {n} features; "
            "give one value per feature, or a law such as {'kind': 'geometric', 'ratio': 0.9}"
        )
