"""Cases with other tools, other names or other words; everything that must agree does.

Input: an EvalCase and what changes. Output: the changed case: tools, gold calls, the turns before,
what is accepted beside the gold calls, and what the official checker reads, all by the same names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fctune.conversations.tags import CLOSE, OPEN, split_calls
from fctune.engine.templates import ENGINE_ROLES, EngineMessage
from fctune.evaluation.cases.case_set import Accepted, EvalCase
from fctune.evaluation.outcomes.task_calls import calls_in
from fctune.patterns import regex
from fctune.tools.spec import ToolCall, ToolCatalog, ToolSpec

USER, CALL, RESULT = ENGINE_ROLES["user"], ENGINE_ROLES["call"], ENGINE_ROLES["result"]
_IDENTIFIER = regex(r"[^\W_][_.-]\w|[a-z][A-Z]|[A-Za-z]\d|\d[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Renaming:
    """Other names.

    Attributes:
        tools: old name to new.
        parameters: old tool name to its old parameter names to new.
    """

    tools: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def call(self, call: ToolCall) -> ToolCall:
        """Return a call by the new names."""
        return ToolCall(self.tools.get(call.name, call.name), self.keys(call.name, call.arguments))

    def keys(self, tool: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return an object of parameters by the new names."""
        names = self.parameters.get(tool, {})
        return {names.get(key, key): value for key, value in values.items()}


def with_tools(case: EvalCase, specs: Sequence[ToolSpec]) -> EvalCase:
    """Return a case with other tools listed."""
    catalog = ToolCatalog(tuple(specs))
    return replace(case, catalog=catalog, tools=catalog.json if catalog.specs else "")


def with_message(case: EvalCase, index: int, content: str) -> EvalCase:
    """Return a case with another content of one turn."""
    messages = list(case.messages)
    messages[index] = EngineMessage(role=messages[index]["role"], content=content)
    return replace(case, messages=tuple(messages))


def last_of(case: EvalCase, role: str) -> int | None:
    """Return the place of the last turn of a role, or None."""
    places = [i for i, message in enumerate(case.messages) if message["role"] == role]
    return places[-1] if places else None


def renamed_case(case: EvalCase, names: Renaming, spec: Callable[[ToolSpec], ToolSpec]) -> EvalCase:
    """Return a case by other names.

    Args:
        case: the origin.
        names: old to new.
        spec: returns a tool by its new names.
    """
    changed = with_tools(case, [spec(one) for one in case.catalog])
    accepted = tuple(
        Accepted(
            names.keys(call.name, one.values),
            frozenset(names.keys(call.name, dict.fromkeys(one.omittable))),
        )
        for call, one in zip(case.calls, case.accepted, strict=False)
    )
    flat = {old: new for known in names.parameters.values() for old, new in known.items()}
    return replace(
        changed,
        system=_mentions(case.system, names.tools),
        messages=tuple(_message(message, names) for message in case.messages),
        calls=tuple(map(names.call, case.calls)),
        accepted=accepted,
        missing=tuple(flat.get(name, name) for name in case.missing),
        bfcl=_official(case.bfcl, names) if case.bfcl is not None else None,
    )


def _message(message: EngineMessage, names: Renaming) -> EngineMessage:
    content = message["content"]
    if message["role"] == CALL:
        return EngineMessage(role=CALL, content=_call_content(content, names))
    if message["role"] == USER:
        content = _mentions(content, names.tools)
    return EngineMessage(role=message["role"], content=content)


def _call_content(content: str, names: Renaming) -> str:
    """Return a call turn as the dataset writes it, by the new names."""
    calls = [names.call(call).as_dict() for call in calls_in(content)]
    if not calls:
        return content
    written = json.dumps(calls[0] if len(calls) == 1 else calls, ensure_ascii=False)
    try:
        json.loads(content)
    except ValueError:
        return f"{split_calls(content)[0]}\n{OPEN}{written}{CLOSE}"
    return written


def _mentions(text: str, tools: Mapping[str, str]) -> str:
    """Return words that name tools by the new names; a plain word is no name of a tool."""
    known = [name for name in tools if _IDENTIFIER.search(name) and name in text]
    if not known:
        return text
    either = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    return re.sub(
        rf"(?<![\w.]){either}(?!\w)" if len(known) == 1 else rf"(?<![\w.])(?:{either})(?!\w)",
        lambda found: tools[found[0]],
        text,
    )


def _official(official: Mapping[str, Any], names: Renaming) -> dict[str, Any] | None:
    """Return what the official checker reads by the new names; None where it has another form."""
    changed = dict(official)
    tools, answers = official.get("tools"), official.get("possible_answer")
    if isinstance(tools, list):
        changed["tools"] = [_official_tool(tool, names) for tool in tools]
    if isinstance(answers, list):
        changed["possible_answer"] = [
            {
                names.tools.get(tool, tool): names.keys(tool, values)
                if isinstance(values, Mapping)
                else values
                for tool, values in one.items()
            }
            if isinstance(one, Mapping)
            else one
            for one in answers
        ]
    return changed


def _official_tool(tool: Any, names: Renaming) -> Any:
    if not isinstance(tool, Mapping) or not isinstance(tool.get("name"), str):
        return tool
    old = tool["name"]
    changed = {**tool, "name": names.tools.get(old, old)}
    schema, known = tool.get("parameters"), names.parameters.get(old)
    if isinstance(schema, Mapping) and known:
        properties, required = schema.get("properties"), schema.get("required")
        changed["parameters"] = {
            **schema,
            **(
                {"properties": names.keys(old, properties)}
                if isinstance(properties, Mapping)
                else {}
            ),
            **(
                {"required": [known.get(str(one), one) for one in required]}
                if isinstance(required, list)
                else {}
            ),
        }
    return changed
