"""Every spelling in docs/axes.md works, by the method that the table names."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import polysem
from polysem._cli import run as command
from polysem._errors import BadInput
from polysem._flow.options import FlowOptions
from polysem._flow.recorder import RecordOptions, TrajectoryRecorder
from polysem._flow.reference import euler_step, solve_reference
from polysem._network.entries import Log, SmoothL1
from polysem._network.penalty import Penalty
from polysem._network.problem import Problem

DOCS = Path(__file__).parents[2] / "docs" / "axes.md"
ROWS = [
    (cells[2].strip().strip("`"), cells[5].strip().strip("`"), cells[4].strip())
    for cells in (re.split(r"(?<!\\)\|", line) for line in DOCS.read_text().splitlines())
    if len(cells) == 7 and cells[2].strip().startswith("`")
]
SIZES = ["--n", "6", "--m", "8", "--l1", "0.1", "--json", "--quiet", "--record", "none"]


def words(text):
    """Split as a shell would with the value of each option quoted."""
    return [word for pair in re.findall(r"(--\S+) (\S+)", text) for word in pair]


def run(capsys, *arguments):
    code = command([*arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_table_is_read():
    assert len(ROWS) > 45
    assert {by for _, _, by in ROWS} >= {"engine", "reference", "train"}


def test_the_files_are_there():
    source = Path(polysem.__file__).parent
    for _, file, _ in ROWS:
        assert not file or (source / file).is_file()


@pytest.mark.parametrize(("text", "by"), [(text, by) for text, _, by in ROWS])
def test_train_takes_it(text, by, capsys):
    code, out, err = run(capsys, "train", *SIZES, "--steps", "2", *words(text))
    assert code == 0, err
    assert json.loads(out)["seeds"][0]["outcome"] == "steps_done"


@pytest.mark.parametrize(("text", "by"), [(text, by) for text, _, by in ROWS])
def test_simulate_takes_it_by_that_method_or_refuses(text, by, capsys):
    if any(option in text for option in ("--weight", "--batch")):
        return  # options that simulate does not have
    code, out, err = run(capsys, "simulate", *SIZES, "--max-steps", "3", *words(text))
    if by == "train":
        assert code == 2
        assert "use train" in err or "use polysem.train" in err
    else:
        assert code == 0, err
        assert json.loads(out)["seeds"][0]["method"].startswith(by.split()[0])


def test_python_takes_the_same():
    found = polysem.train(
        4,
        6,
        0.05,
        steps=3,
        penalty={"entry_power": 1.5},
        data={"kind": "k_hot", "probability": 0.2},
        hidden={"kind": "top_k", "k": 2},
        initial={"kind": "planted", "malign": 1},
        noise={"kind": "three_point", "excess": 1, "std": 0.1},
        activation={"kind": "gelu"},
        batch=5,
    )
    assert found.solves[0]["method"] == "AdamW/closed"
    assert found.census.total("same_sign") is not None
    assert str(found.spec.network.hidden.kind) == "top_k"


def test_two_ways_to_say_the_start_are_refused():
    with pytest.raises(BadInput, match="initial and scale"):
        polysem.train(4, 6, scale=2.0, initial={"kind": "xavier"}, steps=1)
    with pytest.raises(BadInput, match="start and initial"):
        polysem.simulate(start=np.ones((4, 6)), initial={"kind": "xavier"})


def new_on_the_page(name):
    """An instance of the class of that name in docs/axes.md."""
    found = re.findall(r"```python\n(.*?)```", DOCS.read_text(), flags=re.S)
    (code,) = (code for code in found if f"class {name}(" in code)
    assert len(code.splitlines()) < 30
    names: dict = {}
    exec(code, names)
    return names[name]()


def test_the_new_activation_of_the_page_is_right():
    law = new_on_the_page("Softsign")
    z = torch.linspace(-2, 2, 9, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(torch.nn.functional.softsign(z).sum(), z)
    torch.testing.assert_close(law.slope(z.detach()), slope)
    torch.testing.assert_close(law.value(z), torch.nn.functional.softsign(z))
    np.testing.assert_allclose(law.value(z.detach().numpy()), law.value(z.detach()).numpy())


@pytest.mark.parametrize("law", [Log(scale=0.3), SmoothL1(), new_on_the_page("Saturating")])
def test_a_penalty_of_single_weights_is_all_that_loss_gradient_and_stepper_need(law):
    rng = np.random.default_rng(5)
    problem = Problem(0.7, Penalty.model_construct(entry=law))
    W = torch.tensor(rng.normal(0, 0.4, (4, 5)), requires_grad=True)
    written = ((torch.relu(W @ W.T) - torch.eye(4)) ** 2).sum() + 0.7 * law.value(W.abs()).sum()
    (expected,) = torch.autograd.grad(written, W)
    torch.testing.assert_close(problem.loss(W.detach()), written.detach())
    torch.testing.assert_close(problem.gradient(W.detach()), expected)
    V = W.detach().numpy()
    step = (euler_step(V, problem, 1e-7) - V) / 1e-7
    np.testing.assert_allclose(step, -expected.numpy(), atol=1e-5)
    options = FlowOptions(dtype="float64", method="reference", dt=5e-3, t_max=150)
    recorder = TrajectoryRecorder(RecordOptions(what=()), problem)
    end = solve_reference(V, problem, options, recorder).end
    assert np.abs(problem.velocity(end)).max() < 1e-4
    assert (end == 0).any() == (law.at_zero > 0)


@pytest.mark.parametrize("module", ["data", "initial", "noise", "hidden", "architecture", "spec"])
def test_the_laws_load_without_torch(module):
    code = f"import sys, polysem._network.{module}; sys.exit(int('torch' in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_a_report_names_every_axis_that_differs():
    from polysem._report.words import summary

    axes = {
        "data": {"kind": "partners", "probability": 0.3},
        "hidden": {"kind": "cubic"},
        "architecture": {"kind": "untied", "layers": 2},
    }
    text = summary(polysem.train(4, 6, 0.05, steps=2, **axes))[0]
    for words_of_axis in (
        "data: partners, probability = 0.3",
        "hidden: cubic",
        "untied, layers = 2",
    ):
        assert words_of_axis in text
