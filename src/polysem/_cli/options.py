"""Options that several verbs share, declared once, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

N = Annotated[int, typer.Option("--n", help="Features (rows of W).", metavar="INT")]
M = Annotated[int, typer.Option("--m", help="Neurons (columns of W).", metavar="INT")]
L1 = Annotated[float, typer.Option("--l1", help="Strength λ ≥ 0 of the ℓ1 penalty.")]
Seeds = Annotated[int, typer.Option("--seeds", help="How many networks.")]
Seed = Annotated[int, typer.Option("--seed", help="Number of the first seed.")]
Scale = Annotated[float | None, typer.Option("--scale", help="Factor on the N(0, 1/m) start.")]
Out = Annotated[Path | None, typer.Option("--out", help="Run folder to write.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an earlier run in --out.")]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with an interrupted run of the same settings.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, for machines.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress on standard error.")]
Report = Annotated[
    bool, typer.Option("--report/--no-report", help="Write report.html and figures into --out.")
]
Threads = Annotated[
    int | None,
    typer.Option("--threads", min=1, help="Processor cores to use; by default as many as pay."),
]
Record = Annotated[
    str | None,
    typer.Option(
        "--record",
        help="What to keep over time, names with commas between: l1_norm, m_prime, norm, "
        "fourth_norm, relative_variance, loss, max_overlap, pair_forces, weights; or none.",
    ),
]
PerDecade = Annotated[
    int | None, typer.Option("--per-decade", help="Recorded times per factor of ten in time.")
]
Pair = Annotated[
    str | None,
    typer.Option("--pair", help="Two features, such as 3,7, whose forces pair_forces records."),
]
Penalty = Annotated[
    str | None,
    typer.Option(
        help="Shape of the penalty: power=2, entry_power=1.5, l2=0.1, on=activations, or JSON with "
        "weights per feature."
    ),
]
Activation = Annotated[
    str | None, typer.Option(help="Of the output: relu, leaky:leak=0.1, shifted:shift=-0.1, …")
]
Importance = Annotated[
    str | None, typer.Option(help="Of the features: geometric:ratio=0.9 or list:each=[1,0.5,…].")
]
NegativeOverlap = Annotated[
    str | None,
    typer.Option(help="Cost of negative overlaps: strength=0.1, strength=0.1,pairs=partners."),
]
Data = Annotated[
    str | None,
    typer.Option(
        help="Which features are on together: one_hot, k_hot:k=2,probability=0.1, "
        "partners:probability=0.1, exclusive:size=2, bernoulli:probability=0.05,magnitude=one."
    ),
]
Initial = Annotated[
    str | None,
    typer.Option(
        help="Starting law, instead of --scale: normal:scale=1, xavier, orthogonal, sparse:k=3, "
        "planted:benign=2,malign=1, flipped:to=benign."
    ),
]
Noise = Annotated[
    str | None,
    typer.Option(
        help="Noise on the hidden layer: none, bipolar, uniform, gaussian, laplace, "
        "student_t:dof=6 or three_point:excess=1, with --noise-std; or dropout:rate=0.2."
    ),
]
Hidden = Annotated[
    str | None,
    typer.Option(
        help="Activation function of the hidden layer: identity, relu, cubic, top_k:k=1, softmax, "
        "rms_norm or layer_norm."
    ),
]
Architecture = Annotated[
    str | None,
    typer.Option(
        help="tied or untied, with layers=1…4, penalised=every|last, output_bias=true, "
        "hidden_bias=true, such as untied:layers=2,penalised=last."
    ),
]
