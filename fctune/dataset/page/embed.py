"""The rows that a page holds, as one JSON text that a browser reads and nothing can break out of.

Input: picked rows, their raw rows, rejected rows. Output: JSON-ready objects with short keys, texts
cut to a length, tools each once; and the JSON text in which no character ends a script.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fctune.catalogue import CATALOGUE, Severity
from fctune.dataset.inspect.before import Before, Sources
from fctune.dataset.inspect.rejected import RejectedRow
from fctune.dataset.inspect.seen import Facts, SeenRow, tool_name
from fctune.jsonl import dump_line

_MOST_TEXT = 4_000
_MOST_ROW = 16_000
_MOST_RAW = 12_000
_MOST_PARTS = 200  # turns or tools of one row
_MOST_BEFORE = 6_000_000  # characters of all raw rows together
_ENDS = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


class Embedded:
    """Collects the rows of one page.

    Args:
        sources: the raw files, for links and raw rows.
        folder: the folder of the page, from which links lead.

    Attributes:
        rows: the rows, as the script takes them.
        tools: name and JSON of each tool that a row shows, by the number that rows have for it.
    """

    def __init__(self, sources: Sources, folder: Path) -> None:
        self._sources, self._folder = sources, folder
        self._numbers: dict[bytes, int] = {}
        self._links: dict[str, str] = {}
        self.rows: list[dict[str, Any]] = []
        self.tools: list[dict[str, str]] = []

    def add(self, rows: list[SeenRow]) -> None:
        """Add written rows; repaired ones get their raw row, those of rare codes first."""
        before = self._before([row for row in rows if _is_repaired(row)])
        for row in rows:
            self.rows.append(self._written(row, before.get((row.facts.split, row.facts.row))))

    def add_rejected(self, rows: Iterable[RejectedRow]) -> None:
        """Add rejected rows."""
        for row in rows:
            self.rows.append(
                {
                    "kind": "rejected",
                    "row": row.number,
                    "origin": row.origin,
                    "link": self.link(row.origin),
                    "codes": list(row.codes),
                    "issues": [
                        {key: str(found.get(key, "")) for key in ("code", "where", "message")}
                        for found in row.issues
                    ],
                    "raw": _cut(_pretty(row.raw), _MOST_RAW),
                }
            )

    def link(self, origin: str) -> str:
        """Return a link to the file of an origin, relative to the page; "" where it is gone."""
        file = origin.rpartition(":")[0]
        if file not in self._links:
            path = self._sources.path(file)
            self._links[file] = relative(path, self._folder) if path is not None else ""
        return self._links[file]

    def _before(self, rows: list[SeenRow]) -> dict[tuple[str, int], dict[str, Any]]:
        counts: dict[str, int] = {}
        for row in rows:
            for code in row.facts.codes or ():
                counts[code] = counts.get(code, 0) + 1
        rare = sorted(rows, key=lambda row: min(counts[code] for code in row.facts.codes or ()))
        found, left = {}, _MOST_BEFORE
        for key, before in self._sources.before(rare).items():
            shown = _raw(before) if left > 0 else {"missing": "left_out"}
            left -= len(shown.get("text", ""))
            found[key] = shown
        return found

    def _written(self, row: SeenRow, before: dict[str, Any] | None) -> dict[str, Any]:
        facts = row.facts
        value: dict[str, Any] = {
            "kind": "repaired" if _is_repaired(row) else "accepted",
            "split": facts.split,
            "row": facts.row,
            "origin": facts.origin,
            "link": self.link(facts.origin),
            "part": facts.part,
            "lesson": row.lesson,
            "codes": list(facts.codes or ()),
            "tokens": facts.tokens,
            "system": _cut(row.system, _MOST_TEXT),
            "tools": [self._tool(tool) for tool in row.tools[:_MOST_PARTS]],
            "tool_count": len(row.tools),
            "turns": _turns(row),
        }
        if facts.marks:
            value["issues"] = _told(facts)
        if row.fault:
            value |= {"fault": row.fault, "raw": _cut(_pretty(row.raw), _MOST_RAW)}
        if before is not None:
            value["before"] = before
        return value

    def _tool(self, tool: Mapping[str, Any]) -> int:
        """Return the number of a tool; each is written out once."""
        key = dump_line(tool)
        if key not in self._numbers:
            self._numbers[key] = len(self.tools)
            text = _cut(json.dumps(tool, ensure_ascii=False, indent=1), _MOST_TEXT)
            self.tools.append({"name": tool_name(tool), "text": text})
        return self._numbers[key]


def script_json(value: Any) -> str:
    r"""Return JSON that can stand in a script element, whatever its texts hold.

    >>> script_json("</script>")
    '"\\u003c/script\\u003e"'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for mark, escape in _ENDS.items():
        text = text.replace(mark, escape)
    return text


def relative(path: Path, folder: Path) -> str:
    """Return the link from a page in a folder to a file, or "" where there is no way."""
    try:
        way = os.path.relpath(path.absolute(), folder.absolute())
    except ValueError:  # another drive
        return ""
    # The dot keeps a name such as `javascript:x` a name.
    return "./" + quote(Path(way).as_posix(), errors="surrogateescape")


def _is_repaired(row: SeenRow) -> bool:
    known = (CATALOGUE.get(code) for code in row.facts.codes or ())
    return any(entry is not None and entry.severity is Severity.REPAIR for entry in known)


def _raw(before: Before) -> dict[str, Any]:
    if before.missing:
        return {"missing": before.missing}
    return {"text": _cut(_pretty(before.value), _MOST_RAW)}


def _turns(row: SeenRow) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    left = _MOST_ROW
    for turn in row.turns[:_MOST_PARTS]:
        room = max(200, min(left, _MOST_TEXT))
        value: dict[str, Any] = {"role": turn.role}
        if turn.text and not turn.results:
            value["text"] = _cut(turn.text, room)
        if turn.calls:
            value["calls"] = [[name, _cut(text, room)] for name, text in turn.calls]
        if turn.results:
            value["results"] = [_cut(text, room) for text in turn.results]
        turns.append(value)
        left -= min(len(turn.written), room)
    if len(row.turns) > _MOST_PARTS:
        turns.append({"role": "…", "text": f"+ {len(row.turns) - _MOST_PARTS}"})
    return turns


def _pretty(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


def _cut(text: str, most: int) -> str:
    """Cut a long text; the page finds the mark and says how much is missing."""
    return text if len(text) <= most else f"{text[:most]}\0{len(text) - most}"


def _told(facts: Facts) -> list[dict[str, str]]:
    """Return what audits found in a row, and its other codes."""
    marks = [
        {"code": code, "where": where, "message": str(_cut(message, _MOST_TEXT))}
        for code, where, message in facts.marks
    ]
    told = {one["code"] for one in marks}
    rest = [code for code in facts.codes or () if code not in told]
    return [*marks, *({"code": code, "where": "", "message": ""} for code in rest)]
