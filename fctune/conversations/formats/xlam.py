r"""xLAM rows (APIGen, and the Hammer sets written alike): a query, its tools and the right calls.

Input: {"query": text or messages, "tools", "answers"}, the last two as lists or as JSON text.
Output: a Draft that ends with the calls. Parameters are a bare map; where nothing says which are
required, those are that are not `optional` in their type and have no default.

Before: {"query": "Time in Oslo?", "tools": '[{"name": "now", "parameters": {"city": {"type":
         "str"}}}]', "answers": '[{"name": "now", "arguments": {"city": "Oslo"}}]'}
After:  tools [now, required city], user("Time in Oslo?"), model(call now)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.conversations.draft import Draft, DraftTurn, RawCall
from fctune.conversations.formats.benchmark import shown
from fctune.conversations.formats.content import read_system_column, result_text_of, text_of
from fctune.conversations.formats.parts import add_system
from fctune.issues import issue
from fctune.tools.imports.shapes import json_value
from fctune.tools.read import tool_list, unwrap

_ROLES = {
    **dict.fromkeys(("user", "User"), "user"),
    **dict.fromkeys(("agent", "assistant", "AI"), "model"),
    **dict.fromkeys(("tool", "function", "API"), "result"),
    "system": "system",
}
# Hammer's rows made from API-Bank end a turn with the words by which API-Bank asked for a call.
_MARKER = "Generate API Request:"
_FENCE = "```"


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a row has a query, tools and answers."""
    return (
        isinstance(row.get("query"), str | list)
        and isinstance(row.get("answers"), str | list)
        and "tools" in row
    )


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = Draft(tools=with_required(row.get("tools")))
    read_system_column(row, draft)
    query = row.get("query")
    if isinstance(query, list):
        for index, message in enumerate(query):
            _read_message(message, f"query[{index}]", draft)
    else:
        draft.turns.append(DraftTurn("user", "query", text_of(query, "query", draft.issues)))
    draft.turns.append(_read_answers(row.get("answers")))
    return draft


def with_required(tools: Any) -> Any:
    """Return tools with the required parameters that the format implies.

    Tools stay as they are where the row says of any of them which parameters are required, and
    where they come from a set that does not tell it.

    >>> with_required([{"name": "f", "parameters": {"a": {"type": "str"},
    ...     "b": {"type": "int, optional"}, "c": {"type": "int", "default": 1}}}])[0]["required"]
    ['a']
    """
    parsed = json_value(tools)
    entries = tool_list(parsed)
    if not entries:
        return tools
    entries = [json_value(entry) for entry in entries]
    bodies = [unwrap(entry) for entry in entries]
    if any(body is not None and _says_required(body) for body in bodies):
        return tools
    return [
        entry if body is None or not _bare(body) else {**body, "required": _implied(body)}
        for entry, body in zip(entries, bodies, strict=True)
    ]


def _bare(body: Mapping[str, Any]) -> bool:
    """Tell whether the parameters are a map of names and not a schema."""
    parameters = body.get("parameters")
    return (
        isinstance(parameters, Mapping)
        and bool(parameters)
        and all(isinstance(value, Mapping) for value in parameters.values())
        and not ("properties" in parameters and "type" in parameters)
    )


def _says_required(body: Mapping[str, Any]) -> bool:
    parameters = body.get("parameters")
    # Tools with `return` were made from API-Bank, which tells nothing of required parameters.
    if "required" in body or "return" in body:
        return True
    if not isinstance(parameters, Mapping):
        return False
    return "required" in parameters or any(
        isinstance(value, Mapping) and "required" in value for value in parameters.values()
    )


def _implied(body: Mapping[str, Any]) -> list[str]:
    return [
        str(name)
        for name, schema in body["parameters"].items()
        if "default" not in schema and "optional" not in str(schema.get("type")).lower()
    ]


def _read_message(message: Any, where: str, draft: Draft) -> None:
    written = message.get("role") if isinstance(message, Mapping) else None
    role = _ROLES.get(written) if isinstance(written, str) else None
    if role is None:
        code = "turn-invalid" if written is None else "role-unknown"
        draft.issues.append(issue(code, where, f"got {shown(written)}"))
        return
    content = message.get("content")
    if role == "result":
        text = result_text_of(content, where, draft.issues)
    else:
        text = text_of(content, where, draft.issues)
    if text is not None and text.rstrip().endswith(_MARKER):
        text = text.rstrip().removesuffix(_MARKER).rstrip()
        found = f"cut {_MARKER!r}, which asks for the call that follows"
        draft.issues.append(issue("prompt-marker-cut", where, found))
    if role == "system":
        add_system(text, where, draft)
    elif role == "model":
        draft.turns.append(_model_turn(text, where))
    else:
        draft.turns.append(DraftTurn("user" if role == "user" else "result", where, text))


def _model_turn(text: str | None, where: str) -> DraftTurn:
    """Return a turn of the model; one that is a fenced list of calls makes those calls."""
    body = unfenced(text or "")
    if body is not None and body.startswith("[{"):
        return DraftTurn("model", where, calls=(RawCall(body, where),))
    return DraftTurn("model", where, text)


def unfenced(text: str) -> str | None:
    r"""Return what stands between code fences, where a text is nothing else; else None.

    >>> unfenced("```json\n[]\n```"), unfenced("[]")
    ('[]', None)
    """
    body = text.strip()
    if len(body) < 2 * len(_FENCE) or not (body.startswith(_FENCE) and body.endswith(_FENCE)):
        return None
    return body[len(_FENCE) : -len(_FENCE)].removeprefix("json").strip()


def _read_answers(answers: Any) -> DraftTurn:
    if isinstance(answers, list) and answers:
        calls = tuple(RawCall(item, f"answers[{i}]") for i, item in enumerate(answers))
        return DraftTurn("model", "answers", calls=calls)
    if isinstance(answers, str) and not answers.lstrip().startswith(("[", "{")):
        return DraftTurn("model", "answers", answers)
    return DraftTurn("model", "answers", calls=(RawCall(answers, "answers"),))
