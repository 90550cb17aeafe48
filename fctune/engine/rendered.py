r"""A row as the engine trains it: the text of its tokens, and which of them the loss counts.

Input: an EngineTemplate and the turns of a row. Output: Pieces in order. Follows llamafactory
0.9.5, data/processor/supervised.py: of each pair of prompt and answer the prompt is masked; with
mask_history only the last answer is trained; where a template writes its end only once
(efficient_eos), the answer learns the stop token in the place of the prompt's first token, which
is shown after it and counts nothing.

Before: user("Time?"), model("Noon.")
After:  Piece("<|im_start|>user\nTime?<|im_end|>\n<|im_start|>assistant\n", trained=False),
        Piece("Noon.", trained=True), Piece("<|im_end|>", trained=True, stop=True), ...
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from fctune.engine.templates import ENGINE_ROLES, EngineMessage, EngineTemplate

_Token = tuple[int, bool, bool, int]  # id, trained, stop, how many it counts


@dataclass(frozen=True, slots=True)
class Piece:
    """Tokens in a row that are alike.

    Attributes:
        text: what they say, special tokens included.
        trained: the loss counts them.
        stop: they end a model turn.
        tokens: how many they are.
    """

    text: str
    trained: bool
    stop: bool
    tokens: int


def rendered(
    template: EngineTemplate,
    system: str,
    tools: str,
    turns: Sequence[tuple[str, str]],
    *,
    mask_history: bool = False,
    thinking: bool = True,
) -> list[Piece]:
    """Return the pieces of one row.

    Args:
        template: the template, bound to a tokenizer.
        system: the system text.
        tools: the tools as the row has them.
        turns: role (user, model, call or result) and text as the row has it.
        mask_history: as the engine's key of that name.
        thinking: as the engine's key enable_thinking, which is true by default: a reasoning
            template then trains its empty thought, and thoughts of the row are kept.

    Raises:
        ValueError: the engine's template cannot write this row.
    """
    unknown = sorted({role for role, _ in turns} - ENGINE_ROLES.keys())
    if unknown or len(turns) % 2 or not turns:
        found = f"roles {', '.join(unknown)}" if unknown else f"{len(turns)} turns"
        raise ValueError(f"got {found}, expected pairs of outside and model")
    messages = [EngineMessage(role=ENGINE_ROLES[role], content=text) for role, text in turns]
    bound = copy(template.template)
    bound.enable_thinking = thinking  # EngineTemplate has it false, for the prompts of evaluation
    try:
        pairs = bound.encode_multiturn(
            template.tokenizer, messages, system or None, tools or None, mask_history
        )
    except Exception as fault:  # whatever the engine raises here ends training too
        raise ValueError(f"the engine cannot write this row: {fault}") from fault
    pieces = []
    tokens = _tokens(template, pairs, mask_history)
    for (trained, stop), group in groupby(tokens, key=lambda token: token[1:3]):
        alike = list(group)
        text = _decoded(template.tokenizer, [token for token, *_ in alike])
        pieces.append(Piece(text, trained, stop, sum(count for *_, count in alike)))
    return pieces


def _tokens(
    template: EngineTemplate, pairs: Sequence[tuple[Sequence[int], Sequence[int]]], masked: bool
) -> Iterator[_Token]:
    """Yield id, trained and stop of each token; a masked token is no stop token to learn."""
    stops = set(template.stop_ids)
    once = bool(template.template.efficient_eos)
    first = len(pairs) - 1 if masked else 0  # the engine turns the pairs round to mask history
    for index, (source, target) in enumerate(pairs):
        for at, token in enumerate(source):
            learned = once and at == 0 and index != first
            if learned:
                yield template.tokenizer.eos_token_id, True, True, 1
            yield token, False, False, 0 if learned else 1
        trained = not masked or index == first
        for token in target:
            yield token, trained, trained and token in stops, 1
    if once:
        yield template.tokenizer.eos_token_id, True, True, 1


def _decoded(tokenizer: Any, ids: list[int]) -> str:
    return str(tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))
