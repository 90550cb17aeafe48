r"""What stands around the answer of a model turn: its thought, and tokens of start and end.

Input: the raw text of one model turn. Output: the answer in it. A thought is set aside only at the
head; the words around it are those of llamafactory 0.9.5 data/template.py (`thought_words`) and of
the models' own chat templates. Where the prompt ends with the opening word, the closing one alone
is left.

Before: <think>\nhm\n</think>\n\nYes.<|im_end|>
After:  Yes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fctune.patterns import regex

_WORDS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<seed:think>", "</seed:think>"),
    ("◁think▷", "◁/think▷"),
    ("<|channel>thought", "<channel|>"),
    ("[THINK]", "[/THINK]"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
)
_UNOPENED = ("</think>", "</seed:think>", "◁/think▷", "[/THINK]")
# Tokens that the engine puts before the answer (seed_oss, gemma4) or a recording may keep.
_STARTS = ("<seed:bos>", "<|begin_of_text|>", "<bos>", "<|tool>", "<|START_RESPONSE|>")
_START = regex(rf"(?:\s++|{'|'.join(map(re.escape, _STARTS))})*+")
_ENDS = (
    "<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|eot|>", "<|eom|>", "</s>", "<|endoftext|>",
    "<|end_of_text|>", "<|end|>", "<end_of_turn>", "<turn|>", "<tool|>", "<|observation|>",
    "<|user|>", "<eos>", "<seed:eos>", "[e~[", "<end_of_sentence>", "<|end_of_sentence|>",
    "<｜end▁of▁sentence｜>", "<|END_RESPONSE|>", "<|END_OF_TURN_TOKEN|>", "<|role_end|>",
    "<|call|>", "<|return|>", "<|eos|>", "<|tool_response>",
)  # fmt: skip
_LONGEST_CALL_MARK = ("<tool_call>", "<seed:tool_call>", "<|tool_call", "[TOOL_CALLS]", "<invoke ")


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer in a model turn.

    Attributes:
        text: without thought and tokens around it.
        thought: what was set aside; "" where there is none.
        unclosed: the thought begins and does not end; then `text` is all of it.
    """

    text: str
    thought: str = ""
    unclosed: bool = False


def answer_in(text: str) -> Answer:
    r"""Return the answer in the text of a model turn.

    >>> answer_in("<think>\nhm\n</think>\n\nYes.<|im_end|>")
    Answer(text='Yes.', thought='hm', unclosed=False)
    """
    start, end = _begin(text), _end(text)
    body = text[start:end]
    for opening, closing in _WORDS:
        if body.startswith(opening):
            thought, found, rest = body[len(opening) :].partition(closing)
            if not found:  # gpt-oss goes on from its thought to a call, which its reader knows
                return Answer(body, unclosed=not opening.startswith("<|channel|>"))
            return Answer(rest[_begin(rest) :], thought.strip())
    for closing in _UNOPENED:
        thought, found, rest = body.partition(closing)
        if found and not any(mark in thought for mark in _LONGEST_CALL_MARK):
            return Answer(rest[_begin(rest) :], thought.strip())
    return Answer(body)


def _begin(text: str) -> int:
    found = _START.match(text)
    return found.end() if found else 0


def _end(text: str) -> int:
    end = len(text)
    while end:
        if text[end - 1].isspace():
            end -= 1
        elif text.endswith(_ENDS, 0, end):
            end -= len(next(t for t in _ENDS if text.endswith(t, 0, end)))
        else:
            break
    return end
