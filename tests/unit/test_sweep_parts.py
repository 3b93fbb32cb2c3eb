"""Parts: whole or known to be broken; joined without ever missing; readable by others."""

import json
import os

import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import polysem
from polysem._errors import BadInput
from polysem._sweep import sealed
from polysem._sweep.compact import compact, compact_where_it_pays, drop_doubles
from polysem._sweep.engine import StorageLost
from polysem._sweep.sealed import Damaged, read_sealed, write_sealed
from polysem._sweep.store import PARTS, Store

TABLE = pa.table({"cell": ["a", "b"], "seed": [0, 1], "x": [0.5, None]})
GRID = {
    "base": {"l1": 0.1},
    "axes": {"n": [2, 3], "m": {"linear": ["n", "n+4", 3]}},
    "seeds": 2,
}


@pytest.fixture
def swept(tmp_path):
    folder = tmp_path / "s"
    return polysem.sweep(GRID, folder, workers=0)


def test_what_was_written_is_read_back_also_by_others(tmp_path):
    path = tmp_path / "a.parquet"
    write_sealed(path, TABLE)
    assert read_sealed(path).equals(TABLE)
    assert pq.read_table(path).equals(TABLE)
    assert [p.name for p in tmp_path.iterdir()] == ["a.parquet"]


def test_every_flipped_byte_and_every_truncation_is_noticed(tmp_path):
    path = tmp_path / "a.parquet"
    write_sealed(path, TABLE)
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        with pytest.raises(Damaged):
            read_sealed(path)
        path.write_bytes(whole[:at])
        with pytest.raises(Damaged):
            read_sealed(path)


def test_a_part_of_a_newer_schema_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sealed, "SCHEMA", 99)
    write_sealed(tmp_path / "a.parquet", TABLE)
    monkeypatch.undo()
    with pytest.raises(BadInput, match=r"newer Polysem \(schema 99"):
        read_sealed(tmp_path / "a.parquet")


def test_a_folder_that_is_gone_is_storage_lost(tmp_path):
    with pytest.raises(StorageLost, match="no such file"):
        write_sealed(tmp_path / "gone" / "a.parquet", TABLE)


def test_the_table_is_tidy_and_sorted_by_the_axes(swept):
    rows = swept.table.to_pylist()
    assert [(r["n"], r["m"], r["seed"]) for r in rows] == [
        (n, n + d, s) for n in (2, 3) for d in (0, 2, 4) for s in (0, 1)
    ]
    one = rows[-1]
    run = polysem.simulate(3, 7, 0.1, seeds=1, seed=1, record=(), workers=1)
    for name, value in run.rows[0].items():
        if name not in ("wall_seconds", "remedy"):
            assert one[name] == value, name
    assert one["expected_paper"] == pytest.approx(9 / 28)
    assert one["flow_method"] == "auto"
    assert one["polysem"] == polysem.__version__
    assert json.loads(one["libraries"])["numpy"]
    assert one["threads"] == 1
    assert one["device"] == "cpu"
    assert one["block_seconds"] > 0


def test_pandas_reads_all_parts_without_polysem(swept):
    frame = pandas.read_parquet(swept.folder / "parts")
    assert len(frame) == len(swept) == 12
    assert set(frame["outcome"]) == {"converged"}
    assert swept.to_pandas()["polysemantic"].tolist() == swept.table["polysemantic"].to_pylist()


def test_joining_parts_keeps_every_row_and_is_seen_by_the_next_sweep(swept):
    store = Store(swept.folder)
    compact(store, PARTS, store.listing(PARTS))
    assert len(store.listing(PARTS)) == 1
    assert polysem.load(swept.folder).table.equals(swept.table)
    again = polysem.sweep(GRID, swept.folder, workers=0, engine=Refusing())
    assert again.table.equals(swept.table)


class Refusing:
    """An engine that must not be asked for anything."""

    def run(self, tasks, work):
        for task in tasks:
            raise AssertionError(task)
        yield from ()


def test_a_kill_while_joining_leaves_rows_twice_and_nobody_sees_it(swept):
    store = Store(swept.folder)
    names = store.listing(PARTS)
    kept = {name: store.path(PARTS, name).read_bytes() for name in names}
    compact(store, PARTS, names)
    for name in names[:3]:
        store.path(PARTS, name).write_bytes(kept[name])
    assert polysem.load(swept.folder).table.equals(swept.table)
    drop_doubles(store, PARTS)
    assert len(store.listing(PARTS)) == 1
    assert polysem.load(swept.folder).table.equals(swept.table)


def test_joining_leaves_a_broken_part_where_it_is(swept):
    store = Store(swept.folder)
    names = store.listing(PARTS)
    path = store.path(PARTS, names[2])
    path.write_bytes(path.read_bytes()[:-9])
    assert compact(store, PARTS, names) == [names[2]]
    assert path.exists()
    with pytest.warns(UserWarning, match=names[2]):
        assert len(polysem.load(swept.folder)) == 10


def test_joining_happens_when_it_pays(swept):
    store = Store(swept.folder)
    compact_where_it_pays(store, least=7)
    assert len(store.listing(PARTS)) == 6
    compact_where_it_pays(store, least=6)
    assert len(store.listing(PARTS)) == 1


def test_a_part_that_disappears_while_we_read_is_looked_for_again(swept, monkeypatch):
    store = Store(swept.folder)
    names = store.listing(PARTS)
    read = sealed.read_sealed

    def joined_meanwhile(path):
        if path.stem == names[0] and path.exists():
            compact(store, PARTS, names)
        return read(path)

    monkeypatch.setattr("polysem._sweep.results.read_sealed", joined_meanwhile)
    assert polysem.load(swept.folder).table.equals(swept.table)
    assert len(store.listing(PARTS)) == 1


def test_a_newer_folder_is_refused_and_not_touched(swept):
    path = swept.folder / "spec.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 2}))
    before = {p: p.stat().st_mtime_ns for p in swept.folder.rglob("*")}
    for act in (
        lambda: polysem.load(swept.folder),
        lambda: polysem.sweep(GRID | {"seeds": 3}, swept.folder, workers=0),
        lambda: polysem.sweep(GRID, swept.folder, dry_run=True),
    ):
        with pytest.raises(BadInput, match="newer Polysem"):
            act()
    assert {p: p.stat().st_mtime_ns for p in swept.folder.rglob("*")} == before


def test_weights_only_if_asked_for_also_afterwards(swept):
    assert Store(swept.folder).listing("weights") == []
    cell = swept.table["cell"][0].as_py()
    with pytest.raises(BadInput, match="weights=True"):
        swept.weights(cell)
    again = polysem.sweep(GRID, swept.folder, workers=0, weights=True)
    assert again.without_timings().equals(swept.without_timings())
    run = polysem.simulate(2, 2, 0.1, seeds=2, record=(), workers=1)
    assert (again.weights(cell)[1]["end"] == run.end[1]).all()


def test_trajectories_in_parts_of_their_own(tmp_path):
    base = {"n": 2, "m": 4, "l1": 0.1, "record": {"what": ["loss", "l1_norm"]}}
    swept = polysem.sweep({"base": base, "seeds": 2}, tmp_path / "s", workers=0)
    found = swept.trajectories.to_pandas()
    assert set(found["seed"]) == {0, 1}
    assert found.groupby("seed")["loss"].last().max() < 0.1
    (path,) = (tmp_path / "s" / "trajectories").glob("*.parquet")
    path.write_bytes(path.read_bytes()[:-5])
    again = polysem.sweep({"base": base, "seeds": 2}, tmp_path / "s", workers=0)
    assert again.trajectories.equals(swept.trajectories)
    assert len(os.listdir(tmp_path / "s" / "damaged")) == 1


def test_parts_from_before_a_field_existed_say_its_default(swept):
    """Also after they are joined with new ones; the order of the columns stays."""
    store = Store(swept.folder)
    names = store.listing(PARTS)
    older = ["initial_scale", "flow_accuracy", "penalty_power", "start_end_dot"]
    for name in names[::2]:
        table = read_sealed(store.path(PARTS, name))
        write_sealed(store.path(PARTS, name), table.drop_columns(older))
    for _ in ("loose", "joined"):
        found = polysem.load(swept.folder).table
        assert found.column_names == swept.table.column_names
        for name in older[:3]:
            assert found[name].to_pylist() == swept.table[name].to_pylist()
        assert found["start_end_dot"].null_count == 6
        compact(store, PARTS, store.listing(PARTS))


def test_polars_is_asked_for_in_one_sentence(swept, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "polars", None)
    with pytest.raises(BadInput, match="pip install polars"):
        swept.to_polars()
