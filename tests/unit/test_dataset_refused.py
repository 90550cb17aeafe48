"""Rejects of the compiled part: the lines that rows rejected by Python have."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from fctune.dataset.refused import Refusals
from fctune.dataset.segment import SegmentWriter
from fctune.issues import Origin, Rejected, issue
from fctune.jsonl import dump_line
from fctune.native.rows import Reason

DEFAULT = issue("system-default", "system", "wrote 'a \"b\" \u4f4f'")
FOUND = [
    ["call-enum", 'conversations[1].call.arguments.a"b', "got 'x', expected one of: \u4f4f\u5bbf"],
    ["result-orphan", "conversations[2]", "got a result that answers no call"],
    ["call-enum", "conversations[3].call", "\\ \n"],
    ["call-invalid-json", "conversations[5]", "expected ',' or '}'"],
]
CASES = [
    (findings, is_default)
    for count in range(1, len(FOUND) + 1)
    for findings in combinations(FOUND, count)
    for is_default in (False, True)
]


def told_of(file: str, folder: Path, row: bytes) -> bytes:
    """Return the rejects of a segment of one block, in which all cases are rejected."""
    refusals, lines, size = Refusals((DEFAULT,)), [], 0
    for line, (findings, is_default) in enumerate(CASES):
        reason = Reason(line, 0, is_default, len(row), [*findings])
        lines.append(refusals.refused(reason, size))
        size += len(row)
    block: Any = SimpleNamespace(
        refused=lines,
        rejects=memoryview(row * len(lines)),
        between=lambda *_: (0, 0),
        number=lambda *_: None,
    )
    with SegmentWriter(folder, 0) as writer:
        for begin, end in ((0, 3), (3, 4), (5, len(lines))):  # 4 is left to Python
            writer.add_ready(block, begin, end, Origin(file, 11))
    assert writer.segment is not None
    assert writer.segment.rejected == len(CASES) - 1
    return (folder / "rejects.jsonl").read_bytes()


@pytest.mark.parametrize("file", ["a.jsonl", 'b "\u4f4f".jsonl', "c\udcff.jsonl"])
def test_a_reject_reads_as_python_writes_it(file: str, tmp_path: Path) -> None:
    row = '{"conversations":[{"from":"human","value":"\u4f4f"}]}'.encode()
    wanted = []
    for line, (findings, is_default) in enumerate(CASES):
        found = tuple(issue(*one) for one in findings)
        issues = (DEFAULT, *found) if is_default else found
        rejected = Rejected(Origin(file, 11 + line), issues, orjson.loads(row))
        wanted.append(dump_line(rejected.as_row()) + b"\n")
    del wanted[4]
    assert told_of(file, tmp_path / "s", row) == b"".join(wanted)
