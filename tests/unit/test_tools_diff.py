"""What changed between two catalogues: every kind of change, and what "not breaking" promises."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.dataset.build import BuildOptions, build
from fctune.dataset.split import Shares
from fctune.dataset.write import write
from fctune.errors import InputFault
from fctune.tools.check import check_call
from fctune.tools.diff.compare import KINDS, CatalogDiff, Impact, diff_catalogs, diff_tool
from fctune.tools.diff.schema import parameter_changes
from fctune.tools.diff.sources import diff_sides, load_side, taught_fingerprints
from fctune.tools.mapping.apply import to_api
from fctune.tools.mapping.read import parse_mapping
from fctune.tools.mapping.spec import ApiCall
from fctune.tools.read import load_catalog, parse_catalog
from fctune.tools.spec import ToolCall, ToolCatalog
from tests.unit.conftest import LOOK, WriteRows, call_row, chat_row
from tests.unit.tools_diff_samples import SCALARS, UNIVERSE, pair

STR, NUM, INT, NULL = {"type": "string"}, {"type": "number"}, {"type": "integer"}, {"type": "null"}
GUEST = {"type": "object", "properties": {"name": STR}, "required": ["name"]}
OLDER = {"type": "object", "properties": {"name": STR, "age": INT}, "required": ["name"]}
LATEST = "https://json-schema.org/draft/2020-12/schema"
DRAFT_4, DRAFT_7 = (f"http://json-schema.org/draft-0{n}/schema#" for n in (4, 7))


def catalog(*tools: dict[str, Any]) -> ToolCatalog:
    found, _ = parse_catalog(list(copy.deepcopy(tools)))
    assert len(found) == len(tools)
    return found


def tool(name: str = "f", description: str = "words", **parameters: Any) -> dict[str, Any]:
    schema = parameters.pop("schema", None) or of(**parameters)
    return {"name": name, "description": description, "parameters": schema}


def of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def needs(*names: str, **properties: Any) -> dict[str, Any]:
    return {**of(**properties), "required": list(names)}


def defs(schema: dict[str, Any], **definitions: Any) -> dict[str, Any]:
    return {**schema, "$defs": definitions}


def found(old: Any, new: Any) -> list[tuple[str, str]]:
    """Return kind and place of the changes from one parameter schema to another."""
    diff = diff_catalogs(catalog(tool(schema=old)), catalog(tool(schema=new)))
    return sorted((change.kind, change.place) for change in diff.changes)


def text(**rules: Any) -> dict[str, Any]:
    return of(a={**STR, **rules})


CHANGES: list[tuple[Any, Any, list[tuple[str, str]]]] = [
    (of(a=STR), text(description="new"), [("parameter-described", "a")]),
    (of(a=STR), text(title="A"), [("note-changed", "a")]),
    (of(a=STR, b=INT), of(b=INT, a=STR), []),
    (needs("a", "b", a=STR, b=STR), needs("b", "a", a=STR, b=STR), [("note-changed", "")]),
    (text(enum=["a", "b"]), text(enum=["b", "a"]), [("values-reordered", "a")]),
    (of(a=STR), text(default="x"), [("default-added", "a")]),
    (of(a=INT), of(a={**INT, "format": "int64"}), [("format-hint", "a")]),
    (of(a=STR), of(a=STR, 新=STR), [("parameter-added", "新")]),
    (needs("a", a=STR), of(a=STR), [("parameter-optional", "a")]),
    (text(enum=["a"]), text(enum=["a", "b"]), [("value-added", "a")]),
    (text(enum=["a"]), of(a=STR), [("values-opened", "a")]),
    (of(a={"const": "x"}), of(a={"enum": ["x", "y"]}), [("value-added", "a")]),
    (of(a=INT), of(a=NUM), [("type-widened", "a")]),
    (of(a=STR), of(a={"type": ["string", "null"]}), [("type-widened", "a")]),
    (of(a=STR), of(a={"anyOf": [STR, NULL]}), [("variant-added", "a")]),
    (of(a={"type": ["string", "null"]}), of(a={"anyOf": [STR, NULL]}), [("note-changed", "")]),
    (of(a={"anyOf": [STR, NULL]}), of(a={"type": ["string", "null"]}), [("note-changed", "")]),
    (of(a={"oneOf": [STR, INT]}), of(a={"oneOf": [INT, STR, NULL]}), [("variant-added", "a")]),
    (text(maxLength=3), text(maxLength=4), [("bounds-widened", "a")]),
    (text(pattern="^a"), of(a=STR), [("rule-lifted", "a")]),
    (of(a=GUEST), of(a={**GUEST, "additionalProperties": True}), [("object-opened", "a")]),
    (text(default="x"), text(default="y"), [("default-changed", "a")]),
    (of(a=STR, b=INT), of(b=INT), [("parameter-removed", "a")]),
    (of(a=STR, b=INT), {**of(b=INT), "additionalProperties": True}, [
        ("object-opened", ""), ("parameter-unlisted", "a")]),
    (of(a=INT, b=INT), {**of(b=INT), "additionalProperties": NUM}, [
        ("object-opened", ""), ("parameter-unlisted", "a")]),
    (of(a=STR, b=INT), {**of(b=INT), "additionalProperties": INT}, [
        ("object-opened", ""), ("parameter-removed", "a")]),
    (needs("a", a=STR, b=INT), {**needs("a", b=INT), "additionalProperties": True}, [
        ("object-opened", ""), ("parameter-unlisted", "a")]),
    (of(a={"enum": [1, 2, 3]}), of(a={"enum": [1, 2, 3], "minimum": 1}), [("note-changed", "")]),
    (of(a={"enum": [1, 2, 3]}), of(a={**INT, "minimum": 1}), [("values-opened", "a")]),
    (of(a={"enum": [1, 2, 3]}), of(a={"enum": [1, 2, 3], "minimum": 2}), [
        ("bounds-narrowed", "a")]),
    (of(a={**NUM, "enum": [1, 2]}), of(a={**INT, "enum": [1, 2.0]}), [("note-changed", "")]),
    (of(a={**NUM, "enum": [1, 2.5]}), of(a={**INT, "enum": [1, 2.5]}), [("type-changed", "a")]),
    (of(a={**INT, "enum": [1, "x"]}), of(a={"enum": [1]}), [("type-widened", "a")]),
    (text(enum=["ab"]), text(enum=["ab", "c"], pattern="^[a-c]+$"), [("value-added", "a")]),
    (text(enum=["ab"]), text(enum=["ab"], pattern="^c"), [("rule-added", "a")]),
    (of(a={"const": {"x": 1}}), of(a=of(x=INT, y=STR)), [("values-opened", "a")]),
    (of(a={"const": {"x": 1}}), of(a=of(x=STR, y=STR)), [
        ("object-closed", "a"), ("rule-added", "a.x"), ("rule-added", "a.y"),
        ("values-opened", "a")]),
    (of(a={"type": "boolean"}), of(a={"anyOf": [{"const": True}, {"const": False}]}), [
        ("type-widened", "a")]),
    (of(a=INT), of(a={**INT, "multipleOf": 1}), [("note-changed", "")]),
    (of(a={**INT, "multipleOf": 1}), of(a=INT), [("note-changed", "")]),
    (of(a=NUM), of(a={**NUM, "multipleOf": 1}), [("rule-added", "a")]),
    (of(a=INT), of(a={**INT, "multipleOf": 2}), [("rule-added", "a")]),
    (defs(of(a={"enum": [1]}), G=STR), defs(of(a={"anyOf": [{"$ref": "#/$defs/G"}]}), G=STR), [
        ("type-changed", "a"), ("values-opened", "a")]),
    (of(city=STR, b=INT), of(town=STR, b=INT), [("parameter-renamed", "city")]),
    (of(a=STR), needs("a", a=STR), [("parameter-required", "a")]),
    (of(a=STR), needs("z", a=STR, z=INT), [("required-added", "z")]),
    (of(a=NUM), of(a=INT), [("type-changed", "a")]),
    (of(a={"anyOf": [STR, NULL]}), of(a=STR), [("type-changed", "a")]),
    (text(enum=["a", "b"]), text(enum=["a"]), [("value-removed", "a")]),
    (of(a=STR), text(enum=["a"]), [("values-closed", "a")]),
    (of(a={"type": "boolean"}), of(a={"enum": [True, False]}), [("type-widened", "a")]),
    (of(a={"enum": [1]}), of(a={"enum": [True]}), [("value-added", "a"), ("value-removed", "a")]),
    (of(a={**INT, "minimum": 1}), of(a={**INT, "exclusiveMinimum": 0}), [("note-changed", "")]),
    (of(a={**INT, "minimum": 0}), of(a={**INT, "minimum": 1}), [("bounds-narrowed", "a")]),
    (of(a={**NUM, "maximum": 3}), of(a={**NUM, "exclusiveMaximum": 3}), [("bounds-narrowed", "a")]),
    (of(a={**NUM, "maximum": 3}), of(a={**NUM, "maximum": 4}), [("bounds-widened", "a")]),
    (text(minLength=2), text(minLength=3), [("bounds-narrowed", "a")]),
    (text(maxLength=3), text(maxLength=2), [("bounds-narrowed", "a")]),
    (of(a={"type": "array"}), of(a={"type": "array", "maxItems": 9}), [("bounds-narrowed", "a")]),
    (of(a={"type": "array"}), of(a={"type": "array", "minItems": 1}), [("bounds-narrowed", "a")]),
    (needs("a", a=STR), {**of(a=STR), "minProperties": 1}, [("parameter-optional", "a")]),
    (of(a={**NUM, "multipleOf": 4}), of(a={**NUM, "multipleOf": 2}), [("rule-lifted", "a")]),
    (of(a={**NUM, "multipleOf": 2}), of(a={**NUM, "multipleOf": 4}), [("rule-added", "a")]),
    (of(a=STR), text(pattern="^a"), [("rule-added", "a")]),
    (of(a=STR), text(format="date"), [("rule-added", "a")]),
    (of(a={"type": "object"}), of(a=GUEST), [
        ("object-closed", "a"), ("required-added", "a.name")]),
    (of(a={"anyOf": [STR, INT, NULL]}), of(a={"anyOf": [STR, NULL]}), [("variant-removed", "a")]),
    (of(a={"oneOf": [STR, text()]}), of(a={"oneOf": [text(), STR]}), [("note-changed", "")]),
    (of(a={"not": STR}), of(a={"not": INT}), [("schema-changed", "a")]),
    (of(a={"oneOf": [STR, text()]}), of(a={"oneOf": [STR, text(maxLength=2)]}), [
        ("bounds-narrowed", "a.a")]),
    (of(a={"oneOf": [of(x=STR), of(y=STR)]}), of(a={"oneOf": [of(x=STR), of(y=INT)]}), [
        ("schema-changed", "a")]),
    (of(a={"type": "array", "items": GUEST}), of(a={"type": "array", "items": OLDER}), [
        ("parameter-added", "a[].age")]),
    (defs(of(a={"$ref": "#/$defs/G"}), G=GUEST), defs(of(a={"$ref": "#/$defs/G"}), G=OLDER), [
        ("parameter-added", "a.age")]),
    (defs(of(a={"$ref": "#/$defs/G"}), G=OLDER), of(a=OLDER), [("note-changed", "")]),
    (defs(of(a={"allOf": [{"$ref": "#/$defs/G"}]}), G=of(n=INT)),
     defs(of(a={"allOf": [{"$ref": "#/$defs/G"}]}), G=of(n=NUM)), [("type-widened", "a.n")]),
    (defs(of(a={"dependencies": {"b": {"$ref": "#/$defs/G"}}}), G=of(n=NUM)),
     defs(of(a={"dependencies": {"b": {"$ref": "#/$defs/G"}}}), G=of(n=INT)),
     [("schema-changed", "a")]),
    ({**of(a=STR), "$schema": DRAFT_7}, of(a=STR), [("note-changed", "")]),
    ({**text(format="date"), "$schema": LATEST}, text(format="date"), [("note-changed", "")]),
    ({**text(format="date"), "$schema": DRAFT_7}, text(format="date"), [("schema-changed", "")]),
    ({**of(a={"type": "object", "unevaluatedProperties": False}), "$schema": DRAFT_7},
     of(a={"type": "object", "unevaluatedProperties": False}), [("schema-changed", "")]),
    (of(a={"type": "array", "unevaluatedItems": False}),
     {**of(a={"type": "array", "unevaluatedItems": False}), "$schema": DRAFT_7},
     [("schema-changed", "")]),
    ({**of(a={"const": 1}), "$schema": DRAFT_4}, {**of(a={"const": 2}), "$schema": DRAFT_4},
     [("schema-changed", "")]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), CHANGES)
def test_each_change_of_a_schema_has_its_kind(old: Any, new: Any, expected: Any) -> None:
    assert found(old, new) == sorted(expected)


def test_each_change_of_a_tool_has_its_kind() -> None:
    example = {"input": "x", "call": {"arguments": {"a": "y"}}}
    rich = {
        **tool(a=STR),
        "examples": [example],
        "returns": of(t=INT),
        "http": {"method": "GET", "path": "/a"},
    }
    other = {
        **rich,
        "description": "other words",
        "examples": [{**example, "input": "z"}],
        "returns": of(t=STR),
        "http": {"method": "POST", "path": "/a"},
    }
    (old,), (new,) = catalog(rich), catalog(other)
    assert [change.kind for change in diff_tool(old, new)] == [
        "tool-described", "examples-changed", "returns-changed", "request-changed",
    ]  # fmt: skip
    assert diff_tool(old, catalog(tool(a=STR)).specs[0]) == []  # a dataset holds no such parts


def test_tools_added_removed_and_reordered() -> None:
    one, two, three = tool("one", a=STR), tool("two", b=INT), tool("查询", c=NUM)
    diff = diff_catalogs(catalog(one, two), catalog(two, one, three))
    assert [(c.kind, c.tool) for c in diff.changes] == [
        ("tool-added", "查询"),
        ("tools-reordered", ""),
    ]
    assert diff_catalogs(catalog(one, two), catalog(two, one), ordered=False).changes == ()
    gone = diff_catalogs(catalog(one, two), catalog(two))
    assert [(c.kind, c.tool) for c in gone.changes] == [("tool-removed", "one")]
    assert gone.unchanged == ("two",)
    assert gone.counts == {"breaking": 1, "retrain": 0, "compatible": 0}


def test_every_kind_is_triggered_by_a_test() -> None:
    said = {kind for _, _, expected in CHANGES for kind, _ in expected}
    elsewhere = {
        "tool-described", "examples-changed", "returns-changed", "request-changed", "tool-added",
        "tool-removed", "tools-reordered", "tool-renamed", "unknown-change",
    }  # fmt: skip
    assert said | elsewhere == KINDS.keys()


@settings(max_examples=250, deadline=None)
@given(st.integers(0, 2**63))
def test_what_is_not_breaking_refuses_no_old_call(seed: int) -> None:
    """The anchor: over random schemas and changes, with the judge itself, on ~250 calls each."""
    old, _ = parse_catalog([{"name": "f", "parameters": (schemas := pair(Random(seed)))[0]}])
    new, _ = parse_catalog([{"name": "f", "parameters": schemas[1]}])
    if not (old.specs and new.specs):
        return
    diff = diff_catalogs(old, new)
    if diff.impact is Impact.BREAKING:
        return
    given_q = [{"p": value, "q": q} for value in UNIVERSE[::9] for q in (1, "a", None, [1])]
    calls = [{}, *({"p": v} for v in UNIVERSE), *({"q": v} for v in SCALARS), *given_q]
    for arguments in calls:
        call = ToolCall("f", arguments)
        if not check_call(call, old):
            assert check_call(call, new) == [], (arguments, schemas, diff.changes)


def drawn(random: Random, node: Any, definitions: dict[str, Any], depth: int = 0) -> Any:
    """Return a value that names only the parameters that a schema of GROWING lists."""
    node = definitions[node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    if "anyOf" in node:
        return drawn(random, random.choice(node["anyOf"]), definitions, depth)
    if node["type"] == "object":
        listed = node["properties"].items()
        return {
            name: drawn(random, inner, definitions, depth + 1)
            for name, inner in listed
            if name in node.get("required", ()) or (depth < 4 and random.random() < 0.7)
        }
    if node["type"] == "array":
        count = random.randint(0, 2) if depth < 4 else 0
        return [drawn(random, node["items"], definitions, depth + 1) for _ in range(count)]
    return {"string": "x", "integer": random.randint(-3, 3), "null": None}[node["type"]]


KIDS = {"type": "array", "items": {"$ref": "#/$defs/T"}}
GROWING = [
    (defs(of(g={"$ref": "#/$defs/G"}), G=GUEST), defs(of(g={"$ref": "#/$defs/G"}), G=OLDER)),
    (defs(of(g={"anyOf": [{"$ref": "#/$defs/G"}, NULL]}), G=GUEST),
     defs(of(g={"anyOf": [{"$ref": "#/$defs/G"}, NULL]}, h=STR), G=OLDER)),
    (defs(of(t={"$ref": "#/$defs/T"}), T=of(v=INT, kids=KIDS)),
     defs(of(t={"$ref": "#/$defs/T"}), T=of(v=NUM, kids=KIDS, more=INT))),
    (defs(of(g={"$ref": "#/$defs/G"}), G=GUEST), of(g={**OLDER, "additionalProperties": False})),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), GROWING)
def test_definitions_may_grow_for_calls_that_name_what_is_listed(old: Any, new: Any) -> None:
    before, after = catalog(tool(schema=old)), catalog(tool(schema=new))
    assert diff_catalogs(before, after).impact is Impact.RETRAIN
    for seed in range(60):
        call = ToolCall("f", drawn(Random(seed), old, old["$defs"]))
        assert check_call(call, before) == check_call(call, after) == []


def test_a_new_parameter_of_an_open_object_may_break_calls() -> None:
    for opened in ({**GUEST, "additionalProperties": True}, {"type": "object"}):
        diff = found(of(g=opened), of(g={**opened, "properties": {"name": STR, "age": INT}}))
        assert ("rule-added", "g.age") in diff
    beside = {"properties": {"x": STR}, "anyOf": [of(y=STR)]}
    diff = found(of(g=beside), of(g={**beside, "properties": {"x": STR, "y": INT}}))
    assert ("rule-added", "g.y") in diff
    shared = {"anyOf": [of(x=STR), {**of(y=STR, z=STR), "required": ["z"]}]}
    changed = {"anyOf": [of(x=STR, y=INT), {**of(y=STR, z=STR), "required": ["z"]}]}
    call = ToolCall("f", {"g": {"x": "a", "y": "b"}})
    before, after = catalog(tool(g=shared)), catalog(tool(g=changed))
    assert check_call(call, before) == [] != check_call(call, after)
    assert diff_catalogs(before, after).impact is Impact.BREAKING


@pytest.mark.parametrize(
    ("old", "new", "renamed"),
    [
        ("track_order", "check_logistics", True),
        ("getWeather", "weather_get", True),
        ("查询订单", "订单查询", True),
        ("get_user", "delete_user", False),
        ("查询订单", "取消订单", False),
    ],
)
def test_a_rename_is_told_from_a_removal(old: str, new: str, renamed: bool) -> None:
    words = {"description": ""}
    diff = diff_catalogs(
        catalog({**tool(old, order_id=STR), **words}), catalog({**tool(new, order_id=STR), **words})
    )
    kinds = {change.kind for change in diff.changes}
    assert kinds == ({"tool-renamed"} if renamed else {"tool-removed", "tool-added"})
    assert diff.impact is Impact.BREAKING


@pytest.mark.parametrize(
    ("old", "new", "renamed"),
    [
        ("order_id", "order_no", True),
        ("城市", "城市名", True),
        ("order_id", "user_id", False),
        ("min_price", "max_price", False),
        ("start_date", "end_date", False),
    ],
)
def test_a_renamed_parameter_is_told_from_another_one(old: str, new: str, renamed: bool) -> None:
    kinds = {kind for kind, _ in found(needs(old, **{old: STR}), needs(new, **{new: STR}))}
    assert kinds == ({"parameter-renamed"} if renamed else {"parameter-removed", "required-added"})


def test_the_mapping_of_renames_carries_old_calls_over() -> None:
    old = catalog(
        tool("get_weather", "The weather of a city.", city=STR, 单位=text(enum=["C"])),
        tool("stay", a=STR),
    )
    new = catalog(
        tool("weather_get", "Get the weather of a city.", city_name=STR, 单位=text(enum=["C"])),
        tool("stay", a=STR),
    )
    diff = diff_catalogs(old, new)
    assert diff.tool_mapping == [
        {
            "tool": "get_weather",
            "api": "weather_get",
            "parameters": {"city": "city_name"},
            "unmapped": "keep",
        }
    ]
    mapping, conflicts = parse_mapping(diff.tool_mapping, old)
    assert conflicts == []
    call = to_api(ToolCall("get_weather", {"city": "北京", "单位": {"a": "C"}}), mapping)
    assert isinstance(call, ApiCall)
    assert check_call(ToolCall(call.name, call.arguments), new) == []


def test_nested_renames_are_not_put_into_a_mapping() -> None:
    old, new = of(g=of(city=STR)), of(g=of(town=STR))
    diff = diff_catalogs(catalog(tool(schema=old)), catalog(tool(schema=new)))
    assert [(c.kind, c.place) for c in diff.changes] == [("parameter-renamed", "g.city")]
    assert diff.tool_mapping == []


def test_hostile_schemas_end_in_schema_changed_and_in_time() -> None:
    circle = defs(of(a={"$ref": "#/$defs/A"}), A={"$ref": "#/$defs/B"}, B={"$ref": "#/$defs/A"})
    assert ("schema-changed", "a") in found(of(a=STR), circle)
    levels = {f"L{i}": of(x={"$ref": f"#/$defs/L{i + 1}"}, y={"$ref": f"#/$defs/L{i + 1}"})
              for i in range(40)}  # fmt: skip
    old = defs(of(a={"$ref": "#/$defs/L0"}), **levels, L40=STR)
    new = defs(of(a={"$ref": "#/$defs/L0"}), **levels, L40=INT)
    assert found(old, new) == [("schema-changed", "")]  # 2^40 paths lead to the change
    assert found(old, {**old, "title": "x"}) == [("note-changed", "")]


SMALL, TYPES = st.integers(0, 3), st.sampled_from(["string", "object", "array", "integer", "null"])
POINTERS = st.sampled_from(["#", "#/$defs/a", "#/properties/a", "#/$defs/天", "#a", "#/anyOf/0"])
NAMES = st.sampled_from(["a", "天", "type", "$ref", "description"])


def keywords(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return lawful schemas that hold others, keywords of all drafts among them."""
    many, maps = st.lists(inner, min_size=1, max_size=3), st.dictionaries(NAMES, inner, max_size=3)
    values = st.lists(st.none() | SMALL | st.booleans() | st.text(max_size=2), min_size=1)
    names = st.lists(NAMES, unique=True, max_size=2)
    typed = {
        **dict.fromkeys(("anyOf", "oneOf", "allOf", "prefixItems"), many),
        **dict.fromkeys(("properties", "$defs", "dependentSchemas", "definitions"), maps),
        **dict.fromkeys(("not", "items", "if", "then", "contains", "additionalProperties"), inner),
        **dict.fromkeys(("unevaluatedProperties", "unevaluatedItems", "propertyNames"), inner),
        **dict.fromkeys(("minimum", "exclusiveMaximum", "minLength", "maxProperties"), SMALL),
        "type": TYPES | st.lists(TYPES, unique=True, min_size=1), "enum": values, "const": values,
        "$ref": POINTERS, "$dynamicRef": POINTERS, "$anchor": st.just("a"), "required": names,
        "$id": st.sampled_from(["https://x.example/y", "y"]), "default": values, "title": NAMES,
        "$schema": st.sampled_from([DRAFT_4, DRAFT_7]), "description": NAMES, "format": NAMES,
        "multipleOf": st.sampled_from([1, 0.1, 1e300]), "additionalItems": inner,
    }  # fmt: skip
    pairs = st.one_of(*(st.tuples(st.just(key), value) for key, value in typed.items()))
    return st.lists(pairs, max_size=5).map(dict)


SCHEMAS = st.recursive(st.booleans() | TYPES.map(lambda name: {"type": name}), keywords)


@settings(max_examples=300, deadline=None)
@given(SCHEMAS, SCHEMAS)
def test_no_pair_of_schemas_makes_the_comparison_raise(one: Any, other: Any) -> None:
    old, _ = parse_catalog([{"name": "f", "parameters": of(p=one)}])
    new, _ = parse_catalog([{"name": "f", "parameters": of(p=other)}])
    diff_catalogs(old, new)
    if old.specs:
        assert diff_catalogs(old, old).changes == ()
        same = parameter_changes("f", *[copy.deepcopy(old.specs[0].parameters) for _ in "ab"])
        assert [change for change in same if change.kind != "schema-changed"] == []


def test_fingerprints_of_tools_and_catalogues() -> None:
    one, two = catalog(tool("one", a=STR), tool("two", b=STR))
    again = catalog({"parameters": of(a=STR), "description": "words", "name": "one"}).specs[0]
    assert one.fingerprint == again.fingerprint != two.fingerprint
    assert len(one.fingerprint) == 64


IN_TEST = 17  # the row of City17 falls into the test split
NOW = {"name": "now", "description": "The time.", "parameters": of(tz=STR)}


def prepared(tmp_path: Path, raw: WriteRows, rows: list[Any], name: str = "shop") -> Path:
    folder = tmp_path / "data"
    options = BuildOptions(
        name, folder, (raw(f"{name}.raw.jsonl", rows),), template="qwen3_nothink",
        shares=Shares(0, 0.3),
    )  # fmt: skip
    write(build(options), folder)
    return folder / f"{name}.manifest.json"


def test_a_manifest_tells_the_tools_that_its_rows_show(tmp_path: Path, raw: WriteRows) -> None:
    rows = [call_row(f"City{i}") for i in range(20)] + [chat_row(f"Hi {i}") for i in range(9)]
    rows[IN_TEST]["tools"] = [LOOK, NOW]
    path = prepared(tmp_path, raw, rows)
    manifest = json.loads(path.read_text("utf-8"))
    account = manifest["catalog"]
    assert account["lists"] == 2
    look, now = parse_catalog([LOOK, NOW])[0]
    assert taught_fingerprints(manifest) == {"look": (look.fingerprint,)}
    assert account["tools"]["now"] == [{"fingerprint": now.fingerprint, "rows": 0, "calls": 0}]
    trained = manifest["lessons"]["train"]["call"]
    assert account["tools"]["look"][0]["rows"] == account["tools"]["look"][0]["calls"] == trained
    assert 0 < trained < 20


def test_where_all_rows_show_one_file_the_fingerprint_is_that_of_the_file(
    tmp_path: Path, raw: WriteRows
) -> None:
    rows = [call_row(f"City{i}") for i in range(5)]
    for row in rows:
        row["tools"] = [NOW, LOOK]
    manifest = json.loads(prepared(tmp_path, raw, rows).read_text("utf-8"))
    assert manifest["catalog"]["fingerprint"] == parse_catalog([NOW, LOOK])[0].fingerprint
    assert manifest["catalog"]["lists"] == 1


def against(path: Path, *tools: dict[str, Any]) -> CatalogDiff:
    file = path.parent / "new.json"
    file.write_text(json.dumps(tools))
    return diff_sides(load_side(path), load_side(file))


def test_a_manifest_is_compared_by_the_schemas_of_its_rows(tmp_path: Path, raw: WriteRows) -> None:
    path = prepared(tmp_path, raw, [call_row(f"City{i}") for i in range(5)])
    look = LOOK["function"]
    assert against(path, look).changes == ()
    closed = copy.deepcopy(look)
    closed["parameters"]["properties"]["city"]["enum"] = ["Oslo"]
    diff = against(path, closed)
    assert [(c.kind, c.place) for c in diff.changes] == [("values-closed", "city")]


def test_without_its_rows_a_manifest_still_tells_which_tool_changed(
    tmp_path: Path, raw: WriteRows
) -> None:
    rows = [call_row(f"City{i}") for i in range(5)]
    for row in rows:
        row["tools"] = [LOOK, NOW]
    path = prepared(tmp_path, raw, rows)
    for file in path.parent.glob("*.jsonl"):
        file.unlink()
    diff = against(path, LOOK["function"], {**NOW, "description": "Another."}, tool("g", a=STR))
    kinds = [(c.kind, c.tool) for c in diff.changes]
    assert kinds == [("unknown-change", "now"), ("tool-added", "g")]
    assert diff.unchanged == ("look",)
    assert [c.kind for c in against(path, NOW).changes] == ["tool-removed"]


def test_every_version_that_a_dataset_taught_counts(tmp_path: Path, raw: WriteRows) -> None:
    rows = [call_row(f"City{i}") for i in range(6)]
    older = copy.deepcopy(LOOK)
    older["function"]["parameters"]["properties"]["lang"] = STR
    for row in rows[:3]:
        row["tools"] = [older]
    path = prepared(tmp_path, raw, rows)
    manifest = json.loads(path.read_text("utf-8"))
    assert len(manifest["catalog"]["tools"]["look"]) == 2
    diff = against(path, LOOK["function"])
    assert [(c.kind, c.place) for c in diff.changes] == [("parameter-removed", "lang")]


def test_a_tool_of_dev_and_test_rows_was_not_taught(tmp_path: Path, raw: WriteRows) -> None:
    rows = [call_row(f"City{i}") for i in range(20)] + [chat_row(f"Hi {i}") for i in range(9)]
    rows[IN_TEST]["tools"] = [LOOK, NOW]
    path = prepared(tmp_path, raw, rows)
    manifest = json.loads(path.read_text("utf-8"))
    (counted,) = manifest["catalog"]["tools"]["now"]
    assert counted["rows"] == 0  # that row is in the test split
    older = {"fingerprint": "0" * 64, "rows": 0, "calls": 0}
    manifest["catalog"]["tools"]["look"].append(older)
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert against(path, LOOK["function"]).changes == ()
    diff = against(path, LOOK["function"], NOW)
    assert [(c.kind, c.tool) for c in diff.changes] == [("tool-added", "now")]
    assert diff.impact is Impact.RETRAIN
    counted["rows"] = 1
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert [c.kind for c in against(path, LOOK["function"]).changes] == ["tool-removed"]


@pytest.mark.parametrize(
    ("files", "told"), [([], r"got files \[\], expected an object"), (None, "got files none")]
)
def test_a_manifest_without_files_says_so(tmp_path: Path, files: Any, told: str) -> None:
    value = {"schema_version": 1} | ({} if files is None else {"files": files})
    path = tmp_path / "a.manifest.json"
    path.write_text(json.dumps(value))
    with pytest.raises(InputFault, match=told):
        load_side(path)


def test_rows_that_changed_since_are_not_taken_for_the_dataset(
    tmp_path: Path, raw: WriteRows
) -> None:
    path = prepared(tmp_path, raw, [call_row(f"City{i}") for i in range(5)])
    for file in path.parent.glob("shop_*.jsonl"):
        file.write_text(file.read_text().replace("Look up a city", "Something else"))
    assert [c.kind for c in against(path, LOOK["function"], NOW).changes] == ["tool-added"]
    changed = {**LOOK["function"], "description": "Something else."}
    assert [c.kind for c in against(path, changed).changes] == ["unknown-change"]


def test_a_manifest_of_an_earlier_version_is_read_from_its_rows(
    tmp_path: Path, raw: WriteRows
) -> None:
    path = prepared(tmp_path, raw, [call_row(f"City{i}") for i in range(5)])
    value = json.loads(path.read_text())
    del value["catalog"]
    path.write_text(json.dumps(value))
    assert against(path, LOOK["function"]).unchanged == ("look",)


def test_a_run_stands_for_the_tools_of_its_datasets(
    tmp_path: Path, raw: WriteRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = prepared(tmp_path, raw, [call_row(f"City{i}") for i in range(5)])
    fingerprint = json.loads(path.read_text())["catalog"]["fingerprint"]
    entry = {"manifest": "data/shop.manifest.json", "tools_fingerprint": fingerprint}
    run = tmp_path / "saves"
    run.mkdir()
    (run / "fctune_run.json").write_text(json.dumps({"datasets": {"shop_train": entry}}))
    assert load_side(run).names == {"look"}
    entry["tools_fingerprint"] = "0" * 64
    (run / "fctune_run.json").write_text(json.dumps({"datasets": {"shop_train": entry}}))
    with pytest.raises(InputFault, match="prepared again"):
        load_side(run)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.manifest.json", "[]"),
        ("a.manifest.json", '{"schema_version": 3, "files": {}}'),
        ("a.manifest.json", '{"schema_version": 1}'),
        ("a.manifest.json", '{"schema_version": 1, "files": {}}'),
        ("fctune_run.json", "{}"),
        ("a.json", '[{"name": "f", "parameters": {"pattern": "a("}}]'),
        ("a.json", "[{]"),
    ],
)
def test_a_side_that_cannot_be_read_is_an_input_fault(
    tmp_path: Path, name: str, content: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(InputFault) as caught:
        load_side(path)
    assert name in caught.value.where
    with pytest.raises(InputFault, match="holds no fctune_run"):
        load_side(tmp_path / "..") if name != "fctune_run.json" else load_side(tmp_path.parent)


@pytest.mark.parametrize("name", ["a.json", "a.manifest.json"])
def test_an_empty_file_is_told_with_a_next_step(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("")
    with pytest.raises(InputFault, match="empty") as caught:
        load_side(tmp_path / name)
    assert caught.value.hint


LISTABLE = [None, True, False, 0, 1, 2, 2.0, 2.5, -1, "a", "bb", [], [1, 1], {}, {"x": 1}]


def listing(random: Random) -> dict[str, Any]:
    """Return a node of a few rules, often with listed values."""
    rules: dict[str, Any] = {
        "enum": random.sample(LISTABLE, random.randint(1, 5)),
        "const": random.choice(LISTABLE),
        "type": random.choice([*TYPE_NAMES, random.sample(TYPE_NAMES, 2)]),
        "minimum": random.choice([0, 1, 2]), "exclusiveMaximum": random.choice([2, 3]),
        "multipleOf": random.choice([1, 2, 0.5]), "minLength": 1, "pattern": "^a",
        "maxItems": 1, "uniqueItems": True, "properties": {"x": random.choice([INT, STR])},
        "additionalProperties": random.choice([True, INT, STR]), "required": ["x"],
        "not": {"const": random.choice(LISTABLE)},
    }  # fmt: skip
    names = random.sample(sorted(rules), random.randint(1, 3))
    node = {name: rules[name] for name in (*names, *(["enum"] * (random.random() < 0.5)))}
    return {"anyOf": [node, listing(random)]} if random.random() < 0.15 else node


TYPE_NAMES = ["null", "boolean", "integer", "number", "string", "array", "object"]


def test_listed_values_that_are_not_breaking_stay_valid() -> None:
    """The anchor again, where OLD lists values and NEW judges them one by one."""
    values = [*LISTABLE, 1.0, 3, "ab", [1], [1, 2], {"x": "a"}, {"y": 1}, {"x": 1, "y": "a"}]
    kept = 0
    for seed in range(1500):
        random = Random(seed)
        old, _ = parse_catalog([tool(p=listing(random))])
        new, _ = parse_catalog([tool(p=listing(random))])
        if diff_catalogs(old, new).impact is Impact.BREAKING:
            continue
        for value in values:
            call = ToolCall("f", {"p": value})
            if not check_call(call, old):
                kept += 1
                assert check_call(call, new) == [], (seed, value)
    assert kept > 100


def test_a_real_catalogue_against_its_own_changes(shared: Path) -> None:
    old, _ = load_catalog(shared / "raw" / "tutorial_tool_use" / "tools.yaml")
    assert diff_catalogs(old, old).changes == ()
    changed = [spec.as_document() for spec in old]
    first = copy.deepcopy(changed[0])
    first["parameters"]["properties"]["extra"] = STR
    new, _ = parse_catalog([first, *changed[2:]])
    diff = diff_catalogs(old, new)
    kinds = [(c.kind, c.tool) for c in diff.changes]
    assert kinds == [("tool-removed", old.names[1]), ("parameter-added", old.names[0])]
    assert len(diff.unchanged) == len(old) - 2
