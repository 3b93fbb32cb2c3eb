"""One step of AdamW: closed form on the fast path against the published procedure by autograd.

    python -m benchmarks.train_step [--sizes 64,256 …] [--repeats 15] [--redo]

One instance, one thread, float32, λ = 0.001; both are timed in turn in the same process and the
best of the repeats is kept. "of_product_rate" compares the whole step with its two matrix products
alone (4n²m flops), measured in the same turns.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch

from benchmarks._command import parser
from benchmarks._steppers import AuthorsAdamW
from benchmarks._store import Found, Store
from benchmarks._table import flat_table
from benchmarks._timing import Whole, in_turns
from polysem._train.gradient import make_gradient
from polysem._train.optimiser import make_update
from polysem._train.recipes import recipe

SIZES = ("8,16", "64,256", "256,256", "256,1024", "256,4096")
SECONDS_A_TURN = 0.2
RECIPE = recipe("lecomte2023")
Step = Callable[[], object]


def closed(W0: torch.Tensor) -> Step:
    """The closed-form step that `polysem train` makes."""
    W, grad = W0.clone(), torch.zeros_like(W0)
    gradient = make_gradient(RECIPE.train, W, grad, RECIPE.l1, [0])
    update = make_update(RECIPE.train, W, grad)

    def step() -> None:
        gradient()
        update()

    return step


def products(W0: torch.Tensor) -> Step:
    """The two matrix products of a step, alone."""
    gram, product = W0 @ W0.mT, torch.empty_like(W0)

    def step() -> None:
        torch.bmm(W0, W0.mT, out=gram)
        torch.bmm(gram, W0, out=product)

    return step


def many(step: Step, seconds: float) -> tuple[Whole, int]:
    """`step` as often as fits into `seconds`, as one thing to time; and how often."""
    step()
    trial = Whole(lambda: [step() for _ in range(3)])
    trial.turn()
    count = max(1, int(3 * seconds / trial.seconds))
    return Whole(lambda: [step() for _ in range(count)]), count


def measure(size: str, repeats: int) -> Found:
    """Best time of each kind of step at one size n,m."""
    n, m = map(int, size.split(","))
    W0 = torch.randn(1, n, m, generator=torch.Generator().manual_seed(0)) / m**0.5
    authors = AuthorsAdamW(W0[0].numpy(), RECIPE.l1, RECIPE.train.lr)
    steps = {"autograd": authors.step, "closed": closed(W0), "products": products(W0)}
    timed = {name: many(step, SECONDS_A_TURN) for name, step in steps.items()}
    in_turns([whole for whole, _ in timed.values()], repeats)
    best = {name: whole.seconds / count for name, (whole, count) in timed.items()}
    return {
        "n": n,
        "m": m,
        **{f"{name}_microseconds": 1e6 * seconds for name, seconds in best.items()},
        "ratio": best["autograd"] / best["closed"],
        "of_product_rate": best["products"] / best["closed"],
        "gigaflops": 4 * n * n * m / best["closed"] / 1e9,
    }


def main(arguments: list[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--sizes", nargs="+", default=SIZES, help="n,m")
    options.add_argument("--repeats", type=int, default=15)
    given = options.parse_args(arguments)
    store = Store("train_step", given.results, given.redo)
    rows = [store.part(size, partial(measure, size, given.repeats)) for size in given.sizes]
    print(flat_table("One AdamW step", rows))


if __name__ == "__main__":
    main()
