"""What can be taken from the neurons view."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from polysem._explorer.neurons.chosen import Chosen
from polysem._explorer.neurons.listing import columns_of, frame_of
from polysem._explorer.sheets import Sheet
from polysem._plots import (
    diagnosis_costs,
    diagnosis_features,
    diagnosis_map,
    diagnosis_neurons,
    diagnosis_nulls,
)
from polysem._plots.overview import panel


def _load(chosen: Chosen) -> str:
    return f"import polysem\n\nfound = polysem.load({chosen.folder!r})\n"


def _panel(part: ModuleType) -> Any:
    """A figure of one panel."""

    def draw(chosen: Chosen) -> Any:
        from polysem._plots.mpl import new_figure, publication

        with publication():
            figure, ax = new_figure("")
            panel(ax, part.TITLE, part.prepare(chosen.diagnosis), part.paint, part.NOTHING)
        return figure

    return draw


def _panel_python(name: str) -> Any:
    """The whole picture holds the panel; a panel by itself has no public name."""

    def python(chosen: Chosen) -> str:
        return (
            f"{_load(chosen)}found.plot().savefig('figure.svg')  # with {name}\n"
            "found.to_pandas()  # one row per neuron\n"
        )

    return python


def _list_python(chosen: Chosen) -> str:
    wanted, lines = chosen.wanted, [_load(chosen), "table = found.to_pandas()\n"]
    if wanted.polysemantic:
        lines.append('table = table[table["polysemantic"].eq(True)]\n')
    if wanted.kind:
        lines.append(f"kinds = [f.kind == {wanted.kind!r} for f in found.findings]\n")
        lines.append('table = table[[kinds[k] for k in table["neuron"]]]\n')
    if wanted.feature.strip():
        part = wanted.feature.strip()
        lines.append(
            f'table = table[table["features"].str.contains({part!r}, case=False, regex=False)]\n'
        )
    if wanted.largest_p is not None:
        lines.append(f'table = table[table["score_p"] <= {wanted.largest_p:g}]\n')
    return "".join([*lines, "print(table)\nfound.plot().savefig('figure.svg')\n"])


def _neuron_python(chosen: Chosen) -> str:
    return (
        f"{_load(chosen)}neuron = {chosen.neuron}\nprint(found.findings[neuron])\n"
        "features = found.profile.table.to_pandas()  # the strongest features of every neuron\n"
        'print(features[features["neuron"] == neuron])\n'
    )


def _features_of(chosen: Chosen) -> Any:
    profile = chosen.diagnosis.profile
    if profile is None:
        return frame_of([chosen.finding], columns_of(chosen.diagnosis))
    table = profile.table.to_pandas()
    return table[table["neuron"] == chosen.neuron]


def _whole(chosen: Chosen) -> Any:
    return chosen.diagnosis.to_pandas()


def _map_table(chosen: Chosen) -> Any:
    profile = chosen.diagnosis.profile
    return _whole(chosen) if profile is None else profile.table.to_pandas()


def _listed(chosen: Chosen) -> Any:
    """The rows in the list, with every column."""
    table = _whole(chosen).set_index("neuron", drop=False)
    return table.loc[[finding.neuron for finding in chosen.listed]]


SHEETS = {
    "all": Sheet(
        "The whole diagnosis; data: the neurons listed",
        lambda chosen: chosen.diagnosis.plot(),
        _listed,
        _list_python,
    ),
    "map": Sheet(
        "The layer's map", _panel(diagnosis_map), _map_table, _panel_python("the map")
    ),
    "neuron": Sheet(
        "The chosen neuron",
        lambda chosen: diagnosis_features.draw_mpl(chosen.diagnosis, chosen.neuron),
        _features_of,
        _neuron_python,
    ),
    "dots": Sheet(
        "Each neuron: first and second feature", _panel(diagnosis_neurons), _whole,
        _panel_python("the neurons"),
    ),
    "costs": Sheet(
        "Costs", _panel(diagnosis_costs), _whole, _panel_python("the costs")
    ),
    "nulls": Sheet(
        "The layer against its nulls", _panel(diagnosis_nulls), lambda c: _null_table(c.diagnosis),
        _panel_python("the nulls"),
    ),
}  # fmt: skip


def _null_table(diagnosis: Any) -> Any:
    """One row per null."""
    from pandas import DataFrame

    return DataFrame(
        {
            "statistic": [null.statistic for null in diagnosis.nulls],
            "null": [null.null_model for null in diagnosis.nulls],
            "observed": [null.observed for null in diagnosis.nulls],
            "null_mean": [float(null.null.mean()) for null in diagnosis.nulls],
            "z": [null.z for null in diagnosis.nulls],
            "p": [null.p for null in diagnosis.nulls],
        }
    )
