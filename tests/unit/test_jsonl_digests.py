"""Digests of files, made while they are read: of all bytes, in whatever pieces they were heard."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import blake3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fctune.dataset.build import BuildOptions, build
from fctune.dataset.pool import OneProcess
from fctune.jsonl import FileDigest, digest_of, opened
from tests.unit.conftest import call_row

ROWS = b"".join(b'{"row": %d}\n' % number for number in range(60_000))


def _digest(content: bytes) -> str:
    return f"blake3:{blake3.blake3(content).hexdigest()}"


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20))))
def test_what_was_heard_twice_or_after_a_gap_does_not_count(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[int, int]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "heard"
    content = bytes(range(40))
    path.write_bytes(content)
    digest = FileDigest(path)
    for start, size in pieces:
        digest.hear(start, memoryview(content[start : start + size]))
    assert digest.whole() == _digest(content) == digest.whole()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("read", [0, 5, 100_000, 300_000, -1])
def test_a_file_is_read_once_for_its_rows_and_its_digest(
    tmp_path: Path, read: int, packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ("a.jsonl.gz" if packed else "a.jsonl")
    content = gzip.compress(ROWS) if packed else ROWS
    path.write_bytes(content)
    digest = FileDigest(path)
    with opened(path, digest.hear) as stream:
        assert stream.read(read) == (ROWS if read < 0 else ROWS[:read])
        stream.seek(2)
        assert stream.readline() == ROWS[2:].splitlines(keepends=True)[0]
    if read < 0:
        heard: list[int] = []
        monkeypatch.setattr(digest, "_digest", _Counting(digest, heard))
        assert digest.whole() == digest_of(path) == _digest(content)
        assert heard == []
    assert digest.whole() == _digest(content)


class _Counting:
    """A digest that notes how much it is given."""

    def __init__(self, digest: Any, sizes: list[int]) -> None:
        self._own, self._sizes = digest._digest, sizes

    def update(self, piece: bytes) -> None:
        self._sizes.append(len(piece))
        self._own.update(piece)

    def hexdigest(self) -> str:
        return str(self._own.hexdigest())


def test_one_process_knows_the_digests_of_what_it_worked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [json.dumps(call_row(f"City{number}")).encode() for number in range(40)]
    contents = {
        "a.jsonl": b"\n".join(lines[:20]),
        "b.jsonl.gz": gzip.compress(b"\n".join(lines[20:30])),
        "c.json": b"[" + b",".join(lines[30:]) + b"]\n",
        "d.jsonl": b"",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    sources = tuple(tmp_path / name for name in contents)
    for workers in (1, 2):
        options = BuildOptions("t", tmp_path / "out", sources, workers=workers)
        with build(options) as made:
            found = [source.digest for source in made.manifest.sources]
        assert found == [_digest(content) for content in contents.values()]
    crew = OneProcess(options, None)
    assert crew.digests(sources)() == found
