"""What theory predicts, each with its equation, source and domain; and comparison with counts."""

from polysem._intervals import garwood
from polysem._theory.answer import CollisionAnswer, expected_collisions
from polysem._theory.balls import balls_distribution, balls_interval, balls_variance
from polysem._theory.compare import CountComparison, compare_counts, dispersion_test
from polysem._theory.convergence import manifold_time, one_sparse_time
from polysem._theory.counts import (
    balls_count,
    exclusion_count,
    features_without_slot,
    opposite_pairs,
    paper_count,
    polysemantic_ceiling,
    polysemantic_floor,
    signed_slots,
)
from polysem._theory.death import (
    death_probability,
    death_threshold,
    median_sure_death_threshold,
    sure_death_probability,
    sure_death_threshold,
    sure_survival_threshold,
    typical_death_threshold,
)
from polysem._theory.exclusion import (
    exclusion_distribution,
    exclusion_interval,
    exclusion_variance,
)
from polysem._theory.intervals import Interval, bootstrap_interval
from polysem._theory.manifold import FATAL_PULL, lower_root, surviving_weight, upper_root
from polysem._theory.power_law import PowerLawFit, fit_power_law
from polysem._theory.predict import predict
from polysem._theory.prediction import Prediction, Predictions
from polysem._theory.quantiles import poisson_interval
from polysem._theory.speed import (
    Sparsification,
    constant_rv,
    half_time,
    self_similar,
    sparsification,
    textbook,
)
from polysem._theory.start import (
    occupancy_at_start,
    occupancy_by_exclusion,
    pair_interval,
    pair_variance,
    start_collisions,
)
from polysem._theory.tail import ConvergenceTimes, convergence_times

__all__ = [
    "FATAL_PULL",
    "CollisionAnswer",
    "ConvergenceTimes",
    "CountComparison",
    "Interval",
    "PowerLawFit",
    "Prediction",
    "Predictions",
    "Sparsification",
    "balls_count",
    "balls_distribution",
    "balls_interval",
    "balls_variance",
    "bootstrap_interval",
    "compare_counts",
    "constant_rv",
    "convergence_times",
    "death_probability",
    "death_threshold",
    "dispersion_test",
    "exclusion_count",
    "exclusion_distribution",
    "exclusion_interval",
    "exclusion_variance",
    "expected_collisions",
    "features_without_slot",
    "fit_power_law",
    "garwood",
    "half_time",
    "lower_root",
    "manifold_time",
    "median_sure_death_threshold",
    "occupancy_at_start",
    "occupancy_by_exclusion",
    "one_sparse_time",
    "opposite_pairs",
    "pair_interval",
    "pair_variance",
    "paper_count",
    "poisson_interval",
    "polysemantic_ceiling",
    "polysemantic_floor",
    "predict",
    "self_similar",
    "signed_slots",
    "sparsification",
    "start_collisions",
    "sure_death_probability",
    "sure_death_threshold",
    "sure_survival_threshold",
    "surviving_weight",
    "textbook",
    "typical_death_threshold",
    "upper_root",
]
