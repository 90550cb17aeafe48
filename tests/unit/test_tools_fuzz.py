"""Damaged tools: whatever a file holds, reading, import, lint, repair and judgement do not raise.

Half of the cases are real public catalogues with damage at random places, half are made by
hypothesis. FCTUNE_FUZZ_CASES sets their number; the seed is fixed, so that a failure comes back.
"""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fctune.engine.hazards import hazards
from fctune.errors import FctuneError
from fctune.issues import Severity
from fctune.jsonl import read_document
from fctune.tools.check import check_call
from fctune.tools.imports.shapes import detect_shape, import_shapes, is_catalogue
from fctune.tools.lint.fix import fix_catalog, fix_document
from fctune.tools.lint.judge import lint_catalog
from fctune.tools.lint.report import opened_document, opened_import, report_of
from fctune.tools.read import parse_catalog
from fctune.tools.size import estimated
from fctune.tools.spec import ToolCall, ToolCatalog

ROOT = Path(__file__).resolve().parents[2]
CASES = int(os.environ.get("FCTUNE_FUZZ_CASES", "400"))
TEMPLATES = ("gemma3", "qwen", "qwen3_5", "seed_oss", "lfm2", "gemma4", "glm4", "phi4_mini")
MOST_TOOLS = 3  # of a real file, so that damage hits what matters


def nested(depth: int, leaf: Any) -> Any:
    value = leaf
    for level in range(depth):
        value = {"type": "object", "properties": {"a": value}} if level % 2 else [value]
    return value


STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**63, -(2**200), 10**400, 1e308, float("inf"), float("nan"), "", " ",
    "\ud83d", "查询", "\x00", "null", "[]", "{}", "a" * 5000, "^(a+)+$", "a(", "#",
    "#/properties/a", "https://x/y", "TODO", "Required.", "<|im_end|>", [], {}, [[]], {"": {}},
    ["string", "null"],
    {"type": "object"}, {"$ref": "#"}, {"properties": {"properties": {}}}, {"name": "f"},
    nested(60, {"type": "string"}), nested(150, {}), [{"name": "f", "parameters": {}}] * 2,
    {"tools": [{"tools": [{"tools": []}]}]}, "string, optional", "List[List[int]]", "any",
)  # fmt: skip
WORDS = (
    "type", "properties", "required", "items", "enum", "$ref", "name", "parameters", "function",
    "anyOf", "nullable", "additionalProperties", "pattern", "examples", "default", "minimum",
    "maximum", "description", "input_schema", "inputSchema", "functionDeclarations", "args",
    "args_schema", "nodes", "id", "desc", "api_name", "api_call", "api_arguments", "api_list",
    "required_parameters", "optional_parameters", "Function_Description", "input_parameters",
    "tools", "functions", "lc", "kwargs", "toolSpec", "parameter_definitions", "minProperties",
    "const", "format", "origin", "http", "returns", "call", "arguments", "input", "input-type",
)  # fmt: skip


def places_of(value: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) of a value."""
    found: list[tuple[Any, Any]] = []
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, dict | list):
            keys = list(current) if isinstance(current, dict) else range(len(current))
            for key in keys:
                found.append((current, key))
                stack.append(current[key])
    return found


def damaged(value: Any, rng: random.Random) -> Any:
    """Return a copy of a value with one to four random damages."""
    value = copy.deepcopy(value)
    for _ in range(rng.randint(1, 4)):
        places = places_of(value)
        if not places:
            return rng.choice(STRANGE)
        container, key = rng.choice(places)
        rng.choice(DAMAGES)(container, key, rng)
    return value


def replace(container: Any, key: Any, rng: random.Random) -> None:
    container[key] = copy.deepcopy(rng.choice(STRANGE))


def delete(container: Any, key: Any, _rng: random.Random) -> None:
    del container[key]


def rename(container: Any, key: Any, rng: random.Random) -> None:
    if isinstance(container, dict):
        container[rng.choice((*WORDS, "\ud83d", "", "a b", "城"))] = container.pop(key)


def duplicate(container: Any, key: Any, rng: random.Random) -> None:
    inner = copy.deepcopy(container[key])
    if isinstance(container, list):
        container.insert(rng.randint(0, len(container)), inner)
    else:
        container[rng.choice(WORDS)] = inner


def nest(container: Any, key: Any, rng: random.Random) -> None:
    inner = container[key]
    container[key] = rng.choice(([inner], {rng.choice(WORDS): inner}, nested(30, inner)))


def stringify(container: Any, key: Any, _rng: random.Random) -> None:
    container[key] = json.dumps(container[key])


DAMAGES: tuple[Callable[[Any, Any, random.Random], None], ...] = (
    replace, delete, rename, duplicate, nest, stringify,
)  # fmt: skip


def survive(value: Any, template: str, arguments: dict[str, Any]) -> None:
    """Take a value all the way that a file of tools takes."""
    catalog, issues = parse_catalog(value)
    judge(catalog, template, arguments)
    assert {found.severity for found in issues} <= set(Severity)
    if is_catalogue(value):
        fixed, made = fix_document(value)
        again, more = fix_document(fixed)
        assert (same(again, fixed), more) == (True, []), "the repair is not idempotent"
        assert bool(made) == (not same(fixed, value))
        opened = opened_document(value)
        report_of(opened, issues, estimated(opened.catalog.specs))
    detect_shape(value)
    try:
        imported = import_shapes(value, "fuzz")
    except FctuneError:
        return
    opened = opened_import(imported)
    report_of(opened, imported.issues, estimated(imported.catalog.specs))
    judge(imported.catalog, template, arguments)


def judge(catalog: ToolCatalog, template: str, arguments: dict[str, Any]) -> None:
    found = lint_catalog(catalog) + hazards(catalog, template)
    assert all(str(each) and each.where for each in found)
    assert len(catalog.fingerprint) == 64
    mended, _ = fix_catalog(catalog)
    again, more = fix_catalog(mended)
    assert more == [] and same([s.as_dict() for s in again], [s.as_dict() for s in mended])
    for spec in list(catalog)[:MOST_TOOLS]:
        check_call(ToolCall(spec.name, arguments), catalog)


def same(one: Any, other: Any) -> bool:
    """Compare as JSON: NaN equals itself, and true is not 1."""
    return json.dumps(one, default=repr) == json.dumps(other, default=repr)


def real_values(shared: Path) -> list[Any]:
    """Return small parts of every real file: a few tools or rows of each."""
    values: list[Any] = []
    paths = [*sorted((shared / "raw").glob("*/*")), ROOT / "data" / "tools" / "ecommerce.yaml"]
    for path in paths:
        if path.suffix not in (".json", ".jsonl", ".yaml") or path.stat().st_size > 3_000_000:
            continue
        value = read_document(path)
        if detect_shape(value) == "unknown":
            continue
        if isinstance(value, list):
            values += [value[start : start + MOST_TOOLS] for start in range(0, 30, MOST_TOOLS)]
        else:
            values.append(value)
    return [value for value in values if value]


def test_damaged_real_catalogues_never_raise(shared: Path) -> None:
    values = real_values(shared)
    assert len(values) > 100
    for number in range(CASES // 2):
        rng = random.Random(number)
        value = damaged(rng.choice(values), rng)
        arguments = {"a": copy.deepcopy(rng.choice(STRANGE))}
        try:
            survive(value, rng.choice(TEMPLATES), arguments)
        except Exception as fault:
            fault.add_note(f"case {number}")
            raise


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from([value for value in STRANGE if not isinstance(value, dict | list)]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner, max_size=6),
    max_leaves=30,
)  # fmt: skip
SCHEMA = st.fixed_dictionaries(
    {"type": st.just("object"), "properties": st.dictionaries(st.text(max_size=5), ANY_JSON)},
    optional={"required": ANY_JSON, "additionalProperties": ANY_JSON, "anyOf": ANY_JSON},
)
TOOL = st.fixed_dictionaries(
    {"name": st.text(max_size=6) | ANY_JSON, "parameters": SCHEMA | ANY_JSON},
    optional={"description": ANY_JSON, "examples": ANY_JSON, "required": ANY_JSON},
)


@settings(
    max_examples=CASES - CASES // 2,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@example([{"name": "f", "parameters": nested(300, {})}], "gemma3", {"a": nested(300, 1)})
@example([{"name": "\ud83d", "description": "\ud83d", "parameters": {"\ud83d": {}}}], "qwen", {})
@given(
    ANY_JSON | st.lists(TOOL, max_size=3) | st.fixed_dictionaries({"tools": st.lists(TOOL)}),
    st.sampled_from(TEMPLATES),
    st.dictionaries(st.text(max_size=4), ANY_JSON, max_size=2),
)
def test_made_up_tools_never_raise(value: Any, template: str, arguments: dict[str, Any]) -> None:
    survive(value, template, arguments)
