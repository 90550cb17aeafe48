"""What a model turn does: call, answer, ask or refuse; told from words by rule.

Input: the words of a turn, or an EvalCase. Output: a Decision. The rule is a heuristic, and its
errors are measured (docs/benchmarks/decisions.md); verdicts never rest on it, only the 4x4 table
of decisions and the metrics of asking do.
"""

from __future__ import annotations

import re
from functools import lru_cache

from fctune.conversations.grounding_text import han
from fctune.conversations.turns import Lesson
from fctune.evaluation.cases.case_set import Decision, EvalCase
from fctune.evaluation.outcomes.decision_words import (
    asks_for_value,
    asks_which,
    is_question,
    leads_in,
    may_matter,
    offers_help,
    refuses,
)
from fctune.patterns import regex

LABELS: tuple[Decision, ...] = (Decision.CALL, Decision.ANSWER, Decision.ASK, Decision.REFUSE)

_THOUGHT = regex(r"<(think|thought|thinking)>.*?(?:</\1>|\Z)", re.DOTALL)
# Of a thought that the prompt has begun, the output holds the end alone.
_END_OF_THOUGHT = regex(r"</(?:think|thought|thinking)>")
# A stop ends a sentence where space or the end follows, so that 3.5 and a.org stay whole.
_SENTENCE = regex(r"[^\n.!?。！？；]*(?:[.!?](?!\s|$|[\"'”’)])[^\n.!?。！？；]*)*[.!?。！？；]*")
_MAX_READ = 4000
# In more than so many words, a refusal stands at the start and a question at the end: within an
# answer, "we cannot see dark matter" and "please choose a bowl" belong to what is told.
_LONG_WORDS = 60
_EDGE = 2
_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " "})


@lru_cache(maxsize=1 << 14)
def decide(text: str) -> Decision:
    """Tell what words do: ANSWER, ASK or REFUSE.

    >>> decide("Which city do you mean?").value
    'ask'
    >>> decide("抱歉，我无法预订机票。还有什么可以帮您的吗？").value
    'refuse'
    >>> decide("It is 21 degrees in Oslo. Would you like to know more?").value
    'answer'
    """
    sentences = sentences_of(text)
    if not any(map(may_matter, sentences)):
        return Decision.ANSWER
    long = _words_of(sentences) > _LONG_WORDS
    refusing = any(map(refuses, sentences[:_EDGE] if long else sentences))
    # "I cannot go on without the date. Which day?" asks; what is only offered does not.
    own = [one for one in (sentences[-_EDGE:] if long else sentences) if not offers_help(one)]
    if any(asks_for_value(one) for one in own if not refuses(one) or is_question(one)):
        return Decision.ASK
    if refusing:
        wanted = bool(own) and is_question(own[-1]) and asks_which(own[-1])
        return Decision.ASK if wanted else Decision.REFUSE
    if own and not long and is_question(own[-1]) and not any(map(_tells, own)):
        return Decision.ASK
    return Decision.ANSWER


def says_nothing(text: str) -> bool:
    """Tell whether there are no words in a turn, or none but a thought.

    >>> says_nothing(" "), says_nothing("<think>Hm.</think>"), says_nothing("Hm.")
    (True, True, False)
    """
    return not spoken(text).strip()


def decided_in(text: str, expected: Decision) -> Decision:
    """Tell what the words of a turn without a call do.

    Who says nothing does none of the four. It counts as an answer, and where an answer is due as a
    refusal, so that it is right nowhere.

    Args:
        text: the words.
        expected: what is due.
    """
    if says_nothing(text):
        return Decision.REFUSE if expected is Decision.ANSWER else Decision.ANSWER
    return decide(text)


def expected_of(case: EvalCase) -> Decision:
    """Return what the true turn does: as the source says it, else told from calls and words.

    The lesson of a conversation is no label of each of its turns: it only turns the scale where a
    turn of a `refuse` lesson asks nothing, or one of an `ask_back` lesson ends in a question.
    """
    if case.decision is not None:
        return case.decision
    if case.calls:
        return Decision.CALL
    found = decide(case.text)
    if found is Decision.ANSWER:
        sentences = sentences_of(case.text)
        if case.lesson == Lesson.REFUSE.value and _is_first_answer(case):
            return Decision.REFUSE
        asked = bool(sentences) and is_question(sentences[-1]) and not offers_help(sentences[-1])
        if case.lesson == Lesson.ASK_BACK.value and asked and _is_first_answer(case):
            return Decision.ASK
    return found


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text in lower case, without thoughts and empty ones."""
    plain = spoken(text)[:_MAX_READ].translate(_STRAIGHT).lower()
    found = (one.strip(" \t\r*_#>-") for one in _SENTENCE.findall(plain))
    return [one for one in found if any(char.isalnum() for char in one)]


def spoken(text: str) -> str:
    """Return what is said beside thoughts.

    >>> spoken("<think>Hm.</think>Yes."), spoken("Hm.</think>Yes.")
    (' Yes.', 'Yes.')
    """
    return _END_OF_THOUGHT.split(_THOUGHT.sub(" ", text))[-1]


def _words_of(sentences: list[str]) -> float:
    """Return how many words there are; two characters of a language without spaces are one."""
    return sum(len(one.split()) + len(han(one)) / 2 for one in sentences)


def _tells(sentence: str) -> bool:
    """Tell whether a sentence holds content of its own: no question, no lead-in."""
    return not is_question(sentence) and not leads_in(sentence)


def _is_first_answer(case: EvalCase) -> bool:
    return not any(message["role"] in ("assistant", "function") for message in case.messages)
