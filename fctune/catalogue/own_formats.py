"""Codes of formats that a user brings, and of traces: a mapping file, a plug-in, repeated turns."""

from __future__ import annotations

from fctune.catalogue.entry import CodeEntry, Severity

_E, _W = Severity.ERROR, Severity.WARNING

OWN_FORMAT_CODES: dict[str, CodeEntry] = {
    "format-part-unread": CodeEntry(
        _W,
        "The row has a part that no path of the user's own format reads; it is left out.",
        '"mood": "angry" beside role and text',
        "Add a path for it to the format file, or name it under `ignore` (docs/own-format.md).",
    ),
    "format-path-missing": CodeEntry(
        _E,
        "A path of the user's own format leads to nothing, or to no list, in the row.",
        "turns: dialog, and a row without `dialog`",
        "Mend the path, or tell the rows of this format apart under `when` (docs/own-format.md).",
    ),
    "format-plugin-failed": CodeEntry(
        _E,
        "A raw format of an installed package failed on the row.",
        "KeyError: 'speaker'",
        "Tell the package's authors, or read the rows with a format file (docs/own-format.md).",
    ),
    "trace-prefix": CodeEntry(
        _W,
        "Another row of the same trace begins with all turns of this one; the longer one is kept.",
        "turns 1 to 2, and in a later row turns 1 to 4",
        "Nothing to do; --no-drop-prefixes keeps both.",
    ),
}
