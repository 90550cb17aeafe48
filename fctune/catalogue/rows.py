"""Codes of raw rows: what can be wrong before a row is a conversation."""

from __future__ import annotations

from fctune.catalogue.entry import CodeEntry, Severity

_E, _R, _W = Severity.ERROR, Severity.REPAIR, Severity.WARNING

ROW_CODES: dict[str, CodeEntry] = {
    "file-not-utf8": CodeEntry(
        _E,
        "The line is not UTF-8 text.",
        "b'\\xff\\xfe{...}'",
        "Mend damaged UTF-8 in the line; convert a file in another encoding, Chinese ones are "
        "mostly in GB18030: iconv -f GB18030 -t UTF-8 OLD > NEW.",
    ),
    "json-invalid": CodeEntry(
        _E, "The line or element is not valid JSON.", '{"a": }', "Mend the JSON at the place named."
    ),
    "json-not-object": CodeEntry(
        _E, "The row is JSON, but not an object.", "[1, 2]", "Write one JSON object per row."
    ),
    "json-nan": CodeEntry(
        _E,
        "The row holds NaN or Infinity, which is not JSON and would be trained as such.",
        '{"price": NaN}',
        "Replace it by a number, a string or null.",
    ),
    "json-lone-surrogate": CodeEntry(
        _E,
        "A string holds half of a surrogate pair; the engine's reader fails on it.",
        '"\\ud83d"',
        "Repair the text where it was exported; the character was cut in two.",
    ),
    "json-duplicate-key": CodeEntry(
        _E,
        "A call's arguments name a key twice; readers keep the last one silently.",
        '{"city": "Oslo", "city": "Rome"}',
        "Keep the key that is meant.",
    ),
    "json-too-deep": CodeEntry(
        _E,
        "The row is nested deeper than 100 levels.",
        "[[[[ ... ]]]]",
        "Flatten the row; no tool call needs such depth.",
    ),
    "table-cells": CodeEntry(
        _E,
        "A record of a table has more or fewer cells than the header row.",
        "query,tool\\nTime?,now,yes",
        "Put cells that hold the delimiter in quotes, or write the cells that lack.",
    ),
    "format-unknown": CodeEntry(
        _E,
        "No known raw format fits the row.",
        '{"foo": 1}',
        "See `fctune prepare FILE --explain`; name the format with --format, describe it in a "
        "file (docs/own-format.md), or convert the row to OpenAI messages.",
    ),
    "duplicate": CodeEntry(
        _W,
        "The same conversation was read before; the first one is kept.",
        "two equal rows",
        "Nothing to do.",
    ),
}
