"""Changes of the tools in a registry: added, a new version, removed; each with its history line.

Input: a connection within a write transaction, and who asks. Output: what became of each tool.
"""

from __future__ import annotations

import datetime
import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fctune.errors import InputFault
from fctune.tools.diff.compare import Change, Impact, by_gravity, diff_tool, worst
from fctune.tools.read import parse_catalog
from fctune.tools.registry.faults import command
from fctune.tools.registry.records import Added, Removed
from fctune.tools.registry.tables import tables
from fctune.tools.spec import ToolCatalog, ToolSpec

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

# What of a tool the fingerprint leaves out, its origin aside.
_BESIDE = ("returns", "examples", "http")


@dataclass(frozen=True, slots=True)
class Writer:
    """One write transaction.

    Attributes:
        connection: within the transaction.
        by: who does it.
        at: UTC time of the transaction, in ISO 8601.
    """

    connection: Connection
    by: str
    at: str

    def note(
        self,
        event: str,
        tool: str,
        *,
        version: int | None = None,
        impact: str | None = None,
        **detail: Any,
    ) -> None:
        """Add a line to the history."""
        values = {"at": self.at, "by": self.by, "event": event, "tool": tool, "version": version}
        row = {**values, "impact": impact, "detail": storable(detail)}
        self.connection.execute(tables().history.insert(), [row])


def now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def storable(value: Any) -> str:
    """Return a value as JSON that both databases can hold: readable, halves of pairs escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", errors="backslashreplace").decode()


def storable_text(text: str) -> bool:
    r"""Tell whether databases hold a text: none holds a NUL, or half of a surrogate pair.

    >>> storable_text("查询"), storable_text("a\0")
    (True, False)
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def spec_of(document: str) -> ToolSpec:
    """Return the tool of a stored document.

    Raises:
        InputFault: the stored tool cannot be read; somebody else has written it.
    """
    catalog, issues = parse_catalog([json.loads(document)])
    if len(catalog) != 1:
        message = f"a stored tool cannot be read: {issues[0] if issues else 'no tool'}"
        raise InputFault(message, hint="update fctune, or restore the registry from a copy")
    return catalog.specs[0]


def add_tools(writer: Writer, catalog: ToolCatalog, origin: str) -> list[Added]:
    """Add the tools that are new, and new versions of those that are known."""
    return [_add_tool(writer, spec, origin) for spec in catalog]


def _add_tool(writer: Writer, spec: ToolSpec, origin: str) -> Added:
    from sqlalchemy import func, select

    t = tables()
    known = tool_row(writer.connection, spec.name)
    if known is None:
        places = writer.connection.execute(select(func.max(t.tool.c.position))).scalar()
        row = {"name": spec.name, "position": (places or 0) + 1, "current": 1}
        row |= {"removed": False, "since": writer.at}
        writer.connection.execute(t.tool.insert(), [row])
        _insert_version(writer, spec, 1, origin, None)
        writer.note("added", spec.name, version=1, origin=origin)
        return Added(spec.name, 1, "added")
    versions = version_rows(writer.connection, spec.name)
    same = next((row for row in versions if row.fingerprint == spec.fingerprint), None)
    if same is not None and same.version == known.current:
        return _add_known(writer, spec, same, restore=known.removed)
    current = next(row for row in versions if row.version == known.current)
    changes = by_gravity(diff_tool(spec_of(current.document), spec))
    impact = (worst(changes) or Impact.COMPATIBLE).value
    if same is None:
        number, status = max(row.version for row in versions) + 1, "version"
        _insert_version(writer, spec, number, origin, impact)
    else:
        number, status = same.version, "reverted"
    update = t.tool.update().where(t.tool.c.name == spec.name)
    values = {"current": number, "removed": False, "since": writer.at}
    writer.connection.execute(update.values(**values))
    _note_change(writer, spec.name, (status, number, impact), changes, origin)
    if same is not None:
        _take_details(writer, spec, same)
    return Added(spec.name, number, status, changes, impact)


def _note_change(
    writer: Writer,
    tool: str,
    step: tuple[str, int, str],
    changes: Sequence[Change],
    origin: str,
) -> None:
    status, number, impact = step
    told = [f"{c.place}: {c.message}" if c.place else c.message for c in changes]
    writer.note(status, tool, version=number, impact=impact, origin=origin, changes=told)


def _add_known(writer: Writer, spec: ToolSpec, row: Row[Any], *, restore: bool) -> Added:
    """Take in what stands beside the schema, such as examples; bring a removed tool back."""
    t = tables()
    status = "unchanged"
    if restore:
        status = "restored"
        update = t.tool.update().where(t.tool.c.name == spec.name)
        writer.connection.execute(update.values(removed=False, since=writer.at))
        writer.note("restored", spec.name, version=row.version)
    details = _take_details(writer, spec, row)
    if details is not None:
        status = status if restore else "details"
    return Added(spec.name, row.version, status, details or ())


def _take_details(writer: Writer, spec: ToolSpec, row: Row[Any]) -> tuple[Change, ...] | None:
    """Take in what a source has beside the schema of a known version, and say what changed.

    What a source lacks is no change: a dataset's rows, for one, hold neither examples nor results
    nor requests. What is replaced goes into the history.

    Returns:
        The changes; None where all was known.
    """
    before, given = json.loads(row.document), json.loads(storable(spec.as_document()))
    replaced = [key for key in _BESIDE if key in given and given[key] != before.get(key)]
    if not replaced:
        return None
    document = storable({**before, **{key: given[key] for key in replaced}})
    changes = by_gravity(diff_tool(spec_of(row.document), spec_of(document)))
    t = tables().version
    here = (t.c.tool == spec.name) & (t.c.version == row.version)
    writer.connection.execute(t.update().where(here).values(document=document))
    impact = (worst(changes) or Impact.COMPATIBLE).value
    told = [f"{c.place}: {c.message}" if c.place else c.message for c in changes]
    known = {key: before[key] for key in replaced if key in before}
    writer.note(
        "details", spec.name, version=row.version, impact=impact, origin=row.origin,
        changes=told, before=known,
    )  # fmt: skip
    return changes


def _insert_version(
    writer: Writer, spec: ToolSpec, number: int, origin: str, impact: str | None
) -> None:
    row = {
        "tool": spec.name,
        "version": number,
        "fingerprint": spec.fingerprint,
        "document": storable(spec.as_document()),
        "origin": origin,
        "added": writer.at,
        "impact": impact,
    }
    writer.connection.execute(tables().version.insert(), [row])


def remove_tools(writer: Writer, names: Sequence[str]) -> list[Removed]:
    """Mark tools as removed, all of them or none.

    Raises:
        InputFault: the registry has no tool of such a name.
    """
    t = tables()
    rows = {name: tool_row(writer.connection, name) for name in dict.fromkeys(names)}
    unknown = [name for name, row in rows.items() if row is None]
    if unknown:
        raise unknown_tools(writer.connection, unknown)
    done = []
    for name, row in rows.items():
        assert row is not None
        if not row.removed:
            update = t.tool.update().where(t.tool.c.name == name)
            writer.connection.execute(update.values(removed=True))
            writer.note("removed", name, version=row.current)
        done.append(Removed(name, row.current, not row.removed))
    return done


def tool_row(connection: Connection, name: str) -> Row[Any] | None:
    """Return the row of a tool, None where it is unknown."""
    t = tables().tool
    return connection.execute(t.select().where(t.c.name == name)).one_or_none()


def version_rows(connection: Connection, name: str) -> Sequence[Row[Any]]:
    """Return the versions of a tool, the first one first."""
    t = tables().version
    return connection.execute(t.select().where(t.c.tool == name).order_by(t.c.version)).all()


def unknown_tools(connection: Connection, names: Sequence[str]) -> InputFault:
    """Return the fault that names tools which the registry does not have, and near ones."""
    t = tables().tool
    known = [row.name for row in connection.execute(t.select())]
    near = [match for name in names for match in difflib.get_close_matches(name, known, 2, 0.5)]
    hint = f"did you mean {' or '.join(dict.fromkeys(near))}?" if near else ""
    return InputFault(
        f"the registry has no tool {', '.join(map(repr, names))}",
        hint=hint or command("list --all", connection.engine.url),
    )
