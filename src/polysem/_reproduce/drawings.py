"""The figures of a reproduction by name, each for paper (Matplotlib) and for the page (Bokeh)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from polysem._config import unknown_name
from polysem._errors import BadInput
from polysem._reproduce import published
from polysem._reproduce.plan import FLOW, L1, RECIPE, Plan

if TYPE_CHECKING:
    from polysem._reproduce.reproduce import Reproduction

NOISE_N, NOISE_M = 8, 16


@dataclass(frozen=True)
class Drawing:
    """One figure: what it shows, and how to draw it with either library ("mpl" or "bokeh")."""

    title: str
    caption: str
    alt: str
    draw: Callable[[Reproduction, str], Any]


def drawn(result: Reproduction, name: str, library: str) -> Any:
    """The figure of that name; raises `BadInput` for an unknown one."""
    if name not in DRAWINGS:
        raise BadInput(unknown_name(name, list(DRAWINGS), "figure"))
    return DRAWINGS[name].draw(result, library)


def size_note(plan: Plan) -> str:
    """What a reader must know of the sizes before comparing with the paper."""
    if plan.n == published.N:
        return "published sizes"
    return f"smaller than published: n = {plan.n} instead of {published.N}"


def _tool(module: Any, library: str) -> Callable[..., Any]:
    return module.draw_mpl if library == "mpl" else module.draw_bokeh


def _sparsification(result: Reproduction, library: str) -> Any:
    from polysem._plots import sparsification

    return _tool(sparsification, library)(
        result.figures.sparsification, n=1, m=100_000, l1=1e-5, seeds=1, note="published size"
    )


def _fourth_norm(result: Reproduction, library: str) -> Any:
    from polysem._plots import fourth_norm

    steps = result.plan.noise_steps
    note = "published size" if steps == 100_000 else f"{steps:,} steps, published 100,000"
    return _tool(fourth_norm, library)(
        result.figures.fourth_norm, n=NOISE_N, m=NOISE_M, l1=0.0, note=note
    )


def _counts(result: Reproduction, library: str) -> Any:
    import pandas

    from polysem._plots import counts

    theirs = None
    if result.plan.n == published.N:
        theirs = pandas.DataFrame({"m": list(published.COUNTS), "count": published.COUNTS.values()})
    frame = result.figures.counts
    return _tool(counts, library)(
        frame[frame["countable"]],
        result.plan.n,
        published=theirs,
        l1=L1,
        note=size_note(result.plan),
    )


def _correlation(method: str) -> Callable[[Reproduction, str], Any]:
    def draw(result: Reproduction, library: str) -> Any:
        from polysem._plots import correlation

        plan = result.plan
        return _tool(correlation, library)(
            result.figures.correlations[method],
            method,
            m=plan.widest,
            l1=L1,
            seeds=plan.seeds,
            note=size_note(plan),
        )

    return draw


def _curves(result: Reproduction, library: str) -> Any:
    from polysem._plots import curves

    frame = result.figures.curves
    return _tool(curves, library)(
        frame[frame["countable"]], result.plan.n, note=size_note(result.plan)
    )


DRAWINGS: dict[str, Drawing] = {
    "sparsification": Drawing(
        "1. How fast does an encoding become sparse?",
        "One random encoding of m = 100,000 weights without interference, λ = 1e-5, in the "
        "authors' units of time. The flow and the authors' own simulation start from the same "
        "weights and should lie on one another. The textbook law has the right form; the "
        "corrected law, exact for half-normal weights, has the right constants too.",
        "The l1 norm and the number of nonzero weights fall over time on log axes: flow, the "
        "authors' simulation, textbook law and corrected law.",
        _sparsification,
    ),
    "fourth_norm": Drawing(
        "2. Does noise alone make encodings sparse?",
        "Mean fourth norm under noise on the hidden layer, no penalty: 3/m for a random encoding, "
        "1 for a single neuron. The paper's claim: noise of negative excess kurtosis (bipolar) "
        "drives it up, Gaussian noise does not. Gradient flow has no noise, so only the authors' "
        "procedure is shown; bands are 95 % bootstrap intervals over seeds.",
        "Fourth norm against training step for bipolar and Gaussian noise of three strengths.",
        _fourth_norm,
    ),
    "counts": Drawing(
        "3. How many neurons are polysemantic?",
        "Mean number of polysemantic neurons at λ = 0.001 against the number of neurons, with "
        "exact 95 % Poisson intervals, beside n²/4m and two balls-in-bins laws.",
        "Count of polysemantic neurons against m on log axes with theory curves.",
        _counts,
    ),
    "correlation_flow": Drawing(
        "4a. Does the end remember the start? Gradient flow",
        "Mean of start_i·end_j over seeds. A bright diagonal means that features end on neurons "
        "on which they were strong at the start. Starting weights are copied before they are "
        "moved; on a CPU the published script would plot end·end instead.",
        "Heat map of start times end encodings, one row and column per feature.",
        _correlation(FLOW),
    ),
    "correlation_recipe": Drawing(
        "4b. Does the end remember the start? The authors' AdamW",
        "The same for the authors' procedure, from the same starts; compare the two scales.",
        "Heat map of start times end encodings for AdamW, one row and column per feature.",
        _correlation(RECIPE),
    ),
    "curves": Drawing(
        "5. Does λ matter for the count?",
        "Median count with interquartile band for three strengths of the penalty, beside theory, "
        "which does not know λ.",
        "Polysemantic neurons against m for three values of lambda, flow and AdamW side by side.",
        _curves,
    ),
}
