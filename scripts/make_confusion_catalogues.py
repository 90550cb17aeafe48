"""Write the catalogues on which the detection of confusable tools is judged.

Role: a fixed, unlabelled collection of real tool catalogues; labels of pairs are added elsewhere
and refer to a catalogue's id and to tool names.
Input: a folder with one subfolder per public source, each with the files named in SOURCES below.
Output: one catalogue a line: {"id", "split", "language", "origin": {"dataset", "file",
"repository", "licence"}, "tools": [{"name", "description", "parameters"}]}.
Command: python scripts/make_confusion_catalogues.py RAW --out data/confusions/catalogues.jsonl

Rules:
- Names and descriptions are the source's own; parameters are in the canonical form of
  `fctune.tools.read.parse_catalog`. Where a source has no tool name (Datadog: a title of an
  operation), the title in snake case is the name.
- A source that keeps tools of one product or field together gives one catalogue for it. A source
  that lists tools per question (BFCL, Glaive, ToolBench) is pooled by theme, the first definition
  of a name counts.
- Dev and test share no tool name; one theme of a source is on one side in all its languages.
- Only the definitions of tools are read, never a question or an answer.
- Left out: ACEBench and When2Call (test sets of others; the tools of the latter are BFCL's), the
  sources whose licence mixes several, and second copies of a source in another shape.

Before: {"api_name": "shipOrder", "api_description": "Ship an order", "field": "Logistics/Order
        fulfillment", "parameters": {"order_id": {"type": "str"}}, "required": ["order_id"]}
After:  {"name": "shipOrder", "description": "Ship an order", "parameters": {"type": "object",
        "properties": {"order_id": {"type": "string"}}, "required": ["order_id"]}}
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fctune.tools.read import parse_catalog

MAX_TOOLS = 60
Tool = dict[str, Any]
Reader = Callable[[Path, tuple[Any, ...]], Iterable[Tool]]


@dataclass(frozen=True)
class Source:
    """A public source: its folder, repository at a commit, and licence."""

    dataset: str
    folder: str
    repository: str
    licence: str


@dataclass(frozen=True)
class Catalogue:
    """One line of the output: where its tools come from and which of them it takes."""

    id: str
    split: str
    source: str
    file: str
    read: Reader
    chosen: tuple[Any, ...] = ()
    language: str = "en"


def _source(dataset: str, folder: str, repository: str, commit: str, licence: str) -> Source:
    return Source(dataset, folder, f"github.com/{repository}@{commit}", licence)


_GORILLA = ("ShishirPatil/gorilla", "6ea57973c7a6097fd7c5915698c54c17c5b1b6c8", "Apache-2.0")
SOURCES = {
    "mcp": _source(
        "Model Context Protocol reference servers",
        "mcp_tools_list",
        "modelcontextprotocol/servers",
        "76d64c822f5125032f89eb71dbdb94e42b434821",
        "MIT",
    ),
    "tutorial": _source(
        "llm-tool-use-ft",
        "tutorial_tool_use",
        "ShawhinT/llm-tool-use-ft",
        "15b0fd9ab2952b5aa084af2cb5fefef09ba2209c",
        "MIT",
    ),
    "bfcl": _source("BFCL v4", "bfcl_v4", *_GORILLA),
    "datadog": _source("Gorilla API Zoo, Datadog", "tools_only_openapi_jarvis", *_GORILLA),
    "jarvis": _source(
        "JARVIS TaskBench",
        "tools_only_openapi_jarvis",
        "microsoft/JARVIS",
        "c62e0faac76c4a2907cabe2cfe4bbe5f2e613400",
        "MIT",
    ),
    "openai": _source(
        "OpenAI OpenAPI",
        "tools_only_openapi_jarvis",
        "openai/openai-openapi",
        "f85dbe223d40e1a31cba812ab2d755c7e98a92a3",
        "MIT",
    ),
    "toolalpaca": _source(
        "ToolAlpaca",
        "toolalpaca",
        "tangqiaoyu/ToolAlpaca",
        "189069998d64a7baf1b4a1c3c4b2e75eb9d05532",
        "Apache-2.0",
    ),
    "apibank": _source(
        "API-Bank",
        "api_bank",
        "AlibabaResearch/DAMO-ConvAI",
        "483554eae102996f5ec1f4feab4e78ef29c2a394",
        "Apache-2.0",
    ),
    "seal": _source(
        "Seal-Tools",
        "seal_tools",
        "fairyshine/Seal-Tools",
        "ce753ecd60ed08dd376984035de531ab8421f1c6",
        "Apache-2.0",
    ),
    "glaive": _source(
        "Glaive tool calls, LLaMA-Factory demo",
        "sharegpt_glaive_lf",
        "hiyouga/LLaMA-Factory",
        "ff6d4d12eeb035d6ce06805a5733dd7b29f2ac30",
        "Apache-2.0",
    ),
    "toolbench": _source(
        "ToolBench",
        "openai_legacy_functions_toolbench",
        "OpenBMB/ToolBench",
        "d56fdd89faf8c91fa135090b212bb9057ee5cfc2",
        "Apache-2.0",
    ),
}


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def read_mcp(path: Path, chosen: tuple[Any, ...]) -> Iterable[Tool]:
    """Read saved tools/list answers: the file itself and the chosen ones beside it."""
    for name in (path.name, *chosen):
        for tool in _json(path.with_name(name))["tools"]:
            yield {key: tool[key] for key in ("name", "description", "inputSchema")}


def read_yaml(path: Path, chosen: tuple[Any, ...]) -> Iterable[Tool]:
    """Read a YAML list of tools."""
    from fctune.jsonl import parse_yaml

    tools: list[Tool] = parse_yaml(path.read_text(encoding="utf-8"), path.name)
    return tools


def read_bfcl(path: Path, chosen: tuple[Any, ...]) -> Iterable[Tool]:
    """Read the functions of the chosen items: the middle number of a live id, else the last."""
    for row in _lines(path):
        number = re.search(r"_(\d+)(?:-(\d+)-\d+)?$", row["id"])
        if number and int(number.group(2) or number.group(1)) in chosen:
            yield from row["function"]


def read_apibank(path: Path, chosen: tuple[Any, ...]) -> Iterable[Tool]:
    """Read API-Bank's classes; all their input parameters are required."""
    for api in _json(path):
        yield _tool(api["name"], api["description"], api["input_parameters"])


def read_jarvis(path: Path, chosen: tuple[Any, ...]) -> Iterable[Tool]:
    """Read TaskBench nodes; each input becomes a required string named after its kind."""
    for node in _json(path)["nodes"]:
        properties: Tool = {}
        for kind in node["input-type"]:
            name = kind if kind not in properties else f"{kind}_{len(properties) + 1}"
            properties[name] = {"type": "string"}
        yield _tool(node["id"], node["desc"], properties)


def read_seal(path: Path, chosen: tuple[Any, ...]) -> Iterable[Tool]:
    """Read the tools of the chosen top fields."""
    for api in _lines(path):
        if api["field"].split("/")[0] in chosen:
            yield _tool(api["api_name"], api["api_description"], api["parameters"], api["required"])


_OTHER_SIDE = frozenset({"send_email", "create_event"})  # also in the tutorial's catalogue


def read_glaive(path: Path, chosen: tuple[Any, ...]) -> Iterable[Tool]:
    """Pool the tools of all rows whose name starts with a chosen verb, or ("not", ...) none."""
    inverted, verbs = chosen[0] == "not", chosen[1:] if chosen[0] == "not" else chosen
    for row in _json(path):
        for tool in json.loads(row["tools"] or "[]"):
            if tool["name"] in _OTHER_SIDE:
                continue
            if (tool["name"].split("_")[0] in verbs) != inverted:
                yield tool


def read_toolbench(path: Path, chosen: tuple[Any, ...]) -> Iterable[Tool]:
    """Pool the functions of the chosen rows (from 0), without the `Finish` of the prompt."""
    rows = _lines(path)
    for index in chosen:
        yield from (tool for tool in rows[index]["functions"] if tool["name"] != "Finish")


_DATADOG_TYPE = re.compile(r"(?:\[REQUIRED\] )?(string|integer|boolean|array)\b:?\s*")


def read_datadog(path: Path, chosen: tuple[Any, ...]) -> Iterable[Tool]:
    """Read the chosen areas; an argument is `[REQUIRED] type: description`.

    Before: "Datadog API - Roles: Get a role", {"role_id": "[REQUIRED] string: The role."}
    After:  "get_a_role", {"role_id": {"type": "string", "description": "The role."}} required
    """
    for api in _json(path):
        area, title = api["api_name"].removeprefix("Datadog API - ").split(": ", 1)
        if area not in chosen:
            continue
        properties: Tool = {}
        for name, text in api["api_arguments"].items():
            kind = _DATADOG_TYPE.match(text)
            if kind is None:
                raise ValueError(f"{title}: got argument {text!r}, expected `type: description`")
            rest = text[kind.end() :].strip()
            properties[name] = {"type": kind.group(1)} | ({"description": rest} if rest else {})
        required = [n for n, text in api["api_arguments"].items() if text.startswith("[REQUIRED]")]
        words = re.findall(r"[a-z0-9]+", title.lower().replace("'s", ""))
        yield _tool("_".join(words), api["functionality"], properties, required)


_ALPACA = re.compile(r"(.*?)(?:^|\n)Parameters: (\{.*?\})\nOutput:", re.DOTALL)
_ALPACA_TYPE = re.compile(r"(Required\. )?(?:(Array)\[.*?\]|(\w+))\.\s*")


def read_toolalpaca(path: Path, chosen: tuple[Any, ...]) -> Iterable[Tool]:
    r"""Read the function descriptions of the chosen APIs of both files of ToolAlpaca.

    Before: 'Get a fruit\nParameters: {"name": "Required. string. Its name."}\nOutput: ...'
    After:  "Get a fruit", {"name": {"type": "string", "description": "Its name."}} required
    """
    for file in ("eval_real.json", "eval_simulated.json"):
        for api in _json(path.with_name(file)):
            if api["Name"] not in chosen:
                continue
            for name, text in api["Function_Description"].items():
                found = _ALPACA.match(text)
                if name != "components" and found:
                    yield _alpaca_tool(name, found.group(1), json.loads(found.group(2)))


def _alpaca_tool(name: str, description: str, arguments: dict[str, str]) -> Tool:
    properties: Tool = {}
    required = []
    for argument, text in arguments.items():
        kind = _ALPACA_TYPE.match(text)
        if kind is None:
            raise ValueError(f"{name}: got argument {text!r}, expected `type. description`")
        rest = text[kind.end() :].strip()
        word = "array" if kind.group(2) else kind.group(3).lower()
        properties[argument] = {"type": word} | ({"description": rest} if rest else {})
        required += [argument] if kind.group(1) else []
    return _tool(name, description, properties, required)


def read_openapi(path: Path, chosen: tuple[Any, ...]) -> Iterable[Tool]:
    """Read operations; a request body, whose schema is not in the file, is the object `body`."""
    for methods in _json(path)["paths"].values():
        for operation in methods.values():
            properties: Tool = {}
            required = []
            for given in operation.get("parameters", []):
                properties[given["name"]] = {
                    **given["schema"],
                    "description": given["description"].strip(),
                }
                required += [given["name"]] if given.get("required") else []
            for media in operation.get("requestBody", {}).get("content", {}).values():
                title = media["schema"]["$ref"].rsplit("/", 1)[-1]
                properties["body"] = {"type": "object", "description": title}
                required.append("body")
            text = operation.get("description") or operation["summary"]
            yield _tool(operation["operationId"], text, properties, required)


def _tool(name: str, description: str, properties: Tool, required: list[str] | None = None) -> Tool:
    parameters = {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
    }
    return {"name": name, "description": description, "parameters": parameters}


_COMPUTE = ("calculate", "convert", "count", "generate", "check", "analyze", "translate", "execute")
_PARALLEL = "BFCL_v4_parallel_multiple.jsonl"
_LIVE = "BFCL_v4_live_multiple.jsonl"
_DATADOG = "gorilla_apizoo_Datadog_API.json"
_GLAIVE = "glaive_toolcall_{}_demo.json"
_BENCH = "answers_train_messages.jsonl"
_REAL = "eval_real.json"

# fmt: off
CATALOGUES = (
    Catalogue("mcp-developer", "test", "mcp", "git.json", read_mcp, ("time.json", "fetch.json")),
    Catalogue("tutorial-40", "dev", "tutorial", "tools.yaml", read_yaml),
    Catalogue("apibank-assistant", "test", "apibank", "apis.json", read_apibank),
    Catalogue("jarvis-models", "test", "jarvis", "tool_desc.json", read_jarvis),
    Catalogue("openai-platform", "test", "openai", "openai_openapi_6paths.json", read_openapi),
    Catalogue("datadog-incidents", "test", "datadog", _DATADOG, read_datadog,
              ("Incidents", "Incident Services", "Incident Teams")),
    Catalogue("datadog-access", "dev", "datadog", _DATADOG, read_datadog,
              ("Key Management", "Service Accounts", "Users")),
    Catalogue("seal-marketing", "test", "seal", "tool.jsonl", read_seal, ("Marketing",)),
    Catalogue("seal-hospitality", "dev", "seal", "tool.jsonl", read_seal, ("Hospitality",)),
    Catalogue("seal-logistics", "dev", "seal", "tool.jsonl", read_seal, ("Logistics",)),
    Catalogue("glaive-zh-compute", "dev", "glaive", _GLAIVE.format("zh"), read_glaive,
              _COMPUTE, "zh"),
    Catalogue("glaive-zh-lookup", "test", "glaive", _GLAIVE.format("zh"), read_glaive,
              ("not", *_COMPUTE), "zh"),
    Catalogue("glaive-en-compute", "dev", "glaive", _GLAIVE.format("en"), read_glaive, _COMPUTE),
    Catalogue("glaive-en-lookup", "test", "glaive", _GLAIVE.format("en"), read_glaive,
              ("not", *_COMPUTE)),
    Catalogue("toolalpaca-holidays", "dev", "toolalpaca", _REAL, read_toolalpaca,
              ("Nager.Date", "Abstract Public Holidays")),
    Catalogue("toolalpaca-currency", "test", "toolalpaca", _REAL, read_toolalpaca,
              ("CurrencyBeacon", "1Forge")),
    Catalogue("toolalpaca-admin", "dev", "toolalpaca", _REAL, read_toolalpaca,
              ("Auth0", "Apache Superset", "AbuseIPDB")),
    Catalogue("toolalpaca-fun", "test", "toolalpaca", _REAL, read_toolalpaca,
              ("chucknorris.io", "Random Useless Facts", "Cataas", "Axolotl", "Fruityvice")),
    Catalogue("toolbench-logistics", "dev", "toolbench", _BENCH, read_toolbench, (0, 1, 9)),
    Catalogue("toolbench-search", "test", "toolbench", _BENCH, read_toolbench, (10, 12)),
    Catalogue("bfcl-maths", "dev", "bfcl", _PARALLEL, read_bfcl,
              (0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12)),
    Catalogue("bfcl-leisure", "dev", "bfcl", _PARALLEL, read_bfcl,
              (9, 10, 15, 32, 33, 42, 43, 46, 51, 53, 55, 56, 57)),
    Catalogue("bfcl-money", "test", "bfcl", _PARALLEL, read_bfcl,
              (18, 22, 23, 24, 25, 26, 27, 47)),
    Catalogue("bfcl-records", "dev", "bfcl", _PARALLEL, read_bfcl,
              (28, 29, 30, 31, 36, 37, 38, 39, 40)),
    Catalogue("bfcl-live-memory", "test", "bfcl", _LIVE, read_bfcl, (6,)),
    Catalogue("bfcl-live-bank", "dev", "bfcl", _LIVE, read_bfcl, (17,)),
    Catalogue("bfcl-live-sums", "test", "bfcl", _LIVE, read_bfcl, (10,)),
    Catalogue("bfcl-live-home", "dev", "bfcl", _LIVE, read_bfcl, (4,)),
)
# fmt: on


def build(raw: Path, catalogue: Catalogue) -> Tool:
    """Return one line of the output.

    Raises:
        ValueError: the source folder is of another commit, a tool cannot be used, or the
            catalogue has fewer than 4 or more than MAX_TOOLS tools.
    """
    source = SOURCES[catalogue.source]
    folder = raw / source.folder
    commit = source.repository.split("@")[1]
    if commit not in (folder / "SOURCE.txt").read_text(encoding="utf-8"):
        raise ValueError(f"{folder}: SOURCE.txt does not name commit {commit}")
    first: dict[str, Tool] = {}
    for tool in catalogue.read(folder / catalogue.file, catalogue.chosen):
        first.setdefault(tool["name"], tool)
    catalog, _ = parse_catalog(list(first.values()), catalogue.id)
    lost = sorted(first.keys() - set(catalog.names))
    if lost or not 4 <= len(catalog.specs) <= MAX_TOOLS:
        raise ValueError(f"{catalogue.id}: {len(catalog.specs)} tools, cannot use {lost}")
    return {
        "id": catalogue.id,
        "split": catalogue.split,
        "language": catalogue.language,
        "origin": {
            "dataset": source.dataset,
            "file": catalogue.file,
            "repository": source.repository,
            "licence": source.licence,
        },
        "tools": [
            {"name": s.name, "description": s.description, "parameters": s.parameters}
            for s in catalog.specs
        ],
    }


def check_splits(rows: list[Tool]) -> None:
    """Raise ValueError where dev and test share the name of a tool."""
    sides: dict[str, set[str]] = {"dev": set(), "test": set()}
    for row in rows:
        sides[row["split"]] |= {tool["name"] for tool in row["tools"]}
    shared = sorted(sides["dev"] & sides["test"])
    if shared:
        raise ValueError(f"dev and test share {shared}")


def main() -> None:
    """Build all catalogues, check them, write the file and tell the counts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("raw", type=Path, help="folder of the public sources")
    parser.add_argument("--out", type=Path, default=Path("data/confusions/catalogues.jsonl"))
    given = parser.parse_args()
    rows = sorted((build(given.raw, entry) for entry in CATALOGUES), key=lambda row: row["id"])
    check_splits(rows)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    given.out.write_text(text, encoding="utf-8")
    total = {"dev": 0, "test": 0}
    for row in rows:
        size = len(row["tools"])
        total[row["split"]] += size * (size - 1) // 2
        print(f"{row['id']:24}{row['split']:6}{row['language']:4}{size:4} tools", file=sys.stderr)
    print(f"pairs: {total['dev']} dev, {total['test']} test", file=sys.stderr)


if __name__ == "__main__":
    main()
