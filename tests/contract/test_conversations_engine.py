"""Facts of llamafactory 0.9.5 that conversations rely on: families, call text, alternation."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("llamafactory", reason="needs the [train] extra")
pytestmark = pytest.mark.contract

from llamafactory.data.converter import SharegptDatasetConverter  # noqa: E402
from llamafactory.data.parser import DatasetAttr  # noqa: E402
from llamafactory.data.template import TEMPLATES, Llama2Template  # noqa: E402

from fctune.conversations.families import (  # noqa: E402
    FAMILIES,
    RESULT_SEPARATOR,
    ResultJoiner,
    family_of,
)
from fctune.conversations.formats.sharegpt import to_row  # noqa: E402
from fctune.conversations.read import read_conversation  # noqa: E402
from fctune.issues import Accepted, Origin  # noqa: E402

SPEC = {"name": "track", "description": "d", "parameters": {"id": {"type": "string"}}}
CALLS = [
    '{"name": "track", "arguments": {"id": "SO1"}}',
    '{"name": "track", "arguments": {"id": "SO2"}}',
]


def row_of(
    *turns: tuple[str, str], joiner: ResultJoiner = ResultJoiner.SEPARATOR
) -> dict[str, Any]:
    raw = {
        "conversations": [{"from": role, "value": value} for role, value in turns],
        "system": "Shop.",
        "tools": json.dumps([SPEC]),
    }
    verdict = read_conversation(raw, Origin("a", 1))
    assert isinstance(verdict, Accepted), verdict
    return to_row(verdict.value, joiner=joiner)


def written(template_name: str, value: str) -> str:
    """Return what the engine makes of a function_call value, as its template class calls it."""
    template = TEMPLATES[template_name]
    words = {
        "thought_words": template.thought_words,
        "tool_call_words": template.tool_call_words,
    }
    bare = isinstance(template, Llama2Template)
    slots = template.format_function.apply(content=value, **({} if bare else words))
    return "".join(slot for slot in slots if isinstance(slot, str))


ONE = row_of(("human", "a"), ("function_call", CALLS[0]))["conversations"][1]["value"]
TWO = row_of(("human", "a"), ("function_call", f"[{CALLS[0]}, {CALLS[1]}]"))["conversations"][1][
    "value"
]
BESIDE = row_of(("human", "a"), ("function_call", f"Wait.<tool_call>{CALLS[0]}</tool_call>"))[
    "conversations"
][1]["value"]


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_every_template_takes_what_its_family_promises_and_no_more(name: str) -> None:
    family = family_of(name)
    assert "track" in written(name, ONE)
    if family.parallel:
        text = written(name, TWO)
        assert text.index("SO1") < text.index("SO2")
    else:
        with pytest.raises(ValueError, match="parallel"):
            written(name, TWO)
    if family.text_beside_calls:
        text = written(name, BESIDE)
        assert text.index("Wait.") < text.index("track")
        assert "<tool_call>{" not in text
        assert "tool" not in text[: text.index("Wait.")].lower()
    elif name in ("mistral_small", "gemma4", "gemma4n"):
        assert written(name, BESIDE).startswith(("[TOOL_CALLS]Wait.", "<|tool>Wait."))
    else:
        with pytest.raises(RuntimeError, match="Invalid JSON"):
            written(name, BESIDE)


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_only_templates_with_the_tag_get_the_separator(name: str) -> None:
    slots = TEMPLATES[name].format_observation.slots
    frame = "".join(slot for slot in slots if isinstance(slot, str))
    tagged = "<tool_response>\n{{content}}\n</tool_response>" in frame
    assert (family_of(name).joiner is ResultJoiner.SEPARATOR) == tagged
    spliced = '{"content": {{content}}}' in frame
    assert (family_of(name).joiner is ResultJoiner.JSON_TEXT) == spliced


INTEGER_ENUM = [
    {"name": "f", "parameters": {"type": "object", "properties": {"n": {"enum": [1]}}}},
]


@pytest.mark.parametrize("name", sorted(set(TEMPLATES) - {"phi4_mini"}))
def test_only_some_templates_stop_on_an_enum_of_integers(name: str) -> None:
    formatter = TEMPLATES[name].format_tools
    if family_of(name).plain_schemas:
        with pytest.raises(TypeError):
            formatter.apply(content=json.dumps(INTEGER_ENUM))
    else:
        formatter.apply(content=json.dumps(INTEGER_ENUM))


def test_families_name_templates_that_exist() -> None:
    assert set(FAMILIES) <= set(TEMPLATES)


def test_qwen_writes_words_and_calls_as_its_own_chat_template_does() -> None:
    assert written("qwen", BESIDE) == f"Wait.\n<tool_call>\n{CALLS[0]}\n</tool_call><|im_end|>\n"
    assert written("qwen", TWO) == (
        f"<tool_call>\n{CALLS[0]}\n</tool_call>\n<tool_call>\n{CALLS[1]}\n</tool_call><|im_end|>\n"
    )


def test_two_tagged_calls_would_be_written_reversed_had_they_not_been_joined() -> None:
    tagged = "".join(f"<tool_call>{call}</tool_call>" for call in CALLS)
    text = written("qwen", tagged)
    assert text.index("SO2") < text.index("SO1"), "the engine mended this; drop the repair"


def test_an_empty_list_of_tools_is_true_to_the_engine_and_empty_text_is_not() -> None:
    formatter = TEMPLATES["qwen"].format_tools
    assert formatter.apply(content="[]") == [""], "an empty system turn follows"


def test_the_placeholder_is_replaced_within_the_words_of_a_user() -> None:
    slots = TEMPLATES["qwen"].format_user.apply(content="Dear {{idx}}", idx="3")
    assert "Dear 3" in slots[0]


def test_the_converter_keeps_our_rows_and_their_words() -> None:
    attr = DatasetAttr("file", "rows.jsonl", formatting="sharegpt")
    attr.messages, attr.system, attr.tools = "conversations", "system", "tools"
    converter = SharegptDatasetConverter(attr, SimpleNamespace(media_dir=""))  # type: ignore[arg-type]
    row = row_of(
        ("system", "Be brief."),
        ("human", "a"),
        ("human", "b"),
        ("function_call", CALLS[0]),
        ("function_call", CALLS[1]),
        ("observation", "r1"),
        ("observation", "r2"),
        ("gpt", "c"),
        ("human", "###STOP###"),
    )
    out = converter(row)
    assert [m["role"] for m in out["_prompt"]] == ["user", "function", "observation"]
    assert out["_prompt"][2]["content"] == f"r1{RESULT_SEPARATOR}r2"
    assert out["_response"] == [{"role": "assistant", "content": "c"}]
    assert out["_system"] == "Shop.\n\nBe brief."
    assert json.loads(out["_tools"])[0]["name"] == "track"
