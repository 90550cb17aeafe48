"""Registry: the one object through which a registry is read and changed.

Input: a path or URL. Output: a Registry, to be closed, best by `with`. Each method is one
transaction; a method that fails or is killed has changed nothing.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from fctune.errors import InputFault, UsageFault
from fctune.tools.registry import reading, recording, writing
from fctune.tools.registry.connect import Database, connect
from fctune.tools.registry.faults import command
from fctune.tools.registry.location import locate
from fctune.tools.registry.records import Added, Event, KnownTool, Recorded, Removed, ToolVersion
from fctune.tools.registry.writing import storable_text
from fctune.tools.spec import ToolCatalog

if TYPE_CHECKING:
    from sqlalchemy import Connection

T = TypeVar("T")
_MAX_DIGITS = 9


def open_registry(
    db: str | None = None, *, create: bool = False, dry_run: bool = False, by: str | None = None
) -> Registry:
    """Open a registry.

    Args:
        db: a path, or a `postgresql://` URL; None for `data/tools.db`.
        create: make it where there is none yet.
        dry_run: take every change back; one that does not exist is made in memory only.
        by: who asks, for the history; None for the user's name on this machine.

    Raises:
        InputFault: there is none and `create` is false, or the file is of something else.
        EnvironmentFault: a package is missing, or the server cannot be reached.
        UsageFault: the URL or `by` cannot be used.
    """
    if by is not None and not storable_text(by):
        raise UsageFault(f"got {by!r}, expected text that can be stored", where="--by")
    database = connect(locate(db), create_tables=create, scratch=create and dry_run)
    return Registry(database, by=by or _user(), keep=not dry_run)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name, as in containers
        return "unknown"


class Registry:
    """An open registry."""

    def __init__(self, database: Database, *, by: str, keep: bool) -> None:
        self._database, self._by, self._keep = database, by, keep

    def __enter__(self) -> Registry:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def shown(self) -> str:
        """Its place, without a password."""
        return self._database.shown

    def command(self, words: str) -> str:
        """Return a command on this registry for a hint, such as `... list --all --db my.db`."""
        return command(words, self._database.engine.url)

    def close(self) -> None:
        """Close all connections."""
        self._database.engine.dispose()

    def add(self, catalog: ToolCatalog, *, origin: str) -> tuple[Added, ...]:
        """Add new tools and new versions; what is known already stays.

        Args:
            catalog: the tools.
            origin: where they are from.

        Raises:
            InputFault: a name cannot be stored, or the registry cannot be written.
        """
        for name in catalog.names:
            _refuse_unstorable(name)
        if not storable_text(origin):
            message = f"the origin {origin!r} cannot be stored"
            raise InputFault(message, hint="say where the tools are from with --origin")
        return tuple(self._write(lambda writer: writing.add_tools(writer, catalog, origin)))

    def remove(self, names: Sequence[str]) -> tuple[Removed, ...]:
        """Mark tools as removed, all of them or none; versions and history stay.

        Raises:
            InputFault: a tool is unknown.
        """
        for name in names:
            _refuse_unstorable(name)
        return tuple(self._write(lambda writer: writing.remove_tools(writer, names)))

    def record(self, path: Path) -> Recorded:
        """Note what a dataset's manifest or an evaluation's results say; again, it changes nothing.

        Raises:
            InputFault: the file is neither.
        """
        found = recording.read_record(path)
        if isinstance(found, recording.Training):
            return self._write(lambda writer: recording.note_training(writer, found))
        return self._write(lambda writer: recording.note_accuracy(writer, found))

    def record_training(self, manifest: Path) -> Recorded:
        """Note the training calls of a dataset, by its manifest."""
        return self.record(manifest)

    def record_accuracy(self, results: Path) -> Recorded:
        """Note the accuracy of tools, by results.json or its folder."""
        return self.record(results)

    def tools(self, *, removed: bool = False) -> tuple[KnownTool, ...]:
        """Return the known tools, in the order in which they were added; removed ones if wanted."""
        return tuple(self._database.read(lambda c: reading.known_tools(c, removed=removed)))

    def version(self, name: str, version: int | None = None) -> ToolVersion:
        """Return a version of a tool, the current one where none is named.

        Raises:
            InputFault: there is no such tool or version.
        """
        _refuse_unstorable(name)
        return self._database.read(lambda c: reading.one_version(c, name, version))

    def chosen(self, text: str) -> ToolCatalog:
        """Return one tool by `NAME` or `NAME@VERSION`, or all current tools by "".

        Raises:
            InputFault: there is no such tool or version.
            UsageFault: the version is no number.
        """
        if not text:
            return self.catalog()
        return ToolCatalog((self.version(*parse_choice(text)).spec,))

    def catalog(self) -> ToolCatalog:
        """Return the current tools as a catalogue, without removed ones."""
        return self._database.read(reading.current_catalog)

    def history(self, name: str | None = None) -> tuple[Event, ...]:
        """Return the history, the oldest event first; of one tool where it is named.

        Raises:
            InputFault: there is no such tool.
        """
        if name is not None:
            _refuse_unstorable(name)
        return tuple(self._database.read(lambda c: reading.events(c, name)))

    def _write(self, work: Callable[[writing.Writer], T]) -> T:
        def within(connection: Connection) -> T:
            return work(writing.Writer(connection, self._by, writing.now()))

        return self._database.write(within, keep=self._keep)


def parse_choice(text: str) -> tuple[str, int | None]:
    """Return name and version of `NAME@VERSION`; a bare name has no version.

    Raises:
        UsageFault: the version is no number from 1.

    >>> parse_choice("track@2"), parse_choice("查询")
    (('track', 2), ('查询', None))
    """
    name, at, version = text.rpartition("@")
    if not at:
        return text, None
    if not version.isdecimal() or len(version) > _MAX_DIGITS or int(version) < 1:
        told = version if len(version) <= 40 else f"{version[:40]}..."
        raise UsageFault(f"got version {told!r}, expected NAME@NUMBER such as {name}@1")
    return name, int(version)


def _refuse_unstorable(text: str) -> None:
    """Refuse text that no database holds: a NUL, or half of a surrogate pair."""
    if not storable_text(text):
        raise InputFault(
            f"the name {text!r} cannot be stored",
            hint="rename the tool: letters, digits, _ and - are safe everywhere",
        )
