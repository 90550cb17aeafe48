"""What cannot be read is told in words of ours, with the next command to type."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from fctune.errors import InputFault
from fctune.jsonl import read_document, read_json, read_rows
from fctune.jsonl.faults import encoding_of, json_kind, json_words


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
        assert not any(word in str(fault.value) for word in ("Expecting", "delimiter", "(char"))


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


def test_kinds_of_json_have_no_names_of_python() -> None:
    values = ("a", 1, 1.5, True, None, [], {})
    told = ("text", "a number", "a number", "true", "null", "a list", "an object")
    assert tuple(map(json_kind, values)) == told
