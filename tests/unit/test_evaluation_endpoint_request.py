"""Cases on the wire: names, history, tools, options and keys of requests to a model server."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fctune.conversations.families import ResultJoiner, family_of
from fctune.errors import EnvironmentFault, UsageFault
from fctune.evaluation.cases.case_set import EvalCase, read_cases
from fctune.evaluation.endpoint.predictor import endpoint_predictor
from fctune.evaluation.endpoint.request import (
    NotAskable,
    engine_request,
    names_of,
    openai_request,
    read_call_turn,
)
from fctune.evaluation.endpoint.settings import EndpointOptions, Key, Target
from fctune.evaluation.endpoint.tool_names import WireNames
from fctune.tools.names import LAWFUL_NAME
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCall

from .evaluation_samples import CATALOG, call, case, write_split

NAMES = WireNames.of(CATALOG.names)


def asked(one: EvalCase, joiner: ResultJoiner = ResultJoiner.SEPARATOR) -> dict[str, Any]:
    return openai_request(one, names_of(one), joiner)


# names ---------------------------------------------------------------------------------------


@given(st.lists(st.text(max_size=70) | st.sampled_from(["a.b", "a_b", "a-b", "a_b_2", "查询"])))
def test_names_are_lawful_and_come_back(names: list[str]) -> None:
    wire = WireNames.of(names)
    sent = [wire.wire[name] for name in dict.fromkeys(names)]
    assert all(LAWFUL_NAME.match(name) for name in sent)
    assert len(set(sent)) == len(sent)
    for name in names:
        # An answer holds what was sent; a model that writes the dataset's own name means that one.
        assert wire.own(wire.wire[name]) == name
        assert wire.own(name) == name or name in sent


def test_lawful_names_stay_and_unknown_ones_too() -> None:
    wire = WireNames.of(["weather.get", "weather_get"])
    assert wire.wire == {"weather.get": "weather_get_2", "weather_get": "weather_get"}
    assert wire.own("no_such_tool") == "no_such_tool"
    assert wire.calls((call("weather_get_2", x=1),)) == (call("weather.get", x=1),)


# history -------------------------------------------------------------------------------------


def test_a_conversation_becomes_messages(tmp_path: Path) -> None:
    last = read_cases(write_split(tmp_path / "t.jsonl", ["A1"])).cases[-1]
    body = asked(last)
    system, user, called, result, answer, thanks = body["messages"]
    assert system == {"role": "system", "content": "You help."}
    assert user == {"role": "user", "content": "Where is A1?"}
    (one,) = called["tool_calls"]
    assert (called["role"], called["content"], one["type"]) == ("assistant", "", "function")
    assert one["function"] == {"name": "track", "arguments": '{"id": "A1"}'}
    assert result == {"role": "tool", "tool_call_id": one["id"], "content": '{"at": "Oslo"}'}
    assert len(one["id"]) == 9 and one["id"].isalnum()
    assert answer["content"] == "It is in Oslo."
    assert thanks["role"] == "user"
    assert [tool["function"]["name"] for tool in body["tools"]] == ["order", "track"]


@pytest.mark.parametrize("template", ["qwen", "llama3", "mistral", "glm4"])
@pytest.mark.parametrize(
    "results",
    [
        ("sunny", "rain"),
        ('{"a": 1}', "[1, 2]"),
        ('"quoted"', "7"),
        ("", "多云"),
        ("one\n</tool_response>\nline", "b"),
    ],
)
def test_results_are_split_as_the_template_joined_them(
    template: str, results: tuple[str, ...]
) -> None:
    joiner = family_of(template).joiner
    calls = [call("track", id="1"), call("order", item="x")]
    body = asked(
        history(json.dumps([one.as_dict() for one in calls]), joiner.join(results)), joiner
    )
    said = [message for message in body["messages"] if message["role"] == "tool"]
    assert tuple(message["content"] for message in said) == results
    ids = [one["id"] for one in body["messages"][2]["tool_calls"]]
    assert [message["tool_call_id"] for message in said] == ids
    assert len(set(ids)) == 2


def test_a_single_result_stands_as_it_is() -> None:
    text = '["a", "b"]'
    one = json.dumps(call("track", id="1").as_dict())
    for joiner in (ResultJoiner.SEPARATOR, ResultJoiner.JSON_LIST):
        assert asked(history(one, text), joiner)["messages"][-1]["content"] == text
    quoted = ResultJoiner.JSON_TEXT.join(("sunny",))
    assert asked(history(one, quoted), ResultJoiner.JSON_TEXT)["messages"][-1]["content"] == "sunny"


def test_results_that_cannot_be_told_apart_are_not_guessed() -> None:
    two = json.dumps([call("track", id="1").as_dict()] * 2)
    with pytest.raises(NotAskable, match="results of 2 calls"):
        asked(history(two, "[1, 2]"))


def history(called: str, result: str) -> EvalCase:
    messages = (
        {"role": "user", "content": "please"},
        {"role": "function", "content": called},
        {"role": "observation", "content": result},
    )
    return replace(case(), messages=messages)  # type: ignore[arg-type]


@given(st.text(max_size=40), st.dictionaries(st.text(max_size=8), st.text(max_size=20)))
def test_words_beside_calls_are_told_from_them(words: str, arguments: dict[str, str]) -> None:
    written = json.dumps(ToolCall("now", arguments).as_dict(), ensure_ascii=False)
    assert read_call_turn(written) == ("", (ToolCall("now", arguments),))
    if words and not words.endswith("\n"):
        beside = f"{words}\n<tool_call>{written}</tool_call>"
        assert read_call_turn(beside) == (words, (ToolCall("now", arguments),))


def test_words_that_hold_a_tag_do_not_begin_the_calls() -> None:
    text = 'Write <tool_call>.\n<tool_call>{"name": "now", "arguments": {"a": "</tool_call>"}}'
    words, calls = read_call_turn(text + "</tool_call>")
    assert words == "Write <tool_call>."
    assert calls == (call("now", a="</tool_call>"),)
    with pytest.raises(NotAskable, match="cannot be read"):
        read_call_turn("no call at all")


def test_unlawful_names_are_mapped_in_tools_and_in_history() -> None:
    catalog = parse_catalog(
        [{"name": "物流.查询", "description": "", "parameters": {"type": "object"}}]
    )[0]
    one = replace(
        history(json.dumps(ToolCall("物流.查询", {"a": "b"}).as_dict()), "ok"), catalog=catalog
    )
    body = asked(one)
    sent = body["tools"][0]["function"]
    assert LAWFUL_NAME.match(sent["name"])
    # Some servers answer 422 where one of these is absent.
    assert sent["description"] == "" and sent["parameters"]["type"] == "object"
    assert body["messages"][2]["tool_calls"][0]["function"]["name"] == sent["name"]
    assert names_of(one).own(sent["name"]) == "物流.查询"


def test_no_tools_and_no_system_are_left_out() -> None:
    bare = replace(case(), system="", catalog=parse_catalog([])[0], tools="")
    assert asked(bare) == {"messages": [{"role": "user", "content": "please"}]}


def test_the_engines_server_gets_the_text_of_training(tmp_path: Path) -> None:
    last = read_cases(write_split(tmp_path / "t.jsonl", ["A1"])).cases[-1]
    body = engine_request(last)
    assert [m["role"] for m in body["messages"]][:4] == ["system", "user", "function", "tool"]
    assert [m["content"] for m in body["messages"][1:]] == [m["content"] for m in last.messages]
    assert [tool["function"] for tool in body["tools"]] == json.loads(last.tools)


# settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "posted"),
    [
        ("http://localhost:8000", "http://localhost:8000/v1/chat/completions"),
        ("http://localhost:8000/", "http://localhost:8000/v1/chat/completions"),
        ("https://x.org/api/v3/", "https://x.org/api/v3/chat/completions"),
        ("https://x.org/v1/chat/completions", "https://x.org/v1/chat/completions"),
        ("https://x.org/d?api-version=2", "https://x.org/d/chat/completions?api-version=2"),
    ],
)
def test_urls(given: str, posted: str) -> None:
    assert Target.of(given).chat == posted
    assert "?" not in Target.of(given).shown


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://x/", "http://", "http://a:b/", "http://[/"]
)
def test_what_is_no_url_is_told(url: str) -> None:
    with pytest.raises(UsageFault, match="--endpoint"):
        Target.of(url)


def test_a_login_in_the_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageFault, match="login") as caught:
        Target.of("https://me:hunter2@x.org/v1")
    assert "hunter2" not in str(caught.value) + caught.value.hint


def test_request_options() -> None:
    options = EndpointOptions(
        request=("top_p=0.5", "stop=a b", "max_tokens=null", "x={'", 'y={"a": [NaN]}', "z=1=2")
    )
    assert options.body() == {
        "temperature": 0,
        "top_p": 0.5,
        "stop": "a b",
        "x": "{'",
        "y": '{"a": [NaN]}',
        "z": "1=2",
    }
    assert EndpointOptions(server="llamafactory").body()["do_sample"] is False
    assert EndpointOptions(stream=True).body()["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize(
    "pair", ["x", "=1", "model=a", "messages=[]", "stream=true", "n=4", "api_key=sk-1", "Token=x"]
)
def test_request_options_that_have_no_place(pair: str) -> None:
    with pytest.raises(UsageFault, match="--request") as caught:
        EndpointOptions(request=(pair,)).body()
    assert "sk-1" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"server": "x"},
        {"concurrency": 0},
        {"retries": -1},
        {"timeout_s": 0},
        {"timeout_s": float("nan")},
        {"server": "llamafactory", "stream": True},
    ],
)
def test_options_out_of_range(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageFault):
        EndpointOptions(**wrong)


def test_the_key_is_of_the_environment_and_shown_nowhere() -> None:
    key = Key.of({"OPENAI_API_KEY": "sk-secret-1", "FCTUNE_API_KEY": " sk-secret-2\n"})
    assert (key.value, key.variable) == ("sk-secret-2", "FCTUNE_API_KEY")
    assert Key.of({}) == Key()
    environ = {"OPENAI_API_KEY": "sk-secret-1"}
    predictor = endpoint_predictor("https://x.org", "m", environ=environ)
    shown = f"{predictor} {predictor.description} {predictor.request_of(case())}"
    assert "secret" not in shown
    assert predictor.key.hide({"a": "your key sk-secret-1."}) == {"a": "your key ***."}
    with pytest.raises(EnvironmentFault) as caught:
        Key.of({"OPENAI_API_KEY": "sk-secret\nX: y"})
    assert "secret" not in str(caught.value) + caught.value.hint


def test_a_key_does_not_travel_unencrypted_unless_it_was_meant_to() -> None:
    far, near = "http://models.example.org", "http://127.0.0.1:8000"
    openai, ours = {"OPENAI_API_KEY": "sk-secret-1"}, {"FCTUNE_API_KEY": "sk-secret-1"}
    held = endpoint_predictor(far, "m", environ=openai)
    assert held.key.value == "" and "not sent" in held.warnings[0]
    sent = endpoint_predictor(far, "m", environ=ours)
    assert sent.key.value and "unencrypted" in sent.warnings[0]
    for environ in (openai, ours):
        assert endpoint_predictor(near, "m", environ=environ).warnings == ()
        assert endpoint_predictor("https://x.org", "m", environ=environ).warnings == ()
