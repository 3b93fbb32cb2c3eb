"""The paragraph of a report says what the numbers say, in the right number of the noun."""

import numpy as np
import pytest

from polysem._flow.outcome import Outcome
from polysem._flow.spec import SimulateSpec
from polysem._report.words import summary
from polysem._run.run import Run


def run_of(end, start=None, l1=0.01, outcomes=None, verb="simulate"):
    """A run made up from end weights (seeds, n, m)."""
    end = np.asarray(end, dtype=np.float32)
    seeds, n, m = end.shape
    outcomes = outcomes or [Outcome.CONVERGED] * seeds
    spec = SimulateSpec.build(network={"n": n, "m": m, "l1": l1}, seeds=seeds)
    if verb != "simulate":
        spec = spec.model_copy(update={"verb": verb})
    return Run(
        spec=spec,
        seeds=tuple(range(seeds)),
        start=end if start is None else np.asarray(start, dtype=np.float32),
        end=end,
        solves=tuple({"outcome": outcome} for outcome in outcomes),
    )


def placed(*networks, m):
    """One network per argument: its signed neurons, 1-based, so that −2 is neuron 1 negatively."""
    W = np.zeros((len(networks), len(networks[0]), m))
    for seed, network in enumerate(networks):
        for feature, neuron in enumerate(network):
            W[seed, feature, abs(neuron) - 1] = np.sign(neuron)
    return W


def test_several_networks():
    text = summary(run_of(placed([1, -1, 2, 3], [1, -1, 2, -2], m=8)))
    assert text[0] == (
        "2 networks with 4 features and 8 neurons (λ = 0.01) were solved by gradient flow. "
        "Both reached a certified end state."
    )
    # Signed balls: 8(1 − 2(15/16)⁴ + (14/16)⁴) = 0.330.
    # Garwood interval of 3 events in 2 networks: χ² quantiles 1.2373/2 and 17.5345/2, halved.
    assert text[1] == (
        "On average 1.5 neurons (95 % interval 0.31–4.4) represent two or more features. "
        "All 3 hold two features of opposite sign. n²/4m predicts 0.5, signed balls in bins 0.33 "
        "and random exclusion 0.4. No feature died."
    )
    assert "100% of the features ended on the neuron" in text[2]
    assert text[2].endswith(
        "Of 3 pairs of opposite sign that started strongest on the same neuron, 3 stayed there "
        "together. No two features of the same sign started strongest on the same neuron."
    )


def test_one_network_with_one_shared_neuron():
    text = " ".join(summary(run_of(placed([1, -1], m=1))))
    assert (
        "One network with 2 features and 1 neuron (λ = 0.01) was solved by gradient flow." in text
    )
    assert "It reached a certified end state." in text
    assert "One neuron represents two or more features" in text
    assert "It holds two features of opposite sign." in text
    assert "The only pair of opposite sign that started strongest" in text
    assert "n²/4m is meant for many more neurons than features." in text


def test_no_shared_neuron():
    text = summary(run_of(placed([1, 2], [2, 3], m=4)))[1]
    # Upper limit −ln(0.025)/2 = 1.84.
    assert text.startswith(
        "No neuron represents two or more features (95 % upper limit 1.8 per network)."
    )
    assert "hold" not in text


def test_both_signs():
    text = summary(run_of(placed([1, -1, 2, 2, 3, 3], m=8)))[1]
    assert "3 neurons represent two or more features" in text
    assert (
        "Of these 3 neurons in all, 1 holds two features of opposite sign and 2 hold features of "
        "the same sign." in text
    )


def test_all_of_the_same_sign():
    text = summary(run_of(placed([1, 1], [2, 2], m=4)))[1]
    assert "On average 1 neuron (95 % interval 0.12–3.6) represents two or more features." in text
    assert "Both hold features of the same sign." in text


def test_unconverged_and_failed_networks():
    end = placed([1, 2], [1, 2], [1, 2], m=4)
    end[1, 0] = [0.6, 0.7, 0.5, 0.4]
    end[2] = np.nan
    text = summary(run_of(end, outcomes=[Outcome.CONVERGED, Outcome.TIME_LIMIT, Outcome.DIVERGED]))[
        0
    ]
    assert (
        "1 of 3 reached a certified end state; 1 of 3 ended as “time_limit”; "
        "1 of 3 ended as “diverged”." in text
    )
    assert "1 of 3 had converged, so read the counts with care." in text


def test_nothing_to_count():
    text = summary(run_of(np.full((1, 2, 3), np.nan), outcomes=[Outcome.DIVERGED]))
    assert len(text) == 1
    assert "It ended as “diverged”." in text[0]
    assert text[0].endswith("No network ended with finite weights, so nothing could be counted.")


def test_dead_features():
    text = summary(run_of(placed([1, 0, 0], m=4)))[1]
    assert "2 of 3 features died" in text
    assert "No feature died" not in text


def test_without_a_usable_start_nothing_is_said_about_it():
    end = placed([1, 2], m=4)
    assert len(summary(run_of(end, start=np.full_like(end, np.nan)))) == 2


@pytest.mark.parametrize(
    ("networks", "words"),
    [([[1, 2]], "was trained. It did all its training steps."),
     ([[1, 2], [1, 2]], "were trained. Both did all their training steps.")],
)  # fmt: skip
def test_training(networks, words):
    run = run_of(placed(*networks, m=4), outcomes=["steps_done"] * len(networks), verb="train")
    assert words in summary(run)[0]
