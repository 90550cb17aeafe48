"""The tools of a row, read only where a reader of text needs them.

Input: the raw tools of a row, or the tools given for rows without any. Output: the catalogue with
what is wrong with it; names, names of parameters, and schemas. Text that holds calls cannot be
understood without them: where a name ends, which argument is meant, and whether `5` is a number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from fctune.conversations.check import check_catalog
from fctune.conversations.quick_schemas import plain_tools
from fctune.issues import Issue, Severity
from fctune.tools.check import validator_of
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCatalog, ToolSpec

_MAX_REMEMBERED = 40_000
_WRITTEN = {"true": True, "false": False, "null": None, "none": None}


def rememberable(raw: Any) -> Any:
    """Return a list of tools as JSON text, which parse_catalog remembers, where it can be so."""
    if not isinstance(raw, list | dict):
        return raw
    try:
        return json.dumps(raw, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return raw


@dataclass(frozen=True, slots=True)
class KnownTools:
    """The tools of a row, and what is to tell of them.

    Attributes:
        catalog: those that can be used.
        issues: errors, and the first repair of each code; `fctune tools check` lists the rest.
        is_silent: nothing at all was met, not even what a row is not told.
        hazards: what `check_catalog` finds.
        validators: what the arguments of the tools that were asked for are judged by.
    """

    catalog: ToolCatalog
    issues: tuple[Issue, ...]
    is_silent: bool
    hazards: tuple[Issue, ...]
    validators: dict[str, Any] = field(default_factory=dict)

    def validator(self, name: str) -> Any:
        """Return the validator of a tool, or the sentence that says why there is none.

        Returns:
            As `fctune.tools.check.validator_of`; None where the tool is not listed.
        """
        if name not in self.validators:
            spec = self.catalog.get(name)
            if spec is None:
                return None
            self.validators[name] = validator_of(spec)
        return self.validators[name]


def known_tools(raw: Any) -> KnownTools:
    """Return the tools that a row has; lists that were met lately are not read again."""
    found = rememberable(raw)
    if isinstance(found, str) and len(found) <= _MAX_REMEMBERED:
        return _remembered(found)
    return _read_tools(found)


@lru_cache(maxsize=1024)
def _remembered(text: str) -> KnownTools:
    plain = plain_tools(text)
    if plain is None:
        return _read_tools(text)
    listed = json.loads(plain[0])
    specs = [ToolSpec(one["name"], one["description"], one["parameters"]) for one in listed]
    # Plain tools may lack descriptions, which rows are not told.
    return KnownTools(ToolCatalog(tuple(specs)), (), is_silent=False, hazards=())


def _read_tools(raw: Any) -> KnownTools:
    catalog, issues = parse_catalog(raw, "tools")
    hazards = tuple(check_catalog(catalog))
    return KnownTools(catalog, tuple(_condensed(issues)), not issues, hazards)


def _condensed(issues: list[Issue]) -> list[Issue]:
    """Keep errors, and the first repair of each code."""
    seen: set[str] = set()
    kept: list[Issue] = []
    for found in issues:
        if found.severity is Severity.ERROR:
            kept.append(found)
        elif found.severity is Severity.REPAIR and found.code not in seen:
            seen.add(found.code)
            kept.append(found)
    return kept


@dataclass
class ListedTools:
    """The tools of one row.

    Attributes:
        raw: what the row has as tools.
        given: the tools of rows that list none.
    """

    raw: Any = None
    given: ToolCatalog | None = None

    @cached_property
    def catalog(self) -> ToolCatalog:
        """The tools; what is wrong with them is told where the row's own catalogue is read."""
        own, _ = parse_catalog(rememberable(self.raw))
        return own if own.specs or self.given is None else self.given

    @cached_property
    def parameters(self) -> dict[str, tuple[str, ...]]:
        """The names of each tool's parameters, in the order of its schema."""
        return {spec.name: tuple(spec.parameters["properties"]) for spec in self.catalog}

    def typed(self, name: str, arguments: Mapping[str, str]) -> dict[str, Any]:
        """Return arguments that were written without quotes in the types of the tool's schema.

        A value stays a string where its schema says so, where it cannot be read as anything else,
        and, of a tool or a parameter that is not listed, unless it is an object or a list.

        >>> tools = ListedTools([{"name": "f", "parameters": {"n": {"type": "int"}}}])
        >>> tools.typed("f", {"n": "5", "other": "5"})
        {'n': 5, 'other': '5'}
        """
        spec = self.catalog.get(name)
        schemas = spec.parameters["properties"] if spec is not None else {}
        return {key: _typed(text, schemas.get(key)) for key, text in arguments.items()}


def _typed(text: str, schema: Any) -> Any:
    kinds = schema.get("type") if isinstance(schema, Mapping) else None
    kinds = kinds if isinstance(kinds, list) else [kinds]
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = _WRITTEN.get(text.strip().lower(), text)
    if isinstance(value, str):
        return text
    if kinds == [None]:
        return value if isinstance(value, dict | list) else text
    return text if "string" in kinds and not _fits(value, kinds) else value


def _fits(value: Any, kinds: list[Any]) -> bool:
    """Tell whether a value is of one of the types that stand beside `string`."""
    if isinstance(value, bool):
        return "boolean" in kinds
    if value is None:
        return "null" in kinds
    if isinstance(value, int | float):
        return "number" in kinds or "integer" in kinds
    return ("object" if isinstance(value, dict) else "array") in kinds
