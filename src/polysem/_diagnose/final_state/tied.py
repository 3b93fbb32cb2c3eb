"""Static moves on the tied network that encodings alone imply."""

from __future__ import annotations

import numpy as np

from polysem._diagnose.final_state.implied import HOMES, Costs, cheapest_other, implied_loss

KEEP, MOVED = 2, 4
"""Features that may stay on a neuron, and of those that leave how many get a home."""


def homes_of(W: np.ndarray) -> np.ndarray:
    """Neurons to be tried as homes, weakest first: at most `HOMES` numbers."""
    return np.argsort(np.abs(W).max(0), kind="stable")[:HOMES]


def emptying_costs(W: np.ndarray, products: np.ndarray, homes: np.ndarray) -> np.ndarray:
    """Change of the loss if every weight of a home were 0: (homes,)."""
    before = implied_loss(products)
    columns = (W[:, d] for d in homes)
    return np.array([implied_loss(products - np.outer(c, c)) - before for c in columns])


class TiedNetwork:
    """x̂ = ReLU(W Wᵀ x) of W (features, neurons), scaled so that encodings have length near 1.

    `products` is W Wᵀ. An `Implied` network. The neurons tried as homes are chosen once, so the
    time is at most proportional to features³.
    """

    def __init__(self, W: np.ndarray, products: np.ndarray) -> None:
        self.W, self.products = W, products
        self.loss, self.outputs = implied_loss(products), np.maximum(products, 0)
        self.homes = homes_of(W)
        self.at_homes = W[:, self.homes].astype(np.float64)
        self.emptied = emptying_costs(W, products, self.homes)

    def costs(self, neuron: int, features: np.ndarray) -> Costs:
        """Costs for a neuron that represents `features`, strongest first, two or more."""
        column = self.W[:, neuron].astype(np.float64)
        without = self.products - np.outer(column, column)
        rest = implied_loss(without) - self.loss
        masked, moved = [], []
        for keep in features[:KEEP]:
            own = without[keep, keep]
            stays = own + column[keep] ** 2
            # With one feature left, only its own product comes back.
            masked.append(rest + (stays - 1) ** 2 - (own - 1) ** 2)
            leave = [int(f) for f in features if f != keep][:MOVED]
            moved.append(masked[-1] + self._relocated(neuron, int(keep), leave, without, column))
        evict = cheapest_other(self.emptied, self.homes, neuron)
        return Costs(float(min(masked)), float(min(moved)), evict)

    def _relocated(
        self, neuron: int, keep: int, leave: list[int], without: np.ndarray, column: np.ndarray
    ) -> float:
        """Change of the loss when `leave` find homes one after the other, from the masked state."""
        products = without.copy()
        products[keep, keep] += column[keep] ** 2
        there, total = self.at_homes.copy(), 0.0
        open_ = self.homes != neuron
        if not open_.any():
            return 0.0
        for feature in leave:
            change, rows = _best(products, there, feature, float(column[feature]), open_)
            home, row, weight = rows
            total += change
            products[feature], products[:, feature] = row, row
            there[feature, home] += weight
        return total


def _best(
    products: np.ndarray, there: np.ndarray, feature: int, weight: float, open_: np.ndarray
) -> tuple[float, tuple[int, np.ndarray, float]]:
    """Cheapest home, with either sign, for a feature's weight: change and what it leads to."""
    found = []
    for w in (weight, -weight):
        rows = products[feature][:, None] + w * there  # (features, homes)
        rows[feature] += w * there[feature] + w * w
        found.append((np.where(open_, _row_loss(rows, feature), np.inf), rows, w))
    both = np.stack([loss for loss, _, _ in found])
    sign, home = np.unravel_index(both.argmin(), both.shape)
    before = float(_row_loss(products[feature][:, None], feature)[0])
    _, rows, w = found[int(sign)]
    return float(both[sign, home]) - before, (int(home), rows[:, home], w)


def _row_loss(rows: np.ndarray, feature: int) -> np.ndarray:
    """Loss of a feature's row and column of W Wᵀ, each given as a column of `rows`."""
    outputs = np.maximum(rows, 0)
    own = outputs[feature]
    return 2 * np.einsum("ij,ij->j", outputs, outputs) - 2 * own**2 + (own - 1) ** 2
