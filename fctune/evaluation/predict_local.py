"""LocalPredictor: a checkpoint on this machine answers cases, with the engine's own template.

Input: a folder with a whole model, or with a LoRA adapter, which is put on its un-quantised base
without merging. Output: one Prediction for each case, greedy, the longest prompts first. Prompts
are made by `fctune.engine.templates`, so that they are those of training. Batches are padded on the
left, and a prediction does not depend on the other cases of its batch.

torch and transformers are imported inside `load`, which takes seconds.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fctune.engine.templates import INSTALL_HINT, EngineTemplate
from fctune.errors import EnvironmentFault, InputFault
from fctune.evaluation.cases import EvalCase
from fctune.evaluation.decode import Decoder, decoder_for
from fctune.evaluation.predict import FinishReason, Prediction
from fctune.jsonl import read_json

ADAPTER_FILE = "adapter_config.json"
_SMALL_MODEL_PARAMETERS = 50_000_000
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
        model = _load_model(checkpoint, base, engine, options)
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


def base_of(checkpoint: Path) -> str:
    """Return the base model of an adapter, or the checkpoint itself where it is a whole model.

    Raises:
        InputFault: the folder is neither.
    """
    if not checkpoint.is_dir():
        raise InputFault("no such folder, expected a checkpoint", where=str(checkpoint))
    adapter = checkpoint / ADAPTER_FILE
    if adapter.is_file():
        config = read_json(adapter)
        base = config.get("base_model_name_or_path") if isinstance(config, dict) else None
        if not isinstance(base, str) or not base:
            raise InputFault("names no base_model_name_or_path", where=str(adapter))
        return base
    if not (checkpoint / "config.json").is_file():
        raise InputFault(
            f"holds neither config.json nor {ADAPTER_FILE}, expected a model or an adapter",
            where=str(checkpoint),
            hint="give the folder in which training saved the model",
        )
    return str(checkpoint)


def _load_model(checkpoint: Path, base: str, engine: EngineTemplate, decoding: Decoding) -> Any:
    try:
        import torch
        from peft import PeftModel
        from transformers import AutoModelForCausalLM, GenerationConfig
    except ImportError as fault:
        raise EnvironmentFault(
            f"torch, transformers or peft is not installed: {fault}", hint=INSTALL_HINT
        ) from fault
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    try:
        model = AutoModelForCausalLM.from_pretrained(base, dtype=dtype)
        if (checkpoint / ADAPTER_FILE).is_file():
            model = PeftModel.from_pretrained(model, str(checkpoint))
    except (OSError, ValueError, RuntimeError, json.JSONDecodeError) as fault:
        reason = str(fault).split("\n", 1)[0]
        hint = f"the adapter's base is {base!r}: is it there?" if base != str(checkpoint) else ""
        raise InputFault(
            f"the model cannot be loaded: {reason}", where=str(checkpoint), hint=hint
        ) from fault
    # A fresh one: the checkpoint's own may hold sampling and penalties, which transformers would
    # add to whatever generate() is given.
    model.generation_config = GenerationConfig(
        do_sample=False,
        max_new_tokens=decoding.max_new_tokens,
        eos_token_id=engine.stop_ids,
        pad_token_id=engine.tokenizer.pad_token_id,
        # A growing cache is copied at each token, which takes most of the time on a CPU. On CUDA
        # a static one would be compiled anew for each width.
        cache_implementation="static" if _takes_static_cache(model, device) else None,
    )
    if isinstance(model, PeftModel):
        model.base_model.model.generation_config = model.generation_config
    if device == "cpu" and "OMP_NUM_THREADS" not in os.environ and _is_small(model):
        torch.set_num_threads(1)
    return model.to(device).eval()


def _takes_static_cache(model: Any, device: str) -> bool:
    return device == "cpu" and bool(getattr(model, "_can_compile_fullgraph", False))


def _is_small(model: Any) -> bool:
    """Tell whether threads would wait for each other longer than they work."""
    return int(model.num_parameters()) < _SMALL_MODEL_PARAMETERS


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
