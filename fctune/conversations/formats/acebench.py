r"""ACEBench rows: a dialogue in one text, tools, and the right calls by the name of the tool.

Input: {"id", "question": "user: ...\nsystem: ...", "function": [...], "time"?, "ground_truth"},
where `system:` is the assistant. Questions and `possible_answer` files are joined by `id`; a row of
one of them alone is rejected. Output: a Draft that ends with the right calls, and a warning: such
rows are a test set. Some answers name no call (a final state, missing parameters): no words of a
model are told there, and the row is rejected.

Before: "question": "user: Time?", "ground_truth": {"now": {"city": "Oslo"}}
After:  user("Time?"), model(call now)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fctune.conversations.draft import Draft, DraftTurn, RawCall
from fctune.conversations.formats.benchmark import (
    lacks_answer,
    lacks_question,
    mark_test_set,
    names_by_tool,
    python_calls,
)
from fctune.conversations.formats.content import text_of
from fctune.issues import issue
from fctune.patterns import regex

_SPEAKER = regex(r"(?:\A|(?<=\n))(user|system|用户|系统)[ \t]*[:：][ \t]*")
_USER = ("user", "用户")
_CALLS = regex(r"\[\s*[\w.]+\(")
# A tool that is called twice stands twice, with a number behind its name.
_NUMBER = regex(r"_\d+\Z")


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a row has a question in one text beside `function`, or the answers alone."""
    if "id" not in row:
        return False
    if "question" in row:
        return isinstance(row["question"], str) and isinstance(row.get("function"), list)
    alone = set(row) <= {"id", "ground_truth", "mile_stone"}
    return alone and (isinstance(row.get("ground_truth"), Mapping) or "mile_stone" in row)


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = Draft(tools=row.get("function"))
    if "question" not in row:
        lacks_question(draft, "got ground_truth without a question")
        return draft
    mark_test_set(draft, "ACEBench")
    time = row.get("time")
    if isinstance(time, str) and time.strip():
        draft.system.append(time)
    listed = names_by_tool(row.get("function"))
    question = text_of(row["question"], "question", draft.issues)
    _read_dialogue(question, listed, draft)
    truth = row.get("ground_truth")
    calls = tuple(_calls_of(truth, listed))
    if calls:
        draft.turns.append(DraftTurn("model", "ground_truth", calls=calls))
    elif truth is None:
        lacks_answer(draft, "ground_truth", "got a question without ground_truth")
    else:
        lacks_answer(draft, "ground_truth", "the ground truth is no call and no words of a model")
    return draft


def _read_dialogue(
    question: str | None, listed: Mapping[str, tuple[str, ...]], draft: Draft
) -> None:
    text = question or ""
    marks = list(_SPEAKER.finditer(text))
    if question is None or not marks:
        draft.turns.append(DraftTurn("user", "question", question))
        return
    if text[: marks[0].start()].strip():
        found = f"got {text.strip()[:40]!r} where user: is expected"
        draft.issues.append(issue("turn-invalid", "question", found))
    for index, mark in enumerate(marks):
        end = marks[index + 1].start() if index + 1 < len(marks) else len(text)
        words, where = text[mark.end() : end].strip(), f"question[{index}]"
        if mark[1] in _USER:
            draft.turns.append(DraftTurn("user", where, words))
        elif _CALLS.match(words):
            calls = python_calls(words, listed, where, draft)
            draft.turns.append(DraftTurn("model", where, calls=calls))
        else:
            draft.turns.append(DraftTurn("model", where, words))


def _calls_of(truth: Any, listed: Mapping[str, tuple[str, ...]]) -> Iterator[RawCall]:
    """Yield the right calls; nothing where the ground truth is of another kind."""
    for item in truth if isinstance(truth, list) else [truth]:
        if not isinstance(item, Mapping):
            return
        for written, arguments in item.items():
            name = _name_of(str(written), listed)
            if not isinstance(arguments, Mapping) or name not in listed:
                return
            yield RawCall({"name": name, "arguments": arguments}, f"ground_truth.{written}")


def _name_of(written: str, listed: Mapping[str, tuple[str, ...]]) -> str:
    bare = _NUMBER.sub("", written)
    return bare if written not in listed and bare in listed else written
