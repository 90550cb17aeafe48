"""Lint: each finding about a lawful catalogue has its code, its place and a reason to be there."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from fctune.catalogue.lint import LINT_CODES
from fctune.errors import UsageFault
from fctune.issues import Severity
from fctune.tools.lint.calls import Need, may_be_left_out, need_of
from fctune.tools.lint.fix import fix_document
from fctune.tools.lint.judge import check_fit, lint_catalog
from fctune.tools.lint.pattern import slow_part
from fctune.tools.lint.report import open_tools
from fctune.tools.lint.words import weight, words
from fctune.tools.read import load_catalog, parse_catalog
from fctune.tools.size import Sizes, estimate, fit
from fctune.tools.spec import ToolCatalog
from fctune.tools.write import catalog_document

ROOT = Path(__file__).resolve().parents[2]
TEXT = {"type": "string", "description": "Which one is meant."}
DESCRIPTION = "Look something up for the person who asks."


def tool(name: str = "look", *, words: str = DESCRIPTION, **schema: Any) -> dict[str, Any]:
    """Return a tool; keywords are those of its parameters."""
    parameters = {"type": "object", "properties": {"city": TEXT}, "required": ["city"], **schema}
    return {"name": name, "description": words, "parameters": parameters}


def one(**schema: Any) -> dict[str, Any]:
    """Return a tool with one parameter of this schema."""
    return tool(properties={"city": {"description": "Which one is meant.", **schema}})


def lint(*tools: dict[str, Any]) -> list[str]:
    catalog, _ = parse_catalog(list(tools))
    assert len(catalog) == len(tools)
    return [f"{found.where} {found.code}" for found in lint_catalog(catalog)]


CASES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "alike": (
        [tool("get_user"), tool("getUser", words=f"{DESCRIPTION} Or not.")],
        "tools[1] tool-name-alike",
    ),
    "alike parameters": (
        [tool(properties={"city": TEXT, "userId": TEXT, "user_id": TEXT})],
        "tools[0].parameters.properties.user_id tool-name-alike",
    ),
    "python": ([tool("class")], "tools[0] tool-name-reserved"),
    "template word": ([tool("Finish")], "tools[0] tool-name-reserved"),
    "bracket": (
        [tool(properties={"city": TEXT, "page[size]": TEXT})],
        "tools[0].parameters.properties.page[size] tool-parameter-name",
    ),
    "space": (
        [tool(properties={"city": TEXT, "first name": TEXT})],
        "tools[0].parameters.properties.first name tool-parameter-name",
    ),
    "repeats": ([tool("get_user", words="Gets the user.")], "tools[0] tool-description-thin"),
    "short": ([tool(words="Find it")], "tools[0] tool-description-thin"),
    "short Chinese": ([tool(words="查询")], "tools[0] tool-description-thin"),
    "thin parameter": (
        [tool(properties={"city": TEXT, "value": {"type": "string", "description": "The value"}})],
        "tools[0].parameters.properties.value tool-description-thin",
    ),
    "placeholder": (
        [tool(words="TODO: describe")],
        "tools[0] tool-description-placeholder",
    ),
    "Chinese placeholder": ([tool(words="暂无描述")], "tools[0] tool-description-placeholder"),
    "parameter placeholder": (
        [one(type="string", description="N/A")],
        "tools[0].parameters.properties.city tool-description-placeholder",
    ),
    "same": ([tool(), tool("seek", words=DESCRIPTION.upper())], "tools[1] tool-description-same"),
    "empty enum": (
        [one(type="string", enum=[])],
        "tools[0].parameters.properties.city.enum tool-schema-impossible",
    ),
    "enum of another type": (
        [one(type="integer", enum=["1", "2"])],
        "tools[0].parameters.properties.city.enum tool-schema-impossible",
    ),
    "enum partly": (
        [one(type="string", enum=["a", 1])],
        "tools[0].parameters.properties.city.enum tool-enum-type",
    ),
    "mixed enum": (
        [one(enum=["a", 1, True])],
        "tools[0].parameters.properties.city.enum tool-enum-mixed",
    ),
    "enum twice": (
        [one(type="string", enum=["a", "b", "a"])],
        "tools[0].parameters.properties.city.enum tool-enum-duplicate",
    ),
    "default": (
        [one(type="integer", default="five")],
        "tools[0].parameters.properties.city.default tool-default-invalid",
    ),
    "default out of bounds": (
        [one(type="integer", minimum=3, default=1)],
        "tools[0].parameters.properties.city.default tool-default-invalid",
    ),
    "example": (
        [one(type="integer", examples=[1, "five"])],
        "tools[0].parameters.properties.city.examples[1] tool-parameter-example-invalid",
    ),
    "bounds": (
        [one(type="integer", minimum=5, maximum=1)],
        "tools[0].parameters.properties.city tool-schema-impossible",
    ),
    "strict bounds": (
        [one(type="number", minimum=5, exclusiveMaximum=5)],
        "tools[0].parameters.properties.city tool-schema-impossible",
    ),
    "nested": (
        [one(type="array", items={"type": "string", "minLength": 5, "maxLength": 1})],
        "tools[0].parameters.properties.city.items tool-schema-impossible",
    ),
    "huge": (
        [one(type="integer", maximum=2**70)],
        "tools[0].parameters.properties.city tool-bounds-huge",
    ),
    "slow pattern": (
        [one(type="string", pattern="^(a+)+$")],
        "tools[0].parameters.properties.city.pattern tool-pattern-slow",
    ),
    "no type": ([one()], "tools[0].parameters.properties.city tool-type-missing"),
    "any list": ([one(type="array")], "tools[0].parameters.properties.city tool-items-missing"),
    "open": ([tool(additionalProperties=True)], "tools[0].parameters tool-object-open"),
    "combinator": (
        [tool(anyOf=[{"required": ["city"]}, {"required": ["city"]}])],
        "tools[0].parameters tool-top-combinator",
    ),
    "refused": (
        [tool(properties={"city": False})],
        "tools[0].parameters tool-schema-impossible",
    ),
    "empty call": ([tool(required=[])], "tools[0].parameters tool-empty-call"),
    "told": (
        [tool(required=[], properties={"city": {**TEXT, "description": "Required. Where."}})],
        "tools[0].parameters tool-required-told",
    ),
    "untold": (
        [tool(required=[]), tool("seek", words=f"{DESCRIPTION} Or not.", required=[])],
        "tools catalogue-required-untold",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_fault_has_its_code_and_place(name: str) -> None:
    tools, expected = CASES[name]
    assert expected in lint(*tools)


def test_the_cases_trigger_every_code_that_lint_gives() -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(6):
        deep = {"type": "object", "properties": {"a": deep}}
    found = {expected.split()[-1] for _, expected in CASES.values()}
    found |= {each.split()[-1] for each in lint(tool(properties={"city": TEXT, "a": deep}))}
    found |= {each.code for each in lint_catalog(ToolCatalog())}
    found |= {each.code for each in check_fit(Sizes((90, 90)), fit(Sizes((90, 90)), 200))}
    elsewhere = {"tool-listed-twice"}  # of reading a file: tests of the command
    assert found == {code for code in LINT_CODES if not code.startswith("template-")} - elsewhere


@pytest.mark.parametrize(
    "clean",
    [
        tool(),
        tool("取件", words="查询快递到了哪里"),
        tool(properties={"city": {"type": "string", "description": "city"}}),
        tool(properties={"城市": TEXT}, required=["城市"]),
        one(type="string", enum=["a", "b"], default="a"),
        one(type=["string", "null"], enum=["a", None], default=None),
        one(type="number", enum=[1, 1.5], minimum=0, maximum=9),
        one(type="integer", minimum=1, maximum=1),
        one(type="integer", default=1.0),
        one(type="array", items={"type": "string"}),
        one(type="string", pattern="^[a-z0-9]+(-[a-z0-9]+)*$"),
        one(anyOf=[{"type": "string"}, {"type": "integer"}]),
        tool(additionalProperties=False),
        tool(properties={}, required=[]),
    ],
)
def test_a_clean_tool_has_no_finding(clean: dict[str, Any]) -> None:
    catalog, issues = parse_catalog([clean])
    errors = [found for found in issues if found.severity is Severity.ERROR]
    assert (errors, lint_catalog(catalog)) == ([], [])


@pytest.mark.parametrize("path", sorted((ROOT / "data" / "tools").glob("*.yaml")), ids=str)
def test_shipped_catalogues_are_clean(path: Path) -> None:
    catalog, issues = load_catalog(path)
    assert [str(found) for found in issues + lint_catalog(catalog)] == []


def need(properties: dict[str, Any], name: str = "look", **schema: Any) -> Need | None:
    raw = tool(name, properties=properties, required=[], **schema)
    (spec,) = parse_catalog([raw])[0]
    return need_of(spec)


def described(text: str, **schema: Any) -> dict[str, Any]:
    return {"type": "string", "description": text, **schema}


def test_an_empty_call_is_refused_only_where_something_is_needed() -> None:
    both = {"city": described("The city."), "zip": described("Its code.")}
    assert need(both) == Need(some=True)
    assert need({"city": described("The city.")}) == Need(required=("city",))
    for left_out in (
        "Optional code.",
        "Defaults to Oslo.",
        "If omitted, here.",
        "可选，邮编",
        "默认北京",
    ):
        assert need({**both, "zip": described(left_out)}) is None
    assert need({**both, "zip": described("d", default="x")}) is None
    assert need({**both, "zip": {"type": ["string", "null"]}}) is None
    assert need(both, name="list_orders") is None
    assert need({"page": described("Page."), "sort_by": described("Order.")}) is None
    assert need({"verbose": {"type": "boolean", "description": "More words."}}) is None
    assert need(both, minProperties=1) is None
    assert need(both, anyOf=[{"required": ["city"]}]) is None
    assert need({}) is None


def test_a_bare_example_says_that_a_bare_call_is_meant() -> None:
    bare = {"input": "look", "call": {"name": "look", "arguments": {}}}
    raw = {**tool(required=[]), "examples": [bare]}
    (spec,) = parse_catalog([raw])[0]
    assert need_of(spec) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Required. The city.", True),
        ("(required) The city.", True),
        ("REQUIRED: the city", True),
        ("城市（必填）", True),
        ("必填，城市", True),
        ("Required if zip is absent.", False),
        ("Not required.", False),
        ("The required precision.", False),
        ("非必填，城市", False),
    ],
)
def test_the_words_that_say_required(text: str, told: bool) -> None:
    found = need({"city": described(text), "zip": described("Its code.")})
    assert (found == Need(required=("city",), told=True)) == told


@pytest.mark.parametrize(
    ("pattern", "slow"),
    [
        ("^(a+)+$", "(a+)+"),
        ("(a*)*", "(a*)*"),
        ("([a-z]+-?)*", "([a-z]+-?)*"),
        ("(x|x)*", "(x|x)*"),
        (r"^(\w+\s?)*$", r"(\w+\s?)*"),
        ("((ab)+c?){2,}", "((ab)+c?){2,}"),
        ("(?:a{1,}){20,}", "(?:a{1,}){20,}"),
        (r"^[a-z]+(-[a-z]+)*$", ""),
        (r"^\d{4}-\d{2}-\d{2}$", ""),
        ("(a|b)*", ""),
        ("(a+){2}", ""),
        (r"[(a+)+]", ""),
        (r"\(a+\)+", ""),
        (r"^[\]a]+$", ""),
        (r"(?<year>\d+)-(?=x)", ""),
        (r"^\p{L}+( \p{L}+)*$", ""),
        ("(", ""),
        ("a)b(+", ""),
        ("(" * 3000, ""),
        ("[a", ""),
        ("a{", ""),
        ("\\", ""),
    ],
)
def test_patterns_that_can_be_matched_in_many_ways(pattern: str, slow: str) -> None:
    assert slow_part(pattern) == slow


def test_words_and_weights() -> None:
    assert words("getHTTPStatus_by-userIDs") == ["get", "http", "status", "user", "id"]
    assert weight("查a") == 4


def test_an_estimate_is_near_and_named_so() -> None:
    assert estimate("") == 0
    text = '{"name": "get_weather", "description": "Get the weather of a city."}'
    assert 15 <= estimate(text) <= 30
    assert 8 <= estimate("查询物流到哪里了呢朋友") <= 14


def test_what_fits_is_counted_in_order_with_room_left() -> None:
    sizes = Sizes((100, 100, 100), frame=50)
    assert sizes.total == 350
    assert (fit(sizes, 400).room, fit(sizes, 400).tools) == (100, 2)
    assert fit(sizes, 350, room=0).tools == 3
    assert check_fit(sizes, fit(sizes, 350, room=0)) == []
    (found,) = check_fit(sizes, fit(sizes, 400))
    assert found.code == "catalogue-over-cutoff" and "2 of 3" in found.message


def test_an_unknown_template_names_the_nearest() -> None:
    from fctune.engine.hazards import hazards

    with pytest.raises(UsageFault) as fault:
        hazards(ToolCatalog(), "gema3")
    assert fault.value.hint == "--template gemma3"


REQUIRED_WORDS = {
    "Required. The city.": True,
    "(required) Only the city itself.": True,
    "Required. If it is unknown, ask.": True,
    "必填，订单号": True,
    "订单号，是否必填：是": True,
    "订单号（必填）": True,
    "订单号，不是必填": False,
    "手机号，是否必填：否": False,
    "手机号，必填：否": False,
    "该字段是否必填": False,
    "非必选，备注": False,
    "并非必填": False,
    "订单号为空时必填": False,
    "Kind. Required: no": False,
    "Required: no. The kind.": False,
    "Required: false": False,
    "(required) only when cc is set": False,
    "Not required. The kind.": False,
}


@pytest.mark.parametrize(("words", "is_required"), REQUIRED_WORDS.items())
def test_a_description_tells_required_only_where_it_says_so(words: str, is_required: bool) -> None:
    raw = tool(properties={"a": {"type": "string", "description": words}, "b": TEXT}, required=[])
    catalog, _ = parse_catalog([raw])
    need = need_of(catalog.specs[0])
    assert (need is not None and need.required == ("a",) and need.told) == is_required


@pytest.mark.parametrize(
    "words",
    [
        "Kind. Required: no",
        "订单号，不是必填",
        "手机号，是否必填：否",
        "非必选",
        "不必填写",
        "选传",
    ],
)
def test_a_parameter_told_not_to_be_required_may_be_left_out(words: str) -> None:
    assert may_be_left_out({"type": "string", "description": words})


def test_a_long_enum_is_checked_and_mended_in_no_time() -> None:
    values = [f"value-{number}" for number in range(20_000)]
    raw = one(type="string", enum=[*values, values[0]])
    started = time.monotonic()
    assert lint(raw) == ["tools[0].parameters.properties.city.enum tool-enum-duplicate"]
    value, made = fix_document([raw])
    assert time.monotonic() - started < 3
    assert value[0]["parameters"]["properties"]["city"]["enum"] == values and len(made) == 1


@pytest.mark.parametrize(
    ("schema", "is_impossible"),
    [
        ({"type": "string", "enum": ["a"], "minLength": 3}, True),
        ({"type": "string", "enum": ["a", "abc"], "minLength": 3}, False),
        ({"type": "integer", "const": "x"}, True),
        ({"type": "string", "const": "x"}, False),
        ({"enum": ["a"], "const": "b"}, True),
        ({"type": "integer", "minimum": 5, "enum": [1, 2]}, True),
        ({"type": "integer", "multipleOf": 10, "minimum": 1, "maximum": 5}, True),
        ({"type": "integer", "multipleOf": 10, "minimum": 1, "maximum": 10}, False),
        ({"type": "number", "multipleOf": 0.1, "minimum": 0.3, "maximum": 0.3}, False),
    ],
)
def test_keywords_that_leave_no_value_are_told(schema: dict[str, Any], is_impossible: bool) -> None:
    found = [each for each in lint(one(**schema)) if each.endswith("tool-schema-impossible")]
    assert len(found) == is_impossible


def test_a_missing_description_is_told_before_an_import_as_after(tmp_path: Path) -> None:
    source = tmp_path / "tools.py"
    source.write_text("def look(city: str) -> str:\n    return city\n", encoding="utf-8")
    opened = open_tools(source)
    before = [found.code for each in opened.tools for found in each.issues]
    before += [found.code for found in opened.issues]
    after = [found.code for found in parse_catalog(catalog_document(opened.catalog))[1]]
    assert before == after == ["tool-description-missing"] * 2
