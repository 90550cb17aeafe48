"""YAML in and out: by the rules of 1.2, bounded, and the same back from every reader."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.errors import InputFault
from fctune.jsonl import dump_yaml, parse_document, parse_yaml, read_document
from fctune.jsonl.yaml_values import MAX_UNFOLDED

TRICKY = st.text(alphabet="ab:#-'\"\\\n ,[]{}&*!|>%@`0.e1~yno\t=?<", max_size=12)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | TRICKY
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
    | st.sampled_from(["no", "1e3", "0o17", "2024-01-31", "012", "null", "<<", "a: b", "a #b"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"), ("yes", "yes"), ("on", "on"), ("Off", "Off"), ("y", "y"), ("12:30", "12:30"),
        ("2024-01-31", "2024-01-31"), ("2024-13-45", "2024-13-45"), ("007", "007"), ("08", "08"),
        ("1_000", "1_000"), ("0x1F", 31), ("0o17", 15), ("+5", 5), ("1e3", 1000.0), (".5", 0.5),
        ("1.10", 1.1), ("true", True), ("False", False), ("~", None), ("", None), ("null", None),
        ("'true'", "true"), ("!!str 5", "5"), ("!!int 5", 5), ("!!timestamp 2024-01-31",
        "2024-01-31"), ("=", "="), ("-", "-"), (".", "."), ("-.inf", -math.inf),
    ],
)  # fmt: skip
def test_a_scalar_means_what_yaml_1_2_says(text: str, value: Any) -> None:
    read = parse_yaml(f"- {text}" if text != "-" else "- '-'", "f.yaml")[0]
    assert (read, type(read)) == (value, type(value))


def test_keys_are_text_whatever_they_look_like() -> None:
    text = "200: a\ntrue: b\nno: c\n1.10: d\n2024-01-31: e\nnull: f\n"
    assert parse_yaml(text, "f") == {
        "200": "a", "true": "b", "no": "c", "1.10": "d", "2024-01-31": "e", "null": "f",
    }  # fmt: skip


def test_merge_keys_and_anchors_work() -> None:
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: {<<: [{x: 9}, *a]}\nd: &k key\ne: *k\n"
    read = parse_yaml(text, "f")
    assert read["b"] == {"x": 1, "y": 3}
    assert read["c"] == {"x": 9, "y": 2}
    assert read["e"] == "key"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", "f.yaml:4: not valid YAML: key 'c' a second time"),
        ("a: &a [*a]", "f.yaml:1: not valid YAML: anchor &a contains itself"),
        ("\n- *gone", "f.yaml:2: not valid YAML: no anchor &gone"),
        ("? [a]\n: 1", "no scalar"),
        ("- !Ref x", "got tag !Ref"),
        ("- !!int x", "which is not what its tag"),
        ("<<: 5", "without a mapping"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2: not valid YAML: got a second document"),
        ("a: [1", "f.yaml:"),
        ("a: 1\nb: \x07", "f.yaml:2: not valid YAML: control characters"),
        ("[" * 300 + "]" * 300, "deeper than 200"),
        ("- " * 5000, "f.yaml"),
        ("a: 1" + "0" * 5000, "not usable YAML"),
    ],
)
def test_what_json_cannot_hold_is_refused_with_its_line(text: str, found: str) -> None:
    with pytest.raises(InputFault) as fault:
        parse_yaml(text, "f.yaml")
    assert found in str(fault.value)


def test_an_alias_bomb_is_refused_before_it_grows() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    with pytest.raises(InputFault, match=f"unfold to more than {MAX_UNFOLDED:,}"):
        parse_yaml("\n".join(lines), "bomb.yaml")
    fair = parse_yaml("\n".join(lines[:5]), "fair.yaml")
    assert fair["a4"][0][0][0][0] == ["x"] * 10


@settings(max_examples=400, deadline=None)
@given(VALUES)
def test_what_is_written_reads_back_the_same(value: Any) -> None:
    text = dump_yaml(value)
    assert parse_yaml(text, "f") == value
    if "<<" not in text:  # a merge key for readers of 1.1, where it is a key
        assert yaml.safe_load(text) == value


def test_the_written_text_is_for_people() -> None:
    value = {"name": "look", "enum": ["no", "yes", "北京"], "text": "第一行\nsecond: line",
             "deep": [{"a": 1, "b": []}, "x"], "path": "/a/{b}",
             "long": "w " * 80 + "w"}  # fmt: skip
    assert dump_yaml(value) == (
        'name: look\nenum: ["no", "yes", 北京]\ntext: |-\n  第一行\n  second: line\n'
        f"deep:\n- a: 1\n  b: []\n- x\npath: /a/{{b}}\nlong: {'w ' * 80}w\n"
    )


@pytest.mark.parametrize("text", ['{"a": 1}', "\ufeff[1]", "a: 1", "{a: 1}"])
def test_a_text_without_a_suffix_tells_its_language(text: str) -> None:
    where = "x.yaml" if text == "{a: 1}" else "https://x.y/spec"
    assert parse_document(text, where) in ({"a": 1}, [1])


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(InputFault, match="surrogate"):
        parse_document('{"a": "\\ud83d"}', "f.json")
    assert parse_document('{"a": "\\ud83d\\ude00"}', "f.json") == {"a": "😀"}


def test_a_yaml_file_has_no_booleans_but_true_and_false(tmp_path: Path) -> None:
    path = tmp_path / "tools.yaml"
    path.write_text("- {country: NO, flag: true}\n", "utf-8")
    assert read_document(path) == [{"country": "NO", "flag": True}]
