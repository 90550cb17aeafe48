"""Rows of traces that repeat one another: every request of an agent holds all turns before it.

Input: conversations with the trace or session that they are of, then the hashes of all rows.
Output: which rows another row of the same file and trace begins with; those teach nothing that the
longer one does not, and would be trained once for every turn that follows. Eight bytes a model turn
are kept, and only of rows that are of a trace.

Before: session s, rows (user a, model b) and (user a, model b, user c, model d)
After:  the first is superseded: `trace-prefix`, counted among the deduplicated rows
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import xxhash

from fctune.conversations.formats.flat import attributes_of
from fctune.conversations.turns import Conversation, ModelTurn, ResultTurn, Turn, UserTurn

if TYPE_CHECKING:
    from fctune.dataset.columns import U64, Hashes, Mask

# The widest first: an agent may open a trace for each request of one session.
_SESSION = ("session_id", "sessionId", "conversation_id", "conversationId", "thread_id", "threadId")
_TRACE = ("trace_id", "traceId", "traceID")
_IN_SPAN = ("session.id", "gen_ai.conversation.id", "langfuse.session.id")
_HOLDERS = ("attributes", "Attributes", "span_attributes", "SpanAttributes", "tags", "context")
_MARKS = frozenset((*_SESSION, *_TRACE, *_IN_SPAN, *_HOLDERS))


class TraceHashes(NamedTuple):
    """The hashes of one conversation within its trace.

    Attributes:
        whole: of all its turns; 0 where it takes no part.
        prefixes: of each shorter beginning that ends with a model turn.
    """

    whole: int = 0
    prefixes: tuple[int, ...] = ()


NO_TRACE = TraceHashes()


def scope_of(row: Any, *, every: bool = False) -> str | None:
    """Return the session or else the trace of a raw row, or None where it takes no part.

    Args:
        row: the raw row, or the part of it that is one conversation.
        every: rows without trace and session take part, too, as those of one trace.

    >>> scope_of({"traceId": "t1", "sessionId": "s1"}), scope_of({"messages": []})
    ('session s1', None)
    """
    # Nearly all rows have none of these keys; one look is all that they cost.
    if isinstance(row, dict) and not _MARKS.isdisjoint(row):
        session = _named(row, (*_SESSION, *_IN_SPAN))
        trace = _named(row, _TRACE)
        if not session and any(holder in row for holder in _HOLDERS):
            # A span names its session, if at all, among its attributes.
            session = _named(attributes_of(row), _IN_SPAN)
            context = row.get("context")
            if not trace and isinstance(context, Mapping):
                trace = _named(context, _TRACE)
        if session:
            return f"session {session}"
        if trace:
            return f"trace {trace}"
    return "" if every else None


def _named(row: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    for key in keys:
        value = row.get(key)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return ""


def trace_hashes(conversation: Conversation, scope: str, *, source: int = 0) -> TraceHashes:
    """Return the hashes of a conversation, equal only for the same beginning of the same trace.

    Args:
        conversation: as it was read, before any step that changes or splits it.
        scope: from `scope_of`.
        source: index of the raw file.
    """
    found: list[int] = []
    head = [source, scope, conversation.system, conversation.catalog.fingerprint]
    state = xxhash.xxh3_64(_canonical(head))
    for turn in conversation.turns:
        # The length before the bytes keeps two turns from being taken for one.
        said = _canonical(_plain(turn))
        state.update(b"%d:" % len(said))
        state.update(said)
        if isinstance(turn, ModelTurn):
            found.append(state.intdigest() or 1)
    if not found or not isinstance(conversation.turns[-1], ModelTurn):
        return NO_TRACE
    return TraceHashes(found[-1], tuple(found[:-1]))


def prefix_hashes(conversation: Conversation, scope: str = "", *, source: int = 0) -> list[int]:
    """Return the hashes of each shorter beginning that ends with a model turn."""
    return list(trace_hashes(conversation, scope, source=source).prefixes)


def _plain(turn: Turn) -> list[Any]:
    match turn:
        case UserTurn(text):
            return ["u", text]
        case ResultTurn(results):
            return ["r", *results]
        case ModelTurn(text, calls, thought):
            made: list[Any] = [[call.name, call.arguments] for call in calls]
            return ["m", text, made, thought] if thought else ["m", text, made]


def _canonical(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer beyond 64 bits, or another mapping than dict
        return json.dumps(value, sort_keys=True, separators=(",", ":"), default=dict).encode()


def superseded(whole: U64, prefixes: Hashes, keep: Mask) -> Mask:
    """Return the rows that another kept row of the same file and trace begins with.

    Args:
        whole: one hash a row; 0 where the row takes no part.
        prefixes: the hashes of the shorter beginnings of each row.
        keep: the rows that are still there; what was dropped supersedes nothing.
    """
    import numpy as np

    count = len(whole)
    parts = [
        values[np.repeat(keep[first : first + len(counts)], counts)]
        for first, counts, values in (prefixes.blocks() if prefixes.total else ())
    ]
    values = np.concatenate(parts) if parts else np.empty(0, dtype=np.uint64)
    if not len(values):
        return np.zeros(count, dtype=np.bool_)
    del parts
    values.sort()
    rows = np.flatnonzero(keep & (whole != 0))
    places = np.searchsorted(values, whole[rows])
    mask: Mask = np.zeros(count, dtype=np.bool_)
    mask[rows] = values[np.minimum(places, len(values) - 1)] == whole[rows]
    return mask
