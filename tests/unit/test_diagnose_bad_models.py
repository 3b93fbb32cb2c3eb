"""Live models that do not fit, or misbehave: one sentence, and the model is left alone."""

# pyright: reportOptionalMemberAccess=false, reportArgumentType=false

import numpy as np
import pytest
import torch
from torch import nn

import polysem
from polysem import BadInput
from polysem._cli import run

X = torch.eye(4).repeat(4, 1)


def squares(model, inputs, labels):
    return (model(inputs) - labels).square().sum(-1).mean()


class Net(nn.Module):
    """Gives what `give` makes of the hidden layer at the site "tap"."""

    def __init__(self, give=lambda h: h):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = nn.Linear(4, 6), nn.Linear(6, 4)
        self.tap = Tap(give)

    def forward(self, x):
        found = self.tap(torch.relu(self.first(x)))
        while isinstance(found, tuple):
            found = found[0]
        return self.second(found) if isinstance(found, torch.Tensor) else x


class Tap(nn.Module):
    def __init__(self, give):
        super().__init__()
        self.give = give

    def forward(self, h):
        return self.give(h)


def diagnose(model=None, site="tap", data=((X, X),), **more):
    return polysem.diagnose(model or Net(), site=site, data=list(data), draws=10, **more)


@pytest.mark.parametrize(
    ("give", "said"),
    [
        (lambda h: None, "The site gives NoneType; give one whose output"),
        (lambda h: {"h": h}, "The site gives dict"),
        (lambda h: [h], "The site gives list"),
        (lambda h: h.long(), r"The site gives Tensor torch.int64 \(16, 6\)"),
        (lambda h: h.sum() * 0 + h.sum(-1), r"The site gives Tensor torch.float32 \(16,\)"),
        (lambda h: h[..., None, None, None].expand(16, 6, 2, 2, 2), "one row of labels per sample"),
        (lambda h: h[:9], "The model called with the inputs of batch 0 fails|one row of labels"),
    ],
)
def test_sites_without_activations(give, said):
    class Quiet(Net):
        def forward(self, x):
            self.tap(torch.relu(self.first(x)))
            return x

    with pytest.raises(BadInput, match=said):
        diagnose(Quiet(give))


def test_the_first_of_a_tuple_and_channels_of_a_picture():
    plain = diagnose(Net()).to_dicts()
    assert diagnose(Net(lambda h: (h, None))).to_dicts() == plain
    conv = nn.Sequential(nn.Conv2d(1, 5, 3), nn.ReLU(), nn.Flatten(), nn.Linear(20, 2))
    pictures = torch.randn(12, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    found = diagnose(conv, "1", [(pictures, np.eye(3)[np.arange(12) % 3])])
    assert len(found.findings) == 5


class Broken:
    """Two batches, then an error."""

    def __iter__(self):
        yield X, X
        yield X, X
        raise OSError("the disk is gone")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([], "data is empty"),
        (5, "data is int"),
        ({"a": 1}, "data is dict"),
        ([X], r"must be a pair \(inputs, labels\)"),
        ([None], r"must be a pair"),
        ([(X, None)], "Batch 0 of data has no labels"),
        ([(X, X), (X, X[:5])], "Batch 1: the site gives .16, 6. and labels are .5, 4."),
        ([(X, X[:15]), (X, torch.cat([X, X[:1]]))], "Batch 0: the site gives"),
        ([(X, X), (X, X[:, :3])], "Batch 1 has 3 features .axis 1. and the first had 4"),
        ([(X, X[:, 0])], "labels has shape .16,., 1 axes"),
        ([(X, [["a"]] * 16)], "labels holds <U1 values"),
        ([(X[:, :3], X)], "The model called with the first batch's inputs|of batch 0 fails: Runt"),
        ([("words", X)], "of batch 0 fails: TypeError"),
        ([(X, X), (X.double(), X)], "of batch 1 fails: RuntimeError"),
        (Broken(), "data, read for batch 2, fails: OSError: the disk is gone"),
    ],
)
def test_data_that_does_not_fit(data, said):
    for more in ({}, {"loss": squares}):
        with pytest.raises(BadInput, match=said):
            polysem.diagnose(Net(), site="tap", data=data, draws=10, **more)


def test_data_is_read_once_so_a_generator_will_do():
    read = []

    def batches():
        for i in range(3):
            read.append(i)
            yield X + i, X

    listed = diagnose(data=list(batches()))
    read.clear()
    assert polysem.diagnose(Net(), site="tap", data=batches(), draws=10).to_dicts() == (
        listed.to_dicts()
    )
    assert read == [0, 1, 2]
    read.clear()
    with_loss = polysem.diagnose(
        Net(), site="tap", data=batches(), draws=10, loss=squares, encoder="first",
        decoder="second", horizon=2, moves=1, together=False,
    )  # fmt: skip
    assert read == [0, 1, 2]
    assert with_loss.origin is not None


@pytest.mark.parametrize(
    ("site", "said"),
    [
        (3, "site is int"),
        ("", "has no site ''"),
        ("first.weight", "has no site 'first.weight'"),
        ("tapp", "did you mean 'tap'"),
    ],
)
def test_sites_that_are_not_there(site, said):
    with pytest.raises(BadInput, match=said):
        diagnose(site=site)


def test_a_module_used_twice_is_refused_under_both_its_names():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.one = nn.Linear(4, 4)
            self.other = self.one

        def forward(self, x):
            return self.other(self.one(x))

    for site in ("one", "other"):
        with pytest.raises(BadInput, match="used 2 times for one batch"):
            diagnose(Twice(), site)
    unused = Net()
    unused.spare = nn.Identity()
    with pytest.raises(BadInput, match="used 0 times"):
        diagnose(unused, "spare")


def test_dropout_and_batch_norm_in_training_mode_are_left_alone():
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 4)
    ).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    one = diagnose(model, "3")
    two = diagnose(model, "3", loss=squares, encoder="0", decoder="4", horizon=2, together=False)
    assert one.to_dicts()[0]["selectivity"] == two.to_dicts()[0]["selectivity"]
    assert all(module.training for module in model.modules())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())


def test_models_on_the_meta_device_and_in_other_types():
    with pytest.raises(BadInput, match="Reading the site's activations fails: NotImplementedError"):
        diagnose(Net().to("meta"))
    assert len(diagnose(Net().double(), data=[(X.double(), X)]).findings) == 6
    assert len(diagnose(Net().bfloat16(), data=[(X.bfloat16(), X)]).findings) == 6
    with pytest.raises(BadInput, match="fails: RuntimeError"):
        diagnose(Net().half().double(), data=[(X, X)])


def test_activations_that_are_no_numbers_are_rows():
    found = diagnose(Net(lambda h: torch.where(torch.arange(6) == 2, torch.nan, h)))
    assert found.findings[2].verdict == "not assessable"
    assert "16 of 16 values are NaN" in found.findings[2].evidence


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (5, "loss is int; give loss"),
        (lambda *_: torch.tensor(torch.nan), "one finite number"),
        (lambda *_: torch.tensor(torch.inf), "one finite number"),
        (lambda m, i, _: (m(i) - i).square().sum(-1), "one finite number|fails"),
        (lambda m, i: m(i).sum(), "Retraining with this loss fails: TypeError"),
        (lambda m, i, y: (m(i) - y[:, :2]).sum(), "Retraining with this loss fails: RuntimeError"),
        (lambda m, i, y: float(m(i).sum()), "Retraining with this loss fails"),
        (lambda *_: None, "Retraining with this loss fails"),
    ],
)
def test_losses_that_do_not_fit(loss, said):
    with pytest.raises(BadInput, match=said) as error:
        diagnose(loss=loss, encoder="first", decoder="second", horizon=2)
    assert "\n" not in str(error.value)


def test_a_loss_that_becomes_nan_on_the_way_is_undetermined():
    """Finite at first, NaN as soon as a weight has moved."""
    model = Net()
    start = model.first.weight.detach().clone()

    def loss(m, inputs, labels):
        moved = (m.first.weight - start).abs().sum() > 1e-3
        return torch.where(moved, torch.nan, squares(m, inputs, labels))

    found = diagnose(model, loss=loss, encoder="first", decoder="second", horizon=3)
    verdicts = {f.verdict for f in found.findings if f.cost is not None or f.polysemantic}
    assert verdicts <= {"undetermined", "not polysemantic", "cannot be told"}
    assert all("nan" not in str(row).split() for row in found.to_dicts())


def test_names_of_labels_that_are_not_the_networks_outputs():
    """Three labels, four outputs: the origin test speaks of the outputs."""
    found = diagnose(
        data=[(X, X[:, :3])], names=["a", "b", "c"], encoder="first", decoder="second",
        loss=lambda m, i, _: (m(i) - i).square().sum(-1).mean(), horizon=2, together=False,
    )  # fmt: skip
    assert found.origin is not None
    assert found.profile.names == ("a", "b", "c")


def test_a_users_file_with_mistakes_is_one_sentence(tmp_path, monkeypatch, capsys):
    (tmp_path / "bad_one.py").write_text("def f(:\n")
    (tmp_path / "bad_two.py").write_text("raise RuntimeError('no data here')\n")
    (tmp_path / "bad_three.py").write_text("def f():\n    return 1 / 0\n")
    (tmp_path / "bad_five.py").write_text("def f():\n    return {'module': 3, 'site': 'a'}\n")
    (tmp_path / "bad_four.py").write_text("def f():\n    return {'model': 3, 'sit': 1}\n")
    monkeypatch.chdir(tmp_path)
    for name, said in (
        ("bad_one", "cannot be imported: "),
        ("bad_two", "no data here (line 1 of"),
        ("bad_three", "fails: ZeroDivisionError: division by zero (line 2 of"),
        ("bad_four", "sit"),
        ("bad_five", "its dict has 'module', 'site' and no 'model'"),
    ):
        assert run(["diagnose", f"{name}:f"]) == 2
        err = capsys.readouterr().err
        assert said in err
        assert len(err.strip().splitlines()) == 1
