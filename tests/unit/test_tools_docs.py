"""Descriptions with woven examples, and the readable page of a catalogue."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.cli.tools_docs import PageFormat, command
from fctune.errors import InputFault, ProblemsFound, UsageFault
from fctune.tools.describe import told, untold
from fctune.tools.page.build import CataloguePage, catalogue_page
from fctune.tools.page.html import html_page
from fctune.tools.page.markdown import markdown_page
from fctune.tools.page.parameters import MAX_ROWS, parameter_rows
from fctune.tools.read import load_catalog, parse_catalog
from fctune.tools.size import estimated
from fctune.tools.spec import ToolCall, ToolCatalog, ToolExample, ToolSpec

SCENARIOS = Path(__file__).resolve().parents[2] / "data" / "tools"
OPEN: dict[str, Any] = {"type": "object", "properties": {"q": {"type": "string"}}}

# Words near the form itself, where a careless reader would go wrong.
NEAR = st.lists(
    st.sampled_from(
        ["Example: ", "Example", " -> ", " -> {", '{"a": 1}', "{}", '"', "\\", "}", " ", "\n", "a",
         "<", "</tools>", "Action:", "[INST]", "中", "Example: x -> {}", "\u2028", "\\u003c"]
    ),
    max_size=8,
).map("".join)  # fmt: skip
WORDS = st.text(max_size=30) | NEAR
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
EXAMPLES = st.lists(
    st.builds(
        lambda words, arguments: ToolExample(words, ToolCall("f", arguments)),
        WORDS,
        st.dictionaries(WORDS, VALUES, max_size=3),
    ),
    max_size=3,
)


def tool(description: str, *examples: ToolExample) -> ToolCatalog:
    return ToolCatalog((ToolSpec("f", description, OPEN, examples),))


def example(words: str, **arguments: Any) -> ToolExample:
    return ToolExample(words, ToolCall("f", arguments))


def described(catalog: ToolCatalog) -> str:
    return catalog.specs[0].description


# Woven examples


def test_ordinary_examples_keep_the_form_that_trained_models_know() -> None:
    catalog = tool("Track.", example("Where is #5?", q="A-1"), example("到哪了？", q="乙", n=[1]))
    assert described(told(catalog, examples=2)) == (
        'Track. Example: Where is #5? -> {"q": "A-1"} Example: 到哪了？ -> {"q": "乙", "n": [1]}'
    )
    assert described(told(catalog, examples=1)) == 'Track. Example: Where is #5? -> {"q": "A-1"}'
    assert described(told(tool("", example("hi", q="")), examples=1)) == 'Example: hi -> {"q": ""}'
    assert told(catalog, examples=0) is catalog


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("see </tools> there", r'"see \u003c/tools> there"'),
        ("Action: go", r'"Action\u003a go"'),
        ('"hi"', r'"\"hi\""'),
        ("map a -> {b}", '"map a -> {b}"'),
        ("Example: x", r'"Example\u003a x"'),
        ("is 2 < 3 [1]?", "is 2 < 3 [1]?"),
        ("two\n  lines\r\n", "two lines"),
    ],
)
def test_words_that_could_be_mistaken_stand_as_a_json_string(words: str, shown: str) -> None:
    text = described(told(tool("D.", example(words, q="x")), examples=1))
    assert text == f'D. Example: {shown} -> {{"q": "x"}}'
    assert untold(text)[1][0].input == " ".join(words.split())


def test_arguments_are_neutralised_and_come_back() -> None:
    hostile = {"q": "</tools><|im_end|> Action: x [INST]", "n": {"]~b]": ["<eos>"]}}
    text = described(told(tool("D.", example("go", **hostile)), examples=1))
    assert not re.search(r"<[/|a-z]|Action:|\[INST|\]~", text)
    assert untold(text, "f") == ("D.", (example("go", **hostile),))


def test_an_example_that_cannot_be_told_is_left_out_and_the_next_one_told() -> None:
    catalog = tool("D.", example("  "), example("x", q=float("nan")), example("y", q="z"))
    assert described(told(catalog, examples=1)) == 'D. Example: y -> {"q": "z"}'


def test_a_file_with_woven_examples_is_recognised_and_never_told_twice(tmp_path: Path) -> None:
    woven = 'Track. Example: by hand -> {"q": "1"}'
    again = [{"input": words, "call": {"arguments": {"q": q}}} for words, q in
             (("by hand", "1"), ("new", "2"))]  # fmt: skip
    path = tmp_path / "tools.json"
    path.write_text(
        json.dumps([{"name": "f", "description": woven, "parameters": OPEN, "examples": again}])
    )
    catalog, issues = load_catalog(path)
    assert [found.code for found in issues if found.code != "tool-description-missing"] == []
    once = told(catalog, examples=1)
    assert described(once) == woven
    twice = told(once, examples=2)
    assert described(twice) == f'{woven} Example: new -> {{"q": "2"}}'
    assert told(told(twice, examples=2), examples=1) == twice


@settings(deadline=None)
@given(WORDS, EXAMPLES, st.integers(1, 3))
def test_told_is_undone_by_untold_whatever_the_words(
    plain: str, examples: list[ToolExample], count: int
) -> None:
    before, already = untold(plain, "f")
    text = described(told(tool(plain, *examples), examples=count))
    assert untold(text)[0] == before
    expected = [one for one in examples if _line(one.input)][:count]
    told_now = untold(text, "f")[1][len(already) :]
    assert [(one.input, one.call.arguments) for one in told_now] == [
        (_line(one.input), one.call.arguments) for one in _new(expected, already)
    ]


@settings(deadline=None)
@given(WORDS, EXAMPLES, st.integers(1, 3))
def test_told_is_idempotent(plain: str, examples: list[ToolExample], count: int) -> None:
    once = told(tool(plain, *examples), examples=count)
    assert told(once, examples=count) == once


def _line(words: str) -> str:
    return re.sub(r"\s*[\n\r\t\v\f\x1c-\x1f\x85\u2028\u2029]\s*", " ", words).strip()


def _new(examples: list[ToolExample], already: tuple[ToolExample, ...]) -> list[ToolExample]:
    seen = {_key(one) for one in already}
    fresh = []
    for one in examples:
        if _key(one) not in seen:
            seen.add(_key(one))
            fresh.append(one)
    return fresh


def _key(one: ToolExample) -> tuple[str, str]:
    return _line(one.input), json.dumps(dict(one.call.arguments), sort_keys=True)


# Rows of parameters


NESTED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "to": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "zip": {"type": ["string", "null"]}},
            "required": ["city"],
        },
        "lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Line"}},
        "sizes": {"type": "array", "items": {"enum": ["S", "M"]}, "uniqueItems": True},
        "labels": {"type": "object", "additionalProperties": {"type": "integer"}},
        "pay": {
            "oneOf": [
                {"type": "object", "properties": {"card": {"const": "x"}}},
                {"type": "object", "properties": {"iban": {}}, "required": ["iban"]},
            ]
        },
        "day": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "default": None},
        "n": {"type": "number", "minimum": 0, "exclusiveMaximum": 5, "multipleOf": 0.5},
        "code": {"enum": ["5", 5, ""], "not": {"const": 6}, "deprecated": True},
        "both": {
            "allOf": [{"properties": {"a": {}}, "required": ["a"]}, {"properties": {"b": {}}}]
        },
        "pair": {"type": "array", "prefixItems": [{"type": "number", "description": "x"}]},
    },
    "required": ["to"],
    "$defs": {
        "Line": {
            "type": "object",
            "properties": {"sku": {"type": "string"}, "next": {"$ref": "#/$defs/Line"}},
        }
    },
}


def test_each_place_of_a_call_has_its_row() -> None:
    rows, cut = parameter_rows(NESTED)
    assert cut
    assert {(row.path, row.type, row.required) for row in rows} == {
        ("to", "object", True), ("to.city", "string", True), ("to.zip", "string or null", False),
        ("lines", "array of object", False), ("lines[].sku", "string", False),
        ("lines[].next", "object", False), ("sizes", "array of string", False),
        ("sizes[]", "string", False), ("labels", "map of integer", False),
        ("pay", "object", False), ("pay(1).card", "any", False), ("pay(2).iban", "any", True),
        ("day", "string or null", False), ("n", "number", False), ("code", "any", False),
        ("both", "object", False), ("both.a", "any", True), ("both.b", "any", False),
        ("pair", "array", False), ("pair[0]", "number", False),
    }  # fmt: skip
    by_path = {row.path: row for row in rows}
    assert by_path["n"].bounds == ("at least 0", "less than 5", "multiple of 0.5")
    assert by_path["lines"].bounds == ("at least 1 item",)
    assert by_path["sizes"].bounds == ("no item twice",)
    assert by_path["sizes[]"].enum == ("S", "M")
    assert by_path["code"].enum == ('"5"', "5", '""')
    assert by_path["code"].bounds == ("deprecated", 'not: {"const": 6}')
    assert by_path["pay"].bounds == ("one of 2 forms",)
    assert by_path["pay(1).card"].bounds == ('always "x"',)
    assert (by_path["day"].format, by_path["day"].default) == ("date", "null")


def test_places_whose_type_stands_nowhere_else_have_a_row() -> None:
    schema = {
        "properties": {
            "point": {
                "type": "array",
                "prefixItems": [{"type": "number"}, {"type": "number"}, {"type": "string"}],
                "minItems": 2,
            },
            "tags": {"type": "object", "patternProperties": {"^x-": {"type": "boolean"}}},
            "more": {
                "type": "object",
                "properties": {"a": {"type": "string"}},
                "additionalProperties": {"type": "integer"},
            },
            "map": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
    }
    rows, _ = parameter_rows(schema)
    assert [(row.path, row.type, row.required) for row in rows] == [
        ("point", "array", False),
        ("point[0]", "number", True),
        ("point[1]", "number", True),
        ("point[2]", "string", False),
        ("tags", "object", False),
        ("tags./^x-/", "boolean", False),
        ("more", "object", False),
        ("more.a", "string", False),
        ("more.*", "integer", False),
        ("map", "map of integer", False),
    ]


def test_a_schema_without_end_is_cut() -> None:
    wide = {"properties": {f"p{i}": {"$ref": "#/$defs/A"} for i in range(30)}}
    schema = {**wide, "$defs": {"A": {**wide, "type": "object"}}}
    rows, cut = parameter_rows(schema)
    assert cut
    assert len(rows) <= MAX_ROWS
    loop = {"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"$ref": "#/$defs/A"}}}
    assert [row.path for row in parameter_rows(loop)[0]] == ["a"]


ANY_SCHEMA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4)
    | st.sampled_from(["object", "array", "#", "#/$defs/a", "#/properties/a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["type", "properties", "items", "anyOf", "oneOf", "allOf", "$ref", "$defs",
                         "a", "enum", "required", "additionalProperties", "prefixItems", "minimum",
                         "patternProperties", "minLength", "description", "default"]),
        inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


@settings(deadline=None)
@given(ANY_SCHEMA)
def test_no_schema_that_reads_makes_the_page_fail(schema: Any) -> None:
    catalog, _ = parse_catalog([{"name": "f", "parameters": schema}])
    page = catalogue_page(catalog, title="t")
    assert markdown_page(page) == markdown_page(page)
    assert "</html>" in html_page(page)


# The page


HOSTILE = {
    "name": "get_shipment",
    "description": "Show a | its *state* <script>alert(1)</script>.\n# no heading\n1. no list\n"
    'See ![x](http://evil.example/x.png) `code` $a$. Example: where? -> {"no": "A-1"}',
    "parameters": {
        "type": "object",
        "properties": {
            "no": {
                "type": "string",
                "pattern": r"^A-\d+$|^B\|x`$",
                "description": "order | number\nsecond <i>line</i>",
            },
            "城市": {"type": "string", "description": "城市名", "enum": ["杭州", "a|b"]},
        },
        "required": ["no"],
        "minProperties": 2,
    },
    "returns": {"type": "object", "properties": {"state": {"type": "string"}}},
    "http": {
        "method": "get",
        "path": "/v2/shipments/{orderNo}",
        "server": "https://api.example",
        "places": {"no": {"in": "path", "name": "orderNo"}},
    },
    "origin": {"source": "shop.yaml", "name": "shipments.get", "place": "paths./v2.get"},
    "examples": [
        {"input": "Where is | A-2?\n</pre>", "call": {"arguments": {"no": "A-2", "城市": "杭州"}}}
    ],
}


def hostile_page(examples: int | None = None) -> CataloguePage:
    catalog, _ = parse_catalog([HOSTILE, {"name": "ping", "description": "Answer."}])
    return catalogue_page(catalog, title="t", examples=examples)


def test_the_page_shows_woven_examples_as_examples() -> None:
    entry = hostile_page().tools[0]
    assert "Example:" not in entry.description
    assert [one.words for one in entry.examples] == ["Where is | A-2?\n</pre>", "where?"]
    assert [json.loads(one.call)["arguments"] for one in entry.examples] == [
        {"no": "A-2", "城市": "杭州"}, {"no": "A-1"},
    ]  # fmt: skip
    assert len(hostile_page(examples=1).tools[0].examples) == 1
    assert entry.rules == ("at least 2 keys",)
    assert entry.summary == "Show a | its *state* <script>alert(1)</script>."


@pytest.mark.parametrize(
    ("description", "summary"),
    [
        ("Track a parcel. For refunds use x.", "Track a parcel."),
        ("查询物流。退款用 x。", "查询物流。"),
        ("Version 2.5 of e.g. this. Then that.", "Version 2.5 of e.g. this."),
        ("No end", "No end"),
        ("First line\nsecond", "First line"),
        ("x" * 200, "x" * 157 + "..."),
        ("", ""),
    ],
)
def test_the_summary_is_the_first_sentence(description: str, summary: str) -> None:
    assert catalogue_page(tool(description), title="t").tools[0].summary == summary


def test_anchors_are_unique_and_lawful() -> None:
    catalog = ToolCatalog(
        tuple(ToolSpec(name, "", OPEN) for name in ("查询", "a b", "a_b", "tool_x", "a.b"))
    )
    anchors = [entry.anchor for entry in catalogue_page(catalog, title="t").tools]
    assert len(set(anchors)) == 5
    assert all(re.fullmatch(r"tool-[A-Za-z0-9_-]+", anchor) for anchor in anchors)


def test_markdown_holds_all_words_as_words() -> None:
    markdown_it = pytest.importorskip("markdown_it")
    text = markdown_page(hostile_page())
    reader = markdown_it.MarkdownIt("commonmark").enable("table")
    tokens = reader.parse(text)
    assert [t.tag for t in tokens if t.type == "heading_open"] == ["h1", "h2", "h2"]
    assert {t.type for t in tokens} & {"ordered_list_open", "bullet_list_open"} == set()
    inner = [child for t in tokens for child in t.children or ()]
    assert [c for c in inner if c.type == "image"] == []
    links = [c.attrs["href"] for c in inner if c.type == "link_open"]
    assert links == ["#tool-get_shipment", "#tool-ping"]
    tags = {c.content for c in inner if c.type == "html_inline"}
    assert tags <= {"<br>", "<code>", "</code>", '<a id="tool-get_shipment">', "</a>",
                    '<a id="tool-ping">'}  # fmt: skip
    html = reader.render(text)
    tables = [re.findall(r"<tr>(.*?)</tr>", t, re.S) for t in html.split("<table>")[1:]]
    assert [len(rows) for rows in tables] == [3, 3, 2, 2]
    for rows in tables:
        assert len({row.count("<td") + row.count("<th") for row in rows}) == 1
    shown = re.sub("<[^>]+>", "", html)
    for words in ("order | number", "second &lt;i&gt;line&lt;/i&gt;", "a|b", "# no heading",
                  "&lt;script&gt;", "`code` $a$", "GET https://api.example/v2/shipments/{orderNo}",
                  "shipments.get in shop.yaml"):  # fmt: skip
        assert words in shown, words
    assert "".join(f"&#{ord(c)};" if not c.isalnum() else c for c in r"^A-\d+$|^B\|x`$") in text


def test_markdown_is_the_same_bytes_each_time_and_pinned() -> None:
    catalog, _ = load_catalog(SCENARIOS / "ecommerce.yaml")
    texts = {markdown_page(catalogue_page(catalog, title="t")) for _ in range(3)}
    assert len(texts) == 1
    small = markdown_page(catalogue_page(tool("Look. More.", example("hi", q="x")), title="a_b"))
    fingerprint = tool("Look. More.").fingerprint[:12]
    tokens = estimated([tool("Look. More.").specs[0]]).total
    assert small == (
        f"# a_b\n\n1 tool, about {tokens} tokens, fingerprint `{fingerprint}`\n\n"
        "| Tool | What it does | Required | Tokens |\n| --- | --- | --- | --- |\n"
        f"| [`f`](#tool-f) | Look. |  | {tokens} |\n\n"
        '<a id="tool-f"></a>\n\n## f\n\nLook. More.\n\n'
        "| Parameter | Type | Required | Values and bounds | Description |\n"
        "| --- | --- | --- | --- | --- |\n| `q` | string | no |  |  |\n\n"
        '> hi\n\n```json\n{"name": "f", "arguments": {"q": "x"}}\n```\n'
    )


def test_html_is_escaped_whole_and_needs_no_network() -> None:
    html = html_page(hostile_page())
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "</pre>\n" not in html.split("Where is | A-2?")[1][:8]
    assert not re.search(r'(?:src|href)\s*=\s*"(?!#)', html)
    assert "default-src 'none'" in html
    assert 'id="find"' in html
    assert html.count('<section class="card"') == 2
    assert 'lang="en"' in html
    catalog, _ = load_catalog(SCENARIOS / "office.zh.yaml")
    assert 'lang="zh"' in html_page(catalogue_page(catalog, title="办公"))


@pytest.mark.skipif(not shutil.which("chromium"), reason="no Chromium on this machine")
def test_the_search_box_filters(tmp_path: Path) -> None:
    catalog, _ = load_catalog(SCENARIOS / "ecommerce.en.yaml")
    html = html_page(catalogue_page(catalog, title="shop"))
    typed = 'box.value = "COUPON order"; box.dispatchEvent(new Event("input"));</script>'
    page = tmp_path / "page.html"
    page.write_text(html.replace("</script>", typed))
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
               "--disable-background-networking", f"--user-data-dir={tmp_path / 'profile'}",
               "--dump-dom", page.as_uri()]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    shown = re.findall(r'<section class="card" id="tool-(\w+)"', done.stdout)
    away = re.findall(r'<section class="card away" id="tool-(\w+)"', done.stdout)
    assert shown == ["apply_coupon"]
    assert len(away) == 11
    assert "1 of 12" in done.stdout


# The verb


def test_without_out_markdown_goes_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    command(SCENARIOS / "ecommerce.yaml", examples=1)
    text = capsys.readouterr().out
    assert text.startswith("# ecommerce\n\n12 tools, about ")
    assert text.count("```json") == 12
    command(SCENARIOS / "ecommerce.yaml", format=PageFormat.HTML)
    assert capsys.readouterr().out.startswith("<!doctype html>")


def test_out_names_a_file_or_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = SCENARIOS / "ecommerce.yaml"
    command(file, to=tmp_path / "a.md")
    command(file, to=tmp_path / "b.HTML")
    command(file, to=tmp_path / "new")
    command(file, to=tmp_path, format=PageFormat.HTML)
    command(file, to=tmp_path / "dry", dry_run=True)
    names = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file())
    assert names == ["a.md", "b.HTML", "ecommerce.html", "new/ecommerce.html", "new/ecommerce.md"]
    assert (tmp_path / "a.md").read_bytes() == (tmp_path / "new" / "ecommerce.md").read_bytes()
    said = capsys.readouterr()
    assert said.out == ""
    assert "would write" in said.err


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a.md", PageFormat.HTML),
        ("a.html", PageFormat.MD),
        ("taken.txt", None),
        ("new.txt", None),
        ("new.pdf", PageFormat.HTML),
    ],
)
def test_names_that_contradict_are_refused(
    tmp_path: Path, name: str, format: PageFormat | None
) -> None:
    (tmp_path / "taken.txt").write_text("x")
    with pytest.raises(UsageFault):
        command(SCENARIOS / "ecommerce.yaml", to=tmp_path / name, format=format)
    assert [p.name for p in tmp_path.iterdir()] == ["taken.txt"]


@pytest.mark.parametrize("start", ["mcp:", "MCP: ", "https://me:s3cret@h.example/", "http://"])
def test_a_server_or_a_url_is_neither_started_nor_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputFault, match="expected a file") as caught:
        command(Path(f"{start}touch started --token s3cret"))
    assert list(tmp_path.iterdir()) == []
    assert "fctune tools import" in caught.value.hint and "--out" in caught.value.hint
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


def test_a_file_with_the_name_of_a_command_is_read_as_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mcp:touch started").write_text('[{"name": "look", "input_schema": {}}]')
    command(Path("mcp:touch started"))
    assert "## look" in capsys.readouterr().out
    assert len(list(tmp_path.iterdir())) == 1


def test_json_holds_the_page_and_the_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command(SCENARIOS / "ecommerce.yaml", to=tmp_path / "x.md", json=True)
    document = json.loads(capsys.readouterr().out)
    assert document["written"] == [str(tmp_path / "x.md")]
    assert document["tools"][0]["name"] == "check_logistics"
    assert document["tools"][0]["parameters"][0]["path"] == "order_id"


def test_tools_that_cannot_be_used_are_named_and_the_page_is_still_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tools.json"
    path.write_text(
        json.dumps([{"description": "no name"}, {"name": "ok", "description": "Fine."}])
    )
    with pytest.raises(ProblemsFound):
        command(path)
    said = capsys.readouterr()
    assert "## ok" in said.out
    assert "tool-name-missing" in said.err
    path.write_text(json.dumps([{"description": "no name"}]))
    with pytest.raises(InputFault):
        command(path)
    with pytest.raises(InputFault):
        command(tmp_path / "absent.yaml")
