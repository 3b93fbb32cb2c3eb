"""A ledger as it was stored: verdicts, numbers and figures without the sweeps behind them."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from polysem._claims.discover import all_claims
from polysem._claims.panel import Panel, Series
from polysem._claims.words import number_rows
from polysem._errors import BadInput

if TYPE_CHECKING:
    import pandas

    from polysem._claims.claim import Claim
    from polysem._claims.claims import Ledger
    from polysem._claims.judgement import Judgement

TEXTS = ("title", "x_label", "y_label", "caption", "alt")  # of a figure
MARKS = ("x_log", "y_log", "share")
SCHEMA = 1  # raised when an older reader could misread a newer ledger
FILE = "ledger.json"
FIGURES = "figures.json"  # beside it: claim → the points of its figure, the numbers behind it
SHIPPED = ("_claims/shipped.json", "../../docs/ledger.json")  # in a package, in a checkout


class Stored(BaseModel):
    """Read leniently: what a newer Polysem adds is left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class StoredCriterion(Stored):
    """One criterion and what was measured; None where that is not known."""

    criterion: str
    claimed: str
    measured: float | None
    low: float | None
    high: float | None
    answer: str
    central: bool
    size: int
    units: str
    method: str


class StoredClaim(Stored):
    """One claim and its verdict. `panel` — its figure, None if it was not stored; `beside` —
    further ones; `numbers` — rows of the table behind it."""

    id: str
    statement: str
    source: str
    verdict: str
    alpha: float
    size: str
    seeds_used: int
    seeds_excluded: dict[str, int]
    failures: int
    criteria: tuple[StoredCriterion, ...]
    what_would_change: tuple[str, ...]
    panel: Panel | None = None
    beside: tuple[Panel, ...] = ()
    numbers: tuple[dict[str, str | float | bool | None], ...] = ()

    @field_validator("panel", mode="before")
    @classmethod
    def _panel(cls, value: Any) -> Any:
        return panel_of(value) if isinstance(value, dict) else None

    @field_validator("beside", mode="before")
    @classmethod
    def _beside(cls, value: Any) -> Any:
        return tuple(panel_of(one) for one in value)

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All of its figures."""
        return (self.panel, *self.beside) if self.panel else ()

    @property
    def claim(self) -> Claim | None:
        """The claim as this Polysem has it, which knows its reading and its experiments."""
        return next((claim for claim in all_claims() if claim.id == self.id), None)

    def points(self) -> pandas.DataFrame:
        """The points of its figure: series, x, y, low, high."""
        import pandas

        columns = ["series", "x", "y", "low", "high"]
        rows = []
        for one in self.panel.series if self.panel else ():
            nothing = (None,) * len(one.y)
            ends = zip(one.x, one.y, one.low or nothing, one.high or nothing, strict=True)
            rows += [(one.name, *values) for values in ends]
        return pandas.DataFrame(rows, columns=columns)  # pyright: ignore[reportArgumentType]


class StoredLedger(Stored):
    """Claims with their verdicts, and what made them."""

    claims: tuple[StoredClaim, ...]
    provenance: dict[str, Any] = {}

    @property
    def counts(self) -> Counter[str]:
        """Verdict → how many claims."""
        return Counter(one.verdict for one in self.claims)

    def called(self, word: str) -> StoredClaim:
        """The claim of that name. Raises `BadInput` for one that is not here."""
        for one in self.claims:
            if one.id == word or (one.claim is not None and one.claim.is_called(word)):
                return one
        names = ", ".join(one.id for one in self.claims)
        raise BadInput(f"This ledger has no claim “{word[:40]}”; it has {names}.")

    def criteria(self) -> pandas.DataFrame:
        """One row per criterion, with claim and verdict."""
        import pandas

        return pandas.DataFrame(
            [
                {"claim": one.id, "verdict": one.verdict, **row.model_dump()}
                for one in self.claims
                for row in one.criteria
            ]
        )


def told(ledger: Ledger) -> dict[str, Any]:
    """A `Ledger` as plain values, ready for JSON."""
    return {"schema": SCHEMA, "claims": ledger.rows, "provenance": ledger.provenance}


def drawn(ledger: Ledger) -> dict[str, Any]:
    """The figures of a `Ledger` and the numbers behind them, ready for JSON."""
    return {one.claim.id: drawn_claim(one) for one in ledger}


def drawn_claim(one: Judgement) -> dict[str, Any]:
    """The figures of one claim and the numbers behind them, ready for JSON."""
    panel, *beside = map(asdict, one.panels)
    return plain({"panel": panel, "beside": beside, "numbers": number_rows(one.numbers)})


def plain(value: Any) -> Any:
    """Values as JSON has them; what is not finite is None."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read_ledger(path: str | Path) -> StoredLedger:
    """Read the folder of `polysem claims --out`, or a file of a ledger. Raises `BadInput` if it is
    not one, is not whole, or was written by a newer Polysem."""
    path = Path(path)
    file = path / FILE if path.is_dir() else path
    if not file.is_file():
        raise BadInput(
            f"{str(path)!r} holds no {FILE} yet; “polysem claims --out {path.name}” goes on "
            "with it."
        )
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        schema, claims = int(found.get("schema", SCHEMA)), found["claims"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise BadInput(f"{str(file)!r} cannot be read as a ledger of claims.") from None
    if schema > SCHEMA:
        raise BadInput(
            f"{str(file)!r} was written by a newer Polysem (schema {schema}, here {SCHEMA}); "
            "install that one to read it."
        )
    try:
        rows = [_row(*one) for one in claims.items()] if isinstance(claims, dict) else claims
        figures = _figures(file.with_name(FIGURES))
        rows = [{**figures.get(one["id"], {}), **one} for one in rows]
        return StoredLedger.model_validate({**found, "claims": rows})
    except (ValidationError, TypeError, ValueError, KeyError) as error:
        where = error.errors()[0]["loc"] if isinstance(error, ValidationError) else ()
        said = f" ({'.'.join(map(str, where))})" if where else ""
        raise BadInput(f"{str(file)!r} is not a whole ledger of claims{said}.") from None


def shipped() -> Path | None:
    """The ledger that comes with Polysem; None if there is none."""
    home = Path(__file__).parents[1]
    return next((file for file in (home / name for name in SHIPPED) if file.is_file()), None)


def panel_of(values: dict[str, Any]) -> Panel:
    """The figure of a stored claim. Raises `ValueError` for what is none."""
    try:
        series = tuple(_series(one) for one in values["series"])
        texts: dict[str, Any] = {
            k: str(values[k]) for k in ("title", "x_label", "y_label", "caption", "alt")
        }
        marks: dict[str, Any] = {k: bool(values.get(k, False)) for k in ("x_log", "y_log", "share")}
        return Panel(series=series, **texts, **marks, claimed=_range(values.get("claimed")))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"not a figure: {error}") from None


def _series(values: dict[str, Any]) -> Series:
    words = all(isinstance(x, str) for x in values["x"])
    x = tuple(values["x"]) if words else _numbers(values["x"])
    y, low, high = (_numbers(values.get(name)) for name in ("y", "low", "high"))
    if y is None or x is None or any(v is not None and len(v) != len(y) for v in (x, low, high)):
        raise ValueError("lists of unequal length")
    line, like = bool(values.get("line", False)), str(values.get("like", ""))
    return Series(str(values["name"]), x, y, low, high, line, like)


def _range(ends: Any) -> tuple[float, float] | None:
    """A claimed range; an end that is None is infinite."""
    if ends is None:
        return None
    low, high = ends
    return -math.inf if low is None else float(low), math.inf if high is None else float(high)


def _numbers(values: Any) -> tuple[float, ...] | None:
    """Numbers; what is not finite is None in JSON."""
    if values is None:
        return None
    return tuple(math.nan if value is None else float(value) for value in values)


def _figures(file: Path) -> dict[str, Any]:
    """Claim → its figure and numbers; empty for a ledger that has none."""
    if not file.is_file():
        return {}
    found = json.loads(file.read_text(encoding="utf-8"))
    return {name: dict(one) for name, one in found.items()}


def _row(name: str, values: dict[str, Any]) -> dict[str, Any]:
    """A claim of the ledger of the documentation, which leaves out what the claim's file says."""
    claim = next((one for one in all_claims() if one.id == name), None)
    said = {} if claim is None else {"statement": claim.statement, "source": claim.source}
    return {"id": name, "statement": name, "source": "", **said, **values}
