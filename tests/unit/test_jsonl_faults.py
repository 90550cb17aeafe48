"""What cannot be read is told in words of ours, with the next command to type."""

from __future__ import annotations

import gzip
import json
import subprocess
import zlib
from datetime import date
from pathlib import Path

import pytest

from fctune.errors import InputFault
from fctune.jsonl import parse_yaml, read_document, read_json, read_rows
from fctune.jsonl.faults import encoding_of, file_fault, json_kind, json_words, look_at
from fctune.tools.read import parse_catalog


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hello", "got 'h' at column 1, expected a value"),
        ('{"a":', "the text ends at column 6, expected a value"),
        ("{'a': 1}", 'got "\'" at column 2, expected a key in double quotes'),
        ("{“a”: 1}", "got '“' at column 2, expected a key in double quotes"),
        ('{"a": 1，"b": 2}', "got '，' at column 8, expected a comma or a closing bracket"),
        ('{"a" 1}', "got '1' at column 6, expected a colon"),
        ('["a', "a string begins here that does not end, at column 2"),
        ('["a\n"]', "a string holds a line break, a tab or another control sign, at column 4"),
        (r'["\q"]', "a backslash stands before a sign that it cannot escape, at column 3"),
        ("1 2", "got '2' at column 3, after the end of the value"),
        ("\ufeff1", "a byte order mark stands before the value, at column 1"),
    ],
)
def test_a_json_fault_says_what_was_met_and_what_was_due(text: str, words: str) -> None:
    with pytest.raises(json.JSONDecodeError) as fault:
        json.loads(text)
    assert json_words(fault.value) == words


def test_no_word_of_the_reader_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    whole = '{"a": ["b\\n", 1.5, true, null], "c": {"d": "e"}}'
    for cut in range(1, len(whole)):
        path.write_text(whole[:cut])
        with pytest.raises(InputFault) as fault:
            read_json(path)
        assert not any(word in str(fault.value) for word in OF_PYTHON)


OF_PYTHON = (
    "Expecting",
    "delimiter",
    "(char",
    "utf-8-sig",
    "recursion",
    "sys.",
    "decompress",
    "CRC",
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 5000, "nested too deep to be read"),
        ("1" * 5000, "a number has more than 4300 digits"),
        ("\ufeff{}", "a byte order mark stands before the value"),
        ("[1e999]", "a number is too large to be read"),
    ],
)
def test_faults_that_the_reader_seldom_has_are_told_in_words_of_ours(
    tmp_path: Path, text: str, words: str
) -> None:
    told = []
    if text != "[1e999]":
        found = parse_catalog(text)[1][0]
        told.append(f"{found.message} {found.hint}")
    path = tmp_path / "rows.jsonl"
    path.write_text(f"{{}}\n{text}\n", encoding="utf-8")
    row = list(read_rows(path))[1]
    assert row.issue is not None
    if row.issue.code == "json-invalid":
        told.append(row.issue.message)
    if not text.startswith(("\ufeff", "[1e")):
        path = tmp_path / "one.json"
        path.write_text(text)
        with pytest.raises(InputFault) as fault:
            read_json(path)
        told.append(str(fault.value))
    assert told
    for one in told:
        assert words in one and not any(word in one for word in OF_PYTHON)


def test_a_number_of_too_many_digits_in_yaml_is_told_in_words_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "tools.yaml"
    path.write_text("a: " + "1" * 5000)
    with pytest.raises(InputFault, match=r"a number has more than 4300 digits$") as fault:
        read_document(path)
    assert "quotes" in fault.value.hint
    with pytest.raises(InputFault, match=r"not usable YAML: half of a surrogate pair$"):
        parse_yaml("a: \ud83d", "tools.yaml")


def test_the_column_of_a_fault_within_an_array_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text('[{"a": 1}, oh]')
    with pytest.raises(InputFault) as fault:
        list(read_rows(path))
    assert str(fault.value).endswith("from here on: got 'o', expected a value (column 12)")


@pytest.mark.parametrize("name", ["单.json", "two words.json", "tools.yaml", "rows.jsonl"])
def test_chinese_text_in_gb18030_comes_with_the_command_that_converts_it(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(json.dumps({"说明": "查询订单的物流"}, ensure_ascii=False).encode("gb18030"))
    if name == "rows.jsonl":
        found = next(iter(read_rows(path))).issue
        assert found is not None and "reads as GB18030" in found.message
        assert "iconv -f GB18030" in found.hint
        return
    with pytest.raises(InputFault, match="it reads as GB18030") as fault:
        read_document(path)
    done = subprocess.run(["sh", "-c", fault.value.hint], check=False)
    if done.returncode == 127:
        pytest.skip("iconv is not installed")
    assert read_document(path.with_name(f"utf8_{name}")) == {"说明": "查询订单的物流"}


SENTENCES = (
    "好的，已经为您订好了今晚的酒店。",
    "查询订单 A12 的物流",
    "请为 John 订座",
    "武汉今天多少度",
)


@pytest.mark.parametrize("said", SENTENCES)
def test_a_line_of_utf8_that_was_cut_or_lost_a_byte_is_not_taken_for_gb18030(said: str) -> None:
    """The command that converts GB18030 would garble a file that is good but for one line."""
    line = json.dumps({"q": said, "a": "好"}, ensure_ascii=False).encode()
    assert encoding_of(line) is None
    for at in (at for at, byte in enumerate(line) if byte & 0xC0 == 0x80):
        assert encoding_of(line[:at]) == "UTF-8"  # cut within a sign
        assert encoding_of(line[:at] + line[at + 1 :]) == "UTF-8"
    assert encoding_of(json.dumps({"q": said}, ensure_ascii=False).encode("gb18030")) == "GB18030"


def test_damaged_utf8_is_told_so_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "tools.yaml"
    path.write_bytes("说明: 好的\nb: ".encode() + "订单".encode()[:-1])
    with pytest.raises(InputFault, match=r"tools\.yaml:2: damaged UTF-8 text") as fault:
        read_document(path)
    assert fault.value.hint == f"sed -n 2p {path}"
    path = tmp_path / "rows.jsonl"
    path.write_bytes('{"q": "好的'.encode()[:-1])
    found = next(iter(read_rows(path))).issue
    assert found is not None and "reads as damaged UTF-8" in found.message


def test_bytes_that_are_no_text_have_no_encoding() -> None:
    assert encoding_of(b"\x00\x01\x02\xff") is None
    assert encoding_of(b'{"city": "Orl\xe9ans"}') is None
    assert encoding_of("订单".encode("utf-16")) == "UTF-16"
    assert encoding_of("订单".encode("gb18030") * 40_000) == "GB18030"  # cut within a sign


def test_a_file_that_the_system_refuses_comes_with_a_command(tmp_path: Path) -> None:
    for path, words in (
        (tmp_path / "absent.json", "no such file"),
        (tmp_path, "got a folder, expected a file"),
    ):
        with pytest.raises(InputFault, match=words) as fault:
            read_json(path)
        assert "ls " in fault.value.hint
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(b"\x1f\x8b\x08\x00")
    with pytest.raises(InputFault, match="cannot be read: the packed data ends too early"):
        list(read_rows(cut))


def test_packed_data_that_is_damaged_is_told_apart_from_what_is_not_packed(tmp_path: Path) -> None:
    whole = gzip.compress(b'{"a": 1}\n' * 100)
    wrong_sum = whole[:-8] + bytes(4) + whole[-4:]
    broken = whole[:10] + b"\xff" * 8 + whole[18:]  # a kind of block that there is not
    path = tmp_path / "rows.jsonl.gz"
    for data in (wrong_sum, broken):
        path.write_bytes(data)
        with pytest.raises(InputFault) as fault:
            list(read_rows(path))
        assert str(fault.value) == f"{path}: cannot be read: the packed data is damaged"
        assert fault.value.hint == "fetch or write the file again"
    path.write_text("{}")
    with pytest.raises(InputFault, match="cannot be read: not gzip data") as fault:
        list(read_rows(path))
    assert fault.value.hint == f"file {path}"


def test_damaged_zstd_data_is_told_as_damaged_gzip_data_is(tmp_path: Path) -> None:
    pytest.importorskip("zstandard")
    path = tmp_path / "rows.jsonl.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd" + bytes(range(255, 200, -1)))
    with pytest.raises(InputFault) as fault:
        list(read_rows(path))
    assert str(fault.value) == f"{path}: cannot be read: the packed data is damaged"


def test_no_command_is_given_for_what_it_cannot_look_at() -> None:
    assert look_at("stdin", 3) == look_at("https://host/a.json", 3) == "mend it at its source"
    assert file_fault("stdin", zlib.error("-3")).hint == "mend it at its source"
    assert look_at("a.jsonl.zst", 2) == "zstd -dc a.jsonl.zst | sed -n 2p"


def test_utf16_text_comes_with_a_command_that_can_be_typed(tmp_path: Path) -> None:
    path = tmp_path / "my rows.jsonl"
    path.write_bytes(b'{"a": "b"}\n'.decode().encode("utf-16"))
    with pytest.raises(InputFault, match="UTF-16") as fault:
        list(read_rows(path))
    done = subprocess.run(["sh", "-c", fault.value.hint], check=False)
    if done.returncode == 127:
        pytest.skip("iconv is not installed")
    assert [row.value for row in read_rows(path.with_name("utf8_my rows.jsonl"))] == [{"a": "b"}]


def test_kinds_of_json_have_no_names_of_python() -> None:
    values = ("a", 1, 1.5, True, None, [], {}, date(2024, 5, 1))
    told = ("text", "a number", "a number", "true", "null", "a list", "an object", "a date")
    assert tuple(map(json_kind, values)) == told
