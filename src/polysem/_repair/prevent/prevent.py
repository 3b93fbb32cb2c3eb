"""`polysem.prevent`: plain networks, and the same seeds under every preventive method."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from polysem._errors import BadInput
from polysem._intervals import check_confidence
from polysem._repair.judge.arm import Arm
from polysem._repair.judge.comparison import Comparison
from polysem._repair.judge.effects import PLAIN
from polysem._repair.judge.folder import finish, kept_arm, read_settings, write_spec
from polysem._repair.judge.further import further as trained_further
from polysem._repair.modules.prevent import prevent_modules
from polysem._repair.prevent.choice import chosen_methods, with_shams
from polysem._repair.prevent.method import Method
from polysem._repair.prevent.plain import check_judgeable, given_run, plain_spec, run_plain
from polysem._repair.prevent.shuffled import plain_expected
from polysem._repair.prevent.solving import Spec
from polysem._repair.prevent.widths import over_widths
from polysem._run.run import Run
from polysem._storage.files import check_out, prepare_out
from polysem._storage.provenance import provenance

Progress = Callable[[int, int, str], None]
"""Called with (methods done, methods in all, name of the one under way)."""


def prevent(
    run: Run | str | Path | Callable[[int], Any] | None = None,
    *,
    n: int | None = None,
    m: int | Sequence[int] | None = None,
    l1: float | None = None,
    seeds: int = 16,
    seed: int = 0,
    by: Literal["flow", "train"] = "flow",
    methods: Iterable[Any] | None = None,
    further: bool = True,
    confidence: float = 0.95,
    workers: int | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    resume: bool = False,
    report: bool = True,
    progress: Progress | None = None,
    **settings: Any,
) -> Any:
    """What would have kept features from colliding, and what it costs: paired on the same seeds.

    `run` — the plain networks: a result of `simulate` or `train`, or its folder. Without it they
    are made: `n`, `m`, `l1` (0.001 by default), `seeds`, `seed`, and other `settings` of
    `simulate` (`by` = "flow") or `train` ("train"). `methods` — names such as "distinct", mappings
    such as {"kind": "leak", "slope": 0.2}, or `Method` objects; by default every method that can
    be used here. Their shams come along. `further` — train all on under the plain loss, nudged off
    their zeros, and count again. `confidence` — of the intervals. `out` — folder to write;
    `resume` keeps the methods that an interrupted call of the same settings finished.

    **One's own model**: `run` is make(seed) → a new `torch.nn.Module`, and the `settings` are
    `train`(model, loss, seed), which trains it in place on the loss it is given, `loss`(model,
    inputs, labels), `data`, and `site`, `encoder`, `decoder`, `held_out`, `metric`, `features`,
    `exact` as in `polysem.repair`. `further` trains every model once more by the same function.
    Starts, `negative_overlap`, `noise`, `more_neurons` and `repair` can be used there.

    **Several widths**: `m` is a list; then a `TradeOff` comes back, one comparison per width, with
    one table and an answer to whether removing polysemanticity cost anything. Methods that do not
    fit a width are left out there if none was named. Else a `Comparison` comes back.

    Every loss is that of the plain network, over all inputs or held-out draws. A seed counts for
    an effect only if it converged under both methods; the others are in `excluded`, with reasons.
    Raises `BadInput` before anything is computed.
    """
    check_confidence(confidence)
    if callable(run):
        if (n, m, l1, resume, workers) != (None, None, None, False, None):
            raise BadInput("n, m, l1, resume and workers belong to Polysem's own networks.")
        return prevent_modules(
            run,
            settings,
            seeds=seeds,
            seed=seed,
            methods=methods,
            further=further,
            confidence=confidence,
            out=out,
            overwrite=overwrite,
            report=report,
            progress=progress,
        )
    if isinstance(m, Sequence):
        return over_widths(
            prevent,
            m,
            out,
            overwrite,
            resume,
            report,
            run=run,
            n=n,
            l1=l1,
            seeds=seeds,
            seed=seed,
            by=by,
            methods=methods,
            further=further,
            confidence=confidence,
            workers=workers,
            progress=progress,
            **settings,
        )
    folder = check_out(out, overwrite, resume)
    given = None if run is None else given_run(run)
    if given is not None and (n, m, l1, settings) != (None, None, None, {}):
        raise BadInput("Give a run, or the settings of plain networks, not both.")
    sizes = {"n": n, "m": m, "l1": l1}
    spec = plain_spec(sizes, seeds, seed, by, settings) if given is None else given.spec
    check_judgeable(spec)
    chosen = with_shams(chosen_methods(methods, spec))
    asked = {
        "plain": spec.model_dump(mode="json"),
        "methods": [one.name for one in chosen],
        "further": further,
    }
    _open(folder, asked, confidence, overwrite)
    began, arms = time.perf_counter(), []
    for one in (None, *chosen):
        if progress is not None:
            progress(len(arms), len(chosen) + 1, PLAIN if one is None else one.name)
        make = _maker(one, given or spec, arms, further, workers)
        arms.append(kept_arm(folder, len(arms), make))
    if progress is not None:
        progress(len(arms), len(arms), "done")
    facts = provenance(seconds=round(time.perf_counter() - began, 3), workers=workers)
    result = Comparison(tuple(arms), confidence, asked, facts)
    if folder is not None:
        finish(result, folder, report)
    return result


def _maker(
    one: Method | None, plain: Run | Spec, arms: list[Arm], further: bool, workers: int | None
) -> Callable[[], Arm]:
    """What makes the arm of a method, or of the plain networks for None."""

    def make() -> Arm:
        if one is None:
            run = plain if isinstance(plain, Run) else run_plain(plain, workers)
            words, sham = "plain start and loss", None
            theory = plain_expected(run.spec.network.n, run.spec.network.m)
        else:
            run = one.run(arms[0].run, workers)
            words, sham = one.does, one.sham.name if one.sham is not None else None
            theory = one.expected(arms[0].run.spec.network.n, arms[0].run.spec.network.m)
        base = run.spec if one is None else arms[0].run.spec
        return Arm(
            name=PLAIN if one is None else one.name,
            does=words,
            run=run,
            after=trained_further(run, base, workers) if further else None,
            sham=sham,
            expected=None if theory is None else (float(theory.value), theory.equation),
        )

    return make


def _open(folder: Path | None, asked: dict[str, Any], confidence: float, overwrite: bool) -> None:
    """Prepare the folder, or go on with one of the same settings. Raises `BadInput`."""
    if folder is None:
        return
    wanted = {"verb": "prevent", "settings": asked, "confidence": confidence}
    if (folder / "spec.json").is_file() and not overwrite and read_settings(folder) != wanted:
        raise BadInput(
            f"The comparison in {str(folder)!r} has other settings than those given now; resume "
            "with the same settings, or pass --overwrite to replace it."
        )
    prepare_out(folder, overwrite)
    write_spec(folder, asked, confidence)
