"""Grammars and schemas for servers: GBNF for llama.cpp and its kin, JSON Schema for the others.

Input: a catalogue and a call format. Output: Exported. Both say what `--constrain` with
`tool_choice: required` says in the local backend: one or more calls that obey the schemas.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from fctune.evaluation.grammar.gbnf_schema import GbnfRules, quoted, rule_name
from fctune.evaluation.grammar.schema import fitted
from fctune.evaluation.grammar.styles import CallStyle, style_of
from fctune.tools.check import closed
from fctune.tools.spec import ToolCatalog


@dataclass(frozen=True, slots=True)
class Exported:
    """A grammar or schema for a server.

    Attributes:
        text: to be sent with a request, or written to a file.
        notes: what it cannot say, one sentence each.
    """

    text: str
    notes: tuple[str, ...] = ()


def export_gbnf(catalog: ToolCatalog, call_format: str, *, max_calls: int = 16) -> Exported:
    """Return the calls of a catalogue as a GBNF grammar, whose first rule is `root`.

    Args:
        catalog: at least one tool.
        call_format: such as `qwen`; one that can be constrained.
        max_calls: most calls of a turn.

    Raises:
        UsageFault: no grammar is written for the format.
    """
    style = style_of(call_format)
    rules = GbnfRules()
    calls = []
    for number, spec in enumerate(catalog):
        found = fitted(spec.parameters)
        rules.notes += [f"{spec.name}: {place} is not in the grammar" for place in found.dropped]
        rules.prefix = rule_name(f"tool{number}-{spec.name}")
        arguments = rules.add(
            f"{rules.prefix}-arguments", found.schema, found.schema, f"{spec.name}: parameters"
        )
        head = quoted(f"{style.written_name(spec.name)}{style.middle}")
        rules.rules[rules.prefix] = f"{head} {arguments}"
        calls.append(rules.prefix)
    lines = [f"root ::= {_turn(style, max_calls)}", f"call ::= {' | '.join(calls)}"]
    lines += [f"{name} ::= {body}" for name, body in rules.rules.items()]
    return Exported("\n".join(lines) + "\n", tuple(dict.fromkeys(rules.notes)))


def export_json_schema(
    catalog: ToolCatalog, *, max_calls: int = 16, arguments: str = "arguments"
) -> Exported:
    """Return the schema of a list of calls, `[{"name": ..., "arguments": {...}}]`, as JSON.

    The tools' schemas stand in it as the judge reads them, with nothing left out.

    Args:
        catalog: at least one tool.
        max_calls: most calls of a turn.
        arguments: the key of the arguments; llama3 says `parameters`.
    """
    forms: list[Any] = []
    definitions: dict[str, Any] = {}
    for number, spec in enumerate(catalog):
        schema = closed(spec.parameters)
        prefix = f"tool{number}-"
        for key in ("$defs", "definitions"):
            for name, one in (schema.pop(key, None) or {}).items():
                definitions[prefix + name] = _moved(one, prefix)
        forms.append(
            {
                "type": "object",
                "properties": {"name": {"const": spec.name}, arguments: _moved(schema, prefix)},
                "required": ["name", arguments],
                "additionalProperties": False,
            }
        )
    schema = {"type": "array", "items": {"anyOf": forms}, "minItems": 1, "maxItems": max_calls}
    if definitions:
        schema["$defs"] = definitions
    return Exported(json.dumps(schema, ensure_ascii=False, indent=2) + "\n")


def _moved(node: Any, prefix: str) -> Any:
    """Return a schema whose references point to where its definitions stand now."""
    if isinstance(node, list):
        return [_moved(one, prefix) for one in node]
    if not isinstance(node, dict):
        return node
    moved = {key: _moved(value, prefix) for key, value in node.items()}
    target = moved.get("$ref")
    if isinstance(target, str):
        for head in ("#/$defs/", "#/definitions/"):
            if target.startswith(head):
                moved["$ref"] = f"#/$defs/{prefix}{target.removeprefix(head)}"
    return moved


def _turn(style: CallStyle, max_calls: int) -> str:
    first, tail = f"{style.begin}{style.open}", f"{style.close}{style.end}"
    more = quoted(f"{style.close}{style.separator}{style.open}")
    if not style.parallel or max_calls < 2:
        return _framed(first, "call", tail)
    if style.many_begin:
        begin = f"{style.begin}{style.many_begin}{style.open}"
        end = f"{style.close}{style.many_end}{style.end}"
        several = _framed(begin, f"call ({more} call){{1,{max_calls - 1}}}", end)
        return f"{_framed(first, 'call', tail)} | {several}"
    return _framed(first, f"call ({more} call){{0,{max_calls - 1}}}", tail)


def _framed(before: str, inner: str, after: str) -> str:
    parts = (quoted(before) if before else "", inner, quoted(after) if after else "")
    return " ".join(part for part in parts if part)
