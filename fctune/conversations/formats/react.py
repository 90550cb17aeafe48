r"""ReAct rows: Thought, Action, Action Input, Observation and Final Answer as text.

Input: a row with a list of turns, ShareGPT or OpenAI. Output: a Draft. An exchange may stand in
one model text or over several turns; `Finish` is no tool but the answer; thoughts go where the
project has them, between `<think>` tags. Where the row brings the results itself, an observation
within a model's text is one that the model made up, and is cut there.

Before: gpt "Thought: look.\nAction: now\nAction Input: {}\nObservation: 12:00\nFinal Answer: Noon."
After:  model("<think>look.</think>", call now), result("12:00"), model("Noon.")
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from fctune.conversations.draft import Draft, DraftTurn, RawCall, thought_once
from fctune.conversations.formats import openai
from fctune.conversations.formats.prompted import read_turns, take_tools, texts_of
from fctune.conversations.listed import ListedTools
from fctune.conversations.literals import NotLiteral, read_value
from fctune.conversations.prompt_prose import described_tools
from fctune.conversations.prompt_tools import PromptTools
from fctune.conversations.react_text import (
    Step,
    blob_of,
    call_of,
    is_react,
    starts_labelled,
    steps_of,
    tool_name,
)
from fctune.issues import Issue, issue
from fctune.patterns import regex

_FINISH = frozenset({"finish", "final answer", "final_answer"})
_OBSERVED = regex(r"\s*(?:Observation|观察|观察结果)\s*[:：]\s*", re.IGNORECASE)
_QUESTION = regex(r"^[ \t]*(?:Question|问题)[ \t]*[:：][ \t]*", re.MULTILINE)
_ASKED_END = regex(r"\s{0,50}(?:Begin!|Thought\s{0,9}[:：])\s{0,50}\Z")
_ASKS = regex(r"^[ \t]*(?:Action Input|动作输入|行动输入)[ \t]*[:：]", re.MULTILINE)
_HEADS = ("Thought", "Action", "**Thought", "**Action", "思考", "动作", "行动")
_HEAD = 12


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a model turn holds an action and its input, and the row has no other calls.

    A text that only speaks of them in passing is none: the turn begins with a label, or a prompt
    asks for the format.
    """
    texts = texts_of(row)
    asked = any(_asks(text) for text in texts.prompts)
    if not asked and not any(text.lstrip()[:_HEAD].startswith(_HEADS) for text in texts.model):
        return False
    if openai.has_calls(row):
        return False
    if any(is_react(text) and (asked or starts_labelled(text)) for text in texts.model):
        return True
    return any(_asks(text) and "Final Answer:" in text for text in texts.prompts)


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = read_turns(row)
    question = _split_question(draft)
    take_tools(draft, _find)
    if question is not None:
        _put_question(draft, question)
    draft.tools = _without_finish(draft.tools)
    tools = ListedTools(draft.tools)
    brought = any(turn.role == "result" or _is_observation(turn) for turn in draft.turns)
    turns: list[DraftTurn] = []
    for turn in draft.turns:
        if turn.role == "model" and turn.text:
            turns += thought_once(_Exchange(turn, tools, draft.issues, cut=brought).turns())
        else:
            turns.append(_outside_turn(turn))
    draft.turns = turns
    return draft


def _asks(text: str) -> bool:
    """Tell whether a prompt asks for the format, by showing it."""
    return ("Input" in text or "输入" in text) and _ASKS.search(text) is not None


def _find(text: str) -> PromptTools | None:
    """Find the tools of a prompt; one that asks for the format may list none."""
    return described_tools(text) or (PromptTools([], text, "") if _asks(text) else None)


def _split_question(draft: Draft) -> str | None:
    """Cut the question off the first user turn where it stands behind a whole prompt."""
    first = draft.turns[0] if draft.turns else None
    if first is None or first.role != "user" or not first.text or not _asks(first.text):
        return None
    marks = list(_QUESTION.finditer(first.text))
    if len(marks) < 2:
        return None
    draft.turns[0] = replace(first, text=first.text[: marks[-1].start()])
    return _ASKED_END.sub("", first.text[marks[-1].end() :]).strip()


def _put_question(draft: Draft, question: str) -> None:
    """Make the prompt in front of a question part of the system text."""
    prompt = (draft.turns[0].text or "").strip()
    if prompt:
        draft.system.append(prompt)
    draft.turns[0] = replace(draft.turns[0], text=question)


def _without_finish(tools: Any) -> Any:
    if not isinstance(tools, list):
        return tools
    return [tool for tool in tools if not (isinstance(tool, Mapping) and _is_finish(tool))]


def _is_finish(tool: Mapping[str, Any]) -> bool:
    inner = tool.get("function")
    name = (inner if isinstance(inner, Mapping) else tool).get("name")
    return isinstance(name, str) and name.lower() in _FINISH


def _is_observation(turn: DraftTurn) -> bool:
    return turn.role == "user" and _OBSERVED.match(turn.text or "") is not None


def _outside_turn(turn: DraftTurn) -> DraftTurn:
    text = turn.text or ""
    if _is_observation(turn) or (turn.role == "result" and _OBSERVED.match(text)):
        return replace(turn, role="result", text=_OBSERVED.sub("", text, count=1), joined=True)
    if turn.role == "user" and _ASKED_END.search(text):
        return replace(turn, text=_ASKED_END.sub("", text).strip())
    return turn


@dataclass(slots=True)
class _Exchange:
    """The turns that one model text holds, while its steps are read."""

    turn: DraftTurn
    tools: ListedTools
    issues: list[Issue]
    cut: bool
    thoughts: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    calls: list[RawCall] = field(default_factory=list)

    def turns(self) -> Iterator[DraftTurn]:
        """Yield model turns and results; the text as it is where it has no labels."""
        steps = steps_of(self.turn.text or "")
        if all(step.kind == "words" for step in steps):
            yield self.turn
            return
        self.calls = list(self.turn.calls)
        for index, step in enumerate(steps):
            follower = steps[index + 1] if index + 1 < len(steps) else None
            if step.kind == "result":
                if self.cut:
                    found = f"cut {step.text[:40]!r}, which the model made up"
                    self.issues.append(issue("observation-cut", self.turn.where, found))
                    break
                yield from self._model_turn()
                yield DraftTurn("result", self.turn.where, step.text, joined=True)
            elif step.kind == "thought":
                self.thoughts.append(step.text)
            elif step.kind in ("words", "answer"):
                self.words.append(step.text)
            elif step.kind == "action":
                self._act(step, follower)
            elif step.kind == "input" and (index == 0 or steps[index - 1].kind != "action"):
                self.calls.append(call_of("", step.text, self.turn.where, self.tools, self.issues))
        yield from self._model_turn()

    def _act(self, step: Step, follower: Step | None) -> None:
        text: Any = follower.text if follower is not None and follower.kind == "input" else None
        name = tool_name(step.text, self.tools)
        blob = blob_of(step.text) if text is None else None
        if blob is not None:
            name, text = blob
        if name.lower() in _FINISH and name not in self.tools.parameters:
            self._finish("" if text is None else text)
        elif name:
            self.calls.append(call_of(name, text, self.turn.where, self.tools, self.issues))

    def _finish(self, text: Any) -> None:
        """Take the answer out of the pseudo tool that ends an exchange."""
        value = text
        if isinstance(text, str):
            with suppress(NotLiteral):
                value = read_value(text)
        if isinstance(value, Mapping):
            answer = value.get("final_answer", value.get("answer"))
            if "give_up" in str(value.get("return_type", "")):
                found = "got Finish with give_up: the exchange has no answer"
                self.issues.append(issue("turn-untrainable", self.turn.where, found))
        else:
            answer = value if isinstance(value, str) else text
        self.words.append(answer if isinstance(answer, str) else "")

    def _model_turn(self) -> Iterator[DraftTurn]:
        """Yield what was gathered; a thought that leads to nothing is the answer itself."""
        words = "\n".join(part for part in self.words if part)
        thought = "\n".join(self.thoughts)
        if not self.words and not self.calls:
            words, thought = thought, ""
        if words or self.calls or self.words:
            text = f"<think>{thought}</think>{words}" if thought else words
            yield replace(self.turn, text=text, calls=tuple(self.calls))
        self.thoughts, self.words, self.calls = [], [], []
