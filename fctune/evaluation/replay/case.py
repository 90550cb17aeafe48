"""What a row of predictions.jsonl tells of its case beside gold answer and tools.

Input: a row that `fctune.evaluation.report.rows` wrote, or one of anybody. Output: the fields of
EvalCase that it holds, in their own types; what is absent or of another form is left out, since
rows that people write hold none of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.engine.templates import ENGINE_ROLES, EngineMessage
from fctune.evaluation.cases.case_set import Accepted, Decision
from fctune.evaluation.strict_json import json_kind

_DECISIONS = {decision.value: decision for decision in Decision}
_ROLES = frozenset(ENGINE_ROLES.values())


def told_of_case(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return keyword arguments of EvalCase.

    >>> told_of_case({"question": "Hi", "missing": ["id"], "tags": 5})
    {'system': '', 'messages': ({'role': 'user', 'content': 'Hi'},), 'missing': ('id',)}
    """
    system = row.get("system")
    found: dict[str, Any] = {
        "system": system if isinstance(system, str) else "",
        "messages": _messages(row),
    }
    for name in ("missing", "tags"):
        values = row.get(name)
        if isinstance(values, list) and values and all(isinstance(one, str) for one in values):
            found[name] = tuple(values)
    decision = row.get("decision")
    expected = decision.get("expected") if isinstance(decision, Mapping) else decision
    if isinstance(expected, str) and expected in _DECISIONS:
        found["decision"] = _DECISIONS[expected]
    accepted = row.get("accepted")
    if isinstance(accepted, list) and accepted:
        found["accepted"] = tuple(_accepted(one) for one in accepted)
    if isinstance(row.get("bfcl"), Mapping):
        found["bfcl"] = row["bfcl"]
    return found


def _messages(row: Mapping[str, Any]) -> tuple[EngineMessage, ...]:
    """Return the turns before, or the question alone where the row holds no such turns."""
    raw = row.get("messages")
    messages = [_message(one) for one in raw] if isinstance(raw, list) else []
    told = tuple(message for message in messages if message is not None)
    if told and len(told) == len(messages):
        return told
    return (EngineMessage(role="user", content=str(row.get("question", ""))),)


def _message(raw: Any) -> EngineMessage | None:
    role = raw.get("role") if isinstance(raw, Mapping) else None
    content = raw.get("content") if isinstance(raw, Mapping) else None
    if not isinstance(role, str) or role not in _ROLES or not isinstance(content, str):
        return None
    return EngineMessage(role=role, content=content)


def _accepted(raw: Any) -> Accepted:
    """Return what else is right for one call.

    Raises:
        ValueError: it is written in another form; the message says how.
    """
    values = raw.get("values") if isinstance(raw, Mapping) else None
    if not isinstance(values, Mapping) or not all(isinstance(one, list) for one in values.values()):
        raise ValueError(f"got accepted {json_kind(raw)} without lists of values")
    omittable = raw.get("omittable", [])
    if not isinstance(omittable, list) or not all(isinstance(one, str) for one in omittable):
        raise ValueError("got omittable that is no list of names")
    return Accepted({name: tuple(one) for name, one in values.items()}, frozenset(omittable))
