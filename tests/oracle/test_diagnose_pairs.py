"""PAIRS and ePAIRS against the published MATLAB code and a plain one, both run by GNU Octave.

`tests/data/diagnose_pairs_octave.json` holds what the published functions gave under Octave 7.3:
`pairsClusterTest` (release of 11/11/14, Raposo, Kaufman and Churchland 2014) and
`pairsClusterTest_elliptical` (Hirokawa et al. 2019), with their random vectors replaced by
`portable_normals`, so that every figure can be compared and not only its distribution. That code
is not ours to ship; `tests/data/diagnose_pairs_reference.m` was written from the papers.
"""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtri

from polysem._diagnose.mixed.pairs import choose_k, epairs, epairs_against, pairs, pairs_against

DATA = Path(__file__).parents[1] / "data"
STORED = json.loads((DATA / "diagnose_pairs_octave.json").read_text())
CASES = STORED["cases"]
DRAWS, SEARCHES = STORED["draws"], STORED["searches"]
OCTAVE = shutil.which("octave")


def portable_normals(shape, count, seed):
    """`count` arrays of normal numbers that do not depend on the version of NumPy."""
    state, values = seed, np.empty(count * int(np.prod(shape)))
    for i in range(len(values)):
        state = (6364136223846793005 * state + 1442695040888963407) % 2**64
        values[i] = ((state >> 12) + 0.5) / 2**52
    return list(ndtri(values).reshape(count, *shape))


def named(case):
    return f"{case['name']}, k {case['k_given']}"


def vectors_and_draws(case):
    vectors = np.array(STORED["vectors"][case["name"]])
    draws = portable_normals(vectors.shape, SEARCHES + DRAWS, seed=1)
    return vectors, draws[:SEARCHES], draws[SEARCHES:]


@pytest.mark.parametrize("case", CASES, ids=named)
def test_pairs_as_published(case):
    vectors, searches, draws = vectors_and_draws(case)
    expected = case["pairs"]
    k = case["k_given"] or choose_k(searches, len(vectors), np.pi / 4)
    assert k == expected["k"]
    found = pairs_against(draws, vectors, k, seed=0)
    assert found.clusteriness == pytest.approx(expected["clusteriness"], abs=1e-9)
    assert found.test.observed == pytest.approx(expected["median"], abs=1e-9)
    np.testing.assert_allclose(found.test.null, expected["null"], atol=1e-9)
    below = np.mean(found.test.null <= found.test.observed)  # the published p, which can be 0
    assert 2 * min(below, 1 - below) == pytest.approx(expected["p"], abs=1e-12)
    assert expected["p"] <= found.test.p <= expected["p"] + 2 / (DRAWS + 1) + 1e-12


@pytest.mark.parametrize("case", [c for c in CASES if "epairs" in c], ids=named)
def test_epairs_as_published(case):
    vectors, _, draws = vectors_and_draws(case)
    expected = case["epairs"]
    found = epairs_against(draws, vectors, case["k_given"], seed=0)
    assert found.clusteriness == pytest.approx(expected["clusteriness"], abs=1e-8)
    assert found.test.observed == pytest.approx(expected["mean"], abs=1e-9)
    np.testing.assert_allclose(found.test.null, expected["null"], atol=1e-9)
    assert found.rank_sum_p == pytest.approx(expected["rank_sum_p"], rel=1e-6)


@pytest.mark.skipif(OCTAVE is None, reason="GNU Octave is not installed (apt install octave)")
def test_a_plain_version_in_octave_agrees(tmp_path):
    """Loops over pairs of vectors, run now; lifts itself wherever Octave is installed."""
    assert OCTAVE is not None
    case = next(c for c in STORED["cases"] if c["k_given"] == 3)
    vectors, _, draws = vectors_and_draws(case)
    np.savetxt(tmp_path / "vectors.txt", vectors, fmt="%.17g")
    np.savetxt(tmp_path / "draws.txt", np.concatenate(draws[:5]), fmt="%.17g")
    code = f"addpath('{DATA}'); diagnose_pairs_reference('{tmp_path}', 3)"
    run = subprocess.run(
        [OCTAVE, "--no-gui", "--quiet", "--no-init-file", "--eval", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    angles, distances = (np.array(line.split(), float) for line in run.stdout.splitlines()[-2:])
    spherical = pairs_against(draws[:5], vectors, 3, seed=0)
    elliptical = epairs_against(draws[:5], vectors, 3, seed=0)
    np.testing.assert_allclose(angles, [spherical.test.observed, *spherical.test.null], atol=1e-9)
    np.testing.assert_allclose(
        distances, [elliptical.test.observed, *elliptical.test.null], atol=1e-9
    )


def test_twins_are_perfectly_clustered(rng):
    half = rng.standard_normal((12, 4))
    found = pairs(np.concatenate([half, 3 * half]), k=1, draws=20)
    assert found.clusteriness == pytest.approx(1, abs=1e-7)
    assert found.test.p == pytest.approx(2 / 21)


def test_vectors_of_length_zero_are_counted(rng):
    vectors = np.concatenate([rng.standard_normal((15, 3)), np.zeros((2, 3))])
    assert pairs(vectors, k=1, draws=5).left_out == 2
    assert epairs(vectors, draws=5).left_out == 2


@pytest.mark.statistical
def test_an_ellipse_is_no_cluster_for_epairs_but_is_for_pairs():
    """Normal vectors of unequal axes; 40 data sets, level 0.05.

    ePAIRS rejects at most 7 of them (false alarm 2e-3 at its nominal level), PAIRS at least 35.
    """
    rng = np.random.default_rng(5)
    scales = np.array([4.0, 2.0, 1.0, 0.5])
    rejected = np.zeros(2)
    for seed in range(40):
        vectors = rng.standard_normal((50, 4)) * scales
        rejected[0] += epairs(vectors, draws=79, seed=seed).test.p <= 0.05
        rejected[1] += pairs(vectors, k=1, draws=79, seed=seed).test.p <= 0.05
    assert rejected[0] <= 7
    assert rejected[1] >= 35
