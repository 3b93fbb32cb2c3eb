"""The adapters of loggers say to their packages what the packages understand.

The packages are not installed here; stand-ins note every call under the packages' own names.
"""

import sys
from types import ModuleType
from unittest.mock import MagicMock

import pytest

import polysem
from polysem._errors import RunFailed

GRID = {"base": {"n": 2, "m": 4, "l1": 0.1}, "seeds": 2}


@pytest.fixture
def stand_in(monkeypatch):
    """Put a stand-in for a module into place."""

    def put(name):
        module = MagicMock(spec=ModuleType(name), name=name)
        monkeypatch.setitem(sys.modules, name, module)
        return module

    return put


def test_weights_and_biases(stand_in, tmp_path):
    wandb = stand_in("wandb")
    wandb.init = MagicMock()
    polysem.sweep(GRID, tmp_path / "s", workers=0, log="wandb")
    assert wandb.init.call_args.kwargs["config"]["seeds"] == 2
    run = wandb.init.return_value
    rows = [call.args[0] for call in run.log.call_args_list]
    assert len(rows) == 2
    assert {"polysemantic", "steps", "n"} <= rows[0].keys()
    assert all(isinstance(value, float) for row in rows for value in row.values())
    assert run.summary.update.call_args.args[0]["seeds_done"] == 2
    run.finish.assert_called_once()


def test_mlflow(stand_in, tmp_path):
    mlflow = stand_in("mlflow")
    for name in ("start_run", "log_params", "log_metrics", "end_run"):
        setattr(mlflow, name, MagicMock())
    polysem.sweep(GRID, tmp_path / "s", workers=0, log=["mlflow"])
    mlflow.start_run.assert_called_once_with(run_name="s")
    assert mlflow.log_params.call_args.args[0]["cells"] == 1
    steps = [call.kwargs.get("step") for call in mlflow.log_metrics.call_args_list]
    assert steps == [1, 2, None]
    mlflow.end_run.assert_called_once()


def test_tensorboard(stand_in, tmp_path):
    board = stand_in("torch.utils.tensorboard")
    board.SummaryWriter = MagicMock()
    polysem.sweep(GRID, tmp_path / "s", workers=0, log="tensorboard")
    board.SummaryWriter.assert_called_once_with(str(tmp_path / "s" / "tensorboard"))
    writer = board.SummaryWriter.return_value
    scalars = [call.args for call in writer.add_scalar.call_args_list]
    assert {(name, step) for name, _, step in scalars} >= {("polysemantic", 1), ("n", 2)}
    writer.close.assert_called_once()


def test_none_is_imported_unless_asked_for(tmp_path):
    polysem.sweep(GRID, tmp_path / "s", workers=0)
    assert not {"wandb", "mlflow", "torch.utils.tensorboard"} & set(sys.modules)


class Failing:
    """A logger whose server goes away at some point."""

    def __init__(self, *events):
        self.events, self.heard = events, []

    def hear(self, event):
        self.heard.append(event)
        if event in self.events:
            raise ConnectionError("no\nserver")

    def on_start(self, facts):
        self.hear("start")

    def on_row(self, row):
        self.hear("row")

    def on_end(self, summary):
        self.hear("end")


def test_a_logger_that_fails_costs_a_remark_and_hears_no_more(tmp_path, capsys):
    failing, other = Failing("row"), Failing()
    assert len(polysem.sweep(GRID, tmp_path / "s", workers=0, log=[failing, other])) == 2
    assert failing.heard == ["start", "row"]
    assert other.heard == ["start", "row", "row", "end"]
    (said,) = capsys.readouterr().err.splitlines()
    assert said == "The logger Failing failed and is told no more: ConnectionError('no\\nserver')."


def test_a_logger_that_cannot_begin_stops_the_sweep_in_a_sentence(stand_in, tmp_path):
    stand_in("wandb").init = MagicMock(side_effect=PermissionError("log in"))
    with pytest.raises(RunFailed, match=r"The logger wandb cannot begin .*log in.* Nothing was"):
        polysem.sweep(GRID, tmp_path / "s", workers=0, log="wandb")
    assert len(polysem.load(tmp_path / "s")) == 0
