"""Every row that the engine skips, stops on or trains wrong in silence gets a named code.

The traps are those verified against llamafactory 0.9.5: converter, formatter, JSON reader. Each
case feeds the bad row and names the reject code, or the repair and what the row became.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from fctune.conversations.families import ResultJoiner
from fctune.conversations.formats.sharegpt import to_row
from fctune.conversations.read import DEFAULT_SYSTEM, read_conversation
from fctune.conversations.turns import ModelTurn, ResultTurn
from fctune.issues import Accepted, Origin, Rejected, Severity

ORIGIN = Origin("rows.jsonl", 7)
TRACK = {
    "name": "track",
    "description": "查询物流",
    "parameters": {
        "type": "object",
        "properties": {
            "id": {"type": "string", "description": "订单号"},
            "days": {"type": "integer", "description": "d"},
            "price": {"type": "number", "description": "p"},
        },
        "required": ["id"],
    },
}
TOOLS = json.dumps([TRACK], ensure_ascii=False)
GOOD_CALL = '{"name": "track", "arguments": {"id": "SO1"}}'
H, G, F, R, S = "human", "gpt", "function_call", "observation", "system"


def row(*turns: tuple[str, Any], system: Any = "Shop.", tools: Any = TOOLS) -> dict[str, Any]:
    conversations = [{"from": role, "value": value} for role, value in turns]
    return {"conversations": conversations, "system": system, "tools": tools}


def with_call(value: Any) -> dict[str, Any]:
    return row((H, "Where?"), (F, value), (R, "in Leeds"), (G, "Leeds."))


def arguments(text: str) -> str:
    return '{"name": "track", "arguments": ' + text + "}"


def errors(value: Any) -> set[str]:
    verdict = read_conversation(value, ORIGIN)
    assert isinstance(verdict, Rejected), verdict
    return {found.code for found in verdict.issues if found.severity is Severity.ERROR}


def accepted(value: Any) -> tuple[dict[str, Any], set[str]]:
    verdict = read_conversation(value, ORIGIN)
    assert isinstance(verdict, Accepted), verdict.issues
    return to_row(verdict.value, joiner=ResultJoiner.SEPARATOR), {f.code for f in verdict.issues}


def test_a_sound_row_passes_unchanged_and_without_issues() -> None:
    sound = with_call(GOOD_CALL)
    written, codes = accepted(sound)
    assert codes == set()
    assert written["conversations"] == sound["conversations"]
    assert written["system"] == "Shop."
    assert json.loads(written["tools"])[0]["name"] == "track"


# Rows that the converter drops with a log line, and those it wrongly lets through.
@pytest.mark.parametrize(
    ("bad", "codes"),
    [
        pytest.param(row((G, "Hi."), (H, "Hi"), (G, "Yes?")), {"role-order"}, id="gpt-first"),
        pytest.param(row((F, GOOD_CALL), (R, "x"), (G, "y")), {"role-order"}, id="call-first"),
        pytest.param(row((R, "x"), (G, "y")), {"result-orphan"}, id="observation-first"),
        pytest.param(row((H, "a"), ("narrator", "b"), (G, "c")), {"role-unknown"}, id="role"),
        pytest.param(
            row((H, "a"), (F, GOOD_CALL), (H, "b"), (G, "c")),
            {"result-missing"},
            id="human-after-call",
        ),
        pytest.param(
            row((H, "a"), (F, GOOD_CALL), (G, "c")), {"result-missing"}, id="gpt-after-call"
        ),
        pytest.param(
            row((H, "a"), (F, GOOD_CALL), (R, "r"), (H, "b"), (G, "c")),
            {"role-order"},
            id="human-after-observation",
        ),
        pytest.param(
            row((H, "a"), (G, "b"), (S, "s"), (H, "c"), (G, "d")), {"system-late"}, id="system"
        ),
        pytest.param(row(), {"conversation-empty"}, id="no-turns"),
        pytest.param(row((S, "only")), {"conversation-empty"}, id="system-only"),
        pytest.param(row((H, "a")), {"no-model-turn"}, id="human-only"),
        pytest.param(row((H, "a"), (G, "")), {"turn-empty"}, id="bare-eos"),
        pytest.param(row((H, "a"), (G, " \n ")), {"turn-empty"}, id="blank-answer"),
        pytest.param(
            row((H, "a"), (F, GOOD_CALL), (R, "1"), (R, "2"), (G, "b")),
            {"result-count"},
            id="two-observations-for-one-call",
        ),
        pytest.param(
            row((H, "a"), (G, "b"), (R, "1"), (G, "c")), {"result-orphan"}, id="result-after-gpt"
        ),
    ],
)
def test_order_that_the_engine_drops_or_trains_wrong(bad: Any, codes: set[str]) -> None:
    assert errors(bad) == codes


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        pytest.param("track(SO1)", {"call-invalid-json"}, id="not-json"),
        pytest.param("", {"call-invalid-json"}, id="empty"),
        pytest.param("Sure. " + GOOD_CALL, {"call-invalid-json"}, id="words-before-json"),
        pytest.param('{"arguments": {"id": "SO1"}}', {"call-shape"}, id="no-name"),
        pytest.param('{"name": 5, "arguments": {"id": "SO1"}}', {"call-shape"}, id="name-number"),
        pytest.param("5", {"call-shape"}, id="number"),
        pytest.param('"track"', {"call-shape"}, id="string"),
        pytest.param("null", {"call-shape"}, id="null"),
        pytest.param("[]", {"call-empty"}, id="empty-list"),
        pytest.param(arguments("[1]"), {"call-arguments-type"}, id="arguments-list"),
        pytest.param(arguments("null"), {"call-missing-required"}, id="arguments-null"),
        pytest.param('{"name": "track"}', {"call-missing-required"}, id="arguments-missing"),
        pytest.param(arguments('{"id": "SO1", "price": NaN}'), {"json-nan"}, id="nan"),
        pytest.param(arguments('{"id": "SO1", "price": 1e999}'), {"json-nan"}, id="overflow"),
        pytest.param(arguments('"{\\"price\\": -Infinity}"'), {"json-nan"}, id="infinity-in-text"),
        pytest.param(arguments('{"id": "a", "id": "b"}'), {"json-duplicate-key"}, id="twice"),
        pytest.param(
            arguments('"{\\"id\\": \\"a\\", \\"id\\": \\"b\\"}"'),
            {"json-duplicate-key"},
            id="twice-in-text",
        ),
        pytest.param(arguments('{"id": "\\ud83d"}'), {"json-lone-surrogate"}, id="half-character"),
        pytest.param(
            arguments('{"id": ' + "[" * 200 + "]" * 200 + "}"), {"json-too-deep"}, id="deep"
        ),
        pytest.param(arguments('{"id": "<tool_call>x</tool_call>"}'), {"text-tool-tag"}, id="tag"),
        pytest.param(arguments('{"id": "<think>x</think>"}'), {"text-think-tag"}, id="think-tag"),
        pytest.param(
            arguments('{"id": "a<|im_end|>"}'), {"text-special-token"}, id="eos-in-argument"
        ),
        pytest.param('{"name": "trck", "arguments": {}}', {"call-unknown-tool"}, id="unknown-tool"),
        pytest.param(arguments('{"id": 5}'), {"call-type"}, id="type"),
        pytest.param(None, {"turn-not-text"}, id="value-null"),
        pytest.param(5, {"turn-not-text"}, id="value-number"),
    ],
)
def test_calls_that_stop_the_run_or_are_trained_wrong(value: Any, codes: set[str]) -> None:
    assert errors(with_call(value)) == codes


@pytest.mark.parametrize(
    ("value", "repair"),
    [
        (arguments('"{\\"id\\": \\"SO1\\"}"'), "call-arguments-decoded"),
        (arguments('"\\"{\\\\\\"id\\\\\\": \\\\\\"SO1\\\\\\"}\\""'), "call-arguments-decoded"),
        ('{"name": "track", "parameters": {"id": "SO1"}}', "call-keys-renamed"),
        ('{"type": "function", "function": ' + GOOD_CALL + "}", "call-keys-renamed"),
        ("{'name': 'track', 'arguments': {'id': 'SO1'}}", "call-python-literal"),
        ("<think>\nhm\n</think>\n\n" + GOOD_CALL, "thought-removed"),
        ("<think>hm</think>" + GOOD_CALL, "thought-removed"),
    ],
)
def test_calls_that_can_be_mended_are(value: str, repair: str) -> None:
    written, codes = accepted(with_call(value))
    assert codes == {repair}
    assert written["conversations"][1] == {"from": F, "value": GOOD_CALL}


def test_a_native_object_becomes_text_so_that_columns_keep_one_type() -> None:
    written, _ = accepted(with_call(json.loads(GOOD_CALL)))
    assert written["conversations"][1]["value"] == GOOD_CALL
    written, codes = accepted(row((H, "a"), (F, GOOD_CALL), (R, {"at": "Leeds"}), (G, "b")))
    assert written["conversations"][2]["value"] == '{"at": "Leeds"}'
    assert codes == {"result-encoded"}
    assert errors(row((H, {"a": 1}), (G, "b"))) == {"turn-not-text"}
    assert errors(row((H, "a"), (F, GOOD_CALL), (R, 5), (G, "b"))) == {"turn-not-text"}


def test_arguments_null_or_missing_become_an_empty_object() -> None:
    tools = json.dumps([{"name": "now", "description": "d", "parameters": {}}])
    for text in (
        '{"name": "now"}',
        '{"name": "now", "arguments": null}',
        '{"name": "now", "arguments": ""}',
    ):
        written, codes = accepted(row((H, "a"), (F, text), tools=tools))
        assert written["conversations"][1]["value"] == '{"name": "now", "arguments": {}}'
        assert "call-arguments-added" in codes


def test_two_tagged_calls_keep_their_order_and_become_one_list() -> None:
    second = GOOD_CALL.replace("SO1", "SO2")
    text = f"<tool_call>{GOOD_CALL}</tool_call>\n<tool_call>{second}</tool_call>"
    for role, repair in ((F, "calls-merged"), (G, "call-in-text")):
        written, codes = accepted(row((H, "a"), (role, text)))
        assert repair in codes
        assert [c["arguments"]["id"] for c in json.loads(written["conversations"][1]["value"])] == [
            "SO1",
            "SO2",
        ]


def test_words_beside_a_call_survive() -> None:
    verdict = read_conversation(with_call(f"One moment.<tool_call>{GOOD_CALL}</tool_call>"), ORIGIN)
    assert isinstance(verdict, Accepted)
    turn = verdict.value.turns[1]
    assert isinstance(turn, ModelTurn)
    assert (turn.text, turn.calls[0].arguments) == ("One moment.", {"id": "SO1"})
    assert not verdict.issues


def test_a_big_integer_keeps_its_digits() -> None:
    big = 12345678901234567890123
    tools = json.dumps(
        [{"name": "pay", "description": "d", "parameters": {"n": {"type": "integer"}}}]
    )
    call = f'{{"name": "pay", "arguments": {{"n": {big}}}}}'
    verdict = read_conversation(row((H, "a"), (F, call), tools=tools), ORIGIN)
    assert isinstance(verdict, Accepted), verdict.issues
    assert verdict.value.calls[0].arguments["n"] == big
    assert (
        str(big)
        in to_row(verdict.value, joiner=ResultJoiner.SEPARATOR)["conversations"][1]["value"]
    )


@pytest.mark.parametrize(
    ("tools", "codes"),
    [
        pytest.param("null", {"tools-invalid"}, id="null-text"),
        pytest.param("not json", {"tools-invalid"}, id="not-json"),
        pytest.param(json.dumps(TOOLS), {"tools-invalid"}, id="double-encoded"),
        pytest.param(5, {"tools-invalid"}, id="number"),
        pytest.param('[{"description": "x"}]', {"tool-name-missing"}, id="no-name"),
        pytest.param(TOOLS.replace("订单号", "<|im_end|>"), {"text-special-token"}, id="token"),
        pytest.param(TOOLS.replace('"查询物流"', '"\\ud83d"'), {"json-lone-surrogate"}, id="half"),
    ],
)
def test_tools_that_stop_the_run(tools: Any, codes: set[str]) -> None:
    assert errors(row((H, "a"), (G, "b"), tools=tools)) == codes


def test_a_nan_within_tools_is_refused_as_text_and_as_a_list() -> None:
    spec = json.loads(json.dumps(TRACK))
    spec["parameters"]["properties"]["price"]["default"] = float("nan")
    for tools in (json.dumps([spec]), [spec]):
        assert errors(row((H, "a"), (G, "b"), tools=tools)) & {"json-nan", "tool-schema-invalid"}


@pytest.mark.parametrize(
    "tools", [[TRACK], TRACK, json.dumps(TRACK), [{"type": "function", "function": TRACK}]]
)
def test_native_single_and_wrapped_tools_become_the_text_of_a_list(tools: Any) -> None:
    written, _ = accepted(row((H, "a"), (G, "b"), tools=tools))
    assert isinstance(written["tools"], str)
    assert [tool["name"] for tool in json.loads(written["tools"])] == ["track"]


@pytest.mark.parametrize("tools", ["", "[]", "{}", " ", None, [], {}])
def test_no_tools_are_written_as_an_empty_string(tools: Any) -> None:
    written, _ = accepted(row((H, "a"), (G, "b"), tools=tools))
    assert written["tools"] == ""


@pytest.mark.parametrize("system", ["", "  \n", None])
def test_the_system_text_is_never_empty(system: Any) -> None:
    written, codes = accepted(row((H, "a"), (G, "b"), system=system))
    assert (written["system"], codes) == (DEFAULT_SYSTEM, {"system-default"})


def test_a_system_column_that_is_no_text_is_told_not_dropped() -> None:
    assert errors(row((H, "a"), (G, "b"), system={"a": 1})) == {"turn-not-text"}
    for other in ({"instruction": "a", "output": "b"}, {"chat": "USER: a ASSISTANT: b"}):
        assert errors({**other, "system": 5}) == {"turn-not-text"}


def test_an_empty_default_is_not_taken() -> None:
    verdict = read_conversation(row((H, "a"), (G, "b"), system=""), ORIGIN, system=" ")
    assert isinstance(verdict, Accepted)
    assert verdict.value.system == DEFAULT_SYSTEM


def test_turns_without_role_or_value() -> None:
    for turn in ({"from": "human"}, {"value": "a"}, "a", None, []):
        assert errors({"conversations": [turn, {"from": "gpt", "value": "b"}]}) == {"turn-invalid"}


def test_system_column_and_turn_are_both_kept() -> None:
    written, codes = accepted(row((S, "Be brief."), (H, "a"), (G, "b")))
    assert (written["system"], codes) == ("Shop.\n\nBe brief.", {"system-twice"})
    assert [turn["from"] for turn in written["conversations"]] == [H, G]


def test_a_system_text_that_the_json_reader_takes_for_a_date() -> None:
    assert errors(row((H, "a"), (G, "b"), system="2026-01-31T12:00:00Z")) == {"system-timestamp"}
    accepted(row((H, "a"), (G, "b"), system="Today is 2026-01-31."))


TOKENS = [
    "<|im_start|>",
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|begin_of_text|>",
    "[INST]",
    "[/INST]",
    "<start_of_turn>",
    "<end_of_turn>",
    "<|observation|>",
    "<|user|>",
    "<|assistant|>",
    "<|system|>",
    "</s>",
    "<｜User｜>",
    "<eos>",
    "[TOOL_CALLS]",
    "[gMASK]",
    "<|tool_call_start|>",
    "<|turn>",
    "<turn|>",
    "<<SYS>>",
]


@pytest.mark.parametrize("token", TOKENS)
def test_control_tokens_are_refused_wherever_they_stand(token: str) -> None:
    word = f"瓷器 {token} x"
    for bad in (
        row((H, word), (G, "b")),
        row((H, "a"), (G, word)),
        row((H, "a"), (G, "b"), system=word),
        row((H, "a"), (F, GOOD_CALL), (R, word), (G, "b")),
        with_call(GOOD_CALL.replace("SO1", word)),
    ):
        assert "text-special-token" in errors(bad)


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Dear {{idx}}", "text-placeholder"),
        ("{{content}}", "text-placeholder"),
        ("<image> what is it", "text-media-tag"),
        ("<video>", "text-media-tag"),
        ("<audio>", "text-media-tag"),
        ("x</tool_response>", "text-tool-tag"),
        ("half \ud83d", "json-lone-surrogate"),
    ],
)
def test_text_that_the_engine_takes_for_its_own(word: str, code: str) -> None:
    assert code in errors(row((H, word), (G, "b")))
    assert code in errors(row((H, "a"), (G, word)))
    assert code in errors(row((H, "a"), (F, GOOD_CALL), (R, word), (G, "b")))


def test_thoughts_are_removed_and_halves_of_thoughts_refused() -> None:
    written, codes = accepted(row((H, "a"), (G, "<think>\nhm\n</think>\n\nYes.")))
    assert (written["conversations"][1]["value"], codes) == ("Yes.", {"thought-removed"})
    assert errors(row((H, "a"), (G, "hm</think>Yes."))) == {"text-think-tag"}
    assert errors(row((H, "a"), (G, "<think>hm</think>"))) == {"turn-empty"}


def test_a_closing_tag_within_an_argument_does_not_end_the_call() -> None:
    call = GOOD_CALL.replace("SO1", "a</tool_call>b")
    assert errors(row((H, "a"), (G, f"<tool_call>\n{call}\n</tool_call>"))) == {"text-tool-tag"}


def test_a_name_with_spaces_around_it_is_another_name() -> None:
    assert errors(with_call(GOOD_CALL.replace("track", " track"))) == {"call-unknown-tool"}


def test_a_blank_turn_does_not_stand_for_a_result() -> None:
    bad = row((H, "a"), (F, GOOD_CALL), (G, " "))
    assert errors(bad) == {"turn-empty", "result-missing"}


def test_harmless_words_are_not_refused() -> None:
    words = (
        "a < b, x | y, f(x)[0], {a: {b}}, <b>bold</b>, [see], <|> , 您好，价格 < 80？ 😀 <images>"
    )
    accepted(row((H, words), (F, GOOD_CALL), (R, '{"a": {"b": {}}}'), (G, words)))


@pytest.mark.parametrize(
    ("turns", "roles", "repair"),
    [
        ([(H, "a"), (G, "b"), (H, "c")], [H, G], "tail-cut"),
        ([(H, "a"), (F, GOOD_CALL), (R, "r")], [H, F], "tail-cut"),
        ([(H, "a"), (G, "b"), (R, "stray")], [H, G], "tail-cut"),
        ([(H, "a"), (H, "b"), (G, "c")], [H, G], "turns-merged"),
        ([(H, "a"), (G, "b"), (G, "c")], [H, G], "turns-merged"),
        ([(H, "a"), (G, "b"), (F, GOOD_CALL)], [H, F], "turns-merged"),
        ([(H, "a"), (F, GOOD_CALL), (F, GOOD_CALL)], [H, F], "calls-merged"),
    ],
)
def test_order_that_can_be_mended_is(turns: list[Any], roles: list[str], repair: str) -> None:
    written, codes = accepted(row(*turns))
    assert [turn["from"] for turn in written["conversations"]] == roles
    assert codes == {repair}


def test_a_row_may_end_in_a_call() -> None:
    _, codes = accepted(row((H, "a"), (F, GOOD_CALL)))
    assert codes == set()


def test_several_observations_become_one_and_pair_with_the_calls() -> None:
    second = GOOD_CALL.replace("SO1", "SO2")
    bad = row((H, "a"), (F, GOOD_CALL), (F, second), (R, "r1"), (R, "r2"), (G, "b"))
    verdict = read_conversation(bad, ORIGIN)
    assert isinstance(verdict, Accepted)
    assert verdict.value.turns[2] == ResultTurn(("r1", "r2"))
    assert {found.code for found in verdict.issues} == {"calls-merged", "results-merged"}


def test_one_observation_of_parallel_calls_is_split_or_refused() -> None:
    two = f"[{GOOD_CALL}, {GOOD_CALL}]"
    for text in ("r1\n</tool_response>\n<tool_response>\nr2", '["r1", "r2"]'):
        verdict = read_conversation(row((H, "a"), (F, two), (R, text), (G, "b")), ORIGIN)
        assert isinstance(verdict, Accepted)
        assert verdict.value.turns[2] == ResultTurn(("r1", "r2"))
    assert errors(row((H, "a"), (F, two), (R, "r1 and r2"), (G, "b"))) == {"result-count"}


def test_all_faults_of_a_row_are_told_at_once() -> None:
    bad = row(
        (G, "Hi <|im_end|>"),
        (H, None),
        (F, '{"name": "trck", "arguments": {}}'),
        (R, "x {{idx}}"),
        (F, arguments('{"id": 5, "dys": 1}')),
        (R, "1"),
        (R, "2"),
        (F, "nonsense"),
        tools=TOOLS,
        system="2026-01-01",
    )
    assert errors(bad) == {
        "role-order",
        "text-special-token",
        "turn-not-text",
        "call-unknown-tool",
        "text-placeholder",
        "call-type",
        "call-unknown-parameter",
        "result-count",
        "call-invalid-json",
        "system-timestamp",
    }


def test_an_unknown_tool_is_named_once_per_row() -> None:
    call = '{"name": "trck", "arguments": {}}'
    verdict = read_conversation(
        row((H, "a"), (F, call), (R, "r"), (F, call), (R, "r"), (G, "b")), ORIGIN
    )
    assert [found.code for found in verdict.issues] == ["call-unknown-tool"]


def test_a_rejected_row_keeps_its_origin_and_its_text() -> None:
    bad = row()
    verdict = read_conversation(bad, ORIGIN)
    assert isinstance(verdict, Rejected)
    assert verdict.as_row()["origin"] == "rows.jsonl:7"
    assert verdict.as_row()["row"] == bad
