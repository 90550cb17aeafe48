"""The look of a rendered YAML: sections and order that the engine's users know from its examples.

Input: engine keys and a note for some of them. Output: the YAML text, each key on one line.

Before: {"template": "qwen", "bf16": True}
After:
    ### dataset
    template: qwen

    ### train
    bf16: true
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.engine import dialect
from fctune.engine.arguments import engine_keys

_SECTIONS: Mapping[str, str] = {
    "model": """
        model_name_or_path adapter_name_or_path trust_remote_code flash_attn
        quantization_bit quantization_method quantization_type double_quantization
    """,
    "method": """
        stage do_train finetuning_type lora_rank lora_alpha lora_dropout lora_target deepspeed
    """,
    "dataset": """
        dataset_dir dataset template cutoff_len max_samples overwrite_cache
        preprocessing_num_workers dataloader_num_workers
    """,
    "output": """
        output_dir logging_steps save_strategy save_steps save_total_limit save_only_model
        plot_loss report_to overwrite_output_dir
    """,
    "train": """
        per_device_train_batch_size gradient_accumulation_steps learning_rate num_train_epochs
        max_steps lr_scheduler_type warmup_ratio warmup_steps max_grad_norm bf16 fp16 use_cpu seed
        resume_from_checkpoint
    """,
    "eval": """
        eval_dataset val_size per_device_eval_batch_size eval_strategy eval_steps
        load_best_model_at_end metric_for_best_model greater_is_better early_stopping_steps do_eval
        compute_accuracy
    """,
}
_ORDER = {header: tuple(names.split()) for header, names in _SECTIONS.items()}
# Where a key goes that is not listed above: by the engine's argument class.
_HEADER_OF_GROUP = {
    "model": "model",
    "finetuning": "method",
    "data": "dataset",
    "training": "train",
    "generating": "eval",
}


def laid_out(keys: Mapping[str, Any], notes: Mapping[str, str]) -> str:
    """Return the YAML of the keys, in a stable order under `### section` headers.

    Args:
        keys: engine keys.
        notes: key to a comment that stands behind it.
    """
    sections: dict[str, list[str]] = {header: [] for header in _ORDER}
    placed = {key: header for header, names in _ORDER.items() for key in names}
    ordered = [name for names in _ORDER.values() for name in names if name in keys]
    others = sorted(name for name in keys if name not in placed)
    for key in [*ordered, *others]:
        header = placed.get(key) or _HEADER_OF_GROUP[engine_keys()[key].group]
        note = f"  # {notes[key]}" if key in notes else ""
        sections[header].append(f"{key}: {dialect.scalar(keys[key])}{note}")
    blocks = ["\n".join([f"### {name}", *lines]) for name, lines in sections.items() if lines]
    return "\n\n".join(blocks) + "\n"
