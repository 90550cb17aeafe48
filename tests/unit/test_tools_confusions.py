"""Confusable tools: which pairs are found, in which order, why, and what to do about them."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.tools.confusions import (
    DEFAULT_MIN_SCORE,
    ConfusablePair,
    candidates,
    confusable_pairs,
)
from fctune.tools.confusions.candidates import ALL_PAIRS_UP_TO, NEIGHBOURS, candidate_pairs
from fctune.tools.confusions.features import APART, SIGNALS, UNWEIGHED
from fctune.tools.confusions.find import scored_pairs, survey
from fctune.tools.confusions.page import report_page
from fctune.tools.confusions.phrases import name_phrase, text_phrase
from fctune.tools.confusions.picture import MAX_TOOLS, heat_map
from fctune.tools.confusions.profile import profiles
from fctune.tools.confusions.reading import readings
from fctune.tools.confusions.score import BIAS, WEIGHTS, contributions, score
from fctune.tools.confusions.segment import name_words, stem, text_words
from fctune.tools.confusions.words import concept_of, opposed, relation, verb_of
from fctune.tools.read import load_catalog, parse_catalog
from fctune.tools.spec import ToolCatalog, ToolSpec


def tool(name: str, description: str = "", *required: str, **optional: str) -> ToolSpec:
    kinds = {**dict.fromkeys(required, "string"), **optional}
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {key: {"type": kind} for key, kind in kinds.items()},
    }
    if required:
        schema["required"] = list(required)
    return ToolSpec(name, description, schema)


def catalog(*specs: ToolSpec) -> ToolCatalog:
    return ToolCatalog(specs)


SHOP = (
    tool("check_logistics", "Track the parcel of an order.", "order_id"),
    tool("search_product", "Find products by keyword.", "keyword"),
    tool("translate_text", "Translate a text into another language.", "text", "language"),
    tool("get_weather", "Show the weather of a city.", "city"),
    tool("play_music", "Play a song.", "title"),
)


def score_of(one: ToolSpec, other: ToolSpec, *rest: ToolSpec) -> float:
    found = survey(catalog(one, other, *rest), min_score=0.0).scores
    return found.get((one.name, other.name), 0.0)


def pair_of(one: ToolSpec, other: ToolSpec, *rest: ToolSpec) -> ConfusablePair:
    pairs = confusable_pairs(catalog(one, other, *rest), min_score=0.0)
    return next(pair for pair in pairs if {pair.a, pair.b} == {one.name, other.name})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("getUserOrders", ("get", "user", "orders")),
        ("get-user_orders.v2", ("get", "user", "orders", "v", "2")),
        ("HTTPServerStatus", ("http", "server", "status")),
        ("查询订单物流", ("查询", "订单", "物流")),
        ("取消订单v2", ("取消", "订单", "v", "2")),
        ("", ()),
    ],
)
def test_names_are_cut_into_words(name: str, words: tuple[str, ...]) -> None:
    assert name_words(name) == words


def test_unknown_chinese_is_compared_by_pairs_of_characters() -> None:
    assert text_words("量子纠缠") == ("量子", "子纠", "纠缠")
    assert text_words("查询量子") == ("查询", "量子")


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("fetch", "get"),
        ("Retrieves".lower(), "查询"),
        ("deleted", "remove"),
        ("删除", "delete"),
        ("document", "files"),
        ("customers", "客户"),
        ("orders", "订单"),
        ("refunds", "退款"),
    ],
)
def test_synonyms_of_both_languages_are_one_concept(word: str, other: str) -> None:
    assert concept_of(word) == concept_of(other)


@pytest.mark.parametrize("word", ["status", "address", "analysis", "news", "bus", "ring", "red"])
def test_stems_leave_short_and_odd_words_alone(word: str) -> None:
    assert stem(word) in {word, word.removesuffix("s")}


@pytest.mark.parametrize(
    ("verb", "other", "expected"),
    [
        ("cancel", "refund", "sibling"),
        ("refund", "return", "sibling"),
        ("退款", "退货", "sibling"),
        ("get", "列表", "sibling"),
        ("enable", "disable", "opposite"),
        ("create", "delete", "opposite"),
        ("subscribe", "unsubscribe", "opposite"),
        ("新增", "添加", "same"),
        ("translate", "pay", "other"),
        ("weather", "pay", ""),
    ],
)
def test_verbs_are_same_siblings_or_opposites(verb: str, other: str, expected: str) -> None:
    assert relation(verb_of(verb), verb_of(other)) == expected
    assert relation(verb_of(other), verb_of(verb)) == expected


def test_words_that_undo_each_other_are_opposites() -> None:
    assert opposed(frozenset({"diff", "staged"}), frozenset({"diff", "unstaged"})) is not None
    assert opposed(frozenset({"diff"}), frozenset({"diff", "staged"})) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            tool("get_user", "Get a user by id.", "user_id"),
            tool("fetch_customer", "Retrieve one customer.", "user_id"),
        ),
        (
            tool("search_orders", "Search the orders of a customer.", "customer_id"),
            tool("list_orders", "List the orders of a customer.", "customer_id"),
        ),
        (
            tool("cancel_order", "Cancel an order.", "order_id"),
            tool("refund_order", "Refund an order.", "order_id"),
        ),
        (
            tool("create_note_v1", "Create a note.", "text"),
            tool("create_note_v2", "Create a note.", "text"),
        ),
        (
            tool("取消订单", "取消一个订单", "order_id"),
            tool("订单退款", "为订单申请退款", "order_id"),
        ),
        (
            tool("list_orders", "列出用户的订单", "user_id"),
            tool("query_orders", "查询用户的全部订单", "user_id"),
        ),
    ],
    ids=lambda spec: spec.name,
)
def test_confusable_pairs_stand_above_all_others(one: ToolSpec, other: ToolSpec) -> None:
    found = confusable_pairs(catalog(*SHOP, one, other))
    assert found, "no pair above the default threshold"
    assert (found[0].a, found[0].b) == (one.name, other.name)


def test_unrelated_tools_are_not_named() -> None:
    assert confusable_pairs(catalog(*SHOP[1:])) == ()
    assert confusable_pairs(catalog()) == ()
    assert confusable_pairs(catalog(SHOP[0])) == ()


def test_the_same_verb_on_other_things_counts_less_than_a_synonym_on_one_thing() -> None:
    get_user = tool("get_user", "Get a user.", "id")
    assert score_of(get_user, tool("fetch_user", "Fetch a user.", "id"), *SHOP) > score_of(
        get_user, tool("get_invoice", "Get an invoice.", "id"), *SHOP
    )


def test_a_word_that_every_tool_has_tells_little() -> None:
    names = ("status", "commit", "push", "stash", "rebase", "bisect")
    found = survey(catalog(*(tool(f"git_{name}", "", "repo") for name in names)), min_score=0.0)
    assert max(found.scores.values()) < 0.5


def test_more_alike_is_never_less_confusable() -> None:
    base = tool("track_parcel", "Track the parcel of an order.", "order_id")
    far = score_of(base, tool("book_hotel", "Book a hotel room.", "city"), *SHOP)
    near = score_of(base, tool("trace_shipment", "Show where a shipment is.", "number"), *SHOP)
    twin = score_of(
        base, tool("track_package", "Track the package of an order.", "order_id"), *SHOP
    )
    assert far < near < twin <= 1.0


def test_reasons_name_the_signal_and_the_shared_words() -> None:
    pair = pair_of(
        tool("get_order", "Show the details of an order.", "order_id"),
        tool("fetch_order", "Fetch the details of an order.", "order_id"),
        *SHOP,
    )
    by_signal = {reason.signal: reason for reason in pair.reasons}
    assert by_signal["names"].words == ("order", "get/fetch") or set(by_signal["names"].words) == {
        "order",
        "get/fetch",
    }
    assert by_signal["parameters"].text == "the same parameters: order_id"
    assert by_signal["verbs"].words == ("get", "fetch")
    assert pair.reasons[-1].signal == "nearest"
    weights = [reason.weight for reason in pair.reasons[:-1]]
    assert weights == sorted(weights, reverse=True)


def test_sibling_verbs_version_and_umbrella_are_told() -> None:
    pair = pair_of(
        tool("cancel_order", "Cancel an order.", "order_id"),
        tool("refund_order", "Refund an order.", "order_id"),
        *SHOP,
    )
    assert any('"cancel" and "refund" are neighbouring wishes' in r.text for r in pair.reasons)
    pair = pair_of(tool("find_note", "Find notes."), tool("find_note_v2", "Find notes."), *SHOP)
    assert any("version mark" in reason.text for reason in pair.reasons)
    assert pair.advice[0].startswith("Offer only one of find_note and find_note_v2")
    pair = pair_of(
        tool("search", "Search.", "query"), tool("search_mail", "Search mail.", "query"), *SHOP
    )
    assert any("search looks like the general form of search_mail" in r.text for r in pair.reasons)


def test_advice_names_words_parameters_and_the_sentence_to_add() -> None:
    pair = pair_of(
        tool("cancel_order", "Cancel an order.", "order_id"),
        tool("refund_order", "Pay back an order.", "order_id"),
        *SHOP,
    )
    text = "\n".join(pair.advice)
    assert "Open each" not in text, "each opens with its own word already"
    assert "Both take exactly (order_id)" in text
    assert "merge" not in text, "tools that do other things are not to be merged"
    assert 'Add to cancel_order: Not for "Pay back an order": use refund_order.' in pair.advice
    assert 'Add to refund_order: Not for "Cancel an order": use cancel_order.' in pair.advice


def test_descriptions_that_open_alike_are_told_their_own_words() -> None:
    pair = pair_of(
        tool("cancel_order", "Order service: cancel before delivery.", "order_id"),
        tool("refund_order", "Order service: money back after delivery.", "order_id"),
        *SHOP,
    )
    step = next(step for step in pair.advice if step.startswith("Open each description"))
    assert '"order"' in step
    assert 'cancel_order with "cancel"' in step
    assert 'refund_order with "refund"' in step or '"money"' in step


def test_tools_of_one_verb_and_one_signature_may_be_merged() -> None:
    pair = pair_of(
        tool("diff_staged", "Show what is staged.", "repo"),
        tool("diff_unstaged", "Show what is not staged yet.", "repo"),
        *SHOP,
    )
    assert any("merge them into one tool whose enum" in step for step in pair.advice)


def test_advice_for_chinese_descriptions_is_a_chinese_sentence() -> None:
    pair = pair_of(
        tool("cancel_order", "取消订单", "order_id"), tool("refund_order", "订单退款", "order_id")
    )
    assert "Add to cancel_order: 不用于“订单退款”，请用 refund_order。" in pair.advice


def test_twins_are_to_be_merged_and_nothing_else() -> None:
    pair = pair_of(
        tool("get_user", "Get one user.", "id"), tool("fetch_customer", "Fetch one customer.", "id")
    )
    assert len(pair.advice) == 1
    assert pair.advice[0].startswith(
        "Nothing in their texts tells get_user and fetch_customer apart"
    )


@pytest.mark.parametrize(
    ("description", "kept"),
    [
        ("Cancel an order. Not for money back: use refund_order.", "Cancel an order."),
        ("Cancel an order, for money back use `refund_order`.", "Cancel an order"),
        ("取消订单。要退钱时用 refund_order。", "取消订单"),
        ("取消订单，不用于退钱，请用 refund_order。", "取消订单，"),
        ("Use refund_order for money back. Cancels an order.", "Cancels an order."),
    ],
)
def test_warnings_are_not_compared(description: str, kept: str) -> None:
    other = tool("refund_order", "Pay back.", "order_id")
    reading = readings(catalog(tool("cancel_order", description, "order_id"), other))[0]
    assert reading.warned == {"refund_order"}
    assert reading.text.strip() == kept


def test_naming_a_tool_without_a_warning_is_no_warning() -> None:
    other = tool("stage_files", "Stage files.")
    reading = readings(catalog(tool("commit", "Commit what stage_files has staged."), other))[0]
    assert reading.warned == frozenset()
    assert reading.text == "Commit what stage_files has staged."


def test_starts_that_most_descriptions_share_are_dropped() -> None:
    specs = [
        tool(f"t{i}", f'This is the function for tool "x". The use of this tool is: {what}.')
        for i, what in enumerate(("Track a parcel", "Sell a car", "Play a song", "Find a job"))
    ]
    texts = [reading.text for reading in readings(catalog(*specs))]
    assert not any("This is the function" in text for text in texts)
    assert "Track a parcel" in texts[0]


def test_run_together_names_are_cut_where_the_description_shows_how() -> None:
    spec = tool("alltransactions", "List all transactions.")
    assert readings(catalog(spec))[0].words == ("all", "transactions")
    assert readings(catalog(tool("overview", "Show all.")))[0].words == ("overview",)


@pytest.mark.parametrize(
    ("text", "verb", "noun"),
    [
        ("Retrieve the operational hours of a museum.", "get", "time"),
        ("Get an application key owned by this service account.", "get", "credential"),
        ("Ask for a refund of an order.", "refund", "order"),
        ("查询航班状态", "get", "status"),
        ("将文本从一种语言翻译成另一种语言", "translate", "text"),
        ("取消订单 / Cancel an order.", "cancel", "order"),
        ("", "", ""),
    ],
)
def test_the_deed_and_the_thing_of_a_sentence(text: str, verb: str, noun: str) -> None:
    phrase = text_phrase(text)
    assert (phrase.verb, phrase.noun) == (verb, noun)


@pytest.mark.parametrize(
    ("name", "verb", "noun"),
    [
        ("getUserOrders", "get", "order"),
        ("flight.search", "search", "flight"),
        ("apply_refund", "refund", ""),
        ("list_keys_of_service_account", "list", "credential"),
        ("查询订单", "get", "order"),
        ("word_count", "count", "text"),
    ],
)
def test_the_deed_and_the_thing_of_a_name(name: str, verb: str, noun: str) -> None:
    phrase = name_phrase(name_words(name))
    assert (phrase.verb, phrase.noun) == (verb, noun)


def test_an_empty_description_is_the_first_thing_to_mend() -> None:
    pair = pair_of(tool("get_user", ""), tool("get_users", "List users."))
    assert pair.advice[0].startswith("Write what get_user does")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            tool("cancel_order", "Cancel an order.", "order_id"),
            tool("refund_order", "Refund an order.", "order_id"),
        ),
        (
            tool("cancel_order", "取消订单", "order_id"),
            tool("refund_order", "订单退款", "order_id"),
        ),
        (tool("search", "Search all.", "query"), tool("search_mail", "Search mail.", "query")),
    ],
)
def test_following_the_advice_lowers_the_score_and_ends_the_advice(
    one: ToolSpec, other: ToolSpec
) -> None:
    before = pair_of(one, other, *SHOP)
    lines = {}
    for step in before.advice:
        if step.startswith("Add to "):
            name, _, sentence = step.removeprefix("Add to ").partition(": ")
            lines[name] = sentence
    assert set(lines) == {one.name, other.name}
    mended = [
        ToolSpec(spec.name, f"{spec.description} {lines[spec.name]}", spec.parameters)
        for spec in (one, other)
    ]
    after = pair_of(*mended, *SHOP)
    assert after.score < before.score
    assert not any(step.startswith("Add to ") for step in after.advice)


def test_pairs_are_sorted_and_the_same_every_time() -> None:
    specs = (*SHOP, tool("track_order", "Track an order.", "order_id"))
    first = confusable_pairs(catalog(*specs), min_score=0.0)
    assert first == confusable_pairs(catalog(*specs), min_score=0.0)
    scores = [pair.score for pair in first]
    assert scores == sorted(scores, reverse=True)
    turned = confusable_pairs(catalog(*reversed(specs)), min_score=0.0)
    assert {frozenset((p.a, p.b)): p.score for p in first} == {
        frozenset((p.a, p.b)): p.score for p in turned
    }


def test_every_signal_has_a_weight_and_a_meaning() -> None:
    pair = pair_of(SHOP[0], SHOP[1])
    assert set(pair.values) == set(SIGNALS)
    assert set(WEIGHTS) == set(SIGNALS) - UNWEIGHED
    for name, weight in WEIGHTS.items():
        assert (weight < 0) == (name in APART), name
    assert score(dict.fromkeys(SIGNALS, 0.0)) == pytest.approx(score({}))
    assert sum(contributions(dict.fromkeys(SIGNALS, 1.0)).values()) + BIAS > 0


TEXT = st.text(max_size=40) | st.sampled_from(
    ["", "查询订单", "Not for x: use b.", "\ud800", "\x00"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=5, unique_by=lambda item: item[0]))
def test_any_text_gives_scores_between_0_and_1(rows: list[tuple[str, str, str]]) -> None:
    specs = [tool(name, description, parameter) for name, description, parameter in rows]
    for pair in scored_pairs(catalog(*specs)):
        assert 0.0 <= pair.score <= 1.0
        assert all(-1e-9 <= value <= 1 + 1e-9 for value in pair.values.values()), pair.values
    confusable_pairs(catalog(*specs), min_score=0.0)


def test_odd_schemas_do_not_stop_the_comparison() -> None:
    odd = ToolSpec("a_b", "x", {"type": "object", "properties": {"p": True, "q": {"type": [1]}}})
    bare = ToolSpec("a_c", "x", {"required": "p"})
    assert len(list(scored_pairs(catalog(odd, bare)))) == 1


def _many(count: int) -> ToolCatalog:
    rng = random.Random(7)
    verbs = ("get", "list", "create", "delete", "update", "send", "export", "verify")
    things = [f"{first}_{second}" for first in ["order", "user", "invoice", "team", "report"]
              for second in ["note", "key", "rule", "backup", "region", "quota"]]  # fmt: skip
    filler = "with the given identifier for this workspace and returns all details page by page"
    return catalog(
        *(
            tool(
                f"{rng.choice(verbs)}_{rng.choice(things)}_{i}",
                f"{rng.choice(verbs)} {rng.choice(things)} {i}. "
                + " ".join(rng.sample(filler.split(), 8)),
                f"{rng.choice(things)}_id",
            )
            for i in range(count)
        )
    )


def test_large_catalogues_are_pruned_and_keep_their_twins() -> None:
    many = _many(400)
    twins = tool("track_parcel", "Track a parcel.", "no"), tool("trace_package", "Trace it.", "no")
    whole = catalog(*many, *twins)
    pairs = candidate_pairs(profiles(whole))
    assert len(whole) > ALL_PAIRS_UP_TO
    assert len(pairs) < len(whole) * (len(whole) - 1) / 8
    assert (len(whole) - 2, len(whole) - 1) in pairs


def _twins(count: int) -> ToolCatalog:
    return catalog(*(tool(f"query_order_v{i}", "查询订单", "order_id") for i in range(count)))


def test_tools_that_are_nearly_the_same_are_found_at_any_size() -> None:
    few = sorted(pair.score for pair in scored_pairs(_twins(ALL_PAIRS_UP_TO)))
    assert few[0] >= DEFAULT_MIN_SCORE
    for count in (ALL_PAIRS_UP_TO + 1, 300):
        many = list(scored_pairs(_twins(count)))
        assert len(many) >= len(few) - count, "about as many pairs as in the smaller catalogue"
        met = {name for pair in many for name in (pair.one.name, pair.other.name)}
        assert met == set(_twins(count).names)
        assert min(pair.score for pair in many) == pytest.approx(few[0], abs=0.05)
        assert max(pair.score for pair in many) == pytest.approx(few[-1], abs=0.05)


def test_many_twins_are_not_all_paired_with_the_first_of_them() -> None:
    pairs = candidate_pairs(profiles(_twins(700)))
    met = Counter(index for pair in pairs for index in pair)
    assert len(pairs) <= 700 * NEIGHBOURS
    assert min(met.values()) >= NEIGHBOURS
    assert max(met.values()) <= 3 * NEIGHBOURS


def test_candidates_do_not_depend_on_the_order_of_the_tools() -> None:
    specs = list(_many(400).specs)
    found = []
    for _ in range(2):
        names = [spec.name for spec in specs]
        pairs = candidate_pairs(profiles(catalog(*specs)))
        found.append({frozenset((names[i], names[j])) for i, j in pairs})
        random.Random(3).shuffle(specs)
    assert found[0] == found[1]


def test_candidates_keep_every_pair_that_scoring_all_pairs_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = Path(__file__).parents[2] / "data" / "confusions" / "catalogues.jsonl"
    specs: dict[str, ToolSpec] = {}
    for line in file.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["split"] == "dev":
            for spec in parse_catalog(row["tools"])[0].specs:
                specs.setdefault(spec.name, spec)
    pooled = catalog(*specs.values())
    assert len(pooled) > 290
    names = pooled.names
    kept = {(names[i], names[j]) for i, j in candidate_pairs(profiles(pooled))}
    assert len(kept) < 10_000
    monkeypatch.setattr(candidates, "ALL_PAIRS_UP_TO", len(pooled))
    scores = {(pair.one.name, pair.other.name): pair.score for pair in scored_pairs(pooled)}
    assert len(scores) == len(pooled) * (len(pooled) - 1) / 2
    named = {pair for pair, value in scores.items() if value >= DEFAULT_MIN_SCORE}
    assert len(named) > 200
    assert named <= kept


def test_five_hundred_tools_take_seconds() -> None:
    many = _many(500)
    started = time.process_time()
    survey(many)
    assert time.process_time() - started < 6, "about 1.5 s on an idle core"


def test_the_heat_map_shows_each_tool_once_and_both_halves() -> None:
    found = survey(catalog(*SHOP, tool("track_order", "Track an order.", "order_id")))
    names = [*(spec.name for spec in SHOP), "track_order"]
    picture = heat_map(found, names)
    assert sorted(picture.names) == sorted(names)
    assert picture.left_out == 0
    places = {(cell.x, cell.y) for cell in picture.cells}
    assert places
    assert all((y, x) in places for x, y in places)
    first, second = picture.names[:2]
    assert {first, second} == {"check_logistics", "track_order"}, "the nearest stand side by side"


def test_a_large_heat_map_shows_the_tools_of_the_top_pairs() -> None:
    many = _many(150)
    found = survey(many)
    picture = heat_map(found, many.names)
    assert len(picture.names) <= MAX_TOOLS
    assert picture.left_out == 150 - len(picture.names)
    top = found.pairs[0]
    assert {top.a, top.b} <= set(picture.names)
    assert "are left out of it" in report_page(many, found, "many.json", 0.5)


def test_the_report_escapes_and_holds_every_pair() -> None:
    specs = catalog(
        tool("get_<b>", "Get <script>alert(1)</script>.", "id"),
        tool("fetch_<b>", "Fetch <script>alert(1)</script>.", "id"),
    )
    found = survey(specs, min_score=0.0)
    page = report_page(specs, found, "a&b.json", 0.0)
    assert "<script>alert" not in page
    assert "get_&lt;b&gt;" in page
    assert "a&amp;b.json" in page
    assert page.count('<tr id="pair-') == len(found.pairs) == 1
    assert "http://" not in page
    assert "https://" not in page


def test_an_empty_catalogue_has_a_report() -> None:
    assert "no tools" in report_page(ToolCatalog(), survey(ToolCatalog()), "none.json", 0.5)


def test_real_catalogues_of_both_languages(shared: Path) -> None:
    tutorial, _ = load_catalog(shared / "raw" / "tutorial_tool_use" / "tools.yaml")
    names = [{pair.a, pair.b} for pair in confusable_pairs(tutorial)]
    assert {"fetch_stock_price", "fetch_crypto_price"} in names[:5]
    git, _ = load_catalog(shared / "raw" / "mcp_tools_list" / "git.json")
    assert {"git_diff_staged", "git_diff_unstaged"} in [
        {pair.a, pair.b} for pair in confusable_pairs(git)[:3]
    ]
