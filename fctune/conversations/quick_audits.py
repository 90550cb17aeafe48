"""Which audits may find something in a row that was read quickly: filters on its texts.

Input: a QuickRow. Output: the audits to run on its real turns; for most rows none. A filter that
says no is sure: a test holds each against its audit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from fctune.conversations import claims, grounding, meant, personal
from fctune.conversations.personal_sieve import candidates
from fctune.conversations.quick_row import QuickRow
from fctune.conversations.turns import Conversation
from fctune.issues import Issue

Find = Callable[[Conversation], list[Issue]]


def may_be_ungrounded(row: QuickRow) -> bool:
    """Tell whether an argument may be invented."""
    return row.suspect


def may_claim(row: QuickRow) -> bool:
    """Tell whether the model may claim a deed in an exchange without a call."""
    if not row.tools.text or not row.plan.idle:
        return False
    texts, tools = row.texts, row.tools
    for place in row.plan.idle:
        text = texts[place]
        if claims.may_tell(text) and claims.may_claim(text, tools.catalog):
            return True
    return False


def may_mean_call(row: QuickRow) -> bool:
    """Tell whether the words of the model name a listed tool."""
    if not row.tools.text or not row.plan.models:
        return False
    texts = row.texts
    words = "\n".join([texts[place] for place in row.plan.models])
    return any(name in words for name in row.tools.names)


def may_be_personal(row: QuickRow) -> bool:
    """Tell whether a text or a system text may hold personal data or a key."""
    return row.personal and personal.suspect(_looked_through(row))


def sift(rows: Iterable[QuickRow | None], finds: Sequence[Find]) -> None:
    """Note which rows hold nothing personal, for all at once: that costs a third of one by one.

    Args:
        rows: as they were read.
        finds: the audits that are on.
    """
    if personal.find not in finds:
        return
    held = [row for row in rows if row is not None]
    marked = candidates([_looked_through(row) for row in held])
    for row, found in zip(held, marked, strict=True):
        row.personal = found


def _looked_through(row: QuickRow) -> bytes:
    return f"{row.system}\n{row.raw}".encode()


_FILTERS: dict[Any, Callable[[QuickRow], bool]] = {
    grounding.find: may_be_ungrounded,
    claims.find: may_claim,
    meant.find: may_mean_call,
    personal.find: may_be_personal,
}


def audits_to_run(row: QuickRow, finds: Sequence[Find]) -> list[Find]:
    """Return those of the audits that may find something in a row.

    Args:
        row: as it was read.
        finds: the audits that are on.
    """
    return [find for find in finds if find not in _FILTERS or _FILTERS[find](row)]
