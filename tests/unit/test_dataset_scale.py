"""Sets of millions of rows: memory per row, slices and windows, chunks that end together."""

from __future__ import annotations

import gc
import json
import tracemalloc
import weakref
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fctune.conversations.hashes import RowHashes
from fctune.dataset import columns as columns_module
from fctune.dataset import deliver, near, row_bytes, slices, trail
from fctune.dataset import groups as groups_module
from fctune.dataset import leakage as leakage_module
from fctune.dataset import spool as spool_module
from fctune.dataset.build import BuildOptions, build
from fctune.dataset.chunks import MAX_CHUNK_BYTES, MIN_CHUNK_BYTES, chunk_bytes, chunks_of
from fctune.dataset.columns import Columns, Shape, rows_of
from fctune.dataset.contradictions import contradictions
from fctune.dataset.estimates import estimate
from fctune.dataset.frames import frames
from fctune.dataset.groups import groups, keys, sides
from fctune.dataset.layout import SIGNATURES
from fctune.dataset.mixing import mix_rows
from fctune.dataset.near import clusters
from fctune.dataset.near_signature import NUMBERS, WIDTH, Said
from fctune.dataset.record import Record
from fctune.dataset.segment import SegmentWriter
from fctune.dataset.settle import first_of_each
from fctune.dataset.split import Shares
from fctune.dataset.spool import Spool
from fctune.dataset.tool_index import index_tools
from fctune.jsonl import without_collector
from tests.unit import made_columns as made_module
from tests.unit.conftest import call_row
from tests.unit.made_columns import Lists, Ragged

HASHES = st.lists(st.sampled_from([0, 1, 2, 2**62, 2**63 - 1, 2**63, 2**63 + 5, 2**64 - 1]))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut everything into pieces of a few rows."""
    _cut(monkeypatch.setattr)


def _cut(change: Callable[..., None]) -> None:
    change(slices, "SLICE_HASHES", 3)
    for module in (columns_module, slices, groups_module, made_module):
        change(module, "WINDOW_ROWS", 4)
    change(spool_module, "WINDOW_ROWS", 5)
    for module in (row_bytes, deliver, trail):
        change(module, "HEADS_AT_ONCE", 3)
    change(trail, "_LINES_AT_ONCE", 2)
    change(trail, "_COMPILED_AT_ONCE", 2)


@pytest.mark.usefixtures("small")
def test_slices_hold_equal_hashes_together_and_ascend() -> None:
    @given(HASHES, st.randoms(use_true_random=False))
    def each(hashes: list[int], chance: Any) -> None:
        array = np.array(hashes, dtype=np.uint64)
        chosen = np.array([chance.random() < 0.7 for _ in hashes], dtype=np.bool_)
        parts = [rows.tolist() for rows in slices.sliced(array, chosen)]
        assert sorted(row for part in parts for row in part) == np.flatnonzero(chosen).tolist()
        own = [[hashes[row] for row in part] for part in parts if part]
        assert all(max(left) < min(right) for left, right in pairwise(own))
        rows, lengths = slices.repeated(array, chosen)
        kept = [hash_ for hash_, is_ in zip(hashes, chosen, strict=True) if is_]
        twice = {one for one in kept if kept.count(one) > 1}
        wanted = sorted(
            (hash_, row) for row, hash_ in enumerate(hashes) if chosen[row] and hash_ in twice
        )
        assert rows.tolist() == [row for _, row in wanted]
        assert lengths.tolist() == [kept.count(one) for one in sorted(twice)]
        stable = np.argsort(array, kind="stable")
        assert slices.ascending(array).tolist() == stable.tolist()

    each()


@pytest.mark.usefixtures("small")
def test_hashes_of_rows_come_with_their_rows() -> None:
    lists = [[2**63, 1], [], [5], [2**64 - 1, 1, 7], [9], [], [2**62]]
    starts = np.cumsum([0, *map(len, lists)]).astype(np.int64)
    values = np.array([one for own in lists for one in own], dtype=np.uint64)
    chosen = np.array([True, True, False, True, True, True, True])
    found = [
        (value, row)
        for part, rows in slices.sliced_lists(Ragged(values, starts), chosen)
        for value, row in zip(part.tolist(), rows.tolist(), strict=True)
    ]
    wanted = [(one, row) for row, own in enumerate(lists) for one in own if chosen[row]]
    assert sorted(found) == sorted(wanted)


def glaive(folder: Path) -> Path:
    """Write rows with marks, several tool lists, duplicates and faults."""
    root = Path(__file__).resolve().parents[2] / "data" / "raw" / "glaive"
    rows = [row for file in sorted(root.glob("*.json")) for row in json.loads(file.read_text())]
    path = folder / "a.jsonl"
    lines = [json.dumps(row) for row in [*rows[:120], *rows[:9]]] + ["{", ""]
    path.write_text("\n".join([*lines, *(json.dumps(call_row(f"City{n}")) for n in range(20))]))
    return path


def test_pieces_of_any_size_give_the_same_dataset(tmp_path: Path) -> None:
    other = tmp_path / "b.jsonl"
    other.write_text("\n".join(json.dumps(call_row(f"Town{n}")) for n in range(20)))
    options = BuildOptions("shop", tmp_path / "data", (glaive(tmp_path), other))

    def files() -> dict[str, bytes]:
        with build(options) as made:
            found = {path.name: path.read_bytes() for path in made.staged.glob("*.jsonl")}
            return found | {"manifest": json.dumps(made.manifest.as_dict()).encode()}

    whole = files()
    assert b'"marks":' in whole["shop.rows.jsonl"]
    assert whole["shop.rows.jsonl"].count(b"\n") > 100
    with pytest.MonkeyPatch.context() as patch:
        _cut(patch.setattr)
        patch.setattr(row_bytes, "_MOST_OPEN", 1)  # fewer than there are segments
        assert files() == whole


def made_columns(count: int) -> Columns:
    """Return columns like those of ordinary rows: two wordings a row, nearly all different."""
    chance = np.random.default_rng(7)

    def hashes(number: int) -> Any:
        found = chance.integers(1, 2**64, number, dtype=np.uint64)
        found[::50] = found[0]
        return found

    number = np.arange(count)
    calls = number % 2
    one = np.ones(count, dtype=np.uint16)
    return Columns(
        source=one * 0, line=number.astype(np.uint32), ordinal=number.astype(np.uint32),
        part=one * 0, id=hashes(count), tokens=one.astype(np.uint32), size=one.astype(np.uint32),
        shape=calls.astype(np.uint32), prompt=hashes(count), answer=hashes(count),
        frame=hashes(count),
        wordings=Ragged(chance.integers(0, 2**64, 2 * count, dtype=np.uint64),
                        np.arange(count + 1) * 2),
        values=Ragged(hashes(int(calls.sum())), np.concatenate(([0], np.cumsum(calls)))),
        trace=np.zeros(count, dtype=np.uint64),
        prefixes=Ragged(np.zeros(0, dtype=np.uint64), np.zeros(count + 1, dtype=np.int64)),
        shapes=(Shape("general", -1, (), ()), Shape("call", 0, ("look",), ())),
        lists=Lists([("look",)]),
    )  # fmt: skip


def test_what_is_decided_takes_few_bytes_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SLICE_HASHES", 1 << 13)
    count = 1 << 18
    columns = made_columns(count)
    tools = index_tools(columns)
    keep = np.ones(count, dtype=np.bool_)
    labels = groups(columns.wordings, columns.ordinal, keep)
    side = sides(keys(labels, columns.wordings, columns.id), Shares(), 1)
    steps: dict[str, Callable[[], object]] = {
        "duplicates": lambda: first_of_each(columns.id, columns.ordinal),
        "contradictions": lambda: contradictions(columns, keep, ["a"]),
        "frames": lambda: frames(columns, keep, ["a"]),
        "groups": lambda: groups(columns.wordings, columns.ordinal, keep),
        "keys": lambda: keys(labels, columns.wordings, columns.id),
        "sides": lambda: sides(columns.id, Shares(), 1),
        "mix": lambda: mix_rows(columns, tools, keep, side),
        "leakage": lambda: leakage_module.leakage(columns, tools, keep, side),
    }
    peaks = {}
    for name, step in steps.items():
        tracemalloc.start()
        step()
        peaks[name] = tracemalloc.get_traced_memory()[1] / count
        tracemalloc.stop()
    assert {name: peak for name, peak in peaks.items() if peak > 30} == {}


def test_near_duplicates_take_few_bytes_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near, "_BLOCK", 1 << 12)  # of 64 bytes a row, whatever the set
    count, chance = 1 << 18, np.random.default_rng(7)
    written = chance.integers(1, 2**32, (count, NUMBERS), dtype=np.uint32)
    segments = []
    for number, part in enumerate(np.split(written, 4)):
        with SegmentWriter(tmp_path / f"segment-{number}", 0) as writer:
            _add(writer, "")
        assert writer.segment is not None
        (writer.segment.folder / SIGNATURES).write_bytes(part.tobytes())
        segments.append(replace(writer.segment, rows=len(part)))
    spool = Spool(segments)
    keep = np.ones(count, dtype=np.bool_)
    tracemalloc.start()
    signatures = spool.signatures(WIDTH).view("<u4")
    joined = tracemalloc.get_traced_memory()[1] / count
    clusters(signatures, keep, lambda rows: [Said(frozenset(), 1, 9, 1) for _ in rows])
    peak = tracemalloc.get_traced_memory()[1] / count
    tracemalloc.stop()
    assert signatures.tobytes() == written.tobytes()
    assert joined < 1
    assert peak < 50


def test_numbers_of_rows_take_four_bytes() -> None:
    assert rows_of(np.array([False, True, True])).dtype == np.int32
    assert columns_module.row_type(2**31) is np.int64


def test_what_rows_leave_in_cycles_does_not_wait_for_the_end_of_a_file(tmp_path: Path) -> None:
    class Fault:
        def __init__(self) -> None:
            self.itself = self

    with without_collector(), SegmentWriter(tmp_path / "segment", 0) as writer:
        assert not gc.isenabled()
        left = weakref.ref(Fault())
        assert left() is not None
        for _ in range(4096):
            writer.begin_row()
        assert left() is None


def test_chunks_shrink_so_that_no_worker_waits_long(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"%s\n" % (b"1" * 999) * 40_000)
    chunks = list(chunks_of([path], workers=2))
    ends = [*(chunk.end for chunk in chunks[:-1]), path.stat().st_size]
    sizes = [(end or 0) - chunk.start for chunk, end in zip(chunks, ends, strict=True)]
    assert sum(sizes) == 40_000_000
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] <= MIN_CHUNK_BYTES + 1000 < sizes[0]
    assert len(chunks) < 30
    assert chunk_bytes(10**12, 2) == MAX_CHUNK_BYTES


def test_long_lists_of_tools_are_not_kept_in_memory(tmp_path: Path) -> None:
    """Rows may each bring tools of their own, of any size."""
    with SegmentWriter(tmp_path / "segment", 0) as writer:
        for name in ("warm", "up"):  # what is made once counts for nothing
            _add(writer, name)
        tracemalloc.start()
        for number in range(60):
            _add(writer, f"{number}" * 200_000)
        kept, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert kept < 6_000_000
    assert peak < 10_000_000
    assert writer.segment is not None
    assert (tmp_path / "segment" / "lists.jsonl").stat().st_size > 20_000_000


def _add(writer: SegmentWriter, tools: str) -> None:
    writer.begin_row()
    tokens = estimate(b"{}", tools)
    hashes = RowHashes(prompt=1, answer=2, frame=3, wordings=(4,), values=(5,), language="en")
    writer.add(Record(1, b"{}", tools, "call", ("look",), (), 0, tokens, hashes), line=1)
