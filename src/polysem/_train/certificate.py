"""The certificate of a trained state, where one is defined."""

from __future__ import annotations

import numpy as np

from polysem._flow.certificate import Certificate
from polysem._flow.verdict import closing_certificate
from polysem._network import Problem
from polysem._types import Weights


def certificate_of(W: Weights, problem: Problem) -> Certificate:
    """That of the flow of the same loss; NaNs, which never hold, where no flow is defined."""
    if problem.outside_flow(len(W)):
        return Certificate(
            int(np.count_nonzero(W, axis=-1).max(initial=0)), np.nan, np.nan, np.nan, problem.l1
        )
    return closing_certificate(W, problem)
