"""Tool lists as the quick reader needs them: read once, kept by their text.

Input: the `tools` of a raw row. Output: a ToolEntry, or None where the rows that have it take the
full way. What a call is judged by is made when a tool is first called, as most tools never are.

Before: '[{"name": "now", "parameters": {}}]'
After:  ToolEntry(text='[{"name": "now", "description": "", ...}]', codes=("...",), ...)
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
import xxhash

from fctune.conversations.check import check_catalog
from fctune.conversations.families import Family, check_schemas
from fctune.conversations.listed import rememberable
from fctune.conversations.quick_schemas import is_exact, plain_tools
from fctune.issues import Severity, blocking
from fctune.tools.check import validator_of
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCatalog, ToolSpec

MAX_TEXT = 32 << 20
MAX_ENTRIES = 50_000


@dataclass(slots=True)
class CalledTool:
    """What calls of one tool are judged by.

    Attributes:
        is_valid: judges arguments; None where the schema cannot be used.
        spec: the tool.
    """

    is_valid: Callable[[Any], bool] | None
    spec: dict[str, Any]
    _said: str = ""

    @property
    def said(self) -> str:
        """The tool as the model sees it, in lower case, which may state a value."""
        if not self._said:
            self._said = json.dumps(self.spec, ensure_ascii=False).lower()
        return self._said


@dataclass(slots=True)
class ToolEntry:
    """One tool list.

    Attributes:
        text: the `tools` column of a dataset row.
        encoded: the same as a JSON string, ready to stand in a row.
        fingerprint: of the catalogue.
        key: a number of 64 bits that names the list; 0 where it is empty.
        codes: what was repaired, sorted.
        default_codes: the same where the system text is the default one.
        missing: the row does not speak of tools at all.
        input_schema: an OpenAI row with these tools would be taken for one of Anthropic's.
    """

    text: str
    encoded: bytes
    fingerprint: str
    key: int
    codes: tuple[str, ...]
    default_codes: tuple[str, ...]
    missing: bool = False
    input_schema: bool = False
    _called: dict[str, CalledTool] = field(default_factory=dict)
    _names: tuple[str, ...] | None = None

    def called(self, name: str) -> CalledTool | None:
        """Return what calls of a tool are judged by, or None where it is not listed."""
        known = self._called.get(name)
        if known is None and self.text:
            spec = next((one for one in json.loads(self.text) if one["name"] == name), None)
            if spec is not None:
                known = self._called[name] = _called_tool(spec)
        return known

    @property
    def catalog(self) -> ToolCatalog:
        """The catalogue, read again: rows that need it are few."""
        return _catalog_of(self.text) if self.text else ToolCatalog()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the tools."""
        if self._names is None:
            listed = orjson.loads(self.text) if self.text else ()
            self._names = tuple([one["name"] for one in listed])
        return self._names


@lru_cache(maxsize=4096)
def _catalog_of(text: str) -> ToolCatalog:
    """Return the catalogue of a `tools` column; a text that is canonical needs no reader."""
    listed = json.loads(text)
    return ToolCatalog(
        tuple([ToolSpec(one["name"], one["description"], one["parameters"]) for one in listed])
    )


def entry_of(catalog: ToolCatalog, family: Family, codes: tuple[str, ...]) -> ToolEntry | None:
    """Return the entry of a catalogue, or None where rows with it may be faulty."""
    if check_catalog(catalog) or (family.plain_schemas and check_schemas(catalog)):
        return None
    text = catalog.json if catalog.specs else ""
    return entry_of_text(text, catalog.fingerprint, codes)


def entry_of_text(text: str, fingerprint: str, codes: tuple[str, ...] = ()) -> ToolEntry:
    """Return the entry of a lawful catalogue."""
    key = xxhash.xxh3_64_intdigest(text.encode()) if text else 0
    more = tuple(sorted({*codes, "system-default"}))
    return ToolEntry(text, orjson.dumps(text), fingerprint, key, codes, more)


class ToolCache:
    """The tool lists met so far, bounded by their text; emptied where the bound is met."""

    def __init__(self, family: Family) -> None:
        """Start empty.

        Args:
            family: of the template that the rows are for.
        """
        self._family = family
        self._size = 0
        self._by_text: dict[str | bytes, ToolEntry | None] = {}
        self._missing = _empty(missing=True)

    def get(self, raw: Any) -> ToolEntry | None:
        """Return the entry of what a row has as tools.

        Raises:
            TypeError: it is no JSON value that orjson can write.
        """
        if raw is None:
            return self._missing
        key = raw if type(raw) is str else orjson.dumps(raw)
        try:
            return self._by_text[key]
        except KeyError:
            return self._read(raw, key)

    def _read(self, raw: Any, key: str | bytes) -> ToolEntry | None:
        self._size += len(key)
        if self._size > MAX_TEXT or len(self._by_text) >= MAX_ENTRIES:
            self._by_text.clear()
            self._size = len(key)
        plain = None if self._family.plain_schemas else plain_tools(raw)
        entry = entry_of_text(*plain) if plain is not None else _entry(raw, self._family)
        self._by_text[key] = entry
        return entry


def _entry(raw: Any, family: Family) -> ToolEntry | None:
    if not isinstance(raw, str | list) or (isinstance(raw, list) and not is_exact(raw)):
        return None
    catalog, issues = parse_catalog(rememberable(raw), "tools")
    if blocking(issues) or (issues and not catalog.specs):
        return None
    repairs = {found.code for found in issues if found.severity is Severity.REPAIR}
    entry = entry_of(catalog, family, tuple(sorted(repairs)))
    if entry is not None and isinstance(raw, list):
        entry.input_schema = any(isinstance(tool, dict) and "input_schema" in tool for tool in raw)
    return entry


def _empty(*, missing: bool) -> ToolEntry:
    return ToolEntry("", b'""', ToolCatalog().fingerprint, 0, (), ("system-default",), missing)


def _called_tool(spec: dict[str, Any]) -> CalledTool:
    validator = validator_of(ToolSpec(spec["name"], spec["description"], spec["parameters"]))
    is_valid = None if isinstance(validator, str) else validator.is_valid
    return CalledTool(is_valid, spec)
