"""Finding the claims: every module in `ledger` that is there."""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from functools import cache
from importlib import import_module

from polysem._claims import ledger
from polysem._claims.claim import Claim
from polysem._errors import BadInput


@cache
def all_claims() -> tuple[Claim, ...]:
    """Every claim, by number."""
    names = sorted(module.name for module in pkgutil.iter_modules(ledger.__path__))
    found = [import_module(f"{ledger.__name__}.{name}").CLAIM for name in names]
    return tuple(sorted(found, key=lambda claim: claim.number))


def claims_called(words: Sequence[str | int]) -> tuple[Claim, ...]:
    """The claims of these numbers or names, all if none is named. Raises `BadInput`."""
    there = all_claims()
    if not words:
        return there
    chosen = []
    for word in words:
        match = [claim for claim in there if claim.is_called(str(word))]
        if not match:
            raise BadInput(
                f"There is no claim {str(word)!r}; there are "
                f"{', '.join(claim.id for claim in there)}."
            )
        chosen += match
    return tuple(dict.fromkeys(chosen))
