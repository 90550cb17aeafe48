"""Codes of tool mappings: model-facing tools and the APIs behind them."""

from __future__ import annotations

from fctune.catalogue.entry import CodeEntry, Severity

_E, _R, _W = Severity.ERROR, Severity.REPAIR, Severity.WARNING

MAPPING_CODES: dict[str, CodeEntry] = {
    # Conflicts: the mapping itself cannot be used; nothing is read with it.
    "mapping-shape": CodeEntry(
        _E,
        "A part of tool_mapping is not written as it should be.",
        '{"tool": "track"} without api',
        "Write entries of {tool, api, parameters}; docs/mapping.md has a whole example.",
    ),
    "mapping-tool-unknown": CodeEntry(
        _E,
        "The catalogue has neither the tool of the entry nor its API.",
        "tool: chek_logistics",
        "Mend the name, or add the tool to the catalogue.",
    ),
    "mapping-tool-duplicate": CodeEntry(
        _E,
        "A tool is mapped twice, or a key is written twice.",
        "two entries with tool: check_logistics",
        "Keep one of the two.",
    ),
    "mapping-parameter-unknown": CodeEntry(
        _E,
        "The tool has no such parameter.",
        "parameters: {oder_id: orderNo}",
        "Mend the name of the parameter.",
    ),
    "mapping-parameter-unmapped": CodeEntry(
        _E,
        "A parameter of the tool is not in the mapping, so that its value would be refused.",
        "check_logistics has order_id, the entry does not",
        "Map it, or write unmapped: keep to hand it on under its own name.",
    ),
    "mapping-target-taken": CodeEntry(
        _E,
        "Two values would be written to one place of the API's arguments.",
        "{from: address, to: address.city}",
        "Give each parameter and fixed value a place of its own.",
    ),
    "mapping-ambiguous": CodeEntry(
        _E,
        "Two tools stand for calls of one API that nothing tells apart on the way back.",
        "open_orders and all_orders for GET /orders",
        "Give each a fixed value that the other can never have, or map one of them alone.",
    ),
    "mapping-conversion-unknown": CodeEntry(
        _E,
        "The conversion is not one of the closed list.",
        "convert: cent",
        "Use a conversion of docs/mapping.md.",
    ),
    "mapping-conversion-unfit": CodeEntry(
        _E,
        "The conversion does not take what the parameter holds.",
        "convert: cents on a string",
        "Use a conversion for the parameter's type, or mend the schema.",
    ),
    "mapping-path-unfilled": CodeEntry(
        _E,
        "A variable of the API's path gets no value.",
        "api: GET /orders/{id}, nothing goes to id",
        "Map a required parameter or a fixed value to the variable.",
    ),
    # Calls: one call cannot be mapped.
    "mapping-tool-unmapped": CodeEntry(
        _E,
        "The mapping refuses tools that it does not name, and the call is of such a tool.",
        '{"name": "other"} with unmapped: refuse',
        "Add an entry for the tool, or write unmapped: keep.",
    ),
    "mapping-name-taken": CodeEntry(
        _E,
        "An unmapped tool has the name of an API that a mapped tool stands for.",
        'a call of "ship" where track is mapped to the API ship',
        "Rename the tool, or map it too.",
    ),
    "mapping-argument-unmapped": CodeEntry(
        _E,
        "The mapping has no place for an argument.",
        '{"orderNo": "1", "traceId": "x"}',
        "Map it, name it under `ignored`, or write unmapped: keep in the entry.",
    ),
    "mapping-value": CodeEntry(
        _E,
        "A value is outside what the conversion takes.",
        '"2026-02-30" for date-compact',
        "Mend the value, or choose another conversion.",
    ),
    "mapping-one-way": CodeEntry(
        _E,
        "The conversion cannot be undone, so that the model's value is not known.",
        '"ABC" for upper',
        "Write enum: {abc: ABC} instead, or give the parameter an enum in its schema.",
    ),
    "mapping-fixed": CodeEntry(
        _E,
        "A fixed value is missing from the API's call, or is another.",
        '{"channel": "web"} for fixed: {channel: app}',
        "The call is of another tool: map that one too, or correct the fixed value.",
    ),
    "mapping-url": CodeEntry(
        _E,
        "The address of an API's call cannot be taken apart.",
        "GET /orders/%FF, or a value in the path and another in the arguments",
        "Mend the address in the log.",
    ),
    # Notes.
    "mapping-schema": CodeEntry(
        _W,
        "A part of a tool's schema could not be carried over to the other side.",
        "a pattern beside a conversion",
        "Write the model-facing tool into the catalogue; it is used as it stands.",
    ),
    "call-mapped": CodeEntry(
        _W,
        "A call of an API was written as the model-facing tool that stands for it.",
        "GET /v2/shipments/SO1 -> check_logistics",
        "Nothing to do: the mapping asked for it, and the rest of the row is as it was.",
    ),
}
