"""Many seeds in motion at once: `engine.motion`, in step, each seed with its own step size.

Every array has the seeds as its first axis and every operation acts on all of them; what differs
from seed to seed are scalars of one number per seed. These are worked out on the host, in float64,
and one small transfer each way is all that device and host exchange in a step.

Weights stay dense to the end. On a device for which batches pay, a dense step of a whole batch
costs less than one sparse step of one seed on a core of the host (see `benchmarks/gpu.py`), so
nothing would be gained by handing sparse seeds over to the engine.
"""

from __future__ import annotations

import numpy as np
import torch

from polysem._flow.batched import kernels
from polysem._flow.batched.power import Growth, largest_growths, start_of_iteration
from polysem._flow.batched.scalars import scalars
from polysem._flow.engine.motion import DAMPING, STEADY

WARM_UP = 22  # power iterations before those of the first step
MADE_UP = 1e-3  # length of the made-up step before the first, in units of the fastest time
FIRST = 0.1  # length of the first step, before the pace adapts it
SLOWEST = 8.0  # a rate that every living feature's norm has


class BatchMotion:
    """States A = Wᵀ: (seeds, n_neurons, n_features), their past, and the scratch of a step.

    `size` seeds are there; those at the end take the places of those that leave. `first_step` is
    a step short against the fastest motion at the start, `longest_step` the longest for which
    extrapolating is stable: (seeds,), as of `Motion`, like all else, to rounding. Three
    arrays of the size of A are kept, and nine of the overlaps.
    """

    def __init__(self, A: torch.Tensor, l1: float) -> None:
        self.l1, self.size, n = l1, len(A), A.shape[2]
        self.A, self._B, self._F = A, torch.empty_like(A), torch.empty_like(A)
        self.G, self._G_next, self._check = (A.new_zeros(len(A), n, n) for _ in range(3))
        # (mean rate of G, mean C) of the step being tried and of the two before it
        self._now, self._last, self._earlier = (
            (A.new_zeros(len(A), n, n), A.new_zeros(len(A), n, n)) for _ in range(3)
        )
        self._ages = np.full((2, len(A)), np.inf)  # how long ago the middle of each past step was
        self._begin()

    def _begin(self) -> None:
        """Make up a short step before the start, along the velocity there."""
        A, G, (rate, C), velocity = self.A, self.G, self._last, self._B
        torch.bmm(A.mT, A, out=G)
        torch.clamp(G, min=0, out=C).neg_()
        C.diagonal(dim1=1, dim2=2).add_(1)
        first, self._nudge = start_of_iteration(G)
        sizes, self._growth = [], first
        for _ in range(WARM_UP):
            self._growth = largest_growths(G, C, self._growth, self._nudge)
            sizes.append(self._growth.sizes)
        self._growth.directions[1] = first.directions[1]  # the engine warms up the other only
        self._growth = largest_growths(G, C, self._growth, self._nudge)
        found = torch.stack([*sizes[-2:], self._growth.sizes]).cpu().double().numpy()
        fastest = np.maximum(8 * found[:2, 0], SLOWEST)
        tau, self.first_step = MADE_UP / fastest[0], FIRST / fastest[1]
        self._stiffness = self.longest_step = np.zeros(len(A))
        self._read(found[2], np.full(len(A), True))
        torch.bmm(A, C, out=self._F)
        torch.sign(A, out=velocity).mul_(-self.l1).add_(self._F, alpha=4)
        torch.bmm(A.mT, velocity, out=self._check)
        torch.add(self._check, self._check.mT, out=rate)
        back = torch.from_numpy(-tau).to(A.dtype).to(A.device)[:, None, None]
        velocity.mul_(back).add_(A)  # the state a moment earlier
        self._last_h, self._ages[0] = tau, tau / 2

    def _read(self, sizes: np.ndarray, where: np.ndarray) -> None:
        """Take over rates from measured growths: (2 or more, seeds), of the seeds `where`."""
        stiffness = 8 * sizes[0]
        steady = STEADY / np.fmax(4 * sizes[1], 1e-9)  # NaN where nothing is alive: no limit
        self._stiffness = np.where(where, stiffness, self._stiffness)
        self.longest_step = np.where(where, steady, self.longest_step)

    def attempt(self, h: np.ndarray) -> np.ndarray:
        """Move each seed by its `h` without accepting it; returns the estimated errors: (seeds,).

        Here the host waits for the device; it does so again in a step only if one is rejected,
        or if a state is wanted.
        """
        a = DAMPING * np.maximum(self._stiffness, 1.0)
        step = scalars(a, h, self._ages, self._last_h, self.l1, self.A)
        rate, mean = self._now
        kernels.multipliers(self.G, self._last, self._earlier, step.choose, mean)
        kernels.midpoint(self.A, self._B, self._F, step.move)
        torch.bmm(self._B, mean, out=self._F)
        kernels.proximal_step(self.A, self._F, self._B, step.move, step.any_crosses)
        torch.bmm(self._B.mT, self._B, out=self._G_next)
        torch.sub(self._G_next, self.G, out=rate).mul_(step.move.per_h)
        kernels.multipliers(self.G, self._now, self._last, step.check, self._check)
        sizes = self._G_next.diagonal(dim1=1, dim2=2)
        row = kernels.largest_row(self._check, mean, sizes)
        self._grown = largest_growths(self._G_next, mean, self._growth, self._nudge)
        overlapping = (self._G_next > 0).sum((1, 2)) - (sizes > 0).sum(1)
        found = torch.cat([self._grown.sizes, row[None], overlapping[None].to(row.dtype)])
        self._found, self._tried = found.cpu().double().numpy(), h
        return 4 * h * np.sqrt(self._found[2])

    def decide(self, accepted: np.ndarray) -> None:
        """Make the attempted step of the seeds where `accepted` the present state.

        The others forget it but for its direction, which the next attempt starts from.
        """
        directions = self._growth.directions
        self.A, self._B = self._B, self.A
        self.G, self._G_next = self._G_next, self.G
        self._now, self._last, self._earlier = self._earlier, self._now, self._last
        self._growth = self._grown
        self._read(self._found, accepted)
        if not accepted.all():
            self._undo(self._positions(np.flatnonzero(~accepted)), directions)
            self._look_again(~accepted)
        ages = np.stack([self._tried / 2, self._ages[0] + self._tried])
        self._ages = np.where(accepted, ages, self._ages)
        self._last_h = self._tried
        self._apart = accepted & (self._found[3] == 0)

    def _undo(self, seeds: torch.Tensor, directions: torch.Tensor) -> None:
        """Put back what `decide` has just exchanged, for the seeds at these positions."""
        tried, before = self.A[seeds], self._B[seeds]
        self.A.index_copy_(0, seeds, before)
        self._B.index_copy_(0, seeds, before.mul_(2).sub_(tried))
        self.G.index_copy_(0, seeds, self._G_next[seeds])
        for now, last, earlier in zip(self._now, self._last, self._earlier, strict=True):
            last.index_copy_(0, seeds, earlier[seeds])
            earlier.index_copy_(0, seeds, now[seeds])
        self._growth.directions.index_copy_(1, seeds, directions[:, seeds])

    def _look_again(self, rejected: np.ndarray) -> None:
        """One more power iteration for the seeds that are where they were."""
        seeds = self._positions(np.flatnonzero(rejected))
        again = largest_growths(self.G, self._last[1], self._growth, self._nudge)
        self._growth.directions.index_copy_(1, seeds, again.directions[:, seeds])
        self._read(again.sizes.cpu().double().numpy(), rejected)

    def apart(self) -> np.ndarray:
        """Positions of the seeds whose last step was accepted and left features apart.

        That is: no feature has two nonzero weights and no two features overlap positively.
        """
        free = np.flatnonzero(self._apart)
        if len(free) == 0:
            return free
        most = torch.count_nonzero(self.A[self._positions(free)], dim=1).amax(1)
        return free[most.cpu().numpy() <= 1]

    def states(self, seeds: np.ndarray) -> np.ndarray:
        """Copies on the host of the states A of the seeds at these positions."""
        return self.A[self._positions(seeds)].cpu().numpy()

    def replace(self, seed: int, A: np.ndarray) -> None:
        """Set the state of the seed at this position."""
        self.A[seed].copy_(torch.from_numpy(A))

    def leave(self, gone: np.ndarray) -> np.ndarray:
        """Close ranks: seeds at the end move to the positions `gone`.

        Returns the former positions of the seeds that are left, in their new order.
        """
        left = self.size - len(gone)
        order = np.arange(left)
        holes = gone[gone < left]
        order[holes] = np.setdiff1d(np.arange(left, self.size), gone)
        into, source = self._positions(holes), self._positions(order[holes])
        self.A, self._B, self.G = (_close(X, into, source, left) for X in (self.A, self._B, self.G))
        self._last, self._earlier = (
            (_close(X, into, source, left), _close(Y, into, source, left))
            for X, Y in (self._last, self._earlier)
        )
        self._now = self._now[0][:left], self._now[1][:left]
        self._F, self._G_next, self._check = (
            X[:left] for X in (self._F, self._G_next, self._check)
        )
        everyone = self._positions(order)
        self._growth = Growth(self._growth.directions[:, everyone], self._growth.sizes)
        self._nudge = self._nudge[everyone]
        self._ages, self._last_h = self._ages[:, order], self._last_h[order]
        self._stiffness, self.longest_step = self._stiffness[order], self.longest_step[order]
        self.size = left
        return order

    def _positions(self, seeds: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(seeds).to(self.A.device)


def _close(X: torch.Tensor, into: torch.Tensor, source: torch.Tensor, left: int) -> torch.Tensor:
    """The first `left` of X, after those at `source` have moved `into` the holes."""
    X.index_copy_(0, into, X[source])
    return X[:left]
