"""Tool mappings: two ways that undo each other, conflicts with their place, nothing ever raised."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fctune.catalogue.mapping import MAPPING_CODES
from fctune.errors import InputFault
from fctune.issues import Issue
from fctune.tools.check import check_call, check_schema
from fctune.tools.mapping import (
    ApiCall,
    ToolMapping,
    find_mapping,
    load_mapping,
    parse_mapping,
    to_api,
    to_api_catalog,
    to_model,
    to_model_catalog,
)
from fctune.tools.mapping.convert import CONVERSIONS, convert_in, convert_out
from fctune.tools.mapping.value import Outside, same_json
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCall, ToolCatalog

ROOT = Path(__file__).resolve().parents[2]


def schema(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required}


def tool(name: str, required: list[str], **properties: Any) -> dict[str, Any]:
    return {"name": name, "description": "d", "parameters": schema(required, **properties)}


STRING, INTEGER, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}
CATALOG = parse_catalog(
    [
        tool("check_logistics", ["order_id"], order_id=STRING, limit=INTEGER, since=STRING),
        tool(
            "申请退款", ["金额"], 金额=NUMBER, 原因={"type": "string", "enum": ["损坏", "迟到"]},
            标签={"type": "array", "items": STRING},
        ),
    ]
)[0]  # fmt: skip
ENTRIES: list[dict[str, Any]] = [
    {
        "tool": "check_logistics",
        "api": "GET /v2/shipments/{orderNo}",
        "aliases": ["shipmentQuery", "GET /v1/ship/{orderNo}.json"],
        "parameters": {
            "order_id": "orderNo",
            "limit": "limit",
            "since": {"to": "filter.from", "convert": "date-compact"},
        },
        "fixed": {"channel": "app"},
        "ignored": ["traceId"],
    },
    {
        "tool": "申请退款",
        "api": "refund.create",
        "parameters": {
            "金额": {"to": "order.amount", "convert": ["cents", "integer-string"]},
            "原因": {"to": "原因码", "convert": {"enum": {"损坏": 1, "迟到": 2}}},
            "标签": {"to": ["tags.csv"], "convert": "list-comma"},
        },
    },
]


def mapping_of(*entries: dict[str, Any], catalog: ToolCatalog | None = None) -> ToolMapping:
    mapping, conflicts = parse_mapping(list(entries), catalog)
    assert conflicts == []
    return mapping


SHOP = mapping_of(*ENTRIES, catalog=CATALOG)


def codes(result: Any) -> list[str]:
    assert isinstance(result, tuple) and result
    assert all(isinstance(found, Issue) for found in result)
    return [found.code for found in result]


# The two ways -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "api"),
    [
        (
            ToolCall("check_logistics", {"order_id": "SO1", "since": "2026-11-20"}),
            ApiCall(
                "GET /v2/shipments/{orderNo}",
                {"orderNo": "SO1", "filter": {"from": "20261120"}, "channel": "app"},
            ),
        ),
        (
            ToolCall("申请退款", {"原因": "迟到", "金额": 12.3, "标签": ["a", "b"]}),
            ApiCall(
                "refund.create",
                {"原因码": 2, "order": {"amount": "1230"}, "tags.csv": "a,b"},
            ),
        ),
        (ToolCall("unmapped", {"x": [1]}), ApiCall("unmapped", {"x": [1]})),
    ],
)
def test_a_call_goes_out_and_comes_back(model: ToolCall, api: ApiCall) -> None:
    assert to_api(model, SHOP) == api
    assert to_model(api, SHOP) == model
    assert json.dumps(to_model(api, SHOP).as_dict()) == json.dumps(model.as_dict())  # order, too


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("shipmentQuery", {"orderNo": "SO/1 中", "limit": 5, "channel": "app", "traceId": "t"}),
        ("get /v2/shipments/{orderNo}", {"orderNo": "SO/1 中", "limit": 5, "channel": "app"}),
        ("GET /v2/shipments/SO%2F1%20%E4%B8%AD?channel=app&limit=5&traceId=", {}),
        ("GET https://api.example.com/v2/shipments/SO%2F1%20中?limit=5", {"channel": "app"}),
        ("GET /v2/%73hipments/SO%2F1%20中?channel=app#top", {"limit": 5}),
        ("GET /v1/ship/SO%2F1%20中.json?channel=app&limit=5", {"orderNo": "SO/1 中"}),
    ],
)
def test_every_form_of_a_logged_call_is_read(name: str, arguments: dict[str, Any]) -> None:
    wanted = ToolCall("check_logistics", {"order_id": "SO/1 中", "limit": 5})
    assert to_model(ApiCall(name, arguments), SHOP) == wanted


@pytest.mark.parametrize(
    ("query", "arguments"),
    [
        ("filter.from=20261120&filter.to=20261121", {}),
        ("filter[from]=20261120&filter[to]=20261121", {}),
        ("filter%5Bfrom%5D=20261120&filter.to=20261121", {}),
        ("filter.from=20261120", {"filter": {"to": "20261121"}}),
        ("filter.from=20261120", {"filter": {"from": "20261120", "to": "20261121"}}),
    ],
)
def test_a_query_reaches_nested_places(query: str, arguments: dict[str, Any]) -> None:
    entry = {"tool": "f", "api": "GET /f", "parameters": {
        "since": {"to": "filter.from", "convert": "date-compact"},
        "until": {"to": "filter.to", "convert": "date-compact"},
        "n": "page.limits.size", "s": ["page.sort"]}}  # fmt: skip
    catalog = parse_catalog([tool("f", [], since=STRING, until=STRING, n=INTEGER, s=STRING)])[0]
    mapping = mapping_of(entry, catalog=catalog)
    name = f"GET /f?page.limits[size]=5&page.sort=up&{query}"
    assert to_model(ApiCall(name, arguments), mapping) == ToolCall(
        "f", {"n": 5, "s": "up", "since": "2026-11-20", "until": "2026-11-21"}
    )
    assert arguments in ({}, {"filter": {"to": "20261121"}},
                         {"filter": {"from": "20261120", "to": "20261121"}})  # fmt: skip


@pytest.mark.parametrize(
    ("query", "arguments", "where", "code"),
    [
        ("filter.from=1&filter[from]=2", {}, "call", "mapping-url"),
        ("filter=1&filter[from]=2", {}, "call", "mapping-url"),
        ("filter.from=20261120", {"filter": {"from": "20261121"}}, "call.arguments.filter.from",
         "mapping-url"),
        ("filter.from=20261120", {"filter": 5}, "call.arguments.filter", "mapping-url"),
        ("filter.gone=1", {}, "call.arguments.filter.gone", "mapping-argument-unmapped"),
        ("filter.from.x=1", {}, "call.arguments.filter.from.x", "mapping-argument-unmapped"),
        ("filter[from=1", {}, "call.arguments.filter[from", "mapping-argument-unmapped"),
    ],
)  # fmt: skip
def test_a_query_that_contradicts_itself_or_leads_nowhere_is_named(
    query: str, arguments: dict[str, Any], where: str, code: str
) -> None:
    result = to_model(ApiCall(f"GET /v2/shipments/1?channel=app&{query}", arguments), SHOP)
    assert codes(result) == [code]
    assert result[0].where == where


def test_a_call_that_is_on_the_models_side_already_stays() -> None:
    call = ToolCall("check_logistics", {"order_id": "SO1"})
    assert to_model(ApiCall(call.name, call.arguments), SHOP) == call


@pytest.mark.parametrize(
    ("call", "place", "code"),
    [
        (ToolCall("check_logistics", {"order_id": "1", "x": 1}), "x", "mapping-argument-unmapped"),
        (ToolCall("check_logistics", {}), "orderNo", "mapping-path-unfilled"),
        (ToolCall("check_logistics", {"order_id": ""}), "orderNo", "mapping-path-unfilled"),
        (ToolCall("check_logistics", {"order_id": ["a"]}), "orderNo", "mapping-path-unfilled"),
        (ToolCall("申请退款", {"金额": 1.234}), "金额", "mapping-value"),
        (ToolCall("申请退款", {"原因": "其他"}), "原因", "mapping-value"),
    ],
)
def test_a_models_call_that_cannot_go_out_says_where(call: ToolCall, place: str, code: str) -> None:
    result = to_api(call, SHOP, "turns[1].call")
    assert codes(result) == [code]
    assert result[0].where == f"turns[1].call.arguments.{place}"


@pytest.mark.parametrize(
    ("arguments", "place", "code"),
    [
        ({"channel": "app"}, "orderNo", "mapping-path-unfilled"),
        ({"orderNo": "1", "channel": "web"}, "channel", "mapping-fixed"),
        ({"orderNo": "1"}, "channel", "mapping-fixed"),
        ({"orderNo": "1", "channel": "app", "page": 1}, "page", "mapping-argument-unmapped"),
        ({"orderNo": "1", "channel": "app", "filter": {"to": "x"}}, "filter.to",
         "mapping-argument-unmapped"),
        ({"orderNo": "1", "channel": "app", "filter": {}}, "filter", "mapping-argument-unmapped"),
        ({"orderNo": "1", "channel": "app", "filter": 5}, "filter", "mapping-argument-unmapped"),
        ({"orderNo": "1", "channel": "app", "filter": {"from": "20260230"}}, "filter.from",
         "mapping-value"),
    ],
)  # fmt: skip
def test_an_apis_call_that_cannot_come_in_says_where(
    arguments: dict[str, Any], place: str, code: str
) -> None:
    result = to_model(ApiCall("shipmentQuery", arguments), SHOP)
    assert codes(result) == [code]
    assert result[0].where == f"call.arguments.{place}"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("GET /v2/shipments/%FF?channel=app", {}),
        ("GET /v2/shipments/1?channel=%FF", {}),
        ("GET /v2/shipments/1?channel=app&orderNo=1", {}),
        ("GET /v2/shipments/1?channel=app", {"orderNo": "2"}),
    ],
)
def test_an_address_that_cannot_be_taken_apart_is_named(
    name: str, arguments: dict[str, Any]
) -> None:
    assert codes(to_model(ApiCall(name, arguments), SHOP)) == ["mapping-url"]


def test_fixed_values_tell_tools_of_one_api_apart() -> None:
    entry = {"api": "GET /orders", "parameters": {"n": "n"}}
    mapping = mapping_of(
        {"tool": "open", **entry, "fixed": {"status": "open", "page": 1}},
        {"tool": "closed", **entry, "fixed": {"status": "closed"}},
    )
    for name in ("open", "closed"):
        call = ToolCall(name, {"n": 3})
        api = to_api(call, mapping)
        assert isinstance(api, ApiCall) and api.arguments["status"] == name
        assert to_model(api, mapping) == call
    address = ApiCall("GET /orders?status=open&page=1", {"n": 3})
    assert to_model(address, mapping) == ToolCall("open", {"n": 3})
    assert codes(to_model(ApiCall("GET /orders", {"status": "lost"}), mapping)) == ["mapping-fixed"]


def test_the_more_literal_address_is_meant() -> None:
    one = {"tool": "one", "api": "GET /orders/{id}", "parameters": {"id": "id"}}
    mine = {"tool": "mine", "api": "GET /orders/mine"}
    for entries in ([one, mine], [mine, one]):
        mapping = mapping_of(*entries)
        assert to_model(ApiCall("GET /orders/mine?"), mapping) == ToolCall("mine")
        assert to_model(ApiCall("GET /orders/7"), mapping) == ToolCall("one", {"id": "7"})
        assert to_model(ApiCall("POST /orders/7"), mapping) == ToolCall("POST /orders/7")


def test_texts_of_an_address_get_the_types_of_the_tool() -> None:
    many = tool("f", [], n=INTEGER, x=NUMBER, b={"type": "boolean"}, s=STRING, l={"type": "array"})
    entry = {"tool": "f", "api": "GET /f", "unmapped": "keep"}
    mapping = mapping_of(entry, catalog=parse_catalog([many])[0])
    call = ApiCall("GET /f?n=5&x=1.5&b=true&s=5&l=a&other=7&other=8&bad")
    assert to_model(call, mapping) == ToolCall(
        "f", {"n": 5, "x": 1.5, "b": True, "s": "5", "l": ["a"], "other": ["7", "8"], "bad": ""}
    )
    assert to_model(ApiCall("GET /f?n=x"), mapping) == ToolCall("f", {"n": "x"})


def test_keep_hands_arguments_on_but_never_two_under_one_name() -> None:
    entry = {"tool": "f", "api": "g", "parameters": {"a": "b"}, "fixed": {"c": 1},
             "unmapped": "keep"}  # fmt: skip
    mapping = mapping_of(entry)
    call = ToolCall("f", {"a": 1, "x": {"y": 2}})
    assert to_api(call, mapping) == ApiCall("g", {"b": 1, "x": {"y": 2}, "c": 1})
    assert to_model(ApiCall("g", {"b": 1, "x": {"y": 2}, "c": 1}), mapping) == call
    assert codes(to_api(ToolCall("f", {"b": 1}), mapping)) == ["mapping-argument-unmapped"]
    assert codes(to_api(ToolCall("f", {"c": 1}), mapping)) == ["mapping-argument-unmapped"]
    assert codes(to_model(ApiCall("g", {"a": 1, "c": 1}), mapping)) == ["mapping-argument-unmapped"]


def test_tools_without_an_entry_follow_the_policy() -> None:
    entries = [{"tool": "f", "api": "g"}]
    mapping, conflicts = parse_mapping({"unmapped": "refuse", "entries": entries})
    assert conflicts == []
    assert codes(to_api(ToolCall("x"), mapping)) == ["mapping-tool-unmapped"]
    assert codes(to_model(ApiCall("x"), mapping)) == ["mapping-tool-unmapped"]
    assert to_model(ApiCall("f"), mapping) == ToolCall("f")
    assert codes(to_api(ToolCall("g"), mapping)) == ["mapping-name-taken"]


def test_tools_may_swap_names_with_apis() -> None:
    mapping = mapping_of({"tool": "a", "api": "b"}, {"tool": "b", "api": "a"})
    assert to_api(ToolCall("a"), mapping) == ApiCall("b")
    assert to_model(ApiCall("b"), mapping) == ToolCall("a")


# Conversions --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CONVERSIONS)
def test_each_conversion_does_what_its_example_says(name: str) -> None:
    conversion = CONVERSIONS[name]
    model, api = conversion.example
    assert same_json(api, conversion.out(model))
    if conversion.undone:
        assert same_json(model, conversion.back(api))
    else:
        with pytest.raises(Outside):
            conversion.back(api)
    page = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
    shown = [json.dumps(value, ensure_ascii=False) for value in (model, api)]
    assert all(f"`{value}`" in row for value in shown), row
    assert row.endswith("| yes |") is conversion.invertible, row


@pytest.mark.parametrize(
    ("name", "model", "api"),
    [
        ("cents", 0.1, 10),
        ("cents", 19, 1900),
        ("cents", -0.07, -7),
        ("celsius-fahrenheit", 36.6, 97.88),
        ("fahrenheit-celsius", 70, 21.111111),
        ("km-miles", 5, 3.106856),
        ("miles-km", 3.1, 4.9889664),
        ("kg-pounds", 1, 2.204623),
        ("number-string", 1e22, "1e+22"),
        ("datetime-epoch-ms", "1969-12-31T23:59:59.999Z", -1),
        ("datetime-epoch-seconds", "0001-01-01T00:00:00Z", -62135596800),
        ("date-epoch-seconds", "1970-01-01", 0),
        ("integer-string", -12345678901234567890123, "-12345678901234567890123"),
        ("list-comma", [], ""),
        ("upper", "straße", "STRASSE"),
        ("cents", None, None),
    ],
)
def test_values_on_the_way_out(name: str, model: Any, api: Any) -> None:
    assert same_json(api, convert_out(model, [CONVERSIONS[name]]))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("integer-string", ["05", "+5", "5.0", "-0", "", " 5", "٥", "1" * 200, 5]),
        ("number-string", ["", "1.", "01", "1e999", "NaN", 5]),
        ("boolean-string", ["True", "1", True]),
        ("boolean-integer", [2, True, "1", 1.0]),
        ("cents", [1.5, "100", True, 10**40]),
        ("miles-km", [float("nan"), float("inf"), "1", True, 10**16]),
        ("date-compact", ["2026-11-20", "20261301", "2026112", 20261120, "２０２６１１２０"]),
        ("date-epoch-seconds", [1, 1.0, True, 10**30, "0"]),
        ("datetime-epoch-ms", [10**20, -(10**20), 1.5]),
        ("list-comma", ["a,,b", ",", 5, ["a"]]),
    ],
)
def test_values_outside_the_domain_on_the_way_in(name: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(Outside):
            convert_in(value, [CONVERSIONS[name]])


@pytest.mark.parametrize("name", ["get weather", "list orders", "查询 /x", "refund.create"])
def test_a_plain_name_of_two_words_is_no_address(name: str) -> None:
    assert to_api(ToolCall("f"), mapping_of({"tool": "f", "api": name})) == ApiCall(name)


@pytest.mark.parametrize(
    ("name", "model", "api"),
    [
        ("kg-pounds", 70, 154.323584),
        ("kg-pounds", 0.1, 0.220462),
        ("kg-pounds", 0.45359237, 1),
        ("km-miles", 5, 3.106856),
        ("km-miles", 4.8, 2.982582),
        ("km-miles", 1.609344, 1),
    ],
)
def test_the_way_in_gives_the_short_value_behind_a_rounded_one(
    name: str, model: Any, api: Any
) -> None:
    assert same_json(api, convert_out(model, [CONVERSIONS[name]]))
    assert same_json(model, convert_in(api, [CONVERSIONS[name]]))


ORDINARY = [n / 10**digits for digits in range(7) for n in (*range(-50, 1000, 7), 123457, 98765431)]


@pytest.mark.parametrize("name", [name for name, one in CONVERSIONS.items() if one.rounds])
def test_what_goes_out_rounded_comes_in_and_goes_out_the_same(name: str) -> None:
    conversion = [CONVERSIONS[name]]
    values = [str(n) for n in ORDINARY] if "string" in conversion[0].model else ORDINARY
    for value in values:
        api = convert_out(value, conversion)
        assert same_json(api, convert_out(convert_in(api, conversion), conversion)), (value, api)


def test_upper_is_undone_only_where_the_parameter_has_an_enum() -> None:
    size = {"type": "string", "enum": ["s", "m"]}
    entry = {"tool": "f", "api": "g", "parameters": {"a": {"to": "A", "convert": "upper"}}}
    free = mapping_of(entry)
    assert [parameter.name for _, parameter in free.one_way] == ["a"]
    assert to_api(ToolCall("f", {"a": "oslo"}), free) == ApiCall("g", {"A": "OSLO"})
    assert codes(to_model(ApiCall("g", {"A": "OSLO"}), free)) == ["mapping-one-way"]
    closed = mapping_of(entry, catalog=parse_catalog([tool("f", [], a=size)])[0])
    assert closed.one_way == ()
    assert to_model(ApiCall("g", {"A": "M"}), closed) == ToolCall("f", {"a": "m"})
    both = {"type": "string", "enum": ["s", "S"]}
    twice = mapping_of(entry, catalog=parse_catalog([tool("f", [], a=both)])[0])
    assert twice.one_way != ()


def test_an_enum_of_other_values_is_written_as_pairs() -> None:
    pairs = [[1, "low"], [True, "high"], [None, "none"], ["1", None]]
    entry = {"tool": "f", "api": "g", "parameters": {"a": {"convert": {"enum": pairs}}}}
    mapping = mapping_of(entry)
    for model, api in pairs:
        assert to_api(ToolCall("f", {"a": model}), mapping) == ApiCall("g", {"a": api})
        back = to_model(ApiCall("g", {"a": api}), mapping)
        assert isinstance(back, ToolCall) and back.arguments["a"] is model


# Conflicts ----------------------------------------------------------------------------------

BASE = {"tool": "check_logistics", "api": "g"}
ALL = {"order_id": "o", "limit": "l", "since": "s"}


@pytest.mark.parametrize(
    ("entries", "where", "code", "hint"),
    [
        (5, "tool_mapping", "mapping-shape", ""),
        ({"entries": [], "unmaped": "keep"}, "tool_mapping.unmaped", "mapping-shape", "unmapped"),
        ({"entries": [], "unmapped": "drop"}, "tool_mapping.unmapped", "mapping-shape", ""),
        ([5], "tool_mapping[0]", "mapping-shape", ""),
        ([{"tool": "f"}], "tool_mapping[0]", "mapping-shape", ""),
        ([{"tool": "", "api": "g"}], "tool_mapping[0].tool", "mapping-shape", ""),
        ([{"tool": "f", "api": "g", "fixd": {}}], "tool_mapping[0].fixd", "mapping-shape", "fixed"),
        ([{"tool": "f", "api": "GET https://x/y"}], "tool_mapping[0].api", "mapping-shape", "http"),
        ([{"tool": "f", "api": "GET /y?a=1"}], "tool_mapping[0].api", "mapping-shape", ""),
        ([{"tool": "f", "api": "GET /{a}/{a}"}], "tool_mapping[0].api", "mapping-shape", ""),
        ([{"tool": "f", "api": "GET /{a}-{b}"}], "tool_mapping[0].api", "mapping-shape", ""),
        ([{"tool": "f", "api": "GET /{a"}], "tool_mapping[0].api", "mapping-shape", ""),
        ([{"tool": "f", "api": "GET v2/x"}], "tool_mapping[0].api", "mapping-shape", ""),
        ([{"tool": "f", "api": "GET v2"}], "tool_mapping[0].api", "mapping-shape", ""),
        ([{"tool": "f", "api": "get {id}"}], "tool_mapping[0].api", "mapping-shape", ""),
        ([{"tool": "f", "api": "GET /v2/a b"}], "tool_mapping[0].api", "mapping-shape", ""),
        ([{"tool": "f", "api": "FETCH /v2/x/{id}"}], "tool_mapping[0].api", "mapping-shape", ""),
        ([{"tool": "f", "api": "FETCH https://x/y"}], "tool_mapping[0].api", "mapping-shape", ""),
        ([{"tool": "f", "api": "g", "aliases": ["x", "FETCH /v2"]}],
         "tool_mapping[0].aliases[1]", "mapping-shape", ""),
        ([{"tool": "f", "api": "g", "parameters": {"a": "b..c"}}],
         "tool_mapping[0].parameters.a", "mapping-shape", ""),
        ([{"tool": "f", "api": "g", "parameters": {"a": {"to": 5}}}],
         "tool_mapping[0].parameters.a.to", "mapping-shape", ""),
        ([{"tool": "f", "api": "g", "parameters": []}],
         "tool_mapping[0].parameters", "mapping-shape", ""),
        ([{"tool": "f", "api": "g", "fixed": [1]}],
         "tool_mapping[0].fixed[0]", "mapping-shape", ""),
        ([{"tool": "f", "api": "g", "fixed": {"a": float("nan")}}],
         "tool_mapping[0].fixed.a", "mapping-shape", ""),
        ([{"tool": "f", "api": "g", "ignored": [5]}],
         "tool_mapping[0].ignored[0]", "mapping-shape", ""),
        ([{"tool": "f", "api": "g", "aliases": ["GET http://x/"]}],
         "tool_mapping[0].aliases[0]", "mapping-shape", ""),
        ([{"tool": "f", "api": "g", "parameters": {"a": {"convert": "enum"}}}],
         "tool_mapping[0].parameters.a.convert", "mapping-shape", ""),
        ([{"tool": "f", "api": "g", "parameters": {"a": {"convert": {"enum": {"x": []}}}}}],
         "tool_mapping[0].parameters.a.convert.enum.x", "mapping-shape", ""),
        ([{"tool": "f", "api": "g", "parameters": {"a": {"convert": "cnets"}}}],
         "tool_mapping[0].parameters.a.convert", "mapping-conversion-unknown", "cents"),
        ([{"tool": "f", "api": "g", "parameters": {"a": {"convert": ["cents", "cents-string"]}}}],
         "tool_mapping[0].parameters.a.convert[1]", "mapping-conversion-unknown", ""),
        ([{"tool": "f", "api": "g", "parameters": {"a": {"convert": ["cents", "upper"]}}}],
         "tool_mapping[0].parameters.a.convert[1]", "mapping-conversion-unfit", ""),
        ([{"tool": "f", "api": "g", "parameters": {"a": {"convert": {"enum": {"x": 1, "y": 1}}}}}],
         "tool_mapping[0].parameters.a.convert.enum", "mapping-conversion-unfit", ""),
        ([{"tool": "f", "api": "g", "parameters": {"a": "x", "b": "x"}}],
         "tool_mapping[0].parameters.b", "mapping-target-taken", ""),
        ([{"tool": "f", "api": "g", "parameters": {"a": "x.y", "b": "x"}}],
         "tool_mapping[0].parameters.b", "mapping-target-taken", ""),
        ([{"tool": "f", "api": "g", "parameters": {"a": "x"}, "fixed": {"x.y": 1}}],
         "tool_mapping[0].fixed.x.y", "mapping-target-taken", ""),
        ([{"tool": "f", "api": "g", "fixed": {"x": 1}, "ignored": ["x"]}],
         "tool_mapping[0].ignored.x", "mapping-target-taken", ""),
        ([{"tool": "f", "api": "GET /{a}", "parameters": {"b": "b"}}],
         "tool_mapping[0].api", "mapping-path-unfilled", ""),
        ([{"tool": "f", "api": "GET /{a}", "fixed": {"a": ""}}],
         "tool_mapping[0].api", "mapping-path-unfilled", ""),
        ([{"tool": "f", "api": "g"}, {"tool": "f", "api": "h"}],
         "tool_mapping[1].tool", "mapping-tool-duplicate", ""),
        ([{"tool": "f", "api": "g"}, {"tool": "h", "api": "g"}],
         "tool_mapping[1].api", "mapping-ambiguous", ""),
        ([{"tool": "f", "api": "x", "aliases": ["g"]}, {"tool": "h", "api": "g"}],
         "tool_mapping[1].api", "mapping-ambiguous", ""),
        ([{"tool": "f", "api": "GET /{a}", "parameters": {"a": "a"}},
          {"tool": "h", "api": "get /{b}", "parameters": {"a": "b"}}],
         "tool_mapping[1].api", "mapping-ambiguous", ""),
        ([{"tool": "f", "api": "g", "fixed": {"x": 1}},
          {"tool": "h", "api": "g", "parameters": {"a": "x"}}],
         "tool_mapping[1].api", "mapping-ambiguous", ""),
        ([{"tool": "f", "api": "g", "fixed": {"x": 1}}, {"tool": "h", "api": "g",
          "unmapped": "keep"}], "tool_mapping[1].api", "mapping-ambiguous", ""),
    ],
)  # fmt: skip
def test_conflicts_are_named_with_their_place(
    entries: Any, where: str, code: str, hint: str
) -> None:
    _, conflicts = parse_mapping(entries)
    assert [(one.where, one.code) for one in conflicts] == [(where, code)]
    assert hint in conflicts[0].hint
    assert conflicts[0].issue.code == code


@pytest.mark.parametrize(
    ("entry", "where", "code", "hint"),
    [
        ({"tool": "chek_logistics", "api": "g"}, "tool", "mapping-tool-unknown", "check_logistics"),
        ({**BASE, "parameters": {**ALL, "oder_id": "x"}}, "parameters.oder_id",
         "mapping-parameter-unknown", "order_id"),
        ({**BASE, "parameters": {"order_id": "o", "limit": "l"}}, "parameters",
         "mapping-parameter-unmapped", ""),
        ({**BASE, "parameters": {**ALL, "limit": {"convert": "upper"}}}, "parameters.limit.convert",
         "mapping-conversion-unfit", ""),
        ({**BASE, "parameters": {**ALL, "limit": {"convert": {"enum": {"1": "a"}}}}},
         "parameters.limit.convert", "mapping-conversion-unfit", "pairs"),
        ({**BASE, "api": "GET /{l}", "parameters": ALL}, "api", "mapping-path-unfilled", "limit"),
        ({"tool": "申请退款", "api": "g", "unmapped": "keep",
          "parameters": {"原因": {"convert": {"enum": {"损坏": 1}}}}},
         "parameters.原因.convert", "mapping-conversion-unfit", ""),
        ({"tool": "申请退款", "api": "g", "unmapped": "keep",
          "parameters": {"原因": {"convert": {"enum": {"损坏": 1, "迟到": 2, "其他": 3}}}}},
         "parameters.原因.convert", "mapping-conversion-unfit", ""),
        ({"tool": "申请退款", "api": "g", "unmapped": "keep", "fixed": {"金额": 1}},
         "fixed.金额", "mapping-target-taken", ""),
    ],
)  # fmt: skip
def test_conflicts_with_the_catalogue_are_named(
    entry: dict[str, Any], where: str, code: str, hint: str
) -> None:
    _, conflicts = parse_mapping([entry], CATALOG)
    assert [(one.where, one.code) for one in conflicts] == [(f"tool_mapping[0].{where}", code)]
    assert hint in conflicts[0].hint


def test_a_catalogue_of_the_api_needs_no_model_facing_tools() -> None:
    catalog = parse_catalog([tool("g", [], a=STRING)])[0]
    assert parse_mapping([{"tool": "f", "api": "g", "parameters": {"a": "a"}}], catalog)[1] == []


def test_a_file_with_conflicts_names_lines_and_remedies(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(
        "tools:\n- {name: f, description: d, parameters: {order_id: {type: string}}}\n"
        "tool_mapping:\n- tool: f\n  api: g\n  parameters:\n    oder_id: no\n"
        "- tool: f\n  api: h\n  unmapped: keep\n",
        encoding="utf-8",
    )
    with pytest.raises(InputFault) as caught:
        load_mapping(path)
    text = str(caught.value)
    assert f"{path}:7: tool_mapping[0].parameters.oder_id: " in text
    assert "did you mean order_id?" in text
    assert f"{path}:8: tool_mapping[1].tool: 'f' is mapped twice, first in [0]" in text


def test_a_single_conflict_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text('{"tool_mapping": [\n {"tool": "f", "api": "g",\n  "parameters": {"a": "x",\n'
                    '   "a": "y"}}]}', encoding="utf-8")  # fmt: skip
    with pytest.raises(InputFault) as caught:
        load_mapping(path)
    assert caught.value.where == f"{path}:3"
    assert caught.value.message.startswith("tool_mapping[0].parameters.a: the key 'a' is written")


def test_files_of_every_kind_give_the_same_mapping(tmp_path: Path) -> None:
    bare = tmp_path / "bare.json"
    bare.write_text(json.dumps(ENTRIES, ensure_ascii=False), encoding="utf-8")
    named = tmp_path / "named.yaml"
    named.write_text(json.dumps({"tool_mapping": ENTRIES}), encoding="utf-8")
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"name: a\ntool_mapping: {bare}\n", encoding="utf-8")
    prints = {load_mapping(path, CATALOG).fingerprint for path in (bare, named, recipe)}
    assert prints == {SHOP.fingerprint}
    changed = [ENTRIES[0], {**ENTRIES[1], "fixed": {"x": 1}}]
    assert mapping_of(*changed, catalog=CATALOG).fingerprint != SHOP.fingerprint


def test_files_without_a_mapping_are_told(tmp_path: Path) -> None:
    path = tmp_path / "tools.yaml"
    path.write_text("tools: []\n")
    assert find_mapping(path) is None
    with pytest.raises(InputFault, match="holds no tool_mapping"):
        load_mapping(path)
    path.write_text("tool_mapping: absent.yaml\n")
    with pytest.raises(InputFault, match="which is no file") as caught:
        load_mapping(path)
    assert caught.value.where == f"{path}:1"
    path.write_text(f"tool_mapping: {path}\n")
    with pytest.raises(InputFault, match="names one more file"):
        load_mapping(path)


# Whole catalogues ---------------------------------------------------------------------------


def test_a_catalogue_crosses_the_mapping_and_comes_back() -> None:
    api, issues = to_api_catalog(CATALOG, SHOP)
    assert issues == []
    assert api.names == ("GET /v2/shipments/{orderNo}", "refund.create")
    assert api.specs[0].parameters["properties"]["channel"] == {"const": "app"}
    assert api.specs[1].parameters["properties"]["order"]["required"] == ["amount"]
    for call in (
        ToolCall("check_logistics", {"order_id": "1", "since": "2026-11-20"}),
        ToolCall("申请退款", {"金额": 1.5, "原因": "损坏", "标签": ["a"]}),
    ):
        out = to_api(call, SHOP)
        assert isinstance(out, ApiCall)
        assert check_call(ToolCall(out.name, out.arguments), api) == []
    derived, issues = to_model_catalog(api, mapping_of(*ENTRIES))
    assert issues == []
    for spec in CATALOG:
        back = derived.get(spec.name)
        assert back is not None and check_schema(back.parameters, "p") == []
        assert back.parameters.get("required") == spec.parameters.get("required")
        for name, wanted in spec.parameters["properties"].items():
            got = back.parameters["properties"][name]
            assert {key: got.get(key) for key in wanted} == wanted


def test_a_tool_that_its_author_wrote_is_taken_as_it_stands() -> None:
    raw = tool("shipmentQuery", ["orderNo"], orderNo=STRING, channel=STRING)
    catalog, issues = to_model_catalog(parse_catalog([raw, tool("x", [])])[0], SHOP)
    assert issues == []
    assert catalog.specs[0] is SHOP.catalog.specs[0]
    assert catalog.names == ("check_logistics", "x")


def test_what_cannot_be_carried_over_is_named() -> None:
    entry = {"tool": "f", "api": "g", "unmapped": "keep",
             "parameters": {"a": {"to": "x.y", "convert": "cents"}, "b": "gone"}}  # fmt: skip
    raw = tool("g", ["x", "kept"], kept=STRING, x=schema(["y"], y={**INTEGER, "minimum": 100}))
    catalog, issues = to_model_catalog(parse_catalog([raw])[0], mapping_of(entry))
    assert [found.code for found in issues] == ["mapping-schema", "mapping-schema"]
    assert catalog.specs[0].parameters == {
        "type": "object",
        "properties": {"a": NUMBER, "b": {}, "kept": STRING},
        "required": ["a", "kept"],
    }


# Properties ---------------------------------------------------------------------------------

NAMES = st.text("abc中文_.{}/?", min_size=1, max_size=4)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
    | st.sampled_from([10**4000, "2026-11-20", "20261120", "a,b", "5", "true", 1e308, ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
PLAIN_JSON = ANY_JSON.filter(lambda value: not re.search(r"\b(nan|inf)\b", repr(value)))
HUNDREDTHS = st.integers(-(10**10), 10**10).map(lambda n: n / 100)
TENTHS = st.integers(-10000, 10000).map(lambda n: n / 10)
MOMENTS = st.integers(-62135596800, 253402300799)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "": PLAIN_JSON,
    "integer-string": st.integers(-(10**90), 10**90),
    "string-integer": st.integers(-(10**90), 10**90).map(str),
    "number-string": st.integers(-(10**90), 10**90) | st.floats(-1e300, 1e300),
    "boolean-string": st.booleans(),
    "string-boolean": st.sampled_from(["true", "false"]),
    "boolean-integer": st.booleans(),
    "integer-boolean": st.integers(0, 1),
    "cents": HUNDREDTHS,
    "celsius-fahrenheit": TENTHS | HUNDREDTHS,
    "miles-km": TENTHS,
    "pounds-kg": TENTHS,
    "date-compact": st.dates().map(str),
    "date-slash": st.dates().map(str),
    "date-epoch-seconds": st.dates().map(str),
    "datetime-epoch-seconds": MOMENTS.map(CONVERSIONS["datetime-epoch-seconds"].back),
    "datetime-epoch-ms": st.integers(-62135596800000, 253402300799999).map(
        CONVERSIONS["datetime-epoch-ms"].back
    ),
    "list-comma": st.lists(st.text("ab 中", min_size=1, max_size=3), max_size=3),
}  # fmt: skip
CHAINS = {"cents": "integer-string", "date-compact": "string-integer"}


def test_every_invertible_conversion_is_in_the_properties() -> None:
    assert {name for name, one in CONVERSIONS.items() if one.invertible} == set(VALUES) - {""}


@st.composite
def entries_with_calls(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw an entry, and arguments that it can take."""
    heads = draw(st.lists(NAMES, unique=True, min_size=1, max_size=5))
    names = draw(st.lists(NAMES, unique=True, min_size=len(heads), max_size=len(heads)))
    parameters: dict[str, Any] = {}
    arguments: dict[str, Any] = {}
    fixed: list[Any] = []
    path = ""
    for name, head in zip(names, heads, strict=True):
        target = [head, *draw(st.lists(NAMES, max_size=2))]
        kind = draw(st.sampled_from(["fixed", "path", "enum", *VALUES]))
        if kind == "fixed":
            fixed.append([target, draw(PLAIN_JSON)])
            continue
        given = draw(st.booleans())
        parameters[name] = {"to": target}
        if kind == "path" and not set("{}/?") & set(head):
            path += f"/x/{{{head}}}"
            parameters[name], given = {"to": [head]}, True
            value: Any = draw(st.text("a/中%?& ", min_size=1, max_size=4) | st.integers())
        elif kind == "enum":
            keys = draw(st.lists(st.text(max_size=3) | st.integers() | st.booleans(), min_size=1,
                                 max_size=3, unique_by=repr))  # fmt: skip
            parameters[name]["convert"] = {"enum": [[key, f"v{i}"] for i, key in enumerate(keys)]}
            value = draw(st.sampled_from(keys))
        elif kind in VALUES:
            chain = [kind] if kind else []
            if kind in CHAINS and draw(st.booleans()):
                chain.append(CHAINS[kind])
            parameters[name]["convert"] = chain
            value = draw(VALUES[kind])
            if chain == ["date-compact", "string-integer"] and value.startswith("0"):
                value = "2026-11-20"
        else:
            value = draw(PLAIN_JSON)
        if given:
            arguments[name] = value
    api = f"POST {path}" if path else draw(st.sampled_from(["api", "GET /plain", "工具 "])).strip()
    return {"tool": draw(st.sampled_from(["f", "api", "查询"])), "api": api,
            "parameters": parameters, "fixed": fixed}, arguments  # fmt: skip


RELAXED = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


@RELAXED
@given(entries_with_calls())
def test_a_call_that_goes_out_comes_back_and_its_image_too(
    drawn: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    entry, arguments = drawn
    mapping = mapping_of(entry)
    assert mapping.one_way == ()
    call = ToolCall(entry["tool"], arguments)
    api = to_api(call, mapping)
    assert isinstance(api, ApiCall), api
    back = to_model(api, mapping)
    assert isinstance(back, ToolCall), back
    assert back.name == call.name and same_json(dict(call.arguments), dict(back.arguments))
    again = to_api(back, mapping)
    assert isinstance(again, ApiCall)
    assert again.name == api.name and same_json(dict(api.arguments), dict(again.arguments))


@RELAXED
@given(entries_with_calls())
def test_a_concrete_address_is_the_same_call(
    drawn: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    entry, arguments = drawn
    mapping = mapping_of(entry)
    api = to_api(ToolCall(entry["tool"], arguments), mapping)
    assert isinstance(api, ApiCall)
    rest = dict(api.arguments)
    name = re.sub(r"\{([^{}]+)\}", lambda found: quote(str(rest.pop(found[1])), safe=""), api.name)
    back = to_model(ApiCall(name, rest), mapping)
    wanted = {
        key: str(value) if f"{{{entry['parameters'][key]['to'][0]}}}" in api.name else value
        for key, value in arguments.items()
    }
    assert isinstance(back, ToolCall), back
    assert same_json(wanted, dict(back.arguments))


@RELAXED
@given(
    st.sampled_from(sorted(name for name, one in CONVERSIONS.items() if one.rounds)),
    st.integers(-(10**9), 10**9), st.integers(0, 9),
)  # fmt: skip
def test_every_value_that_goes_out_comes_in_and_goes_out_the_same(
    name: str, value: int, digits: int
) -> None:
    conversion = [CONVERSIONS[name]]
    try:
        api = convert_out(value / 10**digits, conversion)
    except Outside:
        return
    assert same_json(api, convert_out(convert_in(api, conversion), conversion))


STRICT = {name for name, one in CONVERSIONS.items() if one.invertible and not one.rounds}


@RELAXED
@given(st.sampled_from(sorted(STRICT)), ANY_JSON)
def test_a_conversion_that_does_not_round_is_a_bijection(name: str, value: Any) -> None:
    conversion = CONVERSIONS[name]
    for there, back in ((conversion.out, conversion.back), (conversion.back, conversion.out)):
        try:
            other = there(value)
        except Outside:
            continue
        assert same_json(value, back(other))


@RELAXED
@given(st.sampled_from(sorted(CONVERSIONS)), ANY_JSON)
def test_conversions_raise_nothing_but_outside(name: str, value: Any) -> None:
    for way in (CONVERSIONS[name].out, CONVERSIONS[name].back):
        try:
            json.dumps(way(value), allow_nan=False)
        except Outside as fault:
            assert str(fault).startswith(("expected ", "the letters"))


KEYS = st.sampled_from(
    ["tool", "api", "parameters", "fixed", "ignored", "aliases", "unmapped", "to", "convert",
     "enum", "entries", "a", "GET /{a}"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["cents", "upper", "keep", "refuse", "GET /{a}", "a.b", "a", "check_logistics"]
)
ANY_DOCUMENT = st.recursive(
    ANY_JSON | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | NAMES, inner, max_size=6),
    max_leaves=20,
)
ENTRY_LIKE = st.fixed_dictionaries(
    {"tool": WORDS | NAMES, "api": WORDS | NAMES},
    optional={
        "parameters": st.dictionaries(NAMES | WORDS, ANY_DOCUMENT, max_size=3) | ANY_DOCUMENT,
        "fixed": ANY_DOCUMENT,
        "ignored": ANY_DOCUMENT,
        "aliases": ANY_DOCUMENT,
        "unmapped": ANY_DOCUMENT,
    },
)


@RELAXED
@given(ANY_DOCUMENT | st.lists(ENTRY_LIKE, max_size=4), st.booleans(), WORDS | NAMES, ANY_JSON)
def test_nothing_that_is_json_makes_a_mapping_raise(
    document: Any, known: bool, name: str, value: Any
) -> None:
    mapping, conflicts = parse_mapping(document, CATALOG if known else None)
    assert all(one.code in MAPPING_CODES and str(one.issue) for one in conflicts)
    arguments = value if isinstance(value, dict) else {"a": value}
    assert mapping.fingerprint and (conflicts or isinstance(document, list | dict))
    for call_name in (name, "check_logistics", *(entry.api for entry in mapping.entries)):
        to_api(ToolCall(call_name, arguments), mapping)
        to_model(ApiCall(call_name, arguments), mapping)
    to_model_catalog(CATALOG, mapping)
    to_api_catalog(CATALOG, mapping)


@RELAXED
@given(
    st.dictionaries(
        st.sampled_from(["orderNo", "limit", "filter", "channel", "traceId", "order_id", "金额"]),
        ANY_JSON | st.just("app") | st.dictionaries(st.just("from"), ANY_JSON), max_size=5,
    ),
    st.sampled_from(["GET /v2/shipments/{orderNo}", "GET /v2/shipments/1?limit=x&channel=app",
                     "GET /v2/shipments/%F0?x", "GET //?&=", "refund.create", "申请退款"]),
)  # fmt: skip
def test_nothing_that_is_json_makes_the_two_ways_raise(arguments: Any, name: str) -> None:
    for result in (
        to_model(ApiCall(name, arguments), SHOP), to_api(ToolCall(name, arguments), SHOP),
        to_api(ToolCall("check_logistics", arguments), SHOP),
    ):  # fmt: skip
        if isinstance(result, tuple):
            assert all(str(found) and found.code in MAPPING_CODES for found in result)


def test_a_deep_value_is_no_danger() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert codes(to_api(ToolCall("申请退款", {"金额": deep}), SHOP)) == ["mapping-value"]
    call = ApiCall("shipmentQuery", {"orderNo": "1", "channel": deep})
    assert codes(to_model(call, SHOP)) == ["mapping-fixed"]
