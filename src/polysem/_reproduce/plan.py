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
                cost=self.noise_steps * 3e-4,
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
        chunk = max(1, self.batch // (self.n * m))
        cells = []
        for first in range(seeds.start, seeds.stop, chunk):
            some = {"n": self.n, "m": m, "l1": l1, "seed": first}
            some["seeds"] = min(chunk, seeds.stop - first)
            work = some["seeds"] * self.n * m
            cells.append(Cell("flow", some, cost=3e-7 * work * (self.n / 64) ** 0.7))
            steps = {**some, "steps": self.recipe_steps}
            recipe_cost = work * self.recipe_steps * (2.5e-9 + 4e-11 * self.n)
            cells.append(Cell("recipe", steps, cost=recipe_cost))
        return cells


QUICK = Plan(
    name="quick",
    n=64,
    widths=(64, 128, 256, 512, 1024),
    curve_widths=(64, 128, 256, 512),
    seeds=16,
    curve_seeds=16,
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
