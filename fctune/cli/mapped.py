"""The mapping that a verb uses: that of --mapping, else that of the tool file.

Input: paths as the user gave them. Output: a ToolMapping, with a note of what it holds on stderr.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fctune.cli.output import out

if TYPE_CHECKING:
    from fctune.tools.mapping.spec import ToolMapping
    from fctune.tools.spec import ToolCatalog


def read_mapping(
    path: Path | None, *, tools: Path | None = None, catalog: ToolCatalog | None = None
) -> ToolMapping | None:
    """Read the mapping, and say which one is used.

    Args:
        path: the file of --mapping.
        tools: the file of --tools; its own `tool_mapping` counts where --mapping is not given.
        catalog: the tools of that file.

    Raises:
        InputFault: the file has no mapping, or one with conflicts.
    """
    source = path if path is not None else tools
    if source is None:
        return None
    from fctune.tools.mapping.load import find_mapping, load_mapping

    mapping = load_mapping(path, catalog) if path is not None else find_mapping(source, catalog)
    if mapping is None:
        return None
    pairs = ", ".join(f"{entry.tool} = {entry.api}" for entry in mapping.entries[:3])
    more = f" and {len(mapping.entries) - 3} more" if len(mapping.entries) > 3 else ""
    out.note(f"mapping: {pairs or 'no tool'}{more}, from {source}")
    _warn_one_way(mapping)
    return mapping


def fingerprint_of(mapping: ToolMapping | None) -> str:
    """Return the fingerprint of a mapping; "" where there is none."""
    return mapping.fingerprint if mapping is not None else ""


def _warn_one_way(mapping: ToolMapping) -> None:
    """Name the parameters that calls of an API cannot be mapped back from."""
    for entry, parameter in mapping.one_way:
        lost = [one.name for one in parameter.conversions if not one.undone]
        if lost:
            out.warn(
                f"{entry.tool}.{parameter.name}: {lost[0]} cannot be undone, calls of {entry.api} "
                "that have it are refused",
                hint="write convert: {enum: {model's value: API's value}}, or an enum in the "
                "tool's schema",
            )
