"""The tools of a row, read only where a reader of text needs them.

Input: the raw tools of a row, or the tools given for rows without any. Output: names, names of
parameters, and schemas. Text that holds calls cannot be understood without them: where a name
ends, which argument is meant, and whether `5` is a number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCatalog

_WRITTEN = {"true": True, "false": False, "null": None, "none": None}


def rememberable(raw: Any) -> Any:
    """Return a list of tools as JSON text, which parse_catalog remembers, where it can be so."""
    if not isinstance(raw, list | dict):
        return raw
    try:
        return json.dumps(raw, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return raw


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
