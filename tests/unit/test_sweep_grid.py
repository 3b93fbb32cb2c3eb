"""Grids: what may be written, what it means, and one sentence for what does not fit."""

import json
import math

import pytest

from polysem._errors import BadInput
from polysem._sweep.arithmetic import evaluate, names_in
from polysem._sweep.cells import canonical, cells_of, spec_of
from polysem._sweep.fields import fields_of
from polysem._sweep.grid import read_grid

VALUES = {"n": 8, "m": 3.0, "network.l1": 0.5, "word": "engine"}


def cells(**grid):
    return cells_of(read_grid(grid))


def sizes(**grid):
    return [(cell.n, cell.m) for cell in cells(**grid)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("n**2", 64),
        ("-n + 2*(m - 1)", -4),
        ("n // 3 % 2", 0),
        ("0.5/sqrt(n/2)", 0.25),
        ("min(n, 2)", 2),
        ("network.l1 * 2", 1.0),
        ("m < n < 9", True),
        ("n == 8 and not m > 4", True),
        ("word == 'engine' or n > 100", True),
    ],
)
def test_arithmetic(text, value):
    assert evaluate(text, VALUES.__getitem__) == value


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "n.__class__.__mro__",
        "(lambda: 1)()",
        "[1, 2]",
        "n if m else 1",
        "open('x')",
        "n = 3",
        "'a' * 10**9",
        "9**9**9**9",
        "n / 0",
        "(0 - 1) ** 0.5",
        "n" * 300,
        "exp(1000)",
        "f'{n}'",
        "1e400",
    ],
)
def test_whatever_is_not_arithmetic_is_refused(text):
    def lookup(name):
        if name not in VALUES:
            raise BadInput(f"Unknown field {name!r}.")
        return VALUES[name]

    with pytest.raises(BadInput):
        evaluate(text, lookup)


def test_names_of_functions_are_not_fields():
    assert names_in("sqrt(n) + max(network.m, 2)") == {"n", "network.m"}


def test_axes_multiply_and_the_last_moves_fastest():
    assert sizes(axes={"n": [4, 6], "network.m": [8, 9]}) == [(4, 8), (4, 9), (6, 8), (6, 9)]


def test_ranges_have_both_ends_and_depend_on_other_axes_in_any_order():
    found = sizes(axes={"m": {"geometric": ["n", "n**2", 3]}, "n": [4, 9]})
    assert found == [(4, 4), (4, 8), (4, 16), (9, 9), (9, 27), (9, 81)]
    assert sizes(base={"n": 4}, axes={"m": {"linear": ["2*n", 16, 5]}}) == [
        (4, 8), (4, 10), (4, 12), (4, 14), (4, 16),
    ]  # fmt: skip


def test_a_range_of_whole_numbers_names_none_twice():
    assert sizes(base={"n": 4}, axes={"m": {"linear": [4, 6, 10]}}) == [(4, 4), (4, 5), (4, 6)]


def test_computed_values_are_short_so_that_ids_agree_between_machines():
    found = cells(base={"n": 4, "m": 8}, axes={"l1": {"geometric": [0.001, 0.1, 4]}})
    values = [spec_of(cell.text, 0, 1).network.l1 for cell in found]
    assert values == [0.001, 0.00464158883361, 0.0215443469003, 0.1]
    c = cells(base={"n": 4, "m": 9}, axes={"l1": ["0.1/sqrt(m)"]})
    assert json.loads(c[0].text)["network"]["l1"] == 0.0333333333333


def test_zipped_axes_move_together():
    found = sizes(axes={"n": [4, 6], "m": [8, 9]}, zip=[["n", "m"]])
    assert found == [(4, 8), (6, 9)]


def test_exclusions_by_condition_and_by_equality():
    axes = {"n": [4, 6], "m": [5, 8], "l1": [0.1, 0.2]}
    assert sizes(axes=axes, exclude=["m < n", {"l1": 0.2}]) == [(4, 5), (4, 8), (6, 8)]


def test_settings_swept_as_a_whole_are_known_to_conditions_and_arithmetic():
    kinds = [{"kind": "relu"}, {"kind": "leaky", "leak": 0.1}, {"kind": "leaky", "leak": 0.5}]
    grid = {"base": {"n": 4, "m": 8}, "axes": {"activation": kinds}}

    def kept(*exclude):
        cells_left = cells(**grid, exclude=list(exclude))
        return [json.loads(cell.text)["network"].get("activation", kinds[0]) for cell in cells_left]

    assert kept({"activation.kind": "relu"}) == kinds[1:]
    assert kept({"activation": {"kind": "leaky"}}) == kinds[:1]
    assert kept({"network": {"activation": {"leak": [0.5]}}}) == kinds[:2]
    assert kept({"max_seconds": 1}) == kinds
    assert kept("activation.kind == 'leaky' and n == 4") == kinds[:1]
    networks = [{"n": 3, "m": 8}, {"n": 2, "m": 5}]
    axes = {"l1": ["1/network.n"], "network": networks}
    found = [json.loads(cell.text)["network"] for cell in cells(axes=axes)]
    assert [(network["n"], round(network["l1"], 6)) for network in found] == [
        (3, 0.333333),
        (2, 0.5),
    ]


def test_seeds_may_follow_the_size():
    found = cells(base={"m": 8}, axes={"n": [2, 4]}, seeds="16//n")
    assert [(c.first, c.count) for c in found] == [(0, 8), (0, 4)]
    found = cells(base={"n": 2, "m": 8}, seeds={"first": 5, "count": 2})
    assert [(c.first, c.count) for c in found] == [(5, 2)]


def test_the_same_cell_said_differently_is_one_cell():
    found = cells(
        base={"n": 4, "m": 8},
        axes={"l1": [1, 1.0, "2/2"], "flow": [{}, {"accuracy": "tight"}]},
    )
    assert len(found) == 1
    nested = cells(base={"network": {"n": 4, "m": 8, "l1": 1}})
    dotted = cells(base={"network.n": 4, "network.m": 8, "network.l1": 1.0, "verb": "simulate"})
    assert found[0].id == nested[0].id == dotted[0].id


def test_settings_of_a_kind_are_swept_as_a_whole():
    found = cells(
        base={"verb": "train", "n": 4, "m": 8},
        axes={"train.noise": [{"kind": "none"}, {"kind": "bipolar", "std": 0.1},
                              {"kind": "gaussian", "std": 0.1}]},
    )  # fmt: skip
    assert len({cell.id for cell in found}) == 3
    specs = [spec_of(cell.text, 0, 1) for cell in found]
    assert [spec.train.noise.kind for spec in specs] == ["none", "bipolar", "gaussian"]


def test_a_recipe_is_a_base_for_training():
    (cell,) = cells(base={"verb": "train", "recipe": "lecomte2023", "n": 8, "m": 8, "steps": 5})
    spec = spec_of(cell.text, 3, 2)
    assert (spec.train.weight_decay, spec.train.steps, spec.seed) == (0.01, 5, 3)
    assert spec.record.what == ()


@pytest.mark.parametrize("verb", ["simulate", "train"])
def test_a_cell_is_rebuilt_from_its_text(verb):
    base = {"verb": verb, "n": 4, "m": 8, "scale": 0.5, "record": {"what": ["loss"]}}
    (cell,) = cells(base=base, seeds=7)
    spec = spec_of(cell.text, 0, 7)
    assert spec.network.initial.scale == 0.5
    assert spec.record.what == ("loss",)
    assert spec.seeds == 7
    assert canonical(spec) == cell.text


def test_identities_are_pinned():
    """Turns red when a default or the canonical form changes: then old sweeps are computed anew
    for nothing (revert), or rightly so (raise `RESULTS_VERSION` and pin the new ids)."""
    flow = cells(base={"n": 64, "m": 256, "l1": 0.01}, seeds=3)[0]
    assert flow.text == '{"network":{"l1":0.01,"m":256,"n":64},"verb":"simulate"}'
    assert flow.id == "530fc4635094f06d"
    trained = cells(base={"verb": "train", "n": 64, "m": 256, "lr": 0.01})[0]
    assert trained.text == '{"network":{"m":256,"n":64},"train":{"lr":0.01},"verb":"train"}'
    assert trained.id == "cc8e86c1328b96e4"


def test_a_file_is_read_safely(tmp_path):
    path = tmp_path / "grid.yaml"
    path.write_text("base: {n: 4}\naxes:\n  m: {linear: [4, 8, 3]}\nseeds: 2\n")
    assert sizes(**read_grid(path).model_dump()) == [(4, 4), (4, 6), (4, 8)]
    (tmp_path / "grid.json").write_text('{"base": {"n": 4}, "axes": {"m": [4]}}')
    assert sizes(**read_grid(tmp_path / "grid.json").model_dump()) == [(4, 4)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("base: !!python/object/apply:os.system ['true']", "not YAML"),
        ("base: {n: 4}\nbase: {n: 5}", "'base' twice"),
        ("a: &a [1, 1]\nb: [*a, *a]", "alias"),
        ("just words", "mapping"),
        ("axis: {n: [4]}", "did you mean 'axes'"),
        ("{", "not YAML"),
        ("base: " + "[" * 2000 + "]" * 2000, "too deeply"),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path, text, words):
    path = tmp_path / "grid.yaml"
    path.write_text(text)
    with pytest.raises(BadInput, match=words) as error:
        cells_of(read_grid(path))
    assert "\n" not in str(error.value)


BAD = [
    ({"axes": {"n": [4], "m": [4], "lambda": [1]}}, "Unknown field of simulate 'lambda'"),
    ({"base": {"netwrok.n": 4}}, "Unknown field"),
    ({"base": {"n": 4, "m": 4, "kind": "none"}}, "could be"),
    ({"base": {"verb": "census"}}, "simulate or train"),
    ({"base": {"n": 4, "m": 4}, "axes": {"seeds": [1, 2]}}, "seeds: 16"),
    ({"base": {"n": 4, "m": 4}, "axes": {"l1": 0.1}}, "write a list"),
    ({"base": {"n": 4, "m": 4}, "axes": {"l1": []}}, "no values"),
    ({"base": {"n": 4, "m": 4}, "axes": {"l1": {"log": [1, 2, 3]}}}, "geometric"),
    ({"base": {"n": 4, "m": 4}, "axes": {"l1": {"geometric": [0, 1, 3]}}}, "ends > 0"),
    ({"base": {"n": 4}, "axes": {"m": [4, 0]}}, r"In the cell network.m = 0: m = 0"),
    ({"axes": {"n": ["m"], "m": ["n"]}}, "circle"),
    ({"base": {"m": 4}, "axes": {"n": [4], "network.n": [5]}}, "same field"),
    ({"axes": {"n": [4, 5], "m": [4]}, "zip": [["n", "m"]]}, "equally many"),
    ({"axes": {"n": [4], "m": [4]}, "zip": [["n", "l1"]]}, "two or more of the axes"),
    ({"axes": {"n": [4], "m": [4]}, "exclude": ["n > 2"]}, "no cells"),
    ({"axes": {"n": [4], "m": [4]}, "exclude": ["q > 2"]}, "Unknown field"),
    ({"base": {"n": 4, "m": 4}, "seeds": 0}, "seeds = 0"),
    ({"base": {"n": 4, "m": 4}, "seeds": {"cuont": 3}}, "first: 100"),
    ({"base": {"n": 4, "m": 4, "initial": {"kind": "given", "sha256": "0"}}}, "given|sha256"),
    ({"base": {"n": 4, "m": 4, "recipe": "lecomte2023"}}, "verb: train"),
    ({"base": {"n": 4, "m": 4}, "axes": {"l1": ["2 * t_max"]}}, "no value"),
    ({"base": {"n": 4, "m": 4, "network": 5}}, "settings of its own"),
    ({"base": {"n": 4, "m": 4}, "seeds": {"first": "a", "count": 2}}, "first = 'a'"),
    ({"base": {"n": 4, "m": 4}, "seeds": {"first": 1.5, "count": 2}}, "first = 1.5"),
    ({"base": {"n": 4, "m": 4}, "seeds": {"first": -1, "count": 2}}, "first = -1"),
    ({"base": {"n": 4, "m": 4}, "seeds": {"count": math.inf}}, "seeds = inf|gives inf"),
    ({"base": {"n": 4, "m": 4}, "seeds": True}, "seeds = True"),
    ({"base": {"n": 4, "m": 4}, "seeds": 2.5}, "seeds = 2.5"),
    ({"base": {"n": 4, "m": 4}, "zip": ["n", "m"]}, r"zip = .*\[\[n, m\]\]"),
    ({"base": {"n": 4, "m": 4}, "exclude": "m < n"}, "exclude = 'm < n'.*a list of conditions"),
    ({"base": {"n": 4, "m": 4}, "exclude": [1]}, "a list of conditions"),
    ({"base": {"n": True, "m": 4}}, "network.n = True"),
    ({"base": {"n": 4}, "axes": {"m": [4, True]}}, "network.m = True"),
    ({"base": {"n": 4}, "axes": {"m": ["n < 9"]}}, "'n < 9' = True"),
    ({"base": {"n": 4}, "axes": {"m": {"linear": [True, 4, 3]}}}, "True is not allowed"),
]


@pytest.mark.parametrize(("grid", "words"), BAD, ids=lambda x: str(x)[:50])
def test_bad_grids_are_refused_in_one_sentence(grid, words):
    with pytest.raises(BadInput, match=words):
        cells(**grid)


@pytest.mark.parametrize("verb", ["simulate", "train"])
def test_every_leaf_of_the_specification_is_a_field(verb):
    """Also of fields that other rooms add: defaults flatten without remainder."""
    from polysem._sweep.overlay import defaults

    fields = fields_of(verb)

    def walk(tree, above=""):
        for name, value in tree.items():
            path = f"{above}.{name}" if above else name
            if isinstance(value, dict) and path in fields.branches:
                walk(value, path)
            elif value is not None:
                assert path in fields.leaves, path

    walk(defaults(verb))
