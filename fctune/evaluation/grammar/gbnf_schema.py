"""JSON Schema as GBNF rules, for the arguments of one tool.

Input: a fitted schema. Output: rules in the grammar language of llama.cpp, and what they leave out.
Objects list their properties in the order of the schema, as training writes them; a value may be
left out where the schema says so. Spaces are those of training.

What GBNF cannot say, or only at a length that no server takes, is left out and named: bounds of
numbers, patterns and formats of strings, several schemas at once (`allOf`), and the number of
properties of a map. `check_call` stays the judge of a finished call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

BASE_RULES = {
    "char": r'[^"\\\x7F\x00-\x1F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4})',
    "string": r'"\"" char* "\""',
    "integer": '"-"? ("0" | [1-9] [0-9]{0,17})',
    "number": 'integer ("." [0-9]{1,15})?',
    "boolean": '"true" | "false"',
    "null": '"null"',
    "value": "string | number | boolean | null | array | object",
    "array": '"[" (value (", " value)*)? "]"',
    "object": '"{" (string ": " value (", " string ": " value)*)? "}"',
}
_NEEDS = {
    "string": ("char",),
    "number": ("integer",),
    "value": ("string", "number", "boolean", "null", "array", "object"),
    "array": ("value",),
    "object": ("value", "string"),
}
_LEFT_OUT = (
    "pattern", "format", "exclusiveMinimum", "exclusiveMaximum", "minimum", "maximum",
    "multipleOf", "minProperties", "maxProperties", "patternProperties", "allOf",
)  # fmt: skip
_MANY = 2000


class GbnfRules:
    """Collects the rules of one grammar.

    Attributes:
        rules: name to right-hand side.
        notes: what is left out, one sentence each.
        prefix: of the rules of the tool that is being written; its definitions are its own.
    """

    def __init__(self) -> None:
        self.prefix = ""
        self.rules: dict[str, str] = {}
        self.notes: list[str] = []

    def add(self, name: str, schema: Any, root: Mapping[str, Any], place: str) -> str:
        """Write the rule of a schema and return its name.

        Args:
            name: for the rule; made lawful and unique by the caller.
            schema: a part of `root`.
            root: the tool's schema, for its `$defs`.
            place: to name in notes.
        """
        self.rules[name] = ""  # taken, while the parts are written
        self.rules[name] = self._body(name, schema, root, place)
        return name

    def base(self, name: str) -> str:
        """Return the name of a rule that all grammars share, and write it where it is missing."""
        if name not in self.rules:
            self.rules[name] = BASE_RULES[name]
            for needed in _NEEDS.get(name, ()):
                self.base(needed)
        return name

    def _body(self, name: str, schema: Any, root: Mapping[str, Any], place: str) -> str:
        if not isinstance(schema, dict):
            return self.base("value")
        for keyword in _LEFT_OUT:
            if keyword in schema and not _is_added_bound(keyword, schema):
                self.notes.append(f"{place}: {keyword} is not in the grammar")
        if "$ref" in schema:
            return self._reference(str(schema["$ref"]), root, place)
        if "const" in schema:
            return quoted(json.dumps(schema["const"], ensure_ascii=False))
        if isinstance(schema.get("enum"), list):
            values = [json.dumps(value, ensure_ascii=False) for value in schema["enum"]]
            return " | ".join(quoted(value) for value in values) or self.base("value")
        for keyword in ("anyOf", "oneOf"):
            if isinstance(schema.get(keyword), list):
                parts = [
                    self.add(f"{name}-{number}", one, root, f"{place}.{keyword}")
                    for number, one in enumerate(schema[keyword])
                ]
                return " | ".join(parts)
        kinds = schema.get("type")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        return " | ".join(
            self._kind(f"{name}-{kind}" if len(kinds) > 1 else name, kind, schema, (root, place))
            for kind in kinds
        )

    def _kind(
        self, name: str, kind: Any, schema: Mapping[str, Any], at: tuple[Mapping[str, Any], str]
    ) -> str:
        if kind == "object":
            return self._object(name, schema, *at)
        if kind == "array":
            return self._array(name, schema, *at)
        if kind == "string":
            least, most = schema.get("minLength", 0), schema.get("maxLength")
            if not least and most is None:
                return self.base("string")
            return rf'"\"" {self.base("char")}{_times(least, most)} "\""'
        return self.base(kind if kind in BASE_RULES else "value")

    def _array(
        self, name: str, schema: Mapping[str, Any], root: Mapping[str, Any], place: str
    ) -> str:
        item = self.add(f"{name}-item", schema.get("items", {}), root, f"{place}.items")
        least, most = int(schema.get("minItems", 0)), schema.get("maxItems")
        if most == 0:
            return '"[]"'
        rest = _times(max(0, least - 1), None if most is None else int(most) - 1)
        some = f'{item} (", " {item}){rest}'
        return f'"[" {some} "]"' if least else f'"[" ({some})? "]"'

    def _object(
        self, name: str, schema: Mapping[str, Any], root: Mapping[str, Any], place: str
    ) -> str:
        properties = schema.get("properties") or {}
        required = set(schema.get("required") or [])
        if not properties:
            more = schema.get("additionalProperties")
            if more is False:
                return '"{}"'
            value = self.add(f"{name}-value", more, root, f"{place}.additionalProperties")
            pair = f'{self.base("string")} ": " {value}'
            return f'"{{" ({pair} (", " {pair})*)? "}}"'
        pairs = []
        for number, (key, one) in enumerate(properties.items()):
            value = self.add(f"{name}-p{number}", one, root, f"{place}.{key}")
            head = quoted(f"{json.dumps(key, ensure_ascii=False)}: ")
            pairs.append((f"{head} {value}", key in required))
        return self._pairs(name, pairs)

    def _pairs(self, name: str, pairs: Sequence[tuple[str, bool]]) -> str:
        """Return an object of pairs in order, each of which may be required.

        A rule for each place says what may follow once something was written before it, so that
        commas stand between and nowhere else.
        """
        for number in range(len(pairs) - 1, 0, -1):
            pair, needed = pairs[number]
            after = f" {name}-after{number + 1}" if number + 1 < len(pairs) else ""
            with_pair = f'", " {pair}{after}'
            without = after.strip() or '""'
            self.rules[f"{name}-after{number}"] = (
                with_pair if needed else f"{with_pair} | {without}"
            )
        starts = []
        for number, (pair, needed) in enumerate(pairs):
            after = f" {name}-after{number + 1}" if number + 1 < len(pairs) else ""
            starts.append(f"{pair}{after}")
            if needed:
                return f'"{{" ({" | ".join(starts)}) "}}"'
        return f'"{{" ({" | ".join(starts)})? "}}"'

    def _reference(self, target: str, root: Mapping[str, Any], place: str) -> str:
        node: Any = root
        for part in target.removeprefix("#/").split("/") if target != "#" else []:
            node = node.get(part) if isinstance(node, dict) else None
        name = rule_name(f"{self.prefix}-ref-{target.rpartition('/')[2] or 'root'}")
        if name not in self.rules:
            self.add(name, node, root, place)
        return name


def quoted(text: str) -> str:
    """Return a text as a GBNF literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def rule_name(text: str) -> str:
    """Return a text as a lawful rule name: letters, digits and `-`."""
    return re.sub(r"[^a-zA-Z0-9]+", "-", text).strip("-") or "rule"


def _times(least: int, most: int | None) -> str:
    if most is None or most > _MANY:
        return f"{{{least},}}" if least else "*"
    return f"{{{least},{max(least, most)}}}"


def _is_added_bound(keyword: str, schema: Mapping[str, Any]) -> bool:
    """Tell the wide bounds that `fitted` adds, which no user wrote."""
    return keyword in ("minimum", "maximum") and abs(schema[keyword]) >= 10**15
