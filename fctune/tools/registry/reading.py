"""Questions to a registry: the tools now, one version, the history.

Input: a connection within a read transaction. Output: the nouns of `records`, sorted here and not
by the database, whose orders of text differ.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fctune.errors import InputFault
from fctune.tools.registry.faults import command, quoted
from fctune.tools.registry.records import Accuracy, Event, KnownTool, ToolVersion
from fctune.tools.registry.tables import tables
from fctune.tools.registry.writing import spec_of, tool_row, unknown_tools, version_rows
from fctune.tools.spec import ToolCatalog

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row


def known_tools(connection: Connection, *, removed: bool) -> list[KnownTool]:
    """Return the tools in the order in which they were first added.

    Args:
        connection: to the registry.
        removed: removed ones too.
    """
    t = tables()
    versions: dict[str, dict[int, Row[Any]]] = {}
    for row in connection.execute(t.version.select()):
        versions.setdefault(row.tool, {})[row.version] = row
    trained: dict[str, dict[int, int]] = {}
    for row in connection.execute(t.training.select()):
        counts = trained.setdefault(row.tool, {})
        counts[row.version] = counts.get(row.version, 0) + row.calls
    measured = {
        row.tool: row for row in connection.execute(t.accuracy.select().order_by(t.accuracy.c.id))
    }
    rows = connection.execute(t.tool.select().order_by(t.tool.c.position))
    return [
        _known(row, versions[row.name], trained.get(row.name, {}), measured.get(row.name))
        for row in rows
        if removed or not row.removed
    ]


def _known(
    row: Row[Any],
    versions: Mapping[int, Row[Any]],
    trained: Mapping[int, int],
    measured: Row[Any] | None,
) -> KnownTool:
    current = versions[row.current]
    accuracy = None
    if measured is not None:
        m = measured
        accuracy = Accuracy(m.version, m.value, m.num, m.den, m.source, m.at)
    return KnownTool(
        name=row.name,
        version=row.current,
        versions=len(versions),
        fingerprint=current.fingerprint,
        removed=row.removed,
        since=row.since,
        origin=current.origin,
        trained=dict(sorted(trained.items())),
        accuracy=accuracy,
    )


def one_version(connection: Connection, name: str, version: int | None) -> ToolVersion:
    """Return a version of a tool, the current one where none is named.

    Raises:
        InputFault: there is no such tool or version.
    """
    row = tool_row(connection, name)
    if row is None:
        raise unknown_tools(connection, [name])
    wanted = row.current if version is None else version
    versions = version_rows(connection, name)
    found = next((one for one in versions if one.version == wanted), None)
    if found is None:
        raise InputFault(
            f"{name} has no version {version}, expected 1 to {len(versions)}",
            hint=command(f"history {quoted(name)}", connection.engine.url),
        )
    return ToolVersion(
        spec_of(found.document), found.version, found.origin, found.added, found.impact
    )


def current_catalog(connection: Connection) -> ToolCatalog:
    """Return the current tools, without removed ones, in the order in which they were added."""
    t = tables()
    here = (t.version.c.tool == t.tool.c.name) & (t.version.c.version == t.tool.c.current)
    rows = connection.execute(
        t.version.select()
        .join(t.tool, here)
        .where(t.tool.c.removed.is_(False))
        .order_by(t.tool.c.position)
    )
    return ToolCatalog(tuple(spec_of(row.document) for row in rows))


def events(connection: Connection, name: str | None) -> list[Event]:
    """Return the history, the oldest event first; of one tool where it is named.

    Raises:
        InputFault: there is no such tool.
    """
    t = tables().history
    wanted = t.select().order_by(t.c.id)
    if name is not None:
        if tool_row(connection, name) is None:
            raise unknown_tools(connection, [name])
        wanted = wanted.where(t.c.tool == name)
    return [
        Event(
            row.id, row.at, row.by, row.event, row.tool, row.version, row.impact,
            json.loads(row.detail),
        )
        for row in connection.execute(wanted)
    ]  # fmt: skip
