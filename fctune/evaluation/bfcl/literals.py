r"""Values written in the source of Java or JavaScript, as plain values.

Input: an argument of the categories `java` and `javascript`, which arrives as source text, and the
schema of its parameter. Output: its value in a tuple, or None where it is no text at all. Text that
is no literal of the declared type stays text: it may be the name of a variable. The readers cut at
commas and know no nesting, as the official ones; where those stop with an error, the text is read
by its looks.

Before: 'new ArrayList<>(Arrays.asList("a", "b"))' and {"type": "ArrayList"}
After:  (["a", "b"],)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fctune.evaluation.bfcl.java import read_java
from fctune.evaluation.bfcl.javascript import read_javascript

_MAX_TEXT = 5000  # some patterns take time that grows as a square; real values are far shorter


def from_java(value: Any, schema: Any) -> tuple[Any] | None:
    """Return the value of a Java literal in a tuple, or None for what is no text.

    >>> from_java("5L", {"type": "long"}), from_java("5", {"type": "long"}), from_java(5, {})
    ((5,), ('5',), None)
    """
    return _read(value, schema, read_java)


def from_javascript(value: Any, schema: Any) -> tuple[Any] | None:
    """Return the value of a JavaScript literal in a tuple, or None for what is no text.

    >>> from_javascript("[1, 'two']", {"type": "array", "items": {"type": "any"}})
    (['1', "'two'"],)
    """
    return _read(value, schema, read_javascript)


FOREIGN: Mapping[str, Callable[[Any, Any], tuple[Any] | None]] = {
    "java": from_java,
    "js": from_javascript,
}


def _read(value: Any, schema: Any, read: Callable[[str, str, str], Any]) -> tuple[Any] | None:
    word = schema.get("type") if type(schema) is dict else None
    if type(value) is not str:
        return None
    if type(word) is not str or len(value) > _MAX_TEXT:
        return (value,)
    items = schema.get("items")
    inner = items.get("type") if type(items) is dict else None
    try:
        return (read(value, word, inner if type(inner) is str else ""),)
    except ValueError:  # a number of more digits than Python reads, a type nobody declared
        return (value,)
