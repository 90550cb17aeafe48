"""Which entries a call's name is of, and the arguments that its address holds.

Input: an ApiCall whose name is an API's name, an alias, or a concrete address such as
`GET /v2/shipments/SO1?lang=zh`. Output: the entries that could be meant, and for each the call's
arguments with path and query taken apart, decoded, and given the types that the entry knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fctune.issues import Issue, issue
from fctune.patterns import regex
from fctune.tools.mapping.numbers import text_to_integer, text_to_number
from fctune.tools.mapping.route import (
    Address,
    BadAddress,
    canonical_api,
    decoded,
    parse_address,
    query_values,
)
from fctune.tools.mapping.spec import (
    ApiCall,
    Fixed,
    MappingEntry,
    ParameterMapping,
    Path,
    ToolMapping,
)
from fctune.tools.mapping.value import Outside, json_type, same_json, shown

_METHOD = regex(r"[A-Za-z]+[ \t]")
_NESTED = regex(r"[^.\[\]]+(\.[^.\[\]]+|\[[^\[\]]+\])+")
_BETWEEN = regex(r"[.\[]")


def entries_at(name: str, mapping: ToolMapping) -> tuple[MappingEntry, ...]:
    """Return the entries that a call of this name could be of.

    Where several addresses match, those with the earliest literal segments are meant:
    `/orders/mine` is not `/orders/{id}`.
    """
    exact = mapping.of_api(name)
    if exact or not _METHOD.match(name):
        return exact
    address = parse_address(name)
    if address is None:
        return ()
    matching = [(route, entry) for route, entry in mapping.routes if route.match(address)
                is not None]  # fmt: skip
    best = matching[0][0].literals if matching else ()
    return tuple(dict.fromkeys(entry for route, entry in matching if route.literals == best))


def arguments_at(
    entry: MappingEntry, call: ApiCall, where: str
) -> Mapping[str, Any] | tuple[Issue, ...]:
    """Return the arguments of a call, those in its address included, or why they cannot be told.

    Args:
        entry: one of the entries that the call's name is of.
        call: the call.
        where: the place to name in issues.
    """
    named = canonical_api(call.name) in (entry.api, *entry.aliases)
    address = None if named else parse_address(call.name)
    if address is None:
        return call.arguments
    try:
        values = _values_of(entry, address)
    except BadAddress as fault:
        return (issue("mapping-url", where, str(fault)),)
    merged = dict(call.arguments)
    clash = _merge(merged, values, entry.tree)
    if clash is not None:
        path, said, got = clash
        text = f"got {shown(got)} in the address and {shown(said)} in the arguments"
        return (issue("mapping-url", f"{where}.arguments.{'.'.join(path)}", text),)
    return {name: merged[name] for name in dict.fromkeys((*values, *call.arguments))}


def _merge(
    arguments: dict[str, Any], values: Mapping[str, Any], tree: Mapping[str, Any]
) -> tuple[Path, Any, Any] | None:
    """Add the values of an address to the arguments, or return where the two contradict.

    Objects that the entry has places in are merged; any other value is one value.
    """
    for name, value in values.items():
        node, said = tree.get(name), arguments.get(name)
        if isinstance(node, Mapping) and isinstance(said, Mapping) and isinstance(value, Mapping):
            inner = dict(said)
            clash = _merge(inner, value, node)
            if clash is not None:
                return (name, *clash[0]), *clash[1:]
            arguments[name] = inner
        elif name in arguments and not same_json(value, said):
            return (name,), said, value
        else:
            arguments[name] = value
    return None


def _values_of(entry: MappingEntry, address: Address) -> dict[str, Any]:
    """Return the typed values of path and query.

    Raises:
        BadAddress: they are not UTF-8, or one place stands there twice.
    """
    variables = next(found for route in entry.routes if (found := route.match(address)) is not None)
    values: dict[str, Any] = {
        name: _typed(entry.tree.get(name), [decoded(text)]) for name, text in variables.items()
    }
    for name, texts in query_values(address.query).items():
        if name in variables:
            raise BadAddress(f"{name} stands in the path and in the query")
        path, leaf = _place_of(entry, name)
        node = values
        for outer in path[:-1]:
            node = node.setdefault(outer, {})
            if not isinstance(node, dict):
                raise BadAddress(f"{outer} stands in the query as a value and as an object")
        if path[-1] in node:
            raise BadAddress(f"{'.'.join(path)} stands in the query in two spellings")
        node[path[-1]] = _typed(leaf, texts)
    return values


def _place_of(entry: MappingEntry, name: str) -> tuple[Path, Any]:
    """Return the place that a name in a query means, and what the entry has there.

    `filter.from` and `filter[from]` mean a place inside `filter` where the entry has one there;
    else the name is an argument's own, dots and brackets included.
    """
    if name not in entry.tree and _NESTED.fullmatch(name):
        path = tuple(part.rstrip("]") for part in _BETWEEN.split(name))
        node: Any = entry.tree
        for part in path:
            node = node.get(part) if isinstance(node, Mapping) else None
        if node is not None and not isinstance(node, Mapping):
            return path, node
    return (name,), entry.tree.get(name)


def _typed(leaf: Any, texts: Sequence[str]) -> Any:
    """Return the texts of an address as the value that the entry takes there."""
    types: frozenset[str] = frozenset()
    if isinstance(leaf, ParameterMapping):
        types = leaf.types
    elif isinstance(leaf, Fixed):
        types = frozenset({json_type(leaf.value)})
    if len(texts) > 1 or "array" in types:
        return list(texts)
    return _scalar(texts[0], types)


def _scalar(text: str, types: frozenset[str]) -> Any:
    """Return a text as the scalar that is expected, or as it is where that does not fit."""
    if "string" in types:
        return text
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    for kind, read in (("integer", text_to_integer), ("number", text_to_number)):
        if kind in types:
            try:
                return read(text)
            except Outside:
                continue
    return text
