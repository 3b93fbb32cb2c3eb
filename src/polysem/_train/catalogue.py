"""The optimisers of torch.optim by how they treat a stack of seeds. Names only, no torch.

An elementwise optimiser updates each weight from that weight's own gradients, so stacking seeds
couples nothing. Others mix the weights of a tensor and get one seed at a time.
"""

from __future__ import annotations

ELEMENTWISE = (
    "AdamW",
    "Adam",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adamax",
    "ASGD",
    "NAdam",
    "RAdam",
    "RMSprop",
    "Rprop",
)
ONE_SEED_AT_A_TIME = ("Adafactor", "Muon")
REFUSED = {
    "LBFGS": (
        "it evaluates the loss several times a step and needs a closure, which neither the "
        "count of steps nor fresh noise would survive; use AdamW, SGD or another first-order one"
    ),
    "SparseAdam": (
        "it takes sparse gradients, and the gradient of this network is dense; use Adam"
    ),
}
