r"""YAML text to plain values: what JSON can hold, by the rules of YAML 1.2, in bounded space.

Input: a YAML text. Output: dicts with text keys, lists, strings, numbers, booleans, None. Built on
the events of the safe parser, in C where there is one: nothing is constructed or evaluated, and
only `true` and `false` are booleans, so that `NO`, `on`, `12:30`, `2024-01-31` and `007` stay text.

Before: "codes: [NO, 007, 1.5, true]\n200: {ok: yes}"
After:  {"codes": ["NO", "007", 1.5, True], "200": {"ok": "yes"}}
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml
from yaml.events import AliasEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent

from fctune.patterns import regex

MAX_DEPTH = 200
MAX_UNFOLDED = 1_000_000

_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_TEXT_TAGS = frozenset({"!", f"{_TAG}str", f"{_TAG}timestamp", f"{_TAG}binary"})
_TYPED_TAGS: dict[str, tuple[type, ...]] = {
    f"{_TAG}int": (int,),
    f"{_TAG}float": (float, int),
    f"{_TAG}bool": (bool,),
    f"{_TAG}null": (type(None),),
}
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_SPECIAL = frozenset("-+.0123456789~nNtTfF")
_INTEGER = regex(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_FLOAT = regex(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_BASED = regex(r"0(?:o[0-7]+|x[0-9a-fA-F]+)\Z")
_INFINITE = regex(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")


def load_yaml(text: str) -> Any:
    """Return the value of the one document of a YAML text; None where it is empty.

    Raises:
        yaml.YAMLError: the text is not YAML, or says what JSON cannot hold: a key twice in one
            mapping, a key that is no scalar, a tag of another language, an anchor within itself,
            deeper nesting than MAX_DEPTH, aliases that unfold to more than MAX_UNFOLDED values.
        ValueError: a number that Python does not convert.
    """
    parser = _Parser(text)
    try:
        return _Builder(parser.get_event).document()
    finally:
        parser.dispose()


def plain_value(text: str) -> Any:
    """Return what an unquoted scalar means: YAML 1.2, and a number with a leading 0 stays text.

    YAML 1.2 would read `007` as 7; in a tool file it is a code, and JSON has no such number.

    >>> plain_value("true"), plain_value("yes"), plain_value("1e3"), plain_value("0x1F")
    (True, 'yes', 1000.0, 31)
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    if _BASED.match(text):
        return int(text, 0)
    if _INFINITE.match(text):
        return float(text.replace(".", "", 1))
    return text


class _Builder:
    """Folds the events of one document into a value.

    Aliases share one object, as in any YAML reader; what they would be when written out is counted.
    """

    def __init__(self, next_event: Callable[[], Any]) -> None:
        self._next = next_event
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._open: set[str] = set()
        self._values = 0
        self._unfolded = 0

    def document(self) -> Any:
        self._next()  # the start of the stream
        start = self._next()
        if not isinstance(start, yaml.DocumentStartEvent):
            return None
        value = self._value(self._next(), 0)
        self._next()  # the end of the document
        after = self._next()
        if isinstance(after, yaml.DocumentStartEvent):
            raise _fault("got a second document, expected one", after)
        return value

    def _value(self, event: Any, depth: int) -> Any:
        kind = type(event)
        if kind is AliasEvent:
            return self._alias(event)
        anchor = event.anchor
        if anchor is not None:
            self._open.add(anchor)
        before = self._values
        self._values += 1
        if kind is ScalarEvent:
            value = _scalar(event)
        elif depth >= MAX_DEPTH:
            raise _fault(f"nested deeper than {MAX_DEPTH} levels", event)
        elif kind is MappingStartEvent:
            value = self._mapping(event, depth + 1)
        else:
            value = self._sequence(event, depth + 1)
        if anchor is not None:
            self._open.discard(anchor)
            self._anchors[anchor] = (value, self._values - before)
        return value

    def _sequence(self, start: Any, depth: int) -> list[Any]:
        _check_tag(start, "seq")
        values = []
        event = self._next()
        while isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent | AliasEvent):
            values.append(self._value(event, depth))
            event = self._next()
        return values

    def _mapping(self, start: Any, depth: int) -> dict[str, Any]:
        _check_tag(start, "map")
        mapping: dict[str, Any] = {}
        parents: dict[str, Any] = {}
        event = self._next()
        while not isinstance(event, yaml.MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                raise _fault("got a key that is no scalar, expected text", event)
            key = event.value
            if key == "<<" and event.implicit[0]:
                parents = {**self._parents(self._next(), depth), **parents}
            elif key in mapping:
                raise _fault(f"key {key!r} a second time in one mapping", event)
            else:
                if event.anchor is not None:
                    self._anchors[event.anchor] = (key, 1)
                mapping[key] = self._value(self._next(), depth)
            event = self._next()
        return {**parents, **mapping} if parents else mapping

    def _parents(self, event: Any, depth: int) -> dict[str, Any]:
        """Return what `<<` brings in: one mapping, or a list of them of which the first wins."""
        value = self._value(event, depth)
        parents = value if isinstance(value, list) else [value]
        if not all(isinstance(parent, dict) for parent in parents):
            raise _fault("got << without a mapping, expected one or a list of them", event)
        together: dict[str, Any] = {}
        for parent in reversed(parents):
            together.update(parent)
        return together

    def _alias(self, event: Any) -> Any:
        name = event.anchor
        if name in self._open:
            raise _fault(f"anchor &{name} contains itself", event)
        if name not in self._anchors:
            raise _fault(f"no anchor &{name} before *{name}", event)
        value, size = self._anchors[name]
        self._values += size
        self._unfolded += size
        if self._unfolded > MAX_UNFOLDED:
            raise _fault(f"aliases unfold to more than {MAX_UNFOLDED:,} values", event)
        return value


def _scalar(event: Any) -> Any:
    text, tag = event.value, event.tag
    if tag is None:
        if not event.implicit[0] or (text and text[0] not in _SPECIAL):
            return text
        return plain_value(text)
    if tag in _TEXT_TAGS:
        return text
    if tag not in _TYPED_TAGS:
        raise _fault(f"got tag {tag}, expected plain values", event)
    value = plain_value(text)
    if type(value) not in _TYPED_TAGS[tag]:
        raise _fault(f"got {text!r}, which is not what its tag {tag} says", event)
    return value


def _check_tag(start: Any, kind: str) -> None:
    if start.tag is not None and start.tag not in ("!", _TAG + kind):
        raise _fault(f"got tag {start.tag}, expected plain values", start)


def _fault(problem: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
