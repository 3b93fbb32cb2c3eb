"""What holds of every claim: whole grids and words, a number and a test of its own."""

from pathlib import Path

import pandas as pd
import pytest

from polysem._claims import ledger
from polysem._claims.discover import all_claims, claims_called
from polysem._errors import BadInput
from polysem._sweep.cells import cells_of
from polysem._sweep.grid import read_grid

HERE = Path(__file__).parent


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


def test_every_claim_has_a_test_of_its_rule():
    files = {path.stem for path in Path(ledger.__file__).parent.glob("c[0-9]*.py")}
    assert files == {path.stem.removeprefix("test_") for path in HERE.glob("test_c[0-9]*.py")}
    assert len(files) == len(all_claims())


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
