"""What the readers of prompts share: the tools and calls of a row stand in its texts.

Input: a raw row with a list of turns, ShareGPT or OpenAI. Output: its draft, with the tools taken
out of the prompt, and the thoughts of model turns in the one form that the project knows.

Before: system "Be kind. <tools>[{...}]</tools>", tools None
After:  system "Be kind.", tools [{...}]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fctune.conversations.draft import Draft, DraftTurn
from fctune.conversations.formats import openai, sharegpt
from fctune.conversations.prompt_instructions import tells_format, without_instructions
from fctune.conversations.prompt_tools import PromptTools
from fctune.issues import issue
from fctune.patterns import regex

Finder = Callable[[str], PromptTools | None]

_THOUGHT = regex(
    r"\s*<(think|thinking|(?:reasoning_)?scratch_?pad)>(.*?)</\1>\s*", re.DOTALL | re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class RowTexts:
    """The texts of a row by who speaks, for telling formats apart.

    Attributes:
        prompts: where tools may stand: the system column and turns, and the first user turn.
        user: all user turns.
        model: all model turns.
    """

    prompts: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    model: tuple[str, ...] = ()


def texts_of(row: Mapping[str, Any]) -> RowTexts:
    """Return the texts of a row; those of the row last asked for are remembered.

    Each format of this kind looks at the same texts of every row, one after another.
    """
    global _last
    known, texts = _last
    if known is not row:
        texts = _read_texts(row)
        _last = (row, texts)
    return texts


_last: tuple[Mapping[str, Any] | None, RowTexts] = (None, RowTexts())


def _read_texts(row: Mapping[str, Any]) -> RowTexts:
    prompts: list[str] = []
    user: list[str] = []
    model: list[str] = []
    for role, text in sharegpt.turn_texts(row):
        if role == "model":
            model.append(text)
        elif role == "user":
            user.append(text)
        elif role == "system" and not user and not model:
            prompts.append(text)
    system = row.get("system")
    if isinstance(system, str) and (user or model):
        prompts.insert(0, system)
    return RowTexts((*prompts, *user[:1]), tuple(user), tuple(model))


def read_turns(row: Mapping[str, Any]) -> Draft:
    """Return the draft of a row's turns as they stand, whichever of the two formats they have."""
    return openai.read(row) if openai.detect(row) else sharegpt.read(row)


def take_tools(draft: Draft, find: Finder) -> None:
    """Move the tools out of the system text, or of the first user turn, into the draft.

    The row's own tools, where it has a column of them, are kept; the text is cut all the same, as
    the template writes the tools anew.
    """
    for index, text in enumerate(draft.system):
        found = find(text)
        if found is not None:
            draft.system[index] = _left_of(found, "system", draft)
    if draft.turns and draft.turns[0].role == "user" and draft.turns[0].text:
        found = find(draft.turns[0].text)
        if found is not None:
            _take_from_user(found, draft)


def thought_and_words(text: str) -> tuple[str, str]:
    """Return the thoughts at the head of a model's text, between `<think>` tags, and the rest.

    >>> thought_and_words("<scratch_pad>hm</scratch_pad> Yes.")
    ('<think>hm</think>', 'Yes.')
    """
    thoughts: list[str] = []
    while found := _THOUGHT.match(text):
        thoughts.append(found[2])
        text = text[found.end() :]
    joined = "\n".join(thoughts)
    return (f"<think>{joined}</think>" if thoughts else ""), text


def _take_from_user(found: PromptTools, draft: Draft) -> None:
    first, where = draft.turns[0], draft.turns[0].where
    words = _left_of(found, where, draft)
    if len(draft.turns) > 1 and draft.turns[1].role == "user":
        # The question stands in a turn of its own: what is left of the first is a prompt.
        del draft.turns[0]
        draft.system.append(words)
    else:
        draft.turns[0] = replace(first, text=words)


def _left_of(found: PromptTools, where: str, draft: Draft) -> str:
    """Put the tools into the draft, unless it has its own, and return the words around them."""
    if not _has_tools(draft):
        draft.tools = found.tools
        draft.issues += found.issues(where)
    words = without_instructions(found.before + "\n" + found.after.lstrip().removeprefix("."))
    if tells_format(words):
        draft.issues.append(issue("system-format-left", where, f"got {words[-60:]!r}"))
    return words


def _has_tools(draft: Draft) -> bool:
    text = draft.tools.strip() if isinstance(draft.tools, str) else draft.tools
    return bool(text) and text not in ("[]", "{}", "null")


def results_of(text: str, tag: str) -> list[str] | None:
    """Return the results between tags that make up a text; None where it holds anything else.

    >>> results_of("<r>1</r> <r>2</r>", "r"), results_of("<r>1</r> and", "r")
    (['1', '2'], None)
    """
    opening, closing = f"<{tag}>", f"</{tag}>"
    body = text.strip()
    if not (body.startswith(opening) and body.endswith(closing)):
        return None
    parts = re.split(rf"{closing}\s*{opening}", body[len(opening) : -len(closing)])
    if any(opening in part or closing in part for part in parts):
        return None
    return [part.removeprefix("\n").removesuffix("\n") for part in parts]


def with_results(turn: DraftTurn, tag: str) -> list[DraftTurn]:
    """Return a result or user turn as the results that it holds between tags, or as it is."""
    text = turn.text or ""
    results = results_of(text, tag)
    if results is None and f"</{tag}>" in text:  # the outer pair was taken off
        results = results_of(f"<{tag}>{text}</{tag}>", tag)
    if results is None:
        return [turn]
    return [replace(turn, role="result", text=text, joined=False) for text in results]
