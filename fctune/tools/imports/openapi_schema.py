"""Schemas of OpenAPI as tools need them: references written out, allOf merged, in bounded size.

Input: a schema of any OpenAPI or Swagger version, and its place. Output: JSON Schema 2020-12 in
the canonical form of `fctune.tools.schema`, without references, and an issue with its place for
what was cut or left out.

A component that many tools share is read once. A schema that contains itself is cut where it
repeats; one that unfolds to more than MAX_PARTS is cut at an even depth of references.

Before: {"$ref": "#/components/schemas/Pet"}, Pet = {"allOf": [{"$ref": "#/.../Named"},
         {"properties": {"age": {"type": "integer", "nullable": true}}}]}
After:  {"type": "object", "properties": {"name": {"type": "string"},
         "age": {"type": ["integer", "null"]}}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fctune.issues import Issue, issue
from fctune.tools.imports import openapi_node as node
from fctune.tools.imports.openapi_keywords import KEYWORDS, SILENT, NotUsable, clean, lawful_pattern
from fctune.tools.imports.openapi_part import At, Part, TooLarge
from fctune.tools.imports.references import References, Target

__all__ = ["MAX_PARTS", "At", "SchemaReader"]

MAX_PARTS = 2000
MAX_LEVEL = 40
MAX_ALL_PARTS = 4_000_000
_LATE_PARTS = 50
_REFERENCE_DEPTHS = (99, 6, 4, 3, 2, 1, 0)
_BRANCHES = ("anyOf", "oneOf", "prefixItems")
_SINGLES = ("items", "additionalProperties", "not", "if", "then", "else", "contains",
            "propertyNames")  # fmt: skip
_SLACK = 8  # a component that almost fills the limit alone is too large for any tool


class SchemaReader:
    """Reads schemas for one side of a request, and remembers shared components.

    Args:
        references: of the source.
        hidden: the keyword whose properties are left out: `readOnly` for what a caller sends,
            `writeOnly` for what it gets.
        parts: the largest size of one schema; default MAX_PARTS.
    """

    def __init__(self, references: References, hidden: str, parts: int = MAX_PARTS) -> None:
        self._references, self._hidden, self._parts = references, hidden, parts
        self._whole: dict[str, Part] = {}
        self._known: dict[tuple[str, int], Part] = {}
        self._too_large: set[tuple[str, int]] = set()
        self._reads: dict[tuple[str, str, int, int], Part] = {}
        self._all_parts = self._spent = 0
        self._hidden_names: set[str] = set()
        self._stack: list[str] = []
        self._part = Part()
        self._left = self._room = 0
        self._soft = False

    def begin(self) -> None:
        """Start a new tool: what it may unfold to is counted anew."""
        self._spent = 0

    def read(self, raw: Any, at: At, name: str | None = None) -> tuple[Any, list[Issue]]:
        """Return a schema in canonical form, and the issues met.

        Args:
            raw: the schema as written.
            at: its place.
            name: the property or parameter that it describes; its title is dropped if it says
                no more than that. Without a name it is always dropped.
        """
        if name is None and isinstance(raw, dict) and "title" in raw:
            raw = {key: value for key, value in raw.items() if key != "title"}
        late = self._all_parts > MAX_ALL_PARTS or self._spent > self._parts
        limit = min(self._parts, _LATE_PARTS) if late else self._parts
        part = self._shared(raw, at, name, limit)
        self._all_parts += part.size
        self._spent += part.size
        issues = list(part.issues)
        if part.cut_deep:
            message = f"unfolds to more than {limit:,} parts, the deepest accept any value"
            issues.append(issue("import-size-cut", at.where, message))
        return part.schema, issues

    def _shared(self, raw: Any, at: At, name: str | None, limit: int) -> Part:
        """Read a schema; one that only names a component is read once for all tools."""
        alone = isinstance(raw, dict) and raw.keys() == {"$ref"} and isinstance(raw["$ref"], str)
        key = (raw["$ref"], at.base, at.level, limit) if alone else None
        if key is not None and key in self._reads:
            return self._reads[key]
        part = Part({"type": "object"}, cut_deep=True)
        for depth in _REFERENCE_DEPTHS:
            attempt = self._attempt(raw, at, name, (limit, depth))
            if attempt is not None:
                part = attempt
                break
        if key is not None:
            self._reads[key] = part
        return part

    def _attempt(self, raw: Any, at: At, name: str | None, bounds: tuple[int, int]) -> Part | None:
        """Read with at most so many parts and so deep references; None where that is too little."""
        limit, self._room = bounds
        self._soft = self._room == 0
        self._stack, self._part, self._left = [], Part(start=at.level), limit
        try:
            self._part.schema = self.placed(self._schema(raw, at, name), at)
        except TooLarge:
            return None
        return self._part

    def placed(self, schema: Any, at: At) -> Any:
        """Return a schema as it stands under a property: `required` names only what there is."""
        missing = node.missing_names(schema)
        told = [name for name in missing if name not in self._hidden_names]
        if told:
            found = f"removed {', '.join(told)}"
            self._part.note(issue("tool-required-unknown", at.where, found))
        return node.completed(schema, missing)

    def _schema(self, raw: Any, at: At, name: str | None = None) -> Any:
        """Return a schema that may still become a part of an allOf."""
        if isinstance(raw, bool):
            return raw
        if not isinstance(raw, dict):
            self._left_out(at, f"got {node.shown(raw)}, expected a schema")
            return {}
        self._part.reach(at.level)
        if "$ref" not in raw:
            self._spend(node.weight(raw))
        if at.level > MAX_LEVEL or (self._soft and self._left < 0):
            self._part.cut_deep = True
            return self._shallow(raw, at)
        if "$ref" not in raw:
            return self._own(raw, at, name)
        inner = self._reference(raw["$ref"], at)
        beside = {key: value for key, value in raw.items() if key != "$ref"}
        own = self._own(beside, at, name) if beside else {}
        if node.is_nullable(beside):
            inner = node.nullable(inner)
        return node.united([inner, own]) if own else inner

    def _spend(self, size: int) -> None:
        self._part.size += size
        self._left -= size
        if self._left < (-4 * self._parts if self._soft else 0):
            raise TooLarge

    def _reference(self, reference: Any, at: At) -> Any:
        target = self._references.find(reference, at.base, at.where)
        if isinstance(target, Issue):
            self._part.note(target)
            return {}
        if target.key in self._stack:
            self._part.cut_at.add(target.key)
            message = f"{target.where or 'the document'} contains itself"
            self._part.note(issue("import-cycle-cut", at.where, message))
        elif self._room <= 0 and self._stack and not node.is_simple(target.value):
            self._part.cut_deep = True
        else:
            return self._component(target, at.level)
        self._spend(1)
        return self._shallow(target.value, At(target.base, target.where, at.level))

    def _component(self, target: Target, level: int) -> Any:
        """Return what a reference names, read once where it can be shared."""
        key = (target.key, self._room)
        known = self._whole.get(target.key)
        if known is None or known.references >= self._room:
            known = self._known.get(key)
        if known is not None and known.holds(self._stack, MAX_LEVEL - level):
            self._left -= known.size
            self._spend(0)
        elif key in self._too_large:
            raise TooLarge
        else:
            known = self._read_component(target, level)
            if not known.cut_at and not self._soft and level + known.levels <= MAX_LEVEL:
                self._known[key] = known
                if not known.cut_deep:
                    self._whole[target.key] = known
        self._part.take(known, target.key, level)
        return known.schema

    def _read_component(self, target: Target, level: int) -> Part:
        outer, self._part = self._part, Part(start=level)
        before, room = self._left, self._room
        self._stack.append(target.key)
        self._room -= 1
        try:
            name = target.key.rsplit("/", 1)[-1]
            start = At(target.base, target.where, level)
            self._part.schema = self._schema(target.value, start, name)
            self._part.cut_at.discard(target.key)
            return self._part
        except TooLarge:
            if before >= self._parts - _SLACK and not self._soft:
                self._too_large.add((target.key, room))
            raise
        finally:
            self._room = room
            self._stack.pop()
            self._part = outer

    def _own(self, raw: Mapping[str, Any], at: At, name: str | None) -> dict[str, Any]:
        """Return the keywords of one schema, its allOf merged in."""
        own: dict[str, Any] = {}
        raw = node.modern(raw)
        for key, value in raw.items():
            if key in KEYWORDS:
                self._keyword(own, key, value, at)
            elif key == "type":
                own |= node.type_keys(value, at.where, self._part.note)
            elif key in _BRANCHES and isinstance(value, list) and value:
                own[key] = list(self._branches(key, value, at))
            elif key in _SINGLES and isinstance(value, dict | bool):
                own[key] = self.placed(self._schema(value, at.to(key)), at.to(key))
            elif key not in node.STRUCTURE and key not in SILENT and not key.startswith("x-"):
                self._left_out(at.to(key), f"{key} is no keyword of a tool schema")
        self._properties(own, raw, at)
        own = node.tidied(own, raw, name)
        parts = raw.get("allOf")
        if isinstance(parts, list) and parts:
            inner = [self._all_of(part, at.to(f"allOf[{i}]")) for i, part in enumerate(parts)]
            own = node.united([*inner, own])
        if raw.get("discriminator") is not None:
            self._left_out(at.to("discriminator"), "a discriminator is no keyword of a tool schema")
        return node.nullable(own) if node.is_nullable(raw) else own

    def _all_of(self, raw: Any, at: At) -> Any:
        """Return a part of an allOf; what it refers to lies no deeper than the whole."""
        same_depth = isinstance(raw, dict) and "$ref" in raw
        self._room += same_depth
        schema = self._schema(raw, at)
        self._room -= same_depth
        return schema

    def _keyword(self, own: dict[str, Any], key: str, value: Any, at: At) -> None:
        try:
            own[key] = clean(key, value)
        except NotUsable as fault:
            self._left_out(at.to(key), f"got {node.shown(value)}, expected {fault}")

    def _branches(self, key: str, values: list[Any], at: At) -> Iterator[Any]:
        for index, value in enumerate(values):
            place = at.to(f"{key}[{index}]")
            yield self.placed(self._schema(value, place), place)

    def _properties(self, own: dict[str, Any], raw: Mapping[str, Any], at: At) -> None:
        required = raw.get("required")
        needed = [one for one in required if isinstance(one, str)] if isinstance(
            required, list) else []  # fmt: skip
        for key in ("properties", "patternProperties"):
            if not isinstance(raw.get(key), dict):
                continue
            own[key] = {}
            for name, value in raw[key].items():
                place = at.to(f"{key}.{name}")
                if key == "patternProperties" and not lawful_pattern(name):
                    self._left_out(place, f"got {name!r}, expected a regular expression")
                    continue
                if self._is_hidden(value, at):
                    self._hidden_names.add(name)
                    needed = [one for one in needed if one != name]
                    continue
                if isinstance(value, dict) and value.get("required") is True:
                    needed.append(name)
                    self._part.note(
                        issue("tool-required-moved", place.where, "wrote it beside `properties`")
                    )
                own[key][name] = self.placed(self._schema(value, place, name), place)
        if needed:
            own["required"] = list(dict.fromkeys(needed))

    def _is_hidden(self, raw: Any, at: At) -> bool:
        """Tell whether a property, or the component that it names, is for the other side only."""
        if isinstance(raw, dict) and "$ref" in raw:
            target = self._references.find(raw["$ref"], at.base, at.where)
            raw = raw if isinstance(target, Issue) else {**node.mapping_of(target.value), **raw}
        return isinstance(raw, dict) and raw.get(self._hidden) is True

    def _shallow(self, raw: Any, at: At) -> dict[str, Any]:
        """Return what a schema is without what it contains."""
        kept = {key: value for key, value in node.mapping_of(raw).items() if key in node.FLAT}
        own = self._own(kept, at, None)
        if "type" not in own and (
            "properties" in node.mapping_of(raw) or "allOf" in node.mapping_of(raw)
        ):
            own = {"type": "object", **own}
        return own

    def _left_out(self, at: At, message: str) -> None:
        self._part.note(issue("import-not-expressed", at.where, message))
