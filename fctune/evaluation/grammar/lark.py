"""A Lark grammar for llguidance: free text, or calls that obey the schemas of a catalogue.

Input: a CallStyle and the fitted schemas of the tools. Output: the grammar's text.

Free text is a lexeme that holds nothing that would be read as a call. Words before a call end in a
lazy lexeme, which is the shortest text that reaches the mark of a call. Arguments are `%json` with
the spaces that training writes, since a model that may write spaces may write them for ever.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fctune.evaluation.grammar.styles import CallStyle

ToolChoice = Literal["auto", "required"]
_SPACING = {
    "whitespace_flexible": False,
    "item_separator": ", ",
    "key_separator": ": ",
    "coerce_one_of": True,
}


@dataclass(frozen=True, slots=True)
class Frame:
    """What a grammar needs beside the schemas.

    Attributes:
        style: how calls are framed.
        token_ids: tags that are one token of the tokenizer, and their ids.
        tool_choice: `auto` for free text or calls, `required` for calls.
        max_calls: most calls of a turn.
        word_ids: tokens that llguidance keeps apart from text though they may stand in free text,
            such as `<tool_response>`.
        thought_end_ids: those of them after which an answer begins, as `</think>` is.
    """

    style: CallStyle
    token_ids: Mapping[str, int]
    tool_choice: ToolChoice = "auto"
    max_calls: int = 16
    word_ids: tuple[int, ...] = ()
    thought_end_ids: tuple[int, ...] = ()


def arguments_rule(name: str, schema: Mapping[str, Any]) -> str:
    """Return the rule of one tool's arguments."""
    text = json.dumps({**schema, "x-guidance": _SPACING}, ensure_ascii=False)
    return f"{name}: %json {text}"


def to_lark(frame: Frame, tools: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the grammar of one catalogue.

    Args:
        frame: style, tags and choice.
        tools: name to fitted schema; without any, only free text is allowed.
    """
    style = frame.style
    rules = [_start(frame, bool(tools)), *_words(frame)]
    if not tools:
        return "\n".join(rules) + "\n"
    rules += _calls(frame)
    names = [f"tool{number}" for number in range(len(tools))]
    rules.append(f"call: {' | '.join(names)}")
    for rule, (name, schema) in zip(names, tools.items(), strict=True):
        head = _written(f"{style.written_name(name)}{style.middle}", frame)
        rules.append(f"{rule}: {head} {rule}_arguments")
        rules.append(arguments_rule(f"{rule}_arguments", schema))
    return "\n".join(rules) + "\n"


def _words(frame: Frame) -> list[str]:
    """Return the rules of free text; after a token that is kept apart, text goes on."""
    style = frame.style
    rules = [f"TEXT: {_free((*style.forbidden, *style.not_first))}"]
    if not frame.word_ids:
        return [*rules, "words: TEXT"]
    pieces = []
    if others := sorted(set(frame.word_ids) - set(frame.thought_end_ids)):
        pieces.append(f"<[{','.join(map(str, others))}]> MORE?")
        rules.append(f"MORE: {_free(style.forbidden)}")
    if frame.thought_end_ids:
        pieces.append(f"<[{','.join(map(str, frame.thought_end_ids))}]> TEXT?")
    rules += [f"piece: {' | '.join(pieces)}", "tagged: TEXT? piece+", "words: TEXT | tagged"]
    return rules


def _start(frame: Frame, has_tools: bool) -> str:
    tagged = "tagged? " if frame.word_ids else ""
    if not has_tools:
        return "start: words?"
    if frame.tool_choice == "required":
        return "start: calls"
    if not frame.style.mark:
        return f"start: (words | {tagged}calls)?"
    if frame.style.mark in frame.token_ids:
        return "start: (words | words? calls)?"
    return f"start: (words | {tagged}lead after_mark | calls)?"


def _calls(frame: Frame) -> list[str]:
    """Return the rules of a turn's calls, and of those after words."""
    style = frame.style
    first = _written(f"{style.begin}{style.open}", frame)
    tail = _written(f"{style.close}{style.end}", frame)
    more = _written(f"{style.close}{style.separator}{style.open}", frame)
    spelled = bool(style.mark) and style.mark not in frame.token_ids
    rest = _written(f"{style.begin}{style.open}".removeprefix(style.mark), frame)
    most = frame.max_calls - 1
    if not style.parallel or most < 1:
        body = f"call {tail}".rstrip()
    elif style.many_begin:
        rules = [f"calls: {first} call {tail} | several"]
        begin = _written(f"{style.begin}{style.many_begin}{style.open}", frame)
        end = _written(f"{style.close}{style.many_end}{style.end}", frame)
        return [*rules, f"several: {begin} call ({more} call){{1,{most}}} {end}"]
    else:
        body = f"call ({more} call){{0,{most}}} {tail}".rstrip()
    rules = [f"calls: {first} body".replace("  ", " "), f"body: {body}"]
    if spelled and frame.tool_choice == "auto":
        rules += [f"after_mark: {rest} body", f"lead[lazy]: /(?s:.*)/ {_quoted(style.mark)}"]
    return rules


def _free(forbidden: Sequence[str]) -> str:
    return " & ".join(["/(?s:.+)/", *(f"~/{_slashed(pattern)}/" for pattern in forbidden)])


def _slashed(pattern: str) -> str:
    return re.sub(r"(?<!\\)/", r"\\/", pattern)


def _written(text: str, frame: Frame) -> str:
    """Return a text as symbols: tags by their token, all else quoted."""
    tags = [tag for tag in frame.style.tags if tag in frame.token_ids]
    if not tags:
        return _quoted(text) if text else ""
    parts = re.split(f"({'|'.join(map(re.escape, tags))})", text)
    return " ".join(
        f"<[{frame.token_ids[part]}]>" if part in tags else _quoted(part) for part in parts if part
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
