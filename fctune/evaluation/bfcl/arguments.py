"""One call against one gold call: name, required arguments, then each argument that is given.

Input: the tool's description, the gold call's accepted values, and a call. Output: None, or the
first Fault in the order of the official checker, which decides its error type: name, missing
required, then per given argument unexpected, type, value; last a missing optional one.
"""

from __future__ import annotations

from typing import Any

from fctune.evaluation.bfcl.declared import JAVA, JAVASCRIPT, PYTHON, Types, types_of
from fctune.evaluation.bfcl.values import (
    OTHER,
    is_omittable,
    list_fault,
    object_fault,
    objects_fault,
    string_fault,
)
from fctune.evaluation.bfcl.verdict import (
    MISSING_OPTIONAL,
    MISSING_REQUIRED,
    UNEXPECTED,
    WRONG_NAME,
    Fault,
)

_OBJECT: Types = frozenset({dict})
TYPE, NESTED = "type_error:simple", "type_error:nested"
_PLAIN = {word: kind for word, kind in PYTHON.items() if kind is not list}
_WORDS = {"java": JAVA, "js": JAVASCRIPT}
_SCALARS: dict[Any, type] = {
    word: kind for word, kind in PYTHON.items() if kind not in (list, dict)
}


def fault_of(
    call: tuple[Any, dict[str, Any]],
    gold: tuple[str, dict[str, Any]],
    tool: Any,
    *,
    underscored: bool = False,
    language: str = "",
) -> Fault | None:
    """Return what is wrong with a call, or None.

    Args:
        call: name and arguments.
        gold: name, and for each argument its accepted values.
        tool: the description of the tool, whose name is the right one; what it does not say is
            not checked.
        underscored: the model sees `.` in names as `_`, and must write them so.
        language: `java` or `js`, whose values arrive as source text; "" for Python.
    """
    name, arguments = call
    gold_name, accepted = gold
    wanted = tool.get("name") if type(tool) is dict else gold_name
    wanted = wanted if type(wanted) is str else gold_name
    if underscored:
        wanted = wanted.replace(".", "_")
    if name != wanted:
        return Fault(WRONG_NAME, gold_name, "", name, wanted)
    required, properties = shape_of(tool)
    try:
        for key in required:
            if key not in arguments:
                told = key if type(key) is str else type(key).__name__
                return Fault(MISSING_REQUIRED, gold_name, told)
    except TypeError:  # a list among the names
        pass
    if properties is None:
        properties = accepted
    for key, value in arguments.items():
        try:
            schema, answers = properties[key], accepted[key]
        except KeyError:
            return Fault(UNEXPECTED, gold_name, key, value)
        try:  # the common case: a scalar of the declared type, accepted as it is
            kind = _SCALARS.get(schema["type"])
        except (KeyError, TypeError):  # a schema of another shape
            kind = None
        if kind is type(value) and type(answers) is list and value in answers and not language:
            continue
        fault = argument_fault(value, schema, answers, language)
        if fault is not None:
            return Fault(fault, gold_name, key, value, _expected(fault, schema, answers))
    if len(accepted) > len(arguments):
        for key, answers in accepted.items():
            if key not in arguments and not is_omittable(answers):
                return Fault(MISSING_OPTIONAL, gold_name, key, None, answers)
    return None


def shape_of(tool: Any) -> tuple[list[Any], dict[str, Any] | None]:
    """Return the required names of a tool and the schemas of its parameters; None where unknown.

    >>> shape_of({"parameters": {"properties": {"a": {}}, "required": ["a"]}})
    (['a'], {'a': {}})
    >>> shape_of("no tool")
    ([], None)
    """
    parameters = tool.get("parameters") if type(tool) is dict else None
    if type(parameters) is not dict:
        return [], None
    properties = parameters.get("properties")
    required = parameters.get("required")
    if type(required) is str or type(required) is dict:
        required = list(required)
    return (
        required if type(required) is list else [],
        properties if type(properties) is dict else None,
    )


def type_fault(value: Any, types: Types, answers: list[Any], items: Types | None) -> str | None:
    """Check the type of a value, and of the items of a list one level deep.

    Args:
        value: of the argument.
        types: that the schema declares.
        answers: the accepted values; a value of the type of the first is accepted as well.
        items: types of the items of a list; None where not checked.
    """
    kind = type(value)
    if kind in types:
        if kind is not list or items is None or _items_fit(value, answers, items):
            return None
        return NESTED if _first_type(answers) is list else TYPE
    return None if _first_type(answers) is kind else TYPE


def argument_fault(value: Any, schema: Any, answers: Any, language: str) -> str | None:
    """Return the error type of one argument, or None.

    Args:
        value: of the argument.
        schema: of the parameter; what it does not say is not checked.
        answers: the accepted values.
        language: `java` or `js`, whose values arrive as source text; "" for Python.

    >>> argument_fault(4, {"type": "integer"}, [3], "")
    'value_error:others'
    """
    if type(answers) is not list:
        answers = [answers]
    word = schema.get("type") if type(schema) is dict else None
    if not language and type(word) is str and word in _PLAIN:
        return _plain_fault(value, _PLAIN[word], answers)
    words = _WORDS.get(language)
    if words is not None:
        from fctune.evaluation.bfcl.literals import FOREIGN

        read = FOREIGN[language](value, schema)
        if read is None:
            return f"type_error:{language}"
        value = read[0]
    types = types_of(schema, words)
    if word == "float" and type(value) is int:
        value = _widened(value)
    inner = schema.get("items") if type(schema) is dict and types and list in types else None
    items = types_of(inner, words)
    if types is not None:
        fault = type_fault(value, types, answers, items)
        if fault is not None:
            return fault
        first = _first_type(answers)
        if type(value) not in types or (first is not None and first not in types):
            # A variable: its gold values are not of the declared type, and stand as they are.
            return None if value in answers else OTHER
    return _value_fault(value, answers, items)


def _plain_fault(value: Any, declared: type, answers: list[Any]) -> str | None:
    """Do what `argument_fault` does for a type that is no list: no other path is taken as often."""
    if declared is float and type(value) is int:
        value = _widened(value)
    kind, first = type(value), _first_type(answers)
    if kind is not declared and kind is not first:
        return TYPE
    if kind is not declared or (first is not declared and first is not None):
        return None if value in answers else OTHER
    if kind is str:
        return string_fault(value, answers)
    if kind is dict:
        return object_fault(value, answers)
    return None if value in answers else OTHER


def _value_fault(value: Any, answers: list[Any], items: Types | None) -> str | None:
    kind = type(value)
    if kind is dict:
        return object_fault(value, answers)
    if kind is str:
        return string_fault(value, answers)
    if kind is list:
        objects = items == _OBJECT or (items is None and value and _all_objects(value))
        return objects_fault(value, answers) if objects else list_fault(value, answers)
    return None if value in answers else OTHER


def _items_fit(values: list[Any], answers: list[Any], items: Types) -> bool:
    """Tell whether all items have a declared type, or the type of the first accepted item."""
    for answer in answers:
        if type(answer) is not list:
            return True
        first = _first_type(answer)
        if all(type(value) in items or type(value) is first for value in values):
            return True
    return False


def _first_type(answers: list[Any]) -> type | None:
    for answer in answers:
        if answer != "":
            return type(answer)
    return None


def _all_objects(values: list[Any]) -> bool:
    return all(type(value) is dict for value in values)


def _widened(value: int) -> float | int:
    try:
        return float(value)
    except OverflowError:  # no float is so great
        return value


def _expected(fault: str, schema: Any, answers: Any) -> Any:
    """Return what a fault was measured by: the declared type, or the accepted values."""
    if not fault.startswith("type_error"):
        return answers
    word = schema.get("type") if type(schema) is dict else None
    inner = schema.get("items") if type(schema) is dict else None
    if fault == NESTED and type(inner) is dict:
        return f"{word} of {inner.get('type')}"
    return str(word)
