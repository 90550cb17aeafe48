"""The mode `semantic`: what means the same is equal, and what a tool would refuse is not."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fctune.errors import InputFault
from fctune.evaluation.cases.case_set import Accepted
from fctune.evaluation.matching.match import match_calls
from fctune.evaluation.matching.modes import Mode, match_case
from fctune.evaluation.semantic.comparators import Comparators, read_comparators
from fctune.evaluation.semantic.dates import equal_moments, read_moment
from fctune.evaluation.semantic.values import Semantic
from fctune.tools.spec import ToolCatalog, ToolSpec

from .evaluation_samples import CATALOG, call, case

TEXT, NUMBER, INTEGER = {"type": "string"}, {"type": "number"}, {"type": "integer"}
DAY = {"type": "string", "format": "date"}
INSTANT = {"type": "string", "format": "date-time"}


def catalog_of(schema: Any, name: str = "x", required: tuple[str, ...] = ()) -> ToolCatalog:
    whole = {"type": "object", "properties": {name: schema}, "required": list(required)}
    return ToolCatalog((ToolSpec("f", "", whole),))


def right(
    gold: Any, given: Any, schema: Any, *, name: str = "x", comparators: Comparators | None = None
) -> bool:
    rules = Semantic(comparators or Comparators())
    return match_calls(
        [call("f", **{name: gold})],
        [call("f", **{name: given})],
        catalog_of(schema, name),
        (),
        rules,
    ).exact


@pytest.mark.parametrize(
    ("gold", "given", "schema"),
    [
        ("Oslo", " oslo ", TEXT),
        ("Oslo, Norway", "Oslo Norway.", TEXT),
        ("北京，朝阳区", "北京 朝阳区", TEXT),
        ("ＡＢＣ模型", "abc模型", TEXT),
        ("don’t", "don't", TEXT),
        (5, 5.0, NUMBER),
        (5, 5.0, INTEGER),
        (0.3, 0.1 + 0.2, NUMBER),
        ("2024-03-05", "March 5, 2024", DAY),
        ("2024-03-05", "20240305", DAY),
        ("2024-03-05", "2024年3月5日", TEXT),
        ("2024-07-12T13:15:00Z", "2024-07-12T15:15:00+02:00", INSTANT),
        ("15:30", "下午三点半", TEXT),
        ([1, 2.0], [1.0, 2], {"type": "array", "items": NUMBER}),
        (["a", "b"], ["B", "A"], {"type": "array", "uniqueItems": True, "items": TEXT}),
        ({"a": "X"}, {"a": "x"}, {"type": "object", "properties": {"a": TEXT}}),
        (
            {"a": 1},
            {"a": 1, "b": "C"},
            {"type": "object", "properties": {"b": {"type": "string", "default": "c"}}},
        ),
        ("x", "X", {"anyOf": [{"type": "null"}, TEXT]}),
    ],
)  # fmt: skip
def test_what_means_the_same_is_equal(gold: Any, given: Any, schema: Any) -> None:
    assert right(gold, given, schema)
    assert right(given, gold, schema)


@pytest.mark.parametrize(
    ("gold", "given", "schema"),
    [
        ("5", 5, TEXT),
        (5, "5", INTEGER),
        (1, True, INTEGER),
        ("Oslo", "Bergen", TEXT),
        ("-5", "5", TEXT),
        ("3.14", "314", TEXT),
        ("/a/b", "ab", TEXT),
        ("(1+2)*3", "1+2*3", TEXT),
        ("data['Sales']", "data['sales']", TEXT),
        ("https://a.example/B", "https://a.example/b", TEXT),
        ("/etc/Hosts", "/etc/hosts", TEXT),
        ("2023-1-12", "2023-11-2", TEXT),
        ("?", "!", TEXT),
        ("celsius", "Celsius", {"type": "string", "enum": ["celsius"]}),
        ("ab", "AB", {"type": "string", "pattern": "^[a-z]+$"}),
        ("secret", "Secret", {"type": "string", "format": "password"}),
        ("20240305", "2024-03-05", TEXT),  # nothing says that x is a day
        ("03/04/2024", "2024-03-04", DAY),  # or the fourth of March
        ("2024-07-12T13:15:00Z", "2024-07-12T13:15:00", INSTANT),
        (["a", "b"], ["b", "a"], {"type": "array", "items": TEXT}),
        (["a", "a"], ["a", "b"], {"type": "array", "uniqueItems": True}),
        (10**10, 10**10 + 1, INTEGER),
        (math.nan, math.nan, NUMBER),
        ({"a": 1}, {"a": 1, "b": "d"}, {"type": "object", "properties": {"b": {"default": "c"}}}),
    ],
)  # fmt: skip
def test_what_differs_stays_different(gold: Any, given: Any, schema: Any) -> None:
    assert not right(gold, given, schema)
    assert not right(given, gold, schema)


def test_ids_count_letter_by_letter_by_their_name() -> None:
    for name in ("id", "userId", "order_id", "password", "fileURL", "email"):
        assert not right("Ab-1", "ab-1", TEXT, name=name), name
    assert right("20240305", "2024-03-05", TEXT, name="start_date")


def test_a_default_says_the_same_as_nothing() -> None:
    catalog = catalog_of({"type": "string", "default": "C"}, "units")
    for gold, given in ((call("f"), call("f", units="c")), (call("f", units="C"), call("f"))):
        match = match_calls([gold], [given], catalog, (), Semantic())
        assert match.exact
        assert (match.gold_slots, match.predicted_slots, match.right_slots) == (0, 0, 0)
        assert not match_calls([gold], [given], catalog).exact
    wrong = match_calls([call("f")], [call("f", units="K")], catalog, (), Semantic())
    assert not wrong.exact


def test_what_is_required_may_not_be_left_out_even_if_it_has_a_default() -> None:
    catalog = catalog_of({"type": "string", "default": "C"}, "units", ("units",))
    assert not match_calls([call("f", units="C")], [call("f")], catalog, (), Semantic()).exact


def test_null_says_the_same_as_nothing_where_the_schema_takes_it() -> None:
    catalog = catalog_of({"type": ["string", "null"]})
    assert match_calls([call("f")], [call("f", x=None)], catalog, (), Semantic()).exact
    assert not match_calls([call("f")], [call("f", x=None)], catalog_of(TEXT), (), Semantic()).exact


def write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("how", "gold", "given", "equal"),
    [
        ("exact", "Oslo", "oslo", False),
        ({"compare": "text", "case": True}, "Oslo", "oslo", False),
        ({"compare": "text", "punctuation": True}, "a, b", "a b", False),
        ({"compare": "number", "rel": 0.05}, 100, 104, True),
        ({"compare": "number", "rel": 0.05}, 100, 106, False),
        ({"compare": "number", "abs": 0.1}, 1.0, 1.1, True),
        ("number", "1,000", "１０００", True),
        ({"compare": "number", "text": True}, 50, "五十", True),
        ("set", ["a", "b"], ["B", "a"], True),
        ("set", ["a", "a", "b"], ["a", "b"], False),
        ({"compare": "set", "duplicates": True}, ["a", "a", "b"], ["a", "b"], True),
        ({"compare": "set", "items": "exact"}, ["a", "b"], ["B", "a"], False),
        ({"compare": "date", "order": "dmy"}, "2024-04-03", "03/04/2024", True),
        ({"compare": "date", "order": "mdy"}, "2024-04-03", "03/04/2024", False),
        ({"compare": "date", "part": "date"}, "2024-04-03T10:00", "2024-04-03", True),
        ({"compare": "date", "zone": "+08:00"}, "2024-04-03T10:00", "2024-04-03T02:00Z", True),
        ("date", "明天", "明天。", True),
        ("date", "明天", "后天", False),
        ({"compare": "regex", "pattern": "A-[0-9]+"}, "x", "A-12", True),
        ({"compare": "regex", "pattern": "A-[0-9]+"}, "x", "A-", False),
        ("ignore", "x", {"any": "thing"}, True),
    ],
)  # fmt: skip
def test_comparators_of_a_file(
    tmp_path: Path, how: Any, gold: Any, given: Any, equal: bool
) -> None:
    for place in ("f.x", "*.x"):
        comparators = read_comparators(write(tmp_path / "c.json", {place: how}))
        comparators.check_names([catalog_of(TEXT)])
        assert right(gold, given, {}, comparators=comparators) is equal


def test_a_path_goes_into_objects_and_lists(tmp_path: Path) -> None:
    schema = {"type": "array", "items": {"type": "object", "properties": {"note": TEXT, "n": TEXT}}}
    comparators = read_comparators(write(tmp_path / "c.json", {"f.x[].note": "ignore"}))
    comparators.check_names([catalog_of(schema)])
    gold = [{"note": "a", "n": "1"}]
    assert right(gold, [{"n": "1"}], schema, comparators=comparators)
    assert not right(gold, [{"note": "a", "n": "2"}], schema, comparators=comparators)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([1], "no mapping"),
        ({"x": "date"}, "expected tool.parameter"),
        ({"f.x": "dates"}, "got comparator 'dates'"),
        ({"f.x": {"case": True}}, "has no comparator"),
        ({"f.x": {"compare": "text", "cases": True}}, "text has no option 'cases'"),
        ({"f.x": {"compare": "number", "rel": "5%"}}, "expected a number"),
        ({"f.x": {"compare": "number", "rel": -1}}, "expected a number"),
        ({"f.x": {"compare": "date", "order": "ymd"}}, "expected mdy or dmy"),
        ({"f.x": {"compare": "date", "zone": "Oslo"}}, "a zone such as"),
        ({"f.x": {"compare": "regex"}}, "regex has no pattern"),
        ({"f.x": {"compare": "regex", "pattern": "("}}, "got pattern '\\('"),
        ({"f.x": {"compare": "set", "items": "txt"}}, "f.x.items: got comparator 'txt'"),
    ],
)  # fmt: skip
def test_a_bad_comparator_file_is_told(tmp_path: Path, content: Any, words: str) -> None:
    with pytest.raises(InputFault, match=words):
        read_comparators(write(tmp_path / "c.json", content))


def test_a_name_that_no_tool_has_is_told_with_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("order.itm: ignore\n")
    with pytest.raises(InputFault) as found:
        read_comparators(path).check_names([CATALOG])
    assert found.value.hint == "did you mean order.item?"


def test_what_a_case_accepts_is_right_in_every_mode() -> None:
    one = case(call("order", item="tea", count=2), call("order", item="milk"))
    beside = (
        Accepted({"item": ("tea", "green tea"), "gift": (True,)}, frozenset({"count"})),
        Accepted({"item": ("milk",)}),
    )
    accepting = replace(one, accepted=beside)
    said = [call("order", item="milk"), call("order", item="green tea", gift=True)]
    for mode in Mode:
        assert match_case(accepting, said, mode).exact, mode
        assert not match_case(one, said, mode).exact, mode
    swapped = [call("order", item="green tea"), call("order", item="tea")]
    assert not match_case(accepting, swapped, Mode.STRICT).exact
    (pair,) = match_case(
        replace(case(call("order", item="tea")), accepted=beside[:1]),
        [call("order", item="coffee")],
        Mode.STRICT,
    ).pairs
    assert pair.slots[0].message == 'got "coffee", expected one of "tea", "green tea"'


def test_the_mode_bfcl_compares_as_the_official_checker() -> None:
    def same(gold: Any, given: Any, schema: Any = TEXT) -> bool:
        one = case(call("f", x=gold))
        return match_case(
            replace(one, catalog=catalog_of(schema)), [call("f", x=given)], Mode.BFCL
        ).exact

    assert same("New-York", "new york")
    assert same("3.14", "314")  # its known leniency
    assert not same("straße", "STRASSE")
    assert same(5.0, 5, NUMBER)
    assert not same(5, 5.0, INTEGER)
    assert not same(1, True, INTEGER)
    assert not same([1.0], [1], {"type": "array"})
    assert same(["A b"], ["ab"], {"type": "array"})
    assert same({"a": "A b"}, {"a": "ab"}, {"type": "object"})


def damaged(draw: random.Random, depth: int = 0) -> Any:
    leaves = (
        None, True, False, 0, -1, 10**400, math.nan, math.inf, 1e308, "", "a", "\ud800",
        "2024-13-45", "9" * 500, "١٢", "月", "五十万点", "0000-00-00T99:99", "(" * 50, "3月",
        "\x00", "年月日", "²",
    )  # fmt: skip
    kind = draw.randrange(4 if depth < 4 else 1)
    if kind == 2:
        return [damaged(draw, depth + 1) for _ in range(draw.randrange(4))]
    if kind == 3:
        keys = ("a", "type", "properties", "items", "anyOf", "$ref", "default", "required", "enum")
        return {draw.choice(keys): damaged(draw, depth + 1) for _ in range(draw.randrange(4))}
    return draw.choice(leaves)


def test_nothing_raises_whatever_values_and_schemas_hold(tmp_path: Path) -> None:
    draw = random.Random(5)
    files = [
        read_comparators(write(tmp_path / f"{n}.json", {"*.x": how, "*.a": how}))
        for n, how in enumerate(
            ["auto", "text", "date", "set", "list", {"compare": "number", "text": True}]
        )
    ]
    refs = ({"$ref": "#"}, {"$ref": "#/properties/x"}, {"anyOf": [3]}, {"type": ["string", []]})
    for _ in range(4000):
        schema = draw.choice(refs) if draw.random() < 0.2 else damaged(draw)
        gold, given = damaged(draw), damaged(draw)
        name = draw.choice(["x", "date", "id"])
        spec = ToolSpec("f", "", {"properties": {name: schema}, "required": draw.choice([3, None])})
        catalog = ToolCatalog((spec,))
        for rules in (Semantic(), Semantic(draw.choice(files))):
            match = match_calls(
                [call("f", **{name: gold})], [call("f", **{name: given})], catalog, (), rules
            )
            assert match.right_slots <= min(match.gold_slots, match.predicted_slots)
        one = case(call("f", **{name: gold}))
        for mode in Mode:
            match_case(one, [call("f", **{name: given})], mode)


def test_bottomless_values_are_wrong_and_no_fault() -> None:
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    again = [deep]  # two lists: one list is equal to itself without a look inside
    for mode in Mode:
        match = match_case(case(call("order", item=again)), [call("order", item=deep)], mode)
        assert not match.exact


def test_moments_that_are_none() -> None:
    for text in ("", "tomorrow", "2024-02-30", "25:00", "13 am", "5", "May", "1,000", "x" * 90):
        assert read_moment(text) is None, text
    one, other = read_moment("noon"), read_moment("12:00")
    assert one is not None and other is not None and equal_moments(one, other)
