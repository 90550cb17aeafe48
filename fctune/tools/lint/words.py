"""Descriptions that say too little: missing words, the name said again, placeholders, doubles.

Input: the tools of a catalogue. Output: issues. A description that is missing altogether is told
by the reader of tools (`tool-description-missing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fctune.issues import Issue, issue
from fctune.patterns import regex
from fctune.tools.spec import ToolSpec

MIN_TOOL_WEIGHT = 10
_CJK_WEIGHT = 3  # one Chinese character says about as much as three letters
_CJK = regex("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]")
_CAMEL = regex(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_SPLIT = regex(r"[\W_]+")
_EMPTY_WORDS = frozenset(
    {
        "a", "an", "the", "of", "to", "for", "in", "on", "at", "by", "with", "from", "and",
        "or", "is", "are", "be", "this", "that", "it", "its", "your", "given", "specific",
        "tool", "function", "api", "method", "endpoint", "used",
    }
)  # fmt: skip
# Alone they say nothing of what is wanted, so that saying them again says nothing either.
_EMPTY_NAMES = frozenset(
    {
        "id", "ids", "name", "key", "value", "val", "data", "input", "output", "param",
        "params", "arg", "args", "argument", "arguments", "option", "options", "type", "kind",
        "mode", "flag", "code", "number", "num", "text", "str", "string", "content", "body",
        "payload", "info", "item", "items", "list", "object", "obj", "field", "result",
        "status", "query", "filter", "config", "settings", "x", "y", "z", "a", "b", "n",
    }
)  # fmt: skip
_PLACEHOLDER = regex(
    r"^\W*(?:(?:todo|tbd|tba|fixme|xxx+|wip)\b.*|n/?a|none|null|nil|undefined|desc(?:ription)?|"
    r"description here|(?:add |your |some |no |the )?description(?: here)?|placeholder|string|text|"
    r"test|foo|bar|lorem ipsum.*|暂无(?:描述|说明)?|待补充.*|待定|待完善|无|描述|说明|占位符?)?"
    r"\W*$",
    re.IGNORECASE | re.DOTALL,
)


def check_words(specs: Sequence[ToolSpec], places: Sequence[str]) -> list[Issue]:
    """Return what the descriptions of tools and parameters lack.

    Args:
        specs: the tools.
        places: the place of each.
    """
    issues: list[Issue] = []
    first: dict[str, str] = {}
    for spec, place in zip(specs, places, strict=True):
        issues += _check_tool(spec, place)
        for name, schema in spec.parameters["properties"].items():
            inner = f"{place}.parameters.properties.{name}"
            issues += _check_parameter(name, schema, inner)
        said = " ".join(spec.description.casefold().split())
        if said and said in first:
            message = f"{spec.name} is described word for word as {first[said]}"
            issues.append(issue("tool-description-same", place, message))
        first.setdefault(said, spec.name)
    return issues


def weight(text: str) -> int:
    """Return the length of a text in letters; a Chinese character counts for three.

    >>> weight("Get it."), weight("查询物流")
    (7, 12)
    """
    return len(text) + (_CJK_WEIGHT - 1) * len(_CJK.findall(text))


def words(text: str) -> list[str]:
    """Return the words of a name or sentence that say something, in lower case and singular.

    >>> words("getUserIDs"), words("Get the IDs of a user")
    (['get', 'user', 'id'], ['get', 'id', 'user'])
    """
    parts = (part.casefold() for part in _SPLIT.split(_CAMEL.sub(" ", text)))
    return [_singular(part) for part in parts if part and part not in _EMPTY_WORDS]


def _singular(word: str) -> str:
    plural = len(word) > 2 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return word[:-1] if plural else word


def _check_tool(spec: ToolSpec, place: str) -> Iterator[Issue]:
    text = spec.description
    if not text:
        return
    if _PLACEHOLDER.match(text):
        yield issue("tool-description-placeholder", place, f"got {text[:40]!r}")
    elif not set(words(text)) - set(words(spec.name)):
        yield issue("tool-description-thin", place, f"{text[:60]!r} only repeats the name")
    elif weight(text) < MIN_TOOL_WEIGHT:
        found = f"got {text!r}, expected at least {MIN_TOOL_WEIGHT} letters or 4 Chinese characters"
        yield issue("tool-description-thin", place, found)


def _check_parameter(name: str, schema: Any, place: str) -> Iterator[Issue]:
    text = schema.get("description") if isinstance(schema, Mapping) else None
    if not isinstance(text, str) or not text:
        return
    if _PLACEHOLDER.match(text) and not (_same(text, name) and not _is_empty_name(name)):
        yield issue("tool-description-placeholder", place, f"got {text[:40]!r}")
    elif _is_empty_name(name) and not set(words(text)) - set(words(name)) and not _told(schema):
        yield issue("tool-description-thin", place, f"{text[:60]!r} only repeats the name")


def _same(text: str, name: str) -> bool:
    return words(text) == words(name)


def _is_empty_name(name: str) -> bool:
    """Tell a name that says nothing alone; `city` needs no more words than itself."""
    return all(word in _EMPTY_NAMES for word in words(name))


def _told(schema: Mapping[str, Any]) -> bool:
    """Tell whether something besides the description says what values are meant."""
    return bool({"enum", "const", "pattern", "format", "examples", "properties"} & schema.keys())
