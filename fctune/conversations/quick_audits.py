"""The audits of a row that was read quickly: filters on its texts, and audits without its turns.

Input: a QuickRow. Output: what the audits find in it; most rows need none of them. A filter that
says no is sure: a test holds each against its audit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from fctune.conversations import claims, grounding, meant, personal
from fctune.conversations.personal_sieve import candidates
from fctune.conversations.quick_row import QuickRow
from fctune.conversations.turns import Conversation
from fctune.issues import Issue, Origin

Find = Callable[[Conversation], list[Issue]]


def may_claim(row: QuickRow) -> bool:
    """Tell whether the model may claim a deed in an exchange without a call."""
    if not row.tools.text or not row.plan.idle:
        return False
    texts, tools = row.texts, row.tools
    for place in row.plan.idle:
        text = texts[place]
        if claims.may_tell(text) and claims.may_claim(text, lambda: tools.catalog):
            return True
    return False


def may_mean_call(row: QuickRow) -> bool:
    """Tell whether the words of the model name a listed tool."""
    if not row.tools.text or not row.plan.models:
        return False
    texts = row.texts
    words = "\n".join([texts[place] for place in row.plan.models])
    return any(name in words for name in row.tools.names)


def sift(rows: Iterable[QuickRow | None], finds: Sequence[Find]) -> None:
    """Note which texts may hold something personal, for all rows at once.

    That costs a third of one by one. First whole rows are told, then the texts of the few left.

    Args:
        rows: as they were read.
        finds: the audits that are on.
    """
    if personal.find not in finds:
        return
    held = [row for row in rows if row is not None]
    marked = candidates([f"{row.system}\n{row.raw}".encode() for row in held])
    placed: list[tuple[list[tuple[str, str]], tuple[str, str]]] = []
    for row, found in zip(held, marked, strict=True):
        row.personal = []
        if found:
            placed += [(row.personal, text) for text in _texts(row)]
    marked = candidates([text.encode() for _, (_, text) in placed])
    for (kept, text), found in zip(placed, marked, strict=True):
        if found:
            kept.append(text)


def _texts(row: QuickRow) -> Iterator[tuple[str, str]]:
    """Yield what `personal.texts` yields of the conversation."""
    yield "system", row.system
    for index, (pieces, calls) in enumerate(row.steps()):
        place = f"turns[{index}]"
        for number, piece in enumerate(pieces):
            yield (f"{place}[{number}]" if number else place), piece
        for number, call in enumerate(calls):
            name = f"calls[{number}]" if number else "call"
            yield f"{place}.{name}.arguments", personal.arguments_text(dict(call.arguments))


def _ungrounded(row: QuickRow) -> list[Issue]:
    if not row.suspect:
        return []
    return grounding.find_in(row.system, row.steps(), row.tools.catalog)


def _personal(row: QuickRow) -> list[Issue]:
    placed = _texts(row) if row.personal is None else row.personal
    return personal.find_in(placed) if placed else []


_FILTERS: dict[Any, Callable[[QuickRow], bool]] = {
    claims.find: may_claim,
    meant.find: may_mean_call,
}
_QUICK: dict[Any, Callable[[QuickRow], list[Issue]]] = {
    grounding.find: _ungrounded,
    personal.find: _personal,
}


def audit(row: QuickRow, finds: Sequence[Find], origin: Callable[[], Origin]) -> list[Issue]:
    """Return what audits find in a row, as they do in its conversation.

    Args:
        row: as it was read.
        finds: the audits that are on.
        origin: gives that of the row; asked only where its conversation is needed.
    """
    issues: list[Issue] = []
    conversation: Conversation | None = None
    for find in finds:
        if find in _QUICK:
            issues += _QUICK[find](row)
        elif find not in _FILTERS or _FILTERS[find](row):
            conversation = conversation or row.conversation(origin())
            issues += find(conversation)
    return issues
