r"""Result files of the Berkeley function-calling leaderboard, as its runners write them.

Input: a row `{"id", "result", ...}`. Output: Prediction. The result is text in the pythonic style
for models that are prompted, and a list of `{name: arguments}` for models with function calling,
whose arguments are often JSON text, and whose names have `_` for `.`. A list of lists is a dialogue
of several turns, which this command does not play.

Before: {"id": "simple_python_0", "result": [{"math_add": "{\"a\": 1}"}]}
After:  Prediction("simple_python_0", None, Decoded((ToolCall("math.add", {"a": 1}),)))
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.evaluation.decode import DECODERS, Decoded, Decoder, call_of
from fctune.evaluation.endpoint.tool_names import WireNames
from fctune.evaluation.predict import Prediction
from fctune.evaluation.replay.odd import as_text, recordable
from fctune.evaluation.strict_json import json_kind, whole_json
from fctune.tools.spec import ToolCall, ToolCatalog

_ERROR = "Error during inference"


def is_result(row: Mapping[str, Any]) -> bool:
    """Tell whether a row is one of a result file."""
    return "result" in row and "id" in row and not {"prediction", "text", "predict"} & row.keys()


def said_in_result(
    row: Mapping[str, Any], case_id: str, catalog: ToolCatalog, decoder: Decoder | None
) -> Prediction:
    """Return what a model said.

    Args:
        row: one for which `is_result` holds.
        case_id: the item that was asked.
        catalog: its tools.
        decoder: reads calls out of text; default: that of the pythonic style.
    """
    result = row["result"]
    names = WireNames.of(catalog.names)
    if isinstance(result, str):
        if result.startswith(_ERROR):
            return Prediction(case_id, None, finish_reason="error", error=result[:300])
        decoded = (decoder or DECODERS["pythonic"])(result, names.catalog(catalog))
        text: str | None = result
    else:
        decoded, text = _decoded(result), None
    return Prediction(
        case_id=case_id,
        text=text,
        decoded=names.decoded(decoded),
        prompt_tokens=_count(row.get("input_token_count")),
        output_tokens=_count(row.get("output_token_count")),
    )


def _decoded(result: Any) -> Decoded:
    """Return the calls of a list; what is no call is malformed."""
    shown = as_text(result)
    if not isinstance(result, list):
        found = f"got result {json_kind(result)}, expected text or a list of calls"
        return Decoded(text=shown, malformed=True, detail=found)
    try:
        calls = tuple(_call(item) for item in result)
    except ValueError as fault:
        return Decoded(text=shown, malformed=True, detail=str(fault))
    if not recordable([[call.name, dict(call.arguments)] for call in calls]):
        detail = "the calls are no strict JSON, or nested too deep"
        return Decoded(text=shown, malformed=True, detail=detail)
    return Decoded(calls)


def _call(item: Any) -> ToolCall:
    if isinstance(item, list):
        raise ValueError("got the turns of a dialogue, expected the calls of one turn")
    if isinstance(item, Mapping) and item.keys() == {"name", "arguments"}:
        name, arguments = item["name"], item["arguments"]
    elif isinstance(item, Mapping) and len(item) == 1:
        ((name, arguments),) = item.items()
    else:
        raise ValueError("got what is no call of the form {name: arguments}")
    if isinstance(arguments, str):
        arguments = whole_json(arguments)
    return call_of({"name": name, "arguments": arguments})


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
