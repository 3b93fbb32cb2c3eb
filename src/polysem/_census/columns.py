"""The columns of a census, one row per seed: order, type and meaning, said once."""

from __future__ import annotations

from collections.abc import Mapping

COLUMNS: Mapping[str, tuple[str, str]] = {
    "seed": ("int", "label of the seed"),
    "outcome": ("text", "how the run ended, as the run says; unknown for a bare matrix"),
    "converged": ("bool", "the state itself is an end state"),
    "polysemantic": ("int", "neurons that represent two or more features"),
    "opposite_sign": ("int", "polysemantic neurons with one positive and one negative feature"),
    "same_sign": ("int", "polysemantic neurons on which two or more features share a sign"),
    "monosemantic": ("int", "neurons that represent exactly one feature"),
    "dead_features": ("int", "features whose norm is below 0.1 of the scale"),
    "dead_neurons": ("int", "neurons that represent nothing, column norm below 0.1 of the scale"),
    "initial_argmax_won": ("float", "share of features represented by their initial argmax"),
    "collisions_start": ("int", "pairs of features with the same initial argmax"),
    "collisions_opposite": ("int", "of these, pairs of opposite sign"),
    "collisions_same": ("int", "of these, pairs of the same sign"),
    "both_stay": ("int", "collisions after which the neuron represents both features"),
    "larger_stays": ("int", "collisions after which it represents only the larger at the start"),
    "smaller_stays": ("int", "collisions after which it represents only the smaller at the start"),
    "neither_stays": ("int", "collisions after which it represents neither"),
    "polysemantic_relative_rule": ("int", "polysemantic neurons by |w| > half the feature's norm"),
    "polysemantic_authors_rule": ("int", "polysemantic neurons by 0.8 ≤ |w| ≤ 1.2"),
    "start_end_cosine": ("float", "mean cosine of start and end encoding, living features"),
    "start_end_dot": ("float", "mean start_i·end_i, all features"),
    "start_end_dot_others": ("float", "mean start_i·end_j over i ≠ j"),
    "l1_norm": ("float", "mean ℓ1 norm of the living features' encodings"),
    "m_prime": ("float", "mean number of nonzero weights per living feature"),
    "norm": ("float", "mean ℓ2 norm of the living features' encodings"),
    "fourth_norm": ("float", "mean Σ w⁴ of the living features' encodings"),
    "effective_neurons": ("float", "mean (ℓ1 norm / ℓ2 norm)² per living feature"),
    "relative_variance": ("float", "mean Var/mean² of the nonzero |w| per living feature"),
    "zero_share": ("float", "share of all weights that are exactly zero"),
    "max_overlap": ("float", "largest dot product of two different encodings, not below 0"),
    "unsettled_features": ("int", "features that still have a second weight to lose"),
    "countable": ("bool", "the end weights are finite; otherwise the counts are unknown"),
}
KINDS = {name: kind for name, (kind, _) in COLUMNS.items()}
