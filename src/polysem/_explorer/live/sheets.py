"""What can be taken from the live view."""

from __future__ import annotations

from polysem._explorer.live import paper, recipes, tables
from polysem._explorer.sheets import Sheet

WHOLE = "run"
SHEETS = {
    WHOLE: Sheet(
        "The whole run: overview and course",
        lambda now: now.run.plot(),
        lambda now: now.run.trajectory(),
        recipes.run,
    ),
    "weights": Sheet("Weights at this moment", paper.weights, tables.weights, recipes.weights),
    "collisions": Sheet(
        "Collisions at this moment", paper.collisions, tables.collisions, recipes.collisions
    ),
    "phase": Sheet("Phase portrait of the pair", paper.phase, tables.phase, recipes.phase),
    "course": Sheet("‖W‖₁ and m' so far", paper.course, tables.course, recipes.course),
}
