"""One step of AdamW: closed form on the fast path against the published procedure by autograd.

Run alone on an idle machine: `python benchmarks/train_step.py [--repeats 15] [SIZE …]`, a size
being n,m. Prints one JSON object. One instance, one thread, float32, λ = 0.001; the two are timed
in turn in the same process and the best of the repeats is kept. `of_product_rate` compares the
whole step with its two matrix products alone (4n²m flops), measured in the same turn.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F

from polysem._train.gradient import make_gradient
from polysem._train.optimiser import make_update
from polysem._train.recipes import recipe

SIZES = [(8, 16), (64, 256), (256, 256), (256, 1024), (256, 4096)]
SECONDS_A_TURN = 0.2
RECIPE = recipe("lecomte2023")
Step = Callable[[], object]


def published(W0: torch.Tensor) -> Step:
    W = torch.nn.Parameter(W0.clone())
    optimiser = torch.optim.AdamW([W], lr=RECIPE.train.lr)
    x = torch.eye(W.shape[1]).expand(W.shape[0], -1, -1)

    def step() -> None:
        optimiser.zero_grad()
        hidden = torch.einsum("sbi,sik->sbk", x, W)
        output = F.relu(torch.einsum("sbk,sik->sbi", hidden, W))
        loss = F.mse_loss(output, x, reduction="sum") + RECIPE.l1 * torch.norm(W, p=1)
        loss.backward()
        optimiser.step()

    return step


def closed(W0: torch.Tensor) -> Step:
    W, grad = W0.clone(), torch.zeros_like(W0)
    gradient = make_gradient(RECIPE.train, W, grad, RECIPE.l1, [0])
    update = make_update(RECIPE.train, W, grad)

    def step() -> None:
        gradient()
        update()

    return step


def products(W0: torch.Tensor) -> Step:
    gram, product = W0 @ W0.mT, torch.empty_like(W0)

    def step() -> None:
        torch.bmm(W0, W0.mT, out=gram)
        torch.bmm(gram, W0, out=product)

    return step


def seconds_per_step(step: Step, count: int) -> float:
    began = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - began) / count


def measure(n: int, m: int, repeats: int) -> dict[str, float]:
    W0 = torch.randn(1, n, m, generator=torch.Generator().manual_seed(0)) / m**0.5
    steps = {"autograd": published(W0), "closed": closed(W0), "products": products(W0)}
    counts = {}
    for name, step in steps.items():
        step()
        counts[name] = max(1, int(SECONDS_A_TURN / seconds_per_step(step, 3)))
    best = dict.fromkeys(steps, float("inf"))
    for _ in range(repeats):
        for name, step in steps.items():
            best[name] = min(best[name], seconds_per_step(step, counts[name]))
    return {
        "n": n,
        "m": m,
        **{f"{name}_microseconds": round(1e6 * best[name], 1) for name in steps},
        "ratio": round(best["autograd"] / best["closed"], 2),
        "of_product_rate": round(best["products"] / best["closed"], 3),
        "gigaflops": round(4 * n * n * m / best["closed"] / 1e9, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", help="n,m")
    parser.add_argument("--repeats", type=int, default=15)
    arguments = parser.parse_args()
    sizes = [tuple(map(int, size.split(","))) for size in arguments.sizes] or SIZES
    torch.set_num_threads(1)
    load = os.getloadavg()[0]
    result = {
        "benchmark": "train_step",
        "cells": [measure(n, m, arguments.repeats) for n, m in sizes],
        "torch": torch.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load_before": round(load, 2),
        "threads": 1,
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
