"""Which sizes a reproduction uses: the published ones, or smaller ones that take minutes."""

from __future__ import annotations

from dataclasses import dataclass

from polysem._reproduce import published
from polysem._reproduce.cells import Cell

FLOW, RECIPE = "gradient flow", "authors' recipe"
L1 = 0.001  # λ of the count and correlation figures
CURVE_L1 = (0.001, 0.01, 0.1)
NOISES = ("bipolar", "gaussian")
NOISE_STDS = (0.07, 0.1, 0.15)
SEEDS_IN_A_CELL = 8


@dataclass(frozen=True)
class Plan:
    """Sizes of every experiment. `batch` — most weights trained together in one recipe cell."""

    name: str
    n: int
    widths: tuple[int, ...]
    curve_widths: tuple[int, ...]
    seeds: int
    curve_seeds: int
    recipe_steps: int
    noise_steps: int
    noise_seeds: int
    batch: int

    @property
    def widest(self) -> int:
        """The width of the start–end correlation figure."""
        return max(self.widths)

    def cells(self) -> list[Cell]:
        """All the work of the five figures; shared work appears once by its id."""
        return [
            self.sparsification(),
            *self.noise_cells(),
            *self.count_cells(),
            *self.curve_cells(),
        ]

    def sparsification(self) -> Cell:
        """Figure 1: one encoding, m = 1e5, λ = 1e-5 in the authors' units."""
        return Cell("sparsification", {"m": 100_000, "l1": 1e-5, "seed": 0}, cost=15)

    def noise_cells(self) -> list[Cell]:
        """Figure 2: fourth norm under noise, n = 8, m = 16."""
        return [
            Cell(
                "noise",
                {"noise": noise, "std": std, "steps": self.noise_steps, "seeds": self.noise_seeds},
                cost=self.noise_steps * 1.5e-4,
            )
            for noise in NOISES
            for std in NOISE_STDS
        ]

    def count_cells(self) -> list[Cell]:
        """Figures 3 and 4: counts and correlations at λ = 0.001 against m."""
        return [cell for m in self.widths for cell in self.cells_at(m, L1, range(self.seeds))]

    def curve_cells(self) -> list[Cell]:
        """Figure 5: counts against m for three λ."""
        return [
            cell
            for l1 in CURVE_L1
            for m in self.curve_widths
            for cell in self.cells_at(m, l1, range(self.curve_seeds))
        ]

    def cells_at(self, m: int, l1: float, seeds: range) -> list[Cell]:
        """Flow and recipe cells of one width and λ, in chunks of seeds of bounded size."""
        chunk = min(SEEDS_IN_A_CELL, max(1, self.batch // (self.n * m)))
        cells = []
        for first in range(seeds.start, seeds.stop, chunk):
            some = {"n": self.n, "m": m, "l1": l1, "seed": first}
            some["seeds"] = min(chunk, seeds.stop - first)
            cells.append(Cell("flow", some, cost=some["seeds"] * flow_seconds(self.n, m, l1)))
            steps = {**some, "steps": self.recipe_steps}
            seconds = some["seeds"] * self.recipe_steps * recipe_step_seconds(self.n, m)
            cells.append(Cell("recipe", steps, cost=seconds))
        return cells


def flow_seconds(n: int, m: int, l1: float) -> float:
    """About how long one flow takes on one core: for the estimate of the time left only."""
    return (n / 64) ** 2.2 * (0.3 * (m / n) ** 0.5 + 2 * (n / m) ** 2) * (0.001 / l1) ** 0.3


def recipe_step_seconds(n: int, m: int) -> float:
    """About how long one closed-form AdamW step of one seed takes on one core."""
    return 2e-5 + n * m * (8e-9 + 6e-11 * n)


QUICK = Plan(
    name="quick",
    n=48,
    widths=(48, 96, 192, 384, 768),
    curve_widths=(48, 96, 192),
    seeds=16,
    curve_seeds=8,
    recipe_steps=7_500,
    noise_steps=100_000,
    noise_seeds=5,
    batch=2**19,
)
FULL = Plan(
    name="full",
    n=published.N,
    widths=published.WIDTHS,
    curve_widths=published.WIDTHS,
    seeds=published.SEEDS,
    curve_seeds=published.SEEDS,
    recipe_steps=7_500,
    noise_steps=100_000,
    noise_seeds=5,
    batch=2**20,
)
