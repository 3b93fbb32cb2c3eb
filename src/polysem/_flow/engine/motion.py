"""One seed in motion: a step of the multiplier method, its error, its rejection.

The flow is dw/dt = 4 (C W) − λ sign(w), in the base model with C = I − ReLU(G). Given the mean of C
over a step, a step with the exact soft threshold has almost no error, even one in which many
weights die: all the stiffness is in C, of size n×n. So C is what is solved for. Overlap by overlap,
G' = a·C(G) + R with `a` near the largest rate and R measured from past steps, and the mean of C
over the next step follows in closed form (`multipliers`). One right-hand side a step, no limit
of stability on its size. After the step R is known better: the mean of C computed again, less
the one that was used, is the error.
"""

from __future__ import annotations

import math
from functools import partial
from types import ModuleType

import numpy as np

from polysem._flow.certificate import certify
from polysem._flow.engine.coefficients import line, trust_in_slope
from polysem._flow.engine.pieces import pieces_of
from polysem._flow.engine.products import Products
from polysem._flow.engine.strengths import Strengths
from polysem._flow.limit import take_to_limit
from polysem._network import Problem

DAMPING = 1.0  # a as a share of the largest rate; below 0.9 large steps lose stability
# Beyond zero other overlaps are positive, so the force on a weight is another. In a step longer
# than this (times a) it could jump across and back for ever, so it stops at zero first.
CROSSING = 2.0
SHED_EVERY = 16  # steps between two looks for neurons that have lost every weight
WORTH_SHEDDING = 0.8  # share of living neurons at which the others are left out
STEADY = 0.5  # step × largest rate of 4C in W; the extrapolation is stable up to 1


class Motion:
    """State A = Wᵀ: (n_neurons, n_features), its past, and the scratch that a step needs.

    Three arrays of the size of A in all (A, the state before, the force), and nine of n×n. `Watch`
    keeps a fourth to compare with, a list of weights where most are zero.
    """

    def __init__(
        self, A: np.ndarray, problem: Problem, kernels: ModuleType, products: Products
    ) -> None:
        n = A.shape[1]
        self.problem, self._kernels, self._products = problem, kernels, products
        self._solve = kernels.multipliers
        if not problem.is_base:
            pieces = pieces_of(problem, n, A.dtype)
            self._solve = partial(kernels.general_multipliers, pieces=pieces)
        self.A, self._B, self._F = A, np.empty_like(A), np.empty_like(A)
        small = [np.zeros((n, n), A.dtype) for _ in range(9)]
        self.G, self._G_next, self._check = small[:3]
        # (mean rate of G, mean C) of the step being tried and of the two before it
        self._now, self._last, self._earlier = small[3:5], small[5:7], small[7:9]
        self._accepted = 0
        self._ages: list[float] = []  # how long ago the middle of each past step was
        self.nonzeros = np.count_nonzero(A, axis=0)
        self._strengths = Strengths(problem, n, A.dtype)
        self._neurons, self._shape = np.arange(len(A)), A.shape
        self._begin()

    def _begin(self) -> None:
        """Make up a short step before the start, along the velocity there."""
        A, G, K = self.A, self.G, self._last[1]
        self._products.overlaps(A, int(self.nonzeros.sum()), G)
        start = np.abs(G).sum(1)  # follows a permutation of features, as everything else does
        start /= start.max()
        start /= np.linalg.norm(start)
        self._directions = [start.copy() for _ in range(2)]
        self._nudge = start * np.asarray(1e-4, start.dtype)
        self._everyone = np.ones(len(G), dtype=np.bool_)
        K[...] = self.problem.coupling(G)
        for _ in range(20):
            self._stiffness()
        tau = 1e-3 / max(self._stiffness(), 8.0)
        np.matmul(A, K, out=self._F)
        velocity = np.sign(A, out=self._B)
        velocity *= -self.problem.strengths(A.T)
        self._F *= np.asarray(4, A.dtype)
        velocity += self._F
        np.matmul(A.T, velocity, out=self._check)
        np.add(self._check, self._check.T, out=self._last[0])
        velocity *= np.asarray(-tau, A.dtype)
        velocity += A  # the state a moment earlier
        self._strengths.begin(A, velocity, tau)
        self._h = tau
        self._ages = [tau / 2]

    def _stiffness(self) -> float:
        """Bound on the rate at which overlaps relax: 8 λ_max(G).

        λ_max(ReLU(G)) would be none. Of a third feature with two that point opposite ways
        (G = −1) both overlaps can answer at once, at a rate of 12, where ReLU(G) allows 8; such
        overlaps then hop to and fro across zero, and small steps are taken for ever.
        """
        return 8 * self._kernels.growth(self.G, self._directions[0], self._nudge, self._everyone)

    @property
    def longest_step(self) -> float:
        """Longest step for which extrapolating W at fixed multipliers is stable.

        No limit in practice while m ≥ n, where the multipliers of living features are of order λ.
        """
        alive = np.diagonal(self.G) > 0
        growth = self._kernels.growth(self._last[1], self._directions[1], self._nudge, alive)
        return STEADY / max(4 * growth, 1e-9)

    @property
    def first_step(self) -> float:
        """A step short against the fastest motion at the start."""
        return 0.1 / max(self._stiffness(), 8.0)

    def attempt(self, h: float) -> float:
        """Move by `h` without accepting it; returns the estimated error of the rows."""
        self._a = DAMPING * max(self._stiffness(), 1.0)
        before = [-age for age in self._ages]
        trust = trust_in_slope(self._a * h)
        through = line(before[0], before[1] if len(before) > 1 else None, trust)
        rate, mean = self._now
        self._solve(self.G, self._last, self._earlier, through, self._a, h, mean)
        self._products.force(self.A, self._B, h / 2 / self._h, mean, self._F)
        crossing = self._a * h <= CROSSING
        l1 = self._strengths.during(h)
        self._trial = self._kernels.proximal_step(self.A, self._F, self._B, l1, h, crossing)
        self._products.overlaps(self._B, int(self._trial.sum()), self._G_next)
        np.subtract(self._G_next, self.G, out=rate)
        rate *= np.asarray(1 / h, rate.dtype)
        self._tried = h
        known = line(h / 2, before[0])
        self._solve(self.G, self._now, self._last, known, self._a, h, self._check)
        sizes = np.diagonal(self._G_next).copy()
        error = 4 * h * math.sqrt(self._kernels.largest_row(self._check, mean, sizes))
        return error + self._strengths.error(h, self._B, self._trial)

    def accept(self) -> None:
        """Make the attempted step the present state."""
        h = self._tried
        self.A, self._B = self._B, self.A
        self.G, self._G_next = self._G_next, self.G
        self.nonzeros = self._trial
        self._ages = [h / 2, self._ages[0] + h]
        self._now, self._last, self._earlier = self._earlier, self._now, self._last
        self._strengths.accept(h)
        self._h = h

    def reject(self) -> None:
        """Forget the attempted step but for its direction, which the next attempt starts from."""
        np.multiply(self.A, 2, out=self._F)
        np.subtract(self._F, self._B, out=self._B)
        self._h = self._tried
        self._products.overlaps(self.A, int(self.nonzeros.sum()), self._G_next)

    def shed(self) -> None:
        """Leave out neurons that have lost every weight: they feel no force and stay so.

        The arrays shrink, so that late steps cost what is left, not what there was.
        """
        self._accepted += 1
        if self._accepted % SHED_EVERY or not self._products.by_lists:
            return
        living = np.asarray(self.A.any(axis=1))
        if 0 < np.count_nonzero(living) <= WORTH_SHEDDING * len(self.A):
            self._neurons = self._neurons[living]
            self._F = self.A[:0]  # one array after the other, never two of the new and three old
            self.A = self.A[living]
            self._B = self._B[living]
            self._F = np.empty_like(self.A)
            self._products.relist(self.A, int(self.nonzeros.sum()))

    @property
    def state(self) -> np.ndarray:
        """W: (n_features, n_neurons), with the neurons that were left out; do not write to it."""
        if len(self.A) == self._shape[0]:
            return self.A.T
        whole = np.zeros(self._shape, self.A.dtype)
        whole[self._neurons] = self.A
        return whole.T

    @property
    def apart(self) -> bool:
        """True if no feature has two nonzero weights and no two features overlap positively."""
        if self.nonzeros.max(initial=0) > 1:
            return False
        return bool((self.G > 0).sum() == np.count_nonzero(np.diagonal(self.G)))

    def settle(self) -> None:
        """Take a state in which features are `apart` where it is going, if it stays so.

        No force moves its zero weights, so each single weight goes to its limit by itself, or
        with those that share its neuron (within a few units of time).
        """
        before = self.A[self.A != 0]
        where = np.nonzero(self.A)
        if certify(self.A.T, self.problem).holds:
            take_to_limit(self.A.T, self.problem)
            if not certify(self.A.T, self.problem).holds:
                self.A[where] = before
