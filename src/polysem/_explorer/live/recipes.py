"""The Python that makes each figure of the live view, with public names only."""

from __future__ import annotations

from polysem._explorer.live.moment import Moment
from polysem._explorer.live.planes import REACH

FIRST_CHOICES = "first = abs(run.start[0]).argmax(1)  # of every feature, by its start weights\n"
SAVE = 'plt.savefig("figure.svg")\n'


def _begin(call: str, *more: str) -> str:
    imports = "".join(f"import {name}\n" for name in sorted([*more, "polysem"]))
    return f"{imports}\nrun = {call}\n"


def _state(now: Moment) -> str:
    """A run that ends at the moment shown, and W there."""
    settings, t = now.settings, now.frame.t
    imports = ("matplotlib.pyplot as plt", "numpy as np")
    where = (
        f"W = run.end[0]  # features × neurons, at {'t =' if settings.flows else 'step'} {t:g}\n"
    )
    if t == 0:
        return _begin(settings.call(), *imports) + "W = run.start[0]  # features × neurons\n"
    if now.is_end:
        return _begin(settings.call(), *imports) + where
    more = {"t_max": t} if settings.flows else {"steps": round(t)}
    return _begin(settings.call(**more), *imports) + where


def run(now: Moment) -> str:
    """The whole run: overview and trajectory."""
    call = _begin(now.settings.call())
    return f'{call}print(run)\nrun.plot().savefig("figure.svg")\nprint(run.trajectory())\n'


def weights(now: Moment) -> str:
    """W, rows and columns so that first choices form a staircase, contested neurons first."""
    return (
        f"{_state(now)}\n{FIRST_CHOICES}"
        "chosen, count = np.unique(first, return_counts=True)\n"
        'chosen = chosen[np.argsort(-count, kind="stable")]\n'
        "neurons = [*chosen, *np.setdiff1d(np.arange(W.shape[1]), chosen)]\n"
        'features = np.argsort(np.argsort(neurons)[first], kind="stable")\n'
        "shown = W[np.ix_(features, neurons)]\n"
        'plt.imshow(np.sign(shown) * abs(shown) ** 0.5, "RdBu", aspect="auto", vmin=-1, vmax=1)\n'
        f"{SAVE}"
    )


def collisions(now: Moment) -> str:
    """Every pair with one first choice, by its two weights there."""
    return (
        f"{_state(now)}\n{FIRST_CHOICES}"
        "for k in np.unique(first):\n"
        "    features = np.flatnonzero(first == k)\n"
        "    for a, b in np.stack(np.triu_indices(len(features), 1), 1):\n"
        "        i, j = sorted(features[[a, b]], key=lambda f: -abs(run.start[0, f, k]))\n"
        "        print(i, j, k, W[i, k], W[j, k])\n"
        "        benign = run.start[0, i, k] * run.start[0, j, k] < 0\n"
        '        plt.plot(W[i, k], W[j, k], "o" if benign else "s")\n'
        f"plt.axis((-{REACH}, {REACH}, -{REACH}, {REACH}))\n{SAVE}"
    )


def phase(now: Moment) -> str:
    """The course of one pair with the three forces."""
    pairs = now.opening.pairs
    pair = (int(pairs.larger[now.pair]), int(pairs.smaller[now.pair]))
    call = now.settings.call(record=("pair_forces",), pair=pair, per_decade=20)
    return (
        f"{_begin(call, 'matplotlib.pyplot as plt')}"
        "course = run.trajectory()  # weights of both features, and the forces on them\n"
        "print(course)\n"
        'plt.plot(course["pair_weight_i"], course["pair_weight_j"])\n'
        f"{SAVE}"
    )


def course(now: Moment) -> str:
    """‖W‖₁ and m' over time."""
    call = now.settings.call(record=("l1_norm", "m_prime"), per_decade=20)
    return (
        f"{_begin(call, 'matplotlib.pyplot as plt')}"
        "course = run.trajectory()  # means over features\n"
        "print(course)\n"
        'plt.loglog(course["t"], course[["l1_norm", "m_prime"]])\n'
        f"{SAVE}"
    )
