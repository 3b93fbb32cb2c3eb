"""A whole tiny ledger through the command line, resumed, and its page."""

import json
import re

import pytest

import polysem
from polysem._claims.discover import all_claims
from polysem._claims.experiment import CONVERGED, Experiment
from polysem._claims.gather import UNSETTLED, Size, asked_for, divide
from polysem._cli import run


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("claims") / "ledger"
    code = run(["claims", "4", "--out", str(out), "--seeds", "3", "--workers", "0", "--quiet"])
    return code, out


def test_the_command_writes_a_ledger(made):
    code, out = made
    assert code == 0
    told = json.loads((out / "ledger.json").read_text())
    (claim,) = told["claims"]
    assert claim["id"] == "04-half-malign"
    assert claim["verdict"] in ("supported", "refuted", "qualified", "inconclusive")
    assert claim["seeds_used"] == 18
    assert len(claim["criteria"]) == 3
    assert (out / "figures" / "04-half-malign.svg").is_file()
    assert (out / "04-half-malign" / "starts" / "parts").is_dir()


def test_the_page_shows_statement_numbers_verdict_and_what_would_change_it_and_loads_nothing(made):
    _, out = made
    page = (out / "report.html").read_text()
    told = json.loads((out / "ledger.json").read_text())["claims"][0]
    for text in (told["statement"], told["verdict"].capitalize(), "What would change the verdict",
                 "18 networks count; none was excluded",
                 "share of malign collisions, normal start"):  # fmt: skip
        assert text in page
    outside = re.sub(r"<script.*?</script>", "", page, flags=re.S)  # the library quotes addresses
    assert not re.search(r"""(src|href)=["']https?:""", outside)
    assert "default-src 'none'" in page


def test_run_again_it_computes_nothing_and_says_the_same(made, capsys):
    _, out = made
    parts = sorted((out / "04-half-malign" / "starts" / "parts").iterdir())
    stamps = [part.stat().st_mtime_ns for part in parts]
    arguments = ["claims", "half-malign", "--out", str(out), "--seeds", "3", "--workers", "0"]
    assert run([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    before = json.loads((out / "ledger.json").read_text())
    assert told["claims"] == before["claims"]
    assert [part.stat().st_mtime_ns for part in parts] == stamps


def test_python_gives_a_ledger(made):
    _, out = made
    ledger = polysem.claims(4, out=out, seeds=3, workers=0)
    assert isinstance(ledger, polysem.Ledger)
    assert list(ledger.verdicts) == ["04-half-malign"]
    frame = ledger.to_pandas()
    assert len(frame) == 3
    assert set(frame["verdict"]) == set(ledger.verdicts.values())
    assert ledger["4"].used == 18
    assert "half-malign" in repr(ledger)
    assert ledger.plot(4).axes


def test_a_larger_size_in_the_same_folder_does_not_leak_into_a_smaller_one(made):
    _, out = made
    claim = next(claim for claim in all_claims() if claim.number == 4)
    sweep = polysem.load(out / claim.id / "starts")
    grid = Size(most=2).grid(claim.experiments["starts"])
    assert len(asked_for(sweep, grid)) == 12
    assert len(asked_for(sweep, Size(first=1, most=1).grid(claim.experiments["starts"]))) == 6


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nonsense"], "There is no claim 'nonsense'"),
        (["4", "--seed", "-1"], "seed = -1 is not allowed"),
    ],
)
def test_bad_input_is_said_in_one_sentence(tmp_path, capsys, arguments, sentence):
    assert run(["claims", *arguments, "--out", str(tmp_path / "x")]) == 2
    assert sentence in capsys.readouterr().err


def test_a_folder_of_something_else_is_not_touched(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("mine")
    assert run(["claims", "4", "--out", str(tmp_path)]) == 2
    assert "something other than a ledger" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_exclusion_is_by_rule_and_counted():
    import pandas as pd

    frame = pd.DataFrame(
        {
            "outcome": ["converged", "time_limit", "diverged", "converged"],
            "converged": [True, False, False, False],
        }
    )
    plain = Experiment({}, {}, accept=CONVERGED)
    kept, excluded = divide(plain, frame)
    assert len(kept) == 2
    assert excluded == {"time_limit": 1, "diverged": 1}
    kept, excluded = divide(Experiment({}, {}, sparse=True), frame)
    assert len(kept) == 1
    assert excluded == {"time_limit": 1, "diverged": 1, UNSETTLED: 1}


def test_the_example_in_the_docs_is_a_claim_that_runs(tmp_path):
    from pathlib import Path

    from polysem._claims.claim import Claim
    from polysem._claims.gather import gather
    from polysem._claims.judgement import judgement
    from polysem._plots.claims import draw_bokeh, draw_mpl

    text = (Path(__file__).parents[2] / "docs" / "claims.md").read_text(encoding="utf-8")
    (code,) = [
        block for block in re.findall(r"```python\n(.*?)```", text, re.S) if "CLAIM = " in block
    ]
    names: dict = {}
    exec(compile(code, "claims.md", "exec"), names)
    claim = names["CLAIM"]
    assert isinstance(claim, Claim)
    assert all(len(text) > 20 for text in (claim.statement, claim.source, claim.reading))
    size = Size(most=6)
    found = judgement(claim, size, gather(claim, tmp_path, size, None, None))
    assert found.used == 12
    assert str(found.verdict) in ("supported", "refuted", "inconclusive")
    assert draw_mpl(found.panel).axes
    assert draw_bokeh(found.panel).renderers


def test_experiments_with_one_grid_share_one_sweep_and_its_seeds_count_once(tmp_path):
    from dataclasses import replace

    from polysem._claims.gather import gather, shared_sweep
    from polysem._claims.judgement import judgement
    from polysem._claims.views import features

    four = next(claim for claim in all_claims() if claim.number == 4)
    (only,) = four.experiments.values()
    grids = {"quick": only.quick, "full": only.full, "accept": only.accept}
    both = {
        "starts": Experiment(**grids),
        "features": Experiment(**grids, view=features, weights=True),
    }
    claim = replace(four, experiments=both)
    assert shared_sweep(claim, "features") == (f"{four.id}/starts", True)
    assert shared_sweep(claim, "starts") == (f"{four.id}/starts", True)
    data = gather(claim, tmp_path, Size(most=2), None, None)
    found = judgement(claim, Size(most=2), data)
    assert [path.name for path in (tmp_path / four.id).iterdir()] == ["starts"]
    assert len(data["features"].table) > len(data["starts"].table) == found.used == 12


def test_claims_with_one_grid_share_one_sweep_whichever_is_asked_for():
    from dataclasses import replace

    from polysem._claims.gather import shared_sweep

    by_number = {claim.number: claim for claim in all_claims()}
    two, three, four = by_number[2], by_number[3], by_number[4]
    assert shared_sweep(three, "collisions") == shared_sweep(two, "networks")
    assert shared_sweep(two, "collisions") == ("02-sign-story/networks", True)
    assert shared_sweep(four, "starts") == ("04-half-malign/starts", False)
    later = replace(four, number=99, name="later")  # one that the ledger does not have
    assert shared_sweep(later, "starts") == ("04-half-malign/starts", False)


def test_sweeps_keep_the_encodings_of_every_layer(tmp_path):
    import numpy as np

    from polysem._claims.views import with_layers

    base = {"verb": "train", "n": 4, "m": 6, "l1": 0.1, "train.steps": 3,
            "network.architecture": {"kind": "tied", "layers": 2}}  # fmt: skip
    made = polysem.sweep({"base": base, "seeds": 2}, tmp_path / "s", workers=0, weights=True)
    run = polysem.train(4, 6, 0.1, seeds=2, steps=3, architecture={"kind": "tied", "layers": 2})
    for (row, states), layers in zip(
        with_layers(made, made.to_pandas()), run.trajectories, strict=True
    ):
        assert len(states) == 2
        assert row.n == 4
        for layer, (start, end) in enumerate(states):
            np.testing.assert_array_equal(start, layers["layers"][0, layer])
            np.testing.assert_array_equal(end, layers["layers"][1, layer])
