"""Settings of a diagnosis, checked once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from polysem._config import Config


class DiagnoseOptions(Config):
    """How to measure.

    `threshold` — AUROC from which a neuron is selective. `draws`, `seed` — of the nulls. Origin:
    `horizon` — Adam steps of retraining (the verdict holds at this horizon), `retraining_seeds`,
    `moves` — static moves retrained per neuron, `recordings` — test neurons that are polysemantic
    by recordings alone as well, where labels say which features are on, `together` — measure φ as
    well, `init_caused` — train again from changed starts (Polysem's own runs only). A user's model:
    `encoder`, `decoder` — the linear layers around the site, found if not given; `features` — whose
    units are the features, the decoder's outputs if not given, without data whichever are the
    model's own; `exact` — the data are all the inputs there are. Files: `key` (weights
    or activations), `outgoing_key`, `bias_key`, `outgoing_bias_key`, `labels_key` — tensors of a
    safetensors file or checkpoint; `transpose` — rows of the weights are neurons. `network` —
    which of a run, or of weights (networks, features, neurons).
    """

    threshold: Annotated[float, Field(gt=0.5, le=1)] = 0.65
    draws: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    horizon: Annotated[int, Field(ge=1, le=100_000)] = 200
    retraining_seeds: Annotated[int, Field(ge=2, le=100)] = 2
    moves: Annotated[int, Field(ge=1, le=32)] = 4
    recordings: bool = True
    together: bool = True
    init_caused: bool = False
    encoder: str | None = None
    decoder: str | None = None
    features: Literal["inputs", "outputs", "both"] | None = None
    exact: bool = False
    key: str | None = None
    outgoing_key: str | None = None
    bias_key: str | None = None
    outgoing_bias_key: str | None = None
    labels_key: str | None = None
    transpose: bool = False
    network: Annotated[int, Field(ge=0)] = 0

    @property
    def seeds(self) -> tuple[int, ...]:
        """Retraining seeds."""
        return tuple(range(self.seed, self.seed + self.retraining_seeds))
