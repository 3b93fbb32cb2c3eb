"""Every claim's decision on made-up data: it can be supported, refuted, and left open."""

import math

import numpy as np
import pandas as pd
import pytest

from polysem._claims.decision import findings_of, judge
from polysem._claims.discover import all_claims, claims_called
from polysem._errors import BadInput
from polysem._sweep.cells import cells_of
from polysem._sweep.grid import read_grid
from polysem._theory import balls_count, exclusion_count, paper_count

CLAIMS = {claim.number: claim for claim in all_claims()}


def verdict(number, tables):
    claim = CLAIMS[number]
    return str(judge(findings_of(claim.criteria, tables, claim.alpha)))


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


def collision_table(opposite, same):
    """Collisions with given fates: fate → how many."""
    rows = [
        {"n": 48, "m": 48, "l1": 0.1, "sign": sign, "fate": fate, "larger_end": "moved",
         "smaller_end": "moved"}
        for sign, fates in (("opposite", opposite), ("same", same))
        for fate, count in fates.items()
        for _ in range(count)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_sign_story():
    networks = pd.DataFrame({"same_sign": [30] * 9, "polysemantic": [32] * 9})
    told = collision_table({"neither_stays": 300}, {"both_stay": 250, "neither_stays": 50})
    assert verdict(2, {"networks": networks, "collisions": told}) == "supported"
    ours = collision_table({"both_stay": 90, "neither_stays": 210}, {"larger_stays": 300})
    assert verdict(2, {"networks": networks.assign(same_sign=0), "collisions": ours}) == "refuted"
    few = networks[:1].assign(same_sign=1, polysemantic=2)
    assert verdict(2, {"networks": few, "collisions": ours[::60]}) == "inconclusive"


def test_malign_fate():
    neither = collision_table({}, {"neither_stays": 200, "larger_stays": 60, "smaller_stays": 60})
    assert verdict(3, {"collisions": neither}) == "refuted"
    assert verdict(3, {"collisions": neither[::80]}) == "inconclusive"
    one = collision_table({}, {"larger_stays": 400}).assign(smaller_end="dead")
    assert verdict(3, {"collisions": one}) == "supported"
    assert verdict(3, {"collisions": one.assign(smaller_end="moved")}) == "qualified"


def starts(p, total):
    rows = [
        {"initial_kind": law, "n": 96, "m": 96, "collisions_same": int(p * total),
         "collisions_start": total}
        for law in ("normal", "xavier", "orthogonal")
    ]  # fmt: skip
    return {"starts": pd.DataFrame(rows)}


def test_half_malign():
    assert verdict(4, starts(0.5, 20_000)) == "supported"
    assert verdict(4, starts(0.6, 20_000)) == "refuted"
    assert verdict(4, starts(0.5, 100)) == "inconclusive"


def test_half_malign_errs_no_more_often_than_alpha():
    """Truth just outside the range (0.53 + 1e-9): "supported" and "qualified" are both false
    alarms. 400 repetitions at α = 1 %; more than 13 have probability below 1e-4."""
    rng, false = np.random.default_rng(5), 0
    for _ in range(400):
        tables = starts(0.5, 8000)
        tables["starts"]["collisions_same"] = rng.binomial(8000, 0.53, 3)
        false += verdict(4, tables) in ("supported", "qualified")
    assert false <= 13


def per_feature(first, relaxed_hits, seeds, n=16, m=256):
    rng = np.random.default_rng(1)
    rows = []
    for seed in range(seeds):
        for feature in range(n):
            won = rng.random() < first
            winner = feature if won else feature + 100
            relaxed = winner if rng.random() < relaxed_hits else feature
            rows.append((n, m, 0.1, seed, feature, feature, winner, won, relaxed))
    columns = ["n", "m", "l1", "seed", "feature", "first_choice", "neuron",
               "first_choice_represents", "relaxed"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def winner_tables(flow, adamw, relaxed, seeds):
    wide = per_feature(flow, relaxed, seeds)
    eighth = wide.assign(m=32)
    both = pd.concat([wide, eighth], ignore_index=True)
    return {
        "flow": both.drop(columns="relaxed"),
        "relaxed": both.drop(columns="neuron").rename(columns={"relaxed": "neuron"}),
        "AdamW": per_feature(adamw, 0, seeds).assign(m=32),
    }


def test_winner():
    assert verdict(5, winner_tables(1.0, 0.95, 0.0, 400)) in ("supported", "inconclusive")
    assert verdict(5, winner_tables(0.1, 0.1, 0.5, 60)) == "refuted"
    assert verdict(5, winner_tables(0.75, 0.1, 0.9, 60)) == "qualified"
    assert verdict(5, winner_tables(0.75, 0.7, 0.9, 3)) == "inconclusive"


def course(power, constant, seeds, spread=0.01):
    rng, rows = np.random.default_rng(2), []
    for n in (1, 64):
        for seed in range(seeds):
            for lt in np.geomspace(0.01, 0.4, 30):
                x = 4096**-0.5 + lt
                factor = np.exp(spread * rng.standard_normal())
                rows.append((n, 4096, 2e-3, seed, lt / 2e-3, constant * x**power * factor,
                             constant * x ** (2 * power) * factor))  # fmt: skip
    return {
        "course": pd.DataFrame(rows, columns=["n", "m", "l1", "seed", "t", "l1_norm", "m_prime"])
    }


def test_speed():
    assert verdict(6, course(-1, 1.0, 12)) == "supported"
    assert verdict(6, course(-1, 2.0, 12)) == "qualified"
    assert verdict(6, course(-2, 1.0, 12)) == "refuted"
    assert verdict(6, course(-1, 1.0, 3)) == "inconclusive"


def stopped(unexplained, ratio, seeds):
    rng, rows = np.random.default_rng(3), []
    for n in (1, 32):
        for lt in (0.02, 0.05, 0.1):
            for _ in range(seeds):
                wobble = 1 + 0.02 * rng.standard_normal()
                rows.append((n, lt, unexplained * wobble, ratio * wobble))
    return {"stopped": pd.DataFrame(rows, columns=["n", "lt", "unexplained", "variance_ratio"])}


def test_stretching():
    assert verdict(7, stopped(0.001, 1.0, 12)) == "supported"
    assert verdict(7, stopped(0.2, 2.0, 12)) == "refuted"
    assert verdict(7, stopped(0.001, 2.0, 12)) == "qualified"
    assert verdict(7, stopped(0.001, 1.0, 3)) == "inconclusive"


def dense(flow, l1, seeds):
    rng = np.random.default_rng(4)
    rows = [
        {"l1": a, "penalty_l2": b, "m": 64, "over_rotated": v * w, "dense_ratio": v * w}
        for a, b, v in ((0.0, 0.0, flow), (0.0, 0.2, flow), (0.05, 0.0, l1))
        for w in 1 + 0.02 * rng.standard_normal(seeds)
    ]
    frame = pd.DataFrame(rows)
    return {"flow": frame, "AdamW": frame[(frame["l1"] == 0)]}


def test_no_l1():
    assert verdict(8, dense(1.0, 20.0, 12)) == "supported"
    assert verdict(8, dense(9.0, 20.0, 12)) == "refuted"
    assert verdict(8, dense(1.0, 1.0, 12)) == "qualified"  # the control fails
    assert verdict(8, dense(1.0, 20.0, 3)) == "inconclusive"


def lambda_tables(sparse, dead, seeds):
    small = pd.DataFrame({"l1": [1e-4] * seeds + [0.1] * seeds, "m": 64,
                          "converged": [sparse] * seeds + [True] * seeds})  # fmt: skip
    from polysem._theory import typical_death_threshold

    rows = []
    for m in (16, 256):
        for l1 in np.linspace(0.1, 1.6, 16):
            share = float(l1 > typical_death_threshold(m)) if dead else 0.0
            rows += [(m, 12, l1, seed, round(12 * share)) for seed in range(seeds)]
    large = pd.DataFrame(rows, columns=["m", "n", "l1", "seed", "dead_features"])
    return {"small": small, "AdamW": small, "large": large}


def test_lambda_range():
    assert verdict(9, lambda_tables(False, True, 40)) == "supported"
    assert verdict(9, lambda_tables(True, False, 40)) == "refuted"
    assert verdict(9, lambda_tables(True, True, 40)) == "qualified"
    assert verdict(9, lambda_tables(False, True, 4)) == "inconclusive"


def phases(wide, seeds, floor=1.0):
    f = pd.DataFrame({"ratio": np.repeat([0.25, 0.5, 0.75, 24.0], seeds)})
    f["polysemantic"] = np.where(f["ratio"] < 1, 5, wide)
    f["at_floor"], f["slots_taken"] = floor, 1.0
    f["loss_per_feature"] = np.where(f["ratio"] == 0.25, 0.3, 0.0)
    return {"phases": f}


def test_necessary():
    assert verdict(10, phases(0, 200)) == "supported"
    assert verdict(10, phases(1, 200)) == "qualified"
    none = phases(1, 200)
    none["phases"]["polysemantic"] = np.where(none["phases"]["ratio"] < 1, 0, 1)
    assert verdict(10, none) == "refuted"
    assert verdict(10, phases(0, 3)) == "inconclusive"


def activations(other, seeds, power=0.5):
    rng, kinds = np.random.default_rng(6), []
    names = ["leaky", "identity", "abs", "tanh", "gelu", "silu", "sigmoid", "squared_relu", "relu"]
    for kind in names:
        mean = 5.0 if kind == "relu" else other
        kinds += [(kind, k) for k in rng.poisson(mean, seeds)]
    leaks = []
    from polysem._claims.ledger.c11_activation import LEAKS

    for l1 in (0.05, 0.2):
        half = 0.1 * (l1 / 0.05) ** power
        for leak in LEAKS:
            mean = 20 / (1 + (leak / half) ** 3)
            leaks += [(l1, leak, s, k) for s, k in enumerate(rng.poisson(mean, seeds))]
    columns = ["l1", "activation_leak", "seed", "opposite_sign"]
    return {
        "kinds": pd.DataFrame(kinds, columns=["activation_kind", "opposite_sign"]),
        "leaks": pd.DataFrame(leaks, columns=columns),
    }


def test_activation():
    assert verdict(11, activations(0.0, 60)) == "supported"
    assert verdict(11, activations(5.0, 60)) == "refuted"
    assert verdict(11, activations(0.0, 60, power=1.0)) in ("qualified", "inconclusive")
    assert verdict(11, activations(0.0, 3)) == "inconclusive"


def flipped(malign, benign, seeds):
    rng = np.random.default_rng(7)
    rows = [
        (16, 256, 0.25, to, k)
        for to, mean in (("malign", malign), ("random", 1.0), ("benign", benign))
        for k in rng.poisson(mean, seeds)
    ]
    columns = ["n", "m", "l1", "initial_to", "polysemantic"]
    return {"flipped": pd.DataFrame(rows, columns=columns)}


def test_causality():
    assert verdict(14, flipped(0.1, 2.0, 400)) == "supported"
    assert verdict(14, flipped(1.5, 0.7, 400)) == "refuted"
    assert verdict(14, flipped(0.1, 0.7, 400)) == "qualified"
    assert verdict(14, flipped(0.1, 2.0, 6)) == "inconclusive"


def correlations(flow, adamw, seeds):
    rng = np.random.default_rng(8)
    found = {}
    for name, mean in (("flow", flow), ("AdamW", adamw)):
        dots = (mean + 0.1 * rng.standard_normal(seeds)) / 10
        found[name] = pd.DataFrame(
            {"start_end_dot": dots, "start_end_dot_others": 0.0, "m": 100, "seed": range(seeds)}
        )
    return found


def test_correlation():
    assert verdict(17, correlations(2.0, 2.0, 40)) == "supported"
    assert verdict(17, correlations(0.0, 0.0, 40)) == "refuted"
    assert verdict(17, correlations(2.0, 1.0, 40)) == "qualified"
    assert verdict(17, correlations(2.0, 2.0, 3)) == "inconclusive"


def optimisers(ratio, same, won, seeds):
    rng = np.random.default_rng(9)
    tables = {
        name: pd.DataFrame(
            {"n": 24, "m": 48, "seed": range(seeds), "polysemantic": rng.poisson(mean, seeds)}
        )
        for name, mean in (("flow", 4.0), ("AdamW", 4.0 * ratio))
    }
    features = pd.DataFrame(
        [(24, 48, s, i) for s in range(seeds) for i in range(24)],
        columns=["n", "m", "seed", "feature"],
    )
    agree = rng.random(len(features)) < same
    tables["flow winners"] = features.assign(neuron=0, first_choice_represents=True)
    tables["AdamW winners"] = features.assign(
        neuron=np.where(agree, 0, 1), first_choice_represents=rng.random(len(features)) < won
    )
    return tables


def test_adamw():
    assert verdict(18, optimisers(1.0, 0.9, 0.9, 60)) == "supported"
    assert verdict(18, optimisers(4.0, 0.1, 0.1, 60)) == "refuted"
    assert verdict(18, optimisers(1.0, 0.1, 0.1, 60)) == "qualified"
    assert verdict(18, optimisers(1.0, 0.9, 0.9, 3)) == "inconclusive"


def races(malign, benign, count):
    rows = [
        {"sign": sign, "sparse": 1.0, "apart": 2.0 if i < share * count else 0.5}
        for sign, share in (("same", malign), ("opposite", benign))
        for i in range(count)
    ]
    return {"races": pd.DataFrame(rows)}


def test_time_scales():
    assert verdict(19, races(0.9, 0.9, 100)) == "supported"
    assert verdict(19, races(0.1, 0.9, 100)) == "refuted"
    assert verdict(19, races(0.9, 0.1, 100)) == "qualified"
    assert verdict(19, races(0.9, 0.9, 4)) == "inconclusive"


def networks(gap, seeds):
    rng, rows = np.random.default_rng(10), []
    for m, sign in ((16, 1), (24, 1), (40, 0), (64, 0)):
        for _ in range(seeds):
            poly = 10 + gap * 10 * sign + rng.integers(0, 3)
            rows.append((32, m, poly, gap * sign * poly, 0, 20.0))
    columns = ["n", "m", "polysemantic", "same_sign", "monosemantic", "expected_balls"]
    f = pd.DataFrame(rows, columns=columns)
    share = np.where(f["m"] < 32, 0.1 if gap else 0.4, 0.4) + 0.01 * rng.random(len(f))
    f["monosemantic"] = f["m"] * (1 - share) - f["polysemantic"]
    return {"networks": f}


def test_told_apart():
    assert verdict(20, networks(1, 60)) == "supported"
    assert verdict(20, networks(0, 200)) == "refuted"
    assert verdict(20, networks(1, 6)) == "inconclusive"


def noise(effect, gaussian, seeds):
    rng, rows = np.random.default_rng(11), []
    for excess in (-2.0, -1.0, 0.0, 2.0):
        for shared in ("sample", "batch"):
            rows += [("three_point", excess, shared, 0.17 - effect * excess + e)
                     for e in 0.005 * rng.standard_normal(seeds)]  # fmt: skip
    base = 3 / 18 * gaussian
    rows += [("gaussian", math.nan, "sample", base + e) for e in 0.005 * rng.standard_normal(seeds)]
    columns = ["train_noise_kind", "train_noise_excess", "train_noise_shared", "fourth_norm"]
    return {"noise": pd.DataFrame(rows, columns=columns).assign(m=16)}


def test_noise():
    assert verdict(12, noise(0.1, 1.0, 30)) == "supported"
    assert verdict(12, noise(-0.1, 2.0, 30)) == "refuted"
    assert verdict(12, noise(0.1, 2.0, 30)) == "qualified"
    assert verdict(12, noise(0.1, 1.0, 3)) == "inconclusive"


def depths(power, stack, mlp, seeds):
    """Two layers whose counts are `stack` times one layer's at m = 2n and fall like m^power."""
    rng, one, found = np.random.default_rng(12), 4.0, {}
    for name, layers, factor, opposite in (
        ("one layer", 1, 1.0, 1.0),
        ("stack, last code", 2, stack, 1.0),
        ("stack, every code", 2, stack, 1.0),
        ("ReLU MLP", 2, 1.0, mlp),
    ):
        rows = []
        for layer in range(1, layers + 1):
            for m in (32, 128):
                fall = (m / 32) ** (-1.0 if name == "one layer" else power)
                counts = rng.poisson(factor * one * fall, seeds)
                signs = rng.poisson(opposite * one * fall, seeds)
                rows += [(16, m, layer, k, o) for k, o in zip(counts, signs, strict=True)]
        columns = ["n", "m", "layer", "polysemantic", "opposite_sign"]
        f = pd.DataFrame(rows, columns=columns)
        found[name] = f.assign(same_sign=0, of_first=0, dead_features=0)
    return found


def test_depth():
    assert verdict(13, depths(-1.0, 1.0, 1.0, 200)) == "supported"
    assert verdict(13, depths(0.0, 3.0, 0.0, 200)) == "refuted"
    assert verdict(13, depths(-1.0, 3.0, 0.0, 200)) == "qualified"
    assert verdict(13, depths(-1.0, 1.0, 1.0, 6)) == "inconclusive"


def mechanisms(local, count, opposite, seeds):
    """Every mechanism but ℓ1 with these means."""
    from polysem._claims.ledger.c15_mechanisms import MECHANISMS

    rng, found = np.random.default_rng(13), {}
    for name in MECHANISMS:
        k = rng.poisson(4.0 * (1 if name == "ℓ1" else count), seeds)
        o = rng.binomial(k, 1.0 if name == "ℓ1" else opposite)
        found[name] = pd.DataFrame(
            {"polysemantic": k, "opposite_sign": o, "same_sign": k - o, "train_steps": 10,
             "local": (local + 0.02 * rng.standard_normal(seeds)).clip(0, 1)}
        )  # fmt: skip
    return found


def test_mechanisms():
    assert verdict(15, mechanisms(0.95, 1.0, 1.0, 60)) == "supported"
    assert verdict(15, mechanisms(0.05, 0.0, 0.5, 60)) == "refuted"
    assert verdict(15, mechanisms(0.95, 1.0, 0.1, 60)) == "qualified"
    assert verdict(15, mechanisms(0.95, 1.0, 1.0, 3)) == "inconclusive"


def co_occurring(half, power, left, exclusive, partners, seeds):
    """Counts that halve at a chance `half`(λ) and end at a share `left`; who shares."""
    rng, pairs, who = np.random.default_rng(14), [], []
    for l1 in (0.05, 0.2):
        at = half * (l1 / 0.05) ** power
        for chance in (0.0, 0.005, 0.01, 0.02, 0.04, 0.08, 0.4):
            mean = 8 / (1 + (chance / at) ** 3) if chance < 0.4 else 8 * left
            kind = "k_hot" if chance else "one_hot"
            shown = chance if chance else math.nan
            counts = rng.poisson(mean, seeds)
            pairs += [(l1, kind, shown, s, k) for s, k in enumerate(counts)]
    for kind, share in (("exclusive", exclusive), ("partners", partners)):
        who += [(0.1, kind, 4, rng.binomial(4, share)) for _ in range(seeds)]
    columns = ["l1", "data_kind", "data_probability", "seed", "polysemantic"]
    return {
        "pairs": pd.DataFrame(pairs, columns=columns),
        "who": pd.DataFrame(who, columns=["l1", "data_kind", "pairs", "mates"]),
    }


def test_co_occurrence():
    assert verdict(16, co_occurring(0.012, 1.0, 0.0, 1.0, 0.0, 100)) == "supported"
    assert verdict(16, co_occurring(0.012, 1.0, 1.0, 0.1, 0.3, 100)) == "refuted"
    assert verdict(16, co_occurring(0.012, 1.0, 0.0, 0.1, 0.0, 100)) == "qualified"
    assert verdict(16, co_occurring(0.012, 1.0, 0.0, 1.0, 0.0, 4)) == "inconclusive"


def test_the_halving_chance_is_the_one_put_in():
    from polysem._claims.ledger.c16_co_occurrence import half_chance, law_in_lambda

    chances = np.array([0.0, 0.01, 0.1])
    assert half_chance(chances, np.array([[8.0, 6.0, 2.0]])) == pytest.approx(0.1**1.5)
    assert math.isnan(half_chance(chances, np.array([[8.0, 7.0, 5.0]])))
    assert math.isnan(half_chance(chances, np.array([[8.0, 3.0, 1.0]])))
    found = law_in_lambda(co_occurring(0.012, 1.0, 0.0, 1.0, 0.0, 400), 0.95)
    assert found.low < 1.0 < found.high
    assert found.value == pytest.approx(1.0, abs=0.15)


def test_who_shares_is_counted_by_hand():
    from polysem._claims.ledger.c13_depth import sharing as pairs
    from polysem._claims.ledger.c16_co_occurrence import sharing

    W = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0.4, 0, 1]])
    assert pairs(W) == {(0, 1)}
    assert sharing(None, W, W) == {"pairs": 1, "mates": 1}
    W[1] = [0, -1, 0]
    assert pairs(W) == {(1, 2)}
    assert sharing(None, W, W) == {"pairs": 1, "mates": 0}


@pytest.mark.parametrize("claim", all_claims(), ids=lambda claim: claim.id)
def test_every_claim_is_whole(claim):
    """Its grids are grids in both sizes, its words are there, its error rate is fixed."""
    assert 0 < claim.alpha <= 0.05
    assert all(len(text) > 20 for text in (claim.statement, claim.source, claim.reading))
    for experiment in claim.experiments.values():
        quick, full = (
            sum(cell.count for cell in cells_of(read_grid(grid)))
            for grid in (experiment.quick, experiment.full)
        )
        assert 0 < quick < full


def test_claims_have_numbers_of_their_own_and_are_called_by_them():
    assert len({claim.number for claim in all_claims()}) == len(all_claims())
    for word in ("4", "04", "half-malign", "04-half-malign"):
        (found,) = claims_called([word])
        assert found.number == 4
    assert claims_called([]) == all_claims()
    with pytest.raises(BadInput, match="There is no claim 'x'; there are 01-"):
        claims_called(["x"])


@pytest.mark.parametrize("claim", all_claims(), ids=lambda claim: claim.id)
def test_with_every_seed_excluded_nothing_is_said_and_nothing_breaks(claim):
    from polysem._claims.gather import Gathered, Size
    from polysem._claims.judgement import judgement
    from polysem._plots.claims import draw_mpl

    data = {
        name: Gathered(pd.DataFrame(), 0, {"diverged": 3}, (), 0.0) for name in claim.experiments
    }
    found = judgement(claim, Size(), data)
    assert found.verdict == "inconclusive"
    assert len(found.numbers) == 0
    assert draw_mpl(found.panel)
    assert "too few data" in found.what_would_change[0]
