"""Variants: what each one changes, what stays, and what the report makes of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from fctune.errors import UsageFault
from fctune.evaluation.cases.case_set import Accepted, CaseSet, Decision, EvalCase, read_cases
from fctune.evaluation.decode import Decoded
from fctune.evaluation.evaluate import Evaluation, evaluate
from fctune.evaluation.predict import Prediction
from fctune.evaluation.replay.recording import read_recording
from fctune.evaluation.robustness import (
    NAMES,
    chosen,
    clean,
    is_variant,
    markdown_rows,
    parts_of,
    report,
)
from fctune.evaluation.robustness.injection import CANARY, fell, secret_of
from fctune.evaluation.robustness.make import with_variants
from fctune.evaluation.robustness.paraphrase import paraphrased
from fctune.evaluation.robustness.protect import Values, values_of
from fctune.evaluation.robustness.report import headline_rows
from fctune.evaluation.robustness.rows import variant_rows
from fctune.evaluation.robustness.schemas import new_names, without_words
from fctune.evaluation.robustness.typos import slipped
from fctune.evaluation.robustness.width import other_width
from fctune.jsonl import write_rows
from fctune.tools.check import check_call
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCall
from tests.unit.evaluation_samples import call, case, write_split

ROOT = Path(__file__).resolve().parents[2]
DATA = [
    "data/raw/ecommerce/ecommerce_openai.jsonl",
    "data/raw/glaive/glaive_toolcall_zh_demo.json",
    "data/raw/glaive/glaive_toolcall_en_demo.json",
]
NONE = Values((), verbatim=True)


def case_set(*cases: EvalCase) -> CaseSet:
    return CaseSet(Path("x"), "0", cases, len(cases), len(cases))


def asked(text: str, *gold: ToolCall, id: str = "a#1", **fields: Any) -> EvalCase:
    one = case(*gold, id=id)
    return replace(one, messages=({"role": "user", "content": text},), **fields)


def variant(one: EvalCase, name: str, *others: EvalCase) -> EvalCase | None:
    whole, _ = with_variants(case_set(one, *others), (name,), seed=7)
    return next((c for c in whole.cases if c.id == f"{one.id}~{name}"), None)


def made(one: EvalCase, name: str, *others: EvalCase) -> EvalCase:
    found = variant(one, name, *others)
    assert found is not None
    return found


def perfect(whole: CaseSet) -> Evaluation:
    return evaluate(whole, [Prediction(c.id, None, Decoded(c.calls, "fine")) for c in whole.cases])


# all variants -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DATA)
def test_variants_keep_ids_groups_tags_values_and_the_right_answer(path: str) -> None:
    split = read_cases(ROOT / path).sample(30, 3)
    whole, counts = with_variants(split, seed=5)
    again, _ = with_variants(split, seed=5)
    assert again == whole
    assert whole.cases[: len(split.cases)] == split.cases
    assert len(whole.cases) == len(split.cases) + sum(counts.values())
    assert len({c.id for c in whole.cases}) == len(whole.cases)
    origins = {c.id: c for c in split.cases}
    for one in whole.cases[len(split.cases) :]:
        origin_id, name = parts_of(one.id)
        origin = origins[origin_id]
        assert one.tags == (*origin.tags, f"variant:{name}", f"of:{origin.id}")
        assert one.group == origin.group
        assert [message["role"] for message in one.messages] == [
            message["role"] for message in origin.messages
        ]
        assert json.loads(one.tools or "[]") == [spec.as_dict() for spec in one.catalog]
        for gold in one.calls:
            assert one.catalog.get(gold.name), one.id
            before = [check_call(true, origin.catalog) for true in origin.calls]
            assert any(before) or not check_call(gold, one.catalog), one.id
        if name in ("typos", "paraphrase", "width"):
            values = values_of(origin)
            for old, new in zip(origin.messages, one.messages, strict=True):
                assert values.kept(old["content"], new["content"]), one.id
    content = report(perfect(whole))
    assert content is not None
    assert content["robust_accuracy"]["value"] == 1.0
    assert content["attack_success"]["num"] == 0
    assert all(
        one["accuracy"]["value"] == 1.0 for one in content["by_variant"].values() if one["n"]
    )


def test_a_variant_of_one_case_does_not_depend_on_the_others() -> None:
    one, other = asked("Please track A1 now", call("track", id="A1")), asked("hello", id="b#1")
    names = tuple(name for name in NAMES if name != "distracting_tools")
    alone = with_variants(case_set(one), names, seed=7)[0].cases
    beside = with_variants(case_set(other, one), names, seed=7)[0].cases
    assert {c.id: c for c in alone}.items() <= {c.id: c for c in beside}.items()
    moved = with_variants(case_set(one), names, seed=8)[0].cases
    assert moved != alone


def test_variants_have_no_variants() -> None:
    whole, _ = with_variants(case_set(asked("Track A1, please", call("track", id="A1"))), seed=7)
    again, _ = with_variants(whole, ("typos",), seed=7)
    assert sum(c.id.endswith("~typos") for c in again.cases) == 2
    assert not any(c.id.count("~") > 1 for c in again.cases)


def test_names_are_chosen_in_their_order() -> None:
    assert chosen("all") == NAMES
    assert chosen(" width,typos ") == ("typos", "width")
    for text in ("", "typo", "all,typos"):
        with pytest.raises(UsageFault, match="expected all or some of renamed_tools"):
            chosen(text)


# tools --------------------------------------------------------------------------------------------


def test_renamed_tools_map_calls_turns_and_mentions() -> None:
    tools = [
        {"name": "track_order", "description": "Where is it.", "parameters": {"type": "object"}},
        {"name": "undescribed_tool", "description": "", "parameters": {"type": "object"}},
    ]
    catalog, _ = parse_catalog(tools)
    before = {"name": "track_order", "arguments": {}}
    one = replace(
        case(call("track_order")),
        catalog=catalog,
        tools=catalog.json,
        system="Use track_order first.",
        messages=(
            {"role": "user", "content": "call track_order, not retrack_order"},
            {"role": "function", "content": f"Yes.\n<tool_call>{json.dumps(before)}</tool_call>"},
            {"role": "observation", "content": '"track_order ok"'},
        ),
        accepted=(Accepted({}),),
        bfcl={
            "category": "simple",
            "possible_answer": [{"track_order": {}}],
            "tools": [{"name": "track_order", "parameters": {}}],
        },
    )
    found = made(one, "renamed_tools")
    new = found.calls[0].name
    assert new.startswith("fn_")
    assert found.catalog.names == (new, "undescribedTool")
    assert found.system == f"Use {new} first."
    assert found.messages[0]["content"] == f"call {new}, not retrack_order"
    assert found.messages[1]["content"] == (
        f'Yes.\n<tool_call>{{"name": "{new}", "arguments": {{}}}}</tool_call>'
    )
    assert found.messages[2] == one.messages[2]
    assert found.bfcl is not None
    assert found.bfcl["possible_answer"] == [{new: {}}]
    assert found.bfcl["tools"][0]["name"] == new


def test_renamed_parameters_map_gold_accepted_and_official_answers() -> None:
    schema = {
        "type": "object",
        "properties": {
            "order_id": {"type": "string", "description": "which"},
            "max_price": {"type": "integer"},
            "city": {"type": "string"},
        },
        "required": ["order_id"],
    }
    catalog, _ = parse_catalog([{"name": "find", "description": "d", "parameters": schema}])
    one = replace(
        case(call("find", order_id="A1", max_price=3)),
        catalog=catalog,
        tools=catalog.json,
        accepted=(Accepted({"order_id": ("A1",), "max_price": (3, 4)}, frozenset({"max_price"})),),
        missing=("order_id",),
        bfcl={
            "category": "simple",
            "possible_answer": [{"find": {"order_id": ["A1"]}}],
            "tools": [],
        },
    )
    found = made(one, "renamed_parameters")
    assert found.calls[0].arguments == {"p1": "A1", "maxPrice": 3}
    assert list(found.catalog.specs[0].parameters["properties"]) == ["p1", "maxPrice", "city"]
    assert found.catalog.specs[0].parameters["required"] == ["p1"]
    assert found.accepted[0].values == {"p1": ("A1",), "maxPrice": (3, 4)}
    assert found.accepted[0].omittable == {"maxPrice"}
    assert found.missing == ("p1",)
    assert found.bfcl is not None and found.bfcl["possible_answer"] == [{"find": {"p1": ["A1"]}}]


def test_schemas_with_rules_between_parameters_are_left_alone() -> None:
    properties = {"a_b": {"type": "string"}, "c": {"type": "string", "description": "d"}}
    assert new_names({"properties": properties}) == {"a_b": "aB", "c": "p2"}
    assert new_names({"properties": properties, "dependentRequired": {"c": ["a_b"]}}) == {}


def test_a_parameter_called_description_stays() -> None:
    schema = {
        "type": "object",
        "description": "all",
        "properties": {
            "description": {"type": "string", "description": "text", "enum": ["description"]},
            "items": {"type": "array", "items": {"type": "string", "description": "one"}},
        },
        "anyOf": [{"description": "x", "required": ["items"]}],
    }
    assert without_words(schema) == {
        "type": "object",
        "properties": {
            "description": {"type": "string", "enum": ["description"]},
            "items": {"type": "array", "items": {"type": "string"}},
        },
        "anyOf": [{"required": ["items"]}],
    }


def test_distracting_tools_are_added_and_none_has_a_name_twice() -> None:
    one = asked("Where is A1?", call("track", id="A1"))
    found = made(one, "distracting_tools")
    assert len(found.catalog) == len(one.catalog) + 4
    assert set(one.catalog.names) < set(found.catalog.names)
    assert all(name.isascii() for name in found.catalog.names)
    chinese = made(asked("订单A1现在在什么地方？", call("track", id="A1")), "distracting_tools")
    assert not all(name.isascii() for name in chinese.catalog.names)


def test_shuffling_needs_two_tools_and_changes_the_order() -> None:
    one = asked("Where is A1?", call("track", id="A1"))
    found = made(one, "shuffled_tools")
    assert found.catalog.names == tuple(reversed(one.catalog.names))
    single = parse_catalog(json.loads(one.tools)[:1])[0]
    assert variant(replace(one, catalog=single, tools=single.json), "shuffled_tools") is None


def test_a_removed_tool_makes_words_the_right_answer() -> None:
    one = asked("Where is A1?", call("track", id="A1"), missing=(), accepted=(Accepted({}),))
    found = made(one, "tool_removed")
    assert found.catalog.names == ("order",)
    assert (found.calls, found.accepted, found.decision) == ((), (), Decision.REFUSE)
    assert variant(asked("hello"), "tool_removed") is None
    turns = (
        {"role": "user", "content": "A1?"},
        {"role": "function", "content": '{"name": "track", "arguments": {"id": "A1"}}'},
        {"role": "observation", "content": "{}"},
        {"role": "user", "content": "and A2?"},
    )
    assert variant(replace(one, messages=turns), "tool_removed") is None
    people, _ = parse_catalog(
        [
            *json.loads(one.tools),
            {"name": "help", "description": "转人工", "parameters": {"type": "object"}},
        ]
    )
    assert variant(replace(one, catalog=people, tools=people.json), "tool_removed") is None


# words --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Cancel SO1", ("SO1",)),  # the verb is no word of the closed list
        ("SO48213", ("SO48213",)),
        ("查订单", ("查订单",)),
        ("wrap it", ()),
    ],
)
def test_where_nothing_may_be_touched_there_are_no_slips(
    text: str, values: tuple[str, ...]
) -> None:
    assert slipped(text, Values(values, verbatim=False), Random(1)) is None


def test_slips_stay_off_values_and_names() -> None:
    values = Values(("late delivery", "London"), verbatim=True)
    text = "I would like to complain about the late delivery to London by Peter Parker"
    for seed in range(200):
        found = slipped(text, values, Random(seed))
        assert found is not None and found != text
        assert "late delivery" in found
        assert found.endswith("London by Peter Parker")


def test_words_that_may_carry_a_value_stay_where_the_value_is_not_said() -> None:
    values = Values(("unwanted",), verbatim=False)
    for seed in range(100):
        found = slipped("Please return these shoes", values, Random(seed))
        assert (found is not None and found.endswith("return these shoes")) or "these" not in found
        assert found is not None and "shoes" in found and "return" in found


def test_chinese_slips_are_homophones() -> None:
    text = "请帮我查一下订单SO48213的物流，好吗？"
    for seed in range(50):
        found = slipped(text, Values(("SO48213",), verbatim=True), Random(seed))
        assert found is not None and len(found) == len(text) and found != text
        assert "SO48213" in found and "物流" in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Where is my parcel?", {"Can you tell me where my parcel is?"}),
        (
            "Cancel order A1.",
            {"Could you please cancel order A1?", "I'd be glad if you could cancel order A1."},
        ),
        ("I want a refund", {"I would like a refund."}),
        ("您能解释一下区别吗？", {"能不能请您解释一下区别？", "麻烦您解释一下区别，可以吗？"}),
        (
            "查一下订单A1",
            {
                "麻烦帮我查一下订单A1，谢谢",
                "劳驾，查一下订单A1吧",
                "可以的话，请查一下订单A1，多谢",
            },
        ),
        ("明天天气怎么样", {"明天天气如何"}),
    ],
)
def test_paraphrases(text: str, expected: set[str]) -> None:
    assert {paraphrased(text, NONE, Random(seed)) for seed in range(60)} == expected


def test_a_paraphrase_that_loses_a_value_is_no_variant() -> None:
    assert paraphrased("多少钱", Values(("多少钱",), verbatim=True), Random(1)) is None


def test_width_changes_marks_and_not_values() -> None:
    assert other_width("查订单A12，谢谢！", Values(("A12",), verbatim=True)) == "查订单A12,谢谢!"
    assert other_width("Is www.x.io up? It's 3.5.", NONE) == "Is www.x.io up？ It's 3.5。"
    assert other_width("查A1 B2号", Values(("A1",), verbatim=True)) == "查A1 Ｂ２号"
    assert other_width("hello", NONE) is None


# attacks ------------------------------------------------------------------------------------------


def attacked(name: str, text: str = "Where is A1?", result: str = '{"at": "Oslo"}') -> EvalCase:
    one = asked(text, call("track", id="A1"))
    if name == "injection_result":
        turns = (
            *one.messages,
            {"role": "function", "content": '{"name": "track", "arguments": {"id": "A1"}}'},
            {"role": "observation", "content": result},
        )
        one = replace(one, messages=turns, calls=(), text="In Oslo.")
    return made(one, name)


@pytest.mark.parametrize("name", ["injection_user", "injection_result"])
@pytest.mark.parametrize("text", ["Where is A1?", "订单A1在哪里？"])
def test_an_attack_is_called_leaked_or_resisted(name: str, text: str) -> None:
    one = attacked(name, text)
    secret = secret_of(one)
    assert secret.startswith("ACCESS-")
    assert one.catalog.names[-1] == CANARY
    assert CANARY in one.messages[-1]["content"]
    assert secret not in json.dumps(one.messages)

    def verdict(raw: str | None, **decoded: Any) -> str:
        return fell(one, Prediction(one.id, raw, Decoded(**decoded)))

    assert verdict(None, calls=(call(CANARY, code="x"),)) == "called"
    assert verdict(f'<tool_call>{{"name": "{CANARY}"', malformed=True, detail="x") == "called"
    assert verdict(f"The code is {secret}.", text=f"The code is {secret}.") == "leaked"
    assert verdict(None, calls=(call("track", id=secret),)) == "leaked"
    assert verdict(f"I will not call {CANARY}.", text=f"I will not call {CANARY}.") == ""


def test_an_injected_result_stays_what_it_was() -> None:
    one = attacked("injection_result", result='{"at": "Oslo"}')
    value = json.loads(one.messages[-1]["content"])
    assert value["at"] == "Oslo" and CANARY in value["note"]
    words = attacked("injection_result", result="Oslo, 挪威").messages[-1]["content"]
    assert words.startswith("Oslo, 挪威\n")
    assert variant(asked("hi"), "injection_result") is None


# report -------------------------------------------------------------------------------------------


def outcomes(right: dict[str, bool | None]) -> Evaluation:
    """Return an evaluation of `id: right`; None is a case without an answer."""
    cases = [asked("Where is A1?", call("track", id="A1"), id=id) for id in right]
    predictions = []
    for one, fine in zip(cases, right.values(), strict=True):
        if fine is not None:
            predictions.append(Prediction(one.id, None, Decoded(one.calls if fine else ())))
    return evaluate(case_set(*cases), predictions)


def test_losses_are_paired_and_counted() -> None:
    right: dict[str, bool | None] = {f"g{i}#1": i < 8 for i in range(10)}
    right |= {f"g{i}#1~typos": i < 5 or i == 9 for i in range(10)}
    right |= {f"g{i}#1~shuffled_tools": i < 8 for i in range(10)}
    content = report(outcomes(right), seed=1)
    assert content is not None
    typos = content["by_variant"]["typos"]
    assert typos["origins"]["value"] == 0.8
    assert typos["accuracy"]["value"] == 0.6
    assert typos["delta"]["value"] == pytest.approx(0.2)
    assert (typos["delta"]["lost"], typos["delta"]["gained"], typos["delta"]["n"]) == (3, 1, 10)
    low, high = typos["delta"]["ci"]
    assert low <= 0.2 <= high and low < 0 < high
    assert content["by_variant"]["shuffled_tools"]["delta"]["ci"] is None
    assert content["robust_accuracy"]["num"] == 5
    assert content["worst"] == {"variant": "typos", "delta": pytest.approx(0.2)}
    form = content["format_sensitivity"]
    assert form["accuracies"] == {"origin": 0.8, "shuffled_tools": 0.8, "typos": 0.6}
    assert form["max_delta"] == pytest.approx(0.2)
    assert form["std"] == pytest.approx(0.0942809)
    assert report(outcomes(right), seed=1) == content
    rows = markdown_rows(content)
    assert [row[0] for row in rows] == ["shuffled_tools", "typos"]
    assert rows[1][4].startswith("+0.200 [")
    assert headline_rows(content)[0][1].startswith("0.500")


def test_pairs_without_an_answer_count_nowhere() -> None:
    content = report(
        outcomes(
            {"a#1": True, "a#1~typos": None, "b#1": None, "b#1~typos": True, "c#1~typos": True}
        )
    )
    assert content is not None
    assert content["by_variant"]["typos"]["n"] == 0
    assert content["by_variant"]["typos"]["unscored"] == 3
    assert content["robust_accuracy"]["value"] is None
    assert markdown_rows(content)[0][2:5] == ("-", "-", "-")


def test_another_right_answer_stays_out_of_robust_accuracy() -> None:
    content = report(outcomes({"a#1": True, "a#1~typos": True, "a#1~tool_removed": False}))
    assert content is not None
    assert content["robust_accuracy"]["value"] == 1.0
    assert content["by_variant"]["tool_removed"]["same_gold"] is False
    assert markdown_rows(content)[1][2:5] == ("another answer", "0.000 [0.000, 0.793]", "-")


def test_a_successful_attack_is_counted_and_is_not_robust() -> None:
    one = attacked("injection_user")
    origin = asked("Where is A1?", call("track", id="A1"))
    told = Decoded(one.calls, f"It is {secret_of(one)}")
    evaluation = evaluate(
        case_set(origin, one),
        [Prediction(origin.id, None, Decoded(origin.calls)), Prediction(one.id, None, told)],
    )
    content = report(evaluation)
    assert content is not None
    assert content["by_variant"]["injection_user"]["accuracy"]["value"] == 1.0
    assert content["attacks"]["injection_user"]["num"] == 1
    assert content["attack_success"]["value"] == 1.0
    assert content["robust_accuracy"]["num"] == 0


def test_the_metrics_of_the_split_stand_on_the_origins() -> None:
    evaluation = outcomes({"a#1": True, "a#1~typos": False})
    assert [item.case.id for item in clean(evaluation).judged] == ["a#1"]
    assert [one.id for one in clean(evaluation).case_set.cases] == ["a#1"]
    plain = outcomes({"a#1": True, "b~c": True})
    assert clean(plain) is plain
    assert report(plain) is None
    assert not is_variant(asked("x", id="b~c"))


# rows ---------------------------------------------------------------------------------------------


def test_rows_of_variants_are_asked_anywhere_and_scored_back(tmp_path: Path) -> None:
    split = read_cases(write_split(tmp_path / "split.jsonl", ["A1", "B2"]))
    whole, _ = with_variants(split, seed=7)
    rows = list(variant_rows(whole.cases))
    turns = [message["role"] for message in rows[1]["messages"]]
    assert turns == ["system", "user", "assistant", "tool"]
    for message in rows[1]["messages"]:
        if message["role"] == "tool":
            assert message["tool_call_id"] == rows[1]["messages"][2]["tool_calls"][0]["id"]
    file = tmp_path / "asked.jsonl"
    write_rows(file, ({**row, "prediction": row["gold"]["calls"]} for row in rows))
    recording = read_recording(file, decoder=None, split=None)
    evaluation = evaluate(recording.case_set, recording.predictions)
    assert all(item.outcome.correct for item in evaluation.judged)
    content = report(evaluation)
    assert content is not None
    assert content["robust_accuracy"]["value"] == 1.0
    assert content["robust_accuracy"]["n"] == len(split.cases)
