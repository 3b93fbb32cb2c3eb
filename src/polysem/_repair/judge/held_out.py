"""The loss on data that no training saw: exact where inputs can be listed, else fresh draws."""

from __future__ import annotations

import numpy as np

from polysem._network.data import Data, OneHot
from polysem._network.data.k_hot import KHot
from polysem._network.problem import Problem
from polysem._network.sampled import sampled_loss, sampled_reconstruction
from polysem._types import Weights

DRAWS = 8192
HELD_OUT = 0x68656C64  # a stream of its own: neither starts, noise nor batches draw from it


def inputs(data: Data, n: int) -> tuple[np.ndarray, np.ndarray]:
    """X (S, n) and what each counts, ω (S,): every input, or `DRAWS` held-out ones."""
    if isinstance(data, OneHot):
        return np.eye(n), np.ones(n)
    if data.too_many(n) is None:
        X, shares = data.samples(n)
        return X, shares * data.scale(n)
    import torch

    drawn = data.draw(DRAWS, n, torch.Generator().manual_seed(HELD_OUT))
    return drawn.numpy().astype(np.float64), np.full(DRAWS, data.scale(n) / DRAWS)


def plain_losses(problem: Problem, W: Weights) -> tuple[float, float]:
    """(whole loss, reconstruction alone) of one network W: (n_features, n_neurons), in float64."""
    X, counts = inputs(problem.data, len(W))
    W = W.astype(np.float64)
    whole = sampled_loss(problem, W, X, counts)
    return float(whole), float(sampled_reconstruction(problem, W, X, counts)[0])


def loss_in_pairs(problem: Problem, W: Weights) -> float:
    """Reconstruction loss where two random features are on at once, per n features' worth.

    Data that no network here is trained on: what a collision costs when features begin to meet.
    """
    X, counts = inputs(KHot(k=2), len(W))
    W = W.astype(np.float64)
    return float(sampled_reconstruction(problem, W, X, counts)[0])
