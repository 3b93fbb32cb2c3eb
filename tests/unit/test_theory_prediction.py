import json
import math
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from polysem import _theory as T
from polysem._errors import BadInput
from polysem._theory.prediction import shown


@pytest.fixture(scope="module")
def table():
    return T.predict(256, 1024, 0.005)


def test_every_prediction_says_where_it_comes_from(table):
    assert len(set(table.names)) == len(table.names)
    for item in table:
        assert item.label
        assert item.equation
        assert item.source
        assert item.domain
        assert (item.low is None) == (item.high is None)
        if item.low is not None:
            assert item.low <= item.value <= item.high


def test_looked_up_by_name_position_or_slice(table):
    assert table["polysemantic_paper"].value == 16
    assert table[0] is table["polysemantic_paper"]
    assert table[:2].names == table.names[:2]
    with pytest.raises(BadInput, match="did you mean 'polysemantic_paper'"):
        table["polysemantic_papers"]


def test_tables_agree(table):
    dicts = json.loads(json.dumps(table.to_dicts(), allow_nan=False))
    frame = table.to_pandas()
    assert [row["name"] for row in dicts] == list(frame["name"]) == list(table.names)
    balls = frame.set_index("name").loc["polysemantic_balls"]
    assert balls["value"] == table["polysemantic_balls"].value
    assert list(frame.set_index("name").loc["occupancy_at_start", "values"]) == pytest.approx(
        list(table["occupancy_at_start"].value)
    )
    assert table.to_arrow().num_rows == len(table)


def test_repr_is_an_aligned_table(table):
    lines = repr(table).splitlines()
    assert lines[0] == "Theory for n = 256 features, m = 1024 neurons, λ = 0.005"
    column = lines[1].index("value")
    assert all(line[column - 1] == " " for line in lines[3:])
    assert any("random exclusion" in line and line.endswith("outside") for line in lines)
    text = repr(table["polysemantic_balls"])
    assert "[8 to 21]" in text
    assert "m ≥ 2n" in text


def test_without_l1_only_what_needs_none():
    names = T.predict(64, 256).names
    assert "death_l1" in names
    assert "dead_features" not in names
    assert set(names) < set(T.predict(64, 256, 0.01).names)


@pytest.mark.parametrize(
    ("n", "m", "inside", "outside"),
    [
        (64, 256, "polysemantic_balls", "polysemantic_exclusion"),
        (64, 48, "polysemantic_exclusion", "polysemantic_balls"),
    ],
)
def test_domain_follows_the_arguments(n, m, inside, outside):
    table = T.predict(n, m)
    assert table[inside].in_domain
    assert not table[outside].in_domain


def test_at_m_equal_n_no_count_model_is_in_its_domain():
    table = T.predict(64, 64)
    for name in ("paper", "pairs", "balls", "exclusion"):
        assert not table[f"polysemantic_{name}"].in_domain


def test_what_cannot_be_computed_says_why():
    dense = T.predict(8, 64, 0.0)
    assert dense["one_sparse_time"].value == math.inf
    assert "Without ℓ1" in dense["one_sparse_time"].note
    assert dense["one_sparse_time"].to_dict()["value"] is None
    fatal = T.predict(8, 64, 3.0)
    assert math.isnan(fatal["surviving_weight"].value)
    assert fatal["surviving_weight"].note
    assert fatal["dead_features"].value == 8
    assert not fatal["half_time"].in_domain


@pytest.mark.parametrize("n", [1, 1000, 10**9])
@pytest.mark.parametrize("m", [1, 4, 1000, 10**9])
def test_any_size_is_quick(n, m):
    started = time.process_time()
    table = T.predict(n, m, 0.01)
    assert time.process_time() - started < 1.0  # 0.5 s is the aim; CI machines are slow
    assert len(table) == len(T.predict(10, 40, 0.01))
    assert repr(table)


@pytest.mark.parametrize("l1", [5e-324, 1e-300, 1e300])
def test_any_penalty_is_answered(l1):
    assert len(T.predict(8, 64, l1)) == len(T.predict(8, 64, 0.01))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((0, 4), "n = 0 is not allowed"),
        ((4, -1), "m = -1 is not allowed"),
        ((4, 2.5), "m = 2.5 is not allowed"),
        ((4, 4, -1), "l1 = -1.0 is not allowed"),
        ((4, 4, float("nan")), "l1 = nan is not allowed"),
    ],
)
def test_bad_input_is_one_sentence(arguments, said):
    with pytest.raises(BadInput) as caught:
        T.predict(*arguments)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_shown():
    assert [shown(x) for x in (16.0, 14.0961, math.nan, math.inf, 2.5e-8)] == [
        "16", "14.1", "—", "∞", "2.5e-08",
    ]  # fmt: skip
    assert shown(np.array([1.0, 2.5])) == "1, 2.5"


def test_answer_in_domain():
    answer = T.expected_collisions(256, 1024)
    assert str(answer) == (
        "With 256 features on 1024 neurons, expect about 14.1 to hold two features by accident of "
        "initialisation (95 % of runs: 8 to 21), 1.4 % of the neurons."
    )
    assert answer.caveat == ""
    assert answer.prediction.name == "polysemantic_balls"


@pytest.mark.parametrize(
    ("n", "m", "said"),
    [
        (256, 300, "Out of domain: with n to 2n neurons"),
        (256, 200, "at least 56 shared neurons are necessary"),
        (256, 100, "at least 56 features can have no slot"),
    ],
)
def test_answer_out_of_domain_has_a_caveat(n, m, said):
    answer = T.expected_collisions(n, m)
    assert said in str(answer)
    assert answer.low <= answer.value <= answer.high


def test_answer_between_the_models_spans_both():
    answer = T.expected_collisions(256, 300)
    table = T.predict(256, 300)
    assert answer.low == table["polysemantic_balls"].low
    assert answer.high == table["polysemantic_exclusion"].high


def test_every_source_can_be_read():
    """Each docs/theory.md#section named by a prediction or a docstring exists."""
    root = Path(__file__).parents[2]
    headings = re.findall(r"^## (.+)$", (root / "docs/theory.md").read_text(), re.MULTILINE)
    sections = {heading.lower().replace(" ", "-") for heading in headings}
    code = "".join(path.read_text() for path in (root / "src/polysem/_theory").glob("*.py"))
    named = set(re.findall(r"(?:theory\.md|\{DOCS\})#([a-z0-9-]+)", code))
    assert len(named) > 8
    assert named <= sections


def test_importing_theory_stays_light():
    code = "import sys, polysem._theory; print({'torch', 'pandas', 'pyarrow'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "set()"
