r"""Calls and results of one turn, by the paths of a format file.

Input: a turn, and where its calls stand. Output: raw calls under the names that the rest of fctune
knows, with the real place of each; and the results that stand within them.

Before: {"do": [{"fn": "now", "with": "{\"city\": \"Oslo\"}", "out": "12:00"}]}
After:  the call {"name": "now", "arguments": {"city": "Oslo"}} at dialog[1].do[0], result "12:00"
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.conversations.calls import UNREADABLE_CALL, decode_text
from fctune.conversations.draft import Draft, DraftTurn, RawCall
from fctune.conversations.formats.content import result_text_of
from fctune.conversations.formats.parts import id_text, written
from fctune.conversations.literals import NotLiteral
from fctune.conversations.own_format.paths import Decoder, Found, Path, find, first
from fctune.conversations.own_format.spec import Calls
from fctune.issues import issue

NAME = Path("name", ("name",))
ARGUMENTS = Path("arguments", ("arguments",))


def read_calls(
    paths: Calls | None,
    item: Any,
    where: str,
    draft: Draft,
    decode: Decoder,
    *,
    alone: bool = False,
) -> tuple[tuple[RawCall, ...], list[DraftTurn]]:
    """Return the calls of a turn, and the results that stand within them.

    Args:
        paths: where calls stand; None where the file names no calls.
        item: the turn.
        where: its place.
        draft: where issues go.
        decode: reads JSON within text.
        alone: without a path the turn itself is the call.
    """
    if paths is None:
        return (), []
    if paths.path is not None:
        starts = find(paths.path, item, where, decode)
    else:
        starts = [Found(where, item)] if alone else []
    calls: list[RawCall] = []
    results: list[DraftTurn] = []
    for start in starts:
        value = decode(start.value)
        many = isinstance(value, list)
        for index, raw in enumerate(value if many else [value]):
            if raw is None or raw == "" or raw == {}:
                continue
            one, place = decode(raw), f"{start.where}[{index}]" if many else start.where
            calls.append(_one_call(paths, one, place, draft, decode))
            if paths.result is not None:
                for found in find(paths.result, one, place, decode):
                    results += results_of(found, calls[-1].id, draft)
    return tuple(calls), results


def _one_call(paths: Calls, one: Any, where: str, draft: Draft, decode: Decoder) -> RawCall:
    id_ = first(paths.id, one, where, decode)
    id_name = id_text(id_.value) if id_ is not None else ""
    if paths.name is None and paths.arguments is None:
        return RawCall(one, where, id_name, text_arguments=True)
    name = first(paths.name or NAME, one, where, decode)
    if name is None:
        found = f"got no name at {(paths.name or NAME).text}"
        draft.issues.append(issue("call-shape", where, found))
        return RawCall(UNREADABLE_CALL, where, id_name)
    arguments = first(paths.arguments or ARGUMENTS, one, where, decode)
    value = arguments.value if arguments is not None else {}
    if arguments is not None and isinstance(value, str) and value.strip():
        try:
            value = decode_text(value, arguments.where, draft.issues)
        except NotLiteral as fault:
            draft.issues.append(issue(fault.code, arguments.where, str(fault)))
            return RawCall(UNREADABLE_CALL, where, id_name)
    return RawCall({"name": name.value, "arguments": value}, where, id_name)


def results_of(found: Found, id_: str, draft: Draft) -> list[DraftTurn]:
    """Return one result as a turn; what is no text is written as JSON, which is told."""
    is_plain = isinstance(found.value, str | Mapping | list)
    read = result_text_of if is_plain else written
    text = read(found.value, found.where, draft.issues)
    return [DraftTurn("result", found.where, text, id=id_, joined=not id_)]
