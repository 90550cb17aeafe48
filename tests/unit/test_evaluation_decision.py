"""Answer, ask and refuse, told from words: sentences of our own, and labelled answers of others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fctune.evaluation.cases.case_set import Decision
from fctune.evaluation.outcomes.decision import decide, expected_of
from fctune.evaluation.outcomes.judge import judge
from fctune.evaluation.predict import Prediction
from fctune.jsonl import read_rows

from .evaluation_samples import call, case, qwen, said

WHEN2CALL = Path("../shared/data/raw/when2call/test_llm_judge_120.jsonl")
KINDS = {"direct": "answer", "request_for_info": "ask", "cannot_answer": "refuse"}

ASKS = """
Could you please tell me the date?
Which city do you mean?
Sure, I can help with that. What is your order number?
I need the account id to go on.
To book the table, I'll need to know how many people will come.
Please provide your e-mail address.
I'm sorry, I cannot book without a date. Which day would you like?
May I have your name?
Do you have a preference for a window seat?
**Please specify** the size: S, M or L.
请提供您的订单号。
请问您要查询哪个城市的天气？
您想预订几点的餐厅？
好的，请告诉我出发日期和目的地。
需要您先确认收货地址。
能告诉我您的会员号吗？
还缺少出发城市，请补充一下。
您想要哪种尺寸？S、M 还是 L？
请问航班号是多少
我可以帮您预订，请问入住时间是哪天？
麻烦您提供一下手机号。
抱歉，没有日期我无法预订。请问哪一天？
很棒！您想要多大的二维码？
"""
REFUSALS = """
I'm sorry, but I can't book flights.
Unfortunately, I am unable to access your mailbox.
None of the available tools can play music.
I don't have the capability to send text messages. Is there anything else I can help you with?
There is no function for this request.
The given functions cannot be used to answer this.
That is beyond my capabilities.
As an AI language model I cannot order a pizza.
抱歉，我无法预订机票。
对不起，我没有查询股票的工具。
很遗憾，目前没有可用的函数来完成这个请求。
我不能帮您转账。
这超出了我的能力范围。
抱歉，现有工具不支持退款操作。
不好意思，我暂时无法访问您的邮箱。还有什么可以帮您的吗？
我不具备发送短信的功能。
抱歉，没有合适的工具可以播放音乐。
无法完成您的请求，因为没有相关的接口。
"""
ANSWERS = """
It is 21 degrees in Oslo. Would you like to know more?
Your order was sent yesterday.
I can't wait to see it!
You cannot return it after thirty days.
The bank cannot be reached on Sundays, so I left a message. Anything else?
Done. The second item has been removed.
I booked the table for four. Is there anything else I can help you with?
Version 3.5 of example.org is out; it isn't a beta.
<think>I cannot know the city. Which city?</think>Oslo is in Norway.
北京今天晴，气温25度。
您的订单已发货，预计明天送达。
好的，已为您预订两位，晚上七点。还有什么可以帮您的吗？
您无法在起飞前两小时内退票，但可以改签。
暗物质不发光，我们无法用望远镜看到它。
根据查询结果，共有三家餐厅。
当然可以！水的沸点是100摄氏度。
会议已取消。需要我再安排一次吗？
如果有任何进一步的问题，请告诉我。
"""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (text, kind)
        for kind, lines in (("ask", ASKS), ("refuse", REFUSALS), ("answer", ANSWERS))
        for text in lines.strip().splitlines()
    ],
)
def test_sentences_of_our_own(text: str, kind: str) -> None:
    assert decide(text).value == kind


def test_no_words_are_an_answer() -> None:
    assert {decide(text) for text in ("", "  \n", "...", "🙂")} == {Decision.ANSWER}


def test_a_long_answer_asks_only_at_its_end_and_refuses_only_at_its_start() -> None:
    long = "Blue is a colour. " * 40
    assert decide(f"Please choose a bowl. I cannot see it. {long}") is Decision.REFUSE
    assert decide(f"{long} I cannot say more. {long}") is Decision.ANSWER
    assert decide(f"Please choose a bowl. {long}") is Decision.ANSWER
    assert decide(f"{long} Could you tell me the date?") is Decision.ASK


@pytest.mark.skipif(not WHEN2CALL.is_file(), reason="the rows of When2Call are not here")
@pytest.mark.parametrize(("first", "last"), [(0, 40), (40, 120)])
def test_labelled_answers_of_others(first: int, last: int) -> None:
    """Rows from 40 on were not read while the rule was written."""
    found = [
        (kind, decide(text).value)
        for raw in list(read_rows(WHEN2CALL))[first:last]
        for label, kind in KINDS.items()
        if (text := raw.value["answers"].get(label))
    ]
    assert len(found) == 3 * (last - first)
    assert sum(kind == told for kind, told in found) / len(found) >= 0.97


@given(st.text(max_size=300))
def test_any_text_is_told(text: str) -> None:
    assert decide(text) in (Decision.ANSWER, Decision.ASK, Decision.REFUSE)


def test_what_is_due_comes_from_the_source_the_calls_the_words_and_the_lesson() -> None:
    track = call("track", id="A1")
    assert expected_of(case(track)) is Decision.CALL
    assert expected_of(case(text="Which order?")) is Decision.ASK
    assert expected_of(case(text="I cannot do that.")) is Decision.REFUSE
    assert expected_of(case(text="It is in Oslo.")) is Decision.ANSWER
    said_so = replace(case(text="It is in Oslo."), decision=Decision.REFUSE)
    assert expected_of(said_so) is Decision.REFUSE


def test_a_lesson_turns_the_scale_for_the_first_answer_alone() -> None:
    refusing = replace(case(text="Sadly that lies with the shop."), lesson="refuse")
    assert expected_of(refusing) is Decision.REFUSE
    later = (*refusing.messages, {"role": "assistant", "content": "No."}, *refusing.messages)
    thanks = replace(refusing, text="You are welcome.", messages=later)
    assert expected_of(thanks) is Decision.ANSWER
    told = "The flight leaves at nine. Shall it be a window seat?"
    asking = replace(case(text=told), lesson="ask_back")
    assert expected_of(asking) is Decision.ASK
    assert expected_of(replace(asking, lesson="no_call")) is Decision.ANSWER


def test_the_true_words_do_what_is_due() -> None:
    refusing = replace(case(text="It is in Oslo."), decision=Decision.REFUSE)
    assert judge(refusing, said("It is in Oslo. ")).decided is Decision.REFUSE
    assert judge(refusing, said("It is in Rome.")).decided is Decision.ANSWER
    # Of some sources only the decision is known, and no words.
    wordless = replace(case(), decision=Decision.REFUSE)
    assert judge(wordless, Prediction("a#1", None)).decided is Decision.REFUSE
    assert judge(wordless, said("")).decided is Decision.ANSWER, "to say nothing is no refusal"
    assert judge(wordless, said("It is in Rome.")).decided is Decision.ANSWER


def test_a_call_that_cannot_be_read_is_a_call() -> None:
    assert judge(case(), said("<tool_call>{")).decided is Decision.CALL
    assert judge(case(), said(qwen(call("track", id="A1")))).decided is Decision.CALL
