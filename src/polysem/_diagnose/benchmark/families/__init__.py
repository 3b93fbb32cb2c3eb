"""One small file per family; all of them in order."""

from __future__ import annotations

from polysem._diagnose.benchmark.families import (
    absolute,
    base,
    importance,
    k_hot,
    mates,
    no_penalty,
    noise,
    sparse_features,
    tied_bias,
    two_hidden_first,
    two_hidden_second,
    untied,
)

FAMILIES = tuple(
    module.FAMILY
    for module in (
        base,
        k_hot,
        sparse_features,
        importance,
        no_penalty,
        untied,
        absolute,
        mates,
        noise,
        two_hidden_first,
        two_hidden_second,
    )
)
"""What the calibration is made from."""
FRESH = (tied_bias.FAMILY,)
"""Never used for design or calibration: the test's alone."""
