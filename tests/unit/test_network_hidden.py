"""Hidden activations: values against torch, gradients against autograd."""

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter

from polysem._errors import BadInput
from polysem._network.hidden import Hidden
from polysem._network.noise import noisy_gradient, noisy_loss
from polysem._network.sampled import sampled_gradient, sampled_loss
from polysem._network.spec import NetworkSpec
from polysem._train.deep import deep_loss

LAWS = {
    "identity": lambda z: z,
    "relu": torch.relu,
    "cubic": lambda z: z**3,
    "top_k": lambda z: z * (z.abs() >= z.abs().topk(1).values[..., -1:]),
    "softmax": lambda z: torch.softmax(z, -1),
    "rms_norm": lambda z: torch.nn.functional.rms_norm(z, z.shape[-1:], eps=1e-5),
    "layer_norm": lambda z: torch.nn.functional.layer_norm(z, z.shape[-1:]),
}
DATA = [{"kind": "one_hot"}, {"kind": "k_hot", "probability": 0.3}]
laws = TypeAdapter(Hidden)


def weights(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return 0.6 * torch.randn(*shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("kind", LAWS)
def test_value_and_pull_are_those_of_torch(kind):
    law, z, d = laws.validate_python({"kind": kind}), weights(2, 5, 7), weights(2, 5, 7, seed=1)
    torch.testing.assert_close(law.value(z), LAWS[kind](z), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(law.value(z.numpy()), LAWS[kind](z).numpy(), atol=1e-12)
    z.requires_grad_()
    (expected,) = torch.autograd.grad((LAWS[kind](z) * d).sum(), z)
    z = z.detach()
    torch.testing.assert_close(law.pull(z, d), expected, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(law.pull(z.numpy(), d.numpy()), expected.numpy(), atol=1e-12)


def test_top_k_keeps_exactly_k_even_of_equals():
    law = laws.validate_python({"kind": "top_k", "k": 2})
    z = torch.tensor([[1.0, -3.0, 2.0, 0.5], [1.0, 1.0, 1.0, 1.0]])
    assert law.value(z).tolist() == [[0, -3, 2, 0], [1, 1, 0, 0]]
    assert law.value(z.numpy()).tolist() == [[0, -3, 2, 0], [1, 1, 0, 0]]


@pytest.mark.parametrize("noise", [0.0, 0.5])
@pytest.mark.parametrize("on", ["weights", "activations"])
@pytest.mark.parametrize("data", DATA, ids=lambda law: law["kind"])
@pytest.mark.parametrize("kind", LAWS)
def test_gradient_equals_autograd_on_the_loss_by_hand(kind, data, on, noise):
    spec = NetworkSpec.build(
        n=5, m=7, l1=0.3, data=data, hidden={"kind": kind}, penalty={"on": on, "l2": 0.1}
    )
    X, p = spec.data.samples(5)
    X, share = torch.tensor(X), torch.tensor(p * spec.data.scale(5))
    xi = noise * weights(2, len(X), 7, seed=2)
    W = weights(2, 5, 7).requires_grad_()
    codes = LAWS[kind](X @ W)
    out = torch.relu((codes + xi) @ W.mT)
    expected = (share * ((out - X) ** 2).sum(-1)).sum(-1)
    if on == "weights":
        expected = expected + 0.3 * W.abs().sum((1, 2)) + 0.1 * (W**2).sum((1, 2))
    else:
        size = 0.3 * codes.abs().sum(-1) + 0.1 * (codes**2).sum(-1)
        expected = expected + (share * size).sum(-1)
    (slope,) = torch.autograd.grad(expected.sum(), W)
    problem, W = spec.problem, W.detach()
    torch.testing.assert_close(noisy_loss(W, xi, problem), expected.detach())
    torch.testing.assert_close(noisy_gradient(W, xi, problem), slope, rtol=1e-11, atol=1e-11)
    if noise == 0:
        torch.testing.assert_close(problem.loss(W), expected.detach())
        torch.testing.assert_close(problem.gradient(W), slope, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("biases", [False, True])
@pytest.mark.parametrize("drawn", [False, True])
def test_strengths_of_features_hold_for_their_activations_too(drawn, biases):
    """Every one-hot input pays λ w_i for its code, also where inputs are drawn."""
    strengths = [0.5, 0.0, 2.0, 1.0, 3.0]
    spec = NetworkSpec.build(
        n=5,
        m=7,
        l1=0.3,
        hidden={"kind": "relu"},
        penalty={"on": "activations", "weights": {"kind": "list", "each": strengths}},
        architecture={"kind": "tied", "hidden_bias": biases},
    )
    features = [3, 0, 0, 4, 2, 3, 1] if drawn else range(5)
    X, share = torch.eye(5, dtype=torch.float64)[list(features)], torch.rand(len(features))
    W, c = weights(2, 5, 7).requires_grad_(), 0.1 * weights(2, 7, seed=1) * biases
    codes = torch.relu(X @ W + c[:, None])
    cost = ((torch.relu(codes @ W.mT) - X) ** 2).sum(-1)
    for s, i in enumerate(features):
        cost[:, s] += 0.3 * strengths[i] * codes[:, s].sum(-1)
    expected = (share * cost).sum(-1)
    if biases:
        found = deep_loss(spec.problem, {"W1": W, "c1": c}, X, share)
    else:
        found = sampled_loss(spec.problem, W, X.expand(2, *X.shape), share)
        (slope,) = torch.autograd.grad(expected.sum(), W, retain_graph=True)
        torch.testing.assert_close(sampled_gradient(spec.problem, W, X, share), slope)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize(
    ("hidden", "word"),
    [
        ({"kind": "top_k", "k": 8}, "there are m = 7"),
        ({"kind": "top_k", "k": 0}, "greater than or equal to 1"),
        ({"kind": "tanh"}, "identity, relu, cubic"),
    ],
)
def test_what_cannot_be_is_one_sentence(hidden, word):
    with pytest.raises(BadInput, match=word) as error:
        NetworkSpec.build(n=5, m=7, hidden=hidden)
    assert "\n" not in str(error.value)


def test_a_cost_of_overlaps_needs_overlaps():
    with pytest.raises(BadInput, match="leave one of them out"):
        NetworkSpec.build(n=5, m=7, hidden={"kind": "relu"}, negative_overlap={"strength": 1})
