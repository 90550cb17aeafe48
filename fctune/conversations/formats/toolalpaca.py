r"""ToolAlpaca rows: an API with its functions in words, many instructions and their calls.

Input: {"Name", "Function_Description": {name: text}, "Instructions": [...], "Golden_Answers":
[[{"Action", "Action_Input"}]]}, or `Instances` with `intermediate_steps` as the training rows have
them. `expand` makes a row of each instruction. Output: a Draft. Inputs are JSON text by rule; one
with `${id from search}` stands for a result that the row does not hold.

Before: {"Instructions": ["Time?", "Date?"], "Golden_Answers": [[{"Action": "now", "Action_Input":
         "{}"}], [...]], "Function_Description": {"now": "The time.\nParameters: {}"}}
After:  two rows; of the first: user("Time?"), model(call now)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.conversations.calls import UNREADABLE_CALL
from fctune.conversations.draft import Draft, DraftTurn, RawCall
from fctune.conversations.formats.benchmark import lacks_answer, mark_test_set
from fctune.conversations.formats.content import text_of
from fctune.conversations.formats.parts import written
from fctune.issues import issue
from fctune.tools.imports.shapes_public import tool_alpaca

_SHARED = ("Name", "Function_Description")
_ONE, _ANSWER = "Instruction", "Golden_Answer"


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a row describes functions and has instructions, or one of them."""
    asks = ("Instructions", "Instances", _ONE, "Instance")
    return isinstance(row.get("Function_Description"), Mapping) and any(key in row for key in asks)


def expand(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return a row for each instruction, or for each instance where it has instances."""
    shared = {key: row[key] for key in _SHARED if key in row}
    instances = row.get("Instances")
    if isinstance(instances, list) and instances:
        return [{**shared, "Instance": item} for item in instances]
    asked, answers = row.get("Instructions"), row.get("Golden_Answers")
    if not isinstance(asked, list):
        return [row]
    given = answers if isinstance(answers, list) else []
    return [
        {**shared, _ONE: text, _ANSWER: given[index] if index < len(given) else None}
        for index, text in enumerate(asked)
    ]


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row that `expand` made."""
    draft = Draft(tools=_tools_of(row, []))
    instance = row.get("Instance")
    if _ONE not in row and isinstance(instance, Mapping):
        _read_instance(instance, draft)
        return draft
    mark_test_set(draft, "ToolAlpaca")
    text = text_of(row.get(_ONE), _ONE, draft.issues)
    draft.turns.append(DraftTurn("user", _ONE, text))
    answer = row.get(_ANSWER)
    if not isinstance(answer, list) or not answer:
        lacks_answer(draft, _ANSWER, "got an instruction without its calls")
        return draft
    calls = tuple(_call_of(step, f"{_ANSWER}[{index}]", draft) for index, step in enumerate(answer))
    draft.turns.append(DraftTurn("model", _ANSWER, calls=calls))
    return draft


def _tools_of(row: Mapping[str, Any], default: Any) -> Any:
    if not isinstance(row.get("Function_Description"), Mapping):
        return default
    return [dict(entry.body) for entry in tool_alpaca(row, "") if entry.body is not None]


def _call_of(step: Any, where: str, draft: Draft) -> RawCall:
    if not isinstance(step, Mapping):
        return RawCall(step, where)
    return _call(step.get("Action"), step.get("Action_Input"), where, draft)


def _call(name: Any, arguments: Any, where: str, draft: Draft) -> RawCall:
    if isinstance(arguments, str) and "${" in arguments:
        found = f"got {arguments[:60]!r}, which stands for a result or a value nobody has"
        draft.issues.append(issue("call-reference", where, found))
        return RawCall(UNREADABLE_CALL, where)
    return RawCall({"name": name, "arguments": arguments}, where, text_arguments=True)


def _read_instance(instance: Mapping[str, Any], draft: Draft) -> None:
    """Read a solved instruction: its steps are [[action, input, words], observation]."""
    where = "Instance"
    text = text_of(instance.get("input"), f"{where}.input", draft.issues)
    draft.turns.append(DraftTurn("user", f"{where}.input", text))
    steps = instance.get("intermediate_steps")
    for index, step in enumerate(steps if isinstance(steps, list) else []):
        place = f"{where}.intermediate_steps[{index}]"
        done = step[0] if isinstance(step, list) and len(step) == 2 else None
        if not isinstance(done, list) or len(done) < 2:
            found = "expected an action, its input and an observation"
            draft.issues.append(issue("turn-invalid", place, found))
            continue
        call = _call(done[0], done[1], place, draft)
        draft.turns.append(DraftTurn("model", place, calls=(call,)))
        result = written(step[1], place, draft.issues)
        draft.turns.append(DraftTurn("result", place, result))
    if isinstance(steps, list) and steps:
        found = "left out the words before the actions"
        draft.issues.append(issue("thought-removed", where, found))
    output = text_of(instance.get("output"), f"{where}.output", draft.issues)
    draft.turns.append(DraftTurn("model", f"{where}.output", output))
