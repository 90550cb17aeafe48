"""JavaScript literals as plain values: numbers, texts, arrays and objects.

Input: source text and the type that its parameter declares. Output: the value, or the text itself
where it is no literal of that type. Arrays and objects are cut at commas, as the official reader
of BFCL does.
"""

from __future__ import annotations

from typing import Any

from fctune.evaluation.bfcl.java import number
from fctune.patterns import regex

_INTEGER = regex(r"^-?\d+$")
_FLOAT = regex(r"^-?\d+(\.\d+)?$")
_BIGINT = regex(r"^-?\d+n$")
_NEW_ROWS = regex(r"new\s+Array\(\s*\[")
_LISTED_ROWS = regex(r"\[\s*\[")
_ROW = regex(r"\[(.*?)\]")
_ARRAY = regex(r"\[(.*?)\]|\bnew\s+Array\((.*?)\)")
_OBJECT = regex(r"\{(.*?)\}")
_MEMBER = regex(r"([^:]+):\s*(.*?)(?:,\s*(?=[^,]+:)|$)")


def read_javascript(text: str, word: str, inner: str = "") -> Any:
    """Return the value of a literal.

    Args:
        text: source text.
        word: the declared type, such as `Bigint`.
        inner: the declared type of items; "" where none is.

    Raises:
        ValueError: a number has more digits than Python reads.

    >>> read_javascript("[[1, 2], [3]]", "array"), read_javascript("5n", "Bigint")
    ([[1, 2], [3]], 5)
    """
    if word == "String":
        return text[1:-1] if _quoted(text) else text
    if word == "integer":
        return int(text) if _INTEGER.match(text) else text
    if word == "float":
        return float(text) if _FLOAT.match(text) else text
    if word == "Bigint":
        return int(text[:-1]) if _BIGINT.match(text) else text
    if word == "Boolean":
        return {"true": True, "false": False}.get(text, text)
    if word == "array":
        return _js_array(text.strip(), inner)
    if word == "dict":
        return _js_object(text.strip())
    return text


def _js_array(text: str, inner: str) -> Any:
    end = _rows_end(text)
    if end is not None:
        return _js_rows(text[:end])
    found = _ARRAY.match(text)
    if found is None:
        return text
    body = next((part for part in found.groups() if part is not None), "").strip()
    parts = [part.strip() for part in body.split(",")] if body else []
    if not inner:
        return [_js_value(part) for part in parts]
    try:
        return [_js_item(part, inner) for part in parts]
    except ValueError:
        return text


def _rows_end(text: str) -> int | None:
    """Return where a list of lists ends, or None where the text is none, or is not closed.

    Told from the end backwards, since a pattern would try all ways to cut an unclosed text.
    """
    opened, closer = _LISTED_ROWS.match(text), "]"
    if opened is None:
        opened, closer = _NEW_ROWS.match(text), ")"
    if opened is None:
        return None
    size = len(text)
    after = [size] * (size + 1)  # where the space from here ends
    ends: list[int | None] = [None] * (size + 1)  # the end, if the row here may run on
    for place in range(size - 1, opened.end() - 1, -1):
        char = text[place]
        after[place] = after[place + 1] if char.isspace() else place
        ends[place] = None if char == "\n" else ends[place + 1]
        if char == "]":
            end = _end_from(text, after, ends, after[place + 1], closer)
            ends[place] = end if end is not None else ends[place]
    return ends[opened.end()]


def _end_from(
    text: str, after: list[int], ends: list[int | None], place: int, closer: str
) -> int | None:
    """Return where the list ends that goes on after a row: at once, or with another row."""
    if text.startswith(closer, place):
        return place + 1
    if not text.startswith(",", place):
        return None
    row = after[place + 1]
    return ends[row + 1] if text.startswith("[", row) else None


def _js_rows(text: str) -> list[list[Any]]:
    """Return a list of lists, each cut at its commas."""
    rows: list[list[Any]] = []
    for place, row in enumerate(_ROW.findall(text)):
        body = row.strip()
        body = body[1:] if place == 0 and body.startswith("[") else body
        rows.append([_js_value(part) for part in body.split(",")])
    return rows


def _js_item(text: str, inner: str) -> Any:
    if inner not in _WORDS:
        raise ValueError(f"no type of JavaScript: {inner}")
    # A quoted item has texts inside, should it be a list itself.
    return read_javascript(text, inner, "String" if text.startswith(("'", '"')) else "")


_WORDS = frozenset(("String", "integer", "float", "Bigint", "Boolean", "dict", "array", "any"))


def _js_object(text: str) -> Any:
    if text == "{}":
        return {}
    found = _OBJECT.match(text)
    if found is None:
        return text
    members: dict[str, Any] = {}
    for key, value in _MEMBER.findall(found.group(1)):
        body = value.strip()
        if body.startswith("[") and body.endswith("]"):
            read = _js_array(body, "")
        elif body.startswith("{") and body.endswith("}"):
            read = _js_object(body)
        else:
            read = _js_value(body.strip("'\""))
        members[key.strip().strip("'\"")] = read
    return members


def _js_value(text: str) -> Any:
    """Return the value that a text looks like."""
    body = text.strip()
    if body in ("true", "false"):
        return body == "true"
    return body[1:-1] if _quoted(body) else number(body)


def _quoted(text: str) -> bool:
    return any(text.startswith(mark) and text.endswith(mark) for mark in "\"'")
