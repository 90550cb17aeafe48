"""The parameters of a tool as rows of a table: one per place that a call can fill.

Input: a JSON Schema of a tool. Output: rows with dotted paths; `items[]` stands for each element of
an array, `labels.*` for a key of one's own choice, `payment(2)` for the second of several forms.
Local references are followed, repeated ones are cut, nothing is fetched.

Before: {"properties": {"lines": {"type": "array", "items": {"properties": {"sku": {...}}}}}}
After:  rows `lines` (array of object) and `lines[].sku`
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from fctune.tools.page.rules import rules_of

MAX_DEPTH = 8
MAX_ROWS = 300
_FORMS = ("oneOf", "anyOf")


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """One parameter, or one place inside it.

    Attributes:
        path: dotted path, such as `address.city` or `lines[].sku`.
        type: such as `string`, `array of integer`, `string or null`.
        required: whether its parent must hold it.
        description: of the author; may be empty.
        enum: the allowed values, as `shown_value` writes them.
        default: the default in that form, or None.
        format: such as `date`; may be empty.
        pattern: the regular expression; may be empty.
        bounds: such as `1 to 30` or `length at most 64`.
    """

    path: str
    type: str
    required: bool
    description: str = ""
    enum: tuple[str, ...] = ()
    default: str | None = None
    format: str = ""
    pattern: str = ""
    bounds: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the row as a JSON-ready object."""
        return asdict(self)


def parameter_rows(schema: Mapping[str, Any]) -> tuple[tuple[ParameterRow, ...], bool]:
    """Return the rows of an object schema, and whether rows beyond the limits were left out.

    Args:
        schema: the parameters of a tool, or the schema of its result.

    >>> schema = {"properties": {"n": {"type": "integer", "minimum": 1}}, "required": ["n"]}
    >>> [(row.path, row.type, row.bounds) for row in parameter_rows(schema)[0]]
    [('n', 'integer', ('at least 1',))]
    """
    walk = _Walk(schema)
    rows = tuple(islice(walk.children(schema, "", ()), MAX_ROWS + 1))
    return rows[:MAX_ROWS], walk.cut or len(rows) > MAX_ROWS


def shown_value(value: Any) -> str:
    """Return a JSON value as people write it: text bare, unless it reads as another value then.

    >>> shown_value("late"), shown_value("5"), shown_value(5), shown_value("")
    ('late', '"5"', '5', '""')
    """
    written = json.dumps(value, ensure_ascii=False, default=str)
    if not isinstance(value, str) or not value.strip() or value.strip() != value:
        return written
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return value
    return written


class _Walk:
    """One pass over a schema; knows the root that local references point into."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self.cut = False

    def children(
        self, raw: Any, path: str, seen: tuple[str, ...], number: str = ""
    ) -> Iterator[ParameterRow]:
        """Yield the rows below a schema: properties, elements, keys of one's own, forms."""
        schema, seen = self._plain(raw, seen)
        if len(seen) > MAX_DEPTH or path.count(".") + path.count("[") > MAX_DEPTH:
            self.cut = True
            return
        base = f"{path}{number}"
        required = schema.get("required")
        needed = required if isinstance(required, list) else []
        for name, inner in _mapping(schema.get("properties")).items():
            place = f"{base}.{name}" if base else name
            yield self._row(inner, place, seen, required=name in needed)
            yield from self.children(inner, place, seen)
        for place, inner, needed_there, typed in _open_places(schema, base):
            if not typed or _tells(self._plain(inner, seen)[0]):
                yield self._row(inner, place, seen, required=needed_there)
            yield from self.children(inner, place, seen)
        forms = [form for form in self._forms(schema) if self._branches(form, seen)]
        for index, form in enumerate(forms, start=1):
            yield from self.children(form, base, seen, f"({index})" if len(forms) > 1 else "")

    def _row(self, raw: Any, path: str, seen: tuple[str, ...], *, required: bool) -> ParameterRow:
        schema, _ = self._plain(raw, seen)
        enum = schema.get("enum")
        forms = sum(self._branches(form, seen) for form in self._forms(schema))
        several = (f"one of {forms} forms",) if forms > 1 else ()
        return ParameterRow(
            path,
            self._type(raw, seen),
            required,
            description=str(schema.get("description") or schema.get("title") or "").strip(),
            enum=tuple(shown_value(value) for value in enum) if isinstance(enum, list) else (),
            default=shown_value(schema["default"]) if "default" in schema else None,
            format=str(schema.get("format") or ""),
            pattern=str(schema.get("pattern") or ""),
            bounds=(*several, *rules_of(schema)),
        )

    def _type(self, raw: Any, seen: tuple[str, ...]) -> str:
        if raw is False:
            return "nothing"
        schema, seen = self._plain(raw, seen)
        if len(seen) > MAX_DEPTH:
            return "any"
        forms = list(dict.fromkeys(self._type(form, seen) for form in self._forms(schema)))
        declared = schema.get("type")
        names = [str(name) for name in (declared if isinstance(declared, list) else [declared])]
        if declared is None:
            names = forms or [_implied(schema)]
        if "array" in names and isinstance(schema.get("items"), Mapping):
            inner = self._type(schema["items"], (*seen, ""))
            inner = f"({inner})" if " or " in inner else inner
            names[names.index("array")] = "array" if inner == "any" else f"array of {inner}"
        free = schema.get("additionalProperties")
        if "object" in names and isinstance(free, Mapping) and not schema.get("properties"):
            names[names.index("object")] = f"map of {self._type(free, (*seen, ''))}"
        return " or ".join(names)

    def _plain(self, raw: Any, seen: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Follow a local reference, and lay `allOf` and a nullable form into one schema."""
        schema = dict(raw) if isinstance(raw, Mapping) else {}
        target = schema.pop("$ref", None)
        if isinstance(target, str):
            if target in seen:
                self.cut = True
                return {**schema, "type": "object"}, seen
            found, deeper = self._plain(_resolve(self._root, target), (*seen, target))
            schema, seen = {**found, **schema}, deeper
        for part in schema.pop("allOf", None) or []:
            found, seen = self._plain(part, seen)
            schema = _laid_over(found, schema)
        return self._without_null(schema, seen)

    def _without_null(
        self, schema: dict[str, Any], seen: tuple[str, ...]
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        forms = self._forms(schema)
        solid = [form for form in forms if form != {"type": "null"}]
        if len(solid) != 1 or not isinstance(solid[0], Mapping):
            return schema, seen
        found, seen = self._plain(solid[0], seen)
        merged = {**found, **{key: value for key, value in schema.items() if key not in _FORMS}}
        name = merged.get("type")
        if len(forms) > 1 and isinstance(name, str):
            merged["type"] = [name, "null"]
        return merged, seen

    @staticmethod
    def _forms(schema: Mapping[str, Any]) -> list[Any]:
        return next((schema[key] for key in _FORMS if isinstance(schema.get(key), list)), [])

    def _branches(self, form: Any, seen: tuple[str, ...]) -> bool:
        schema, _ = self._plain(form, seen)
        return bool({"properties", "items", "prefixItems", *_FORMS} & schema.keys())


def _resolve(root: Mapping[str, Any], target: str) -> Any:
    """Return what a local pointer such as `#/$defs/Address` names, or an empty schema."""
    found: Any = root
    for part in target.removeprefix("#").strip("/").split("/") if target != "#" else ():
        key = part.replace("~1", "/").replace("~0", "~")
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two parts of an `allOf`: properties and required are joined, `above` wins else."""
    merged = {**below, **above}
    for schema in (below, above):
        if isinstance(schema.get("properties"), Mapping):
            merged["properties"] = {
                **_mapping(below.get("properties")),
                **_mapping(above.get("properties")),
            }
    lists = [one for s in (below, above) if isinstance(one := s.get("required"), list)]
    if lists:
        merged["required"] = [name for one in lists for name in one]
    return merged


def _open_places(schema: Mapping[str, Any], base: str) -> Iterator[tuple[str, Any, bool, bool]]:
    """Yield the places that have no name of their own: elements and free keys.

    Each comes with whether the array must have it, and whether the type around it tells its own.
    """
    least = schema.get("minItems")
    count = least if isinstance(least, int) else 0
    prefix = schema.get("prefixItems")
    if isinstance(schema.get("items"), Mapping):
        yield f"{base}[]", schema["items"], False, True
    for index, inner in enumerate(prefix if isinstance(prefix, list) else []):
        yield f"{base}[{index}]", inner, index < count, False
    if isinstance(schema.get("additionalProperties"), Mapping):
        place = f"{base}.*" if base else "*"
        yield place, schema["additionalProperties"], False, not schema.get("properties")
    for pattern, inner in _mapping(schema.get("patternProperties")).items():
        yield f"{base}./{pattern}/" if base else f"/{pattern}/", inner, False, False


def _tells(schema: Mapping[str, Any]) -> bool:
    """Tell whether an element says more than its type and its parts, which stand elsewhere."""
    structural = {"type", "properties", "required", "items", "additionalProperties", "title"}
    return bool(schema.keys() - structural)


def _implied(schema: Mapping[str, Any]) -> str:
    for key, name in (("properties", "object"), ("items", "array"), ("prefixItems", "array")):
        if key in schema:
            return name
    values = schema.get("enum")
    if isinstance(values, list) and values and all(isinstance(value, str) for value in values):
        return "string"
    return "any"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
