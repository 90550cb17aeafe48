"""The build on disk: chunks, segments, several processes, and what is left of a killed one."""

from __future__ import annotations

import json
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from fctune.dataset import build as build_module
from fctune.dataset import chunks as chunks_module
from fctune.dataset.build import BuildOptions, Dataset, build
from fctune.dataset.chunks import chunks_of
from fctune.dataset.settle import first_of_each, settle
from fctune.dataset.split import Shares
from fctune.dataset.switches import Switches
from fctune.dataset.work import Worker
from fctune.dataset.workspace import Workspace
from fctune.dataset.write import write
from fctune.errors import EnvironmentFault, InputFault
from fctune.jsonl import digest_of, read_rows
from tests.unit.conftest import WriteRows, call_row, chat_row

ROOT = Path(__file__).resolve().parents[2]
GLAIVE = tuple(sorted((ROOT / "data" / "raw" / "glaive").glob("*.json")))


def staged(dataset: Dataset) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in dataset.staged.glob("*.jsonl")}


def glaive_lines(folder: Path, copies: int = 3) -> Path:
    """Write the shipped glaive rows as lines, several times with other words."""
    path = folder / "glaive.jsonl"
    with path.open("w", encoding="utf-8") as stream:
        for number in range(copies):
            for file in GLAIVE:
                for row in json.loads(file.read_text("utf-8")):
                    row["conversations"][0]["value"] += f" {number}" if number else ""
                    stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


@pytest.mark.parametrize("workers", [2, 3])
def test_several_processes_write_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr(chunks_module, "MIN_CHUNK_BYTES", 200_000)
    defective = ROOT / "data" / "raw" / "defective" / "defective.jsonl"
    options = BuildOptions("shop", tmp_path / "data", (glaive_lines(tmp_path), defective))
    assert len(list(chunks_of(options.sources, workers=workers))) > workers
    with build(options) as one, build(replace(options, workers=workers)) as many:
        assert staged(one) == staged(many)
        assert one.manifest == many.manifest
        assert one.manifest.read > 1800


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_chunks_are_whole_lines_with_their_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, last: str, mark: bytes
) -> None:
    monkeypatch.setattr(chunks_module, "MIN_CHUNK_BYTES", 5_000)
    monkeypatch.setattr(chunks_module, "_PIECE_BYTES", 700)
    rows = [json.dumps(call_row(f"City{n}")) if n % 7 else "" for n in range(60)]
    path = tmp_path / "a.jsonl"
    path.write_bytes(mark + (ending.join(rows) + last).encode())
    options = BuildOptions("shop", tmp_path, (path,), shares=Shares(0, 0))
    chunks = list(chunks_of([path], workers=2))
    assert len(chunks) > 2
    data = path.read_bytes()
    for chunk in chunks:
        assert chunk.first_line == data[: chunk.start].count(b"\n") + 1
    worker = Worker(options)
    segments = [worker.run(chunk, tmp_path / str(n)) for n, chunk in enumerate(chunks)]
    lines = np.concatenate([np.fromfile(s.folder / "line.u4", dtype="<u4") for s in segments])
    assert lines.tolist() == [n + 1 for n in range(60) if n % 7]


@given(st.lists(st.integers(0, 5), max_size=40))
def test_the_first_raw_row_of_each_id_is_kept(ids: list[int]) -> None:
    parts = [(one, ordinal) for ordinal, one in enumerate(ids) for _ in range(one % 2 + 1)]
    kept = first_of_each(
        np.array([one for one, _ in parts], dtype=np.uint64),
        np.array([ordinal for _, ordinal in parts], dtype=np.uint64),
    )
    assert kept.tolist() == [ids.index(one) == ordinal for one, ordinal in parts]


def test_each_written_row_is_traced_to_its_line(tmp_path: Path, raw: WriteRows) -> None:
    rows = [call_row(f"City{n}") for n in range(30)] + ["{", chat_row("Hello"), call_row("City3")]
    path = raw("a.jsonl", rows)
    folder = tmp_path / "data"
    manifest = write(build(BuildOptions("shop", folder, (path,))), folder)
    trail = [json.loads(line) for line in (folder / "shop.rows.jsonl").read_text().splitlines()]
    assert len(trail) == manifest.kept == 31
    source = path.read_text().splitlines()
    for one in trail:
        file = (folder / f"shop_{one['split']}.jsonl").read_text().splitlines()
        written = json.loads(file[one["row"] - 1])["conversations"][0]["value"]
        name, line = one["origin"].rsplit(":", 1)
        assert name == str(path)
        assert json.dumps(written)[1:-1] in source[int(line) - 1]
    assert {one["lesson"] for one in trail} == {"call", "general"}


def test_digests_are_those_of_the_files(tmp_path: Path, raw: WriteRows) -> None:
    path = raw("a.jsonl", [call_row(f"City{n}") for n in range(30)])
    manifest = write(build(BuildOptions("shop", tmp_path, (path,))), tmp_path)
    assert manifest.sources[0].digest == digest_of(path)
    assert len(manifest.files) >= 3
    for written in manifest.files.values():
        assert written.digest == digest_of(tmp_path / written.file)
        assert written.rows == len(list(read_rows(tmp_path / written.file)))


def test_a_workspace_that_a_killed_build_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / ".shop.spool-dead"
    left.mkdir()
    (left / "heads.bin").write_bytes(b"x")
    living = Workspace(tmp_path, "shop")
    assert not left.exists()
    other = Workspace(tmp_path, "shop")
    assert living.path.exists()
    living.close()
    other.close()
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []
    held = tmp_path / ".shop.spool-other"
    held.mkdir()
    with FileLock(held / "owner.lock"):
        Workspace(tmp_path, "shop").close()
        assert held.exists()


def test_a_build_that_fails_leaves_no_workspace(tmp_path: Path) -> None:
    bad = tmp_path / "a.json"
    bad.write_text('[{"messages": []}, ')
    folder = tmp_path / "data"
    folder.mkdir()
    with pytest.raises(InputFault, match="cannot be read"):
        build(BuildOptions("shop", folder, (bad,)), beside=folder)
    assert [path for path in folder.iterdir() if path.is_dir()] == []


def test_a_worker_that_was_killed_between_reading_and_writing_is_told(
    tmp_path: Path, raw: WriteRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = raw("a.jsonl", [call_row(f"City{n}") for n in range(30)])
    others = set(multiprocessing.active_children())

    def killing(*arguments: Any) -> Any:
        for process in set(multiprocessing.active_children()) - others:
            process.kill()
            process.join()
        time.sleep(0.3)  # the pool notices it
        return settle(*arguments)

    monkeypatch.setattr(build_module, "settle", killing)
    folder = tmp_path / "data"
    folder.mkdir()
    with pytest.raises(EnvironmentFault, match="a worker process was killed") as fault:
        build(BuildOptions("shop", folder, (path,), workers=2), beside=folder)
    assert fault.value.hint == "give fewer --workers"
    assert [path for path in folder.iterdir() if path.is_dir()] == []


def test_near_duplicates_wait_in_the_workspace_and_not_among_temporary_files(
    tmp_path: Path, raw: WriteRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those may lie in memory, or on a smaller disk."""
    pytest.importorskip("rensa")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    asked = "Please tell me what the weather in Oslo is like this afternoon, since we want to go {}"
    ways = ("swimming", "sailing", "skiing")
    path = raw("a.jsonl", [call_row("Oslo", question=asked.format(way)) for way in ways])
    folder = tmp_path / "data"
    folder.mkdir()
    with build(BuildOptions("shop", folder, (path,), near_dup=0.5), beside=folder) as dataset:
        assert dataset.manifest.audit["near_duplicates"]["compared"] >= 1


def questions(count: int, make: Callable[[int], dict[str, Any]]) -> list[Any]:
    return [make(number) for number in range(count)]


def test_contradictions_are_told_or_rejected_as_the_switch_says(
    tmp_path: Path, raw: WriteRows
) -> None:
    rows = questions(20, lambda n: call_row(f"City{n}"))
    other = call_row("City3")
    other["messages"] = [other["messages"][1], {"role": "assistant", "content": "I cannot know."}]
    other["messages"].insert(0, call_row("City3")["messages"][0])
    path = raw("a.jsonl", [*rows, other])
    options = BuildOptions("shop", tmp_path / "data", (path,), shares=Shares(0, 0))
    with build(options) as told:
        assert told.manifest.warnings_by_code["contradiction"] == 2
        assert told.manifest.kept == 21
        found = told.manifest.audit["contradictions"]
        assert (found["prompts"], found["call_or_words"]) == (1, 1)
        origins = [one["origin"] for one in found["examples"][0]["shown"]]
        assert sorted(origins) == sorted([f"{path}:4", f"{path}:21"])
    strict = replace(options, switches=Switches({"contradiction": "reject"}))
    with build(strict) as dataset:
        manifest = dataset.manifest
        assert (manifest.kept, manifest.rejects_by_code) == (19, {"contradiction": 2})
        rejects = [row.value for row in read_rows(dataset.staged / "shop.rejects.jsonl")]
    assert sorted(one["origin"] for one in rejects) == sorted([f"{path}:4", f"{path}:21"])
    assert all(one["codes"] == ["contradiction"] and one["row"]["tools"] for one in rejects)
    said = {one["origin"]: one["issues"][0]["message"] for one in rejects}
    assert said[f"{path}:4"].endswith(f"decides differently: {path}:21")
    assert said[f"{path}:21"].endswith(f"decides differently: {path}:4")


def test_a_rejected_near_duplicate_names_the_row_that_stays(tmp_path: Path, raw: WriteRows) -> None:
    pytest.importorskip("rensa")
    rows = questions(20, lambda n: call_row(f"City{n}"))
    again = call_row("City3")
    again["messages"][0]["content"] = "Please, " + again["messages"][0]["content"]
    path = raw("a.jsonl", [*rows, again])
    options = BuildOptions(
        "shop", tmp_path / "data", (path,), near_dup=0.5, shares=Shares(0, 0),
        switches=Switches({"near-duplicate": "reject"}),
    )  # fmt: skip
    with build(options) as dataset:
        rejects = [row.value for row in read_rows(dataset.staged / "shop.rejects.jsonl")]
    origins = {one["origin"] for one in rejects}
    assert origins
    for one in rejects:
        text = one["issues"][0]["message"]
        other = text.rpartition("says nearly the same: ")[2]
        assert other.startswith(f"{path}:") and other not in origins, text


def test_a_repair_rejects_where_a_build_is_strict(tmp_path: Path, raw: WriteRows) -> None:
    row = call_row("Oslo")
    row["messages"].append({"role": "user", "content": "Thanks, that is all."})
    path = raw("a.jsonl", [row, call_row("Rome")])
    options = BuildOptions("shop", tmp_path / "data", (path,), shares=Shares(0, 0))
    with build(options) as mild:
        assert mild.manifest.repairs_by_code["tail-cut"] == 1
    strict = Switches({"system-default": "warn"}, strict=True)
    with build(replace(options, switches=strict)) as dataset:
        assert dataset.manifest.rejects_by_code.get("tail-cut") == 1
        assert dataset.manifest.kept == 1
