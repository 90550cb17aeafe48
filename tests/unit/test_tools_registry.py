"""The registry on SQLite, and what only a file can get wrong."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from fctune.errors import EnvironmentFault, InputFault, UsageFault
from fctune.tools.registry import locate, open_registry
from tests.unit.tools_registry_cases import RegistryCases, catalog, tool


class TestSqlite(RegistryCases):
    @pytest.fixture
    def db(self, tmp_path: Path) -> str:
        return str(tmp_path / "数据" / "tools.db")


def filled(path: Path) -> Path:
    with open_registry(str(path), create=True) as registry:
        registry.add(catalog(tool("a")), origin="x")
    return path


def test_the_file_is_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = filled(tmp_path / "tools.db")
    assert [p.name for p in tmp_path.iterdir()] == ["tools.db"]
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


@pytest.mark.parametrize("content", [b"{}", b"SQLite format 3\0 and then nonsense" * 40])
@pytest.mark.parametrize("create", [False, True])
def test_a_file_of_something_else_is_left_alone(
    tmp_path: Path, content: bytes, create: bool
) -> None:
    path = tmp_path / "tools.db"
    path.write_bytes(content)
    with pytest.raises(InputFault) as caught:
        open_registry(str(path), create=create)
    assert caught.value.where == str(path)
    assert path.read_bytes() == content
    assert [p.name for p in tmp_path.iterdir()] == ["tools.db"]


@pytest.mark.parametrize("create", [False, True])
def test_a_database_of_another_program_is_left_alone(tmp_path: Path, create: bool) -> None:
    path = tmp_path / "tools.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE songs (title)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(InputFault, match="something else: it has the table 'songs'"):
        open_registry(str(path), create=create)
    assert path.read_bytes() == before


def test_a_damaged_registry_is_an_input_fault(tmp_path: Path) -> None:
    path = filled(tmp_path / "tools.db")
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE fctune_tool_version")
    connection.close()
    with pytest.raises(InputFault, match="damaged"), open_registry(str(path)) as registry:
        registry.tools()
    data = bytearray(filled(tmp_path / "other.db").read_bytes())
    data[5000:9000] = b"\xff" * 4000
    (tmp_path / "other.db").write_bytes(bytes(data))
    with pytest.raises(InputFault), open_registry(str(tmp_path / "other.db")) as registry:
        registry.tools()
        registry.history()


def test_places_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    for place in (tmp_path, tmp_path / "file" / "tools.db"):
        with pytest.raises(InputFault):
            open_registry(str(place), create=True)
    with pytest.raises(InputFault, match="there is no registry yet") as caught:
        open_registry(str(tmp_path / "absent.db"))
    hint = "start one: fctune tools registry add TOOLS.yaml"
    assert caught.value.hint == f"{hint} --db {tmp_path / 'absent.db'}"
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputFault) as caught:
        open_registry()
    assert caught.value.hint == hint
    assert not (tmp_path / "absent.db").exists()
    (tmp_path / "empty.db").touch()
    with open_registry(str(tmp_path / "empty.db"), create=True) as registry:
        assert registry.tools() == ()


def test_a_writer_that_waits_too_long_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled(tmp_path / "tools.db")
    monkeypatch.setattr("fctune.tools.registry.connect.LOCK_TIMEOUT_S", 0.2)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with open_registry(str(path)) as registry:
        with pytest.raises(InputFault, match="another process has kept the registry"):
            registry.remove(["a"])
        holder.execute("ROLLBACK")
        assert registry.remove(["a"])[0].done
    holder.close()


@pytest.mark.parametrize("package", ["sqlalchemy", "psycopg"])
def test_a_missing_package_is_named_with_its_command(
    monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    extra = {"sqlalchemy": "registry", "psycopg": "postgres"}[package]
    with pytest.raises(EnvironmentFault, match=package) as caught:
        open_registry("postgresql://ann:secret@localhost/x", create=True)
    assert caught.value.hint == f"pip install 'fctune[{extra}]'"


def test_the_default_place() -> None:
    assert locate(None).path == locate("").path == Path("data/tools.db")
    assert locate("sqlite:////srv/t.db").path == Path("/srv/t.db")
    assert locate("sqlite:///t.db").path == Path("t.db")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:geheim@db.example/tools",
        "postgres://ann:geheim@db.example:5432/tools?sslmode=require",
        "postgresql+psycopg://ann@db.example/tools?password=geheim&sslmode=require",
        "postgresql://db.example/tools?user=ann&sslpassword=geheim",
        "mysql://ann:geheim@db.example/tools",
        "postgresql://ann:geh@eim@db.example/tools",
        "postgresql://ann:geheim/geheim@db.example/tools",
        "postgresql://ann:geheim?geheim@db.example/tools",
        "postgresql://ann:geheim@127.0.0.1:1/tools",
        "postgresql://ann:geheim@127.0.0.1:port/tools",
        "postgresql://ann:geheim@[::1/tools",
    ],
)
def test_a_password_is_never_shown(url: str) -> None:
    with pytest.raises((UsageFault, EnvironmentFault, InputFault)) as caught:
        where = locate(url)
        assert "geheim" not in repr(where) + where.shown and "eim" not in where.shown
        open_registry(url if "127.0.0.1" in url or "[" in url else "mysql://x")
    fault = caught.value
    assert "geheim" not in f"{fault} {fault.hint} {fault.where}"
    assert "eim" not in f"{fault} {fault.hint} {fault.where}"


@pytest.mark.parametrize(
    "text",
    [
        "jdbc:postgresql://ann:geheim@db/tools",
        "jdbc:geheim",
        "postgresql:/ann:geheim@db/tools",
        "postgresql:ann:geheim@db/tools",
        " postgresql://ann:geheim@db/tools",
        "'postgresql://ann:geheim@db/tools'",
        "url=postgresql://ann:geheim@db/tools",
        "//ann:geheim@db/tools",
        "ann:geheim@db/tools",
        "host=db password=geheim user=ann",
        "password = geheim",
        "DRIVER=x;UID=ann;PWD=geheim",
        "sqlite://ann:geheim@db/tools",
        "postgresql://ann:geheim",
        "postgresql://ann:1234567890",
    ],
)
def test_what_looks_like_a_url_is_refused_and_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageFault) as caught:
        open_registry(text, create=True)
    told = f"{caught.value} {caught.value.hint}"
    assert "geheim" not in told and "1234567890" not in told
    assert list(tmp_path.iterdir()) == []


def test_parts_of_a_url_that_may_hold_a_secret_are_not_shown() -> None:
    shown = locate(
        "postgresql://ann@db:5432/x?sslmode=require&options=-cgeheim&p%61ss=geheim&geheim"
    )
    assert shown.shown == "postgresql://ann@db:5432/x?sslmode=require&options=***&p%61ss=***&***"
    several = "postgresql://a:5432,[::1]:5433/x?host=b"
    assert locate(several).shown == several


@pytest.mark.parametrize(
    "text", ["C:/data/tools.db", "C:\\data\\tools.db", "数据/a@b.db", "my tools=1.db", "a:b.db"]
)
def test_odd_paths_stay_paths(text: str) -> None:
    assert locate(text).path == Path(text)


def test_importing_the_registry_imports_no_database() -> None:
    code = (
        "import sys, fctune.tools.registry, fctune.cli.main, fctune.cli.tools_registry\n"
        "sys.exit(','.join(m for m in ('sqlalchemy', 'psycopg', 'rapidfuzz') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
