"""The benchmark of graphics processors, tried on the CPU at a small size."""

import json

import pytest
from benchmarks import gpu


def test_without_a_graphics_processor_it_says_so_in_one_sentence(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(gpu, "found_device", lambda: None)
    gpu.main(["--results", str(tmp_path)])
    said = capsys.readouterr().out
    assert said.startswith("No graphics processor is at hand")
    assert said.count(".") == 1
    assert list(tmp_path.iterdir()) == []


def test_it_counts_and_compares(monkeypatch):
    group = gpu.Group.parse("8x32x0.1x3")
    assert (group.case.n, group.case.l1, group.seeds) == (8, 0.1, 3)
    found = gpu.measure(group, "cpu", "fast")
    assert found["outcomes"] == ["converged"]
    assert found["winners_differing_per_seed"] == [0, 0]
    assert found["largest_weight_difference"] < 1e-5
    assert found["rhs_per_second"] == pytest.approx(found["rhs"] / found["seconds"])
    assert found["seconds"] > found["step_seconds_after_midway"] > 0
    assert 50 * 3 < found["rhs"] < 300 * 3
    json.dumps(found)


def test_the_device_is_described():
    about = gpu.description("cpu")
    assert about["device"] == "cpu"
    assert 1e8 < about["float32_product_flops_per_second"] < 1e15
