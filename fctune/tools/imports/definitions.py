"""Local definitions written in place: a schema with `$ref` to one without.

Input: a JSON Schema whose references lead into itself (`#/$defs/...`, `#/definitions/...`, any
`#/...`). Output: the same schema with each reference replaced by what it names. A definition that
contains itself is cut; a reference to elsewhere is never followed.

Before: {"$defs": {"P": {"type": "string"}}, "properties": {"p": {"$ref": "#/$defs/P"}}}
After:  {"properties": {"p": {"type": "string"}}}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from fctune.issues import Issue, issue

MAX_NODES = 20_000  # of the written-out schema; a larger one keeps its references
MAX_DEPTH = 64
_DATA = frozenset({"default", "const", "enum", "examples", "example"})
_TELLING = frozenset({"title", "description", "default", "examples", "deprecated"})


class _TooLarge(Exception):
    """The written-out schema would pass MAX_NODES."""


def inlined(schema: Mapping[str, Any], where: str) -> tuple[dict[str, Any], list[Issue]]:
    """Return the schema without references into itself, and what was cut or could not be found.

    Args:
        schema: the root, which the references are relative to.
        where: the place to name in issues.

    Returns:
        The schema, and issues of the codes `import-cycle-cut`, `import-reference-missing`,
        `import-reference-refused`. A schema that would grow beyond 20,000 nodes keeps its
        references as they are.
    """
    writer = _Writer(schema, where)
    try:
        whole = writer.node(schema, ("#",), 0)
    except _TooLarge:
        return dict(schema), []
    return whole, list(writer.issues.values())


class _Writer:
    """Writes one schema out; keeps count, and one issue per reference."""

    def __init__(self, root: Mapping[str, Any], where: str) -> None:
        self.root = root
        self.where = where
        self.issues: dict[str, Issue] = {}
        self.nodes = 0

    def node(self, value: Any, open_refs: tuple[str, ...], depth: int) -> Any:
        """Return a value with its references written out; `open_refs` are those around it."""
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH * 2:
            raise _TooLarge
        if isinstance(value, list):
            return [self.node(item, open_refs, depth + 1) for item in value]
        if not isinstance(value, Mapping):
            return value
        if isinstance(value.get("$ref"), str):
            return self._reference(value, open_refs, depth)
        return self._children(value, open_refs, depth)

    def _children(
        self, value: Mapping[str, Any], open_refs: tuple[str, ...], depth: int
    ) -> dict[str, Any]:
        written: dict[str, Any] = {}
        for key, inner in value.items():
            if key in ("$defs", "definitions") and isinstance(inner, Mapping):
                continue
            written[str(key)] = (
                inner if key in _DATA else self._properties(key, inner, open_refs, depth)
            )
        return written

    def _properties(self, key: str, inner: Any, open_refs: tuple[str, ...], depth: int) -> Any:
        """Write out the value of a keyword; the keys of `properties` are names, not keywords."""
        if key in ("properties", "patternProperties", "dependentSchemas") and isinstance(
            inner, Mapping
        ):
            return {str(name): self.node(sub, open_refs, depth + 1) for name, sub in inner.items()}
        return self.node(inner, open_refs, depth + 1)

    def _reference(
        self, value: Mapping[str, Any], open_refs: tuple[str, ...], depth: int
    ) -> dict[str, Any]:
        ref = value["$ref"]
        beside = self._children(
            {key: inner for key, inner in value.items() if key != "$ref"}, open_refs, depth + 1
        )
        found, target = self._target(ref)
        if not found:
            return beside
        if ref in open_refs or len(open_refs) > MAX_DEPTH:
            return {**self._cut(ref, target), **beside}
        if not isinstance(target, Mapping):
            target = {"not": {}} if target is False else {}  # booleans are schemas too
        inner = self.node(target, (*open_refs, ref), depth + 1)
        if _last(ref) == inner.get("title"):
            del inner["title"]
        if (inner.keys() & beside.keys()) - _TELLING:
            return {"allOf": [inner], **beside}
        return {**inner, **beside}

    def _cut(self, ref: str, target: Any) -> dict[str, Any]:
        kind = target.get("type") if isinstance(target, Mapping) else None
        shape = {"type": kind} if isinstance(kind, str) else {}
        accepts = f"accepts any {kind}" if shape else "accepts any value"
        message = f"{_last(ref) or 'the schema'} contains itself, the inner place {accepts}"
        self.issues.setdefault(ref, issue("import-cycle-cut", self.where, message))
        return shape

    def _target(self, ref: str) -> tuple[bool, Any]:
        if not ref.startswith("#"):
            message = f"got $ref {ref!r}, only references within the schema are followed"
            self.issues.setdefault(ref, issue("import-reference-refused", self.where, message))
            return False, None
        value: Any = self.root
        for raw in ref[1:].split("/")[1:]:
            part = unquote(raw).replace("~1", "/").replace("~0", "~")
            if isinstance(value, list):
                index = int(part) if part.isdecimal() and len(part) < 7 else len(value)
                value = value[index] if index < len(value) else _GONE
            else:
                value = value.get(part, _GONE) if isinstance(value, Mapping) else _GONE
        if value is _GONE or not (ref == "#" or ref.startswith("#/")):
            message = f"got $ref {ref!r}, the schema has no such place"
            self.issues.setdefault(ref, issue("import-reference-missing", self.where, message))
            return False, None
        return True, value


_GONE = object()


def _last(ref: str) -> str:
    return unquote(ref.rsplit("/", 1)[-1]).lstrip("#")
