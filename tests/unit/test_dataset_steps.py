"""The steps that change a conversation: windows, estimates, prefix rows, distractors."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.catalogue import CATALOGUE, Severity
from fctune.catalogue.steps import STEP_CODES
from fctune.conversations.check import check_conversation
from fctune.conversations.families import ResultJoiner
from fctune.conversations.formats.sharegpt import to_row
from fctune.conversations.lesson import classify
from fctune.conversations.turns import (
    Conversation,
    Lesson,
    ModelTurn,
    ResultTurn,
    Turn,
    UserTurn,
)
from fctune.dataset.distractor_pool import VARIANTS
from fctune.dataset.distractors import Distractors, DistractorStep
from fctune.dataset.estimates import MARGIN, check_estimate, estimate
from fctune.dataset.lengths import Fitted, OverLong, fit
from fctune.dataset.parts import exchanges, parent_id, part
from fctune.dataset.prefixes import Each, prefixed
from fctune.dataset.sources import Reading, read_file
from fctune.errors import UsageFault
from fctune.issues import Accepted, Issue, Origin
from fctune.tools.size import Sizes
from fctune.tools.spec import ToolCall, ToolCatalog, ToolSpec

RAW = Path(__file__).resolve().parents[2] / "data" / "raw"


def tool(name: str, description: str, *inputs: str) -> ToolSpec:
    properties = {name: {"type": "string", "description": "d"} for name in inputs or ("id",)}
    return ToolSpec(name, description, {"type": "object", "properties": properties})


TRACK = tool("track_order", "Track where an order is.", "order_id")
CANCEL = tool("cancel_order", "Cancel an order before it is sent.", "order_id")
MUSIC = tool("play_music", "Play a song.", "title")
WEATHER = tool("get_weather", "Tell the weather of a city.", "city")
LIGHT = tool("lamp", "Turn a lamp on or off.", "room")
SHOP = ToolCatalog((MUSIC, WEATHER, TRACK, LIGHT, CANCEL))


def row(
    *turns: Turn, tools: ToolCatalog = SHOP, id: str = "0123456789abcdef", lesson: Any = None
) -> Conversation:
    return Conversation(id, "Shop.", tools, turns, lesson or classify(tools, turns), Origin("a", 1))


def asked(text: str = "Where is order 7?", tools: ToolCatalog = SHOP, **more: Any) -> Conversation:
    call = ToolCall("track_order", {"order_id": "7"})
    turns = (UserTurn(text), ModelTurn("", (call,)), ResultTurn(("{}",)), ModelTurn("Sent."))
    return row(*turns, tools=tools, **more)


def chat(text: str, answer: str = "I cannot do that.", **more: Any) -> Conversation:
    return row(UserTurn(text), ModelTurn(answer), **more)


def codes(issues: Any) -> list[str]:
    return [found.code for found in issues]


# --- windows ------------------------------------------------------------------------------------


def letters(conversation: Conversation) -> int:
    return sum(len(turn.text) for turn in conversation.turns if isinstance(turn, UserTurn))


def dialogue(*lengths: int) -> Conversation:
    turns: list[Turn] = []
    for index, length in enumerate(lengths):
        text = f"{index}".ljust(length, "x")
        if index % 3 == 1:
            call = ToolCall("track_order", {"order_id": f"{index}"})
            turns += [UserTurn(text), ModelTurn("", (call,)), ResultTurn(("r",))]
            turns += [ModelTurn(f"a{index}")]
        else:
            turns += [UserTurn(text), ModelTurn(f"a{index}")]
    return row(*turns)


@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=40),
    st.integers(20, 120),
    st.integers(0, 3),
)
def test_windows_hold_every_exchange_once_and_carry_what_stood_before(
    lengths: list[int], cutoff: int, carry: int
) -> None:
    conversation = dialogue(*lengths)
    fitted = fit(conversation, letters, cutoff_len=cutoff, policy=OverLong.WINDOW, carry=carry)
    if isinstance(fitted, Issue):
        assert fitted.code == "row-too-long" and max(lengths) > cutoff
        return
    assert len(fitted.carried) == len(fitted.conversations) == len(fitted.lengths)
    said: list[Turn] = []
    for index, (window, carried) in enumerate(
        zip(fitted.conversations, fitted.carried, strict=True)
    ):
        assert letters(window) == fitted.lengths[index] <= cutoff
        assert (window.catalog, window.system) == (conversation.catalog, conversation.system)
        assert window.turns[:carried] == tuple(said[len(said) - carried :])
        again = sum(isinstance(turn, UserTurn) for turn in window.turns[:carried])
        assert again <= carry and (index or not carried)
        assert not check_conversation(window)
        assert window.lesson is classify(window.catalog, window.turns)
        assert parent_id(window) == conversation.id
        said += window.turns[carried:]
    assert tuple(said) == conversation.turns
    assert codes(fitted.issues) == (["row-windowed"] if len(fitted.conversations) > 1 else [])


def windows(conversation: Conversation, cutoff: int, carry: int) -> Fitted:
    fitted = fit(conversation, letters, cutoff_len=cutoff, policy=OverLong.WINDOW, carry=carry)
    assert isinstance(fitted, Fitted)
    return fitted


def test_a_window_says_what_it_carries() -> None:
    plain = windows(dialogue(10, 10, 10, 10), 20, 0)
    assert [each.user_texts[0][0] for each in plain.conversations] == ["0", "2"]
    assert plain.issues[0].message == (
        "40 tokens, 4 exchanges became 2 windows; none carries an exchange of the one before"
    )
    carried = windows(dialogue(10, 10, 10, 10), 20, 1)
    assert [[text[0] for text in each.user_texts] for each in carried.conversations] == [
        ["0", "1"],
        ["1", "2"],
        ["2", "3"],
    ]
    assert carried.carried == (0, 4, 2)
    assert carried.issues[0].message.endswith("each after the first carries 1 of the exchanges "
                                              "before it")  # fmt: skip
    assert [each.id for each in carried.conversations] == [f"0123456789abcdef-{i}" for i in "012"]


def test_a_window_carries_less_where_a_new_exchange_would_not_fit() -> None:
    fitted = windows(dialogue(5, 5, 18, 5), 20, 1)
    assert [[text[0] for text in each.user_texts] for each in fitted.conversations] == [
        ["0", "1"],
        ["2"],
        ["3"],
    ]
    assert "none carries" in fitted.issues[0].message
    fitted = windows(dialogue(8, 8, 14, 4, 14), 20, 1)
    assert "carries 0 to 1 of the exchanges before it, 1 where they fit" in fitted.issues[0].message


def test_an_exchange_that_is_too_long_alone_rejects_the_row() -> None:
    found = fit(dialogue(5, 30, 5), letters, cutoff_len=20, policy=OverLong.WINDOW, carry=1)
    assert isinstance(found, Issue) and found.code == "row-too-long"
    found = fit(dialogue(15, 15), letters, cutoff_len=20, policy=OverLong.DROP, carry=1)
    assert isinstance(found, Issue) and found.code == "row-too-long"


def test_a_long_dialogue_is_measured_few_times() -> None:
    counted = 0

    def measure(conversation: Conversation) -> int:
        nonlocal counted
        counted += len(conversation.user_texts)
        return letters(conversation)

    conversation = dialogue(*[10] * 2000)
    fitted = fit(conversation, measure, cutoff_len=2000, policy=OverLong.WINDOW, carry=1)
    assert isinstance(fitted, Fitted) and len(fitted.conversations) > 10
    assert counted < 20 * 2000, "the work must not grow with the square of the dialogue"


def test_parts_keep_named_lessons_of_whole_rows_and_their_row() -> None:
    refused = replace(chat("Delete all."), lesson=Lesson.REFUSE)
    assert part(refused, 0, refused.turns).lesson is Lesson.REFUSE
    longer = replace(dialogue(1, 1, 1), lesson=Lesson.RECOVER)
    assert part(longer, 0, longer.turns[:2]).lesson is Lesson.NO_CALL
    nested = part(part(longer, 1, longer.turns[:4]), 0, longer.turns[:2])
    assert (nested.id, parent_id(nested)) == (f"{longer.id}-1-0", longer.id)
    assert [len(each) for each in exchanges(longer.turns)] == [2, 4, 2]
    assert list(exchanges(())) == []


# --- estimates ----------------------------------------------------------------------------------


def head_and_tools(conversation: Conversation) -> tuple[bytes, str]:
    written = to_row(conversation, joiner=ResultJoiner.SEPARATOR)
    tools = written.pop("tools")
    return orjson.dumps(written)[:-1], tools


# Tokens that llamafactory 0.9.5 trains these rows on with Qwen3's tokenizer and qwen3_nothink;
# scripts/bench/lengths.py has the figures of 3,226 rows.
@pytest.mark.parametrize(
    ("said", "answer", "tokens"),
    [
        ("What is the capital of France, and how many people live there today?",
         "The capital of France is Paris. About two million people live within the city.", 48),
        ("请问我的订单什么时候可以送到？我明天早上就要出门了。",
         "您好，您的订单正在派送途中，预计今天下午五点之前可以送达，请您保持电话畅通。", 54),
    ],
)  # fmt: skip
def test_estimates_are_near_in_english_and_chinese(said: str, answer: str, tokens: int) -> None:
    head, tools = head_and_tools(chat(said, answer, tools=ToolCatalog()))
    assert tools == ""
    assert abs(estimate(head) / tokens - 1) < 0.25


def test_an_estimate_counts_tools_characters_and_escapes() -> None:
    head, tools = head_and_tools(asked())
    assert estimate(head, tools) > estimate(head) + 80
    assert estimate(head, tools) == estimate(head, str(tools.encode(), "utf-8"))
    assert estimate(b'"' + "查".encode() * 100) > 2 * estimate(b'"' + b"a" * 100)
    assert estimate(b'\\"' * 50) > estimate(b"ab" * 50)
    assert estimate(b"") > 0


def test_a_row_that_may_be_too_long_is_warned_of_and_no_more() -> None:
    assert check_estimate(1000, 2048) is None
    found = check_estimate(1900, 2048)
    assert found is not None and found.code == "row-maybe-too-long"
    assert found.severity is Severity.WARNING
    assert "by estimate" in found.message and f"{round(1900 * (1 + MARGIN))}" in found.message


# --- prefix rows --------------------------------------------------------------------------------


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    turns: list[Turn] = []
    for exchange in range(draw(st.integers(1, 5))):
        turns.append(UserTurn(f"问 {exchange}"))
        steps = draw(st.integers(0, 3))
        for step in range(steps):
            count = draw(st.integers(1, 2))
            calls = tuple(
                ToolCall("track_order", {"order_id": f"{exchange}.{step}.{index}"})
                for index in range(count)
            )
            turns += [ModelTurn("", calls), ResultTurn(("r",) * count)]
        turns.append(ModelTurn(f"answer {exchange}"))
    if draw(st.booleans()) and isinstance(turns[-2], ResultTurn):
        turns = turns[:-2]
    return row(*turns)


@given(conversations(), st.sampled_from(Each))
def test_every_decision_is_the_last_turn_of_exactly_one_row(
    conversation: Conversation, each: Each
) -> None:
    """What masked history trains is the last turn of a row: so each decision is trained once."""
    stepped = prefixed(conversation, each=each)
    turns = conversation.turns
    ends = [len(found.turns) - 1 for found in stepped.conversations]
    wanted = [
        index
        for index, turn in enumerate(turns)
        if isinstance(turn, ModelTurn)
        and (turn.calls or index == len(turns) - 1 or each is Each.TURN)
    ]
    assert ends == wanted
    for found in stepped.conversations:
        assert found.turns == turns[: len(found.turns)]
        assert not check_conversation(found)
        assert parent_id(found) == conversation.id
        assert (found.system, found.catalog) == (conversation.system, conversation.catalog)
    assert codes(stepped.issues) == (["row-prefixed"] if len(wanted) > 1 else [])
    if len(wanted) == 1:
        assert stepped.conversations == (conversation,)


def test_prefix_rows_say_what_stays_context() -> None:
    conversation = dialogue(3, 3, 3)
    stepped = prefixed(conversation)
    assert [found.id[-2:] for found in stepped.conversations] == ["-0", "-1"]
    assert stepped.issues[0].message == (
        "1 row became 2, each ending with one of 4 model turns; "
        "2 without a call stand as context only"
    )
    assert [found.lesson for found in stepped.conversations] == [Lesson.CALL, Lesson.CALL]
    assert len(prefixed(conversation, each=Each.TURN).conversations) == 4


@given(conversations(), st.integers(10, 200), st.integers(0, 2))
def test_windows_and_prefix_rows_together_train_each_call_once(
    conversation: Conversation, cutoff: int, carry: int
) -> None:
    measure = lambda each: 10 * len(each.turns)  # noqa: E731
    fitted = fit(conversation, measure, cutoff_len=cutoff, policy=OverLong.WINDOW, carry=carry)
    if isinstance(fitted, Issue):
        return
    trained: Counter[ToolCall] = Counter()
    ids = []
    for window, carried in zip(fitted.conversations, fitted.carried, strict=True):
        for found in prefixed(window, context=carried).conversations:
            last = found.turns[-1]
            assert isinstance(last, ModelTurn)
            trained.update(repr(call) for call in last.calls)  # type: ignore[misc]
            ids.append(found.id)
    assert trained == Counter(repr(call) for call in conversation.calls)
    assert len(set(ids)) == len(ids)


# --- distractors --------------------------------------------------------------------------------


def one_token(specs: Any) -> Sizes:
    return Sizes(tuple(10 for _ in specs), frame=5, counted_with="qwen")


def test_pruning_keeps_the_called_tools_and_those_nearest_to_them() -> None:
    step = DistractorStep(Distractors(most=2))
    stepped = step(asked())
    (found,) = stepped.conversations
    assert found.catalog.names == ("track_order", "cancel_order")
    assert codes(stepped.issues) == ["tools-pruned"]
    assert "kept 2 of 5 tools" in stepped.issues[0].message
    assert "estimate" in stepped.issues[0].message
    assert (found.id, found.lesson, found.turns) == (asked().id, Lesson.CALL, asked().turns)
    assert DistractorStep(Distractors(most=1))(asked()).conversations[0].catalog.names == (
        "track_order",
    )


def test_a_pruned_list_keeps_its_order_and_what_the_model_names_beside_its_calls() -> None:
    call = ToolCall("track_order", {"order_id": "7"})
    answer = ModelTurn("Sent. For storms I have get_weather.")
    told = row(UserTurn("Where?"), ModelTurn("", (call,)), ResultTurn(("{}",)), answer)
    names = [
        DistractorStep(Distractors(most=most))(told).conversations[0].catalog.names
        for most in (1, 2, 3, 4)
    ]
    assert names[0] == names[1] == ("get_weather", "track_order")
    assert names[2] == ("get_weather", "track_order", "cancel_order")
    assert names[3] == tuple(name for name in SHOP.names if name in names[3])
    turned = ToolCatalog(SHOP.specs[::-1])
    stepped = DistractorStep(Distractors(most=2))(asked(tools=turned))
    assert stepped.conversations[0].catalog.names == ("cancel_order", "track_order")


def test_a_budget_of_tokens_is_kept_with_the_measure_that_is_given() -> None:
    stepped = DistractorStep(Distractors(budget_tokens=30), one_token)(asked())
    assert stepped.conversations[0].catalog.names == ("track_order", "cancel_order")
    assert "25 of 55 tokens (counted with qwen)" in stepped.issues[0].message
    untouched = DistractorStep(Distractors(budget_tokens=55), one_token)(asked())
    assert untouched.conversations == (asked(),) and not untouched.issues


def test_called_tools_stay_where_they_alone_are_over_the_limit() -> None:
    calls = tuple(ToolCall(spec.name, {}) for spec in (TRACK, MUSIC, WEATHER))
    conversation = row(UserTurn("All."), ModelTurn("", calls))
    stepped = DistractorStep(Distractors(most=2))(conversation)
    assert codes(stepped.issues) == ["tools-pruned", "tools-over-limit"]
    assert set(stepped.conversations[0].catalog.names) == {call.name for call in calls}
    alone = replace(conversation, catalog=ToolCatalog((TRACK, MUSIC, WEATHER)))
    stepped = DistractorStep(Distractors(most=2))(alone)
    assert codes(stepped.issues) == ["tools-over-limit"] and stepped.conversations == (alone,)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("How is the weather in Oslo?", "get_weather"),
        ("Play me a nice song", "play_music"),
        ("我想取消订单，可以吗？", "cancel_order"),
    ],
)
def test_a_row_without_calls_keeps_the_tools_nearest_to_what_the_user_says(
    text: str, kept: str
) -> None:
    conversation = chat(text)
    stepped = DistractorStep(Distractors(most=1))(conversation)
    assert stepped.conversations[0].catalog.names == (kept,)
    assert stepped.conversations[0].lesson is conversation.lesson is Lesson.NO_CALL


def test_a_list_never_becomes_empty_and_tools_that_the_model_names_stay() -> None:
    stepped = DistractorStep(Distractors(budget_tokens=1), one_token)(chat("Hello, who are you?"))
    assert len(stepped.conversations[0].catalog) == 1
    assert "tools-over-limit" in codes(stepped.issues)
    answer = "I have get_weather and play_music for you."
    stepped = DistractorStep(Distractors(most=2))(chat("Cancel my order", answer))
    assert stepped.conversations[0].catalog.names == ("play_music", "get_weather")
    # `lamp` is a word of its own and no name that must be kept.
    stepped = DistractorStep(Distractors(most=1))(chat("Cancel my order", "I like your lamp."))
    assert stepped.conversations[0].catalog.names == ("cancel_order",)


SMALL = ToolCatalog((TRACK,))
POOL = ToolCatalog(
    (
        replace(TRACK, description="Another track_order."),
        tool("find_order", "Track where an order is.", "order_id"),
        CANCEL,
        MUSIC,
        WEATHER,
        LIGHT,
        tool("订机票", "预订一张机票。", "城市"),
        tool("查快递", "查询快递物流。", "单号"),
    )
)


def test_tools_are_added_up_to_the_limit_the_nearest_first_and_no_name_twice() -> None:
    step = DistractorStep(Distractors(most=3, pool=POOL))
    stepped = step(asked(tools=SMALL))
    (found,) = stepped.conversations
    assert codes(stepped.issues) == ["tools-added"]
    assert len(found.catalog) == 3 and found.catalog.get("track_order") is TRACK
    assert "cancel_order" in found.catalog.names
    assert (found.id, found.turns, found.lesson) == (
        "0123456789abcdef",
        asked().turns,
        Lesson.CALL,
    )
    assert not check_conversation(found)
    budget = DistractorStep(Distractors(budget_tokens=28, pool=POOL), one_token)
    assert len(budget(asked(tools=SMALL)).conversations[0].catalog) == 2
    full = step(asked(tools=ToolCatalog((TRACK, MUSIC, LIGHT))))
    assert not full.issues


def test_a_tool_that_would_answer_the_call_as_well_is_not_added() -> None:
    found = DistractorStep(Distractors(most=20, pool=POOL))(asked(tools=SMALL)).conversations[0]
    assert "find_order" not in found.catalog.names
    assert {"cancel_order", "play_music", "订机票"} <= set(found.catalog.names)


def added(conversation: Conversation) -> set[str]:
    stepped = DistractorStep(Distractors(most=20, pool=POOL))(conversation)
    return set(stepped.conversations[0].catalog.names) - set(conversation.catalog.names)


def test_nothing_is_added_that_could_answer_a_row_without_a_call() -> None:
    only_lamp = ToolCatalog((LIGHT,))
    assert added(chat("How is the weather in Oslo?", tools=only_lamp)) == {
        "play_music",
        "track_order",
        "find_order",
        "cancel_order",
    }
    # The words of the answer count as well: they say what the user was about.
    rain = chat("Will I get wet in Oslo?", "I cannot see the weather.", tools=only_lamp)
    assert "get_weather" not in added(rain)
    # Words of one language say nothing of tools that are told in another one.
    assert added(chat("帮我查一下快递物流", "抱歉，我做不到。", tools=only_lamp)) == {"订机票"}


def test_an_exchange_without_a_call_bars_tools_from_the_whole_row() -> None:
    turns = asked().turns
    mixed = row(UserTurn("Play a song"), ModelTurn("I cannot."), *turns, tools=SMALL)
    assert "play_music" not in added(mixed) and "cancel_order" in added(mixed)
    assert "play_music" in added(asked(tools=SMALL))
    asking = row(UserTurn("Cancel it"), ModelTurn("Which order?"), *turns, tools=SMALL)
    assert asking.lesson is Lesson.ASK_BACK and "cancel_order" not in added(asking)


def test_general_chat_stays_without_tools() -> None:
    conversation = chat("Hi", tools=ToolCatalog())
    assert DistractorStep(Distractors(most=5, pool=POOL))(conversation).conversations == (
        conversation,
    )
    assert conversation.lesson is Lesson.GENERAL


def test_original_tools_keep_their_order_and_rows_differ_by_seed_and_id() -> None:
    listed = ToolCatalog((LIGHT, TRACK))
    ids = [f"{number:016x}" for number in range(40)]
    lists = set()
    for id in ids:
        step = DistractorStep(Distractors(most=4, pool=POOL, seed=1))
        (found,) = step(asked(tools=listed, id=id)).conversations
        kept = [name for name in found.catalog.names if name in listed.names]
        assert kept == ["lamp", "track_order"]
        lists.add(found.catalog.names)
    assert 5 < len(lists) <= VARIANTS
    other = DistractorStep(Distractors(most=4, pool=POOL, seed=2))
    assert {other(asked(tools=listed, id=id)).conversations[0].catalog.names for id in ids} != lists


@pytest.mark.parametrize(
    "options", [Distractors(most=3), Distractors(budget_tokens=200), Distractors(4 * 100, 8, POOL)]
)
def test_a_row_gets_the_same_list_whatever_was_seen_before(options: Distractors) -> None:
    rows = [asked(f"Where is order {n}?", tools=SHOP if n % 2 else SMALL, id=f"{n:016x}")
            for n in range(30)]  # fmt: skip
    rows += [chat(text, id=f"{n:016x}") for n, text in enumerate(["Hi", "Play a song", "天气如何"])]
    used = DistractorStep(options)
    for conversation in reversed(rows):
        used(conversation)
    for conversation in rows:
        assert used(conversation) == DistractorStep(options)(conversation)


def test_rows_with_the_same_tools_and_calls_share_one_list() -> None:
    """Hundreds of thousands of rows of one catalogue must not each make a list of their own."""
    step = DistractorStep(Distractors(most=2))
    lists = {id(step(asked(f"order {n}?", id=f"{n:016x}")).conversations[0].catalog)
             for n in range(200)}  # fmt: skip
    assert len(lists) == 1
    step = DistractorStep(Distractors(most=4, pool=POOL))
    made = [step(asked(f"order {n}?", tools=SMALL, id=f"{n:016x}")) for n in range(400)]
    assert len({id(each.conversations[0].catalog) for each in made}) <= VARIANTS


def test_distractors_without_a_limit_are_refused() -> None:
    with pytest.raises(UsageFault, match="without a limit"):
        Distractors(pool=POOL)


@settings(max_examples=60)
@given(st.integers(1, 8), st.integers(20, 2000), st.booleans(), st.text(max_size=40))
def test_any_limit_leaves_a_lawful_row_of_the_same_lesson(
    most: int, budget: int, fill: bool, text: str
) -> None:
    options = Distractors(budget, most, POOL if fill else None)
    step = DistractorStep(options)
    for conversation in (asked(f"Order 7? {text}"), chat(f"Hi {text}"), asked(tools=SMALL)):
        stepped = step(conversation)
        (found,) = stepped.conversations
        assert {call.name for call in found.calls} <= set(found.catalog.names)
        assert classify(found.catalog, found.turns) is conversation.lesson is found.lesson
        if "tools-over-limit" not in codes(stepped.issues):
            assert len(found.catalog) <= most
        assert all(CATALOGUE[code].severity is not Severity.ERROR for code in codes(stepped.issues))


def test_real_rows_keep_their_calls_and_their_law(shared: Path) -> None:
    files = [
        *sorted((shared / "raw" / "xlam_query_tools_answers").iterdir()),
        *sorted((shared / "raw" / "when2call").iterdir()),
        RAW / "ecommerce" / next(iter(sorted((RAW / "ecommerce").iterdir()))).name,
    ]
    rows: list[Conversation] = []
    for file in files:
        if file.suffix in (".json", ".jsonl", ".parquet", ".csv"):
            found = [each.value for each in read_file(file, Reading(tools=SHOP))
                     if isinstance(each, Accepted)]  # fmt: skip
            rows += found[:40]
    assert len(rows) > 50
    pool = ToolCatalog(
        tuple({spec.name: spec for each in rows for spec in each.catalog}.values())[:80]
    )
    seen: Counter[str] = Counter()
    for options in (Distractors(most=2), Distractors(most=5, pool=pool)):
        step = DistractorStep(options)
        for conversation in rows:
            stepped = step(conversation)
            (found_row,) = stepped.conversations
            seen.update(codes(stepped.issues))
            assert not check_conversation(found_row)
            assert found_row.lesson is classify(found_row.catalog, found_row.turns)
    assert seen["tools-pruned"] > 10 and seen["tools-added"] > 10


def test_every_code_of_the_steps_here_is_given_above() -> None:
    text = Path(__file__).read_text("utf-8")
    own = {"row-maybe-too-long", "row-prefixed", "tools-pruned", "tools-added", "tools-over-limit"}
    assert own <= set(STEP_CODES)
    for code in own:
        assert text.count(code) > 1
        assert STEP_CODES[code].meaning.endswith(".") and STEP_CODES[code].hint.endswith(".")
