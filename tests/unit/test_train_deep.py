"""Architectures: the loss by hand, one layer as the tied network, training seed by seed."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import polysem
from polysem._errors import BadInput
from polysem._flow.spec import SimulateSpec
from polysem._network.spec import NetworkSpec
from polysem._train.deep import deep_loss, encodings_of
from polysem._train.each import train_each
from polysem._train.spec import TrainSpec

N, M = 4, 5
WIRINGS = [
    {
        "kind": kind,
        "layers": layers,
        "penalised": penalised,
        "output_bias": bias,
        "hidden_bias": bias,
    }
    for kind in ("tied", "untied")
    for layers in (1, 2, 4)
    for penalised in ("every", "last")
    for bias in (False, True)
]
HIDDEN = {"identity": lambda z: z, "relu": torch.relu, "cubic": lambda z: z**3}


def spec_of(wiring, hidden="identity", **more):
    values = {"architecture": wiring, "hidden": {"kind": hidden}, "l1": 0.3, **more}
    return NetworkSpec.build(n=N, m=M, **values)


def parameters(spec, seeds=2):
    generator = torch.Generator().manual_seed(0)
    return {
        name: 0.5 * torch.randn(seeds, *shape, generator=generator, dtype=torch.float64)
        for name, shape in spec.architecture.shapes(N, M).items()
    }


def by_hand(own, wiring, hidden, on):
    """The loss of one seed, input by input; `own`: name → tensor."""
    layers, total = range(1, wiring["layers"] + 1), torch.zeros((), dtype=torch.float64)
    counted = [layer for layer in layers if wiring["penalised"] == "every" or layer == layers[-1]]
    for x in torch.eye(N, dtype=torch.float64):
        h = x
        for layer in layers:
            h = HIDDEN[hidden](h @ own[f"W{layer}"] + own.get(f"c{layer}", 0))
            if on == "activations" and layer in counted:
                total = total + 0.3 * h.abs().sum()
        if wiring["kind"] == "untied":
            h = h @ own["D"]
        else:
            for layer in reversed(layers):
                h = own[f"W{layer}"] @ h
        total = total + ((torch.relu(h + own.get("b", 0)) - x) ** 2).sum()
    if on == "weights":
        total = total + 0.3 * sum(own[f"W{layer}"].abs().sum() for layer in counted)
        total = total + 0.3 * (own["D"].abs().sum() if wiring["kind"] == "untied" else 0)
    return total


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("on", ["weights", "activations"])
@pytest.mark.parametrize("wiring", WIRINGS, ids=lambda w: "-".join(map(str, w.values())))
def test_the_loss_is_the_one_written_out(wiring, hidden, on):
    spec = spec_of(wiring, hidden, penalty={"on": on})
    every = parameters(spec)
    X = torch.eye(N, dtype=torch.float64)
    found = deep_loss(spec.problem, every, X, torch.ones(N, dtype=torch.float64))
    for seed in range(2):
        own = {name: value[seed] for name, value in every.items()}
        torch.testing.assert_close(found[seed], by_hand(own, wiring, hidden, on))


@given(st.sampled_from(WIRINGS), st.sampled_from(list(HIDDEN)), st.integers(0, 999))
def test_features_and_neurons_of_the_first_layer_can_be_relabelled(wiring, hidden, seed):
    spec = spec_of(wiring, hidden)
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(N), rng.permutation(M)
    before = parameters(spec)
    after = {**before, "W1": before["W1"][:, rows][..., columns]}
    if "W2" in before:
        after["W2"] = before["W2"][:, columns]
    if "c1" in before:
        after["c1"] = before["c1"][:, columns]
    if "b" in before:
        after["b"] = before["b"][:, rows]
    if "D" in before:
        D = before["D"][..., rows]
        after["D"] = D[:, columns] if "W2" not in before else D
    X, ones = torch.eye(N, dtype=torch.float64), torch.ones(N, dtype=torch.float64)
    losses = [deep_loss(spec.problem, each, X, ones) for each in (before, after)]
    torch.testing.assert_close(*losses)


def test_encodings_of_a_linear_stack_are_the_products():
    spec = spec_of({"kind": "tied", "layers": 3, "hidden_bias": True})
    every = parameters(spec)
    found = encodings_of(spec.problem, every)
    first, second = every["W1"], every["W1"] @ every["W2"]
    torch.testing.assert_close(found[:, 0], first)
    torch.testing.assert_close(found[:, 1], second)
    torch.testing.assert_close(found[:, 2], second @ every["W3"])


def trained(wiring, hidden="identity", *, seeds=2, first=0, steps=30, **more):
    train = {"steps": steps, "dtype": "float64", "device": "cpu", **more}
    spec = TrainSpec.build(
        network={
            "n": N,
            "m": M,
            "l1": 0.02,
            "architecture": wiring,
            "hidden": {"kind": hidden},
            "penalty": {"on": "activations"},
        },
        seeds=seeds,
        seed=first,
        train=train,
        record={"what": ("norm",)},
    )
    return dict(train_each(spec)), spec


def test_an_untied_decoder_that_starts_and_stays_apart_differs_from_tied():
    tied, _ = trained({"kind": "tied", "output_bias": True})
    untied, _ = trained({"kind": "untied", "output_bias": True})
    assert tied[0].method == untied[0].method == "AdamW/autograd"
    layers = tied[0].layers, untied[0].layers
    assert layers[0] is not None
    assert layers[1] is not None
    assert np.array_equal(layers[0][0], layers[1][0])
    assert not np.allclose(tied[0].end, untied[0].end, atol=1e-3)


@pytest.mark.parametrize("hidden", ["identity", "relu"])
@pytest.mark.parametrize("kind", ["tied", "untied"])
def test_training_is_that_of_a_plain_torch_module(kind, hidden):
    """Each seed alone, its own parameters, its own AdamW of torch."""
    wiring = {"kind": kind, "layers": 2, "penalised": "last", "output_bias": True}
    found, spec = trained(wiring, hidden, seeds=2, steps=20)
    for seed in range(2):
        started = spec.network.architecture.start(spec.network.start(seed), seed)
        own = {
            name: torch.nn.Parameter(torch.tensor(value, dtype=torch.float64))
            for name, value in started.items()
        }
        optimiser = torch.optim.AdamW(own.values(), lr=1e-3)
        for _ in range(20):
            optimiser.zero_grad()
            h = HIDDEN[hidden](HIDDEN[hidden](own["W1"]) @ own["W2"])
            out = h @ own["D"] if kind == "untied" else h @ own["W2"].T @ own["W1"].T
            error = torch.relu(out + own["b"]) - torch.eye(N)
            ((error**2).sum() + 0.02 * h.abs().sum()).backward()
            optimiser.step()
        first = own["W1"].detach().numpy()
        last = (HIDDEN[hidden](own["W1"]) @ own["W2"]).detach().numpy()
        layers = found[seed].layers
        assert layers is not None
        np.testing.assert_allclose(layers[1], [first, last], atol=1e-9)
        np.testing.assert_allclose(found[seed].end, last, atol=1e-9)


def test_a_seed_has_the_same_bits_in_any_company():
    wiring = {"kind": "untied", "layers": 3, "hidden_bias": True}
    noise = {"kind": "laplace", "std": 0.1}
    together, _ = trained(wiring, "relu", seeds=4, batch=6, noise=noise)
    alone, _ = trained(wiring, "relu", seeds=1, first=2, batch=6, noise=noise)
    assert together[2].layers is not None
    assert alone[0].layers is not None
    assert np.array_equal(together[2].layers, alone[0].layers)
    assert np.array_equal(together[2].trajectory["norm"], alone[0].trajectory["norm"])


def test_every_layer_has_a_census_and_the_folder_keeps_it(tmp_path):
    run = polysem.train(
        6,
        9,
        0.01,
        2,
        steps=40,
        architecture={"kind": "tied", "layers": 2},
        record=(),
        report=False,
        out=tmp_path / "deep",
    )
    again = polysem.load(tmp_path / "deep")
    assert run.census.n_features == 6
    for layer in (1, 2):
        found = run.layer(layer).to_dicts()
        assert found == again.layer(layer).to_dicts()
        assert found[0]["polysemantic"] is not None
    assert run.layer(2).to_dicts() == run.census.to_dicts()
    assert run.layer(1).to_dicts() != run.layer(2).to_dicts()
    assert np.array_equal(run.start[0], run.trajectories[0]["layers"][0, 1])
    with pytest.raises(BadInput, match="1 to 2"):
        run.layer(3)
    assert polysem.train(3, 4, steps=1).layer(1) is not None


@pytest.mark.parametrize(
    ("network", "train", "word"),
    [
        ({"architecture": {"kind": "untied", "layers": 5}}, {}, "less than or equal to 4"),
        ({"architecture": {"kind": "untied"}}, {"optimiser": "Muon"}, "AdamW or SGD"),
        (
            {"architecture": {"kind": "untied"}, "negative_overlap": {"strength": 1}},
            {},
            "leave one of them out",
        ),
        (
            {
                "architecture": {"kind": "tied", "layers": 2},
                "penalty": {"weights": {"kind": "geometric", "ratio": 0.9}},
            },
            {},
            "one tied matrix",
        ),
    ],
)
def test_what_does_not_go_together_is_one_sentence(network, train, word):
    with pytest.raises(BadInput, match=word) as error:
        TrainSpec.build(network={"n": N, "m": M, **network}, train=train)
    assert "\n" not in str(error.value)


def test_simulate_refuses_with_the_reason():
    with pytest.raises(BadInput, match=r"one tied layer without biases.*use train"):
        SimulateSpec.build(network={"n": N, "m": M, "architecture": {"kind": "untied"}})


def test_codes_that_overflow_are_divergence_though_every_weight_is_finite():
    found = polysem.train(
        4,
        6,
        0.1,
        steps=1,
        lr=500,
        device="cpu",
        hidden={"kind": "cubic"},
        architecture={"kind": "untied", "layers": 4},
    )
    assert not np.isfinite(found.end).all()
    assert [str(outcome) for outcome in found.outcomes] == ["diverged"]
