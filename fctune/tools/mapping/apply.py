"""The two ways of a mapping: a model's call to the API's call, and back.

Role: pure functions, one for each way, used by data building, evaluation and gateway alike.
Input: one call and a ToolMapping. Output: the call on the other side, or a tuple of issues that
say why there is none. Total: no JSON value makes them raise. For entries whose conversions are all
invertible, `to_model(to_api(call)) == call` wherever `to_api` gives a call.

Before: ToolCall("check_logistics", {"order_id": "SO1"})
After:  ApiCall("GET /v2/shipments/{orderNo}", {"orderNo": "SO1", "channel": "app"})
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fctune.issues import Issue, issue
from fctune.tools.mapping.address import arguments_at, entries_at
from fctune.tools.mapping.conflicts import is_path_value
from fctune.tools.mapping.convert import convert_in, convert_out
from fctune.tools.mapping.spec import (
    ApiCall,
    Fixed,
    Ignored,
    MappingEntry,
    ParameterMapping,
    Path,
    ToolMapping,
    Unmapped,
)
from fctune.tools.mapping.value import Outside, same_json, shown
from fctune.tools.spec import ToolCall

Issues = tuple[Issue, ...]


def to_api(call: ToolCall, mapping: ToolMapping, where: str = "call") -> ApiCall | Issues:
    """Return the API's call that a model's call stands for, or why there is none.

    Args:
        call: as the model writes it; it should satisfy its tool's schema.
        mapping: the entries.
        where: the place to name in issues; arguments add `.arguments.<name>`.
    """
    entry = mapping.of_tool(call.name)
    if entry is not None:
        return _entry_out(entry, call, where)
    if entries_at(call.name, mapping):
        found = f"got the unmapped tool {call.name!r}, which is the API of another"
        return (issue("mapping-name-taken", where, found),)
    if mapping.unmapped is Unmapped.REFUSE:
        return (issue("mapping-tool-unmapped", where, f"got {call.name!r}"),)
    return ApiCall(call.name, call.arguments)


def to_model(call: ApiCall, mapping: ToolMapping, where: str = "call") -> ToolCall | Issues:
    """Return the model's call that an API's call stands for, or why there is none.

    A call whose name is of no API stays as it is: it may have the model's name already.

    Args:
        call: as a log or a client writes it; its name may be a concrete address.
        mapping: the entries.
        where: the place to name in issues; arguments add `.arguments.<name>`.
    """
    entries = entries_at(call.name, mapping)
    failures: list[Issues] = []
    for entry in entries:
        result = _entry_in(entry, call, where)
        if isinstance(result, ToolCall):
            return result
        failures.append(result)
    if failures:
        return min(failures, key=_distance)
    if mapping.unmapped is Unmapped.REFUSE and mapping.of_tool(call.name) is None:
        return (issue("mapping-tool-unmapped", where, f"got {call.name!r}"),)
    return ToolCall(call.name, call.arguments)


def _distance(failure: Issues) -> tuple[int, int]:
    """Rank the failures of several entries: fixed values say most about which one was meant."""
    return sum(found.code == "mapping-fixed" for found in failure), len(failure)


def _entry_out(entry: MappingEntry, call: ToolCall, where: str) -> ApiCall | Issues:
    issues: list[Issue] = []
    arguments: dict[str, Any] = {}
    for name, value in call.arguments.items():
        place = f"{where}.arguments.{name}"
        parameter = entry.by_name.get(name)
        if parameter is not None:
            try:
                _put(arguments, parameter.target, convert_out(value, parameter.conversions))
            except Outside as fault:
                issues.append(_outside(fault, value, parameter, place))
        elif entry.unmapped is Unmapped.REFUSE:
            found = f"{name!r} has no place in {entry.api}"
            issues.append(issue("mapping-argument-unmapped", place, found))
        elif name in entry.tree:
            found = f"{name!r} is kept, and {entry.api} has another value of that name"
            issues.append(issue("mapping-argument-unmapped", place, found))
        else:
            arguments[name] = value
    for fixed in entry.fixed:
        _put(arguments, fixed.target, fixed.value)
    issues += _unfilled(entry, arguments, where)
    return tuple(issues) or ApiCall(entry.api, arguments)


def _entry_in(entry: MappingEntry, call: ApiCall, where: str) -> ToolCall | Issues:
    arguments = arguments_at(entry, call, where)
    if isinstance(arguments, tuple):
        return arguments
    found = _Found()
    _take(arguments, entry.tree, (), found)
    issues: list[Issue] = []
    values: dict[str, Any] = {}
    for path, value in found.unknown:
        place = f"{where}.arguments.{'.'.join(path)}"
        if entry.unmapped is Unmapped.KEEP and len(path) == 1 and path[0] not in entry.by_name:
            values[path[0]] = value
        else:
            text = f"{'.'.join(path)!r} of {entry.api} has no place in {entry.tool}"
            issues.append(issue("mapping-argument-unmapped", place, text))
    issues += _misfixed(entry, found.fixed, where)
    for parameter, value in found.parameters:
        try:
            values[parameter.name] = convert_in(value, parameter.conversions)
        except Outside as fault:
            place = f"{where}.arguments.{'.'.join(parameter.target)}"
            issues.append(_outside(fault, value, parameter, place))
    issues += _unfilled(entry, arguments, where)
    if issues:
        return tuple(issues)
    return ToolCall(entry.tool, {name: values[name] for name in _in_order(values, found)})


@dataclass(slots=True)
class _Found:
    """What was taken out of an API's arguments, in their order."""

    parameters: list[tuple[ParameterMapping, Any]] = field(default_factory=list)
    fixed: dict[Path, Any] = field(default_factory=dict)
    unknown: list[tuple[Path, Any]] = field(default_factory=list)
    order: list[str] = field(default_factory=list)


def _take(arguments: Mapping[str, Any], tree: Mapping[str, Any], path: Path, found: _Found) -> None:
    """Sort the arguments by what the entry says of their place; as deep as the entry goes."""
    for name, value in arguments.items():
        node, place = tree.get(name), (*path, name)
        if isinstance(node, ParameterMapping):
            found.parameters.append((node, value))
            found.order.append(node.name)
        elif isinstance(node, Fixed):
            found.fixed[place] = value
        elif isinstance(node, Ignored):
            continue
        elif isinstance(node, Mapping) and isinstance(value, Mapping) and value:
            _take(value, node, place, found)
        else:  # an empty object, too, would not come back on the way out
            found.unknown.append((place, value))
            found.order.append(name)


def _in_order(values: Mapping[str, Any], found: _Found) -> list[str]:
    """Return the names of the values in the order of the API's arguments."""
    return [name for name in dict.fromkeys(found.order) if name in values]


def _misfixed(entry: MappingEntry, got: Mapping[Path, Any], where: str) -> list[Issue]:
    """Return the fixed values that are missing or other than the entry says."""
    issues = []
    for fixed in entry.fixed:
        if fixed.target in got and same_json(fixed.value, got[fixed.target]):
            continue
        place = f"{where}.arguments.{'.'.join(fixed.target)}"
        said = f"got {shown(got[fixed.target])}" if fixed.target in got else "got no value"
        text = f"{said}, expected {shown(fixed.value)} in every call of {entry.tool}"
        issues.append(issue("mapping-fixed", place, text))
    return issues


def _unfilled(entry: MappingEntry, arguments: Mapping[str, Any], where: str) -> list[Issue]:
    """Return the variables of the path that have no value which can stand there."""
    issues = []
    for variable in entry.route.variables if entry.route else ():
        if not is_path_value(arguments.get(variable)):
            place = f"{where}.arguments.{variable}"
            said = shown(arguments[variable]) if variable in arguments else "no value"
            text = f"got {said} for {{{variable}}} of {entry.api}"
            issues.append(issue("mapping-path-unfilled", place, text))
    return issues


def _outside(fault: Outside, value: Any, parameter: ParameterMapping, place: str) -> Issue:
    names = ", ".join(one.name for one in parameter.conversions)
    code = "mapping-one-way" if fault.one_way else "mapping-value"
    return issue(code, place, f"got {shown(value)}, {fault} ({names})")


def _put(arguments: dict[str, Any], path: Path, value: Any) -> None:
    """Write a value; no place lies inside another, so that inner objects are ours alone."""
    for name in path[:-1]:
        arguments = arguments.setdefault(name, {})
    arguments[path[-1]] = value
