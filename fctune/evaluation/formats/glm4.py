r"""GLM-4's calls: the name of the tool on one line, its arguments as JSON behind it.

Input: a Reading. Output: its calls and words. Nothing marks such a call, so that the text must be
`name`, line break, JSON object from end to end, and the name a listed tool or one word; the engine
takes `Sure\n42` for a call. Words may stand before a listed name: the engine
trains that. Of several calls the models put `<|assistant|>` between them. ChatGLM3 writes
`tool_call(a=1)` in a code fence for the JSON.

Before: get_w\n{"city": "Oslo"}
After:  get_w(city="Oslo")
"""

from __future__ import annotations

import re

from fctune.evaluation.formats.pythonic import calls_at
from fctune.evaluation.formats.reading import Malformed, Reading
from fctune.evaluation.strict_json import after_space, json_kind
from fctune.patterns import regex
from fctune.tools.spec import ToolCall, ToolCatalog

_BETWEEN = regex(r"<\|assistant\|>|<\|observation\|>")
_NAME = regex(r"[^\W\d][\w.\-/:]{0,127}")
_CALL_LINE = regex(r"^([^\n{}]{1,200})\n\{", re.MULTILINE)
_CHATGLM3 = regex(r"```python\s*+tool_call\((.*)\)\s*+```", re.DOTALL)


def read_glm4(reading: Reading) -> None:
    """Read name and arguments, one call a segment."""
    position = 0
    for mark in [*_BETWEEN.finditer(reading.text), None]:
        end = mark.start() if mark else len(reading.text)
        _read_segment(reading, reading.text[position:end])
        position = mark.end() if mark else end


def _read_segment(reading: Reading, segment: str) -> None:
    words, head, body = _split(reading, segment.strip())
    name, line = head.strip(), bool(body)
    listed = reading.spec(name) is not None
    fits = line and (listed or _NAME.fullmatch(name) is not None)
    if not fits or not body.startswith(("{", "```")):
        if listed and reading.lenient and not body:
            reading.mend("no arguments", f"the call of {name} has no arguments")
            reading.add(name, {})
            return
        reading.words.append(segment)
        return
    reading.words.append(words)
    if not reading.attempt(lambda: _read_arguments(reading, name, body, listed)):
        reading.words.append(segment)


def names_listed(text: str, catalog: ToolCatalog | None) -> bool:
    r"""Tell whether a line of a text is a listed tool and the next begins with a brace."""
    lines = _CALL_LINE.finditer(text) if catalog is not None else ()
    return any(catalog is not None and catalog.get(line[1].strip()) for line in lines)


def _split(reading: Reading, segment: str) -> tuple[str, str, str]:
    """Return words, name and arguments; words stand only before a line that is a listed name."""
    head, _, body = segment.partition("\n")
    if reading.catalog is None or body.lstrip().startswith(("{", "```")):
        return "", head, body.strip()
    for found in _CALL_LINE.finditer(segment):
        if reading.spec(found[1].strip()) is not None:
            rest = segment[found.end() - 1 :].strip()
            return segment[: found.start()], found[1], rest
    return "", head, body.strip()


def _read_arguments(reading: Reading, name: str, body: str, listed: bool) -> None:
    fenced = _CHATGLM3.fullmatch(body)
    inner = Reading(body, reading.catalog, reading.lenient)
    if fenced:
        inner.text = f"[{name}({fenced[1]})]"
        calls_at(inner, inner.text)
    else:
        try:
            _read_object(inner, name)
        except Malformed:
            if listed or reading.lenient:
                raise
            reading.words.append(f"{name}\n{body}")  # words, then something in braces
            return
    reading.calls += [ToolCall(call.name, call.arguments) for call in inner.calls]
    reading.repairs.update(inner.repairs)


def _read_object(inner: Reading, name: str) -> None:
    body, start = inner.text, 0
    if body.startswith("```"):
        inner.mend("code fence", "the arguments stand in a code fence")
        start = max(body.find("\n"), 3)
    value, end = inner.json_at(start)
    if not isinstance(value, dict):
        raise Malformed(f"the arguments of {name} are a JSON {json_kind(value)}, not an object")
    rest = body[after_space(body, end) :]
    if rest and not (start and rest.startswith("```")):
        inner.mend("text beside the call", "words after the call")
    inner.add(name, value)
