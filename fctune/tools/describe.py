r"""Examples told in the description, in one fixed form that every template of the engine shows.

Input: a catalogue whose tools have examples. Output: the same tools with longer descriptions, and
the way back: the plain description and its examples.

The form is ` Example: WORDS -> {"name": value}`, once per example, on one line, at the end of the
description. Ordinary words stand as they are. Words that a prompt would take for its own
(`</tools>`, `<|im_end|>`, `Action:`), or that could be mistaken for the form itself, stand as a
JSON string; in it, and in the arguments, the one character that makes them special is written as
its JSON escape (`\u003c/tools>`), so that nothing is lost and nothing breaks out.

Before: description "Track a parcel.", example "where is ORD-1?" -> {"order_id": "ORD-1"}
After:  description "Track a parcel. Example: where is ORD-1? -> {"order_id": "ORD-1"}"
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fctune.patterns import regex
from fctune.tools.spec import ToolCall, ToolCatalog, ToolExample, ToolSpec

_MARK = "Example: "
_ARROW = " -> "
_LINE_BREAKS = regex(r"\s*[\n\r\t\v\f\x1c-\x1f\x85\u2028\u2029]\s*")
# The character to escape where a text would mean something to a prompt. `<` before a letter, slash
# or bar opens a tag or control token in every family of llamafactory 0.9.5 data/template.py; the
# brackets do in Mistral's, GLM's, EXAONE's and MiniMax's; `Action:` and its like are the words of
# the default format (data/tool_utils.py). JSON itself has none of these outside its strings.
_SPECIAL = regex(
    r"<(?=[^\s\d=>]|0x)"
    r"|\[(?=/?(?:[A-Z]+_)*[A-Z]{2,}\]|\||gMASK\]|e~)|\](?=~|<\])"
    r"|(?<=Action)\s*:|(?<=Action Input)\s*:|(?<=Observation)\s*:|(?<=Example):"
    r"|(?<=Tool Name)\s*:|(?<=Tool Description)\s*:|(?<=Tool Args)\s*:"
    "|[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]"
)
_DECODER = json.JSONDecoder()


def told(catalog: ToolCatalog, *, examples: int) -> ToolCatalog:
    """Return the catalogue with up to `examples` examples woven into each description.

    Examples that a description tells already stay as they are and are not told again. Those without
    words, and those whose arguments JSON cannot hold (NaN), are not told.

    Args:
        catalog: tools with examples.
        examples: how many of each tool's examples to tell, from the first; 0 changes nothing.
    """
    if examples <= 0:
        return catalog
    return ToolCatalog(tuple(_told(spec, examples) for spec in catalog))


def untold(description: str, name: str = "") -> tuple[str, tuple[ToolExample, ...]]:
    """Return the description without the examples at its end, and those examples.

    The inverse of `told`: `untold` of what it wrote gives back the plain description and the
    examples, their words on one line.

    Args:
        description: with or without woven examples.
        name: the tool's name, for the calls of the examples.

    >>> untold('Track a parcel. Example: where is ORD-1? -> {"order_id": "ORD-1"}')[0]
    'Track a parcel.'
    """
    found: list[ToolExample] = []
    while (last := _last_example(description)) is not None:
        start, words, arguments = last
        found.append(ToolExample(words, ToolCall(name, arguments)))
        description = description[: max(start - 1, 0)]
    return description, tuple(reversed(found))


def _told(spec: ToolSpec, count: int) -> ToolSpec:
    seen = {_key(example) for example in untold(spec.description)[1]}
    parts = [spec.description] if spec.description else []
    for example in [example for example in spec.examples if _woven(example)][:count]:
        if _key(example) not in seen:
            seen.add(_key(example))
            parts.append(_woven(example))
    return replace(spec, description=" ".join(parts))


def _key(example: ToolExample) -> tuple[str, str]:
    arguments = json.dumps(dict(example.call.arguments), sort_keys=True)
    return _one_line(example.input), arguments


def _one_line(words: str) -> str:
    return _LINE_BREAKS.sub(" ", words).strip()


def _woven(example: ToolExample) -> str:
    """Return the fixed form of one example, or "" where it cannot be told."""
    words = _one_line(example.input)
    try:
        arguments = json.dumps(dict(example.call.arguments), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return ""
    if not words:
        return ""
    return f"{_MARK}{_shown(words)}{_ARROW}{_SPECIAL.sub(_escape, arguments)}"


def _shown(words: str) -> str:
    """Return words as they are where nothing can be mistaken, else as a JSON string."""
    if words.startswith('"') or f"{_ARROW}{{" in words or _SPECIAL.search(words):
        return _SPECIAL.sub(_escape, json.dumps(words, ensure_ascii=False))
    return words


def _escape(found: re.Match[str]) -> str:
    return "".join(c if c == " " else f"\\u{ord(c):04x}" for c in found.group())


def _last_example(description: str) -> tuple[int, str, Mapping[str, Any]] | None:
    """Return start, words and arguments of the example at the very end, or None.

    Sought from the right, which cannot go wrong: words never hold the mark, and a mark within a
    string of the arguments begins at an odd quotation mark, so that no JSON from there on is whole.
    """
    if not description.endswith("}"):
        return None
    start = description.rfind(_MARK)
    while start >= 0:
        if start == 0 or description[start - 1] == " ":
            read = _read(description, start + len(_MARK))
            if read is not None:
                return start, *read
        start = description.rfind(_MARK, 0, start)
    return None


def _read(text: str, start: int) -> tuple[str, Mapping[str, Any]] | None:
    """Read `WORDS -> {json}` from `start` to the end of the text."""
    try:
        if text.startswith('"', start):
            words, end = _DECODER.raw_decode(text, start)
        else:
            end = text.find(f"{_ARROW}{{", start)
            words = text[start:end] if end > start else ""
        if not words or not text.startswith(f"{_ARROW}{{", end):
            return None
        arguments, end = _DECODER.raw_decode(text, end + len(_ARROW))
    except (ValueError, RecursionError):
        return None
    return (words, arguments) if end == len(text) else None
