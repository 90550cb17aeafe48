"""Which format a text is in, and calls in the style of another format than the one expected.

Input: the answer of a model turn. Output: the names of the formats that its marks tell, and what a
lenient reading makes of it. A text without marks is meant as a call only where it is sure: JSON
with the keys of a call from end to end, or something that names a listed tool.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from fctune.conversations.literals import bracket_end
from fctune.evaluation.formats import FORMATS, CallFormat
from fctune.evaluation.formats.bare_json import looks_like_call, unwrapped
from fctune.evaluation.formats.glm4 import names_listed
from fctune.evaluation.formats.pythonic import list_start
from fctune.evaluation.formats.reading import Malformed, Reading
from fctune.evaluation.strict_json import NotStrict, json_at, whole_json
from fctune.patterns import regex
from fctune.tools.spec import ToolCatalog

_TRIED = 8
_FENCED = regex(r"```(?:json|tool_call|tool_code|python)?[ \t]*\n?((?:(?!```)(?s:.))*+)```")
_KEYS = ("arguments", "parameters")
_CALL_HEAD = regex(
    r"""(?:\[\s*+)?+\{\s*+["'](?:name|function|tool_name|tool|action|type)["']\s*+:"""
)
_CALL_LIST = regex(r"\[\s*+([^\W\d][\w.\-]{0,127})\(")
_BARE_CALL = regex(r"([^\W\d][\w.\-]{0,127})\(")


def marked_formats(text: str) -> list[str]:
    """Return the formats whose marks a text has, those that say more first.

    >>> marked_formats('<tool_call>{"name": "f", "arguments": {}}</tool_call>')
    ['qwen']
    """
    return [each.name for each in FORMATS.values() if each.marks and each.marks.search(text)]


def unmarked_format(text: str, catalog: ToolCatalog | None) -> str | None:
    """Return the format of a text that has no marks and is nothing but calls, or None."""
    body = text.strip()
    fenced = _FENCED.fullmatch(body)
    inner = fenced[1].strip() if fenced else body
    items = unwrapped(whole_json(inner)) if inner[:1] in ("{", "[") else []
    if any(looks_like_call(item, *_KEYS) for item in items):
        llama = all(isinstance(item, dict) and "parameters" in item for item in items)
        return "llama3" if llama and not fenced else "json"
    if list_start(body, catalog) is not None:
        return "pythonic"
    return "glm4" if names_listed(body, catalog) else None


def reading_in(name: str, text: str, catalog: ToolCatalog | None, *, lenient: bool) -> Reading:
    """Read a text in a format.

    Raises:
        Malformed: a strict reading finds a call that it cannot read.
    """
    reading = Reading(text, catalog, lenient)
    FORMATS[name].read(reading)
    return reading


def repaired_in(home: CallFormat | None, text: str, catalog: ToolCatalog | None) -> Reading | None:
    """Return a lenient reading that finds calls: in the format expected, else in another.

    The reading wins that finds listed tools alone, leaves no call out and finds the most calls; of
    equal ones that of the marks that the text has.
    """
    found = [reading for reading in _attempts(home, text, catalog) if reading.calls]
    return max(found, key=_worth, default=None)


def _worth(reading: Reading) -> tuple[bool, bool, int]:
    listed = all(reading.spec(call.name) is not None for call in reading.calls)
    return listed, "call left out" not in reading.repairs, len(reading.calls)


def _attempts(home: CallFormat | None, text: str, catalog: ToolCatalog | None) -> Iterator[Reading]:
    marked, unmarked = marked_formats(text), unmarked_format(text, catalog)
    own = [home.name] if home else []
    foreign = home is not None and home.marks is not None and home.name not in marked
    names = [*marked, *own] if foreign else [*own, *marked]
    for name in dict.fromkeys([*names, *([unmarked] if unmarked else [])]):
        try:
            reading = reading_in(name, text, catalog, lenient=True)
        except Malformed:
            continue
        if name not in own:
            reading.repairs = {f"style of {name}": None, **reading.repairs}
        yield reading
    loose = _loose(text, catalog)
    if loose is not None:
        yield loose


def _loose(text: str, catalog: ToolCatalog | None) -> Reading | None:
    """Read JSON calls and fenced Python calls that stand anywhere in the words."""
    reading = Reading(text, catalog, lenient=True)
    position = 0
    for found in islice(_CALL_HEAD.finditer(text), _TRIED):
        if found.start() < position:
            continue
        try:
            value, position = reading.json_at(found.start())
        except Malformed:
            reading.repairs["call left out"] = None
            continue
        for item in unwrapped(value):
            reading.attempt(lambda item=item: reading.call(item))  # type: ignore[misc]
    if reading.calls:
        reading.repairs = {"style of json": None, **reading.repairs}
        return reading
    return None


def meant_as_calls(home: CallFormat, text: str, catalog: ToolCatalog | None) -> Reading | None:
    """Return the calls of a text that a strict reader takes for words, where it is meant as calls.

    That is so where it has the marks of another format, or is nothing but a call, or names a
    listed tool in JSON or in a code fence.
    """
    names = [name for name in marked_formats(text) if FORMATS[name].read is not home.read]
    unmarked = unmarked_format(text, catalog)
    if unmarked is not None:
        names.append(unmarked)
    for name in names:
        try:
            reading = reading_in(name, text, catalog, lenient=True)
        except Malformed:
            continue
        sure = name == unmarked or any(reading.spec(call.name) for call in reading.calls)
        if reading.calls and (sure or catalog is None or not "".join(reading.words).strip()):
            reading.repairs = {f"style of {name}": None, **reading.repairs}
            return reading
    return _listed(text, catalog)


def _listed(text: str, catalog: ToolCatalog | None) -> Reading | None:
    """Return the calls of listed tools that stand in words: JSON, or Python in a fence or alone."""
    if catalog is None:
        return None
    if _CALL_HEAD.search(text):
        loose = _loose(text, catalog)
        if loose is not None and all(loose.spec(call.name) for call in loose.calls):
            return loose
    for found in islice(_CALL_LIST.finditer(text), 3):
        if catalog.get(found[1]) is None:
            continue
        end = bracket_end(text, found.start())
        if end is None:
            break
        reading = Reading(text[found.start() : end], catalog, lenient=True)
        try:
            FORMATS["pythonic"].read(reading)
        except Malformed:
            continue
        if reading.calls:
            reading.repairs = {"style of pythonic": None, **reading.repairs}
            return reading
    for body in [text, *(fence[1] for fence in islice(_FENCED.finditer(text), _TRIED))]:
        bare = _BARE_CALL.match(body.strip())
        if bare is None or catalog.get(bare[1]) is None:
            continue
        reading = Reading(f"[{body.strip()}]", catalog, lenient=True)
        try:
            FORMATS["pythonic"].read(reading)
        except Malformed:
            continue
        if reading.calls and "text beside the call" not in reading.repairs:
            reading.repairs = {"style of pythonic": None, **reading.repairs}
            return reading
    return None


def is_json_call(text: str) -> bool:
    """Tell whether a text is JSON with the keys of a call, from end to end."""
    try:
        value, end = json_at(text, 0)
    except NotStrict:
        return False
    items = unwrapped(value)
    return not text[end:].strip() and any(looks_like_call(item, *_KEYS) for item in items)
