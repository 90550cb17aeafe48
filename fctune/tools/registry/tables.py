"""The tables of the registry, the same on SQLite and PostgreSQL.

Role: the schema, its version, and the triggers that let nothing change the history. Input: a
connection. Output: tables. The names start with `fctune_`, so that a server may hold others too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection, ForeignKeyConstraint, MetaData, Table

SCHEMA_VERSION = 1
MARK = "fctune_registry"
_APPEND_ONLY = "the history of the registry is append-only"
_SQLITE_GUARD = (
    f"CREATE TRIGGER fctune_history_no_update BEFORE UPDATE ON fctune_history "
    f"BEGIN SELECT RAISE(ABORT, '{_APPEND_ONLY}'); END",
    f"CREATE TRIGGER fctune_history_no_delete BEFORE DELETE ON fctune_history "
    f"BEGIN SELECT RAISE(ABORT, '{_APPEND_ONLY}'); END",
    # INSERT OR REPLACE would otherwise delete without a delete trigger.
    f"CREATE TRIGGER fctune_history_no_replace BEFORE INSERT ON fctune_history "
    f"WHEN EXISTS (SELECT 1 FROM fctune_history WHERE id = NEW.id) "
    f"BEGIN SELECT RAISE(ABORT, '{_APPEND_ONLY}'); END",
)
_POSTGRES_GUARD = (
    "CREATE OR REPLACE FUNCTION fctune_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_APPEND_ONLY}'; END $$",
    "CREATE TRIGGER fctune_history_no_change BEFORE UPDATE OR DELETE ON fctune_history "
    "FOR EACH ROW EXECUTE FUNCTION fctune_refuse()",
    "CREATE TRIGGER fctune_history_no_truncate BEFORE TRUNCATE ON fctune_history "
    "FOR EACH STATEMENT EXECUTE FUNCTION fctune_refuse()",
)


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables.

    Attributes:
        about: facts on the registry itself, such as its schema version.
        tool: one row for each tool: its current version, and whether it was removed.
        version: the versions; a tool has each fingerprint once.
        training: training calls of a version in a dataset.
        accuracy: measurements.
        history: what was done, in order; never changed.
        all: their collection.
    """

    about: Table
    tool: Table
    version: Table
    training: Table
    accuracy: Table
    history: Table
    all: MetaData


@cache
def tables() -> Tables:
    """Return the tables."""
    from sqlalchemy import MetaData, Table

    data = MetaData()
    tool, version = _tool_tables(data)
    training, accuracy = _count_tables(data)
    history = Table(
        "fctune_history", data, _counter(), _text("at"), _text("by"), _text("event"),
        _text("tool"), _number("version", empty=True), _text("impact", empty=True),
        _text("detail"), sqlite_autoincrement=True,
    )  # fmt: skip
    about = Table(MARK, data, _text("key", key=True), _text("value"))
    return Tables(about, tool, version, training, accuracy, history, data)


def _tool_tables(data: MetaData) -> tuple[Table, Table]:
    from sqlalchemy import Boolean, Column, ForeignKeyConstraint, Table, UniqueConstraint

    tool = Table(
        "fctune_tool", data, _text("name", key=True), _number("position"), _number("current"),
        Column("removed", Boolean, nullable=False), _text("since"),
    )  # fmt: skip
    version = Table(
        "fctune_tool_version", data, _text("tool", key=True), _number("version", key=True),
        _text("fingerprint"), _text("document"), _text("origin"), _text("added"),
        _text("impact", empty=True), UniqueConstraint("tool", "fingerprint"),
        ForeignKeyConstraint(["tool"], ["fctune_tool.name"]),
    )  # fmt: skip
    return tool, version


def _count_tables(data: MetaData) -> tuple[Table, Table]:
    from sqlalchemy import Column, Float, Table, UniqueConstraint

    training = Table(
        "fctune_training", data, _text("dataset", key=True), _text("tool", key=True),
        _number("version", key=True), _number("rows"), _number("calls"), _text("manifest"),
        _text("at"), _version_exists(),
    )  # fmt: skip
    accuracy = Table(
        "fctune_accuracy", data, _counter(), _text("results"), _text("tool"), _number("version"),
        Column("value", Float, nullable=False), _number("num"), _number("den"), _text("source"),
        _text("at"), UniqueConstraint("results", "tool"), _version_exists(),
        sqlite_autoincrement=True,
    )  # fmt: skip
    return training, accuracy


def _text(name: str, *, key: bool = False, empty: bool = False) -> Column[str]:
    from sqlalchemy import Column, Text

    return Column(name, Text, primary_key=key, nullable=empty)


def _number(name: str, *, key: bool = False, empty: bool = False) -> Column[int]:
    from sqlalchemy import Column, Integer

    return Column(name, Integer, primary_key=key, nullable=empty, autoincrement=False)


def _counter() -> Column[int]:
    from sqlalchemy import Column, Integer

    return Column("id", Integer, primary_key=True, autoincrement=True)


def _version_exists() -> ForeignKeyConstraint:
    from sqlalchemy import ForeignKeyConstraint

    columns = ["fctune_tool_version.tool", "fctune_tool_version.version"]
    return ForeignKeyConstraint(["tool", "version"], columns)


def create(connection: Connection) -> None:
    """Create all tables and triggers within the transaction that the caller has begun."""
    t = tables()
    t.all.create_all(connection, checkfirst=False)
    guard = _SQLITE_GUARD if connection.dialect.name == "sqlite" else _POSTGRES_GUARD
    for statement in guard:
        connection.exec_driver_sql(statement)
    connection.execute(t.about.insert(), [{"key": "schema_version", "value": str(SCHEMA_VERSION)}])
