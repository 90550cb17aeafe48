"""What `fctune prepare` reads: tables, packed files, folders, patterns, stdin; and --explain."""

from __future__ import annotations

import csv
import gzip
import importlib
import io
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.conversations.formats import FORMATS
from fctune.dataset.build import BuildOptions, build
from fctune.dataset.explain import explain, least, nearest
from fctune.dataset.sources import Reading, data_files, read_file
from fctune.errors import EnvironmentFault, InputFault
from fctune.issues import Rejected
from fctune.jsonl import STDIN, read_rows
from tests.unit.conftest import WriteRows, call_row, chat_row

LINE = json.dumps(chat_row("Hello")).encode() + b"\n"


def found(path: Path) -> list[tuple[int, Any, str | None]]:
    rows = read_rows(path)
    return [(row.origin.line, row.value, row.issue.code if row.issue else None) for row in rows]


def as_csv(rows: list[dict[str, Any]], delimiter: str = ",") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    for row in rows:
        writer.writerow({key: v if isinstance(v, str) else json.dumps(v) for key, v in row.items()})
    return text.getvalue().encode()


def outcomes(path: Path) -> Counter[str]:
    verdicts = read_file(path, Reading())
    return Counter("rejected" if isinstance(v, Rejected) else "kept" for v in verdicts)


def fctune(*arguments: str, stdin: bytes, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", "from fctune.cli.main import run; run()", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, cwd=cwd, check=False)


def test_a_record_has_the_line_on_which_it_starts(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'\xef\xbb\xbfquery,\xe5\xb7\xa5\xe5\x85\xb7\r\n"a\nb ""c""",1\r\n\r\n[1],2')
    assert found(path) == [
        (2, {"query": 'a\nb "c"', "工具": "1"}, None),
        (5, {"query": "[1]", "工具": "2"}, None),
    ]


@pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ";"), ("a.csv", "\t"), ("a.TSV", "\t")])
def test_other_delimiters_are_seen(tmp_path: Path, name: str, delimiter: str) -> None:
    path = tmp_path / name
    path.write_bytes(as_csv([chat_row("one, two")], delimiter))
    assert [value for _, value, _ in found(path)] == [chat_row("one, two")]


def test_bad_records_are_rejected_singly(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"instruction,output\nonly\nok,yes\nb\xffad,no\na,b,c\n")
    assert [(line, code) for line, _, code in found(path)] == [
        (2, "table-cells"),
        (3, None),
        (4, "file-not-utf8"),
        (5, "table-cells"),
    ]
    built = build(BuildOptions("a", tmp_path / "out", (path,)))
    assert (built.manifest.read, built.manifest.kept, built.manifest.rejected) == (4, 1, 3)


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"", "", "empty"),
        (b"\xff,b\n1,2\n", ":1", "not UTF-8"),
        (b"a,a\n1,2\n", ":1", "two columns"),
        (b'"[{}]",b\n', ":1", "expected a header row"),
        (b'a,b\n1,2\n"x,3\n4,5\n', ":3", "cannot be read from here on"),
        (b'a,b\n"1"x,2\n', ":2", "cannot be read from here on"),
        ("a,b\n1,2\n".encode("utf-16"), "", "UTF-16"),
    ],
)
def test_a_table_that_cannot_be_trusted_stops_with_the_place(
    tmp_path: Path, data: bytes, line: str, message: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(InputFault, match=message) as fault:
        list(read_rows(path))
    assert fault.value.where == f"{path}{line}"
    assert fault.value.hint


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_no_bytes_of_a_table_raise_another_fault(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "a.csv"
    path.write_bytes(b"instruction,output\n" + data)
    before = csv.field_size_limit()
    try:
        rows = list(read_file(path, Reading()))
    except InputFault:
        rows = []
    assert all(row.origin.line >= 2 for row in rows if isinstance(row, Rejected))
    assert csv.field_size_limit() == before


def test_turns_in_a_cell_are_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(as_csv([call_row("Oslo"), call_row("北京")])))
    assert outcomes(path) == {"kept": 2}


def test_the_real_traces_are_read(shared: Path) -> None:
    path = shared / "raw" / "tutorial_traces_csv" / "traces_220.csv"
    told = explain(path, Reading())
    assert (told.read, told.formats["tagged"].rows, told.formats["tagged"].kept) == (220, 220, 210)
    assert not told.unknown and not told.unreadable
    assert told.samples[0].where == f"{path}:2"
    assert "role" in told.samples[0].decided["trace"]
    assert told.samples[0].tried[-1] == "mistral"


def test_zstd_is_read_or_named_with_the_command_that_brings_it(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.zst"
    try:
        package = importlib.import_module("zstandard")
    except ImportError:
        path.write_bytes(b"\x28\xb5\x2f\xfd")
        with pytest.raises(EnvironmentFault) as fault:
            list(read_rows(path))
        assert fault.value.hint.startswith("pip install zstandard")
        return
    frame = package.ZstdCompressor(write_checksum=True).compress(LINE * 50_000)
    path.write_bytes(frame + frame)
    assert sum(1 for _ in read_rows(path)) == 100_000
    for damaged in (frame[:-5], frame[:20] + b"\xff" * 40 + frame[60:], b"{}"):
        path.write_bytes(damaged)
        with pytest.raises(InputFault, match="cannot be read"):
            list(read_rows(path))


def test_parquet_is_read_without_its_nulls(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow", reason="pyarrow comes with the [train] extra")
    parquet = importlib.import_module("pyarrow.parquet")
    path = tmp_path / "a.parquet"
    rows = [call_row("Oslo"), call_row("北京")]
    parquet.write_table(arrow.Table.from_pylist(rows), path)
    values = [value for _, value, _ in found(path)]
    assert "tool_calls" not in values[0]["messages"][0]
    assert outcomes(path) == {"kept": 2}
    whole = path.read_bytes()
    for damaged in (whole[:100], b"", whole[:100] + b"\xff" * 200 + whole[300:]):
        path.write_bytes(damaged)
        with pytest.raises(InputFault, match="Parquet"):
            list(read_rows(path))
    odd = [{"instruction": "a", "output": "b", "x": x} for x in (1.5, float("nan"))]
    parquet.write_table(arrow.Table.from_pylist(odd), path)
    assert [(line, code) for line, _, code in found(path)] == [(1, None), (2, "json-nan")]


def test_folders_are_read_with_those_in_them_and_loops_end(tmp_path: Path) -> None:
    inner = tmp_path / "logs" / "2025" / "七月"
    inner.mkdir(parents=True)
    for path in (inner / "b.csv.zst", inner / ".hidden.jsonl", inner / "notes.txt"):
        path.write_bytes(b"")
    (tmp_path / "logs" / "A.JSONL").write_bytes(LINE)
    for number in range(3):
        (inner / f"loop{number}").symlink_to(tmp_path / "logs")
    files = [tmp_path / "logs" / "A.JSONL", inner / "b.csv.zst"]
    assert data_files([tmp_path / "logs"]) == files
    assert data_files([tmp_path / "logs", files[0]]) == files
    assert data_files([tmp_path / "logs" / "**" / "*.csv.*"]) == files[1:]
    assert data_files([tmp_path / "*" / "[AB].JSONL"]) == files[:1]
    with pytest.raises(InputFault, match="fits no data file"):
        data_files([tmp_path / "*.jsonl"])
    (inner / "gone.jsonl").symlink_to(tmp_path / "absent")
    with pytest.raises(InputFault, match="leads nowhere"):
        data_files([tmp_path / "logs"])


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (LINE * 2, 2),
        (gzip.compress(LINE), 1),
        (as_csv([chat_row("one")]), 1),
        (b"[" + LINE + b"]", 1),
        (b"", 0),
    ],
)
def test_stdin_is_told_from_its_content(tmp_path: Path, data: bytes, rows: int) -> None:
    done = fctune("prepare", "-", "--explain", "--json", stdin=data, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["files"][0]
    assert (told["file"], told["read"]) == ("stdin", rows)
    assert list(tmp_path.iterdir()) == []


def test_a_dataset_is_made_from_stdin(tmp_path: Path) -> None:
    rows = "".join(json.dumps(call_row(city)) + "\n" for city in ("Oslo", "Rome", "Bonn"))
    data = (rows + "{\n").encode()
    for _ in range(2):  # the second time its files stand there already
        done = fctune("prepare", "-", "--name", "shop", stdin=data, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "data" / "shop.manifest.json").read_text())
    assert (manifest["read"], manifest["kept"], manifest["rejected"]) == (4, 3, 1)
    assert manifest["sources"][0]["file"] == "stdin"
    rejects = (tmp_path / "data" / "shop.rejects.jsonl").read_text()
    assert "stdin" in rejects
    assert data_files([STDIN]) == [STDIN]


def test_explain_names_what_no_format_took(
    tmp_path: Path, raw: WriteRows, capsys: pytest.CaptureFixture[str]
) -> None:
    from fctune.cli.prepare import command

    turns = [{"role": "user", "content": "Time?"}]
    path = raw("a.jsonl", [call_row("Oslo"), {"message": turns}, {"name": "now", "parameters": {}},
                           {"foo": 1}, {"foo": 2}, "{", [1]])  # fmt: skip
    command([path], out_dir=tmp_path / "data", explain=True)
    text = capsys.readouterr().out
    assert "7 rows, 1 recognised, 4 not, 2 unreadable" in text
    assert f"{path}:2: not recognised, 1 such row\n" in text and "nearest: openai" in text
    assert "nearest: a tool, no conversation" in text
    assert f"{path}:4: not recognised, 2 such rows" in text and "nearest: none" in text
    assert f"unreadable: 1 row with json-invalid\n  first:   {path}:6: " in text
    assert f"json-not-object\n  first:   {path}:7: got a list\n  next:    Write one" in text
    assert not (tmp_path / "data").exists()
    command([path], out_dir=tmp_path / "data", explain=True, format="alpaca", json=True)
    told = json.loads(capsys.readouterr().out)["files"][0]
    assert told["formats"]["alpaca"]["rows"] == 5
    assert told["samples"][0]["decided_by"] is None


def test_every_format_has_a_sign() -> None:
    assert [known.name for known in FORMATS if not known.sign] == []


def test_the_least_part_still_holds_and_nothing_of_it_can_go() -> None:
    row = {"id": 1, "text": "one two Action: go", "list": [{"a": 1}, {"b": 2}]}
    wanted = least(row, lambda r: "Action:" in r.get("text", "") and {"b": 2} in r.get("list", []))
    assert wanted == {"text": "Action: ", "list": [{"b": 2}]}
    assert nearest({"conversation": [{"from": "human", "value": "Hi"}]}) == "sharegpt"
    assert nearest({"openapi": "3.1.0", "info": {}, "paths": {}}) == "tool"
