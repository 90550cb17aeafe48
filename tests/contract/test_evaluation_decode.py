"""The call formats of the engine, and that our decoders read what its formatters write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fctune.evaluation.decode import DECODERS, format_of, formats
from fctune.tools.spec import ToolCall

pytestmark = pytest.mark.contract
template_module = pytest.importorskip("llamafactory.data.template", reason="needs [train]")
tool_utils = pytest.importorskip("llamafactory.data.tool_utils", reason="needs [train]")
from scripts.bench import call_formats  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(tool_utils.TOOLS)


def test_the_table_of_formats_is_the_engines() -> None:
    ours = {name: format_of(name) for name in template_module.TEMPLATES}
    theirs = {
        name: call_formats.engine_format(template)
        for name, template in template_module.TEMPLATES.items()
    }
    assert ours == theirs
    assert {each.name for each in formats() if each.engine} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", sorted(call_formats.CASES))
def test_what_the_engine_writes_is_read(name: str, case: str) -> None:
    """With the tools' schemas every case comes back, but for those listed with a reason."""
    result = call_formats.round_trip(name, case)
    reason = call_formats.LOST.get((name, case))
    assert result.ours == (reason is None), result.text
    if reason is not None:
        assert len(reason) > 20


@pytest.mark.parametrize("name", NAMES)
def test_words_that_the_engine_trains_beside_a_call_are_kept(name: str) -> None:
    """FunctionFormatter writes the words before a tagged call in front of the call."""
    call = ToolCall("get_w", {"city": "奥斯陆"})
    text = call_formats.trained(name, [call], words="One moment.\n")
    decoded = DECODERS[name](text, call_formats.tools_of([call]))
    assert (decoded.calls, decoded.text) == ((call,), "One moment.")


@pytest.mark.parametrize("name", NAMES)
def test_the_whole_trained_turn_is_read(name: str) -> None:
    call = ToolCall("get_w", {"city": "Oslo", "n": 2})
    text = call_formats.trained(name, [call])
    decoded = DECODERS[name](text, call_formats.tools_of([call]))
    assert (decoded.calls, decoded.text) == ((call,), "")


def test_the_page_is_fresh() -> None:
    page = (ROOT / "docs" / "call-formats.md").read_text(encoding="utf-8")
    assert page == call_formats.page(), "run scripts/bench/call_formats.py --out"


def test_the_engines_own_readers_fail_where_the_page_says() -> None:
    """Known facts of llamafactory 0.9.5, so that a mended engine is noticed."""
    for name in ("glm4_moe", "minimax2"):
        assert not any(call_formats.round_trip(name, case).engine for case in call_formats.CASES)
    assert not call_formats.round_trip("default", "dotted name").engine
    with pytest.raises(TypeError):
        tool_utils.get_tool_utils("llama3").tool_extractor("42")


def test_schemas_tell_texts_from_numbers() -> None:
    calls = [ToolCall("f", {"a": "2"})]
    text: Any = call_formats.written("qwen3_5", calls)
    assert DECODERS["qwen3_5"](text).calls == (ToolCall("f", {"a": 2}),)
    assert list(DECODERS["qwen3_5"](text, call_formats.tools_of(calls)).calls) == calls
    assert json.dumps(calls[0].as_dict())
