"""The model of a checkpoint, loaded for greedy generation.

Input: a folder with a whole model, or with a LoRA or QLoRA adapter. Output: a transformers or peft
model on the best device there is. torch and transformers are imported inside `load_model`.

An adapter is put on its base as the base is stored, also where it was trained on a 4-bit one: that
is the model that `merge` gives. `quantize` puts it on the base that it was trained on.
"""

from __future__ import annotations

import json
import logging
import os
import warnings
from pathlib import Path
from typing import Any, Literal

from fctune.engine.templates import INSTALL_HINT, EngineTemplate
from fctune.errors import EnvironmentFault, InputFault
from fctune.evaluation.local.no_checkpoint import no_folder, no_model
from fctune.evaluation.local.template_of import setting_of
from fctune.jsonl import read_json

Quantize = Literal["none", "4bit", "trained"]

ADAPTER_FILE = "adapter_config.json"
_SMALL_MODEL_PARAMETERS = 50_000_000


def base_of(checkpoint: Path) -> str:
    """Return the base model of an adapter, or the checkpoint itself where it is a whole model.

    Raises:
        InputFault: the folder is neither.
    """
    if not checkpoint.is_dir():
        raise no_folder(checkpoint)
    adapter = checkpoint / ADAPTER_FILE
    if adapter.is_file():
        config = read_json(adapter)
        base = config.get("base_model_name_or_path") if isinstance(config, dict) else None
        if not isinstance(base, str) or not base:
            raise InputFault("names no base_model_name_or_path", where=str(adapter))
        return base
    if not (checkpoint / "config.json").is_file():
        raise no_model(checkpoint)
    return str(checkpoint)


def load_model(
    checkpoint: Path,
    base: str,
    engine: EngineTemplate,
    *,
    max_new_tokens: int,
    quantize: Quantize = "none",
) -> Any:
    """Load a model, or an adapter on its base, ready for greedy generation.

    Args:
        checkpoint: folder of the model or of the adapter.
        base: the model's folder or id, as `base_of` gives it.
        engine: the template, for the tokens that end an answer.
        max_new_tokens: most tokens of an answer.
        quantize: `none` takes the weights as they are stored; `4bit` loads them as nf4; `trained`
            as the training run did.

    Raises:
        EnvironmentFault: torch, transformers, peft or bitsandbytes is not installed.
        InputFault: the weights cannot be loaded.
    """
    try:
        import torch
        from peft import PeftModel
        from transformers import AutoModelForCausalLM
    except ImportError as fault:
        raise EnvironmentFault(
            f"torch, transformers or peft is not installed: {fault}", hint=INSTALL_HINT
        ) from fault
    _silence_false_alarms()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    bits = _bits(checkpoint, quantize)
    wanted = {} if bits is None else _quantized(checkpoint, bits, device=device, dtype=dtype)
    try:
        model = AutoModelForCausalLM.from_pretrained(base, dtype=dtype, **wanted)
        if (checkpoint / ADAPTER_FILE).is_file():
            model = PeftModel.from_pretrained(model, str(checkpoint))
    except ImportError as fault:
        raise EnvironmentFault(f"the model cannot be loaded: {fault}", hint=INSTALL_HINT) from fault
    except (OSError, ValueError, RuntimeError, json.JSONDecodeError) as fault:
        reason = str(fault).split("\n", 1)[0]
        hint = f"the adapter's base is {base!r}: is it there?" if base != str(checkpoint) else ""
        raise InputFault(
            f"the model cannot be loaded: {reason}", where=str(checkpoint), hint=hint
        ) from fault
    if bits is None:
        model = model.to(device)
    _set_generation(model, engine, max_new_tokens)
    if device == "cpu" and "OMP_NUM_THREADS" not in os.environ and _is_small(model):
        torch.set_num_threads(1)
    return model.eval()


def _bits(checkpoint: Path, quantize: Quantize) -> int | None:
    """Return how many bits a weight has; None for those of the file."""
    if quantize == "none":
        return None
    if quantize == "4bit":
        return 4
    trained = setting_of(checkpoint, "quantization_bit")
    return trained if trained in (4, 8) else None


def _quantized(checkpoint: Path, bits: int, *, device: str, dtype: Any) -> dict[str, Any]:
    """Return what loads a base as llamafactory 0.9.5 model/model_utils/quantization.py does."""
    from transformers import BitsAndBytesConfig

    kind = setting_of(checkpoint, "quantization_type")
    double = setting_of(checkpoint, "double_quantization")
    config = BitsAndBytesConfig(
        load_in_4bit=bits == 4,
        load_in_8bit=bits == 8,
        bnb_4bit_compute_dtype=dtype,
        bnb_4bit_quant_type=kind if kind in ("nf4", "fp4") else "nf4",
        bnb_4bit_use_double_quant=double if isinstance(double, bool) else True,
    )
    return {"quantization_config": config, "device_map": {"": device}}


def _set_generation(model: Any, engine: EngineTemplate, max_new_tokens: int) -> None:
    from peft import PeftModel
    from transformers import GenerationConfig

    # A fresh one: the checkpoint's own may hold sampling and penalties, which transformers would
    # add to whatever generate() is given.
    model.generation_config = GenerationConfig(
        do_sample=False,
        max_new_tokens=max_new_tokens,
        eos_token_id=engine.stop_ids,
        pad_token_id=engine.tokenizer.pad_token_id,
    )
    if isinstance(model, PeftModel):
        model.base_model.model.generation_config = model.generation_config
    for module in model.modules():
        # bitsandbytes 0.50 repacks 4-bit weights for a bfloat16 kernel on some CPUs, so that
        # answers would differ from one CPU to the next.
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False


def _silence_false_alarms() -> None:
    """Keep two warnings from users that say nothing about their model.

    peft 0.18 warns of tied weights wherever an adapter holds embeddings, tied or not; bitsandbytes
    warns that a fused kernel was not found on the hub, and uses its own.
    """
    warnings.filterwarnings("ignore", message="Model has `tie_word_embeddings=True`")
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)


def takes_static_cache(model: Any) -> bool:
    """Tell whether a cache of fixed size is the faster one.

    A growing cache is copied at each token, which takes most of the time on a CPU. On CUDA a static
    one would be compiled anew for each width.
    """
    return model.device.type == "cpu" and bool(getattr(model, "_can_compile_fullgraph", False))


def _is_small(model: Any) -> bool:
    """Tell whether threads would wait for each other longer than they work."""
    return int(model.num_parameters()) < _SMALL_MODEL_PARAMETERS
