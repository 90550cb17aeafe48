"""LocalPredictor: a checkpoint on this machine answers cases, with the engine's own template.

Input: a folder with a whole model, or with a LoRA adapter, which is put on its un-quantised base
without merging. Output: one Prediction for each case, greedy, the longest prompts first. Prompts
are made by `fctune.engine.templates`, so that they are those of training. Batches are padded on the
left, and a prediction does not depend on the other cases of its batch.

torch and transformers are imported inside `load`, which takes seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fctune.engine.templates import EngineTemplate
from fctune.errors import EnvironmentFault
from fctune.evaluation.cases import EvalCase
from fctune.evaluation.decode import Decoder, decoder_for
from fctune.evaluation.predict import FinishReason, Prediction
from fctune.evaluation.predict_model import base_of, load_model

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")


@dataclass(frozen=True, slots=True)
class Decoding:
    """How answers are generated; always greedy.

    Attributes:
        max_new_tokens: most tokens of an answer.
        batch_tokens: most tokens of a batch, padding and room for the answers included.
    """

    max_new_tokens: int = 256
    batch_tokens: int = 8192


@dataclass(frozen=True, slots=True)
class _Prompt:
    """An encoded case, and how many tokens the model has room to answer with."""

    case_id: str
    ids: list[int]
    room: int


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was generated for one prompt, the stop token included."""

    ids: list[int]
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
            EnvironmentFault: the `[train]` extra is not installed.
            InputFault: the folder holds no model that can be loaded, or the calls of the template
                cannot be read.
        """
        base = base_of(checkpoint)
        decoder = decoder_for(template)
        has_tokenizer = any((checkpoint / name).is_file() for name in _TOKENIZER_FILES)
        engine = EngineTemplate.load(checkpoint if has_tokenizer else base, template)
        options = decoding or Decoding()
        model = load_model(checkpoint, base, engine, max_new_tokens=options.max_new_tokens)
        return cls(model, engine, decoder, options)

    @property
    def description(self) -> dict[str, Any]:
        """What decides an answer beside the weights, for results.json."""
        return {
            "do_sample": False,
            "max_new_tokens": self.decoding.max_new_tokens,
            "stop_ids": self.template.stop_ids,
            "dtype": str(self.model.dtype).removeprefix("torch."),
            "device": self.model.device.type,
        }

    def predict(self, cases: Sequence[EvalCase]) -> Iterator[Prediction]:
        """Yield one prediction for each case, the longest prompts first.

        A prompt that leaves the model no position for an answer gives a prediction with
        `finish_reason` error.
        """
        prompts = [self._encode(case) for case in cases]
        for prompt in prompts:
            if prompt.room < 1:
                limit = f"the prompt has {len(prompt.ids)} tokens, the model takes {self._limit}"
                yield Prediction(
                    prompt.case_id,
                    None,
                    finish_reason="error",
                    prompt_tokens=len(prompt.ids),
                    error=limit,
                )
        fitting = [prompt for prompt in prompts if prompt.room >= 1]
        for batch in _batches(fitting, self.decoding.batch_tokens):
            started = time.perf_counter()
            answers = self._generate(batch)
            latency_s = (time.perf_counter() - started) / len(batch)
            for prompt, answer in zip(batch, answers, strict=True):
                yield self._prediction(prompt, answer, latency_s)

    @property
    def _limit(self) -> int:
        positions = getattr(self.model.config, "max_position_embeddings", None)
        return positions if isinstance(positions, int) else 2**31

    def _encode(self, case: EvalCase) -> _Prompt:
        ids = self.template.prompt_ids(case.system, case.tools, case.messages)
        return _Prompt(case.id, ids, min(self.decoding.max_new_tokens, self._limit - len(ids)))

    def _generate(self, batch: Sequence[_Prompt]) -> list[_Answer]:
        """Generate for prompts of one room; where memory runs out, in two halves."""
        import torch

        try:
            return self._generate_at_once(batch)
        except torch.OutOfMemoryError as fault:
            if len(batch) == 1:
                raise EnvironmentFault(
                    f"out of memory at a prompt of {len(batch[0].ids)} tokens",
                    hint="use a device with more memory, or a smaller --max-new-tokens",
                ) from fault
        torch.cuda.empty_cache()
        half = len(batch) // 2
        return self._generate(batch[:half]) + self._generate(batch[half:])

    def _generate_at_once(self, batch: Sequence[_Prompt]) -> list[_Answer]:
        import torch

        width = max(len(prompt.ids) for prompt in batch)
        pad = self.template.tokenizer.pad_token_id
        ids = [[pad] * (width - len(prompt.ids)) + prompt.ids for prompt in batch]
        mask = [[0] * (width - len(prompt.ids)) + [1] * len(prompt.ids) for prompt in batch]
        device = self.model.device
        with torch.inference_mode():
            output = self.model.generate(
                input_ids=torch.tensor(ids, device=device),
                attention_mask=torch.tensor(mask, device=device),
                max_new_tokens=batch[0].room,
            )
        stops = set(self.template.stop_ids)
        return [_cut(row, stops) for row in output[:, width:].tolist()]

    def _prediction(self, prompt: _Prompt, answer: _Answer, latency_s: float) -> Prediction:
        # Special tokens are kept: in some tokenizers the markers of a call are special.
        said = answer.ids[:-1] if answer.finish_reason == "stop" else answer.ids
        text = self.template.tokenizer.decode(
            said, skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        return Prediction(
            case_id=prompt.case_id,
            text=text,
            decoded=self.decoder(text),
            finish_reason=answer.finish_reason,
            prompt_tokens=len(prompt.ids),
            output_tokens=len(answer.ids),
            latency_s=latency_s,
        )


def _batches(prompts: Sequence[_Prompt], batch_tokens: int) -> Iterator[list[_Prompt]]:
    """Yield batches of one room, longest first, each within the limit of padded tokens.

    Equal rooms keep a prompt near the model's last position from being batched with others, whose
    longer answers would run beyond that position.
    """
    batch: list[_Prompt] = []
    for prompt in sorted(prompts, key=lambda one: (-len(one.ids), one.case_id)):
        width = len(batch[0].ids) + batch[0].room if batch else 0
        if batch and (prompt.room != batch[0].room or width * (len(batch) + 1) > batch_tokens):
            yield batch
            batch = []
        batch.append(prompt)
    if batch:
        yield batch


def _cut(ids: list[int], stops: set[int]) -> _Answer:
    """Cut an answer after its first stop token; what follows is padding."""
    for index, token in enumerate(ids):
        if token in stops:
            return _Answer(ids[: index + 1], "stop")
    return _Answer(ids, "length")
