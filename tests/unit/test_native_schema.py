"""The compiled judge of arguments against `fctune.tools.check.validator_of`.

The library may be in doubt, which is null; where it answers, it answers as Python does.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from fctune.conversations.read import read_conversation
from fctune.conversations.turns import ModelTurn
from fctune.issues import Accepted
from fctune.jsonl import RawRow, read_rows
from fctune.native.library import library, probe
from fctune.tools.check import validator_of
from fctune.tools.spec import ToolSpec

pytestmark = pytest.mark.skipif(library() is None, reason="the native library was not built")

ROOT = Path(__file__).parents[2]
OWN = ("glaive/glaive_toolcall_en_demo.json", "ecommerce/ecommerce_openai.jsonl")
SHARED = (
    "lf_v1_content_parts/reason_tool_use_demo_50.jsonl",
    "seal_tools/finetune_dev.jsonl",
    "sharegpt_glaive_lf/glaive_toolcall_zh_demo.json",
    "when2call/test_llm_judge_120.jsonl",
    "xlam_query_tools_answers/apibank_l1.jsonl",
    "xlam_query_tools_answers/sealtool.jsonl",
    "xlam_query_tools_answers/toolalpaca.jsonl",
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 3, 10, 1.0, 2.0, 2.5, -0.0, 0.1, 1e20, 1e300),
    *(2**53, 2**53 + 1, float(2**53), 2**63 - 1, "", "x", "ab", "中文", "😀a", "1", "é", "a\n"),
    *("P1234", "p1234", "2024-01-02", "2024-01-02\n", "٣", [], {}, [1, "a"], [1, 1.0], [1, True]),
    *(["x", "x"], {"a": 1}, {"a": 1.0}, {"a": "x", "b": 2}, {"c": {"a": 1}}),
    [{"a": 1}, {"a": 1.0}],
)  # fmt: skip
_PROPERTIES: tuple[Any, ...] = ({}, {"a": {}}, {"a": False}, {"a": 5}, {"c": {}}, 5)
_OTHERS: tuple[Any, ...] = (True, False, {}, 5)
# Schemas of one parameter `a`, for each keyword in its lawful forms and in others.
KEYWORDS: tuple[Any, ...] = (
    *({"type": name} for name in ("string", "integer", "number", "boolean", "array", "object")),
    *({"type": form} for form in (["integer", "null"], [], ["string", "string"], "any", 5)),
    *({"enum": form} for form in ([], [1], [1.0], [True], [1, "a", None], [[1, {"a": 2}]], 5)),
    *({"enum": form} for form in ([0], [{"a": 1}], [2**53 + 1], ["中文", "x"], [1, 1])),
    *({"const": form} for form in (1, True, None, "x", {"a": 1}, [1, True], 2**53 + 1)),
    *({key: 2} for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")),
    *({key: 0.1} for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")),
    *({"minimum": form} for form in ("1", True, None, 2**53 + 1, 1e300)),
    *({"multipleOf": form} for form in (2, 1, 0, -1, 0.5)),
    *({key: 2} for key in ("minLength", "maxLength", "minItems", "maxItems")),
    *({key: 1} for key in ("minProperties", "maxProperties")),
    *({key: form} for key in ("minLength", "maxItems") for form in (-1, 2.0, "2", 2.5)),
    *({"uniqueItems": form} for form in (True, False, "x")),
    *({"pattern": form} for form in ("^P[0-9]{4}$", r"^\d{4}-\d{2}-\d{2}$", "a+", "^(x|ab)$", "(")),
    *({"pattern": form} for form in (r"^\w+$", "^.$", "^[^a]", "x?$", "^[A-Za-z0-9_-]*$", "^a$b")),
    *({"format": form} for form in ("date", "email", "unknown", 5)),
    *({key: "x"} for key in ("description", "title", "$comment", "contentEncoding", "id", "$id")),
    *({key: 5} for key in ("description", "title", "default", "example", "examples", "deprecated")),
    *({key: 5} for key in ("optional", "nullable", "if", "not", "definitions", "x-own", "$ref")),
    *({"items": form} for form in ({"type": "integer"}, True, False, [{"type": "integer"}], 5)),
    {"items": {"properties": {"a": {"type": "integer"}}}},
    {"prefixItems": [{"type": "integer"}, {"properties": {"a": {}}}], "items": {"type": "string"}},
    *({"properties": form} for form in _PROPERTIES),
    *({"properties": {"a": {}}, "additionalProperties": form} for form in _OTHERS),
    {"properties": {"b": {}}, "additionalProperties": {"type": "integer"}},
    *({"required": form} for form in (["a"], [], ["a", "a"], ["zz"], "a", [5])),
    {"properties": {"a": {"type": "integer"}, "c": {}}, "required": ["a"]},
    *({key: [{"type": "object", "properties": {"a": {}}}, {"type": "null"}]}
      for key in ("anyOf", "oneOf", "allOf")),
    *({key: [{"properties": {"a": {}}}, {"properties": {"c": {}}}]} for key in ("anyOf", "oneOf")),
    *({key: [{"type": "integer"}, {"minimum": 2}]} for key in ("anyOf", "oneOf", "allOf")),
    *({key: []} for key in ("anyOf", "oneOf", "allOf", "prefixItems")),
    {"properties": {"a": {}}, "anyOf": [{"properties": {"c": {}}}, {"type": "string"}]},
    {"not": {"type": "string"}}, {"if": {"type": "string"}, "then": {"minLength": 2}},
    {"patternProperties": {"^a": {"type": "integer"}}}, {"unevaluatedProperties": False},
    {"dependentRequired": {"a": ["b"]}}, {"propertyNames": {"maxLength": 1}}, True, False, {},
)  # fmt: skip

Call = tuple[str, dict[str, Any]]


def rows() -> Iterator[RawRow]:
    """The rows of the samples; those shared are read where they are."""
    own = [ROOT / "data" / "raw" / name for name in OWN]
    shared = [ROOT.parent / "shared" / "data" / "raw" / name for name in SHARED]
    for path in [*own, *(path for path in shared if path.is_file())]:
        yield from (raw for raw in read_rows(path) if isinstance(raw, RawRow))


@pytest.fixture(scope="module")
def listed() -> dict[str, list[Call]]:
    """The tool lists of the samples, with the calls of their rows."""
    found: dict[str, list[Call]] = {}
    for raw in rows():
        verdict = read_conversation(raw.value, raw.origin)
        if not isinstance(verdict, Accepted) or not verdict.value.catalog.specs:
            continue
        calls = found.setdefault(verdict.value.catalog.json, [])
        for turn in verdict.value.turns:
            if isinstance(turn, ModelTurn):
                calls.extend((call.name, dict(call.arguments)) for call in turn.calls)
    return found


def native(text: str, calls: Sequence[Call]) -> list[bool | None]:
    """What the library says of calls."""
    answer = probe("tools.judged", json.dumps({"tools": text, "calls": calls}).encode())
    assert answer is not None
    verdicts: list[bool | None] = json.loads(answer)
    return verdicts


def python(text: str, calls: Sequence[Call]) -> list[bool | None]:
    """What Python says of calls; None where the schema cannot be used."""
    specs = {one["name"]: one["parameters"] for one in json.loads(text)}
    judges = {name: validator_of(ToolSpec(name, "", specs[name])) for name, _ in calls}
    return [
        None if isinstance(judges[name], str) else judges[name].is_valid(arguments)
        for name, arguments in calls
    ]


def tally(text: str, calls: Sequence[Call]) -> Counter[tuple[bool | None, bool | None]]:
    """Compare both, and count what they said."""
    said = Counter[tuple[bool | None, bool | None]]()
    both = zip(native(text, calls), python(text, calls), calls, strict=True)
    for quick, exact, call in both:
        assert quick is None or quick == exact, (call, quick, exact)
        said[quick, exact] += 1
    return said


def changed(value: Any, chance: random.Random) -> Any:
    """Return a value with something missing, added, or replaced."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        key, kind = chance.choice(list(value)), chance.randrange(5)
        if kind == 0:
            return {name: inner for name, inner in value.items() if name != key}
        if kind == 1:
            return {**value, chance.choice(("extra", "名")): chance.choice(VALUES)}
        new = chance.choice(VALUES) if kind == 2 else changed(value[key], chance)
        return {**value, key: new}
    if isinstance(value, list) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        return [*value[:at], changed(value[at], chance), *value[at + 1 :]]
    if isinstance(value, int) and abs(value) < 2**53:
        return chance.choice((float(value), -value, value + 0.5, str(value), bool(value)))
    if isinstance(value, str):
        return chance.choice((value + "x", value.upper(), value[:-1], [value], None))
    return chance.choice(VALUES)


def test_real_calls_of_the_samples_are_judged_without_a_doubt(
    listed: dict[str, list[Call]],
) -> None:
    said = Counter[tuple[bool | None, bool | None]]()
    for text, calls in listed.items():
        said.update(tally(text, calls))
    assert said.total() > 1000
    assert said[True, True] == said.total()


def test_changed_calls_of_the_samples_are_judged_as_python_does(
    listed: dict[str, list[Call]],
) -> None:
    chance = random.Random(11)
    said = Counter[tuple[bool | None, bool | None]]()
    for text, calls in listed.items():
        made: list[Call] = []
        for name, arguments in calls:
            for _ in range(6):
                new: Any = changed(arguments, chance)
                if isinstance(new, dict):
                    made.append((name, changed(new, chance) if chance.random() < 0.3 else new))
        said.update(tally(text, [call for call in made if isinstance(call[1], dict)]))
    assert said[True, True] > 1000 and said[False, False] > 5000
    assert said[None, True] + said[None, False] < said.total() / 100


@pytest.mark.parametrize("schema", KEYWORDS, ids=lambda schema: json.dumps(schema)[:60])
def test_each_keyword_is_judged_as_python_does(schema: Any) -> None:
    parameters = {"type": "object", "properties": {"a": schema}}
    tally(
        json.dumps([{"name": "f", "description": "", "parameters": parameters}]),
        [("f", {"a": value}) for value in VALUES],
    )


@pytest.mark.parametrize("schema", [one for one in KEYWORDS if isinstance(one, dict)], ids=str)
def test_each_keyword_of_a_whole_call_is_judged_as_python_does(schema: dict[str, Any]) -> None:
    parameters = {"type": "object", "properties": {"a": {}, "b": {"type": "number"}}, **schema}
    tally(
        json.dumps([{"name": "f", "description": "", "parameters": parameters}]),
        [("f", {"a": value}) for value in VALUES] + [("f", {}), ("f", {"b": "x"}), ("f", {"z": 1})],
    )


def test_ported_keywords_are_not_in_doubt() -> None:
    properties = {
        "a": {"type": ["integer", "null"], "minimum": 1, "exclusiveMaximum": 9.5},
        "b": {"type": "string", "enum": ["x", "y"], "description": "One.", "format": "date"},
        "c": {"type": "array", "items": {"type": "object", "properties": {"n": {"minLength": 1}}}},
        "d": {"anyOf": [{"type": "null"}, {"type": "string", "pattern": "^[a-z]{2}[0-9]*$"}]},
    }
    parameters = {"type": "object", "properties": properties, "required": ["a"]}
    text = json.dumps([{"name": "f", "description": "", "parameters": parameters}])
    given: list[tuple[dict[str, Any], bool]] = [
        ({"a": 1.0}, True),
        ({"a": None, "b": "y"}, True),
        ({"a": True}, False),
        ({"b": "x"}, False),
        ({"a": 1, "b": "z"}, False),
        ({"a": 9.5}, False),
        ({"a": 1, "c": [{"n": "中"}, {}]}, True),
        ({"a": 1, "c": [{"n": ""}]}, False),
        ({"a": 1, "c": [{"m": "x"}]}, False),
        ({"a": 1, "d": "ab12"}, True),
        ({"a": 1, "d": "ab1x"}, False),
        ({"a": 1, "e": 1}, False),
    ]
    calls = [("f", arguments) for arguments, _ in given]
    assert native(text, calls) == [verdict for _, verdict in given] == python(text, calls)


def test_a_list_is_read_as_its_names_descriptions_and_lower_text(
    listed: dict[str, list[Call]],
) -> None:
    sure = 0
    for text in listed:
        answer = probe("tools.listed", json.dumps(text).encode())
        assert answer is not None
        for (name, description, said), spec in zip(
            json.loads(answer), json.loads(text), strict=True
        ):
            assert (name, description) == (spec["name"], spec["description"])
            sure += said is not None
            assert said in (None, json.dumps(spec, ensure_ascii=False).lower())
    assert sure > len(listed) / 2


@pytest.mark.parametrize(
    "text",
    ["[", "{}", "[1]", '[{"name": "f"}]', '[{"name": 1, "description": "", "parameters": {}}]'],
)
def test_what_is_no_tool_list_is_in_doubt(text: str) -> None:
    assert probe("tools.listed", json.dumps(text).encode()) is None


def test_an_empty_text_lists_no_tools() -> None:
    assert probe("tools.listed", b'""') == b"[]"
