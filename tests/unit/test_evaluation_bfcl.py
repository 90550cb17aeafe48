"""The checker of mode bfcl: hand-made rows for every rule, damage, recorded official verdicts."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from fctune.evaluation.bfcl.arguments import argument_fault
from fctune.evaluation.bfcl.declared import types_of
from fctune.evaluation.bfcl.literals import from_java, from_javascript
from fctune.evaluation.bfcl.rows import read_row
from fctune.evaluation.bfcl.rules import check, undecoded
from fctune.evaluation.bfcl.score import outcome_row
from fctune.evaluation.bfcl.values import normal
from tests.unit import bfcl_damage

CASES = int(os.environ.get("FCTUNE_FUZZ_CASES", "3000"))
PARITY = Path(__file__).parents[3] / "shared/data/bfcl_parity_dev.jsonl.gz"
OK = None
# The parameters of one tool, and for each case: accepted values, arguments, official error type.
PROPERTIES: dict[str, Any] = {
    "city": {"type": "string"},
    "count": {"type": "integer"},
    "rate": {"type": "float"},
    "flag": {"type": "boolean"},
    "tags": {"type": "array", "items": {"type": "string"}},
    "rates": {"type": "array", "items": {"type": "float"}},
    "pair": {"type": "tuple", "items": {"type": "integer"}},
    "box": {"type": "dict", "properties": {"a": {"type": "string"}}},
    "boxes": {"type": "array", "items": {"type": "dict"}},
    "free": {"type": "any"},
}
BOX = {"a": ["Red"], "n": ["", 3]}
ARGUMENTS: list[tuple[str, dict[str, Any], dict[str, Any], str | None]] = [
    ("equal string", {"city": ["Oslo"]}, {"city": "Oslo"}, OK),
    ("case and marks", {"city": ["New York, NY"]}, {"city": "new-york_n.y./*^"}, OK),
    ("quote kinds", {"city": ["it's"]}, {"city": 'it"s'}, OK),
    ("tab stays", {"city": ["New York"]}, {"city": "New\tYork"}, "value_error:string"),
    ("wide space stays", {"city": ["a b"]}, {"city": "a\u3000b"}, "value_error:string"),
    ("lower is no casefold", {"city": ["straße"]}, {"city": "STRASSE"}, "value_error:string"),
    ("chinese", {"city": ["北京"]}, {"city": "北京"}, OK),
    ("other chinese", {"city": ["北京", "北京市"]}, {"city": "上海"}, "value_error:string"),
    ("number as text", {"count": [5]}, {"count": "5"}, "type_error:simple"),
    ("float is no integer", {"count": [5]}, {"count": 5.0}, "type_error:simple"),
    ("bool is no integer", {"count": [1]}, {"count": True}, "type_error:simple"),
    ("integer is no bool", {"flag": [True]}, {"flag": 1}, "type_error:simple"),
    ("other integer", {"count": [5]}, {"count": 6}, "value_error:others"),
    ("integer for float", {"rate": [5.0]}, {"rate": 5}, OK),
    ("exact float", {"rate": [0.3]}, {"rate": 0.1 + 0.2}, "value_error:others"),
    ("null", {"city": ["a"]}, {"city": None}, "type_error:simple"),
    ("null as a variable", {"city": [None, "a"]}, {"city": None}, OK),
    ("variable", {"flag": ["dontcare"]}, {"flag": "dontcare"}, OK),
    ("variable is exact", {"flag": ["dontcare"]}, {"flag": "Dontcare"}, "value_error:others"),
    ("optional left out", {"city": ["a", ""]}, {}, OK),
    ("optional as empty text", {"city": ["a", ""]}, {"city": "-..."}, OK),
    ("optional as empty list", {"tags": ["", ["x"]]}, {"tags": []}, OK),
    ("optional as empty object", {"box": ["", BOX]}, {"box": {}}, "value_error:dict_key"),
    ("not optional", {"city": ["a"]}, {}, "simple_function_checker:missing_optional"),
    ("list", {"tags": [["New York", "b"]]}, {"tags": ["newyork", "B"]}, OK),
    ("list order", {"tags": [["a", "b"]]}, {"tags": ["b", "a"]}, "value_error:list/tuple"),
    ("list length", {"tags": [["a", "b"]]}, {"tags": ["a"]}, "value_error:list/tuple"),
    ("list items", {"tags": [["a"]]}, {"tags": [1]}, "type_error:nested"),
    ("list items unchecked", {"tags": [["a"], ""]}, {"tags": [1]}, "value_error:list/tuple"),
    ("no widening in lists", {"rates": [[1.0]]}, {"rates": [1]}, "type_error:nested"),
    ("items of the gold type", {"rates": [["x"]]}, {"rates": ["x"]}, OK),
    ("tuple", {"pair": [[1, 2]]}, {"pair": [1, 2]}, OK),
    ("no list", {"tags": [["a"]]}, {"tags": "a"}, "type_error:simple"),
    ("object", {"box": [BOX]}, {"box": {"a": "r-e-d"}}, OK),
    ("object with optional", {"box": [BOX]}, {"box": {"n": 3, "a": "red"}}, OK),
    ("object lacks key", {"box": [BOX]}, {"box": {"n": 3}}, "value_error:dict_key"),
    ("object extra key", {"box": [BOX]}, {"box": {"a": "red", "z": 1}}, "value_error:dict_key"),
    ("object wrong value", {"box": [BOX]}, {"box": {"a": "blue"}}, "value_error:dict_value"),
    ("lacking outweighs wrong", {"box": [BOX]}, {"box": {"n": 4}}, "value_error:dict_key"),
    ("loose inside objects", {"box": [{"a": [1]}]}, {"box": {"a": True}}, OK),
    ("raw deeper down", {"box": [{"a": [["Red"]]}]}, {"box": {"a": ["red"]}},
     "value_error:dict_value"),
    ("objects", {"boxes": [[BOX, BOX]]}, {"boxes": [{"a": "red"}, {"a": "Red", "n": 3}]}, OK),
    ("fewer objects", {"boxes": [[BOX, BOX]]}, {"boxes": [{"a": "red"}]},
     "value_error:list_dict_count"),
    ("objects in order", {"boxes": [[{"a": ["x"]}, {"a": ["y"]}]]},
     {"boxes": [{"a": "y"}, {"a": "x"}]}, "value_error:dict_value"),
    ("any is a string", {"free": ["x"]}, {"free": 5}, "type_error:simple"),
    ("any with gold number", {"free": [5]}, {"free": 5}, OK),
    ("unknown argument", {"city": ["a"]}, {"city": "a", "zz": 1},
     "simple_function_checker:unexpected_param"),
    ("argument without gold", {"city": ["a"]}, {"city": "a", "count": 1},
     "simple_function_checker:unexpected_param"),
    ("unknown comes before type", {"city": ["a"]}, {"zz": 1, "city": 5},
     "simple_function_checker:unexpected_param"),
    ("type comes before unknown", {"city": ["a"]}, {"city": 5, "zz": 1}, "type_error:simple"),
]  # fmt: skip


def _tool(name: str = "f", required: tuple[str, ...] = ()) -> dict[str, Any]:
    parameters = {"type": "dict", "properties": PROPERTIES, "required": list(required)}
    return {"name": name, "parameters": parameters}


def _call(name: str = "f", **arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": arguments}


@pytest.mark.parametrize("case", ARGUMENTS, ids=[case[0] for case in ARGUMENTS])
def test_one_argument(case: tuple[str, dict[str, Any], dict[str, Any], str | None]) -> None:
    _, gold, arguments, error = case
    verdict = check([_tool()], [{"f": gold}], [_call(**arguments)], "simple_python")
    assert verdict.error_type == error
    assert verdict.valid is (error is None)
    assert verdict.reason.startswith(error or "")


def test_required_beats_the_empty_answer_and_comes_first() -> None:
    tools = [_tool(required=("city",))]
    verdict = check(tools, [{"f": {"city": ["a", ""]}}], [_call(zz=1)], "simple")
    assert verdict.error_type == "simple_function_checker:missing_required"
    assert verdict.reason.split(": ")[1] == "f.city"


@pytest.mark.parametrize(
    ("name", "flag", "valid"),
    [("a.f", False, True), ("a_f", False, False), ("a_f", True, True), ("a.f", True, False),
     ("A.f", False, False), ("functions.a.f", False, False), (None, False, False)],
)  # fmt: skip
def test_names_are_exact_and_dots_follow_the_flag(name: Any, flag: bool, valid: bool) -> None:
    gold = [{"a.f": {"city": ["x"]}}]
    call = {"name": name, "arguments": {"city": "x"}}
    assert check([_tool("a.f")], gold, [call], "simple", flag).valid is valid


@pytest.mark.parametrize(
    ("category", "calls", "error"),
    [("simple", 0, "simple_function_checker:wrong_count"),
     ("simple", 2, "simple_function_checker:wrong_count"),
     ("live_multiple", 2, "multiple_function_checker:wrong_count"),
     ("parallel_multiple", 2, "parallel_function_checker_no_order:wrong_count")],
)  # fmt: skip
def test_counts(category: str, calls: int, error: str) -> None:
    gold = [{"f": {"city": ["x"]}}]
    verdict = check([_tool()], gold, [_call(city="x")] * calls, category)
    assert verdict.error_type == error


def test_multiple_looks_the_tool_up_and_simple_takes_the_first() -> None:
    tools, gold = [_tool("g"), _tool("f")], [{"f": {"city": ["x"]}}]
    assert check(tools, gold, [_call(city="x")], "multiple").valid
    assert not check(tools, gold, [_call(city="x")], "simple").valid


def test_parallel_is_greedy_and_not_a_best_matching() -> None:
    """The first gold call takes the first call that fits, even if only that one fits the second."""
    gold = [{"f": {"city": ["a", "b"]}}, {"f": {"city": ["a"]}}]
    one, other = _call(city="a"), _call(city="b")
    assert check([_tool()], gold, [other, one], "parallel").valid
    verdict = check([_tool()], gold, [one, other], "parallel")
    assert verdict.error_type == "parallel_function_checker_no_order:cannot_find_match"
    assert "gold call 2" in verdict.reason
    assert 'f.city: got "b", expected "a"' in verdict.reason


@pytest.mark.parametrize(
    ("prediction", "irrelevance", "relevance"),
    [([], True, False), ([_call()], False, True), ([_call("unknown", x=1)], False, True),
     ([_call()] * 2, False, True), ([{"name": "f", "arguments": "x"}], True, False),
     ([{"name": "f", "arguments": None}], True, False), ("f()", True, False), (None, True, False),
     ([_call(), 5], True, False)],
)  # fmt: skip
def test_relevance_counts_unreadable_output_as_no_call(
    prediction: Any, irrelevance: bool, relevance: bool
) -> None:
    assert check([_tool()], [], prediction, "live_irrelevance").valid is irrelevance
    assert check([_tool()], [], prediction, "live_relevance").valid is relevance


def test_undecoded_output() -> None:
    assert undecoded("irrelevance").valid
    assert undecoded("live_relevance").error_type == "relevance_error:decoder_failed"
    assert undecoded("parallel").error_type == "ast_decoder:decoder_failed"


@pytest.mark.parametrize("key", ["name", "arguments"])
def test_half_a_call_is_no_call_of_a_tool_of_that_name(key: str) -> None:
    """As the official runner does with rows of this form; `{name: arguments}` stays a call."""
    half: list[Any] = [{key: {"n": 1}}]
    assert check([_tool()], [], half, "live_irrelevance").valid
    assert not check([_tool()], [], half, "live_relevance").valid
    for calls in (half, [_call(), *half], [_call(), {"f": {}}]):
        verdict = check([_tool()], [{"f": {}}], calls, "multiple")
        assert verdict.error_type == "ast_decoder:decoder_wrong_output_format"
    assert check([_tool()], [{"f": {}}], [{"f": {}}], "simple").valid


@pytest.mark.parametrize("prediction", [{}, "f()", [[]], [{"name": "f"}], [_call(), None], 5])
def test_a_wrong_shape_is_malformed(prediction: Any) -> None:
    verdict = check([_tool()], [{"f": {}}], prediction, "simple")
    assert verdict.error_type == "ast_decoder:decoder_wrong_output_format"


@pytest.mark.parametrize(
    ("schema", "value", "answers", "valid"),
    [({"type": "number"}, 5, [5.0], True), ({"type": "number"}, "5", [5], False),
     ({"type": "object"}, {"a": "x"}, [{"a": ["x"]}], True),
     ({"type": ["string", "null"]}, None, [None, "a"], True),
     ({"type": ["string", "null"]}, "A", ["a", None], True),
     ({"type": ["integer", "string"]}, True, [1], False),
     ({"anyOf": [{"type": "string"}, {"type": "array"}]}, ["A"], [["a"]], True),
     ({"type": "array"}, [1, "X"], [[1, "x"]], True),
     ({"type": "array", "items": {"type": ["integer", "string"]}}, [True], [[True]], True),
     ({"type": "array", "items": {"type": "number"}}, [1], [[1.0]], True),
     ({"type": "datetime"}, "2024-01-02", ["2024.01.02"], True),
     ({}, 5, [5], True), (None, "a", ["A"], True), ("string", [1], [[1]], True),
     ({"type": "float"}, 10**400, [1.0], False),
     ({"type": "array", "items": {"type": "dict"}}, [5], ["", [{"a": [5]}]], False),
     ({"type": "dict"}, {"a": {"b": 1}}, [{"a": {"b": 1}}], True)],
)  # fmt: skip
def test_schemas_on_which_the_official_checker_stops(
    schema: Any, value: Any, answers: list[Any], valid: bool
) -> None:
    assert (argument_fault(value, schema, answers, "") is None) is valid


def test_types_of_odd_schemas() -> None:
    assert types_of({"type": []}) is None
    assert types_of({"type": "Integer"}) == {int}
    assert types_of({"oneOf": [{"type": "string"}, {"enum": [1]}]}) is None


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [("5", {"type": "integer"}, 5), ("5.0", {"type": "integer"}, "5.0"),
     ("5L", {"type": "long"}, 5), ("5", {"type": "long"}, "5"), ("2.5f", {"type": "float"}, 2.5),
     ("2.5", {"type": "double"}, 2.5), ("True", {"type": "boolean"}, "True"),
     ("new int[]{1, 2}", {"type": "Array", "items": {"type": "integer"}}, [1, 2]),
     ('new ArrayList<>(Arrays.asList("a", "b"))',
      {"type": "ArrayList", "items": {"type": "String"}}, ["a", "b"]),
     ('new ArrayList<String>() {{ add("a"); }}', {"type": "ArrayList"}, ["a"]),
     ("new ArrayList<>()", {"type": "ArrayList"}, []), ("list", {"type": "ArrayList"}, "list"),
     ('new HashMap<String, Object>() {{ put("k", 5); }}', {"type": "HashMap"}, {"k": 5}),
     ("new HashMap<>()", {"type": "HashMap"}, {}), ("9" * 5000, {"type": "integer"}, "9" * 5000)],
)  # fmt: skip
def test_java_literals(text: str, schema: dict[str, Any], value: Any) -> None:
    assert from_java(text, schema) == (value,)


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [("5n", {"type": "Bigint"}, 5), ("'a'", {"type": "String"}, "a"),
     ("a", {"type": "String"}, "a"),
     ("true", {"type": "Boolean"}, True), ("5.5", {"type": "float"}, 5.5),
     ("[1, 'a']", {"type": "array"}, [1, "a"]),
     ("new Array(1, 2)", {"type": "array", "items": {"type": "integer"}}, [1, 2]),
     ("[[1, 2], [3]]", {"type": "array"}, [[1, 2], [3]]),
     ("[[1], [2]", {"type": "array"}, ["[1"]), ("[[1]x, [2]]", {"type": "array"}, [[1], [2]]),
     ("new Array([1], ['a'])", {"type": "array"}, [[1], ["a"]]), ("{}", {"type": "dict"}, {}),
     ("{'a': 1, b: [2]}", {"type": "dict"}, {"a": 1, "b": [2]}),
     ("someObject", {"type": "dict"}, "someObject"), ("f(x)", {"type": "any"}, "f(x)")],
)  # fmt: skip
def test_javascript_literals(text: str, schema: dict[str, Any], value: Any) -> None:
    assert from_javascript(text, schema) == (value,)


@pytest.mark.parametrize(
    ("text", "schema", "read"),
    [("[" + "[a]," * 1000, {"type": "array"}, from_javascript),
     ("new Array(" + "[a]," * 1000, {"type": "array"}, from_javascript),
     ("{" + "a:, " * 1000 + "}", {"type": "dict"}, from_javascript),
     ("new HashMap<>() {" + " " * 4000, {"type": "HashMap"}, from_java),
     ("new HashMap<>() {" + 'put("a",' * 500 + "}", {"type": "HashMap"}, from_java),
     ("new ArrayList<>() {{" + " " * 4000, {"type": "ArrayList"}, from_java),
     ("[" * 10**6, {"type": "array"}, from_javascript)],
    ids=("rows", "new rows", "members", "map", "puts", "list", "a million"),
)  # fmt: skip
def test_unclosed_literals_take_no_time(text: str, schema: dict[str, Any], read: Any) -> None:
    """The patterns of the official reader would try all ways to cut them, for hours."""
    start = time.process_time()
    assert read(text, schema) is not None
    assert time.process_time() - start < 5


def test_values_of_java_and_javascript_must_be_text() -> None:
    tool = {"name": "f", "parameters": {"properties": {"n": {"type": "integer"}}}}
    gold = [{"f": {"n": [5]}}]
    assert check([tool], gold, [_call(n="5")], "simple_java").valid
    assert check([tool], gold, [_call(n=5)], "simple_java").error_type == "type_error:java"
    assert check([tool], gold, [_call(n=5)], "simple_javascript").error_type == "type_error:js"
    assert check([tool], gold, [_call(n=5)], "simple_python").valid


def test_damage_never_raises_and_every_row_is_scored_or_refused() -> None:
    """FCTUNE_FUZZ_CASES=100000 runs more of them."""
    scored = wrong = 0
    for number in range(CASES):
        rng = random.Random(number)
        made = bfcl_damage.row(rng, number)
        verdict = check(
            made.get("tools"),
            made.get("possible_answer"),
            made.get("prediction"),
            made.get("category"),  # type: ignore[arg-type]
            rng.random() < 0.2,
        )
        assert verdict.valid is (verdict.error_type is None)
        assert verdict.reason.startswith(verdict.error_type or "")
        row = read_row(made, number)
        if not isinstance(row, str):
            outcome = outcome_row(row)
            scored += 1
            wrong += not outcome["correct"]
            assert (outcome["outcome"] == "ok") is outcome["correct"]
    assert 0.5 * CASES < scored < CASES
    assert 0.2 * scored < wrong < scored


def test_values_nested_deeper_than_python_compares() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    gold = [{"f": {"tags": [deep]}}]
    tool = {"name": "f", "parameters": {"properties": {"tags": {"type": "array"}}}}
    other: Any = 1
    for _ in range(100_000):
        other = [other]
    verdict = check([tool], gold, [_call(tags=other)], "simple")
    assert verdict.reason.startswith(verdict.error_type or "")


def test_the_dev_suite_of_official_verdicts() -> None:
    if not PARITY.is_file():
        pytest.skip("the recorded official verdicts are not here")
    with gzip.open(PARITY, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    assert len(rows) == 2961
    differing = []
    for row in rows:
        verdict = check(
            row["tools"],
            row["possible_answer"],
            row["prediction"],
            row["category"],
            row["underscore_to_dot"],
        )
        if (verdict.valid, verdict.error_type) != (
            row["official_valid"],
            row["official_error_type"],
        ):
            differing.append((row["id"], verdict.error_type, row["official_error_type"]))
    assert not differing


def test_the_first_verdict_comes_without_heavy_imports() -> None:
    """From the start of Python to a verdict under half a second; the best of three."""
    script = (
        "from fctune.evaluation.bfcl.rules import check\n"
        "check([], [{'f': {}}], [], 'simple')\n"
        "import sys\n"
        "heavy = {'pydantic', 'jsonschema_rs', 'numpy', 'typer', 'torch'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.5


def test_normal_form() -> None:
    assert normal("St. John's / A_b*^-c") == 'stjohn"sabc'
    assert normal("ÄÖ 北京") == "äö北京"
