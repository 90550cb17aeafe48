"""Data files: true line numbers, exact values, codes for what cannot be read, atomic writing."""

from __future__ import annotations

import errno
import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fctune.errors import InputFault
from fctune.issues import Origin
from fctune.jsonl import (
    dump_line,
    parse_text,
    read_json,
    read_rows,
    replacing,
    sha256_of,
    write_json,
    write_rows,
)
from fctune.jsonl.write import _indented

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


def rows_of(path: Path, data: bytes | str) -> list[tuple[int, object, str | None]]:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return [
        (row.origin.line, row.value, row.issue.code if row.issue else None)
        for row in read_rows(path)
    ]


def test_lines_keep_their_numbers_over_blank_lines_bom_and_crlf(tmp_path: Path) -> None:
    data = b'\xef\xbb\xbf{"a": 1}\r\n\r\n{"a": "\xe2\x80\xa8"}\n  \n{"a": 3}'
    assert rows_of(tmp_path / "a.jsonl", data) == [
        (1, {"a": 1}, None),
        (3, {"a": "\u2028"}, None),
        (5, {"a": 3}, None),
    ]


def test_array_elements_have_the_line_on_which_they_start(tmp_path: Path) -> None:
    text = '[\n  {"a": 1},\n  {\n    "a": 2\n  }, {"a": 3}\n]\n'
    assert rows_of(tmp_path / "a.json", text) == [
        (2, {"a": 1}, None),
        (3, {"a": 2}, None),
        (5, {"a": 3}, None),
    ]


def test_layout_is_found_where_the_name_lies(tmp_path: Path) -> None:
    assert [v for _, v, _ in rows_of(tmp_path / "a.json", '{"a":1}\n{"a":2}\n')] == [
        {"a": 1},
        {"a": 2},
    ]
    assert [v for _, v, _ in rows_of(tmp_path / "b.jsonl", '[\n{"a":1},\n{"a":2}\n]')] == [
        {"a": 1},
        {"a": 2},
    ]
    assert rows_of(tmp_path / "c.json", '\n{\n "a": 1\n}') == [(2, {"a": 1}, None)]


def test_gzip_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a":1}\n'))
    assert [row.value for row in read_rows(path)] == [{"a": 1}]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"a": }', "json-invalid"),
        (b'{"a": NaN}', "json-nan"),
        (b'{"a": 12345678901234567890, "b": -Infinity}', "json-nan"),
        (b'{"a": "\\ud83d"}', "json-lone-surrogate"),
        (b'{"a": "\xff"}', "file-not-utf8"),
        (b'{"a": ' * 200 + b"1" + b"}" * 200, "json-too-deep"),
        (b"[" * 100_000 + b"]" * 100_000, "json-too-deep"),
        (b'{"a": 1} trailing', "json-invalid"),
    ],
)
def test_one_bad_line_is_one_code_and_the_rest_is_read(
    tmp_path: Path, line: bytes, code: str
) -> None:
    found = rows_of(tmp_path / "a.jsonl", b'{"a": 1}\n' + line + b'\n{"a": 2}\n')
    assert [(number, code_) for number, _, code_ in found] == [(1, None), (2, code), (3, None)]


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ('[{"a": 1},\n{"a": oops},\n{"a": 3}]', 2, "expected a value"),
        ('[{"a": 1},\n{"a": 2}', 2, "got the end"),
        ('[{"a": 1}\n{"a": 2}]', 2, "expected a comma"),
        ('[{"a": 1},,\n{"a": 2}]', 1, "expected a value"),
        ('[{"a": 1}]\n[{"a": 2}]', 2, "text after the closing ]"),
        ('{\n"a": 1\n}\n{\n"a": 2\n}', 4, "text after the document"),
        ("[" * 100_000, 1, "nested too deep"),
    ],
)
def test_a_document_that_cannot_be_read_to_its_end_stops_with_the_place(
    tmp_path: Path, text: str, line: int, found: str
) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(InputFault, match="cannot be read from here on") as fault:
        list(read_rows(path))
    assert fault.value.where == f"{path}:{line}"
    assert found in fault.value.message
    assert ".jsonl" in fault.value.hint


def test_a_document_that_is_not_utf8_stops_with_the_place(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b'[{"a": 1},\n{"a": "\xff"}]')
    with pytest.raises(InputFault, match="not UTF-8") as fault:
        list(read_rows(path))
    assert fault.value.where == f"{path}:2"


def test_an_empty_array_and_thousands_of_digits_are_read(tmp_path: Path) -> None:
    assert rows_of(tmp_path / "a.json", "[ ]\n") == []
    text = '[{"a": ' + "9" * 5000 + '},\n{"a": 2}]'
    assert rows_of(tmp_path / "b.json", text) == [(1, None, "json-invalid"), (2, {"a": 2}, None)]


def test_long_first_lines_and_one_line_arrays_keep_their_layout(tmp_path: Path) -> None:
    long = json.dumps({"a": "x" * 9000})
    assert len(rows_of(tmp_path / "a.json", f"{long}\n{long}\n")) == 2
    assert len(rows_of(tmp_path / "b.json", f'{{"a": NaN}}\n{long}\n')) == 2
    assert rows_of(tmp_path / "c.jsonl", '\n[{"a": 1}, {"a": 2}]\n') == [
        (2, {"a": 1}, None),
        (2, {"a": 2}, None),
    ]
    assert rows_of(tmp_path / "d.jsonl", "[1]\n[2]\n") == [(1, [1], None), (2, [2], None)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_one_fault_that_says_so(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"a": 1}\n{"a": 2}\n'.encode(encoding))
    with pytest.raises(InputFault, match="UTF-16") as fault:
        list(read_rows(path))
    assert fault.value.hint.startswith("iconv")


def test_halves_of_characters_are_written_as_escapes(tmp_path: Path) -> None:
    line = dump_line({"a": "\ud83d"})
    assert json.loads(line) == {"a": "\ud83d"}
    write_json(tmp_path / "a.json", {"file": "b\udcff.jsonl"})
    assert json.loads((tmp_path / "a.json").read_text()) == {"file": "b\udcff.jsonl"}


def test_integers_beyond_64_bits_survive() -> None:
    text = '{"id":12345678901234567890123}'
    assert parse_text(text, Origin("a", 1)).value == {"id": 12345678901234567890123}
    assert dump_line(json.loads(text)).decode() == text


@given(JSON)
def test_written_rows_are_read_back_equal(value: object) -> None:
    line = dump_line(value).decode()
    row = parse_text(line, Origin("a", 1))
    assert row.issue is None
    assert row.value == value


@given(st.binary(max_size=200))
def test_no_bytes_raise(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "a.jsonl"
    path.write_bytes(data)
    try:
        rows = list(read_rows(path))
    except InputFault:
        return
    assert all(row.issue is None or row.value is None for row in rows)


def test_absent_and_damaged_files_are_input_faults(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="no such file"):
        list(read_rows(tmp_path / "absent.jsonl"))
    broken = tmp_path / "a.jsonl.gz"
    broken.write_bytes(gzip.compress(b'{"a":1}\n' * 1000)[:40])
    with pytest.raises(InputFault, match=r"a\.jsonl\.gz"):
        list(read_rows(broken))
    whole = bytearray(gzip.compress(b'{"a":1}\n' * 1000))
    whole[12:30] = b"\xff" * 18
    broken.write_bytes(whole)
    with pytest.raises(InputFault, match="cannot be read"):
        list(read_rows(broken))
    bad = tmp_path / "a.json"
    for text in ("[" * 100_000, "9" * 5000):
        bad.write_text(text)
        with pytest.raises(InputFault, match=r"a\.json"):
            read_json(bad)
    bad.write_text('{\n"a": 1,\n}')
    with pytest.raises(InputFault) as fault:
        read_json(bad)
    assert fault.value.where == f"{bad}:3"


def test_what_stands_in_the_way_of_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    folder = tmp_path / "folder"
    folder.mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "absent")
    for path, where, said in (
        (link / "b" / "a.jsonl", link, "is a link to nothing, expected a folder"),
        (file / "a.jsonl", file, "is a file, expected a folder"),
        (file / "b" / "a.jsonl", file, "is a file, expected a folder"),
        (folder, folder, "is a folder, expected a file"),
    ):
        with pytest.raises(InputFault, match=said) as caught:
            write_rows(path, [{}])
        # Which option named the place is known to the verb alone.
        assert (caught.value.where, caught.value.hint) == (
            str(where),
            "name another place to write to",
        )
    assert (file.read_text(), list(folder.iterdir())) == ("x", [])


@pytest.mark.parametrize(
    ("number", "said", "hint"),
    [
        (errno.EACCES, "may not be written", "name another place"),
        (errno.ENOSPC, "No space left on device", "df -h"),
    ],
)
def test_a_full_disk_and_a_forbidden_place_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str, hint: str
) -> None:
    def fails(*_: object, **__: object) -> tuple[int, str]:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fctune.jsonl.write.tempfile.mkstemp", fails)
    with pytest.raises(InputFault, match=said) as caught:
        write_rows(tmp_path / "a.jsonl", [{}])
    assert hint in caught.value.hint


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(-0.0)
    | st.floats(1e-6, 1e-3) | st.floats(1e14, 1e18),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner)
    | st.dictionaries(st.text() | st.integers(), inner, max_size=4),
    max_leaves=30,
)  # fmt: skip


@given(ANY)
def test_a_document_is_written_as_json_writes_it(value: Any) -> None:
    wanted = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    assert _indented(value) in (wanted.encode(errors="backslashreplace"), None)


@pytest.mark.parametrize(("value", "quickly"), [(0.0001, True), (1e-5, False), ("\ud800", False)])
def test_a_document_is_written_whatever_it_holds(tmp_path: Path, value: Any, quickly: bool) -> None:
    assert (_indented({"of": [value]}) is not None) == quickly
    write_json(tmp_path / "a.json", {"of": [value]})
    assert (tmp_path / "a.json").read_bytes() == (
        json.dumps({"of": [value]}, ensure_ascii=False, indent=2) + "\n"
    ).encode(errors="backslashreplace")
    write_json(tmp_path / "a.json", ["几", value], ascii_safe=True)
    assert (tmp_path / "a.json").read_text() == json.dumps(["几", value], indent=2) + "\n"


def test_what_orjson_alone_could_write_is_no_json(tmp_path: Path) -> None:
    for value in ({"when": datetime(2025, 1, 1)}, {"of": uuid4()}):
        with pytest.raises(TypeError, match="not JSON serializable"):
            write_json(tmp_path / "a.json", value)
    counted = Counter(look=2)
    write_json(tmp_path / "a.json", {"tools": counted, "path": _Named("a")})
    assert read_json(tmp_path / "a.json") == {"tools": {"look": 2}, "path": "a"}


class _Named(str):
    """A text with a name of its own."""


@pytest.mark.parametrize("levels", [200, 300, 900])
def test_a_deep_document_is_written(tmp_path: Path, levels: int) -> None:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    write_json(tmp_path / "a.json", value)
    assert (tmp_path / "a.json").read_text() == json.dumps(value, indent=2) + "\n"


def test_a_failed_write_leaves_the_old_file_and_no_temporary(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write_rows(path, [{"a": 1}])
    before = sha256_of(path)

    def rows() -> object:
        yield {"a": 2}
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError):
        write_rows(path, rows())  # type: ignore[arg-type]
    assert sha256_of(path) == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.jsonl"]


def test_kill_in_the_middle_of_a_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write_rows(path, [{"a": 1}])
    before = path.read_bytes()
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom fctune.jsonl import replacing\n"
        "with replacing(Path(sys.argv[1])) as stream:\n"
        "    stream.write(b'half'); stream.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == -9
    assert path.read_bytes() == before


def test_a_full_disk_is_an_input_fault(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with (
        pytest.raises(InputFault, match="No space left on device"),
        replacing(tmp_path / "a.txt") as stream,
    ):
        os.dup2(os.open("/dev/full", os.O_WRONLY), stream.fileno())
        stream.write(b"x" * 100_000)
    assert list(tmp_path.iterdir()) == []


def test_files_are_readable_by_others(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"名": "值"})
    assert path.read_text() == '{\n  "名": "值"\n}\n'
    assert path.stat().st_mode & 0o044 == 0o044
    write_json(path, {"名": "值"}, ascii_safe=True)
    assert path.read_text().isascii()
