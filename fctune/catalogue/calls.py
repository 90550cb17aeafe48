"""Codes of tool calls, as `fctune.tools.check` gives them."""

from __future__ import annotations

from fctune.catalogue.entry import CodeEntry, Severity

_E, _R, _W = Severity.ERROR, Severity.REPAIR, Severity.WARNING

CALL_CODES: dict[str, CodeEntry] = {
    "call-unknown-tool": CodeEntry(
        _E,
        "The call names a tool that is not listed.",
        '{"name": "get_wether"}',
        "List the tool in the row or in --tools, or mend the name; where the tool has another name "
        "there, map it (docs/mapping.md): {tool: LISTED NAME, api: NAME IN THE CALL, "
        "unmapped: keep}.",
    ),
    "call-missing-required": CodeEntry(
        _E,
        "A required argument is missing.",
        '{"name": "f", "arguments": {}}',
        "Add the argument, or make the parameter optional.",
    ),
    "call-unknown-parameter": CodeEntry(
        _E,
        "An argument is not a parameter of the tool.",
        '{"town": "Oslo"} for parameter city',
        "Remove the argument, or add the parameter to the schema.",
    ),
    "call-type": CodeEntry(
        _E,
        "An argument has another type than its schema says.",
        '"5" for an integer',
        "Write the value in the schema's type.",
    ),
    "call-enum": CodeEntry(
        _E,
        "An argument is not one of the allowed values.",
        '"red" of [S, M]',
        "Use an allowed value.",
    ),
    "call-bounds": CodeEntry(
        _E,
        "A number, length or count is outside the schema's bounds.",
        "0 where minimum is 1",
        "Mend the value or the bounds.",
    ),
    "call-pattern": CodeEntry(
        _E,
        "A string does not match the schema's pattern or format.",
        '"12" for ^ORD-',
        "Mend the value or the pattern.",
    ),
    "call-schema": CodeEntry(
        _E,
        "An argument breaks another rule of the schema (anyOf, const, uniqueItems ...).",
        "two of oneOf hold",
        "Mend the value or the schema at the place named.",
    ),
}
