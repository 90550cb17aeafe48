"""Rejects of the compiled part: the lines that rows rejected by Python have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fctune.dataset.chunks import Chunk
from fctune.dataset.layout import REJECTS, Segment
from fctune.dataset.options import BuildOptions
from fctune.dataset.refused import Refused, lines_of, words_of
from fctune.dataset.work import Worker
from fctune.issues import Issue, Origin, Rejected, issue
from fctune.jsonl import dump_line
from fctune.native.library import library

built = pytest.mark.skipif(library() is None, reason="the compiled part was not built: no cargo")
NAMES = ["a.jsonl", 'b "住".jsonl', "c\udcff.jsonl"]
DEFAULT = issue("system-default", "system", "wrote 'a \"b\" 住'")


def told(found: Issue) -> bytes:
    """Return an issue as the library writes it, with the words that it is given."""
    before, behind = words_of(())["around"][found.code]  # type: ignore[index]
    place, message = dump_line(found.where), dump_line(found.message)
    return b'%b%b,"message":%b%b' % (before.encode(), place, message, behind.encode())


@pytest.mark.parametrize("file", NAMES)
def test_a_reject_reads_as_python_writes_it(file: str) -> None:
    found = issue("call-enum", 'conversations[1].call.arguments.a"b', "got '住\n'")
    wanted = dump_line(Rejected(Origin(file, 14), (DEFAULT, found), {"n": "住"}).as_row()) + b"\n"
    default = str(words_of((DEFAULT,))["default"]).encode()
    rest = b'"codes":["call-enum"],"issues":[%b,%b],"row":{"n":"%b"}}\n'
    written = rest % (default, told(found), "住".encode())
    refused = Refused(3, ["call-enum"], 5, 5 + len(written))
    assert lines_of([refused], memoryview(b"other" + written), Origin(file, 11)) == wanted


CITY = {"type": "string", "enum": ["A", "B"]}
WEATHER = {
    "name": "weather",
    "description": "Get it.",
    "parameters": {"type": "object", "properties": {"city": CITY}},
}


def row(number: int, call: str, **others: str) -> str:
    turns = [("human", f"{number}?"), ("function_call", call), ("observation", "1"), ("gpt", "No.")]
    turns += [("observation", "2")] if number % 3 == 0 else []
    told = [{"from": who, "value": value} for who, value in turns]
    return json.dumps({"conversations": told, "tools": json.dumps([WEATHER]), **others})


def rejects(path: Path, folder: Path) -> tuple[list[int], Segment]:
    """Return the lines of which the rows are rejected, and the segment of a file."""
    segment = Worker(BuildOptions("b", path.parent, (path,))).run(Chunk(0, path), folder)
    written = (segment.folder / REJECTS).read_bytes().splitlines()
    return [int(json.loads(one)["origin"].rpartition(":")[2]) for one in written], segment


@built
@pytest.mark.parametrize("file", NAMES)
def test_rejects_between_other_rows_are_those_of_python(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = '{"name": "weather", "arguments": {"city": "A"}}'
    faulty = [good.replace('"A"', '"C"'), good.replace("weather", "clock"), good[:-1], good]
    lines = [row(number, (*faulty, good)[number % 5]) for number in range(60)]
    lines[7] = row(7, faulty[0], system="Be brief.")
    lines[11:11] = ["", "no row", "\ufeff"]  # Python reads these, between two parts of the block
    path = tmp_path / file
    path.write_text("\n".join(lines) + "\n")
    found, native = rejects(path, tmp_path / "native")
    monkeypatch.setattr("fctune.dataset.work.scanner_of", lambda *_: None)
    wanted, python = rejects(path, tmp_path / "python")
    assert found == wanted == sorted(wanted)
    assert (native.folder / REJECTS).read_bytes() == (python.folder / REJECTS).read_bytes()
    assert native.rejects_by_code == python.rejects_by_code
    assert (native.read, native.rejected, native.rows) == (62, len(wanted), 62 - len(wanted))
    assert native.rejects_by_code["call-enum"] == 13
