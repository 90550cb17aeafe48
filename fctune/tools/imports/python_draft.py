"""A Python function on its way to a tool: what was read of it, and the tool made from that.

Input: a Function, read from source or from the running object. Output: a ToolSpec with the words
of the docstring in their places, and the issues met. Both ways of reading end here, so that they
write the same tool.

Before: Function("look", parameters=(Parameter("city", {"type": "string"}, True),), doc="Look...")
After:  ToolSpec("look", "Look up.", {"type": "object", "properties": {"city": {...}}, ...})
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any

from fctune.issues import Issue, issue
from fctune.tools.check import check_schema
from fctune.tools.imports.python_docstrings import DocText, read_docstring
from fctune.tools.imports.simplify import ordered, simplified
from fctune.tools.names import lawful_name
from fctune.tools.schema import canonical_parameters
from fctune.tools.spec import ToolOrigin, ToolSpec


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    Attributes:
        name: as in the signature.
        schema: of its values; {} accepts any.
        required: it has no default.
        description: from `Annotated` or `Field`; the docstring's text stands behind it.
        typed: the signature says a type; where not, the docstring's type counts.
        whole: the schema says all of the type.
        issues: what the annotation says that the schema does not.
        line: where it stands, from 1; 0 where that is not known.
    """

    name: str
    schema: Mapping[str, Any]
    required: bool
    description: str = ""
    typed: bool = True
    whole: bool = True
    issues: tuple[Issue, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Function:
    """One function.

    Attributes:
        name: qualified, such as `look` or `Shop.look`.
        line: of its `def`, from 1; 0 where it has none.
        doc: its docstring, or "".
        parameters: in the order of the signature, injected ones left out.
        returns: schema of the result, or None.
        label: the tool's name where a decorator gives one, else "".
        told: the tool's description where a decorator gives one, else "".
        issues: about the signature as a whole.
        modelled: a class stands for the parameters, as LangChain's `args_schema` does.
    """

    name: str
    line: int
    doc: str
    parameters: tuple[Parameter, ...]
    returns: Mapping[str, Any] | None = None
    label: str = ""
    told: str = ""
    issues: tuple[Issue, ...] = ()
    modelled: bool = False


TypeText = Callable[[str], Mapping[str, Any] | None]


def tool_of(
    function: Function, file: str, taken: Container[str], *, typed_by: TypeText
) -> tuple[ToolSpec, list[Issue]]:
    """Return the tool of a function, and the issues met.

    Args:
        function: what was read.
        file: the module's path, for the origin and the places of issues.
        taken: names of the tools before it.
        typed_by: reads a type that a docstring tells; None where it cannot.
    """
    place = f"{file}:{function.line}" if function.line else file
    doc = read_docstring(function.doc, [parameter.name for parameter in function.parameters])
    issues = list(function.issues)
    raw = function.label or function.name
    name = lawful_name(raw, taken)
    if name != raw:
        issues.append(issue("import-name-changed", place, f"got {raw!r}, wrote {name!r}"))
    properties: dict[str, Any] = {}
    for parameter in function.parameters:
        schema, found = _property(parameter, doc, place, typed_by)
        properties[parameter.name] = schema
        issues += found
    required = [parameter.name for parameter in function.parameters if parameter.required]
    parameters: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        parameters["required"] = required
    description = function.told.strip() or doc.text
    if not description:
        issues.append(issue("tool-description-missing", place, f"{name} has no docstring"))
    line = f"line {function.line}" if function.line else ""
    origin = ToolOrigin(file, function.name, line)
    returns = _returns(function, doc, typed_by)
    return ToolSpec(name, description, parameters, returns=returns, origin=origin), issues


def _property(
    parameter: Parameter, doc: DocText, place: str, typed_by: TypeText
) -> tuple[dict[str, Any], list[Issue]]:
    raw = dict(parameter.schema)
    if not parameter.typed and parameter.name in doc.types:
        raw = {**documented_type(doc.types[parameter.name], typed_by), **raw}
    schema, issues = simplified(raw, place, name=parameter.name)
    description = (
        parameter.description or doc.parameters.get(parameter.name) or schema.get("description")
    )
    if isinstance(description, str) and description.strip():
        schema.pop("description", None)
        schema["description"] = description.strip()
    if "default" in schema and not _default_holds(schema):
        del schema["default"]
    usable, found = _usable(ordered(schema), f"{place}.{parameter.name}")
    return usable, [*parameter.issues, *issues, *found]


def _default_holds(schema: Mapping[str, Any]) -> bool:
    """Tell whether the default can stand: JSON, and no null where null is no value.

    `x: int = None` means that the call may leave x out, not that x may be null.
    """
    default = schema["default"]
    if default is None:
        kinds = schema.get("type")
        nullable = kinds is None or kinds == "null" or (isinstance(kinds, list) and "null" in kinds)
        return nullable and ("enum" not in schema or None in schema["enum"])
    if isinstance(default, float) and not math.isfinite(default):
        return False
    try:
        json.dumps(default, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _usable(schema: dict[str, Any], place: str) -> tuple[dict[str, Any], list[Issue]]:
    """Return the schema where validators can use it; else without its patterns, or only its words.

    Python's regular expressions know forms that those of JSON Schema do not.
    """
    faults = check_schema({"type": "object", "properties": {"x": schema}}, place)
    if not faults:
        return schema, []
    found = [issue("import-not-expressed", place, f"left out: {faults[0].message}")]
    plain = _without_patterns(schema)
    if not check_schema({"type": "object", "properties": {"x": plain}}, place):
        return plain, found
    told = schema.get("description")
    return ({"description": told} if isinstance(told, str) else {}), found


def _without_patterns(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_patterns(inner)
            for key, inner in value.items()
            if not (key == "pattern" and isinstance(inner, str))
        }
    return [_without_patterns(item) for item in value] if isinstance(value, list) else value


def documented_type(text: str, typed_by: TypeText) -> dict[str, Any]:
    """Return the schema of a type as docstrings tell it; {} where it cannot be read.

    >>> documented_type("int, optional", lambda text: None)
    {'type': 'integer'}
    >>> documented_type("'asc', 'desc'", lambda text: None)
    {'enum': ['asc', 'desc']}
    """
    bare = text.strip().removesuffix("optional").strip().rstrip(",").strip("{} ")
    values = _listed_values(bare)
    if values:
        return {"enum": values}
    told = typed_by(bare)
    if told is not None:
        return dict(told)
    words = bare.replace(" of ", "[", 1) + "]" if " of " in bare else bare
    schema, _ = canonical_parameters({"type": "object", "properties": {"x": {"type": words}}}, "x")
    return dict(schema["properties"]["x"])


def _listed_values(text: str) -> list[Any]:
    """Return the values of `'a', 'b'`, NumPy's way to write a choice; [] where it is none."""
    if not text or text[0] not in "'\"-0123456789":
        return []
    try:
        value = ast.literal_eval(f"({text},)")
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    plain = isinstance(value, tuple) and all(isinstance(item, str | int | float) for item in value)
    return list(dict.fromkeys(value)) if plain else []


def _returns(function: Function, doc: DocText, typed_by: TypeText) -> dict[str, Any] | None:
    raw = function.returns
    if raw is None and doc.returns_type:
        raw = documented_type(doc.returns_type, typed_by)
    if raw == {"type": "null"} and not doc.returns:
        return None
    schema, _ = simplified(raw or {}, "")
    if doc.returns:
        schema["description"] = doc.returns
    if not schema or check_schema({"type": "object", "properties": {"x": schema}}, ""):
        return None
    return schema
