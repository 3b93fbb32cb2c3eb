"""Deliberate breakages: each must turn the test beside it red, or that test sleeps."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import polysem

SOURCE = Path(polysem.__file__).parent
TESTS = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Mutant:
    """In `file`, `old` becomes `new`; the test `red` must fail."""

    file: str
    old: str
    new: str
    red: str


MUTANTS = [
    Mutant(
        "_network/tied.py",
        "return 4 * ((identity_like(G) - positive_part(G)) @ W)",
        "return ((identity_like(G) - positive_part(G)) @ W)",
        "unit/test_network_tied.py::test_gradient_equals_autograd_also_where_weights_are_zero",
    ),
    Mutant(
        "_network/tied.py",
        "overlap = positive_part(G) * (1 - identity_like(G))",
        "overlap = G * (1 - identity_like(G))",
        "unit/test_network_tied.py::test_forces_on_one_pair_by_hand",
    ),
    Mutant(
        "_network/tied.py",
        "excess = positive_part(xp.abs(force) - l1)",
        "excess = 0 * force",
        "unit/test_network_tied.py::test_one_sided_derivatives_at_a_zero_weight_are_the_subdifferential",
    ),
    Mutant(
        "_flow/reference.py",
        "np.maximum(np.abs(moved) - lost, 0)",
        "np.maximum(np.abs(moved) - 2 * lost, 0)",
        "oracle/test_flow_reference.py::test_many_weights_follow_an_ode_solver_while_none_crosses_zero",
    ),
    Mutant(
        "_flow/reference.py",
        "moved = W + dt * problem.smooth_force(W)",
        "moved = np.where(W == 0, 0, W + dt * problem.smooth_force(W))",
        "oracle/test_flow_reference.py::test_a_weight_comes_back_from_zero",
    ),
    Mutant(
        "_flow/limit.py",
        "upper = 2 / np.sqrt(3) * np.cos(angle)",
        "upper = np.cos(0 * angle)",
        "oracle/test_flow_reference.py::test_a_certified_end_is_the_root_of_the_force",
    ),
    Mutant(
        "_network/problem.py",
        'self.constant("cost_below", G) * namespace(G).clip(z, max=0)',
        '2 * self.constant("cost_below", G) * namespace(G).clip(z, max=0)',
        "unit/test_network_problem.py::test_loss_and_gradient_equal_the_loss_written_out_and_autograd",
    ),
    Mutant(
        "_network/penalty.py",
        "return base * self.power * self._size(rows) ** (self.power - 1)",
        "return base * self._size(rows) ** (self.power - 1)",
        "unit/test_network_problem.py::test_velocity_follows_the_loss_downhill_from_zero_weights",
    ),
    Mutant(
        "_flow/engine/eager.py",
        "first, then = np.where(up, above, below), np.where(up, below, above)",
        "first, then = np.where(up, above, below), np.where(up, above, below)",
        "unit/test_flow_engine_general.py::test_mean_multipliers_follow_the_equation_they_solve",
    ),
    Mutant(
        "_flow/engine/compiled.py",
        "out[j] = -mean if v > zero else zero",
        "out[j] = -mean / 2 if v > zero else zero",
        "oracle/test_flow_engine_reference.py::test_end_weights_are_the_reference_ones",
    ),
    Mutant(
        "_flow/engine/pieces.py",
        "leak**2 * gain",
        "leak * gain",
        "oracle/test_flow_engine_family.py::test_the_engine_ends_where_the_reference_ends[leaky-10-20]",
    ),
    Mutant(
        "_flow/engine/strengths.py",
        "return self._base * power * np.maximum(norms, 0) ** (power - 1)",
        "return self._base * power * np.maximum(norms, 0) ** power",
        "oracle/test_flow_engine_family.py::test_the_engine_ends_where_the_reference_ends[squared-10-20]",
    ),
    Mutant(
        "_flow/limit.py",
        "np.add.at(force, pairs[0], answer * w[pairs[1]])",
        "np.add.at(force, pairs[0], 0 * answer * w[pairs[1]])",
        "oracle/test_flow_engine_family.py::test_a_shared_neuron_comes_to_rest_where_its_forces_balance",
    ),
    Mutant(
        "_flow/recorder.py",
        "self._kept[name].append(W.copy())",
        "self._kept[name].append(W)",
        "unit/test_flow_recorder.py::test_statistics_are_those_of_the_snapshots",
    ),
    Mutant(
        "_storage/files.py",
        "        os.replace(temporary, path)",
        "        os.replace(temporary, path)\n    except OSError:\n        temporary.replace(path)",
        "unit/test_storage_files.py::test_a_failed_write_leaves_the_old_file_and_no_litter",
    ),
]


def run(red: str, package: Path) -> subprocess.CompletedProcess[str]:
    """Run one test with the package at `package` in front of the installed one."""
    environment = {**os.environ, "PYTHONPATH": str(package), "NUMBA_CACHE_DIR": str(package)}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(TESTS / red)],
        cwd=TESTS.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def copied(folder: Path) -> Path:
    """A copy of the package that may be broken."""
    shutil.copytree(SOURCE, folder / "polysem", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: f"{Path(m.file).stem}: {m.new[:30]}")
def test_the_mutant_turns_its_test_red(mutant, tmp_path):
    package = copied(tmp_path)
    path = package / "polysem" / mutant.file
    source = path.read_text()
    assert source.count(mutant.old) == 1, "the mutant no longer fits the source: update it"
    path.write_text(source.replace(mutant.old, mutant.new))
    done = run(mutant.red, package)
    assert done.returncode == 1, done.stdout


def test_the_unbroken_copy_is_green(tmp_path):
    """So that red means the mutant, not the copying."""
    done = run("unit/test_storage_files.py", copied(tmp_path))
    assert done.returncode == 0, done.stdout
