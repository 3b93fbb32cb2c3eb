"""Laws of the data: their tables, their draws, and the loss they make, written out by hand."""

import numpy as np
import pytest
import torch

from polysem._errors import BadInput
from polysem._flow.certificate import certify
from polysem._flow.limit import take_to_limit
from polysem._flow.options import FlowOptions
from polysem._flow.outcome import Outcome
from polysem._flow.recorder import RecordOptions, TrajectoryRecorder
from polysem._flow.reference import solve_reference
from polysem._flow.spec import SimulateSpec
from polysem._network.data import Bernoulli, Exclusive, KHot, OneHot, Partners
from polysem._network.spec import NetworkSpec
from polysem._train.spec import TrainSpec

N = 6
LAWS = {
    "one-hot": OneHot(),
    "pairs": KHot(k=2, probability=0.3),
    "triples": KHot(k=3),
    "partners": Partners(probability=0.4),
    "always partners": Partners(),
    "exclusive": Exclusive(size=2, probability=0.5),
    "exclusive triples": Exclusive(size=3),
    "coins": Bernoulli(probability=0.3, magnitude="one"),
}
MEET = {  # which features are ever on together, by hand
    "pairs": lambda i, j: True,
    "triples": lambda i, j: True,
    "partners": lambda i, j: i // 2 == j // 2,
    "always partners": lambda i, j: i // 2 == j // 2,
    "exclusive": lambda i, j: i // 2 != j // 2,
    "exclusive triples": lambda i, j: i // 3 != j // 3,
    "coins": lambda i, j: True,
}


def network(name, l1=0.1, m=9, **more):
    return NetworkSpec.build(n=N, m=m, l1=l1, data=LAWS[name].model_dump(), **more)


def by_hand(W, law, l1, sigma=torch.relu):
    """The loss input by input, independent of the module under test."""
    X, p = law.samples(len(W))
    scale = len(W) / float((p * (X**2).sum(1)).sum())
    total = l1 * W.abs().sum()
    for x, chance in zip(torch.tensor(X), p, strict=True):
        out = sigma(W @ (W.T @ x))
        total = total + scale * chance * ((out - x) ** 2).sum()
    return total


def some_weights(seed=0):
    W = np.random.default_rng(seed).normal(0, 0.4, (N, 9))
    W[2, :4] = 0
    return W


@pytest.mark.parametrize("name", LAWS)
def test_the_table_is_a_law(name):
    law = LAWS[name]
    X, p = law.samples(N)
    assert len(X) == len(p) <= law.count(N)
    assert len(np.unique(X, axis=0)) == len(X)
    assert p.sum() == pytest.approx(1)
    assert (p * (X**2).sum(1)).sum() == pytest.approx(law.energy(N))
    assert ((X * p[:, None]).sum(0) > 0).all()  # nobody is never on
    if name in MEET:
        both = X.T @ X > 0
        for i, j in zip(*np.triu_indices(N, 1), strict=True):
            assert both[i, j] == MEET[name](i, j)


def test_tables_by_hand():
    X, p = KHot(k=2, probability=0.25).samples(3)
    assert X.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]]
    np.testing.assert_allclose(p, [0.25] * 3 + [0.25 / 3] * 3)
    X, p = Partners().samples(4)
    assert X.tolist() == [[1, 1, 0, 0], [0, 0, 1, 1]]
    X, p = Exclusive(size=2).samples(4)
    assert X.tolist() == [[1, 0, 1, 0], [1, 0, 0, 1], [0, 1, 1, 0], [0, 1, 0, 1]]
    X, p = Bernoulli(probability=0.1, magnitude="one").samples(2)
    chances = {tuple(x): q for x, q in zip(X.tolist(), p, strict=True)}
    assert chances == pytest.approx({(0, 0): 0.81, (1, 0): 0.09, (0, 1): 0.09, (1, 1): 0.01})


@pytest.mark.statistical
@pytest.mark.parametrize("name", LAWS)
def test_draws_follow_the_table(name):
    """Frequency of every input among 40,000 within 5 standard errors: false alarms below 4e-5."""
    law, count = LAWS[name], 40_000
    drawn = law.draw(count, N, torch.Generator().manual_seed(1)).numpy()
    X, p = law.samples(N)
    found = {tuple(x): 0 for x in X}
    for x in drawn:
        found[tuple(x)] += 1  # an input outside the table is a KeyError
    frequency = np.array([found[tuple(x)] for x in X]) / count
    assert (np.abs(frequency - p) < 5 * np.sqrt(p * (1 - p) / count) + 1e-12).all()


@pytest.mark.statistical
def test_magnitudes_are_uniform():
    """Moments of 60,000 features within 5 standard errors: false alarms below 3e-6."""
    law = Bernoulli(probability=0.2)
    x = law.draw(10_000, N, torch.Generator().manual_seed(1)).double().flatten()
    on = x[x > 0]
    assert abs(len(on) / len(x) - 0.2) < 5 * (0.16 / len(x)) ** 0.5
    for power in (1, 2, 3):
        values = on**power
        assert abs(values.mean() - 1 / (power + 1)) < 5 * values.std() / len(on) ** 0.5
    assert law.energy(N) == pytest.approx(N * 0.2 / 3)


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("name", LAWS)
def test_loss_and_gradient_equal_the_loss_written_out_and_autograd(name, activation):
    problem = network(name, 0.3, activation={"kind": activation}).problem
    W = torch.tensor(some_weights(), requires_grad=True)
    sigma = {"relu": torch.relu, "gelu": torch.nn.functional.gelu}[activation]
    expected = by_hand(W, LAWS[name], 0.3, sigma)
    expected.backward()
    assert W.grad is not None
    assert float(problem.loss(some_weights())) == pytest.approx(float(expected.detach()), rel=1e-12)
    np.testing.assert_allclose(problem.gradient(some_weights()), W.grad.numpy(), atol=1e-12)
    np.testing.assert_allclose(problem.gradient(W.detach()).numpy(), W.grad.numpy(), atol=1e-12)
    parts = (problem.feature_benefit, problem.interference, problem.regularisation)
    total = sum(part(some_weights()) for part in parts)
    np.testing.assert_allclose(total, -problem.gradient(some_weights()), atol=1e-12)


@pytest.mark.parametrize("name", LAWS)
def test_a_penalty_on_activations_equals_autograd(name):
    problem = network(name, 0.3, penalty={"on": "activations", "l2": 0.1}).problem
    W = torch.tensor(some_weights(), requires_grad=True)
    X, p = LAWS[name].samples(N)
    codes = torch.tensor(X) @ W
    scale = torch.tensor(p * LAWS[name].scale(N))
    expected = by_hand(W, LAWS[name], 0.0)
    expected = expected + (scale * (0.3 * codes.abs().sum(1) + 0.1 * (codes**2).sum(1))).sum()
    expected.backward()
    assert W.grad is not None
    assert float(problem.loss(some_weights())) == pytest.approx(float(expected.detach()), rel=1e-12)
    np.testing.assert_allclose(problem.gradient(some_weights()), W.grad.numpy(), atol=1e-12)


@pytest.mark.parametrize("name", [name for name in LAWS if name != "one-hot"])
def test_the_reference_ends_where_the_loss_written_out_is_stationary(name):
    """By autograd on the loss by hand: no slope left at nonzero weights, none above λ at zeros."""
    spec, l1 = network(name, 0.1, m=14), 0.1
    options = FlowOptions(dtype="float64", dt=0.02, t_max=400.0)
    recorder = TrajectoryRecorder(RecordOptions(what=("loss",)), spec.problem)
    end = solve_reference(spec.start(1), spec.problem, options, recorder)
    assert end.outcome in (Outcome.CONVERGED, Outcome.STATIONARY)
    W = torch.tensor(end.end, requires_grad=True)
    by_hand(W, LAWS[name], 0.0).backward()
    assert W.grad is not None
    slope, W = W.grad.numpy(), end.end
    tolerance = 1e-8 if end.outcome is Outcome.CONVERGED else 1e-3
    assert np.abs(slope + l1 * np.sign(W))[W != 0].max() < tolerance
    assert np.abs(slope[W == 0]).max() <= l1 + 1e-9
    assert (W == 0).any()
    assert end.certificate.residual == pytest.approx(np.abs(slope + l1 * np.sign(W))[W != 0].max())
    seen = float(by_hand(torch.tensor(W), LAWS[name], 0))  # recorded just before the limit
    assert end.trajectory["loss"][-1] == pytest.approx(seen, rel=1e-3)
    if end.outcome is Outcome.CONVERGED:
        assert (np.count_nonzero(W, axis=1) <= 1).all()
        G = W @ W.T
        for i, j in zip(*np.triu_indices(N, 1), strict=True):
            assert G[i, j] == 0 if MEET[name](i, j) else G[i, j] <= 0


def test_the_limit_of_features_that_are_on_unequally_often():
    """Of five features the last has no partner, so its loss counts for less and λ for more."""
    problem = NetworkSpec(n=5, m=6, l1=0.3, data=Partners(probability=0.5)).problem
    W = np.zeros((5, 6))
    W[np.arange(5), np.arange(5)] = 0.8
    take_to_limit(W, problem)
    counts = problem.input_weights(5) @ problem.inputs(5)
    for i in range(5):  # 4 c (1 − w²) w = λ
        assert 4 * counts[i] * (1 - W[i, i] ** 2) * W[i, i] == pytest.approx(0.3, abs=1e-7)
    assert W[4, 4] < W[0, 0] - 0.01
    assert certify(W, problem).residual < 1e-7


def test_features_that_hardly_meet_are_the_base_model():
    W = some_weights(3)
    base = NetworkSpec(n=N, m=9, l1=0.2).problem
    for law in (KHot(probability=1e-9), Bernoulli(probability=1e-9, magnitude="one")):
        rare = NetworkSpec(n=N, m=9, l1=0.2, data=law).problem
        np.testing.assert_allclose(rare.gradient(W), base.gradient(W), atol=1e-6)


def test_an_overlap_of_either_sign_is_seen_between_features_that_meet():
    W = np.zeros((4, 5))
    W[0, 1], W[1, 1] = 0.9, -0.8  # benign for strangers, not for partners
    W[2, 2], W[3, 3] = 0.9, 0.9
    partners = NetworkSpec(n=4, m=5, l1=0.1, data=Partners(probability=0.1)).problem
    across = NetworkSpec(n=4, m=5, l1=0.1, data=Exclusive(size=2, probability=0.1)).problem
    assert certify(W, partners).max_overlap == pytest.approx(0.72)
    assert certify(W, across).max_overlap == 0
    assert certify(np.abs(W), across).max_overlap == pytest.approx(0.72)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"data": {"kind": "k_hot", "k": 7}}, "k = 7 features"),
        ({"n": 5, "data": {"kind": "partners"}}, "even n"),
        ({"n": 1, "data": {"kind": "partners", "probability": 0.5}}, "2 features or more"),
        ({"n": 7, "data": {"kind": "exclusive", "size": 2}}, "multiple of size"),
        ({"data": {"kind": "k_hot", "probability": 1.2}}, "less than or equal to 1"),
        ({"data": {"kind": "partners"}, "negative_overlap": {"strength": 1}}, "leave it out"),
        (
            {
                "data": {"kind": "k_hot"},
                "penalty": {"on": "activations", "weights": {"kind": "geometric", "ratio": 0.9}},
            },
            "penalty.weights",
        ),
    ],
)
def test_laws_that_do_not_fit_are_one_sentence(settings, word):
    with pytest.raises(BadInput, match=word) as error:
        NetworkSpec.build(**{"n": N, "m": 9, **settings})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"data": {"kind": "bernoulli"}}, "infinitely many"),
        ({"n": 40, "data": {"kind": "bernoulli", "magnitude": "one"}}, "more than can be listed"),
        ({"n": 4000, "data": {"kind": "bernoulli", "magnitude": "one"}}, "has more than 1e300"),
        ({"n": 5000, "data": {"kind": "k_hot", "k": 2500}}, "has more than 1e300 different"),
        ({"data": {"kind": "k_hot"}, "penalty": {"on": "activations"}}, "on the weights"),
        ({"hidden": {"kind": "relu"}}, "hidden layer, not relu"),
    ],
)
def test_simulate_says_what_it_cannot_solve_and_points_to_train(settings, word):
    values = {"n": N, "m": 9, **settings}
    with pytest.raises(BadInput, match=f"{word}.*use train") as error:
        SimulateSpec.build(network=values)
    assert "\n" not in str(error.value)
    TrainSpec.build(network=values, train={"batch": 8})


def test_one_hot_data_are_never_too_many():
    SimulateSpec.build(network={"n": 10**5, "m": 9})
    TrainSpec.build(network={"n": 10**5, "m": 9})


def test_train_asks_for_a_batch_where_the_data_cannot_be_listed():
    with pytest.raises(BadInput, match="batch = 256"):
        TrainSpec.build(network={"n": N, "m": 9, "data": {"kind": "bernoulli"}})


def test_the_engine_is_refused_with_the_reason():
    with pytest.raises(BadInput, match="follows one-hot data, not k_hot"):
        SimulateSpec.build(
            network={"n": N, "m": 9, "data": {"kind": "k_hot"}}, flow={"method": "engine"}
        )
