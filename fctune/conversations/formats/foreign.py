"""Tools of a row in the shapes of vendors, as the common reader of tools takes them.

Input: the raw tools of a row. Output: a list of the same tools, names kept: shapes that
`fctune.tools.read` knows stay as they are, others are translated; hosted tools, which have no
schema, are left out with a warning.

Before: [{"functionDeclarations": [{"name": "now", "parameters": {"type": "OBJECT"}}]}]
After:  [{"name": "now", "description": None, "parameters": {"type": "object"}}]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.conversations.draft import Draft
from fctune.tools.imports import shapes_vendors as vendors
from fctune.tools.imports.shapes import json_value
from fctune.tools.read import tool_list

_SHAPES = (
    (vendors.is_bedrock, vendors.bedrock),
    (vendors.is_cohere, vendors.cohere),
    (vendors.is_gemini, vendors.gemini),
    (vendors.is_langchain, vendors.langchain),
    (vendors.is_hosted, vendors.hosted),
)


def foreign_tools(value: Any, draft: Draft, place: str = "tools") -> Any:
    """Return the tools of a row for `Draft.tools`.

    Args:
        value: a list, an object that holds one, JSON text of either, or None.
        draft: takes the issues.
        place: the place of the tools in the row.
    """
    parsed = json_value(value)
    if isinstance(parsed, Mapping) and isinstance(parsed.get("tools"), list):
        parsed = parsed["tools"]
    is_list = isinstance(parsed, Mapping) and any(holds(parsed) for holds, _ in _SHAPES)
    entries = [parsed] if is_list else tool_list(parsed)
    if parsed is None or entries is None:
        return value
    tools: list[Any] = []
    for index, raw in enumerate(entries):
        entry = json_value(raw)
        tools += _translated(entry, f"{place}[{index}]", draft)
    return tools


def _translated(entry: Any, place: str, draft: Draft) -> list[Any]:
    if not isinstance(entry, Mapping) or vendors.is_openai(entry):
        return [entry]
    read = next((read for holds, read in _SHAPES if holds(entry)), None)
    if read is None:
        return [entry]
    found = list(read(entry, place))
    for tool in found:
        draft.issues += tool.issues
    return [dict(tool.body) for tool in found if tool.body is not None]
