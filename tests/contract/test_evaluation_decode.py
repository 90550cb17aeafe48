"""The call formats of the engine, and that our readers read what its formatters write."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fctune.evaluation.decode import DECODERS, format_of
from fctune.tools.spec import ToolCall

pytestmark = pytest.mark.contract
template_module = pytest.importorskip("llamafactory.data.template", reason="needs [train]")
tool_utils = pytest.importorskip("llamafactory.data.tool_utils", reason="needs [train]")

CALLS = [
    ToolCall("get_w", {"city": "奥斯陆", "n": 2, "x": 1.5, "ok": True, "no": None}),
    ToolCall("get_w", {"text": 'a "quoted" \\ line\nand </tool_call>', "deep": {"a": [1, {}]}}),
    ToolCall("now", {}),
]


def test_the_table_of_formats_is_the_engines() -> None:
    ours = {name: format_of(name) for name in template_module.TEMPLATES}
    theirs = {
        name: _name_of(template.format_function.tool_utils)
        for name, template in template_module.TEMPLATES.items()
    }
    assert ours == theirs


def _name_of(utils: Any) -> str:
    names = [
        name for name, known in tool_utils.TOOLS.items() if known is type(utils) or known is utils
    ]
    # Ling writes calls as Qwen does; only its prompt differs.
    return names[0].replace("ling", "qwen")


@pytest.mark.parametrize("name", sorted(DECODERS))
@pytest.mark.parametrize("count", [1, 2, 3])
def test_what_the_engine_writes_is_read(name: str, count: int) -> None:
    calls = CALLS[:count]
    functions = [
        tool_utils.FunctionCall(one.name, json.dumps(dict(one.arguments), ensure_ascii=False))
        for one in calls
    ]
    text = tool_utils.get_tool_utils(name).function_formatter(functions)
    assert list(DECODERS[name](text).calls) == calls
