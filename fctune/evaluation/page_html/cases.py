"""The cases that a page holds, as JSON-ready objects with texts and tools each once.

Input: judged cases. Output: for each what was asked, what was due, what the model said, what was
read, and the arguments side by side. Texts are cut to a length; a cut text ends with a NUL and the
number of characters that are missing, which the page tells.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fctune.engine.templates import ENGINE_ROLES
from fctune.evaluation.evaluate import Evaluation, Judged
from fctune.evaluation.page_html.side_by_side import cut, shown_json, side_by_side
from fctune.evaluation.report.confusion import Confusion
from fctune.tools.spec import ToolCall

_MOST_TEXT = 4_000
_MOST_RAW = 8_000
_MOST_CALLS = 8_000  # of all calls of a turn; later ones keep the room of a value
_MOST_VALUE = 600
_MOST_PARTS = 100  # turns, tools, calls or arguments of one case
_ROLES = {role: kind for kind, role in ENGINE_ROLES.items()}
ORIGIN_TAG = "of"  # names the case that a variant is made from: as many values as cases
_VERDICTS = {True: "right", False: "wrong", None: "unscored"}
# What else the judge tells of a case, shown where it says anything.
_FACTS = ("error_type", "ungrounded_values", "missing_slots", "asked_slots", "guessed_slots")


class EmbeddedCases:
    """Collects the cases of one page.

    Args:
        evaluation: how calls were compared.
        confusion: the tool matrix, whose cells lead to cases.

    Attributes:
        texts: each text of a prompt once; cases hold its number.
        tools: name and JSON of each tool once.
        characters: of all that was added.
    """

    def __init__(self, evaluation: Evaluation, confusion: Confusion) -> None:
        self._evaluation, self._confusion = evaluation, confusion
        self._text_numbers: dict[str, int] = {}
        self._tool_numbers: dict[str, int] = {}
        self._tool_lists: dict[str, list[int]] = {}
        self.texts: list[str] = []
        self.tools: list[dict[str, str]] = []
        self.characters = 0

    def case(self, item: Judged) -> dict[str, Any]:
        """Return one case; its shared texts and tools are added."""
        case, outcome, prediction = item.case, item.outcome, item.prediction
        decoded = prediction.decoded
        value: dict[str, Any] = {
            "id": case.id,
            "verdict": _VERDICTS[outcome.correct],
            "outcome": outcome.outcome.value,
            "reason": cut(outcome.reason, _MOST_TEXT),
            "lesson": case.lesson,
            "origin": str(case.origin),
            "tags": list(outcome.tags or case.tags),
            "decision": _decision(item),
            "cells": [list(cell) for cell in self._confusion.cells.get(case.id, ())],
            "system": self._text(case.system),
            "tools": self._tool_list(item),
            "turns": self._turns(case.messages),
            "calls": _calls(case.calls),
            "text": cut(case.text, _MOST_TEXT),
            "raw": None if prediction.text is None else cut(prediction.text, _MOST_RAW),
            "read": _calls(decoded.calls),
            "said": cut(decoded.text, _MOST_TEXT) if decoded.calls else "",
            "malformed": cut(decoded.detail, _MOST_TEXT) if decoded.malformed else "",
            "pairs": side_by_side(item, self._evaluation),
            "finish": prediction.finish_reason,
            "tokens": [prediction.prompt_tokens, prediction.output_tokens],
            "error": cut(prediction.error, _MOST_TEXT),
            "facts": _facts(item),
        }
        if decoded.repaired is not None:
            value["repaired"] = _calls(decoded.repaired)
            value["repairs"] = list(decoded.repairs)
        self.characters += len(json.dumps(value, ensure_ascii=False))
        return value

    def _turns(self, messages: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
        """Return for each turn whose it is and the number of its text; at most the last ones."""
        shown = messages[-_MOST_PARTS:]
        turns: list[list[Any]] = [
            [_ROLES.get(turn["role"], turn["role"]), self._text(turn["content"])] for turn in shown
        ]
        if len(shown) < len(messages):
            turns.insert(0, ["…", self._text(f"+ {len(messages) - len(shown)}")])
        return turns

    def _text(self, text: str) -> int:
        """Return the number of a text; each is written out once."""
        if text not in self._text_numbers:
            self._text_numbers[text] = len(self.texts)
            self.texts.append(cut(text, _MOST_TEXT))
            self.characters += len(self.texts[-1])
        return self._text_numbers[text]

    def _tool_list(self, item: Judged) -> list[int]:
        """Return the numbers of the tools of a case."""
        source = item.case.tools
        if source not in self._tool_lists:
            specs = item.case.catalog.specs
            self._tool_lists[source] = [self._tool(spec.as_dict()) for spec in specs]
        return self._tool_lists[source]

    def _tool(self, tool: Mapping[str, Any]) -> int:
        text = json.dumps(tool, ensure_ascii=False, indent=1)
        if text not in self._tool_numbers:
            self._tool_numbers[text] = len(self.tools)
            self.tools.append({"name": str(tool.get("name", "")), "text": cut(text, _MOST_TEXT)})
            self.characters += len(self.tools[-1]["text"])
        return self._tool_numbers[text]


def _calls(calls: Iterable[ToolCall]) -> list[list[str]]:
    listed = list(calls)
    shown: list[list[str]] = []
    left = _MOST_CALLS
    for call in listed[:_MOST_PARTS]:
        shown.append([call.name, shown_json(dict(call.arguments), max(_MOST_VALUE, left))])
        left -= len(shown[-1][1])
    return [*shown, ["…", f"+ {len(listed) - len(shown)}"]] if len(shown) < len(listed) else shown


def _decision(item: Judged) -> list[str]:
    """Return what was due and what was done; nothing of a case that is unscored."""
    expected, decided = item.outcome.expected, item.outcome.decided
    return [expected.value, decided.value] if expected and decided else []


def _facts(item: Judged) -> dict[str, str | int]:
    found = {name: getattr(item.outcome, name) for name in _FACTS}
    return {name: value for name, value in found.items() if value}
