"""The law of the count: exponents, constant, and what is left at m = n²."""

import numpy as np
import pandas as pd
from tests.unit.claims.decided import verdict

from polysem._theory import balls_count, exclusion_count, paper_count


def counts(law, at_n_squared, seeds, rng):
    """Networks whose counts are Poisson about `law`(n, m)."""
    rows = []
    for n in (16, 32, 64):
        for m in (3 * n // 4, n, 2 * n, 8 * n, n**2):
            expected = at_n_squared if m == n**2 else law(n, m)
            rows += [(n, m, k) for k in rng.poisson(expected, seeds)]
    f = pd.DataFrame(rows, columns=["n", "m", "polysemantic"])
    for name, theory in (
        ("paper", paper_count),
        ("balls", balls_count),
        ("exclusion", exclusion_count),
    ):
        f[f"expected_{name}"] = theory(f["n"].to_numpy(), f["m"].to_numpy())
    return {"counts": f}


def as_paper(n, m):
    return exclusion_count(n, m) if m < n else balls_count(n, m) if n == m else paper_count(n, m)


def test_count_law():
    rng = np.random.default_rng(0)
    assert verdict(1, counts(as_paper, 0.0, 3000, rng)) == "supported"
    assert verdict(1, counts(lambda n, m: 50.0, 5.0, 3000, rng)) == "refuted"
    assert verdict(1, counts(as_paper, 0.25, 3000, rng)) == "qualified"
    assert verdict(1, counts(as_paper, 0.0, 3, rng)) == "inconclusive"
