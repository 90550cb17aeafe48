"""Record: one written row on its way into a segment, as bytes and as what is counted of it.

Input: a lawful conversation and the codes met on its way. Output: a Record. Its `head` is the row
as the engine reads it without the `tools` column, which waits in a table of distinct texts: many
rows share it.

Before: Conversation(system="s", catalog=(now), turns=(UserTurn("Time?"), ModelTurn("", (call,))))
After:  head = b'{"conversations":[...],"system":"s"', tools = '[{"name": "now", ...}]'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from fctune.conversations.hashes import RowHashes, hashes_of
from fctune.conversations.quick_row import QuickRow
from fctune.conversations.turns import Conversation
from fctune.dataset.parts import parent_id
from fctune.dataset.traces import NO_TRACE, TraceHashes
from fctune.issues import Issue
from fctune.jsonl import dump_line

MAPPED = "call-mapped"


class Record(NamedTuple):
    """One row as it will be written. A tuple, as one is made for every row.

    Attributes:
        id: the id of the raw row's conversation as a number; its parts share it.
        head: the JSON object of the row up to its `tools` column, without the closing brace.
        tools: the text of the `tools` column; "" where the row lists none.
        lesson: value of its Lesson.
        calls: names of its calls, in order.
        codes: issue codes, sorted, each once.
        mapped: calls that a mapping wrote on the model's side.
        tokens: its length; 0 where it was not measured.
        hashes: what the whole set is judged by.
        trace: where the row stands in its trace.
        signature: of near duplicates; b"" where they are not looked for.
        marks: what audits found, as a JSON list; b"" for nothing.
    """

    id: int
    head: bytes
    tools: str
    lesson: str
    calls: tuple[str, ...]
    codes: tuple[str, ...]
    mapped: int
    tokens: int
    hashes: RowHashes | QuickRow
    trace: TraceHashes = NO_TRACE
    signature: bytes = b""
    marks: bytes = b""


class About(NamedTuple):
    """What is known of a raw row beside its conversations.

    Attributes:
        codes: issue codes, sorted, each once.
        mapped: calls that a mapping wrote on the model's side.
        trace: where the row stands in its trace.
        marks: what audits found, as a JSON list; b"" for nothing.
        signature: of near duplicates, of the whole row.
    """

    codes: tuple[str, ...] = ()
    mapped: int = 0
    trace: TraceHashes = NO_TRACE
    marks: bytes = b""
    signature: bytes = b""


def record_of(
    conversation: Conversation,
    about: About,
    *,
    write: Callable[[Conversation], dict[str, Any]],
    tokens: int = 0,
) -> Record:
    """Return the record of a conversation.

    Args:
        conversation: lawful, and of the form that the template's family can write.
        about: what is known of its raw row.
        write: writes it as the row that the engine trains.
        tokens: its length in tokens; 0 where it was not measured.
    """
    row = write(conversation)
    tools = row.pop("tools")
    return Record(
        id=int(parent_id(conversation), 16),
        head=head_of(row),
        tools=tools,
        lesson=conversation.lesson.value,
        calls=tuple(call.name for call in conversation.calls),
        codes=about.codes,
        mapped=about.mapped,
        tokens=tokens,
        hashes=hashes_of(conversation),
        trace=about.trace,
        signature=about.signature,
        marks=about.marks,
    )


def marks_of(issues: Sequence[Issue]) -> bytes:
    """Return what audits found, as the JSON list that the trail of a dataset holds.

    Before: [Issue("argument-ungrounded", "turns[1].call.city", "got 'Rome', ...")]
    After:  b'[{"code":"argument-ungrounded","where":"turns[1].call.city","message":"got ..."}]'
    """
    if not issues:
        return b""
    return dump_line(
        [{"code": one.code, "where": one.where, "message": one.message} for one in issues]
    )


def head_of(row: Mapping[str, Any]) -> bytes:
    """Return a row without its tools as JSON, up to where they will stand."""
    return orjson.dumps(row)[:-1]
