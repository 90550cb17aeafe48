"""Connections to a registry: opened only where it is one of ours, written by one writer at a time.

Input: a Location. Output: an engine whose transactions are whole or nothing. A writer holds the
only write lock from its first statement on: on SQLite by BEGIN IMMEDIATE, on PostgreSQL by an
advisory lock of the transaction, so that the ids of the history rise in the order of commits.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fctune.errors import EnvironmentFault, InputFault, UsageFault
from fctune.tools.registry.faults import LOCK_TIMEOUT_S, command, sqlite_fault, told_faults
from fctune.tools.registry.location import Location
from fctune.tools.registry.tables import MARK, SCHEMA_VERSION, create, tables

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

T = TypeVar("T")
_ATTEMPTS = 20
_ADVISORY_KEY = 0x6663_7475_6E65  # "fctune"
_INSTALL = {
    "sqlalchemy": "pip install 'fctune[registry]'",
    "psycopg": "pip install 'fctune[postgres]'",
}


class Database:
    """An open registry database.

    Attributes:
        shown: its place, as it may be printed.
        engine: SQLAlchemy's engine.
    """

    def __init__(self, engine: Engine, shown: str) -> None:
        self.engine, self.shown = engine, shown

    def read(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` reads, all of it from one state of the database.

        Raises:
            InputFault: the file cannot be read.
            EnvironmentFault: the server cannot be reached.
        """
        with told_faults(self.shown), self.engine.connect() as connection:
            if connection.dialect.name != "sqlite":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                return work(connection)

    def write(self, work: Callable[[Connection], T], *, keep: bool = True) -> T:
        """Return what `work` does in one transaction, as the only writer.

        Args:
            work: called again from its start where another writer came in between.
            keep: false takes everything back at the end.

        Raises:
            InputFault: the file cannot be written, or another writer has kept it too long.
            EnvironmentFault: the server cannot be reached.
        """
        from sqlalchemy.exc import DBAPIError

        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with told_faults(self.shown, retried=attempt < _ATTEMPTS):
                    return self._write_once(work, keep=keep)
            except DBAPIError:  # only what is worth another attempt comes through
                time.sleep(random.uniform(0, 0.05 * attempt))
        raise AssertionError("the last attempt returns or raises")

    def _write_once(self, work: Callable[[Connection], T], *, keep: bool) -> T:
        with self.engine.connect() as plain:
            connection = plain.execution_options(fctune_writes=True)
            with connection.begin() as transaction:
                lock_for_writing(connection)
                result = work(connection)
                if not keep:
                    transaction.rollback()
                return result


def lock_for_writing(connection: Connection) -> None:
    """Take the write lock of a PostgreSQL registry; SQLite took its own with BEGIN IMMEDIATE."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_KEY})")


def connect(location: Location, *, create_tables: bool, scratch: bool = False) -> Database:
    """Open a registry.

    Args:
        location: where it is.
        create_tables: make it where there is none yet.
        scratch: where there is none yet, make it in memory and forget it.

    Raises:
        InputFault: there is none, the file is of something else, or of a later version.
        EnvironmentFault: a package is missing, or the server cannot be reached.
        UsageFault: the URL cannot be read.
    """
    _require("sqlalchemy")
    if location.path is None:
        _require("psycopg")
    elif not location.path.exists() and not create_tables:
        raise InputFault(
            "there is no registry yet",
            where=location.shown,
            hint=f"start one: {command('add TOOLS.yaml', location)}",
        )
    if scratch and location.path is not None and not location.path.exists():
        return _in_memory(location.shown)
    if location.path is not None and create_tables:
        _make_folder(location.path.parent)
    database = Database(_engine(location), location.shown)
    try:
        if not database.read(lambda connection: _is_ours(connection, location)):
            if scratch:
                return _in_memory(location.shown)
            if not create_tables:
                raise InputFault(
                    "there is no registry in it yet",
                    where=location.shown,
                    hint=f"start one: {command('add TOOLS.yaml', location)}",
                )
            _prepare(database, location)
    except BaseException:
        database.engine.dispose()
        raise
    return database


def _require(package: str) -> None:
    import importlib.util

    if importlib.util.find_spec(package) is None:
        raise EnvironmentFault(
            f"the registry needs the package {package}, which is not installed",
            hint=_INSTALL[package],
        )


def _engine(location: Location) -> Engine:
    from sqlalchemy import URL, create_engine, make_url
    from sqlalchemy.exc import ArgumentError
    from sqlalchemy.pool import NullPool

    if location.path is None:
        try:
            url = make_url(location.url)
        except (ArgumentError, ValueError):  # its text may hold the password: not chained
            raise UsageFault(
                "the URL cannot be read",
                where=location.shown,
                hint="--db postgresql://USER:PASSWORD@HOST/DATABASE, special signs as %XX",
            ) from None
        return create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 10})
    url = URL.create("sqlite+pysqlite", database=str(location.path))
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": LOCK_TIMEOUT_S})
    return _with_own_transactions(engine)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        reason = "it is a file" if isinstance(fault, FileExistsError) else fault.strerror
        message, hint = f"the folder cannot be made: {reason}", "give another --db"
        raise InputFault(message, where=str(folder), hint=hint) from fault


def _in_memory(shown: str) -> Database:
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    engine = _with_own_transactions(create_engine("sqlite://", poolclass=StaticPool))
    database = Database(engine, shown)
    database.write(create)
    return database


def _with_own_transactions(engine: Engine) -> Engine:
    """Let SQLAlchemy, not the driver, begin transactions; writers begin with the write lock."""
    from sqlalchemy import event

    @event.listens_for(engine, "connect")
    def _connected(driver: Any, _record: Any) -> None:
        driver.isolation_level = None
        driver.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("fctune_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _is_ours(connection: Connection, location: Location) -> bool:
    """Tell a registry from an empty database; refuse what is neither.

    Raises:
        InputFault: it is of another program, or of a later version of fctune.
    """
    from sqlalchemy import inspect, select

    names = inspect(connection).get_table_names()
    if MARK not in names:
        if names and location.path is not None:
            raise InputFault(
                f"is a database of something else: it has the table {sorted(names)[0]!r}",
                where=location.shown,
                hint="give another file: --db data/tools.db",
            )
        return False
    about = tables().about
    found = connection.execute(select(about.c.value).where(about.c.key == "schema_version"))
    version = found.scalar_one_or_none()
    if version is None or not version.isdecimal() or int(version) > SCHEMA_VERSION:
        raise InputFault(
            f"got schema_version {version!r}, expected at most {SCHEMA_VERSION}",
            where=location.shown,
            hint="update fctune, or give another --db",
        )
    return True


def _prepare(database: Database, location: Location) -> None:
    """Make the tables, where no other process has made them meanwhile."""
    if location.path is not None:
        _keep_a_log(database)

    def work(connection: Connection) -> None:
        if not _is_ours(connection, location):
            create(connection)

    database.write(work)


def _keep_a_log(database: Database) -> None:
    """Switch SQLite to its write-ahead log, in which readers and a writer do not wait in line.

    The switch does not wait for locks, so it is tried again; it stays with the file.
    """
    import sqlite3

    deadline = time.monotonic() + LOCK_TIMEOUT_S
    while True:
        pooled = database.engine.raw_connection()
        try:
            pooled.cursor().execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.Error as fault:
            if "locked" not in str(fault) or time.monotonic() > deadline:
                raise sqlite_fault(str(fault), database.shown) from None
            time.sleep(random.uniform(0.01, 0.1))
        finally:
            pooled.close()
