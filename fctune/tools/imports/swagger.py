"""Swagger 2.0 in the words of OpenAPI 3: parameters with a schema, one request body, contents.

Input: the raw objects of a Swagger operation. Output: what OpenAPI 3 would have there. Only the
shape changes; the schemas stay as written.

Before: {"name": "ids", "in": "query", "type": "array", "items": {"type": "integer"}}
After:  {"name": "ids", "in": "query", "schema": {"type": "array", "items": {"type": "integer"}},
         "style": "csv"}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_OF_PARAMETER = frozenset(
    {"name", "in", "description", "required", "allowEmptyValue", "collectionFormat", "deprecated"}
)
# The style words of ParameterPlace; "" repeats the name for each value.
STYLES = {"csv": "csv", "ssv": "spaces", "tsv": "tabs", "pipes": "pipes", "multi": ""}


def parameter(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a parameter with its type in a schema, where Swagger has it in the parameter."""
    told = {key: raw[key] for key in _OF_PARAMETER - {"collectionFormat"} if key in raw}
    if isinstance(raw.get("schema"), dict):
        schema = dict(raw["schema"])
    else:
        schema = {key: value for key, value in raw.items() if key not in _OF_PARAMETER}
    return {**told, "schema": schema, **_style(raw)}


def _style(raw: Mapping[str, Any]) -> dict[str, str]:
    if raw.get("type") != "array":
        return {}
    return {"style": STYLES.get(str(raw.get("collectionFormat", "csv")), "csv")}


def body_of_form(
    fields: Sequence[Mapping[str, Any]], consumes: Sequence[str]
) -> tuple[dict[str, Any], dict[str, str], str]:
    """Return the schema of a form, the style of each array in it, and its content type.

    Args:
        fields: the `in: formData` parameters.
        consumes: the content types of the operation.
    """
    properties, styles, required = {}, {}, []
    for field in fields:
        whole = parameter(field)
        name = str(whole.get("name"))
        told = {"description": whole["description"]} if whole.get("description") else {}
        properties[name] = {**whole["schema"], **told}
        styles[name] = whole.get("style", "")
        if field.get("required") is True:
            required.append(name)
    with_file = any(field.get("type") == "file" for field in fields)
    multipart = with_file or (MULTIPART in consumes and FORM not in consumes)
    schema = {"type": "object", "properties": properties, "required": required}
    return schema, styles, MULTIPART if multipart else FORM


def consumed(operation: Mapping[str, Any], document: Mapping[str, Any]) -> list[str]:
    """Return the content types that an operation takes."""
    for holder in (operation, document):
        types = holder.get("consumes")
        if isinstance(types, list):
            return [one for one in types if isinstance(one, str)]
    return []
