"""Asking a local model: how answers are generated, and how cases become prompts and batches.

Input: cases and a template; no model. Output: the batches of a plan, and predictions for the cases
that no plan can hold. A process that only hands out work, as that of a cluster, needs this and not
the weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fctune.engine.prompts import Thinking, prompt_ids
from fctune.engine.templates import EngineTemplate
from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.local.constrain import Constraint
from fctune.evaluation.local.predict_local_plan import Batch, Prompt, plan
from fctune.evaluation.local.predict_model import Quantize, base_of
from fctune.evaluation.predict import Prediction

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")


@dataclass(frozen=True, slots=True)
class Decoding:
    """How answers are generated.

    Attributes:
        max_new_tokens: most tokens of an answer.
        batch_tokens: most tokens of a batch, padding and room for the answers included.
        share_prefix: compute the tokens that the prompts of a catalogue begin with once.
        constrain: what an answer may be; None lets the model write what it likes.
        temperature: of sampling; 0 takes the likeliest token.
        seed: of sampling; a case's draws depend on seed and case id alone.
        quantize: whether the base is loaded in 4 bits: `none`, `4bit` or `trained`.
        thinking: whether the model may think, as `template_of.thinking_of` tells of its run.
    """

    max_new_tokens: int = 256
    batch_tokens: int = 8192
    share_prefix: bool = True
    constrain: Constraint | None = None
    temperature: float = 0.0
    seed: int = 0
    quantize: Quantize = "none"
    thinking: Thinking = field(default_factory=Thinking)


@dataclass(frozen=True, slots=True)
class Traits:
    """What a plan must know of a model.

    Attributes:
        positions: most tokens of prompt and answer together.
        takes_prefixes: it can go on from a prefix that was computed before.
    """

    positions: int
    takes_prefixes: bool


def load_template(checkpoint: Path, template: str) -> EngineTemplate:
    """Load a checkpoint's tokenizer, or that of its base, and bind the template to it."""
    has_tokenizer = any((checkpoint / name).is_file() for name in _TOKENIZER_FILES)
    return EngineTemplate.load(checkpoint if has_tokenizer else base_of(checkpoint), template)


def encode(case: EvalCase, template: EngineTemplate, decoding: Decoding, positions: int) -> Prompt:
    """Return a case as the prompt of training, with the room that the model's positions leave."""
    ids = tuple(prompt_ids(template, case.system, case.tools, case.messages, decoding.thinking))
    return Prompt(case.id, ids, min(decoding.max_new_tokens, positions - len(ids)))


def plan_cases(
    cases: Sequence[EvalCase], template: EngineTemplate, decoding: Decoding, traits: Traits
) -> tuple[list[Prediction], list[Batch]]:
    """Return the predictions of cases that cannot be asked, and the batches of all others."""
    prompts = [encode(case, template, decoding, traits.positions) for case in cases]
    refused = [_refused(prompt, traits.positions) for prompt in prompts if prompt.room < 1]
    batches = plan(
        [prompt for prompt in prompts if prompt.room >= 1],
        {case.id: ((case.system, case.tools), case.group) for case in cases},
        batch_tokens=decoding.batch_tokens,
        share=decoding.share_prefix and traits.takes_prefixes,
    )
    return refused, batches


def _refused(prompt: Prompt, limit: int) -> Prediction:
    return Prediction(
        prompt.case_id,
        None,
        finish_reason="error",
        prompt_tokens=len(prompt.ids),
        error=f"the prompt has {len(prompt.ids)} tokens, the model takes {limit}",
    )
