"""Examples of a tool: a user's words and the call they lead to, each checked against the schema.

Input: the `examples` of one tool as written. Output: the good ones, and an issue for each other.

Before: [{"input": "now in Oslo?", "call": {"name": "now", "arguments": {"tz": "Europe/Oslo"}}}]
After:  (ToolExample("now in Oslo?", ToolCall("now", {"tz": "Europe/Oslo"})),)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.issues import Issue, issue
from fctune.tools.check import check_call
from fctune.tools.spec import ToolCall, ToolCatalog, ToolExample, ToolSpec


def parse_examples(
    raw: Any, spec: ToolSpec, where: str
) -> tuple[tuple[ToolExample, ...], list[Issue]]:
    """Keep the examples whose call satisfies the tool's own schema; name the others.

    Args:
        raw: the value of `examples`: a list of `{"input": words, "call": {"arguments": {...}}}`.
        spec: the tool that they belong to.
        where: the place of the tool, for issues.
    """
    examples: list[ToolExample] = []
    issues: list[Issue] = []
    catalog = ToolCatalog((spec,))
    for index, item in enumerate(raw if isinstance(raw, list) else []):
        place = f"{where}.examples[{index}]"
        call = item.get("call") if isinstance(item, Mapping) else None
        arguments = call.get("arguments", {}) if isinstance(call, Mapping) else None
        told = isinstance(item, Mapping) and isinstance(item.get("input"), str)
        if not (told and isinstance(call, Mapping) and isinstance(arguments, Mapping)):
            issues.append(
                issue("tool-example-invalid", place, "expected {input, call: {arguments}}")
            )
            continue
        parsed = ToolCall(str(call.get("name", spec.name)), dict(arguments))
        faults = check_call(parsed, catalog, f"{place}.call")
        issues += [issue("tool-example-invalid", fault.where, fault.message) for fault in faults]
        if not faults:
            examples.append(ToolExample(item["input"], parsed))
    return tuple(examples), issues
