"""What the live view is asked to run: typed text in, a specification or reasons out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, ValidationError

from polysem._config import Config
from polysem._errors import BadInput
from polysem._flow.spec import SimulateSpec
from polysem._run.inputs import initial_settings, network_settings
from polysem._run.train import FIRST_RECORDED_STEP
from polysem._train.catalogue import ELEMENTWISE

FLOW = "flow"
OPTIMISERS = {FLOW: "gradient flow (exact)", **{name: name for name in ELEMENTWISE}}
ACTIVATIONS = {
    "relu": "ReLU",
    "leaky": "leaky ReLU (slope 0.1)",
    "shifted": "shifted ReLU (by −0.1)",
    "identity": "identity (linear)",
    "abs": "absolute value",
    "squared_relu": "squared ReLU",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "softplus": "softplus",
    "silu": "SiLU",
    "gelu": "GELU",
}
SETTINGS_OF = {"leaky": {"leak": 0.1}, "shifted": {"shift": -0.1}}
NOISES = {
    "none": "none",
    "bipolar": "bipolar (±σ)",
    "gaussian": "Gaussian",
    "uniform": "uniform",
    "laplace": "Laplace",
}
MOST_WEIGHTS = 2**21  # n·m; a frame of 256 × 4,096 takes about 0.1 s

ALLOWED = {
    "n": "a whole number from 2 to 1,024",
    "m": "a whole number from 1 to 65,536",
    "l1": "a number from 0 to 10, such as 0.005",
    "activation": "one of the list",
    "optimiser": "one of the list",
    "lr": "a number above 0, at most 10, such as 0.001",
    "steps": "a whole number from 1 to 1,000,000",
    "noise": "one of the list",
    "noise_std": "a number above 0, at most 10, such as 0.1",
    "seed": "a whole number from 0 to 1,000,000,000",
}


class LiveSettings(Config):
    """One network and how it moves.

    `n` features, `m` neurons, `l1` = λ, `activation` of the output; `optimiser` — "flow" or a name
    in torch.optim with `lr` and `steps`; `noise` on the hidden layer, of standard deviation
    `noise_std`; `seed` of the start.
    """

    n: Annotated[int, Field(ge=2, le=1024)] = 64
    m: Annotated[int, Field(ge=1, le=65_536)] = 256
    l1: Annotated[float, Field(ge=0, le=10)] = 0.005
    activation: Literal[tuple(ACTIVATIONS)] = "relu"  # pyright: ignore[reportInvalidTypeForm]
    optimiser: Literal[tuple(OPTIMISERS)] = FLOW  # pyright: ignore[reportInvalidTypeForm]
    lr: Annotated[float, Field(gt=0, le=10)] = 0.001
    steps: Annotated[int, Field(ge=1, le=1_000_000)] = 7500
    noise: Literal[tuple(NOISES)] = "none"  # pyright: ignore[reportInvalidTypeForm]
    noise_std: Annotated[float, Field(gt=0, le=10)] = 0.1
    seed: Annotated[int, Field(ge=0, le=10**9)] = 0

    @property
    def flows(self) -> bool:
        """True for gradient flow, False for an optimiser."""
        return self.optimiser == FLOW

    @property
    def arguments(self) -> dict[str, Any]:
        """Arguments of `polysem.simulate` or `polysem.train` that make the same network."""
        said: dict[str, Any] = {"n": self.n, "m": self.m, "l1": self.l1, "seed": self.seed}
        if self.activation != "relu":
            said["activation"] = {"kind": self.activation, **SETTINGS_OF.get(self.activation, {})}
        if self.flows:
            return said
        said |= {"optimiser": self.optimiser, "lr": self.lr, "steps": self.steps, "device": "cpu"}
        if self.noise != "none":
            said["noise"] = {"kind": self.noise, "std": self.noise_std}
        return said

    @property
    def spec(self) -> Any:
        """The specification that `simulate` or `train` would make of `arguments`."""
        said = self.arguments
        network = network_settings(
            self.n, self.m, self.l1, initial_settings(None, None), activation=said.get("activation")
        )
        if self.flows:
            return SimulateSpec.build(network=network, seed=self.seed)
        from polysem._train.spec import TrainSpec

        how = {k: said[k] for k in ("optimiser", "lr", "steps", "device", "noise") if k in said}
        record = {"first": FIRST_RECORDED_STEP}
        return TrainSpec.build(network=network, seed=self.seed, train=how, record=record)

    @property
    def python(self) -> str:
        """The Python that makes the same network and counts it."""
        return f"import polysem\n\nrun = {self.call()}\nprint(run)"

    def call(self, **more: Any) -> str:
        """The call that makes the network, with more arguments."""
        verb = "simulate" if self.flows else "train"
        said = ", ".join(f"{name}={value!r}" for name, value in (self.arguments | more).items())
        return f"polysem.{verb}({said})"


class Reading(NamedTuple):
    """What was typed, understood: `settings`, or None with a sentence per field in `problems`."""

    settings: LiveSettings | None
    problems: dict[str, str]


def read(typed: Mapping[str, Any]) -> Reading:
    """Understand typed values; unknown names are left out, missing ones take their defaults."""
    known = {k: _tidy(v) for k, v in typed.items() if k in LiveSettings.model_fields}
    try:
        settings = LiveSettings.model_validate(known)
    except ValidationError as error:
        fields = dict.fromkeys(str(problem["loc"][0]) for problem in error.errors())
        return Reading(None, {f: _sentence(known.get(f, ""), ALLOWED[f]) for f in fields})
    problems = _together(settings)
    if not problems:
        try:
            _ = settings.spec
        except BadInput as error:
            problems = {"optimiser": str(error)}
    return Reading(None if problems else settings, problems)


def _tidy(value: Any) -> Any:
    """Text without surrounding space and without thousands' commas."""
    return value.strip().replace(",", "") if isinstance(value, str) else value


def _sentence(given: Any, allowed: str) -> str:
    shown = f"“{str(given)[:40]}” is not allowed" if str(given) else "Nothing is given"
    return f"{shown}: give {allowed}."


def _together(settings: LiveSettings) -> dict[str, str]:
    """Values that are each allowed and do not go together."""
    if settings.n * settings.m > MOST_WEIGHTS:
        most = MOST_WEIGHTS // settings.n
        return {
            "m": f"{settings.n:,} × {settings.m:,} weights are too many to watch: at n = "
            f"{settings.n:,} give at most {most:,} neurons, or use polysem.simulate."
        }
    if settings.flows and settings.noise != "none":
        return {
            "noise": "Gradient flow has no noise: choose an optimiser such as SGD, or noise none."
        }
    return {}
