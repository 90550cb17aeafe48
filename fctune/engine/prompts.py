"""The prompt of a model turn, with the thoughts of training in it.

Input: a template bound to a tokenizer, the turns before, and how the run trained thoughts. Output:
token ids, those that stand before the turn when llamafactory 0.9.5 data/processor/supervised.py
trains it. Only reasoning templates, such as qwen3, know thoughts; all others write one prompt.

A turn without a thought is trained with an empty one, in every turn of a row; where `mask_history`
trains the last turn alone, earlier turns have none. So the empty thought of the turn that is asked
for stands at the end of the prompt, unless the model was trained to think.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

from fctune.engine.templates import EngineMessage, EngineTemplate


@dataclass(frozen=True, slots=True)
class Thinking:
    """How a model was trained to think.

    Attributes:
        asked: it may think: the prompt ends before a thought. Else it ends behind an empty one.
        in_history: earlier turns have an empty thought too, as training without `mask_history`
            writes them.
    """

    asked: bool = False
    in_history: bool = False


def prompt_ids(
    template: EngineTemplate,
    system: str,
    tools: str,
    messages: Sequence[EngineMessage],
    thinking: Thinking,
) -> list[int]:
    """Return the prompt of the model turn that follows `messages`, its header included.

    Args:
        template: the template, bound to a tokenizer.
        system: the system text.
        tools: the tools as a JSON list, or "".
        messages: turns so far; the last one is of the user or an observation.
        thinking: how the model was trained to think.
    """
    bound = copy(template.template)
    bound.enable_thinking = thinking.asked
    turns = [*messages, EngineMessage(role="assistant", content="")]
    given = template.tokenizer, turns, system or None, tools or None
    if not thinking.in_history:
        return list(bound.encode_oneturn(*given)[0])
    *before, (last, _) = bound.encode_multiturn(*given)
    return [token for pair in before for part in pair for token in part] + list(last)
