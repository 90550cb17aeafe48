"""What a lenient reading mends, that it says so, and that no text is too much for it."""

from __future__ import annotations

import os
import random
import time

import pytest

from fctune.evaluation.decode import DECODERS, Decoder, decode_auto
from fctune.evaluation.formats.reading import REPAIRS
from fctune.evaluation.formats.tolerant_json import tolerant_at
from fctune.evaluation.strict_json import NotStrict
from fctune.tools.spec import ToolCall, ToolCatalog, ToolSpec
from tests.unit.evaluation_call_writers import WRITERS, catalog_of

ONE = ToolCall("f", {"city": "Oslo", "n": 2})
NOW = ToolCall("now", {})
CATALOG = ToolCatalog(
    (
        ToolSpec(
            "f",
            "",
            {
                "type": "object",
                "properties": {"city": {"type": "string"}, "n": {"type": "integer"}},
            },
        ),
        ToolSpec("now", "", {"type": "object", "properties": {}}),
        ToolSpec("say", "", {"type": "object", "properties": {"words": {"type": "string"}}}),
    )
)


def block(body: str) -> str:
    return f"<tool_call>\n{body}\n</tool_call>"


CASES = [
    ("qwen", '<tool_call>\n{"name": "f", "arguments": {"city": "Oslo", "n": 2}}', "closing tag"),
    ("qwen", '{"name": "f", "arguments": {"city": "Oslo", "n": 2}}\n</tool_call>', "opening tag"),
    ("qwen", block('{"name": "f", "arguments": {"city": "Oslo", "n": 2}'), "closing bracket"),
    ("qwen", block('{"name": "f", "arguments": {"city": "Oslo", "n": 2,}}'), "trailing comma"),
    ("qwen", block('{"name": "f" "arguments": {"city": "Oslo", "n": 2}}'), "missing comma"),
    ("qwen", block("{'name': 'f', 'arguments': {'city': 'Oslo', 'n': 2}}"), "single quotes"),
    ("qwen", block("{name: \"f\", arguments: {city: \"Oslo\", n: 2}}"), "unquoted key"),
    ("qwen", block('{"name"："f"，"arguments"：{"city": “Oslo”, "n": 2}}'), "full-width sign"),
    ("qwen", block('{"name": "f", "arguments": {"city": "Oslo", /* two */ "n": 2}}'), "comment"),
    ("qwen", block('```json\n{"name": "f", "arguments": {"city": "Oslo", "n": 2}}\n```'),
     "code fence"),
    ("qwen", block('{"name": "f", "parameters": {"city": "Oslo", "n": 2}}'), "names of keys"),
    ("qwen", block('{"tool_name": "f", "args": {"city": "Oslo", "n": 2}}'), "names of keys"),
    ("qwen", block('{"f": {"city": "Oslo", "n": 2}}'), "names of keys"),
    ("qwen", block('{"name": "f", "arguments": "{\\"city\\": \\"Oslo\\", \\"n\\": 2}"}'),
     "arguments as text"),
    ("qwen", block('{"name": "f", "city": "Oslo", "n": 2}'), "arguments beside the name"),
    ("qwen", block('{"type": "function", "function": {"name": "f", "arguments": '
                   '{"city": "Oslo", "n": 2}}}'), "wrapped call"),
    ("qwen", block('[{"name": "f", "arguments": {"city": "Oslo", "n": 2}}]'), "wrapped call"),
    ("qwen", block('{"name": "functions.f", "arguments": {"city": "Oslo", "n": 2},}'),
     "prefix of the name"),
    ("qwen", block('{"name": "f", "arguments": {"city": "Oslo", "n": 2}}}'),
     "text beside the call"),
    ("qwen", block('{"name": "f", "arguments": {"city": "Oslo", "n": 2}} as asked'),
     "text beside the call"),
    ("qwen", "<tool_call>\n<function=f>\n<parameter=city>\nOslo\n</parameter>\n<parameter=n>\n2\n"
     "</parameter>\n</function>\n</tool_call>", "style of qwen3_5"),
    ("qwen", 'Action: f\nAction Input: {"city": "Oslo", "n": 2}', "style of default"),
    ("qwen", 'f(city="Oslo", n=2)', "style of pythonic"),
    ("qwen", '```python\nf(city="Oslo", n=2)\n```', "style of pythonic"),
    ("llama3", '{"name": "f", "arguments": {"city": "Oslo", "n": 2}}', "names of keys"),
    ("llama3", '{"name": "f", "parameters": {"city": "Oslo", "n": 2}} as asked',
     "text beside the call"),
    ("default", 'Action: f\nAction Input: {\'city\': \'Oslo\', \'n\': 2}', "single quotes"),
    ("default", '**Action:** f\n**Action Input:** {"city": "Oslo", "n": 2', "closing bracket"),
    ("default", 'Action: {"action": "f", "action_input": {"city": "Oslo", "n": 2}}\nAction Input:',
     "wrapped call"),
    ("default", '动作: f\n动作输入: {"city": "Oslo", "n": 2}', "labels"),
    ("mistral", '[TOOL_CALLS][{"name": "f", "arguments": {"city": "Oslo", "n": 2}',
     "closing bracket"),
    ("glm4", 'f\n{"city": "Oslo", "n": 2', "closing bracket"),
    ("glm4_moe", "<tool_call>f\n<arg_key>city</arg_key>\n<arg_value>Oslo</arg_value>\n"
     "<arg_key>n</arg_key>\n<arg_value>2\n</tool_call>", "closing tag"),
    ("qwen3_5", "<function=f>\n<parameter=city>\nOslo\n</parameter>\n<parameter=n>\n2\n"
     "</parameter>\n</function>\n</tool_call>", "opening tag"),
    ("qwen3_5", "<tool_call>\n<function=f>\n<parameter=city>\nOslo\n</parameter>\n<parameter=n>\n2",
     "closing tag"),
    ("gemma4", '<|tool_call>call:f{city:<|"|>Oslo<|"|>,n:2}', "closing tag"),
    ("gemma4", "<|tool_call>call:f{city:Oslo,n:2}<tool_call|>", "single quotes"),
    ("lfm2", '<|tool_call_start|>[f(city="Oslo", n=2)]', "closing tag"),
    ("lfm2", '<|tool_call_start|>[f("Oslo", 2)]<|tool_call_end|>', "positional arguments"),
    ("pythonic", '[f(city="Oslo", n=2)', "closing bracket"),
    ("minimax2", '<minimax:tool_call>\n<invoke name="f">\n<parameter name="city">Oslo</parameter>\n'
     '<parameter name="n">2</parameter>\n</minimax:tool_call>', "closing tag"),
    ("kimi_k2", '<|tool_call_begin|>functions.f:0<|tool_call_argument_begin|>'
     '{"city": "Oslo", "n": 2}', "closing tag"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "repair"), CASES)
def test_a_slip_is_malformed_and_mended(name: str, text: str, repair: str) -> None:
    decoded = DECODERS[name](text, CATALOG)
    assert decoded.malformed
    assert decoded.calls == ()
    assert decoded.text == text
    repaired = [
        ToolCall(call.name, {k: str(v).strip() if k == "city" else v for k, v in
                             call.arguments.items()})
        for call in decoded.repaired or ()
    ]  # fmt: skip
    assert repaired == [ONE]
    assert not repair or repair in decoded.repairs
    assert all(each in REPAIRS or each.startswith("style of ") for each in decoded.repairs)


def test_every_repair_is_met() -> None:
    met = {repair for _, _, repair in CASES}
    met |= {"no arguments", "plain text input", "python literal", "raw line break",
            "unknown escape", "leading comma", "name with quotes", "unclosed thought",
            "call left out", "no separator"}  # fmt: skip
    assert set(REPAIRS) <= met


@pytest.mark.parametrize(
    ("name", "text", "calls", "repair"),
    [
        ("qwen", block('{"name": "now", "arguments": null}'), [NOW], "no arguments"),
        ("qwen", block('{"name": "now"}'), [NOW], "no arguments"),
        ("default", "Action: now\nAction Input:", [NOW], "no arguments"),
        ("default", "Action: now", [NOW], "no arguments"),
        ("default", "Action: `now`\nAction Input: {},", [NOW], ""),
        ("default", "Action: say\nAction Input: hello", [ToolCall("say", {"words": "hello"})],
         "plain text input"),
        ("default", "Action: `say`\nAction Input: hello", [ToolCall("say", {"words": "hello"})],
         "name with quotes"),
        ("qwen", block('{"name": "say", "arguments": {"words": None}}'),
         [ToolCall("say", {"words": None})], "python literal"),
        ("qwen", block('{"name": "say", "arguments": {"words": "a\nb"}}'),
         [ToolCall("say", {"words": "a\nb"})], "raw line break"),
        ("qwen", block(r'{"name": "say", "arguments": {"words": "a \,b \\\,c"}}'),
         [ToolCall("say", {"words": "a \\,b \\\\,c"})], "unknown escape"),
        ("qwen", block('{"name": "say", "arguments": {"words": [, "a"]}}'),
         [ToolCall("say", {"words": ["a"]})], "leading comma"),
        ("qwen", block('{"name": "now", "arguments": {}}{"name": "now", "arguments": {}}'),
         [NOW, NOW], "no separator"),
        ("llama3", '{"name": "now", "parameters": {}}; {"name": "now", "parameters": {}}',
         [NOW, NOW], "no separator"),
    ],
)  # fmt: skip
def test_other_slips(name: str, text: str, calls: list[ToolCall], repair: str) -> None:
    decoded = DECODERS[name](text, CATALOG)
    if decoded.malformed:
        assert list(decoded.repaired or ()) == calls
        assert repair in decoded.repairs
    else:
        assert not repair
        assert [call.name.strip("`") for call in decoded.calls] == [call.name for call in calls]


@pytest.mark.parametrize("name", sorted(set(WRITERS) - {"glm4", "json", "llama3"}))
def test_one_call_of_several_that_cannot_be_read_is_left_out(name: str) -> None:
    sound, odd = ToolCall("now", {}), ToolCall("f", {"city": "MARK"})
    text = WRITERS[name][0]([sound, odd])
    for part, odd_part in {
        '<|"|>MARK<|"|>': '<|"|>MARK',
        "'MARK'": "'a'b'",
        '"MARK"': '"a"b"',
        "<function=f>": "<function=>",
        'name="f"': 'name=""',
        "<tool_call>f": "<tool_call>{}",
    }.items():
        text = text.replace(part, odd_part)
    decoded = DECODERS[name](text, CATALOG)
    assert decoded.malformed
    assert sound in (decoded.repaired or ())
    assert {"call left out", "text beside the call"} & set(decoded.repairs)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{'a': 1, \"b\": (1, 2)}", {"a": 1, "b": [1, 2]}),
        ('{a: .5, "b": +2, c: -1.}', {"a": 0.5, "b": 2, "c": -1.0}),
        ("{'s': 'it\\'s', 't': \"\\u00e9\\x41\\d\"}", {"s": "it's", "t": "éA\\d"}),
        ("[1 2 3", [1, 2, 3]),
        ("{", {}),
    ],
)
def test_tolerant_json(text: str, value: object) -> None:
    found, end, mends = tolerant_at(text, 0)
    assert (found, end) == (value, len(text))
    assert mends


@pytest.mark.parametrize(
    "text", ["", "{'a", '{"a": nope}', "{1: 2}", '{"a" 1}', "9" * 2000, "1e999", "[" * 500]
)
def test_tolerant_json_invents_nothing(text: str) -> None:
    with pytest.raises(NotStrict):
        tolerant_at(text, 0)


# Fuzz: small in CI, full by FCTUNE_FUZZ (number of mutated texts; 20000 for a release). -----------

BASE = [
    ToolCall("f", {"city": "Zürich", "n": 2, "t": "a \"q\" 'x' \\d\nnew", "l": [1, {"a": None}]}),
    ToolCall("g.h-i", {}),
    ToolCall("now", {"城": "5"}),
]
PARTS = [
    "<tool_call>", "</tool_call>", "<function=", "<function=f>", "</function>", "<parameter=a>",
    "</parameter>", "<arg_key>", "</arg_key>", "<arg_value>", "[TOOL_CALLS]", "[ARGS]", "{", "}",
    "[", "]", "(", ")", '"', "'", ",", ":", "```", "```json\n", "Action:", "Action Input:",
    "<think>", "</think>", "<|tool_call>", "<tool_call|>", '<|"|>', "call:f{", "\\", "\n",
    "\\ud800", "\ud800", "NaN", "1e999", "9" * 5000, '<invoke name="f">', "null", "f(", "f", "[f(",
    "a=", "，", "：", "“", "<|python_tag|>", "✿FUNCTION✿", "<｜tool▁call▁begin｜>",
    "<｜tool▁sep｜>", "to=functions.f", "<|message|>", "//", "/*", '{"name": "f", "arguments": ',
    "[" * 3000,
]  # fmt: skip


def mutated(rng: random.Random, text: str) -> str:
    for _ in range(rng.randint(1, 4)):
        start = rng.randint(0, len(text))
        end = min(len(text), start + rng.choice([1, 1, 2, 5, 20]))
        other = rng.randint(0, len(text))
        text = rng.choice(
            [
                text[:start] + text[end:],
                text[:start] + rng.choice(PARTS) + text[start:],
                text[:start] + text[start:end] * 3 + text[end:],
                text[:start],
                text[:start] + text[other : other + 30] + text[start:],
                text[:start] + rng.choice(PARTS) + text[end:],
            ]
        )
    return text


def test_no_mutated_text_makes_a_decoder_raise() -> None:
    count = int(os.environ.get("FCTUNE_FUZZ", "150"))
    rng = random.Random(20261121)
    catalog = catalog_of(BASE)
    ways = [write for group in WRITERS.values() for write in group]
    decoders: list[Decoder] = [*DECODERS.values(), decode_auto]
    for _ in range(count):
        text = mutated(rng, rng.choice(ways)(rng.choice([BASE, BASE[:1], BASE[1:]])))
        for decode in decoders:
            for tools in (catalog, None):
                decoded = decode(text, tools)
                assert not (decoded.calls and decoded.malformed)
                assert decoded.malformed == bool(decoded.detail)
                assert decoded.malformed or decoded.repaired is None
                assert decoded.repaired is None or (decoded.repaired and decoded.repairs)
                for repair in decoded.repairs:
                    assert repair in REPAIRS or repair.startswith("style of ")


# Scaling: twice the text takes about twice the time, whatever it is made of. ----------------------

HEAVY = [
    "<tool_call>", "</tool_call>", '<tool_call>{"name": "f", "arguments": {', "<tool_call>{'a':",
    '<tool_call>{"name": "f", "arguments": {}}', "<tool_call>f<arg_key>a</arg_key><arg_value>b",
    "<tool_call><function=f><parameter=a>b", "<function=f>", "<function=f>{", "<parameter=a>",
    '<invoke name="f"><parameter name="a">', "[TOOL_CALLS]", "[TOOL_CALLS]f{", "[TOOL_CALLS][{",
    "Action:", "Action: f\n", "Action Input:", "Action: f\nAction Input: {}\n",
    "Action: f\nAction Input: x\n", "[f(", "[f(a=", '[f(a="', "f(a=1), ", "[", "{", "(", '"', "'",
    "\\", " ", "\n", "```", "```json\n{", "call:f{", "<|tool_call>call:f{a:", '<|"|>', "<think>",
    "</think>", "</s>", "<|im_end|>", '{"name": "f", "arguments": {}}', '{"name": ',
    '[{"name": "f", "parameters": ', "f\n{", "<｜tool▁call▁begin｜>", "<|tool_call_begin|>f",
    "to=functions.f<|message|>", "<|channel|>commentary", "✿FUNCTION✿: f", "<function_calls>",
    "<|tool_call_start|>", "<function_call>", "a", "，", "/*", "//", "1,", "Thought:", "<",
]  # fmt: skip
SIZE = 20_000


def spent(decode: Decoder, text: str) -> float:
    started = time.process_time()
    decode(text, CATALOG)
    return time.process_time() - started


@pytest.mark.parametrize("name", [*sorted(DECODERS), "auto"])
def test_time_grows_with_the_text_and_no_faster(name: str) -> None:
    decode = decode_auto if name == "auto" else DECODERS[name]
    for part in HEAVY:
        text = part * (SIZE // len(part))
        if spent(decode, text) < 0.05:  # far from 0.1 s a 100 KB
            continue
        ratio = min(spent(decode, text * 4) / spent(decode, text) for _ in range(3))
        assert ratio < 9, (part, ratio)
