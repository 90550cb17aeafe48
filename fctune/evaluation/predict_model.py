"""The model of a checkpoint, loaded for greedy generation.

Input: a folder with a whole model, or with a LoRA adapter. Output: a transformers or peft model on
the best device there is. torch and transformers are imported inside `load_model`.
"""

from __future__ import annotations

import json
import logging
import os
import warnings
from pathlib import Path
from typing import Any

from fctune.engine.templates import INSTALL_HINT, EngineTemplate
from fctune.errors import EnvironmentFault, InputFault
from fctune.jsonl import read_json

ADAPTER_FILE = "adapter_config.json"
_SMALL_MODEL_PARAMETERS = 50_000_000


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


def load_model(checkpoint: Path, base: str, engine: EngineTemplate, *, max_new_tokens: int) -> Any:
    """Load a model, or an adapter on its un-quantised base, ready for greedy generation.

    Args:
        checkpoint: folder of the model or of the adapter.
        base: the model's folder or id, as `base_of` gives it.
        engine: the template, for the tokens that end an answer.
        max_new_tokens: most tokens of an answer.

    Raises:
        EnvironmentFault: torch, transformers or peft is not installed.
        InputFault: the weights cannot be loaded.
    """
    try:
        import torch
        from peft import PeftModel
        from transformers import AutoModelForCausalLM, GenerationConfig
    except ImportError as fault:
        raise EnvironmentFault(
            f"torch, transformers or peft is not installed: {fault}", hint=INSTALL_HINT
        ) from fault
    _silence_false_alarms()
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
        max_new_tokens=max_new_tokens,
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


def _silence_false_alarms() -> None:
    """Keep two warnings from users that say nothing about their model.

    peft 0.18 warns of tied weights wherever an adapter holds embeddings, tied or not; bitsandbytes
    warns that a fused kernel was not found on the hub, and uses its own.
    """
    warnings.filterwarnings("ignore", message="Model has `tie_word_embeddings=True`")
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)


def _takes_static_cache(model: Any, device: str) -> bool:
    return device == "cpu" and bool(getattr(model, "_can_compile_fullgraph", False))


def _is_small(model: Any) -> bool:
    """Tell whether threads would wait for each other longer than they work."""
    return int(model.num_parameters()) < _SMALL_MODEL_PARAMETERS
