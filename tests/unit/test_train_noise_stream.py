"""Noise drawn seed by seed."""

import numpy as np
import pytest
import torch

from polysem._network.initial import Normal
from polysem._network.noise import Bipolar, Gaussian
from polysem._train.noise_stream import BLOCK, NoiseStream

LIKE = torch.zeros(1)


def drawn(noise, seeds, n, m, steps, like=LIKE):
    stream = NoiseStream(noise, seeds, n, m, like=like)
    return torch.stack([stream.next().clone() for _ in range(steps)], dim=1)


@pytest.mark.parametrize("law", [Bipolar, Gaussian])
@pytest.mark.parametrize("shared", ["sample", "batch"])
@pytest.mark.parametrize(("n", "m"), [(3, 5), (8, 16), (40, 1000)])
def test_noise_of_a_seed_depends_on_no_other(law, shared, n, m):
    noise = law(std=0.3, shared=shared)
    steps = min(3 * BLOCK // m, 40 if m > 100 else 5000)
    together = drawn(noise, [7, 2, 11], n, m, steps)
    assert torch.equal(drawn(noise, [2], n, m, steps)[0], together[1])
    assert torch.equal(drawn(noise, [11, 7], n, m, steps)[[1, 0]], together[[0, 2]])
    assert not torch.equal(together[0], together[1])


def test_shared_by_all_is_one_vector_and_the_same_for_any_seeds():
    noise = Gaussian(std=1, shared="all")
    found = drawn(noise, [1, 2], 4, 6, 10)
    assert found.shape == (1, 10, 1, 6)
    assert torch.equal(found, drawn(noise, [5], 4, 6, 10))


@pytest.mark.parametrize(("shared", "vectors"), [("sample", 4), ("batch", 1)])
def test_shapes_and_freshness(shared, vectors):
    found = drawn(Gaussian(std=1, shared=shared), [0, 1, 2], 4, 6, 9000)
    assert found.shape == (3, 9000, vectors, 6)
    assert len(np.unique(found.numpy().reshape(-1, vectors * 6), axis=0)) == 27_000


def test_std_scales_and_precision_keeps_the_numbers():
    unit = drawn(Gaussian(std=1), [3], 4, 6, 50)
    assert torch.equal(drawn(Gaussian(std=0.25), [3], 4, 6, 50), 0.25 * unit)
    double = drawn(Gaussian(std=1), [3], 4, 6, 50, like=torch.zeros(1, dtype=torch.float64))
    assert double.dtype == torch.float64
    assert torch.equal(double.float(), unit)


@pytest.mark.statistical
def test_noise_is_independent_of_the_start_and_of_other_seeds():
    """Correlation of 2,400 numbers with the start of the seed and with the next seed's noise.

    Each of 20 correlations within 4.5 standard errors: false alarms 1.4e-4 in all; fixed seeds.
    """
    for seed in range(10):
        noise = drawn(Gaussian(std=1), [seed, seed + 1], 40, 60, 1).reshape(2, -1).numpy()
        start = Normal().draw(40, 60, seed).ravel()
        for other in (start, noise[1]):
            assert abs(np.corrcoef(noise[0], other)[0, 1]) < 4.5 / np.sqrt(2400)


def test_steps_are_continued_across_blocks_without_repeating():
    noise = Bipolar(std=1, shared="batch")
    found = drawn(noise, [0], 1, 2048, 2 * BLOCK // 2048 + 1)[0, :, 0]
    assert len(torch.unique(found, dim=0)) == len(found)
