"""Seal-Tools rows: a query and the calls that answer it; the tools lie in another file (`--tools`).

Input: {"id", "query", "calling": [{"api", "parameters", "responses"}]}. Output: a Draft that ends
with the calls. `responses` names what later calls refer to; a row that uses such a name as an
argument is a plan of calls whose results nobody has, and is rejected.

Before: {"query": "Time?", "calling": [{"api": "now", "parameters": {}, "responses": []}]}
After:  user("Time?"), model(call now)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fctune.conversations.draft import Draft, DraftTurn, RawCall
from fctune.conversations.formats.content import text_of
from fctune.issues import issue
from fctune.patterns import regex

_REFERENCE = regex(r"API_call_\d+")


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a row has a query and its calling."""
    return "query" in row and isinstance(row.get("calling"), list)


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = Draft(tools=row.get("tools"))
    text = text_of(row.get("query"), "query", draft.issues)
    draft.turns.append(DraftTurn("user", "query", text))
    calling = row.get("calling")
    calls = tuple(
        read_call(item, f"calling[{index}]", draft)
        for index, item in enumerate(calling if isinstance(calling, list) else [])
    )
    if not calls:
        calls = (RawCall([], "calling"),)
    draft.turns.append(DraftTurn("model", "calling", calls=calls))
    return draft


def read_call(item: Any, where: str, draft: Draft) -> RawCall:
    """Read one call; `where` is its place."""
    if not isinstance(item, Mapping):
        return RawCall(item, where)
    arguments = item.get("parameters")
    reference = next((text for text in _texts(arguments) if _REFERENCE.fullmatch(text)), None)
    if reference is not None:
        found = f"got {reference}, the result of another call that the row does not hold"
        draft.issues.append(issue("call-reference", where, found))
    return RawCall({"name": item.get("api"), "arguments": arguments}, where)


def _texts(value: Any) -> Iterator[str]:
    """Yield every string within a value, without recursion: rows may be nested deep."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
