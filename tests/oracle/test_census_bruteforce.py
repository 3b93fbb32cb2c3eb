"""The census against double loops over features and neurons that share no code with it."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from polysem._census import Authors, Relative, take_census


def brute_force(end, start, rule, scale) -> dict[str, Any]:
    """The definitions, written as loops over one seed in plain Python floats."""
    n, m = end.shape
    w, s = end.astype(float).tolist(), start.astype(float).tolist()
    norm = [math.sqrt(sum(x * x for x in row)) for row in w]
    unit = max(norm) if scale is None else scale
    alive = [x >= 0.1 * unit and x > 0 for x in norm]

    def represents(i, k):
        if rule == "relative":
            return alive[i] and abs(w[i][k]) > 0.5 * norm[i]
        return alive[i] and 0.8 <= abs(w[i][k]) <= 1.2

    on = [[i for i in range(n) if represents(i, k)] for k in range(m)]
    opposite = same = 0
    for k in range(m):
        if len(on[k]) >= 2:
            signs = [w[i][k] > 0 for i in on[k]]
            if any(a == b for a, b in itertools.combinations(signs, 2)):
                same += 1
            else:
                opposite += 1
    first = [max(range(m), key=lambda k, i=i: abs(s[i][k])) for i in range(n)]
    won = [max(range(m), key=lambda k, i=i: abs(w[i][k])) if alive[i] else -1 for i in range(n)]
    rank = [
        1 + sum(abs(x) > abs(s[i][won[i]]) for x in s[i]) if alive[i] else None for i in range(n)
    ]
    living = [i for i in range(n) if alive[i]]

    def mean(values):
        values = list(values)
        return sum(values) / len(values) if values else None

    def dot(a, b):
        return sum(x * y for x, y in zip(a, b, strict=True))

    result = {
        "polysemantic": sum(len(f) >= 2 for f in on),
        "opposite_sign": opposite,
        "same_sign": same,
        "monosemantic": sum(len(f) == 1 for f in on),
        "dead_features": alive.count(False),
        "dead_neurons": sum(
            not on[k] and (column < 0.1 * unit or column == 0)
            for k, column in enumerate(math.sqrt(sum(row[k] ** 2 for row in w)) for k in range(m))
        ),
        "initial_argmax_won": mean(float(represents(i, first[i])) for i in range(n)),
        "start_end_cosine": mean(
            dot(s[i], w[i]) / norm[i] / math.sqrt(dot(s[i], s[i])) for i in living
        ),
        "start_end_dot": mean(dot(s[i], w[i]) for i in range(n)),
        "start_end_dot_others": mean(dot(s[i], w[j]) for i in range(n) for j in range(n) if i != j),
        "l1_norm": mean(sum(map(abs, w[i])) for i in living),
        "m_prime": mean(sum(x != 0 for x in w[i]) for i in living),
        "norm": mean(norm[i] for i in living),
        "fourth_norm": mean(sum(x**4 for x in w[i]) for i in living),
        "effective_neurons": mean((sum(map(abs, w[i])) / norm[i]) ** 2 for i in living),
        "relative_variance": mean(relative_variance(w[i]) for i in living),
        "zero_share": mean(float(x == 0) for row in w for x in row),
        "max_overlap": max([0.0, *(dot(w[i], w[j]) for i in range(n) for j in range(n) if i != j)]),
    }
    pairs = {}
    for i, j in itertools.combinations(range(n), 2):
        if first[i] == first[j]:
            k = first[i]
            a, b = (j, i) if abs(s[j][k]) > abs(s[i][k]) else (i, j)
            stay = represents(a, k), represents(b, k)
            fate = {
                (True, True): "both_stay",
                (True, False): "larger_stays",
                (False, True): "smaller_stays",
                (False, False): "neither_stays",
            }[stay]
            ends = [
                ("stayed", None)
                if there
                else ("dead", None)
                if not alive[f]
                else ("undecided" if won[f] == k else "moved", rank[f])
                for f, there in zip((a, b), stay, strict=True)
            ]
            sign = "same" if s[a][k] * s[b][k] > 0 else "opposite"
            pairs[a, b] = (k, sign, fate, *ends[0], *ends[1])
    return {"row": result, "pairs": pairs, "winner": won, "rank": rank, "on": on}


def agree(got, expected) -> bool:
    """Equal, or both unknown; float32 products are good to about 1e-6."""
    if got is None or expected is None:
        return got is expected
    return math.isclose(got, expected, rel_tol=2e-6, abs_tol=2e-6)


def relative_variance(row):
    sizes = [abs(x) for x in row if x != 0]
    mean = sum(sizes) / len(sizes)
    return sum((x - mean) ** 2 for x in sizes) / len(sizes) / mean**2


def random_states(seed, dtype):
    """Three ends of unlike kinds (sparse with ties of neurons, dense, partly dead) and a start."""
    r = np.random.default_rng(seed)
    n, m = int(r.integers(1, 9)), int(r.integers(1, 12))
    start = r.standard_normal((3, n, m))
    end = np.zeros((3, n, m))
    rows = np.arange(n)
    end[0, rows, r.integers(m, size=n)] = r.choice([-1, 1], n) * r.uniform(0.7, 1.3, n)
    end[1] = 0.4 * start[1] + 0.1 * r.standard_normal((n, m))  # dense, remembers its start
    end[2] = np.where(r.random((n, m)) < 0.4, r.standard_normal((n, m)), 0)
    end[2] *= np.where(r.random(n) < 0.5, 1, 0.03)[:, None]
    return start.astype(dtype), end.astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [None, 1.0])
@pytest.mark.parametrize("name", ["relative", "authors"])
def test_every_number_agrees_with_double_loops(name, scale, dtype):
    rule = Relative() if name == "relative" else Authors()
    seen = set()
    for seed in range(40):
        start, end = random_states(seed, dtype)
        census = take_census(end, start, rule=rule, scale=scale)
        rows = census.to_dicts()
        for s in range(3):
            expected = brute_force(end[s], start[s], name, scale)
            for column, value in expected["row"].items():
                assert agree(rows[s][column], value), (column, seed, s)
            for other in ("relative", "authors"):
                value = brute_force(end[s], start[s], other, scale)["row"]["polysemantic"]
                assert rows[s][f"polysemantic_{other}_rule"] == value
            seen |= check_details(census, s, expected)
    assert seen >= {"both_stay", "larger_stays", "smaller_stays", "neither_stays", "same"}
    assert seen >= {"stayed", "moved", "undecided", "dead", "opposite"}


def check_details(census, s, expected) -> set[str]:
    """Features, neurons, occupancy and collisions of one seed; what kinds of collision it had."""
    features = [row for row in census.features.to_dicts() if row["seed"] == s]
    assert [row["neuron"] for row in features] == expected["winner"]
    assert [row["rank_at_start"] for row in features] == expected["rank"]
    on = expected["on"]
    assert [row["neurons_representing"] for row in features] == [
        sum(i in there for there in on) for i in range(census.n_features)
    ]
    shared = [row for row in census.polysemantic_neurons.to_dicts() if row["seed"] == s]
    assert {row["neuron"]: row["features"] for row in shared} == {
        k: there for k, there in enumerate(on) if len(there) > 1
    }
    width = census.occupancy.shape[1]
    assert census.occupancy[s].tolist() == [sum(len(t) == c for t in on) for c in range(width)]
    names = ("neuron", "sign", "fate", "larger_end", "larger_rank", "smaller_end", "smaller_rank")
    collisions = [row for row in census.collisions.to_dicts() if row["seed"] == s]
    got = {(r["larger"], r["smaller"]): tuple(r[name] for name in names) for r in collisions}
    assert got == expected["pairs"]
    assert len(collisions) == census.to_dicts()[s]["collisions_start"]
    return {value for pair in got.values() for value in pair if isinstance(value, str)}
