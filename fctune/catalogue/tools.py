"""Codes of tool schemas."""

from __future__ import annotations

from fctune.catalogue.entry import CodeEntry, Severity

_E, _R, _W = Severity.ERROR, Severity.REPAIR, Severity.WARNING

TOOL_CODES: dict[str, CodeEntry] = {
    "tools-invalid": CodeEntry(
        _E,
        "The tools are not a list of tool objects.",
        '"tools": "null"',
        "Give a JSON list of tools.",
    ),
    "tool-name-missing": CodeEntry(
        _E, "A tool has no name.", '{"description": "..."}', "Give the tool a name."
    ),
    "tool-name-duplicate": CodeEntry(
        _E, "Two tools have the same name.", "get_time twice", "Rename or remove one of them."
    ),
    "tool-name-unlawful": CodeEntry(
        _W,
        "The name does not match ^[a-zA-Z0-9_-]{1,64}$; OpenAI-compatible servers refuse it.",
        '"name": "user.get"',
        "Rename the tool; `fctune tools import` does, and keeps its own name in `origin`.",
    ),
    "tool-description-missing": CodeEntry(
        _W,
        "A tool or parameter has no description; the model has only its name to go by.",
        '{"name": "f"}',
        "Write one sentence that says what it does and when.",
    ),
    "tool-parameters-missing": CodeEntry(
        _R,
        "The parameters were missing, or lacked type object or properties; that was added.",
        '"parameters": {"city": {...}}',
        "Write parameters as a JSON Schema object.",
    ),
    "tool-type-alias": CodeEntry(
        _R,
        "A type name that JSON Schema does not have was replaced by the one that it stands for.",
        '"type": "dict" -> "object"',
        "Use string, integer, number, boolean, array, object or null.",
    ),
    "tool-required-moved": CodeEntry(
        _R,
        "`required` was not a list beside `properties`; it was moved there.",
        '"city": {"required": true}',
        'Write "required": ["city"] beside "properties".',
    ),
    "tool-required-unknown": CodeEntry(
        _R,
        "`required` named a parameter that does not exist; the name was removed.",
        '"required": ["town"]',
        "Add the property or remove the name.",
    ),
    "tool-schema-invalid": CodeEntry(
        _E,
        "The parameters are not a valid JSON Schema, even after type names were mended.",
        '"pattern": "a("',
        "Mend the schema at the place named.",
    ),
    "tool-schema-reference": CodeEntry(
        _E,
        "The schema refers to another file or to the network; such references are never followed.",
        '"$ref": "https://..."',
        "Copy the definition into $defs and refer to #/$defs/...",
    ),
    "tool-example-invalid": CodeEntry(
        _E,
        "An example's call does not satisfy the tool's own schema.",
        "examples[0].call misses city",
        "Mend the example or the schema.",
    ),
    "tool-definitions-differ": CodeEntry(
        _W,
        "Rows of a data set define one tool in several ways; the first definition was kept.",
        "get_time with and without `zone`",
        "Nothing to do if the first is right; else name the tools apart.",
    ),
    "tool-parameter-renamed": CodeEntry(
        _R,
        "A parameter's name was made lawful; the HTTP binding keeps its own name.",
        "`page[size]` -> `page_size`",
        "Nothing to do; rename the parameter if you know a better name.",
    ),
}
