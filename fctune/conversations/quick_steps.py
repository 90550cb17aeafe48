"""The steps of the quick reader behind parsing: each runs over all rows of a batch before the next.

Input: a row with its texts and its plan. Output: the same row, with calls, hashes and lesson.
"""

from __future__ import annotations

from xxhash import xxh3_64_intdigest as hashed

from fctune.conversations.hashes import (
    combined,
    frame_of,
    hashes_of_words,
    language,
    prompt_hash,
    words_in_all,
)
from fctune.conversations.quick_grounding import judge
from fctune.conversations.quick_plan import Plan
from fctune.conversations.quick_row import QuickRow
from fctune.conversations.quick_tools import ToolEntry
from fctune.conversations.quick_turns import read_calls, starts_plain
from fctune.conversations.quick_write import holds_mark

_CLOSERS = " \t\n\"'”’」』)）*_."
_QUESTION_MARKS = ("?", "？")


def decode(row: QuickRow) -> bool:
    """Decode the calls of a row."""
    if row.plan.calls and not row.arguments:
        read_calls(row)
    return True


def is_plain(row: QuickRow) -> bool:
    """Tell whether a row has no mark, no sign of another format, and no text that may be more."""
    raw, texts, plan = row.raw, row.texts, row.plan
    if holds_mark(raw) or "tool_call:" in raw:
        return False
    first = texts[0]
    if "Action Input" in first or "动作输入" in first or "行动输入" in first:
        return False
    if "task_instruction" in first:
        return False
    return starts_plain(texts, plan, lists_tools=bool(row.tools.text))


def identify(row: QuickRow) -> None:
    """Work out the id of a row."""
    parts = (row.system, row.tools.fingerprint, row.plan.shape, *row.texts)
    row.content = content = "\0".join(parts)
    row.id = hashed(content.encode())


def hash_words(row: QuickRow) -> None:
    """Work out the wordings of a row, and its prompt."""
    texts = row.texts
    users = [texts[place] for place in row.plan.users]
    wordings = words_in_all(users)
    row.words = wordings[0]
    row.wordings = hashes_of_words(wordings)
    row.prompt = prompt_hash(row.tools.fingerprint, users[:1])


def hash_calls(row: QuickRow) -> None:
    """Work out what the calls of a row say of it."""
    if not row.arguments:
        row.frame = frame_of(row.words, ())
        return
    row.frame = frame_of(row.words, judge(row))
    row.calls = tuple([call[0] for call in row.arguments])
    row.answer = combined(row.values[: row.plan.decides])


def classify(row: QuickRow) -> None:
    """Work out the lesson of a row, and its language."""
    row.lesson = _lesson(row)
    if not row.raw.isascii():
        row.language = language(row.texts[0])


def _lesson(row: QuickRow) -> str:
    plan = row.plan
    if not plan.calls:
        return "no_call" if row.tools.text else "general"
    for place in plan.asks:
        if row.texts[place].rstrip(_CLOSERS).endswith(_QUESTION_MARKS):
            return "ask_back"
    return plan.lesson


def codes_of(entry: ToolEntry, plan: Plan, *, default: bool) -> tuple[str, ...]:
    """Return the codes of a row.

    Args:
        entry: its tools.
        plan: of its turns.
        default: the system text is the default one.
    """
    if plan.merges:
        more = ("results-merged", "system-default") if default else ("results-merged",)
        return tuple(sorted({*entry.codes, *more}))
    return entry.default_codes if default else entry.codes
