"""Constraints: grammars that take lawful turns and no others, and say what they cannot say."""

from __future__ import annotations

from typing import Any

import pytest

from fctune.evaluation.decode import DECODERS
from fctune.evaluation.grammar.styles import STYLES, style_of
from fctune.evaluation.local.constrain import Constraint, Followed, grammar_of, needs_of
from fctune.evaluation.local.predict_local_plan import Prompt, common_prefix, plan
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCall, ToolCatalog
from tests.unit.evaluation_samples import CATALOG, call

llguidance = pytest.importorskip("llguidance", reason="pip install 'fctune[constrain]'")

WORDS = ["Hello.", "你好，在奥斯陆。", "42", "a } b", "<tool>", 'She said "no".', "1.\n2.\n"]
# Turns that a decoder would take for a call that was begun.
BROKEN = {
    "qwen": ["<tool_call>", "so </tool_call>", '{"name": "track", "arguments": {"id": "7"}}'],
    "ling": ["<tool_call>", 'Yes <tool_call>{"name": 3}</tool_call>'],
    "llama3": ['{"name": "track", "parameters": {"id": 7', '[{"name": "x"}]', "<|python_tag|>x"],
    "default": ["Action: track", "Action Input: {}", "Thought: so\nAction: track\nAction Input: 3"],
    "mistral": ["[TOOL_CALLS] x", '[{"name": "track", "arguments": 3}]'],
    "glm4": ['track\n{"id": 3}', "track\n{"],
    "minimax1": ["<tool_calls>", "so </tool_calls>", '{"name": "track", "arguments": {}}'],
}


def takes(lark: str, text: str) -> bool:
    """Tell whether a grammar takes a text, byte for byte."""
    grammar = llguidance.LLMatcher.grammar_from_lark(lark)
    matcher = llguidance.LLMatcher(llguidance.LLTokenizer("byte"), grammar, log_level=0)
    assert not matcher.get_error(), matcher.get_error()
    content = list(text.encode())
    return bool(matcher.try_consume_tokens(content) == len(content) and matcher.is_accepting())


def lark_of(name: str, catalog: ToolCatalog = CATALOG, **options: Any) -> str:
    return grammar_of(catalog, style_of(name), Constraint(**options)).lark


@pytest.mark.parametrize("name", sorted(STYLES))
def test_free_text_and_lawful_calls_are_taken(name: str) -> None:
    style = style_of(name)
    lark = lark_of(name)
    for words in WORDS:
        assert takes(lark, words), words
        assert not DECODERS[name](words, CATALOG).attempted
    assert takes(lark, "")
    calls = [call("order", item="茶\n", count=2, size="S", tags=[1, 2.5]), call("track", id="7")]
    for count in (1, 2) if style.parallel else (1,):
        written = style.written(calls[:count])
        assert takes(lark, written), written
        if style.mark:
            assert takes(lark, f"Let me see. {written}")


@pytest.mark.parametrize("name", sorted(STYLES))
def test_whatever_would_be_malformed_is_not_taken(name: str) -> None:
    lark = lark_of(name)
    for text in BROKEN[name]:
        assert not takes(lark, text), text


@pytest.mark.parametrize("name", sorted(STYLES))
def test_unlawful_calls_are_not_taken(name: str) -> None:
    style = style_of(name)
    lark = lark_of(name)
    for wrong in (
        call("order"),
        call("order", item="x", size="XL"),
        call("order", item="x", count="2"),
        call("order", item="x", colour="red"),
        call("cancel", item="x"),
    ):
        assert not takes(lark, style.written([wrong])), wrong


@pytest.mark.parametrize("name", sorted(STYLES))
def test_a_required_call_is_a_call(name: str) -> None:
    style = style_of(name)
    lark = lark_of(name, tool_choice="required")
    assert takes(lark, style.written([call("track", id="7")]))
    for words in ("", "Hello.", f"Well. {style.written([call('track', id='7')])}"):
        assert not takes(lark, words)


def test_at_most_so_many_calls() -> None:
    style = style_of("qwen")
    lark = lark_of("qwen", max_calls=2)
    calls = [call("track", id="7")] * 3
    assert takes(lark, style.written(calls[:2]))
    assert not takes(lark, style.written(calls))
    assert not takes(lark_of("llama3", max_calls=1), style_of("llama3").written(calls[:2]))


def test_without_tools_only_words_are_taken() -> None:
    lark = lark_of("qwen", ToolCatalog(()), tool_choice="required")
    assert takes(lark, "Hello.")
    assert not takes(lark, style_of("qwen").written([call("track", id="7")]))


def tool(properties: dict[str, Any], **keywords: Any) -> ToolCatalog:
    parameters = {"type": "object", "properties": properties, **keywords}
    return parse_catalog([{"name": "f", "description": "", "parameters": parameters}])[0]


@pytest.mark.parametrize(
    ("properties", "note", "taken"),
    [
        ({"a": {"type": "array", "items": {"type": "string"}, "uniqueItems": True}},
         "f: parameters.a: uniqueItems is not followed", {"a": ["x"]}),
        ({"a": {"oneOf": [{"type": "integer"}, {"type": "number"}]}},
         "f: oneOf not fully supported", {"a": 1.5}),
        ({"a": {"type": "string", "pattern": "^(?=x)x+$"}},
         "f: parameters.a: pattern is not followed (regex parse error", {"a": "xx"}),
        ({"a": {"type": "object", "properties": {key: {"type": "integer"} for key in "bcd"},
                "minProperties": 2}},
         "f: parameters.a: minProperties is not followed", {"a": {"b": 1, "c": 2}}),
    ],
)  # fmt: skip
def test_what_a_grammar_cannot_say_is_named_and_left_out(
    properties: dict[str, Any], note: str, taken: dict[str, Any]
) -> None:
    grammar = grammar_of(tool(properties), style_of("qwen"), Constraint())
    assert [one for one in grammar.notes if one.startswith(note)], grammar.notes
    assert takes(grammar.lark, style_of("qwen").written([ToolCall("f", taken)]))
    assert not takes(grammar.lark, style_of("qwen").written([ToolCall("f", {"b": 1})]))


def test_a_tool_that_no_call_satisfies_is_left_out() -> None:
    catalog = ToolCatalog((*tool({"a": {"enum": []}}, required=["a"]), *CATALOG))
    grammar = grammar_of(catalog, style_of("qwen"), Constraint())
    assert "no call satisfies" in grammar.notes[0]
    assert '\\"f\\"' not in grammar.lark
    assert takes(grammar.lark, style_of("qwen").written([call("track", id="7")]))


@pytest.mark.parametrize("name", sorted(STYLES))
def test_the_needs_are_known_without_a_grammar(name: str) -> None:
    style = style_of(name)
    for catalog in (CATALOG, ToolCatalog()):
        assert (
            needs_of(catalog, style, Constraint()) == grammar_of(catalog, style, Constraint()).needs
        )
    patterned = tool({"a": {"type": "string", "pattern": "^(?=x)x+$"}}, required=["a"])
    most = needs_of(patterned, style, Constraint())["f"]
    assert len(most) >= len(grammar_of(patterned, style, Constraint()).needs["f"])


def test_what_was_found_of_a_tool_is_not_sought_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Followed] = {}
    first = grammar_of(CATALOG, style_of("qwen"), Constraint(), seen=seen)
    monkeypatch.setattr("fctune.evaluation.local.constrain._fault", None)
    assert grammar_of(CATALOG, style_of("qwen"), Constraint(), seen=seen) == first
    part = ToolCatalog(CATALOG.specs[:1])
    assert list(grammar_of(part, style_of("qwen"), Constraint(), seen=seen).needs) == [
        CATALOG.specs[0].name
    ]


def test_numbers_that_are_none_are_not_taken() -> None:
    lark = lark_of("qwen", tool({"n": {"type": "number"}, "x": {}}))
    written = style_of("qwen").written([ToolCall("f", {"n": 7})])
    assert takes(lark, written)
    for number in ("1e999", "NaN", "9" * 400):
        assert not takes(lark, written.replace("7", number))
        assert not takes(lark, written.replace('"n": 7', f'"x": {number}'))


# the plan -------------------------------------------------------------------------------------


def prompts(
    groups: dict[str, tuple[int, list[int]]],
) -> tuple[list[Prompt], dict[str, tuple[str, str]]]:
    """Return prompts of groups: name to the length of its prefix and the lengths of its rests."""
    made, catalogs = [], {}
    for number, (name, (prefix, rests)) in enumerate(groups.items()):
        head = tuple(range(number * 10_000, number * 10_000 + prefix))
        for index, rest in enumerate(rests):
            case_id = f"{name}#{index}"
            made.append(Prompt(case_id, head + tuple(range(-index * 100 - rest, -index * 100)), 8))
            catalogs[case_id] = name, case_id
    return made, catalogs


def test_a_plan_asks_every_prompt_once_within_its_limits() -> None:
    made, catalogs = prompts(
        {"a": (300, [5, 9, 40, 7] * 5), "b": (40, [3] * 9), "c": (900, [4]), "d": (20, [6] * 30)}
    )
    batches = plan(made, catalogs, batch_tokens=2000)
    assert sorted(one.case_id for batch in batches for one in batch.prompts) == sorted(catalogs)
    shared = {one.case_id[0]: one.shared for batch in batches for one in batch.prompts}
    assert shared == {"a": 300, "b": 40, "c": 0, "d": 0}
    for batch in batches:
        assert len(batch.prompts) == 1 or (batch.width + batch.room) * len(batch.prompts) <= 2000
        assert all(one.rest for one in batch.prompts)
        assert batch.prompts[0].shared == batch.prefix_width
    unshared = plan(made, catalogs, batch_tokens=2000, share=False)
    assert not any(one.shared for batch in unshared for one in batch.prompts)


def test_windows_hold_no_more_prefixes_than_fit() -> None:
    made, catalogs = prompts({f"g{number}": (400, [5, 6]) for number in range(12)})
    batches = plan(made, catalogs, batch_tokens=1500)
    held: dict[int, set[tuple[int, ...]]] = {}
    for batch in batches:
        held.setdefault(batch.window, set()).update(one.prefix for one in batch.prompts)
    assert [len(prefixes) for prefixes in held.values()] == [3, 3, 3, 3]
    # Each prefix is computed in one window only.
    assert sum(map(len, held.values())) == len(set().union(*held.values())) == 12


def test_the_common_prefix_of_one_row_is_the_row() -> None:
    assert common_prefix([(1, 2)]) == 2
    assert common_prefix([(1, 2), (1, 2, 3)]) == 2
    assert common_prefix([(2,), (1, 2)]) == 0


def test_the_turns_of_a_conversation_are_computed_once() -> None:
    tools = tuple(range(200))
    talk = tuple(range(1000, 1500))
    made = [
        Prompt("a#1", tools + talk[:100], 8),
        Prompt("a#3", tools + talk[:300], 8),
        Prompt("a#5", tools + talk, 8),
        Prompt("b#1", (*tools, 7, 8, 9), 8),
    ]
    kin = {one.case_id: ("tools", one.case_id[0]) for one in made}
    found = {
        one.case_id: one for batch in plan(made, kin, batch_tokens=9000) for one in batch.prompts
    }
    assert {name: (one.shared, one.base) for name, one in found.items()} == {
        "a#1": (299, 200),
        "a#3": (499, 200),
        "a#5": (500, 200),
        "b#1": (200, 0),
    }
    assert found["a#5"].trunk == tools + talk[:300]
    assert all(one.trunk[: one.shared] == one.prefix for one in found.values())
