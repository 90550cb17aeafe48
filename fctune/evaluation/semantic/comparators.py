"""The comparator file: which arguments are compared how, where the schema does not tell it.

Input: YAML or JSON that maps `tool.parameter` to the name of a comparator, or to a mapping of its
name and options. Output: Comparators. A path goes on into objects (`tool.parameter.key`) and lists
(`tool.parameter[]`); `*` stands for any tool. docs/scoring.md lists comparators and options.

Before: {"book.day": {"compare": "date", "order": "dmy"}, "*.note": "ignore"}
After:  Comparators.of("book", "day") -> Comparator("date", {"order": "dmy"})
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fctune.errors import InputFault
from fctune.evaluation.matching.equality import is_number
from fctune.evaluation.semantic.dates import ORDERS, read_zone
from fctune.jsonl import read_document
from fctune.tools.spec import ToolCatalog

# Each comparator and its options: an example of a lawful value, or all lawful words.
_OPTIONS: dict[str, dict[str, Any]] = {
    "auto": {},
    "exact": {},
    "text": {"case": bool, "punctuation": bool},
    "number": {"rel": float, "abs": float, "text": bool},
    "list": {"items": dict},
    "set": {"items": dict, "duplicates": bool},
    "date": {"order": ORDERS, "part": ("date", "time"), "zone": str},
    "regex": {"pattern": str, "ignore_case": bool},
    "ignore": {},
}
_ALWAYS = {"omittable": bool}
_WORDS = {bool: "true or false", float: "a number from 0", str: "text", dict: "a comparator"}
NAMES = tuple(_OPTIONS)


@dataclass(frozen=True, slots=True)
class Comparator:
    """How one argument is compared.

    Attributes:
        name: one of NAMES.
        options: as in the file, each checked.
        items: how the items of a list or set are compared.
    """

    name: str = "auto"
    options: Mapping[str, Any] = field(default_factory=dict)
    items: Comparator | None = None

    @property
    def omittable(self) -> bool:
        """Whether the argument may be left out, or given where it is not expected."""
        return self.name == "ignore" or bool(self.options.get("omittable"))


AUTO = Comparator()


@dataclass(frozen=True, slots=True)
class Comparators:
    """All comparators of a file.

    Attributes:
        path: the file; None where there is none.
        by_place: `tool.parameter`, or `*.parameter`, to its comparator.
    """

    path: Path | None = None
    by_place: Mapping[str, Comparator] = field(default_factory=dict)

    def of(self, tool: str, path: str) -> Comparator:
        """Return the comparator of a parameter; that of the tool itself before that of `*`."""
        by_place = self.by_place
        if not by_place:
            return AUTO
        return by_place.get(f"{tool}.{path}") or by_place.get(f"*.{path}") or AUTO

    def check_names(self, catalogs: Iterable[ToolCatalog]) -> None:
        """Refuse a file that names what no tool has: a slip there would go unseen for ever.

        Raises:
            InputFault: a key names no tool or no parameter of the cases.
        """
        known = {place for catalog in _once(catalogs) for place in _places(catalog)}
        for key in self.by_place:
            if key not in known:
                close = _nearest(key, sorted(known))
                raise InputFault(
                    f"got {key!r}, which is no parameter of the tools of the cases",
                    where=str(self.path),
                    hint=f"did you mean {close}?" if close else "write tool.parameter",
                )

    def as_dict(self) -> dict[str, Any]:
        """Return the comparators as a JSON-ready object, for results.json."""
        return {place: {"compare": one.name, **one.options} for place, one in self.by_place.items()}


def read_comparators(path: Path) -> Comparators:
    """Read a comparator file.

    Raises:
        InputFault: it cannot be read, or names a comparator or an option that there is not.
    """
    content = read_document(path)
    if not isinstance(content, dict):
        raise InputFault(
            "is no mapping of tool.parameter to a comparator",
            where=str(path),
            hint="such as book.day: date",
        )
    by_place = {}
    for key, value in content.items():
        where = f"{path}: {key}"
        if not isinstance(key, str) or "." not in key.strip("."):
            raise InputFault("expected tool.parameter", where=where, hint="such as book.day: date")
        by_place[key] = _comparator(value, where)
    return Comparators(path, by_place)


def _comparator(value: Any, where: str) -> Comparator:
    if isinstance(value, str):
        value = {"compare": value}
    if not isinstance(value, dict) or not isinstance(value.get("compare"), str):
        raise InputFault("has no comparator", where=where, hint=f"compare: {' | '.join(NAMES)}")
    name = value["compare"]
    if name not in _OPTIONS:
        close = _nearest(name, NAMES)
        raise InputFault(
            f"got comparator {name!r}, expected one of {', '.join(NAMES)}",
            where=where,
            hint=f"did you mean {close}?" if close else "",
        )
    options = {key: option for key, option in value.items() if key != "compare"}
    lawful = {**_OPTIONS[name], **_ALWAYS}
    for key, option in options.items():
        if key not in lawful:
            close = _nearest(str(key), lawful)
            raise InputFault(
                f"{name} has no option {key!r}, expected {', '.join(lawful)}",
                where=where,
                hint=f"did you mean {close}?" if close else "",
            )
        _check_option(key, option, lawful[key], where)
    items = _comparator(options["items"], f"{where}.items") if "items" in options else None
    if name == "regex" and "pattern" not in options:
        raise InputFault("regex has no pattern", where=where, hint="pattern: 'A-[0-9]+'")
    return Comparator(name, options, items)


def _check_option(key: str, option: Any, lawful: Any, where: str) -> None:
    """Refuse an option of another type than the comparator takes.

    Raises:
        InputFault: so it is, or the pattern or the zone cannot be read.
    """
    if isinstance(lawful, tuple):
        right, words = option in lawful, " or ".join(lawful)
    elif lawful is float:
        right, words = is_number(option) and 0 <= option < float("inf"), _WORDS[float]
    elif lawful is dict:
        right, words = isinstance(option, str | dict), _WORDS[dict]
    else:
        right, words = isinstance(option, lawful), _WORDS[lawful]
    if right and key == "zone":
        right, words = read_zone(option) is not None, "a zone such as +08:00"
    if not right:
        raise InputFault(f"got {key} {option!r}, expected {words}", where=where)
    if key == "pattern":
        try:
            re.compile(option)
        except (re.error, RecursionError, OverflowError) as fault:
            raise InputFault(f"got pattern {option!r}: {fault}", where=where) from fault


def _once(catalogs: Iterable[ToolCatalog]) -> Iterator[ToolCatalog]:
    """Yield each catalogue once: thousands of cases share one."""
    seen: set[int] = set()
    kept = list(catalogs)
    for catalog in kept:
        if id(catalog) not in seen:
            seen.add(id(catalog))
            yield catalog


def _places(catalog: ToolCatalog) -> Iterator[str]:
    for spec in catalog:
        for path in _paths(spec.parameters, 0):
            yield f"{spec.name}.{path}"
            yield f"*.{path}"


def _paths(schema: Any, depth: int) -> Iterator[str]:
    """Yield the paths of all parameters inside a schema, inner ones too."""
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    if not isinstance(properties, Mapping) or depth > 8:
        return
    for name, inner in properties.items():
        yield str(name)
        for step, below in (("", inner), ("[]", _items(inner))):
            if step and below is not None:
                yield f"{name}[]"
            yield from (f"{name}{step}.{path}" for path in _paths(below, depth + 1))


def _items(schema: Any) -> Any:
    return schema.get("items") if isinstance(schema, Mapping) else None


def _nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name most like `name`, or ""; only a fault needs it, so it comes late."""
    from fctune.engine.arguments import nearest

    return nearest(name, known)
