"""The result of a repair: a working model, what moved, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polysem._census.tables import Table
from polysem._repair.effects import EFFECTS, effects
from polysem._repair.intervention import record
from polysem._repair.layer import Layer

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas

NETWORKS = {
    "seed": "int",
    "polysemantic": "int",
    "polysemantic_repaired": "int",
    "count": "int",
    "count_sham": "int",
    "count_repaired": "int",
    "active": "int",
    "active_sham": "int",
    "active_repaired": "int",
    "loss": "float",
    "loss_sham": "float",
    "loss_repaired": "float",
    "gap": "float",
    "metric": "float",
    "metric_sham": "float",
    "metric_repaired": "float",
    "left_alone": "int",
    "horizon": "int",
    "steps": "float",
    "training_steps": "float",
    "share": "float",
    "preserved": "float",
    "further": "int",
    "count_sham_further": "int",
    "count_repaired_further": "int",
    "loss_sham_further": "float",
    "loss_repaired_further": "float",
    "gap_further": "float",
    "metric_sham_further": "float",
    "metric_repaired_further": "float",
}
"""Columns of `Repair.table`. `polysemantic` — neurons; `count` — of them and of features that no
neuron represents; `active` — neurons whose activations are selective for several features, unknown
where labels do not say which are on; `gap` — loss of the repaired network minus the sham's, in
units of one feature's worth; `steps` — work in steps of a training, the sham included, and `share`
of the training's; `preserved` — largest change of an output (split) or of the loss (rotate) by the
rewiring itself. `further` — steps that sham and repaired network were trained on without a mask,
and what they were then; unknown where that was not done."""
LEFT = {"seed": "int", "neuron": "int", "reason": "text"}


@dataclass(frozen=True)
class Repaired:
    """One network: `layer` — its three arms, `worth` — one feature's worth, `training` — what its
    training cost in steps, if known; `metrics` — (before, sham, repaired) on every batch,
    and then (sham, repaired) trained on, if that was done."""

    seed: int
    layer: Layer
    worth: float
    training: float | None = None
    metrics: tuple[tuple[float, ...], ...] | None = None

    @property
    def gaps_further(self) -> list[float] | None:
        """The same after training on; None if that was not done."""
        if self.layer.further is None:
            return None
        sham, repaired = self.layer.further
        return ((repaired.losses - sham.losses).double() / self.worth).tolist()

    @property
    def gaps(self) -> list[float]:
        """Repaired minus sham on each part of the data, in feature-worths."""
        change = (self.layer.repaired.losses - self.layer.sham.losses).double() / self.worth
        return change.tolist()

    def row(self) -> dict[str, Any]:
        """A row of the table."""
        layer, names = self.layer, ("", "_sham", "_repaired")
        arms = dict(zip(names, (layer.before, layer.sham, layer.repaired), strict=True))
        metrics = self.metrics or ((), (), ())
        return (
            {"seed": self.seed, "polysemantic": layer.polysemantic[0]}
            | {"polysemantic_repaired": layer.polysemantic[1]}
            | {f"count{name}": arm.count for name, arm in arms.items()}
            | dict(
                zip(("active", "active_sham", "active_repaired"), layer.active or (), strict=False)
            )
            | {f"loss{name}": arm.loss for name, arm in arms.items()}
            | {
                f"metric{name}": sum(values) / len(values) if values else None
                for name, values in zip(names, metrics[:3], strict=True)
            }
            | {
                "gap": sum(self.gaps) / len(self.gaps),
                "left_alone": len(layer.left),
                "horizon": layer.horizon,
                "steps": layer.steps,
                "training_steps": self.training,
                "share": layer.steps / self.training if self.training else None,
                "preserved": layer.preserved,
            }
            | self._further()
        )

    def _further(self) -> dict[str, Any]:
        """The columns of training on."""
        gaps = self.gaps_further
        if gaps is None or self.layer.further is None:
            return {name: None for name in NETWORKS if "further" in name}
        arms = dict(zip(("sham", "repaired"), self.layer.further, strict=True))
        return (
            {"further": self.layer.further_steps, "gap_further": sum(gaps) / len(gaps)}
            | {f"count_{name}_further": arm.count for name, arm in arms.items()}
            | {f"loss_{name}_further": arm.loss for name, arm in arms.items()}
            | {
                f"metric_{name}_further": sum(values) / len(values)
                for name, values in zip(arms, (self.metrics or ())[3:], strict=False)
            }
        )


@dataclass(frozen=True, repr=False, eq=False)
class Repair:
    """What `polysem.repair` returns.

    `model` — the repaired run or module, of the class that was given; the given one is as it was.
    `networks` — one `Repaired` per network. `source` — what was repaired, in words. `method` —
    "relocate", "split" or "rotate". `settings` — how. `sham` — the model after the sham: the same
    data, steps and random numbers, nothing moved.
    """

    model: Any
    networks: tuple[Repaired, ...]
    source: str
    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    sham: Any = None

    @cached_property
    def table(self) -> Table:
        """One row per network; columns: `polysem._repair.result.NETWORKS`."""
        rows = [one.row() for one in self.networks]
        return Table.of(NETWORKS, {name: [row.get(name) for row in rows] for name in NETWORKS})

    @cached_property
    def moved(self) -> Table:
        """One row per feature that moved: seed, neuron, feature, to_neuron (unknown if it was
        taken off), kind."""
        return record({"seed": n.seed} | dict(row) for n in self.networks for row in n.layer.moved)

    @cached_property
    def left_alone(self) -> Table:
        """One row per neuron that was left polysemantic, with the reason."""
        rows = [(n.seed, k, why) for n in self.networks for k, why in n.layer.left.items()]
        return Table.of(LEFT, {name: [row[i] for row in rows] for i, name in enumerate(LEFT)})

    @cached_property
    def effects(self) -> Table:
        """Before, sham, repaired and the difference repaired − sham, with 95 % intervals."""
        rows = effects(self.networks)
        return Table.of(EFFECTS, {name: [row[name] for row in rows] for name in EFFECTS})

    @property
    def removed(self) -> int:
        """By how many the number of polysemantic neurons fell, over all networks."""
        return sum(n.layer.polysemantic[0] - n.layer.polysemantic[1] for n in self.networks)

    def to_dicts(self) -> list[dict[str, Any]]:
        """One plain dict per network, fit for JSON."""
        return self.table.to_dicts()

    def to_pandas(self) -> pandas.DataFrame:
        """One row per network."""
        return self.table.to_pandas()

    def summary(self) -> list[str]:
        """The result in words, one sentence each."""
        from polysem._repair.words import summary

        return summary(self)

    def plot(self) -> matplotlib.figure.Figure:
        """Figure: polysemantic neurons against loss, one point per arm."""
        from polysem._plots.pareto_repair import plot_repair

        return plot_repair(self)

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write the folder (weights, tables, record); returns it.

        A repaired run is in its folder `run`, which `polysem.load` reads. Raises `BadInput` if the
        folder holds something already.
        """
        from polysem._repair.store import save

        return save(self, Path(folder), overwrite)

    def report(self, path: str | Path) -> Path:
        """Write the self-contained page to `path` and return it."""
        from polysem._repair.page import write

        return write(self, Path(path))

    def __repr__(self) -> str:
        return "\n".join(self.summary())
