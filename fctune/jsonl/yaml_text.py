r"""Plain values to YAML text that every reader of YAML 1.1 and 1.2 reads back the same.

Input: dicts, lists, strings, numbers, booleans, None. Output: block style in the order of the
value, Chinese readable, short lists on one line, several lines of text as a block. Whatever some
reader could take for something else (`no`, `1e3`, `2024-01-31`) stands in quotes. Written by hand,
since the emitters of libraries take longer than all the rest of an import.

Before: {"name": "look", "enum": ["no", "yes"], "text": "a\nb"}
After:  name: look
        enum: ["no", "yes"]
        text: |-
          a
          b
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from fctune.patterns import regex

_FLOW_WIDTH = 80
_FLOW_VALUES = 12
_FLOW_PAIRS = 3
_MAX_PLAIN_KEY = 500  # of the 1024 bytes that YAML allows
# Text that needs no quotes: no sign of YAML at its start, no `: ` and no ` #`; in short lists and
# keys no comma or bracket either. The possessive `++` keeps the match linear.
_SAFE = r"\w()/'%$&*!;.+=<>@^~`\"\\|-"
_WIDER = r"?,\[\]{}，。、：；（）“”…—"
_REST = r"]++|[ ](?=[^ #:])|:(?=[\w/]))*+\Z"
_PLAIN = regex(rf"(?:[^\W\d]|/)(?:[{_SAFE}{_REST}")
_PLAIN_LINE = regex(rf"(?:[^\W\d]|/)(?:[{_WIDER}{_SAFE}{_REST}")
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"}
_BLOCK = regex(r"[^\s\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff][^\x00-\x09\x0b-\x1f\x7f-\x9f"
                    r"\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]*\Z")  # fmt: skip
_ESCAPED = regex(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SURROGATE = regex("[\ud800-\udfff]")


def dump_yaml(value: Any) -> str:
    """Return the YAML text of a value, with a line end.

    >>> print(dump_yaml({"a": [{"b": 1}], "c": {}}), end="")
    a:
    - b: 1
    c: {}
    """
    writer = _Writer()
    if isinstance(value, dict) and value:
        writer.mapping(value, "", "")
    elif isinstance(value, list | tuple) and value:
        writer.sequence(value, "", "")
    else:
        writer.lines.append(_scalar(value, "", _PLAIN_LINE))
    return "\n".join([*writer.lines, ""])


class _Writer:
    """Collects the lines of one document; an object met again at one depth is copied from them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._known: dict[tuple[int, str], tuple[int, int]] = {}

    def mapping(self, mapping: dict[Any, Any], lead: str, indent: str) -> None:
        """Add a mapping; its first line starts with `lead`, the others with `indent`."""
        inner = indent + "  "
        add = self.lines.append
        for name, value in mapping.items():
            key = _key(name if isinstance(name, str) else str(name))
            if key.startswith("? "):
                add(lead + key)
                lead, key = indent, ""
            if isinstance(value, str):
                add(f"{lead}{key}: {_text(value, inner, _PLAIN_LINE)}")
            elif isinstance(value, dict) and value:
                short = _flow_mapping(value)
                add(f"{lead}{key}: {short}" if short else f"{lead}{key}:")
                if not short:
                    self._again(value, inner)
            elif isinstance(value, list | tuple) and value:
                short = _flow_sequence(value)
                add(f"{lead}{key}: {short}" if short else f"{lead}{key}:")
                if not short:
                    self.sequence(value, indent, indent)
            else:
                add(f"{lead}{key}: {_scalar(value, inner, _PLAIN_LINE)}")
            lead = indent

    def _again(self, mapping: dict[Any, Any], indent: str) -> None:
        place = (id(mapping), indent)
        start, end = self._known.get(place, (0, 0))
        if end:
            self.lines.extend(self.lines[start:end])
            return
        start = len(self.lines)
        self.mapping(mapping, indent, indent)
        self._known[place] = (start, len(self.lines))

    def sequence(self, values: Sequence[Any], lead: str, indent: str) -> None:
        """Add a sequence; its first line starts with `lead`, the others with `indent`."""
        inner = indent + "  "
        for value in values:
            start = f"{lead}- "
            short = _flow_sequence(value) if isinstance(value, list | tuple) and value else ""
            if isinstance(value, dict) and value:
                self.mapping(value, start, inner)
            elif isinstance(value, list | tuple) and value and not short:
                self.sequence(value, start, inner)
            else:
                self.lines.append(start + (short or _scalar(value, inner, _PLAIN_LINE)))
            lead = indent


def _flow_sequence(values: Sequence[Any]) -> str:
    """Return a short list of short scalars on one line; "" for another."""
    if len(values) > _FLOW_VALUES:
        return ""
    parts = _flow_scalars(values)
    line = f"[{', '.join(parts)}]"
    return line if parts and len(line) <= _FLOW_WIDTH else ""


def _flow_mapping(mapping: dict[Any, Any]) -> str:
    """Return a small mapping of short scalars on one line; "" for another."""
    if len(mapping) > _FLOW_PAIRS:
        return ""
    parts = _flow_scalars(list(mapping.values()))
    keys = [_key(name if isinstance(name, str) else str(name)) for name in mapping] if parts else []
    line = f"{{{', '.join(f'{key}: {part}' for key, part in zip(keys, parts, strict=True))}}}"
    return line if parts and len(line) <= _FLOW_WIDTH and "? " not in line else ""


def _flow_scalars(values: Sequence[Any]) -> list[str]:
    """Return the scalars as they stand within brackets; nothing where one does not fit there."""
    for value in values:
        long = isinstance(value, str) and (len(value) > _FLOW_WIDTH or "\n" in value)
        if long or (isinstance(value, dict | list | tuple) and value):
            return []
    return [_scalar(value, "", _PLAIN) for value in values]


@lru_cache(maxsize=4096)
def _key(name: str) -> str:
    written = name if _is_plain(name, _PLAIN) else _quoted(name)
    return written if len(written) <= _MAX_PLAIN_KEY else f"? {written}"


def _scalar(value: Any, indent: str, plain: re.Pattern[str]) -> str:
    if isinstance(value, str):
        return _text(value, indent, plain)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, dict | list | tuple):
        return "{}" if isinstance(value, dict) else "[]"
    return json.dumps(value)


def _text(text: str, indent: str, plain: re.Pattern[str]) -> str:
    if _is_plain(text, plain):
        return text
    if "\n" in text and indent and _BLOCK.match(text) and not text.endswith("\n\n"):
        return _block(text, indent)
    return _quoted(text)


def _is_plain(text: str, plain: re.Pattern[str]) -> bool:
    return bool(plain.match(text)) and (len(text) > 5 or text.lower() not in _WORDS)


def _block(text: str, indent: str) -> str:
    kept = "|" if text.endswith("\n") else "|-"
    lines = text.removesuffix("\n").split("\n")
    return "\n".join([kept, *(indent + line if line else "" for line in lines)])


def _quoted(text: str) -> str:
    written = json.dumps(_SURROGATE.sub("\ufffd", text), ensure_ascii=False)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", written)


def _float(value: float) -> str:
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    text = repr(value)
    mantissa, mark, exponent = text.partition("e")
    return f"{mantissa}{'' if '.' in mantissa else '.0'}{mark}{exponent}" if mark else text
