"""`fctune tools import` as a user meets it: what it writes, what it says, how it ends."""

from __future__ import annotations

import io
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from fctune.cli import main
from fctune.errors import InputFault, UsageFault
from fctune.jsonl import parse_yaml, read_document
from fctune.tools.imports.detect import ImportOptions, import_source
from fctune.tools.imports.fetch import FetchLimits
from fctune.tools.imports.openapi_filter import OperationFilter
from fctune.tools.mapping import ApiCall, load_mapping, to_api
from fctune.tools.read import load_catalog
from fctune.tools.spec import ToolCall
from tests.unit.test_cli_main import fctune

SAMPLES = Path(__file__).parent / "samples" / "openapi"
SHOP = SAMPLES / "shop.yaml"
CITY = {"type": "object", "properties": {"city": {"type": "string", "description": "where"}}}
TOOL = {"name": "look", "description": "Look.", "input_schema": CITY}


def run(*arguments: object, code: int = 0) -> tuple[str, str]:
    """Run the verb as its console script does; return its stdout and stderr."""
    data, told = io.StringIO(), io.StringIO()
    ended: object = 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(data), redirect_stderr(told):
        patch.setattr(sys, "argv", ["fctune", "tools", "import", *map(str, arguments)])
        try:
            main.run()
        except SystemExit as end:
            ended = end.code or 0
    assert ended == code, told.getvalue()
    return data.getvalue(), told.getvalue()


@pytest.mark.parametrize("name", ["out.yaml", "new/out.json"])
def test_a_file_is_written_and_the_next_command_told(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    data, told = run(SHOP, "--out", target)
    assert data == ""
    lines = told.splitlines()
    assert lines[-3:] == [
        f"{SHOP}: 8 operations (openapi): 8 tools, 0 skipped",
        f"wrote {target}",
        f"next: fctune tools check {target}",
    ]
    catalog, _ = load_catalog(target)
    assert catalog == import_source(str(SHOP)).catalog


def test_the_console_script_and_the_next_command_work(tmp_path: Path) -> None:
    target = tmp_path / "tools.yaml"
    done = fctune("tools", "import", str(SHOP), "--out", str(target))
    assert (done.returncode, done.stdout) == (0, "")
    checked = fctune("tools", "check", str(target))
    assert checked.returncode in (0, 1)
    assert "addPhoto" in checked.stdout + checked.stderr


def test_without_a_file_the_catalogue_goes_to_stdout() -> None:
    data, told = run(SHOP, "--tag", "items")
    assert [tool["name"] for tool in parse_yaml(data, "stdout")["tools"]] == ["addPhoto"]
    assert told.endswith("1 operation (openapi): 1 tool, 0 skipped\n")


def test_issues_are_grouped_by_code(tmp_path: Path) -> None:
    parameters = [{"name": f"p[{index}]", "in": "query"} for index in range(44)]
    source = tmp_path / "api.json"
    operation = {"operationId": "f", "parameters": parameters}
    source.write_text(json.dumps({"openapi": "3.0.0", "paths": {"/a": {"get": operation}}}))
    _, told = run(source, "--out", tmp_path / "out.yaml")
    assert told.count("paths./a.get") == 3
    assert "repair: tool-parameter-renamed, 44 places\n" in told
    assert "  and 41 more (--all-issues)\n" in told
    assert run(source, "--all-issues", "--dry-run")[1].count("paths./a.get") == 44


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    target = tmp_path / "out.yaml"
    data, told = run(SHOP, "--out", target, "--dry-run")
    assert not target.exists()
    assert data == ""
    assert f"would write {target}" in told
    assert run(SHOP, "--dry-run")[0] == ""


def test_json_holds_everything(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    report = json.loads(run(SHOP, "--out", target, "--json")[0])
    assert report["kind"] == "openapi"
    assert (report["entries"], report["skipped"], report["written"]) == (8, 0, True)
    assert report["fingerprint"] == load_catalog(target)[0].fingerprint
    assert {"code", "where", "message", "hint", "severity"} == set(report["issues"][0])
    bare = json.loads(run(SHOP, "--json", "--method", "patch")[0])
    assert [tool["name"] for tool in bare["catalog"]["tools"]] == ["order_replace"]


def test_skipped_entries_end_with_1_and_the_rest_is_written(tmp_path: Path) -> None:
    source, target = tmp_path / "api.json", tmp_path / "out.yaml"
    paths = {"/a": {"get": {}, "post": 5}, "/b": "x"}
    source.write_text(json.dumps({"openapi": "3.0.0", "paths": paths}))
    _, told = run(source, "--out", target, code=1)
    assert f"{source}: 3 operations (openapi): 1 tool, 2 skipped" in told
    assert load_catalog(target)[0].names == ("get_a",)


@pytest.mark.parametrize(
    ("arguments", "code", "found"),
    [
        (["gone.yaml"], 3, "gone.yaml: no such file"),
        ([str(SAMPLES)], 3, "got a folder, expected a file"),
        ([str(SHOP), "--out", "x.txt"], 2, "expected a name that ends in .yaml or .json"),
        ([str(SHOP), "--tag", "Odrers"], 2, "there are: Orders (3), Items"),
        ([str(SHOP), "--kind", "openapi", "--execute"], 2, "--execute runs a Python module"),
        ([str(SHOP), "--name", "gone"], 2, "no tool is named gone, there are: listOrders"),
        ([str(SHOP), "--prefix", "a b"], 2, "--prefix: got 'a b'"),
        ([str(SHOP), "--kind", "odd"], 2, "odd"),
        (["http://127.0.0.1:9/x"], 3, "not a public address"),
        (["mcp:"], 2, "got no command"),
        (["https://x.example/m.py", "--kind", "python"], 2, "never loaded from a URL"),
    ],
)
def test_faults_say_what_is_wrong(arguments: list[str], code: int, found: str) -> None:
    _, told = run(*arguments, code=code)
    assert found in told


def test_broken_documents_name_the_line(tmp_path: Path) -> None:
    for name, text, line in (
        ("a.json", '{\n"a": }', 2),
        ("b.yaml", "a: 1\na: 2\n", 2),
        ("c", "openapi: [\n", 2),
    ):
        path = tmp_path / name
        path.write_text(text)
        assert f"{path}:{line}: not valid" in run(path, code=3)[1]
    (tmp_path / "d.json").write_bytes(b"\xff\xfe{")
    assert "not UTF-8 text" in run(tmp_path / "d.json", code=3)[1]


# What takes which source


def test_a_prefix_is_put_before_names_and_the_origin_keeps_the_old() -> None:
    imported = import_source(str(SHOP), ImportOptions(prefix="shop-"))
    assert imported.catalog.names[:2] == ("shop-listOrders", "shop-createOrder")
    assert imported.catalog.specs[0].origin is not None
    assert imported.catalog.specs[0].origin.name == "listOrders"
    long = import_source(str(SHOP), ImportOptions(prefix="p" * 60, names=("listOrders",)))
    assert len(long.catalog.names[0]) == 64
    assert long.issues[-1].code == "import-name-changed"


def test_names_choose_tools_by_either_name() -> None:
    options = ImportOptions(names=("order replace!", "pay"))
    assert import_source(str(SHOP), options).catalog.names == ("order_replace", "pay")


@pytest.mark.parametrize(
    "text",
    [
        "openapi: 3.1.0\npaths: {/a: {get: {}}}",
        '{"openapi": "3.1.0", "paths": {"/a": {"get": {}}}}',
    ],
)
@pytest.mark.parametrize("name", ["api", "api.txt", "api.json", "api.yaml"])
def test_the_content_tells_what_a_document_is(tmp_path: Path, text: str, name: str) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    imported = import_source(str(path))
    assert (imported.kind, imported.catalog.names) == ("openapi", ("get_a",))


def test_tool_lists_go_to_their_importer(tmp_path: Path) -> None:
    path = tmp_path / "tools.json"
    path.write_text(json.dumps([TOOL]))
    imported = import_source(str(path), ImportOptions(prefix="p_"))
    assert imported.catalog.names == ("p_look",)
    assert imported.kind != "openapi"
    for options in (
        ImportOptions(operations=OperationFilter(tags=("a",))),
        ImportOptions(operations=OperationFilter(deprecated=False)),
        ImportOptions(execute=True),
    ):
        with pytest.raises(UsageFault):
            import_source(str(path), options)
    with pytest.raises(InputFault, match="expected OpenAPI"):
        import_source(str(path), ImportOptions(kind="openapi"))
    with pytest.raises(UsageFault, match="--kind"):
        import_source(str(path), ImportOptions(kind="odd"))


def test_a_saved_answer_of_an_mcp_server_is_read(tmp_path: Path) -> None:
    tool = {"name": "look", "description": "Look.", "inputSchema": CITY}
    answer = {"jsonrpc": "2.0", "id": 1, "result": {"tools": [tool]}}
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(answer))
    for kind in ("auto", "mcp"):
        imported = import_source(str(path), ImportOptions(kind=kind))
        assert (imported.kind, imported.catalog.names) == ("mcp", ("look",))


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_saved_page_without_an_envelope_is_not_taken_for_the_whole(
    tmp_path: Path, wrapped: bool
) -> None:
    tool = {"name": "look", "description": "Look.", "inputSchema": CITY}
    other = {**tool, "name": "find"}
    path = tmp_path / "page.json"
    pages: list[Any] = [{"tools": [tool], "nextCursor": "2"}, {"tools": [other]}]
    if wrapped:
        pages = [{"jsonrpc": "2.0", "id": 1, "result": page} for page in pages]
    path.write_text(json.dumps(pages[0]))
    told = run(path, "--out", tmp_path / "out.yaml", code=1)[1]
    assert "import-page-missing" in told and "mcp: look" not in told
    assert "save all its pages as one list" in told and "Import the server live" in told
    path.write_text(json.dumps(pages))
    imported = import_source(str(path))
    assert (imported.kind, imported.catalog.names, imported.issues) == (
        "mcp", ("look", "find"), ()
    )  # fmt: skip


@pytest.mark.parametrize("mode", ["pages", "none", "sloppy"])
@pytest.mark.parametrize("as_json", [False, True])
def test_secrets_of_a_command_are_never_printed(tmp_path: Path, mode: str, as_json: bool) -> None:
    server = Path(__file__).with_name("mcp_bad_server.py")
    source = f"mcp:TOKEN=s3cret {sys.executable} {server} {mode} --pat s3cret -H 'K: s3cret'"
    target = tmp_path / "out.yaml"
    code = {"pages": 0, "none": 3, "sloppy": 1}[mode]
    options = ["--out", str(target), *(["--json"] if as_json else [])]
    said = "".join(run(source, *options, code=code))
    assert "s3cret" not in said and "TOKEN=***" in said
    if mode != "none":
        assert "s3cret" not in target.read_text("utf-8")


@pytest.mark.parametrize(
    "source",
    [
        "TOKEN=s3cret npx server",
        "mcp:npx 'open --token s3cret",
        "https://me:s3cret@h.example/api.yaml?key=s3cret",
        "https://h.example:s3cret/api.yaml",
        "http://127.0.0.1:9/x?key=s3cret",
        "gone.yaml --token s3cret",
    ],
)
def test_a_source_that_cannot_be_read_is_named_without_secrets(source: str) -> None:
    assert "s3cret" not in "".join(run(source, code=3))


def test_a_key_in_the_query_of_a_url_stays_out_of_the_origin(tmp_path: Path, web: str) -> None:
    (tmp_path / "api.yaml").write_text("openapi: 3.1.0\npaths: {/a: {get: {}}}\n")
    url = f"{web}/api.yaml"
    out, told = run(f"{url}?key=s3cret", "--allow-private")
    assert f"source: {url}," in out and "s3cret" not in out + told


def test_a_python_module_goes_to_its_importer(tmp_path: Path) -> None:
    path = tmp_path / "tools.py"
    path.write_text('def look(city: str) -> str:\n    """Look up a city."""\n')
    imported = import_source(str(path), ImportOptions(names=("look",)))
    assert (imported.kind, imported.catalog.names) == ("python", ("look",))


def test_the_time_limit_holds_for_execution_too(tmp_path: Path) -> None:
    path = tmp_path / "tools.py"
    path.write_text("import time\ntime.sleep(30)\ndef look(city: str): ...\n")
    told = run(path, "--execute", "--timeout", "1", code=3)[1]
    assert "takes longer than 1 s" in told and "--timeout" in told


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """Serve a folder; return its URL."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_url_is_loaded_and_its_references_stay_within(tmp_path: Path, web: str) -> None:
    (tmp_path / "api.yaml").write_text(
        "openapi: 3.1.0\nservers: [{url: /v1}]\npaths:\n  /a:\n    post:\n      requestBody:\n"
        "        content: {application/json: {schema: {$ref: models.yaml}}}\n"
    )
    (tmp_path / "models.yaml").write_text("type: object")
    url = f"{web}/api.yaml"
    imported = import_source(url, ImportOptions(limits=FetchLimits(allow_private=True)))
    assert [found.code for found in imported.issues] == ["import-reference-refused"]
    spec = imported.catalog.specs[0]
    assert spec.origin is not None
    assert spec.http is not None
    assert (spec.origin.source, spec.http.server) == (url, f"{web}/v1")
    assert "hint: add --allow-private" in run(url, code=3)[1]
    (tmp_path / "big.yaml").write_text("a: " + "x" * 5000)
    told = run(f"{web}/big.yaml", "--allow-private", "--max-mb", "0.001", code=3)[1]
    assert "larger than 0.001 MB" in told


MAPPED = """schema_version: 1
owner: crm
tools:
- name: look
  description: Look.
  parameters: {type: object, properties: {city: {type: string, description: where}}}
- name: 查询
  description: 查询物流。
  parameters: {type: object, properties: {no: {type: string, description: 单号}}, required: [no]}
tool_mapping:
- {tool: look, api: GET /look, parameters: {city: filter.city}}
- {tool: 查询, api: "GET /ship/{no}", parameters: {no: no}}
- 5
"""


@pytest.fixture
def mapped(tmp_path: Path) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(MAPPED.replace("- 5\n", ""), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["new.yaml", "new.json"])
def test_a_mapping_and_other_keys_survive_with_the_tools_new_names(
    tmp_path: Path, mapped: Path, name: str
) -> None:
    target = tmp_path / name
    run(mapped, "--out", target)
    document = read_document(target)
    assert list(document) == ["schema_version", "tools", "owner", "tool_mapping"]
    assert document["owner"] == "crm"
    mapping = load_mapping(target)
    assert [entry.tool for entry in mapping.entries] == list(load_catalog(target)[0].names)
    call = ToolCall("look", {"city": "Oslo"})
    assert to_api(call, mapping) == ApiCall("GET /look", {"filter": {"city": "Oslo"}})
    data, _ = run(mapped)
    assert parse_yaml(data, "stdout") == document
    assert json.loads(run(mapped, "--json")[0])["catalog"] == document
    run(mapped, "--out", target, "--prefix", "crm_", "--name", "look")
    assert [entry.tool for entry in load_mapping(target).entries] == ["crm_look"]
    assert load_catalog(target)[0].names == ("crm_look",)


def test_entries_of_any_form_follow_and_broken_ones_stay(tmp_path: Path) -> None:
    path, target = tmp_path / "own.yaml", tmp_path / "new.yaml"
    path.write_text(MAPPED, encoding="utf-8")
    run(path, "--out", target)
    assert read_document(target)["tool_mapping"][2] == 5
    whole = parse_yaml(MAPPED, "own.yaml")
    entries = whole["tool_mapping"][:2]
    path.write_text(
        json.dumps({**whole, "tool_mapping": {"unmapped": "refuse", "entries": entries}})
    )
    run(path, "--out", target, "--prefix", "x_")
    mapping = load_mapping(target)
    assert mapping.unmapped == "refuse"
    assert [entry.tool for entry in mapping.entries] == list(load_catalog(target)[0].names)


def test_a_mapping_that_cannot_follow_new_names_is_refused(tmp_path: Path) -> None:
    path, target = tmp_path / "own.json", tmp_path / "new.json"
    path.write_text(json.dumps({"tools": [TOOL], "tool_mapping": "elsewhere.yaml"}))
    told = run(path, "--out", target, "--prefix", "x_", code=2)[1]
    assert "tool_mapping" in told and not target.exists()
    run(path, "--out", target)
    assert read_document(target)["tool_mapping"] == "elsewhere.yaml"


def test_a_request_that_lists_tools_leaves_nothing_but_its_tools(tmp_path: Path) -> None:
    path, target = tmp_path / "request.json", tmp_path / "new.json"
    path.write_text(json.dumps({"model": "m", "messages": [], "tools": [TOOL]}))
    run(path, "--out", target)
    assert list(read_document(target)) == ["schema_version", "tools"]


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_the_source_is_never_written_over(mapped: Path, more: list[str]) -> None:
    before = mapped.read_bytes()
    told = run(mapped, "--out", mapped.parent / "." / mapped.name, *more, code=2)[1]
    assert "the source itself" in told and "--fix" in told
    assert mapped.read_bytes() == before
