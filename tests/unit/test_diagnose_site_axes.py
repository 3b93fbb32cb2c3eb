"""Which axis of a site's activations is the neurons': followed through the model, never guessed."""

import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import polysem
from polysem import BadInput
from polysem._diagnose.sites.axes import Axes, AxisTracer
from polysem._diagnose.sites.record import SiteReader

B = 6  # samples
Y = np.eye(B)[:, :3]


def seen(model, site, inputs, labels=Y):
    """(activations of one batch, how they were read)."""
    reader = SiteReader(model.eval(), model.get_submodule(site))
    ((x, _),) = reader.batches([(inputs, labels)])
    return x, reader.words


def given(model, site, inputs):
    """What the module gives, by a hook of its own."""
    kept = []
    handle = model.get_submodule(site).register_forward_hook(lambda *a: kept.append(a[2]))
    with torch.no_grad():
        model(inputs)
    handle.remove()
    return kept[0][0] if isinstance(kept[0], tuple) else kept[0]


class Residual(nn.Module):
    """Causal convolutions with a shortcut, joined: functions between modules."""

    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv1d(2, 5, 3, padding=1), nn.Conv1d(5, 5, 3, padding=2)
        self.cut, self.act, self.join, self.turned = (nn.Identity() for _ in range(4))
        self.mixed, self.norm = nn.Linear(10, 7), nn.LayerNorm(7)

    def forward(self, x):
        h = torch.relu(self.one(x))
        cut = self.cut(self.two(h)[:, :, :-2])
        joined = self.join(torch.cat([h, self.act(torch.relu_(h + cut))], 1))
        return self.norm(torch.nn.functional.gelu(self.mixed(self.turned(joined.mT))))


@pytest.mark.parametrize(
    ("site", "neurons"),
    [("one", 1), ("cut", 1), ("act", 1), ("join", 1), ("turned", 2), ("mixed", 2), ("norm", 2)],
)
def test_channels_of_one_dimensional_convolutions_are_neurons(site, neurons):
    """As many places (9) as samples plus three, so that no shape would fit by accident."""
    torch.manual_seed(0)
    model, x = Residual(), torch.randn(B, 2, 9)
    found, words = seen(model, site, x)
    wanted = given(model, site, x).mean(3 - neurons)
    assert np.allclose(found, wanted.numpy(), atol=1e-6)
    assert ("(samples, neurons, places)" in words) == (neurons == 1)


@pytest.mark.parametrize(
    ("layers", "shape", "axes"),
    [
        ([nn.Conv1d(2, 5, 1), nn.BatchNorm1d(5), nn.MaxPool1d(2)], (2, B), (2,)),
        ([nn.BatchNorm1d(2)], (2, 8), (2,)),
        ([nn.Conv2d(1, 5, 3), nn.ReLU(), nn.AvgPool2d(2)], (1, 8, 7), (2, 3)),
        ([nn.ConvTranspose2d(1, 5, 3), nn.Dropout2d()], (1, 4, 4), (2, 3)),
        ([nn.Conv3d(1, 5, 2), nn.GroupNorm(1, 5), nn.GELU()], (1, 4, 3, 5), (2, 3, 4)),
        ([nn.Linear(3, 5), nn.GELU(), nn.LayerNorm(5)], (4, 7, 3), (1, 2)),
        ([nn.Linear(3, 5), nn.AvgPool1d(2)], (7, 3), (1,)),
        ([nn.Sequential(nn.Flatten(), nn.Linear(12, 5))], (4, 3), ()),
    ],
    ids=str,
)
def test_every_layer_of_a_sequence(layers, shape, axes):
    """Convolutions in one to three dimensions; linear layers over pictures with channels last."""
    torch.manual_seed(0)
    model, x = nn.Sequential(*layers).eval(), torch.randn(B, *shape)
    for place in range(len(layers)):
        out = given(model, str(place), x)
        wanted = out.mean(axes) if axes else out
        assert np.allclose(seen(model, str(place), x)[0], wanted.numpy(), atol=1e-6)


@pytest.mark.parametrize("tokens", [9, B], ids=["tokens", "as many tokens as samples"])
@pytest.mark.parametrize("first", [True, False], ids=["samples first", "tokens first"])
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN, nn.TransformerEncoderLayer, "attention"])
def test_samples_on_the_first_or_second_axis(kind, first, tokens):
    """Modules of torch that take tokens first, and what follows them."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            if kind == "attention":
                self.inner = nn.MultiheadAttention(4, 2, batch_first=first)
            elif kind is nn.TransformerEncoderLayer:
                self.inner = kind(4, 2, 8, batch_first=first)
            else:
                self.inner = kind(4, 4, batch_first=first)
            self.after = nn.Linear(4, 7)

        def forward(self, x):
            out = self.inner(x, x, x) if kind == "attention" else self.inner(x)
            return self.after(out[0] if isinstance(out, tuple) else out)

    torch.manual_seed(0)
    model = Model().eval()
    x = torch.randn(*((B, tokens) if first else (tokens, B)), 4)
    sites = ["inner", "after"] + (["inner.linear1"] if kind is nn.TransformerEncoderLayer else [])
    for site in sites:
        wanted = given(model, site, x).mean(1 if first else 0)
        found, words = seen(model, site, x)
        assert np.allclose(found, wanted.numpy(), atol=1e-5)
        assert ("(samples, tokens, neurons)" in words) == first


def test_a_row_of_labels_per_place():
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.Conv1d(2, 5, 1)), torch.randn(B, 2, 4)
    wanted = given(model, "0", x).mT.reshape(-1, 5).numpy()
    for labels in (np.ones((B, 4, 3)), np.ones((B * 4, 3))):
        found, words = seen(model, "0", x, labels)
        assert np.array_equal(found, wanted)
        assert words.endswith("with a row for each.")


@pytest.mark.parametrize(
    ("layer", "shape", "labels", "said"),
    [
        (nn.Conv1d(2, 5, 1), (B, 2, 4), (B, 3, 4), r"read as \(samples, neurons, places\), and"),
        (nn.Linear(3, 5), (B, 4, 3), (4, B, 2), r"on axis 1, let the model take them first"),
        (nn.Linear(3, 5), (4, B, 3), (B, 2), r"on axis 1, let the model take them first"),
        (nn.Identity(), (B, 1, 2, 3, 4), (B, 2), r"one row of labels per sample"),
    ],
)
def test_labels_of_another_layout_are_refused_with_the_axis(layer, shape, labels, said):
    with pytest.raises(BadInput, match=said):
        seen(nn.Sequential(layer), "0", torch.randn(*shape), np.ones(labels))


def test_the_diagnosis_says_how_a_site_was_read():
    model, x = nn.Sequential(nn.Conv1d(1, 4, 3)), torch.randn(40, 1, 9)
    data = [(x, np.arange(40)[:, None] % 2)]
    found = polysem.diagnose(model, site="0", data=data, draws=5)
    assert [f.name for f in found.findings] == ["0", "1", "2", "3"]
    assert "The site gives (40, 4, 7), read as (samples, neurons, places)" in found.notes[-1]


def test_axes_are_followed_through_permutations_and_lost_where_they_mix():
    conv = nn.Conv1d(2, 5, 1)
    with torch.no_grad(), AxisTracer() as tracer:
        h = conv(torch.randn(3, 2, 4))
        cases = {
            h.permute(2, 0, 1): Axes(1, 2),
            h.movedim(1, 2): Axes(0, 2),
            h.transpose(0, 1) + 1: Axes(1, 0),
            h.reshape(3, 4, 5): Axes(),
            torch.bmm(h.mT, h): Axes(),
            h.flatten(1): Axes(),
        }
        assert all(tracer.axes_of(made) == axes for made, axes in cases.items())


def test_hooks_work_on_compiled_modules_and_not_on_scripted_ones():
    x = torch.randn(B, 4)
    plain = nn.Sequential(nn.Linear(4, 5), nn.ReLU())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch says that scripting is deprecated
        scripts: Any = torch.jit.script(plain), torch.jit.trace(plain, x)
    for script in scripts:
        with pytest.raises(BadInput, match="is in a scripted module"):
            polysem.diagnose(script, site="1", data=[(x, Y)])
        with pytest.raises(BadInput, match="No site was given; candidates .*: none"):
            polysem.diagnose(script, data=[(x, Y)])
    compiled = torch.compile(nn.Sequential(nn.Conv1d(2, 5, 1), nn.ReLU()), backend="eager")
    x = torch.randn(B, 2, 9)
    wanted = compiled(x).detach().mean(2).numpy()  # compiled before there was a hook
    assert np.allclose(seen(compiled, "_orig_mod.1", x)[0], wanted, atol=1e-6)
