"""Imported: what every importer returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fctune.issues import Issue
from fctune.tools.spec import ToolCatalog


@dataclass(frozen=True, slots=True)
class Imported:
    """The tools of one source.

    Attributes:
        catalog: the tools, in the order of the source.
        issues: what was repaired, left out or could not be expressed; `where` is inside the source.
        kind: the kind of source, such as `openapi`, `mcp`, `python`, `openai`, `gemini`.
        extras: what a catalogue file has beside its tools, such as `tool_mapping`; default nothing.
    """

    catalog: ToolCatalog
    issues: tuple[Issue, ...]
    kind: str
    extras: Mapping[str, Any] = field(default_factory=dict)
