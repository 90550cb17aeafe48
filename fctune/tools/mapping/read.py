"""`tool_mapping` from what people write: entries in, a ToolMapping and its conflicts out.

Input: the value of `tool_mapping`, and the model-facing tools where they are known. Output: the
ToolMapping of the good entries, and a Conflict for everything that cannot be meant, with its place.
Never raises on any JSON value.

Before: {"tool": "check_logistics", "api": "GET /v2/shipments/{orderNo}",
         "parameters": {"order_id": "orderNo"}}
After:  MappingEntry("check_logistics", ..., (ParameterMapping("order_id", ("orderNo",)),))
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from fctune.tools.mapping.conflicts import Conflict, Keys, check_entries, check_entry
from fctune.tools.mapping.read_convert import near, read_conversions
from fctune.tools.mapping.route import canonical_api, route_faults
from fctune.tools.mapping.schema import property_of, types_of
from fctune.tools.mapping.spec import (
    Fixed,
    Ignored,
    MappingEntry,
    ParameterMapping,
    Path,
    ToolMapping,
    Unmapped,
)
from fctune.tools.mapping.value import shown
from fctune.tools.spec import ToolCatalog, ToolSpec

KEY = "tool_mapping"
_ENTRY_KEYS = ("tool", "api", "aliases", "parameters", "fixed", "ignored", "unmapped")
_TOP_KEYS = ("unmapped", "entries")
_PARAMETER_KEYS = ("to", "convert")


def parse_mapping(
    raw: Any, catalog: ToolCatalog | None = None, keys: Keys = (KEY,)
) -> tuple[ToolMapping, list[Conflict]]:
    """Return the mapping that a value describes, and everything that forbids its use.

    Args:
        raw: a list of entries, or `{"unmapped": keep|refuse, "entries": [...]}`.
        catalog: the model-facing tools, to check names, types and requirements against; nothing
            is checked against them where None or empty.
        keys: the place of `raw` in its document, for conflicts.
    """
    known = catalog if catalog is not None else ToolCatalog()
    reader = _Reader(known)
    unmapped = Unmapped.KEEP
    if isinstance(raw, Mapping):
        reader.close(raw, _TOP_KEYS, keys)
        unmapped = reader.unmapped(raw.get("unmapped"), (*keys, "unmapped"), Unmapped.KEEP)
        keys, raw = (*keys, "entries"), raw.get("entries")
    if not isinstance(raw, list):
        reader.refuse(keys, "mapping-shape", f"got {shown(raw)}, expected a list of entries")
        raw = []
    entries: list[tuple[Keys, MappingEntry]] = []
    for index, item in enumerate(raw):
        place = (*keys, index)
        entry = reader.entry(item, place)
        if entry is not None:
            entries.append((place, entry))
    conflicts = [*reader.conflicts, *check_entries(entries)]
    bad = {one.keys[: len(keys) + 1] for one in conflicts}
    good = tuple(entry for place, entry in entries if place not in bad)
    return ToolMapping(good, unmapped, known), conflicts


class _Reader:
    """Reads entries, and collects what is wrong with them."""

    def __init__(self, catalog: ToolCatalog) -> None:
        self.catalog = catalog
        self.conflicts: list[Conflict] = []

    def refuse(self, keys: Keys, code: str, message: str, hint: str = "") -> None:
        """Note a conflict."""
        self.conflicts.append(Conflict(keys, code, message, hint))

    def close(self, raw: Mapping[str, Any], allowed: tuple[str, ...], keys: Keys) -> None:
        """Refuse keys that nobody reads."""
        for key in raw:
            if key not in allowed:
                self.refuse(
                    (*keys, str(key)),
                    "mapping-shape",
                    f"got the key {key}, expected {', '.join(allowed)}",
                    near(str(key), allowed),
                )

    def unmapped(self, raw: Any, keys: Keys, default: Unmapped) -> Unmapped:
        """Return the policy that a value names."""
        if raw is None:
            return default
        if raw not in tuple(Unmapped):
            self.refuse(keys, "mapping-shape", f"got {shown(raw)}, expected keep or refuse")
            return default
        return Unmapped(raw)

    def entry(self, raw: Any, keys: Keys) -> MappingEntry | None:
        """Return one entry, or None where it says too little to go on."""
        if not isinstance(raw, Mapping):
            self.refuse(keys, "mapping-shape", f"got {shown(raw)}, expected an object")
            return None
        self.close(raw, _ENTRY_KEYS, keys)
        names = {name: self._name(raw, name, keys) for name in ("tool", "api")}
        if names["tool"] is None or names["api"] is None:
            return None
        fault = route_faults(names["api"])
        if fault:
            hint = "the server belongs to the `http` of the API's tool" if "server" in fault else ""
            self.refuse((*keys, "api"), "mapping-shape", f"{fault}: {names['api']}", hint)
            return None
        spec = self.catalog.get(names["tool"])
        entry = MappingEntry(
            tool=names["tool"],
            api=canonical_api(names["api"]),
            parameters=tuple(self._parameters(raw.get("parameters"), spec, (*keys, "parameters"))),
            fixed=tuple(self._fixed(raw.get("fixed"), (*keys, "fixed"))),
            ignored=tuple(self._ignored(raw.get("ignored"), (*keys, "ignored"))),
            aliases=tuple(self._aliases(raw.get("aliases"), (*keys, "aliases"))),
            unmapped=self.unmapped(raw.get("unmapped"), (*keys, "unmapped"), Unmapped.REFUSE),
        )
        entry = _with_implied(entry, spec)
        found = check_entry(entry, self.catalog, keys)
        self.conflicts.extend(found)
        return entry

    def _name(self, raw: Mapping[str, Any], key: str, keys: Keys) -> str | None:
        value = raw.get(key)
        if isinstance(value, str) and value.strip() == value and value:
            return value
        got = shown(value) if key in raw else "none"
        self.refuse((*keys, key) if key in raw else keys, "mapping-shape",
                    f"got {key} {got}, expected a name")  # fmt: skip
        return None

    def _aliases(self, raw: Any, keys: Keys) -> Iterator[str]:
        names = [raw] if isinstance(raw, str) else raw
        if names is not None and not isinstance(names, list):
            self.refuse(keys, "mapping-shape", f"got {shown(raw)}, expected a list of names")
            return
        for index, name in enumerate(names or []):
            fault = route_faults(name) if isinstance(name, str) else ""
            if isinstance(name, str) and name and not fault:
                yield canonical_api(name)
            else:
                found = f"{fault}: {name}" if fault else f"got {shown(name)}, expected a name"
                self.refuse((*keys, index), "mapping-shape", found)

    def _parameters(
        self, raw: Any, spec: ToolSpec | None, keys: Keys
    ) -> Iterator[ParameterMapping]:
        if raw is not None and not isinstance(raw, Mapping):
            found = f"got {shown(raw)}, expected an object of parameter: API's name"
            self.refuse(keys, "mapping-shape", found)
            return
        for key, value in (raw or {}).items():
            name, place = str(key), (*keys, str(key))
            schema = property_of(spec.parameters, name) if spec else None
            parameter = self._parameter(name, value, schema, place)
            if parameter is not None:
                yield parameter

    def _parameter(self, name: str, raw: Any, schema: Any, keys: Keys) -> ParameterMapping | None:
        target, convert = raw, None
        if isinstance(raw, Mapping):
            self.close(raw, _PARAMETER_KEYS, keys)
            target, convert = raw.get("to"), raw.get("convert")
            if "to" not in raw:
                target = [name]
        path = self._path(target, (*keys, "to") if isinstance(raw, Mapping) else keys)
        if path is None:
            return None
        conversions, found = read_conversions(convert, schema, (*keys, "convert"))
        self.conflicts.extend(found)
        types = conversions[-1].api if conversions else types_of(schema)
        return ParameterMapping(name, path, conversions, types, raw)

    def _path(self, raw: Any, keys: Keys) -> Path | None:
        """Return the names that a place is written with: dotted text, or a list of names."""
        names = raw.split(".") if isinstance(raw, str) else raw
        if isinstance(names, list) and names and all(isinstance(n, str) and n for n in names):
            return tuple(names)
        found = f"got {shown(raw)}, expected a name such as orderNo or address.city"
        self.refuse(keys, "mapping-shape", found)
        return None

    def _fixed(self, raw: Any, keys: Keys) -> Iterator[Fixed]:
        """Read `{place: value}`, or `[[place, value]]` where a name holds a dot."""
        pairs = list(raw.items()) if isinstance(raw, Mapping) else raw
        if pairs is not None and not isinstance(pairs, list):
            self.refuse(keys, "mapping-shape", f"got {shown(raw)}, expected an object of values")
            return
        for index, pair in enumerate(pairs or []):
            place = (*keys, str(pair[0]) if isinstance(raw, Mapping) else index)
            if not isinstance(pair, list | tuple) or len(pair) != 2:
                self.refuse(place, "mapping-shape", f"got {shown(pair)}, expected [place, value]")
                continue
            path = self._path(pair[0], place)
            if not _is_json(pair[1]):
                self.refuse(place, "mapping-shape", f"got {shown(pair[1])}, expected a JSON value")
            elif path is not None:
                yield Fixed(path, pair[1])

    def _ignored(self, raw: Any, keys: Keys) -> Iterator[Ignored]:
        names = [raw] if isinstance(raw, str) else raw
        if names is not None and not isinstance(names, list):
            self.refuse(keys, "mapping-shape", f"got {shown(raw)}, expected a list of names")
            return
        for index, name in enumerate(names or []):
            path = self._path(name, (*keys, index))
            if path is not None:
                yield Ignored(path)


def _with_implied(entry: MappingEntry, spec: ToolSpec | None) -> MappingEntry:
    """Write out what `unmapped: keep` implies for the parameters that the tool is known to have."""
    if spec is None or entry.unmapped is Unmapped.REFUSE:
        return entry
    implied = tuple(
        ParameterMapping(name, (name,), types=types_of(schema))
        for name, schema in spec.parameters["properties"].items()
        if name not in entry.by_name
    )
    return replace(entry, parameters=(*entry.parameters, *implied))


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True
