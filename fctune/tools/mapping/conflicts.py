"""Conflicts of a mapping: what cannot be meant, found before any call is mapped.

Input: entries as read, and the model-facing tools where they are known. Output: Conflicts, each
with its place. Checked are names and types against the catalogue, places against each other,
variables of paths, and tools that one API could not be told apart from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import combinations, pairwise
from typing import Any

from fctune.issues import Issue, issue
from fctune.tools.mapping.convert import Conversion, accepts
from fctune.tools.mapping.schema import enum_of, property_of, required_of, types_of
from fctune.tools.mapping.spec import (
    Fixed,
    MappingEntry,
    ParameterMapping,
    Path,
    Unmapped,
)
from fctune.tools.mapping.value import Outside, same_json, shown
from fctune.tools.spec import ToolCatalog, ToolSpec

Keys = tuple[str | int, ...]
_Placed = tuple[Keys, MappingEntry]


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing to mend before a mapping can be used.

    Attributes:
        keys: the place in the document, outermost first.
        code: a code of `fctune.catalogue.mapping`.
        message: what was found and what was expected.
        hint: the next step; the code's own where empty.
    """

    keys: Keys
    code: str
    message: str
    hint: str = ""

    @property
    def where(self) -> str:
        """The place as text, such as `tool_mapping[2].parameters.order_id`."""
        parts = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.keys)
        return "".join(parts).removeprefix(".")

    @property
    def issue(self) -> Issue:
        """The conflict as an issue."""
        return issue(self.code, self.where, self.message)


def check_entry(entry: MappingEntry, catalog: ToolCatalog, keys: Keys) -> list[Conflict]:
    """Return what is wrong within one entry."""
    spec = catalog.get(entry.tool)
    found = list(_places(entry, keys)) + list(_chains(entry, keys))
    if spec is not None:
        found += [*_names(entry, spec, keys), *_fits(entry, spec, keys)]
    elif catalog.specs and not any(catalog.get(name) for name in (entry.api, *entry.aliases)):
        close = get_close_matches(entry.tool, catalog.names, n=1)
        message = f"got {entry.tool!r}, which the catalogue does not have"
        hint = f"did you mean {close[0]}?" if close else ""
        found.append(Conflict((*keys, "tool"), "mapping-tool-unknown", message, hint))
    return [*found, *_variables(entry, spec, keys)]


def check_entries(entries: Sequence[_Placed]) -> list[Conflict]:
    """Return what is wrong between entries."""
    found: list[Conflict] = []
    seen: dict[str, Keys] = {}
    for keys, entry in entries:
        if entry.tool in seen:
            message = f"{entry.tool!r} is mapped twice, first in [{seen[entry.tool][-1]}]"
            found.append(Conflict((*keys, "tool"), "mapping-tool-duplicate", message))
        else:
            seen[entry.tool] = keys
    for (first_keys, first), (keys, second) in _rivals(entries):
        if first.tool != second.tool and not _apart(first, second):
            message = (
                f"calls of {second.api} could be of {first.tool} in [{first_keys[-1]}] or of "
                f"{second.tool}"
            )
            found.append(Conflict((*keys, "api"), "mapping-ambiguous", message))
    return found


def _rivals(entries: Sequence[_Placed]) -> Iterator[tuple[_Placed, _Placed]]:
    """Yield each pair of entries that one name of a call could be meant for."""
    by_name: dict[str, list[int]] = {}
    for index, (_, entry) in enumerate(entries):
        names = {entry.api, *entry.aliases, *(route.shape for route in entry.routes)}
        for name in names:
            by_name.setdefault(name, []).append(index)
    pairs = {pair for group in by_name.values() for pair in combinations(group, 2)}
    return ((entries[one], entries[other]) for one, other in sorted(pairs))


def _places(entry: MappingEntry, keys: Keys) -> Iterator[Conflict]:
    """Find two values at one place, and a value inside another."""
    taken: list[tuple[Path, str]] = []
    for leaf in entry.leaves:
        field = {ParameterMapping: "parameters", Fixed: "fixed"}.get(type(leaf), "ignored")
        name = leaf.name if isinstance(leaf, ParameterMapping) else ".".join(leaf.target)
        place = (*keys, field, name)
        for other, owner in taken:
            if _nested(leaf.target, other):
                message = f"writes {'.'.join(leaf.target)}, where {owner} writes {'.'.join(other)}"
                yield Conflict(place, "mapping-target-taken", message)
                break
        taken.append((leaf.target, f"{field}.{name}"))


def _chains(entry: MappingEntry, keys: Keys) -> Iterator[Conflict]:
    for parameter in entry.parameters:
        chain = parameter.conversions
        for index, (one, other) in enumerate(pairwise(chain)):
            if not accepts(other.model, one.api):
                message = f"{one.name} gives {_types(one.api)}, {other.name} takes "
                message += _types(other.model)
                place = (*keys, "parameters", parameter.name, "convert", index + 1)
                yield Conflict(place, "mapping-conversion-unfit", message)


def _names(entry: MappingEntry, spec: ToolSpec, keys: Keys) -> Iterator[Conflict]:
    """Compare the names of the entry with those of the tool."""
    properties = spec.parameters["properties"]
    meant: set[str] = set()
    for parameter in entry.parameters:
        if parameter.name not in properties:
            close = get_close_matches(parameter.name, properties, n=1)
            message = f"{spec.name} has no parameter {parameter.name!r}"
            hint = f"did you mean {close[0]}?" if close else ""
            meant.update(close)
            place = (*keys, "parameters", parameter.name)
            yield Conflict(place, "mapping-parameter-unknown", message, hint)
    for name in properties:
        if name not in entry.by_name and name not in meant:
            kind = "required" if name in required_of(spec.parameters) else "optional"
            message = f"{kind} parameter {name!r} of {spec.name} has no place in {entry.api}"
            yield Conflict((*keys, "parameters"), "mapping-parameter-unmapped", message)


def _fits(entry: MappingEntry, spec: ToolSpec, keys: Keys) -> Iterator[Conflict]:
    """Compare the first conversion of each parameter with what its schema says."""
    for parameter in entry.parameters:
        if not parameter.conversions:
            continue
        first = parameter.conversions[0]
        schema = property_of(spec.parameters, parameter.name)
        message = _unfit(first, schema)
        if message:
            place = (*keys, "parameters", parameter.name, "convert")
            pairs = "keys are text; write pairs: enum: [[1, low], [2, high]]"
            mended = first.name == "enum" and first.model == {"string"}
            hint = pairs if mended and not accepts(first.model, types_of(schema)) else ""
            yield Conflict(place, "mapping-conversion-unfit", message, hint)


def _unfit(conversion: Conversion, schema: Any) -> str:
    declared, values = types_of(schema), enum_of(schema)
    if not accepts(conversion.model, declared):
        got = _types(declared - {"null"})
        return f"{conversion.name} takes {_types(conversion.model)}, the parameter is {got}"
    for value in values:
        try:
            if value is not None or conversion.takes_null:
                conversion.out(value)
        except Outside as fault:
            return f"the parameter can be {shown(value)}, {conversion.name} {fault}"
    for model, _ in conversion.table if values else ():
        if not any(same_json(model, value) for value in values):
            return f"{conversion.name} has {shown(model)}, which the parameter cannot be"
    return ""


def _variables(entry: MappingEntry, spec: ToolSpec | None, keys: Keys) -> Iterator[Conflict]:
    """Find variables of the path without a source that is always there."""
    for variable in entry.route.variables if entry.route else ():
        leaf = entry.tree.get(variable)
        place = (*keys, "api")
        if isinstance(leaf, ParameterMapping):
            schema = spec.parameters if spec is not None else {}
            known = property_of(schema, leaf.name) is not None
            if known and leaf.name not in required_of(schema):
                message = f"{{{variable}}} comes from {leaf.name!r}, which is optional"
                hint = f"make {leaf.name} required in the schema of {entry.tool}"
                yield Conflict(place, "mapping-path-unfilled", message, hint)
        elif isinstance(leaf, Fixed):
            if not is_path_value(leaf.value):
                message = f"{{{variable}}} is fixed to {shown(leaf.value)}, expected a scalar"
                yield Conflict(place, "mapping-path-unfilled", message)
        elif leaf is not None or spec is not None or entry.unmapped is Unmapped.REFUSE:
            message = f"nothing writes {{{variable}}} of {entry.api}"
            yield Conflict(place, "mapping-path-unfilled", message)


def is_path_value(value: Any) -> bool:
    """Tell whether a value can stand in a path: a text that is not empty, a number, a boolean."""
    return isinstance(value, bool | int | float) or (isinstance(value, str) and value != "")


def _apart(first: MappingEntry, second: MappingEntry) -> bool:
    return _never_has(first.fixed, second) or _never_has(second.fixed, first)


def _never_has(fixed: Sequence[Fixed], other: MappingEntry) -> bool:
    """Tell whether some fixed value is one that no call of the other entry can have."""
    for one in fixed:
        same = [leaf for leaf in other.leaves if _nested(leaf.target, one.target)]
        if not same and other.unmapped is Unmapped.REFUSE:
            return True
        if any(
            isinstance(leaf, Fixed)
            and leaf.target == one.target
            and not same_json(leaf.value, one.value)
            for leaf in same
        ):
            return True
    return False


def _nested(one: Path, other: Path) -> bool:
    """Tell whether two places are the same, or one inside the other."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _types(types: frozenset[str]) -> str:
    return " or ".join(sorted(types)) or "nothing"
