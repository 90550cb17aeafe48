"""MCP: tools of live servers over stdio and HTTP, of broken ones, and of saved answers."""

from __future__ import annotations

import asyncio
import http.server
import json
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.errors import EnvironmentFault, FctuneError, InputFault
from fctune.issues import Severity
from fctune.tools.check import check_schema
from fctune.tools.imports import Imported
from fctune.tools.imports.mcp import import_mcp, import_tools_list
from fctune.tools.imports.mcp_target import parse_command, secrets_of, shown_target
from fctune.tools.imports.python import import_python
from fctune.tools.names import LAWFUL_NAME
from fctune.tools.read import load_catalog
from fctune.tools.write import write_catalog

HERE = Path(__file__).resolve().parent
SERVER = HERE / "mcp_server.py"
BAD = shlex.join([sys.executable, str(HERE / "mcp_bad_server.py")])
ADDRESS = {
    "type": "object",
    "properties": {
        "street": {"type": "string"},
        "city": {"type": "string", "description": "City name."},
    },
    "required": ["street", "city"],
}
EXPECTED = {
    "get_weather": {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Name of the city."},
            "unit": {"type": ["string", "null"], "enum": ["c", "f", None], "default": None},
        },
        "required": ["city"],
    },
    "orders_ship": {
        "type": "object",
        "properties": {
            "order_id": {"type": "string"},
            "address": ADDRESS,
            "express": {"type": "boolean", "default": False},
        },
        "required": ["order_id", "address"],
    },
    "tool_c1e2dd97": {
        "type": "object",
        "properties": {"订单号": {"type": "string", "description": "订单编号"}},
        "required": ["订单号"],
    },
    "unset": {"type": "object", "properties": {}},
}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[str]:
    """Start the real server on a port; the parameter is the transport."""
    port = _free_port()
    command = [sys.executable, str(SERVER), request.param, str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, "the server of this test did not start"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/" + {"http": "mcp", "sse": "events"}[request.param]
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def over_stdio() -> Imported:
    """Ask the real server over stdio; its banner on stdout is to be passed over."""
    token = "--token s3cret"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_TOOL", "leaked")  # the server must not see the user's environment
        return import_mcp(
            f"mcp:A=s3cret {shlex.join([sys.executable, str(SERVER)])} stdio 0 {token}"
        )


def _with_mark(mark: str) -> list[int]:
    """Return the living processes whose environment has a mark."""
    found = []
    for process in psutil.process_iter():
        try:
            marked = process.environ().get("SHOP_MARK") == mark
            if marked and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def _gone(mark: str) -> bool:
    deadline = time.monotonic() + 5
    while _with_mark(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not _with_mark(mark)


def test_a_live_server_on_stdio_becomes_a_catalogue(over_stdio: Imported, tmp_path: Path) -> None:
    catalog = over_stdio.catalog
    assert over_stdio.kind == "mcp"
    assert {spec.name: spec.parameters for spec in catalog} == EXPECTED
    assert [spec.description for spec in catalog] == [
        "Get the weather of a city.",
        "Ship an order",
        "查询订单的物流状态。",
        "Say that the shop is open.",
    ]
    assert catalog.specs[0].returns == {
        "type": "object",
        "properties": {"degrees": {"type": "number"}},
        "required": ["degrees"],
    }
    assert [found.code for found in over_stdio.issues] == ["import-name-changed"] * 2
    origin = catalog.specs[2].origin
    assert origin is not None and (origin.name, origin.place) == ("查询物流", "tools[2]")
    write_catalog(catalog, tmp_path / "tools.json")
    assert load_catalog(tmp_path / "tools.json")[0] == catalog


def test_secrets_of_a_command_stay_out_of_the_origin(over_stdio: Imported) -> None:
    origin = over_stdio.catalog.specs[0].origin
    assert origin is not None
    assert "s3cret" not in origin.source
    assert origin.source.startswith("mcp:A=*** ") and origin.source.endswith("stdio 0 --token ***")


@pytest.mark.parametrize("served", ["http", "sse"], indirect=True)
def test_a_live_server_behind_a_url(served: str) -> None:
    scheme, rest = served.split("://")
    imported = import_mcp(f"{scheme}://me:pw@{rest}?key=1")
    assert {spec.name: spec.parameters for spec in imported.catalog} == EXPECTED
    origin = imported.catalog.specs[0].origin
    assert origin is not None and origin.source == f"mcp:{served}"


def test_the_same_functions_imported_from_python_are_the_same_tools() -> None:
    names = ("get_weather", "ship", "track", "ping")
    for execute in (False, True):
        imported = import_python(SERVER, execute=execute, names=names)
        assert [spec.parameters for spec in imported.catalog] == list(EXPECTED.values())


def test_pages_are_followed_to_their_end() -> None:
    imported = import_mcp(f"{BAD} pages")
    assert imported.catalog.names == tuple(f"tool_{number}" for number in range(5))
    assert imported.issues == ()


def test_pages_without_an_end_are_cut() -> None:
    imported = import_mcp(f"{BAD} endless")
    assert imported.catalog.names == ("tool_0", "tool_1", "tool_2")
    assert [found.code for found in imported.issues] == ["import-page-missing"]


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        ("die", "ended before it answered; it wrote to stderr:\n  no database at db.local"),
        ("malformed", "breaks the protocol at tools"),
        ("none", "lists no tools"),
        ("refuse", "answered: the shop is closed"),
    ],
)
def test_a_server_that_fails_is_told_with_its_own_words(mode: str, told: str) -> None:
    with pytest.raises(InputFault) as caught:
        import_mcp(f"{BAD} {mode}")
    assert told in caught.value.message
    assert caught.value.where.startswith("mcp:") and caught.value.where.endswith(mode)


def test_a_careless_tool_is_named_and_the_others_are_imported() -> None:
    imported = import_mcp(f"{BAD} sloppy")
    assert imported.catalog.names == ("a", "b", "empty", "c")
    assert [(found.where, found.code) for found in imported.issues] == [
        ("tools[2].inputSchema", "tool-parameters-missing"),
        ("tools[3]", "import-tool-skipped"),
        ("tools[4].inputSchema", "tool-schema-invalid"),
    ]


def test_a_tool_that_the_sdk_cannot_read_is_named_too() -> None:
    imported = import_mcp(f"{BAD} deep", timeout_s=20)
    assert imported.catalog.names == ("a", "b", "c")
    found = [found for found in imported.issues if found.severity is Severity.ERROR]
    assert len(found) == 1 and found[0].where.startswith("tools[2].inputSchema")
    assert "deep" in found[0].message and len(found[0].where) < 200


def test_an_answer_against_the_protocol_is_to_be_saved_and_mended() -> None:
    with pytest.raises(InputFault) as caught:
        import_mcp(f"{BAD} malformed")
    assert caught.value.hint.startswith("save its answer to tools/list in a file")


def test_an_answer_that_nobody_can_read_ends_the_wait() -> None:
    started = time.monotonic()
    with pytest.raises(InputFault, match="not readable") as caught:
        import_mcp(f"{BAD} bottomless", timeout_s=60)
    assert time.monotonic() - started < 30
    assert "save its answer to tools/list in a file" in caught.value.hint


def test_what_a_server_says_is_quoted_without_the_users_secrets() -> None:
    with pytest.raises(InputFault) as caught:
        import_mcp(
            f"SHOP_KEY=env-secret {BAD} leak --token word-secret --dsn 'host=db pw=inner-secret' "
            "https://me:url-secret@host/x?key=query-secret --header 'X-Key: Bearer head-secret'"
        )
    told = f"{caught.value} {caught.value.hint}"
    assert "it wrote to stderr" in told and "SHOP_KEY=***" in told
    assert "secret" not in told


@pytest.mark.parametrize(("mode", "told"), [("child", ""), ("garbage", "'Welcome to the shop'")])
def test_a_server_that_hangs_is_ended_with_its_children(mode: str, told: str) -> None:
    mark = uuid.uuid4().hex
    with pytest.raises(InputFault, match="no answer within 1 s") as caught:
        import_mcp(f"SHOP_MARK={mark} {BAD} {mode}", timeout_s=1.0)
    assert told in caught.value.message
    assert _gone(mark)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_ends_the_server_too(number: signal.Signals) -> None:
    mark = uuid.uuid4().hex
    code = (
        "from fctune.tools.imports.mcp import import_mcp\n"
        f"import_mcp('SHOP_MARK={mark} {BAD} hang', timeout_s=60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while not _with_mark(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _with_mark(mark), "the server did not start"
    time.sleep(0.3)
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert _gone(mark)
    expected = "KeyboardInterrupt" if number == signal.SIGINT else "Interrupted: stopped by SIGTERM"
    assert said.decode().strip().splitlines()[-1].endswith(expected)


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("mcp:no-such-program-here --x", "cannot be started: no-such-program-here"),
        ("mcp:" + str(HERE), "cannot be started"),
        ("mcp:'open", "cannot be split into words"),
        ("mcp:A=1", "got no command after the variables"),
        ("mcp:", "got no command and no URL"),
        ("http://[::1", "not a URL"),
        ("http://h:99999999/mcp", "not a URL"),
        ("http:///mcp", "names no host"),
        ("http://no-such-host.invalid/mcp", "unknown host"),
    ],
)
def test_a_target_that_cannot_be_meant(target: str, told: str) -> None:
    with pytest.raises(InputFault) as caught:
        import_mcp(target, timeout_s=5)
    assert told in caught.value.message


def test_a_private_address_needs_the_users_word() -> None:
    with pytest.raises(InputFault, match="not a public address") as caught:
        import_mcp("http://10.255.255.1/mcp", timeout_s=0.5)
    assert "--allow-private" in caught.value.hint
    with pytest.raises(InputFault) as allowed:
        import_mcp("http://10.255.255.1/mcp", timeout_s=0.5, allow_private=True)
    assert "public" not in allowed.value.message


def test_a_url_where_nothing_listens() -> None:
    with pytest.raises(InputFault, match="cannot be reached") as caught:
        import_mcp(f"http://localhost:{_free_port()}/mcp", timeout_s=5)
    assert caught.value.hint == "is the server running?"


def test_a_server_that_wants_a_login() -> None:
    class Closed(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(401)
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            return

    closed = http.server.HTTPServer(("127.0.0.1", 0), Closed)
    threading.Thread(target=closed.serve_forever, daemon=True).start()
    try:
        with pytest.raises(InputFault, match="HTTP 401") as caught:
            import_mcp(f"http://127.0.0.1:{closed.server_port}/mcp", timeout_s=10)
    finally:
        closed.shutdown()
        closed.server_close()
    assert "login" in caught.value.hint


def test_within_a_running_event_loop_as_in_a_notebook() -> None:
    async def cell() -> Imported:
        return import_mcp(f"{BAD} pages")

    assert len(asyncio.run(cell()).catalog) == 5


def test_without_the_sdk_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(EnvironmentFault) as caught:
        import_mcp(f"{BAD} pages")
    assert caught.value.hint == "pip install 'fctune[mcp]'"


def test_a_saved_answer_needs_no_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    assert import_tools_list({"tools": [{"name": "a"}]}, "x.json").catalog.names == ("a",)


@pytest.mark.parametrize(("name", "count"), [("fetch", 1), ("time", 2), ("git", 12)])
def test_saved_answers_of_public_servers(shared: Path, name: str, count: int) -> None:
    path = shared / "raw" / "mcp_tools_list" / f"{name}.json"
    value = json.loads(path.read_text(encoding="utf-8"))
    imported = import_tools_list(value, str(path))
    assert len(imported.catalog) == count
    assert imported.issues == ()
    for spec, raw in zip(imported.catalog, value["tools"], strict=True):
        assert spec.name == raw["name"] and spec.description == raw["description"].strip()
        assert set(spec.parameters["properties"]) == set(raw["inputSchema"]["properties"])
        assert spec.parameters.get("required", []) == raw["inputSchema"].get("required", [])
        assert (spec.returns is None) == ("outputSchema" not in raw)
        assert "title" not in json.dumps(spec.parameters) and "$ref" not in json.dumps(spec.returns)
        assert "Hint" not in json.dumps(spec.as_document())


TOOL = {"name": "a", "description": "A.", "inputSchema": {"type": "object"}}


@pytest.mark.parametrize(
    "value",
    [
        {"tools": [TOOL]},
        {"jsonrpc": "2.0", "id": 1, "result": {"tools": [TOOL]}},
        [TOOL],
        [{"tools": [], "nextCursor": "x"}, {"tools": [TOOL]}],
        [{"jsonrpc": "2.0", "id": 1, "result": {"tools": [TOOL]}}, {"result": {"tools": [TOOL]}}],
    ],
)
def test_every_way_to_save_an_answer(value: Any) -> None:
    imported = import_tools_list(value, "saved.json")
    assert [spec.as_dict() for spec in imported.catalog] == [
        {"name": "a", "description": "A.", "parameters": {"type": "object", "properties": {}}}
    ]
    assert imported.issues == ()


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"jsonrpc": "2.0", "id": 1, "error": {"message": "no"}}, "is an error answer: no"),
        ({"tools": []}, "lists no tools"),
        ("text", "got text, expected an answer of tools/list"),
        ({"result": {"result": {"result": {"result": {"result": {}}}}}}, "expected an answer"),
        (None, "got null"),
    ],
)
def test_what_is_no_answer(value: Any, told: str) -> None:
    with pytest.raises(InputFault, match=told) as caught:
        import_tools_list(value, "saved.json")
    assert caught.value.where == "saved.json"


@pytest.mark.parametrize(
    ("tool", "code"),
    [
        ("text", "import-tool-skipped"),
        ({"inputSchema": {}}, "import-tool-skipped"),
        ({"name": "b", "inputSchema": "x"}, "tool-schema-invalid"),
        ({"name": "a", "inputSchema": {"properties": {"x": {}}}}, "tool-name-duplicate"),
        ({"name": "b.c", "description": "d", "inputSchema": {}}, "import-name-changed"),
        ({"name": "b", "inputSchema": {}}, "tool-description-missing"),
        (
            {"name": "b", "inputSchema": {"properties": {"x": {"$ref": "#/$defs/Gone"}}}},
            "import-reference-missing",
        ),
        (
            {"name": "b", "inputSchema": {"properties": {"x": {"$ref": "https://a.b/c"}}}},
            "import-reference-refused",
        ),
        (
            {"name": "b", "inputSchema": {"type": "object", "properties": {"x": {"$ref": "#"}}}},
            "import-cycle-cut",
        ),
        ({"name": "b", "outputSchema": {"pattern": "("}}, "import-not-expressed"),
        ({"name": "b", "inputSchema": {"minimum": float("nan")}}, "tool-schema-invalid"),
    ],
)
def test_what_is_wrong_with_one_tool_is_an_issue(tool: Any, code: str) -> None:
    imported = import_tools_list({"tools": [TOOL, tool]}, "saved.json")
    assert imported.catalog.names[0] == "a"
    found = [found for found in imported.issues if found.code == code]
    assert found and all(one.where.startswith("tools[1]") for one in found)


def test_a_page_that_was_not_saved_is_missed() -> None:
    imported = import_tools_list({"tools": [TOOL], "nextCursor": "more"}, "saved.json")
    assert [found.code for found in imported.issues] == ["import-page-missing"]


def test_commands_are_split_without_a_shell() -> None:
    command = parse_command("A=1 B='x y' run --flag=C=3 '$(touch x)' ; ls")
    assert command.environment == {"A": "1", "B": "x y"}
    assert (command.program, command.arguments) == (
        "run",
        ("--flag=C=3", "$(touch x)", ";", "ls"),
    )


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("https://me:pw@host:8/mcp?api_key=1#x", "https://host:8/mcp"),
        ("TOKEN=abc run --api-key k1 --password=p2 --verbose", None),
    ],
)
def test_targets_are_shown_without_secrets(target: str, shown: str | None) -> None:
    expected = shown or "TOKEN=*** run --api-key *** --password=*** --verbose"
    assert shown_target(target) == expected


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("run --header 'Authorization: Bearer XYZ' -v", "run --header *** -v"),
        ("run -H 'X-Api-Key: XYZ'", "run -H ***"),
        ("docker run -i -e OPENAI_API_KEY=XYZ a/b:c", "docker run -i -e OPENAI_API_KEY=*** a/b:c"),
        ("docker run -eMY=XYZ --env=MY=XYZ", "docker run -eMY=*** --env=MY=***"),
        ("run serve x.y=XYZ", "run serve x.y=***"),
        ("run https://u:XYZ@h/x?key=XYZ#XYZ", "run https://h/x"),
        ("run --url=https://h:8/x?key=XYZ", "run --url=https://h:8/x"),
        ("run --pat XYZ --conn postgres://u:XYZ@db", "run --pat *** --conn ***"),
        ("run postgres://u:XYZ@db/shop u:XYZ@tcp/db", "run postgres://db/shop ***"),
        ("run --password -XYZ --port 1", "run --password *** --port 1"),
        ("run --apiKey XYZ --githubPat XYZ", "run --apiKey *** --githubPat ***"),
        ("run '{\"token\": \"XYZ\"}' sk-XYZabc", "run *** ***"),
        ("run X-Api-Key:XYZ Authorization: Bearer XYZ", "run X-Api-Key:*** Authorization: *** ***"),
        ("sh -c 'run --token XYZ'", "sh -c ***"),
        ("https://h/s/a1b2c3d4e5f6g7h8i9XYZ/mcp?k=XYZ", "https://h/s/***/mcp"),
        ("npx @scope/files@1.2.3 /a/b 80:8080", "npx @scope/files@1.2.3 /a/b 80:8080"),
    ],
)  # fmt: skip
def test_every_common_form_of_a_secret_is_hidden(target: str, shown: str) -> None:
    assert shown_target(target) == shown
    assert "XYZ" not in secrets_of(target).hide(target.replace("'", ""))


@pytest.mark.parametrize(
    "target",
    ["mcp:TOKEN=XYZ run 'open", "TOKEN=XYZ", "http://me:XYZ@[::1/mcp", "http://me:XYZ/a@host/mcp",
     "http://h:XYZ/mcp"],
)  # fmt: skip
def test_a_target_that_cannot_be_read_is_not_repeated(target: str) -> None:
    with pytest.raises(InputFault) as caught:
        import_mcp(target, timeout_s=5)
    assert "XYZ" not in f"{caught.value} {caught.value.hint}"


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
    | st.sampled_from(["string", "object", "#", "#/$defs/A", "#/properties/a", "http://x/y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.text(max_size=4) | st.sampled_from(
            ["tools", "result", "name", "inputSchema", "outputSchema", "type", "properties",
             "required", "$ref", "$defs", "A", "a", "anyOf", "oneOf", "items", "enum", "const",
             "title", "description", "additionalProperties", "nextCursor", "error"]),
        inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from([*TOOL, "outputSchema"]), ANY_JSON)))
def test_any_answer_gives_lawful_tools_or_our_own_error(tools: list[Any]) -> None:
    try:
        imported = import_tools_list({"tools": tools}, "any.json")
    except FctuneError:
        return
    for spec in imported.catalog:
        assert LAWFUL_NAME.match(spec.name)
        assert check_schema(spec.parameters, "x") == []
        json.dumps(spec.as_document(), allow_nan=False)


@settings(max_examples=100, deadline=None)
@given(ANY_JSON)
def test_any_value_is_no_traceback(value: Any) -> None:
    try:
        import_tools_list(value, "any.json")
    except FctuneError:
        return
