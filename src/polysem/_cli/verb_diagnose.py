"""`polysem diagnose`: which neurons are polysemantic, and could that be removed at no cost?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from polysem._cli import options, show, values
from polysem._cli.user_model import called, limit_threads
from polysem._errors import BadInput

COLUMNS = (
    "neuron",
    "features",
    "strengths",
    "selectivity",
    "score",
    "score_p",
    "verdict",
    "probability",
    "cost",
    "layer_count_falls",
)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("diagnose")(diagnose)


def diagnose(
    source: Annotated[
        str | None,
        typer.Argument(
            help="Weights (.npy, .safetensors, .parquet, .pt of tensors), a run folder, or a live "
            "model as package.module:function."
        ),
    ] = None,
    outgoing: Annotated[
        Path | None, typer.Option(help="Out-weights (neurons, outputs), beside weights.")
    ] = None,
    bias: Annotated[
        Path | None, typer.Option(help="Biases of the neurons, beside --outgoing.")
    ] = None,
    outgoing_bias: Annotated[
        Path | None, typer.Option(help="Biases of the outputs, beside --outgoing.")
    ] = None,
    activations: Annotated[
        Path | None, typer.Option(help="File of activations (samples, neurons).")
    ] = None,
    labels: Annotated[Path | None, typer.Option(help="File of labels (samples, features).")] = None,
    site: Annotated[
        str | None, typer.Option(help="Module of a live model, instead of the function's site.")
    ] = None,
    names: Annotated[
        str | None,
        typer.Option(help="Names of the features: a,b,c, or a text file with one on each line."),
    ] = None,
    similarity: Annotated[
        Path | None,
        typer.Option(help="File (features, features); features at 0.5 or above are related."),
    ] = None,
    hierarchy: Annotated[
        str | None,
        typer.Option(help="Feature above each feature, -1 for none: 3,3,-1,-1. Those are related."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(help="Tensor of a safetensors file or checkpoint: weights or activations."),
    ] = None,
    outgoing_key: Annotated[str | None, typer.Option(help="The same for --outgoing.")] = None,
    bias_key: Annotated[str | None, typer.Option(help="The same for --bias.")] = None,
    outgoing_bias_key: Annotated[
        str | None, typer.Option(help="The same for --outgoing-bias.")
    ] = None,
    labels_key: Annotated[str | None, typer.Option(help="The same for --labels.")] = None,
    transpose: Annotated[bool, typer.Option(help="Rows of the weights are neurons.")] = False,
    network: Annotated[int, typer.Option(help="Which network of a run, from 0.")] = 0,
    threshold: Annotated[
        float, typer.Option(help="AUROC from which a neuron is selective.")
    ] = 0.65,
    draws: Annotated[int, typer.Option(help="Draws of the nulls.")] = 1000,
    horizon: Annotated[int, typer.Option(help="Adam steps of retraining.")] = 200,
    retraining_seeds: Annotated[int, typer.Option(help="Retraining seeds, 2 or more.")] = 2,
    moves: Annotated[int, typer.Option(help="Static moves retrained for every neuron.")] = 4,
    together: Annotated[
        bool, typer.Option("--together/--one-by-one", help="Measure φ as well.")
    ] = True,
    init_caused: Annotated[
        bool, typer.Option("--init-caused", help="Train again from changed starts (runs only).")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the nulls and of retraining.")] = 0,
    out: options.Out = None,
    report: options.Report = True,
    overwrite: options.Overwrite = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    threads: options.Threads = None,
) -> int:
    """List polysemantic neurons with evidence; from a live model, what removing each would cost."""
    import polysem
    from polysem._cli.progress import ProgressBar
    from polysem._diagnose.store import as_object
    from polysem._plots.save import save_figure
    from polysem._storage.files import check_out

    check_out(out, overwrite)
    given = _source(source, site) | _features(names, similarity, hierarchy)
    limit_threads(threads)
    asked: dict[str, Any] = {
        "outgoing": outgoing,
        "bias": bias,
        "outgoing_bias": outgoing_bias,
        "activations": activations,
        "labels": labels,
        "key": key,
        "outgoing_key": outgoing_key,
        "bias_key": bias_key,
        "outgoing_bias_key": outgoing_bias_key,
        "labels_key": labels_key,
        "transpose": transpose,
        "network": network,
        "threshold": threshold,
        "draws": draws,
        "horizon": horizon,
        "retraining_seeds": retraining_seeds,
        "moves": moves,
        "together": together,
        "init_caused": init_caused,
        "seed": seed,
    }
    with ProgressBar("retrained copies", quiet) as bar:
        asked |= {"progress": bar, **given}
        found = polysem.diagnose(**asked)
    if out is not None:
        found.save(out, overwrite=overwrite)
        if report:
            found.report(out / "report.html")
            (out / "figures").mkdir(exist_ok=True)
            save_figure(found.plot(), out / "figures" / "overview.svg")
    if json:
        show.as_json(as_object(found, rows=True))
        return 0
    shown = [row for row in found.to_dicts() if row["polysemantic"] or row["cost"] is not None]
    show.table("Polysemantic neurons", COLUMNS, shown)
    for sentence in found.summary():
        typer.echo(sentence)
    if out is not None:
        typer.echo(f"Written to {out}")
    return 0


def _source(source: str | None, site: str | None) -> dict[str, Any]:
    """What `polysem.diagnose` takes: a path as it is, a run folder loaded, a function called."""
    if source is None or ":" not in source or _exists(source):
        if site is not None:
            raise BadInput("--site belongs to a live model, given as package.module:function.")
        if source is not None and _exists(source) and Path(source).is_dir():
            from polysem._run.load import load

            return {"source": load(Path(source))}
        return {"source": source}
    found = called(source, "polysem.diagnose")
    return found | ({"site": site} if site is not None else {})


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:  # a name that is too long, or a folder that may not be read
        return False


def _features(names: str | None, similarity: Path | None, hierarchy: str | None) -> dict[str, Any]:
    """Names and relatedness, those of them that were given."""
    found: dict[str, Any] = {}
    if names is not None:
        found["names"] = _listed(names)
    if similarity is not None and hierarchy is not None:
        raise BadInput("Give --similarity or --hierarchy, not both.")
    if similarity is not None:
        from polysem import Relatedness
        from polysem._diagnose.inputs.files import read_array

        found["related"] = Relatedness.from_similarity(read_array(similarity).array)
    if hierarchy is not None:
        from polysem import Relatedness

        found["related"] = Relatedness.from_hierarchy(
            values.whole_numbers("--hierarchy", hierarchy)
        )
    return found


def _listed(text: str) -> list[str]:
    """'a,b', or the lines of a text file."""
    path = Path(text)
    if "," in text or not path.is_file():
        return text.split(",")
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise BadInput(
            f"--names {text!r} is no text file in UTF-8, one name on each line."
        ) from None
