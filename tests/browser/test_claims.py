"""The claims view in a real browser."""

# pyright: reportOptionalMemberAccess=false, reportArgumentType=false

import json

import pandas as pd
import pytest

import polysem
from polysem._claims.stored import FILE, read_ledger, shipped
from polysem._explorer.claims import words

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("explorer") / "ledgers"
    polysem.claims(4, out=root / "mine", seeds=6, workers=0)
    made = json.loads((root / "mine" / FILE).read_text())
    made["claims"][0]["statement"] = HOSTILE
    texts = {"hostile": json.dumps(made), "half": '{"claims": [{', "all": shipped().read_text()}
    for name, text in texts.items():
        (root / name).mkdir()
        (root / name / "spec.json").write_text('{"verb": "claims"}')
        (root / name / FILE).write_text(text)
    return root


@pytest.fixture(scope="module")
def served(serve, root):
    with serve(folder=root) as running:
        yield running


def test_the_ledger_is_listed_filtered_and_opened(watched, root):
    one = watched().open("claims?folder=all")
    ledger = read_ledger(root / "all")
    one.says(words.lead(ledger))
    kept, others = ledger.claims[0], ledger.claims[1:]
    links = [one.page.get_by_role("link", name=words.numbered(claim)) for claim in others]
    for link in links:
        link.wait_for()
    one.page.get_by_label("Verdict").select_option(kept.verdict)
    for claim, link in zip(others, links, strict=True):
        link.wait_for(state="visible" if claim.verdict == kept.verdict else "hidden")
    one.page.get_by_role("link", name=words.numbered(kept)).click()
    one.says("What would change the verdict")
    assert f"claim={kept.id}" in one.page.url
    assert f"verdict={kept.verdict}" in one.page.url


def test_one_claim_shows_the_numbers_of_python_and_its_files_hold_them(watched, root, tmp_path):
    ledger = polysem.claims(4, out=root / "mine", seeds=6, workers=0)
    one = watched().open("claims?folder=mine&claim=04-half-malign")
    one.says("What would change the verdict")
    made, shown = ledger[4], one.words()
    for sentence in (made.claim.statement, made.claim.source, made.panel.caption,
                     *made.what_would_change):  # fmt: skip
        assert sentence in shown
    for row in made.finding_rows:
        assert row["criterion"] in shown
        assert f"{row['measured']:.4g}" in shown
        assert f"{row['low']:.4g}" in shown
    table = pd.read_csv(one.download("Data (CSV)", tmp_path / "t.csv"))
    assert len(table) == sum(len(series.y) for series in made.panel.series)
    assert table["y"].tolist() == pytest.approx([y for s in made.panel.series for y in s.y])
    assert len(pd.read_parquet(one.download("Data (Parquet)", tmp_path / "t.parquet"))) == len(
        table
    )
    assert "<svg" in one.download("Figure (SVG)", tmp_path / "f.svg").read_text()
    one.page.get_by_role("link", name="starts").click()
    one.says("networks were solved by gradient flow")
    assert "results?folder=mine" in one.page.url


def test_statements_are_text_and_bad_ledgers_are_explained(watched):
    one = watched().open("claims?folder=hostile")
    one.page.get_by_role("link", name=f"4. {HOSTILE}").wait_for()
    one.page.get_by_label("Result").select_option("half (claims)")
    one.says("cannot be read as a ledger")
    other = watched().open("claims?folder=mine&claim=99&verdict=%3Cb%3E")
    other.says("This ledger has no claim “99”")


def test_without_a_folder_the_shipped_ledger_is_shown(serve, browser):
    with serve() as running:
        page = browser.new_page()
        page.goto(running.url("claims"))
        stored = read_ledger(shipped())
        page.get_by_text(words.lead(stored)).first.wait_for()
        page.get_by_label("Claim").select_option(index=1)
        page.get_by_text(stored.claims[0].panel.caption).first.wait_for()
        page.close()


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
@pytest.mark.parametrize("claim", ["", "&claim=4"])
def test_nothing_is_wider_than_the_screen(watched, size, claim):
    one = watched()
    one.page.set_viewport_size({"width": size[0], "height": size[1]})
    one.open(f"claims?folder=mine{claim}")
    one.says("What would change the verdict" if claim else "What the verdicts mean")
    one.page.wait_for_timeout(300)
    assert one.page.evaluate("document.documentElement.scrollWidth") <= size[0]
