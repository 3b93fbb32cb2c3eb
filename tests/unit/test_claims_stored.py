"""A ledger read back from its folder, from the documentation's file, and from what is neither."""

# pyright: reportOptionalSubscript=false

import json
import math

import pytest

import polysem
from polysem._claims.panel import Panel, Series
from polysem._claims.stored import FIGURES, FILE, panel_of, plain, read_ledger, shipped
from polysem._errors import BadInput


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    out = tmp_path_factory.mktemp("claims") / "ledger"
    return polysem.claims(4, out=out, seeds=3, workers=0)


def test_a_folder_is_read_back_as_it_was(ledger):
    stored = read_ledger(ledger.folder)
    (one,) = stored.claims
    made = ledger[4]
    assert one.id == "04-half-malign"
    assert one.claim is made.claim
    assert one.panel == made.panel
    rows = [row.model_dump() for row in one.criteria]
    assert rows == made.finding_rows
    assert list(one.what_would_change) == made.what_would_change
    assert [list(row.values()) for row in one.numbers] == [
        [plain(v) for v in row.values()] for row in made.numbers.to_dict("records")
    ]
    assert stored.counts == {str(made.verdict): 1}
    assert stored.called("4") is stored.called("half-malign") is one
    points = one.points()
    assert set(points["series"]) == {series.name for series in made.panel.series}
    assert len(points) == sum(len(series.y) for series in made.panel.series)
    with pytest.raises(BadInput, match="no claim “99”"):
        stored.called("99")


def test_a_folder_of_an_older_polysem_has_no_figures(ledger, tmp_path):
    old = tmp_path / "old"
    old.mkdir()
    text = json.loads((ledger.folder / FILE).read_text())
    del text["schema"]
    (old / FILE).write_text(json.dumps(text))
    (one,) = read_ledger(old).claims
    assert one.panel is None
    assert len(one.points()) == 0


def test_the_ledger_that_comes_along_is_whole():
    file = shipped()
    assert file is not None
    stored = read_ledger(file)
    assert len(stored.claims) > 10
    for one in stored.claims:
        assert one.panel is not None
        assert one.claim is not None
        assert one.statement == one.claim.statement


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"claims": 3}', "not a whole ledger"),
        ('{"claims": [{"id": "x"}]}', "not a whole ledger"),
        ('{"claims": [{}]}', "not a whole ledger"),
        ('{"schema": 99, "claims": []}', "newer Polysem"),
    ],
)
def test_what_is_no_ledger_is_one_sentence(tmp_path, text, words):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(BadInput, match=words):
        read_ledger(tmp_path)


def test_half_written_figures_are_told(ledger, tmp_path):
    (tmp_path / FILE).write_text((ledger.folder / FILE).read_text())
    (tmp_path / FIGURES).write_text('{"04-half')
    with pytest.raises(BadInput, match="not a whole ledger"):
        read_ledger(tmp_path)


def test_panels_come_back_from_json_with_what_is_unknown():
    series = (Series("a", ("x", "y"), (1.0, math.nan), (0.5, math.nan), (1.5, math.inf)),)
    panel = Panel("t", "x", "y", series, "c", "alt", y_log=True)
    from dataclasses import asdict

    back = panel_of(json.loads(json.dumps(plain(asdict(panel)))))
    assert back.series[0].x == ("x", "y")
    assert back.series[0].y[0] == 1.0
    assert math.isnan(back.series[0].y[1])
    assert math.isnan(back.series[0].high[1])
    assert back.y_log
    with pytest.raises(ValueError, match="not a figure"):
        panel_of({"title": "t"})
    values = plain(asdict(panel))
    values["series"][0]["low"] = [1]
    with pytest.raises(ValueError, match="unequal length"):
        panel_of(values)
