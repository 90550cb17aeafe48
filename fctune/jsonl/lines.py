"""The line on which a value of a JSON or YAML document stands, to tell a person where to mend it.

Input: the path of a document that was read already, and the keys that lead to a value. Output: a
line from 1, and keys that are written twice in one object, of which JSON readers keep the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

_MAX_BYTES = 4_000_000  # beyond that, finding a line costs more than searching for the name
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Keys = tuple[str | int, ...]


class DocumentLines:
    """The nodes of one document, with their lines.

    Args:
        path: a JSON or YAML file; a compressed or very long one, or another, has no lines.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._root = _compose(path)

    def place(self, keys: Sequence[str | int]) -> str:
        """Return `file:line` of the value, or of the nearest one around it; else the file."""
        line = self.line(keys)
        return f"{self._path}:{line}" if line else str(self._path)

    def line(self, keys: Sequence[str | int]) -> int | None:
        """Return the line of the value, or of the nearest one around it; None where unknown."""
        node, line = self._root, None
        for key in (*keys, None):
            if node is None:
                break
            line = node.start_mark.line + 1
            found = _child(node, key)
            if found is not None and found[0] is not None:
                line = found[0].start_mark.line + 1
            node = found[1] if found is not None else None
        return line

    def repeated(self, keys: Sequence[str | int]) -> Iterator[tuple[Keys, str]]:
        """Yield the place of each object within a value that has a key twice, and that key."""
        node = self._root
        for key in keys:
            found = _child(node, key) if node is not None else None
            node = found[1] if found is not None else None
        stack: list[tuple[Keys, yaml.Node | None]] = [(tuple(keys), node)]
        while stack:
            place, current = stack.pop()
            if isinstance(current, yaml.SequenceNode):
                stack += [((*place, index), one) for index, one in enumerate(current.value)]
            elif isinstance(current, yaml.MappingNode):
                seen: set[str] = set()
                for name_node, value_node in current.value:
                    name = str(name_node.value)
                    if name in seen:
                        yield place, name
                    seen.add(name)
                    stack.append(((*place, name), value_node))


def _compose(path: Path) -> yaml.Node | None:
    try:
        data = path.read_bytes()
        if len(data) > _MAX_BYTES:
            return None
        node: yaml.Node | None = yaml.compose(data.decode("utf-8-sig"), Loader=_Loader)
        return node
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return None


def _child(node: yaml.Node, key: str | int | None) -> tuple[yaml.Node | None, yaml.Node] | None:
    """Return the node of a key, where there is one, and the node of its value."""
    if isinstance(node, yaml.MappingNode) and isinstance(key, str):
        for name, value in node.value:
            if name.value == key:
                return name, value
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return None, node.value[key]
    return None
