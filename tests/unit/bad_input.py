"""What the walks through bad input share."""

import polysem

N = 60  # samples


def diagnosed(x, y, **more):
    return polysem.diagnose(activations=x, labels=y, draws=10, **more)


def one_sentence(error):
    said = str(error)
    assert "\n" not in said
    assert len(said) < 700
    return said
