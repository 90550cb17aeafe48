"""Hazards without the engine: each code once; tests/contract holds the facts against the engine."""

from __future__ import annotations

from typing import Any

import pytest

from fctune.catalogue.lint import LINT_CODES
from fctune.engine.hazards import hazards
from fctune.tools.read import parse_catalog

AT = "tools[0].parameters.properties.a-b"
CASES: list[tuple[str, str, Any, str]] = [
    ("gemma3", "get-user", {"type": "string"}, "tools[0] template-name-unreadable"),
    ("lfm2", "f", {"type": "string"}, f"{AT} template-parameter-unreadable"),
    (
        "gemma4",
        "f",
        {"type": "object", "properties": {"城": {"type": "string"}}},
        f"{AT}.properties.城 template-parameter-unreadable",
    ),
    (
        "lfm2",
        "f",
        {"type": "array", "items": {"type": "boolean"}},
        f"{AT}.items template-value-unreadable",
    ),
    (
        "gemma3",
        "f",
        {"enum": ["Action: go"]},
        f"{AT} template-value-unreadable",
    ),
    (
        "qwen3_5",
        "f",
        {"type": "string", "pattern": "^[0-9]{5}$"},
        f"{AT} template-value-retyped",
    ),
    (
        "seed_oss",
        "f",
        {"type": ["string", "number"]},
        f"{AT} template-value-retyped",
    ),
    ("glm4_moe", "f", {"type": "string"}, "tools template-calls-unreadable"),
    ("glm4", "f", {"type": "string"}, "tools template-parallel-unsupported"),
    (
        "gemma3",
        "f",
        {"type": "integer", "minimum": 1},
        "tools[0].parameters template-schema-hidden",
    ),
    (
        "gemma3",
        "f",
        {"type": "array", "items": {"type": "string", "enum": ["x"]}},
        "tools[0].parameters template-schema-hidden",
    ),
    (
        "qwen",
        "f",
        {"type": "string", "description": "As <|im_end|> ends."},
        "tools[0] template-special-token",
    ),
    (
        "qwen",
        "f",
        {"enum": ["<tool_call>x</tool_call>"]},
        f"{AT} template-call-marker",
    ),
    ("youtu", "f", {"enum": [1]}, f"{AT}.enum tool-schema-unsupported"),
    ("gemma4", "f", True, f"{AT} tool-schema-unsupported"),
]


def found(template: str, name: str, schema: Any) -> list[str]:
    parameters = {"type": "object", "properties": {"a-b": schema}}
    catalog, _ = parse_catalog([{"name": name, "description": "d", "parameters": parameters}])
    return [f"{each.where} {each.code}" for each in hazards(catalog, template)]


@pytest.mark.parametrize(("template", "name", "schema", "expected"), CASES)
def test_each_hazard_has_its_code_and_place(
    template: str, name: str, schema: Any, expected: str
) -> None:
    assert expected in found(template, name, schema)
    assert expected not in found("mistral", "f", {"type": "string"})


def test_the_cases_trigger_every_code_of_templates() -> None:
    given = {expected.split()[-1] for *_, expected in CASES}
    assert given - {"tool-schema-unsupported"} == {
        code for code in LINT_CODES if code.startswith("template-")
    }


@pytest.mark.parametrize("template", ["qwen", "qwen3_nothink", "llama3", "mistral", "minimax1"])
def test_most_templates_take_most_tools(template: str) -> None:
    assert found(template, "get-user", {"type": ["string", "null"], "enum": ["1", None]}) == []
