"""Hazards of a template: what a lawful catalogue holds that the engine cannot write or read back.

Role: looks through a catalogue with the facts of `fctune.engine.tool_formats`. Input: a catalogue
and a template's name; the engine itself is not needed. Output: issues. An error stops the whole
training run; a warning loses a call or a part of the schema without a word.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fctune.conversations.families import family_of
from fctune.engine.tool_formats import ToolFormat, call_marks, tool_format_of
from fctune.issues import Issue, issue
from fctune.patterns import regex
from fctune.tools.lint.schema import nodes
from fctune.tools.lint.values import shown, types_of
from fctune.tools.spec import ToolCatalog, ToolSpec

_SPECIAL = regex(
    r"<\|[A-Za-z0-9_]{2,40}\|>|</?s>|<(?:bos|eos|pad|unk)>|<(?:start|end)_of_turn>"
    r"|\[/?(?:INST|TOOL_CALLS|AVAILABLE_TOOLS|TOOL_RESULTS)\]"
)
_DIGITS_ONLY = regex(r"^\^?(?=.*(?:\\d|[0-9]))(?:\\d|\\\.|\[[0-9-]+\]|[0-9(){}?*+,|:-])+\$?\Z")
# What the hidden part of a parameter says; the rest of the keywords restricts nothing.
_MEANING = (
    "properties", "items", "enum", "const", "default", "pattern", "format", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems",
    "maxItems", "anyOf", "oneOf", "allOf", "$ref", "prefixItems", "examples",
)  # fmt: skip
_MOST_SHOWN = 4


def hazards(
    catalog: ToolCatalog, template: str, places: Sequence[str] | None = None
) -> list[Issue]:
    """Return what the engine cannot do with these tools in this template.

    Args:
        catalog: the tools.
        template: the engine's name of the template.
        places: the place of each tool in its source; `tools[0]` and so on by default.

    Raises:
        UsageFault: the engine has no such template.
    """
    tool_format = tool_format_of(template)
    marks = call_marks(template)
    where = [f"tools[{i}]" for i in range(len(catalog))] if places is None else places
    found: list[Issue] = []
    for spec, place in zip(catalog, where, strict=True):
        found += _check_name(spec, tool_format, template, place)
        found += _check_schemas(spec, tool_format, place)
        found += _check_values(spec, tool_format, marks, place)
        found += _check_special(spec, place)
    if not tool_format.reads:
        message = f"the engine cannot read back the calls that it writes with {template}"
        found.append(issue("template-calls-unreadable", "tools", message))
    if not family_of(template).parallel:
        message = f"{template} writes one call a turn"
        found.append(issue("template-parallel-unsupported", "tools", message))
    return found


def _check_name(
    spec: ToolSpec, tool_format: ToolFormat, template: str, place: str
) -> Iterator[Issue]:
    if not tool_format.takes_name(spec.name):
        message = f"the reader of {template} does not take {spec.name!r} for a tool's name"
        yield issue("template-name-unreadable", place, message)
    for name in spec.parameters["properties"]:
        if not tool_format.takes_parameter(name):
            inner = f"{place}.parameters.properties.{name}"
            message = f"the reader of {template} does not take {name!r} for a parameter"
            yield issue("template-parameter-unreadable", inner, message)


def _check_schemas(spec: ToolSpec, tool_format: ToolFormat, place: str) -> Iterator[Issue]:
    """Yield what stops the engine when it prints the tool, and what it leaves out."""
    hidden: list[str] = []
    for name, schema in spec.parameters["properties"].items():
        inner = f"{place}.parameters.properties.{name}"
        if not isinstance(schema, Mapping):
            if tool_format.shows is not None:
                message = "got a schema that is no object"
                yield issue("tool-schema-unsupported", inner, message)
            continue
        if tool_format.name == "default":
            yield from _check_plain(schema, inner)
        if tool_format.shows is not None and (parts := _hidden(schema, tool_format.shows)):
            hidden.append(f"{name} ({', '.join(parts)})")
    if hidden:
        more = f" and {len(hidden) - _MOST_SHOWN} more" if len(hidden) > _MOST_SHOWN else ""
        message = f"the prompt does not show {'; '.join(hidden[:_MOST_SHOWN])}{more}"
        yield issue("template-schema-hidden", f"{place}.parameters", message)


def _check_plain(schema: Mapping[str, Any], place: str) -> Iterator[Issue]:
    """Yield what DefaultToolUtils stops on: it joins enums as text and asks items for a type."""
    enum, items = schema.get("enum"), schema.get("items")
    if enum and not all(isinstance(value, str) for value in enum):
        message = f"got an enum with values that are no strings: {shown(enum)}"
        yield issue("tool-schema-unsupported", f"{place}.enum", message)
    if items and not isinstance(items, Mapping):
        message = "got items that are no object"
        yield issue("tool-schema-unsupported", f"{place}.items", message)


def _hidden(schema: Mapping[str, Any], shows: frozenset[str]) -> list[str]:
    hidden = [key for key in _MEANING if key in schema and key not in shows]
    items = schema.get("items")
    if "items" in shows and isinstance(items, Mapping):
        hidden += [f"items.{key}" for key in _MEANING if key in items]
    return hidden


def _check_values(
    spec: ToolSpec, tool_format: ToolFormat, marks: tuple[str, str] | None, place: str
) -> Iterator[Issue]:
    for name, schema in spec.parameters["properties"].items():
        top = f"{place}.parameters.properties.{name}"
        for node, where, depth in nodes(schema, top):
            takes = tool_format.takes_inner_text if depth else tool_format.takes_text
            texts = list(_texts(node))
            yield from _check_texts(texts, takes, marks, where)
            if tool_format.retypes and not depth:
                yield from _check_retyped(node, texts, where)
            if tool_format.name == "lfm2" and depth and types_of(node) & {"boolean", "null"}:
                message = "true, false and null within a list or an object are not read back"
                yield issue("template-value-unreadable", where, message)
            yield from _check_keys(node, tool_format, where)


def _check_texts(
    texts: list[str], takes: Any, marks: tuple[str, str] | None, where: str
) -> Iterator[Issue]:
    marked = [text for text in texts if marks and _is_marked(text, marks)]
    if marked and marks:
        message = f"got {shown(marked[0])}, which holds {marks[0]} and {marks[1]}"
        yield issue("template-call-marker", where, message)
    lost = [text for text in texts if not takes(text) and text not in marked]
    if lost:
        message = f"the value {shown(lost[0])} is not read back as it was written"
        yield issue("template-value-unreadable", where, message)


def _is_marked(text: str, marks: tuple[str, str]) -> bool:
    start = text.find(marks[0])
    return start >= 0 and text.find(marks[1], start + len(marks[0])) >= 0


def _check_retyped(node: Mapping[str, Any], texts: list[str], where: str) -> Iterator[Issue]:
    types = types_of(node)
    if types and "string" not in types:
        return
    alike = [text for text in texts if _is_json(text)]
    pattern = node.get("pattern")
    if alike:
        message = f"the string {shown(alike[0])} is read back as {shown(json.loads(alike[0]))}"
        yield issue("template-value-retyped", where, message)
    elif isinstance(pattern, str) and _DIGITS_ONLY.match(pattern):
        message = f"strings of the pattern {pattern!r} are read back as numbers"
        yield issue("template-value-retyped", where, message)
    elif types & {"integer", "number", "boolean"}:
        message = f"the type is {' or '.join(sorted(types))}: a string such as '5' is read as 5"
        yield issue("template-value-retyped", where, message)


def _check_keys(node: Mapping[str, Any], tool_format: ToolFormat, where: str) -> Iterator[Issue]:
    properties = node.get("properties")
    for name in properties if isinstance(properties, Mapping) else ():
        if not tool_format.takes_inner_key(name):
            message = f"{name!r} within an object is not read back"
            yield issue("template-parameter-unreadable", f"{where}.properties.{name}", message)


def _check_special(spec: ToolSpec, place: str) -> Iterator[Issue]:
    try:
        text = json.dumps(spec.as_dict(), ensure_ascii=False)
    except (ValueError, RecursionError):
        return
    found = sorted(set(_SPECIAL.findall(text)))
    if found:
        message = f"holds {', '.join(found[:_MOST_SHOWN])}"
        yield issue("template-special-token", place, message)


def _texts(node: Mapping[str, Any]) -> Iterator[str]:
    """Yield the strings that a schema allows or shows as values."""
    values: list[Any] = []
    for key in ("enum", "examples"):
        if isinstance(node.get(key), list):
            values += node[key]
    values += [node[key] for key in ("const", "default", "example") if key in node]
    yield from (value for value in values if isinstance(value, str))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
