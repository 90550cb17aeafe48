"""LocalPredictor: a checkpoint on this machine answers cases, with the engine's own template.

Input: a folder with a whole model, or with a LoRA or QLoRA adapter, which is put on its base
without merging. Output: one Prediction for each case, greedy unless a temperature is given. Prompts
are made by `fctune.engine.templates`, so that they are those of training. Cases are batched by the
plan of `predict_local_plan`, which computes the tokens of a catalogue once; a prediction does not
depend on the other cases of its batch.

torch and transformers are imported inside `load`, which takes seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from fctune.engine.templates import EngineTemplate
from fctune.errors import EnvironmentFault
from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.decode import Decoder, decoder_for
from fctune.evaluation.local.predict_constrain import Constrainer
from fctune.evaluation.local.predict_constrain_rows import CallProcessor
from fctune.evaluation.local.predict_local_ask import (
    Decoding,
    Traits,
    encode,
    load_template,
    plan_cases,
)
from fctune.evaluation.local.predict_local_mask import quick_masks
from fctune.evaluation.local.predict_local_plan import Batch, Prompt
from fctune.evaluation.local.predict_local_prefix import PrefixStore, causal_model, takes_prefixes
from fctune.evaluation.local.predict_local_sample import Sampler
from fctune.evaluation.local.predict_model import base_of, load_model, takes_static_cache
from fctune.evaluation.predict import FinishReason, Prediction

__all__ = ["Decoding", "LocalPredictor"]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was generated for one prompt, without the stop token; `tokens` counts that too."""

    said: list[int]
    tokens: int
    finish_reason: FinishReason


@dataclass(frozen=True)
class LocalPredictor:
    """A loaded model that answers cases.

    Attributes:
        model: the torch model, in evaluation mode.
        template: the engine's template and tokenizer.
        decoder: reads the calls of that template.
        decoding: how answers are generated.
    """

    model: Any
    template: EngineTemplate
    decoder: Decoder
    decoding: Decoding

    @classmethod
    def load(
        cls, checkpoint: Path, template: str, decoding: Decoding | None = None
    ) -> LocalPredictor:
        """Load a checkpoint.

        Args:
            checkpoint: a model folder, or an adapter folder.
            template: the engine template it was trained with.
            decoding: how answers are generated.

        Raises:
            EnvironmentFault: the `[train]` extra is not installed, or `[constrain]` is wanted and
                is not.
            InputFault: the folder holds no model that can be loaded, or the calls of the template
                cannot be read.
            UsageFault: calls of the template cannot be constrained.
        """
        options = decoding or Decoding()
        base = base_of(checkpoint)
        decoder = decoder_for(template)
        engine = load_template(checkpoint, template)
        model = load_model(
            checkpoint,
            base,
            engine,
            max_new_tokens=options.max_new_tokens,
            quantize=options.quantize,
        )
        predictor = cls(model, engine, decoder, options)
        _ = predictor._constrainer  # so that its faults are told before anything is asked
        return predictor

    @property
    def description(self) -> dict[str, Any]:
        """What decides an answer beside the weights, for results.json."""
        decoding = self.decoding
        sampled = {"temperature": decoding.temperature, "sampling_seed": decoding.seed}
        return {
            "do_sample": decoding.temperature > 0,
            **(sampled if decoding.temperature > 0 else {}),
            "max_new_tokens": decoding.max_new_tokens,
            "thinking": decoding.thinking.asked,
            "stop_ids": self.template.stop_ids,
            "dtype": str(self.model.dtype).removeprefix("torch."),
            "device": self.model.device.type,
            **(
                {"bits": 4} if getattr(causal_model(self.model), "is_loaded_in_4bit", False) else {}
            ),
            **({"constrain": decoding.constrain.as_dict()} if decoding.constrain else {}),
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """What users should know of the answers so far, one sentence each."""
        return self._constrainer.notes if self._constrainer is not None else ()

    def foresee(self, cases: Sequence[EvalCase]) -> tuple[str, str] | None:
        """Return what users should know before these are asked, and what to type; or None."""
        if self._constrainer is None:
            return None
        return self._constrainer.foresee(cases, self.decoding.max_new_tokens)

    def refuse(self, cases: Sequence[EvalCase]) -> None:
        """Refuse cases for which no lawful answer has room.

        Raises:
            UsageFault: there is one.
        """
        if self._constrainer is not None:
            self._constrainer.refuse(cases, self.decoding.max_new_tokens)

    @property
    def traits(self) -> Traits:
        """What a plan must know of the model."""
        positions = getattr(self.model.config, "max_position_embeddings", None)
        limit = positions if isinstance(positions, int) else 2**31
        return Traits(limit, takes_prefixes(self.model))

    def predict(self, cases: Sequence[EvalCase]) -> Iterator[Prediction]:
        """Yield one prediction for each case, the longest prompts of a catalogue first.

        A prompt that leaves the model no position for an answer gives a prediction with
        `finish_reason` error.
        """
        refused, batches = plan_cases(cases, self.template, self.decoding, self.traits)
        yield from refused
        by_id = {case.id: case for case in cases}
        for batch in batches:
            yield from self.answer(batch, by_id)

    def answer(self, batch: Batch, cases: Mapping[str, EvalCase]) -> list[Prediction]:
        """Return the predictions of one batch, in its order.

        Args:
            batch: of a plan.
            cases: at least those of the batch, by id.

        Raises:
            EnvironmentFault: a single prompt needs more memory than there is.
        """
        started = time.perf_counter()
        answers = self._generate(batch, cases)
        latency_s = (time.perf_counter() - started) / len(batch.prompts)
        return [
            self._prediction(prompt, cases[prompt.case_id], answer, latency_s)
            for prompt, answer in zip(batch.prompts, answers, strict=True)
        ]

    def _encode(self, case: EvalCase) -> Prompt:
        return encode(case, self.template, self.decoding, self.traits.positions)

    @cached_property
    def _constrainer(self) -> Constrainer | None:
        if self.decoding.constrain is None:
            return None
        return Constrainer(self.template, self.decoding.constrain, self._vocabulary)

    @cached_property
    def _prefixes(self) -> PrefixStore:
        return PrefixStore(self.model, static=self._static)

    @property
    def _static(self) -> bool:
        return takes_static_cache(self.model)

    @cached_property
    def _vocabulary(self) -> int:
        """The width of the logits, which may be more than the tokenizer has."""
        return int(causal_model(self.model).get_output_embeddings().weight.shape[0])

    def _generate(self, batch: Batch, cases: Mapping[str, EvalCase]) -> list[_Answer]:
        """Generate for a batch; where memory runs out, in two halves."""
        import torch

        try:
            return self._generate_at_once(batch, cases)
        except torch.OutOfMemoryError as fault:
            if len(batch.prompts) == 1:
                raise EnvironmentFault(
                    f"out of memory at a prompt of {len(batch.prompts[0].ids)} tokens",
                    hint="use a device with more memory, or a smaller --max-new-tokens",
                ) from fault
        torch.cuda.empty_cache()
        return [answer for half in batch.halves() for answer in self._generate(half, cases)]

    def _generate_at_once(self, batch: Batch, cases: Mapping[str, EvalCase]) -> list[_Answer]:
        import torch

        ids, mask = _padded(batch, self.template.tokenizer.pad_token_id)
        wanted: dict[str, Any] = {"max_new_tokens": batch.room}
        with torch.inference_mode(), quick_masks():
            if batch.prefix_width:
                wanted["past_key_values"] = self._prefixes.cache(batch)
            elif self._static:
                wanted["cache_implementation"] = "static"
            sampler, constrained = self._processors(batch, cases)
            wanted["logits_processor"] = [one for one in (sampler, constrained) if one is not None]
            output = self.model.generate(
                input_ids=torch.tensor(ids, device=self.model.device),
                attention_mask=torch.tensor(mask, device=self.model.device),
                **wanted,
            )
        stops = set(self.template.stop_ids)
        answers = [_cut(row, stops) for row in output[:, batch.width :].tolist()]
        if constrained is None:
            return answers
        return [
            replace(answer, finish_reason="length") if row.hurried else answer
            for answer, row in zip(answers, constrained.rows, strict=True)
        ]

    def _processors(
        self, batch: Batch, cases: Mapping[str, EvalCase]
    ) -> tuple[Sampler | None, CallProcessor | None]:
        asked = [cases[prompt.case_id] for prompt in batch.prompts]
        options = self.decoding
        sampler = constrained = None
        if options.temperature > 0:
            ids = [case.id for case in asked]
            sampler = Sampler(ids, batch.width, options.temperature, options.seed)
        if self._constrainer is not None:
            constrained = self._constrainer.processor(asked, batch.width, batch.room)
        return sampler, constrained

    def _prediction(
        self, prompt: Prompt, case: EvalCase, answer: _Answer, latency_s: float
    ) -> Prediction:
        # Special tokens are kept: in some tokenizers the markers of a call are special.
        text = self.template.tokenizer.decode(
            answer.said, skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        decoded = self.decoder(text, case.catalog)
        if self._constrainer is not None:
            self._constrainer.recheck(case, decoded, answer.finish_reason)
        return Prediction(
            case_id=case.id,
            text=text,
            decoded=decoded,
            finish_reason=answer.finish_reason,
            prompt_tokens=len(prompt.ids),
            output_tokens=answer.tokens,
            latency_s=latency_s,
        )


def _padded(batch: Batch, pad: int) -> tuple[list[list[int]], list[list[int]]]:
    """Return ids and mask of a batch: each row is `[padding][prefix][padding][rest]`."""
    ids, mask = [], []
    for prompt in batch.prompts:
        before = batch.prefix_width - prompt.shared
        between = batch.width - batch.prefix_width - len(prompt.rest)
        ids.append([pad] * before + [*prompt.prefix] + [pad] * between + [*prompt.rest])
        mask.append([0] * before + [1] * prompt.shared + [0] * between + [1] * len(prompt.rest))
    return ids, mask


def _cut(ids: list[int], stops: set[int]) -> _Answer:
    """Cut an answer after its first stop token; what follows is padding."""
    for index, token in enumerate(ids):
        if token in stops:
            return _Answer(ids[:index], index + 1, "stop")
    return _Answer(ids, len(ids), "length")
