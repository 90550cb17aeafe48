"""What a catalogue file holds beside its tools, carried along when the file itself is imported.

Input: a parsed document, and what the import did to the names of its tools. Output: the other
top-level keys, `tool_mapping` with the tools' new names. Any other document, such as a request to a
model that lists tools, has nothing to carry.

Before: {"schema_version": 1, "tools": [...], "tool_mapping": [{"tool": "a", "api": "g"}]}
After:  {"tool_mapping": [{"tool": "crm_a", "api": "g"}]} with the prefix crm_
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fctune.errors import UsageFault
from fctune.tools.read import LIST_KEYS

MAPPING = "tool_mapping"
_VERSION = "schema_version"


def extras_of(value: Any) -> dict[str, Any]:
    """Return the other top-level keys of a catalogue file; nothing for any other document.

    >>> extras_of({"tools": [], "tool_mapping": [], "owner": "crm"})
    {'tool_mapping': [], 'owner': 'crm'}
    >>> extras_of({"tools": [], "messages": []})
    {}
    """
    if not isinstance(value, Mapping) or not (_VERSION in value or MAPPING in value):
        return {}
    return beside_tools(value)


def beside_tools(value: Any) -> dict[str, Any]:
    """Return the top-level keys beside a list of tools, `schema_version` excepted.

    >>> beside_tools({"tools": [], "messages": []}), beside_tools({"name": "a"}), beside_tools([])
    ({'messages': []}, {}, {})
    """
    if not isinstance(value, Mapping):
        return {}
    key = next((key for key in LIST_KEYS if isinstance(value.get(key), list)), None)
    if key is None:
        return {}
    return {name: inner for name, inner in value.items() if name not in (key, _VERSION)}


def renamed(extras: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the keys with the tools' new names in the mapping.

    Args:
        extras: as `extras_of` gave them.
        names: a tool's name in the file to its new one; names that stay may be left out.

    Raises:
        UsageFault: the mapping is in another file.
    """
    if all(old == new for old, new in names.items()):
        return dict(extras)
    return _with_entries(
        extras,
        lambda entries: [
            {**one, "tool": names[one["tool"]]} if _tool(one) in names else one for one in entries
        ],
    )


def narrowed(
    extras: Mapping[str, Any], before: Iterable[str], kept: Iterable[str]
) -> dict[str, Any]:
    """Return the keys without the mapping's entries for tools that were left out.

    Args:
        extras: as `extras_of` gave them.
        before: the names of all tools of the file.
        kept: the names of those that stay.

    Raises:
        UsageFault: the mapping is in another file.
    """
    every, stay = set(before), set(kept)
    if every == stay:
        return dict(extras)

    def is_meant(entry: Any) -> bool:
        names = _names(entry)
        return bool(names & stay) or not names & every

    return _with_entries(extras, lambda entries: [one for one in entries if is_meant(one)])


def _with_entries(
    extras: Mapping[str, Any], change: Callable[[list[Any]], list[Any]]
) -> dict[str, Any]:
    """Return the keys with the entries of the mapping changed."""
    raw = extras.get(MAPPING)
    if isinstance(raw, list):
        return {**extras, MAPPING: change(raw)}
    if isinstance(raw, Mapping) and isinstance(raw.get("entries"), list):
        return {**extras, MAPPING: {**raw, "entries": change(raw["entries"])}}
    if raw is not None:
        raise UsageFault(
            f"the file has a {MAPPING} that is no list of entries, so that it cannot follow the "
            "tools' new names",
            hint=f"import without --name and --prefix, or write the entries under {MAPPING}",
        )
    return dict(extras)


def _tool(entry: Any) -> Any:
    name = entry.get("tool") if isinstance(entry, Mapping) else None
    return name if isinstance(name, str) else None


def _names(entry: Any) -> set[str]:
    """Return the names of tools that an entry may be about: its own, and those of its API."""
    if not isinstance(entry, Mapping):
        return set()
    aliases = entry.get("aliases")
    named = [entry.get("tool"), entry.get("api"), *(aliases if isinstance(aliases, list) else [])]
    return {name for name in named if isinstance(name, str)}
