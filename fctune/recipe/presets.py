"""Presets: named defaults of a stage, each with its source.

Role: a recipe says `preset: guide` and gets the numbers below; any key that the recipe writes
itself wins. Input: names of preset and stage. Output: engine keys and `effective_batch_size`.

guide
    The tutorial recipe for tool calling in two stages. General: all parameters, learning rate
    3e-5, 1 to 2 epochs. Tool calls: QLoRA on the query projection only, rank 16, learning rate
    5e-6, effective batch 16, 3 to 5 epochs. Gentle: it moves the model little.
robust
    What QLoRA papers and engine users report as the safe choice (Dettmers et al. 2023, "QLoRA":
    adapters on all linear layers are needed to match full fine-tuning; learning rate 1e-4 to 2e-4).
    Rank 32, learning rate 1e-4, and as big a batch as fits: raise per_device_train_batch_size until
    the memory is full, the effective batch stays. The general stage is that of guide.
small
    One small GPU. Both stages QLoRA: rank 16, alpha 32, dropout 0.05, all linear layers, learning
    rate 2e-4, 3 epochs, batch 1 x 8, warmup 0.03, max_grad_norm 0.3 (the numbers of the QLoRA
    paper's small runs). The adapter of the general stage is trained on in the toolcall stage.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_QLORA: Mapping[str, Any] = {
    "finetuning_type": "lora",
    "quantization_bit": 4,
    "quantization_method": "bnb",
    "quantization_type": "nf4",
    "double_quantization": True,
}

_GUIDE_GENERAL: Mapping[str, Any] = {
    "finetuning_type": "full",
    "learning_rate": 3e-5,
    "num_train_epochs": 2.0,
    "effective_batch_size": 16,
    "lr_scheduler_type": "cosine",
    "warmup_ratio": 0.03,
}

_GUIDE_TOOLCALL: Mapping[str, Any] = {
    **_QLORA,
    "lora_target": "q_proj",
    "lora_rank": 16,
    "lora_alpha": 32,
    "learning_rate": 5e-6,
    "num_train_epochs": 3.0,
    "effective_batch_size": 16,
    "lr_scheduler_type": "cosine",
    "warmup_ratio": 0.03,
}

_ROBUST_TOOLCALL: Mapping[str, Any] = {
    **_GUIDE_TOOLCALL,
    "lora_target": "all",
    "lora_rank": 32,
    "lora_alpha": 64,
    "lora_dropout": 0.05,
    "learning_rate": 1e-4,
    "effective_batch_size": 64,
    "per_device_train_batch_size": 4,
}

_SMALL: Mapping[str, Any] = {
    **_QLORA,
    "lora_target": "all",
    "lora_rank": 16,
    "lora_alpha": 32,
    "lora_dropout": 0.05,
    "learning_rate": 2e-4,
    "num_train_epochs": 3.0,
    "effective_batch_size": 8,
    "per_device_train_batch_size": 1,
    "lr_scheduler_type": "cosine",
    "warmup_ratio": 0.03,
    "max_grad_norm": 0.3,
}

PRESETS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "guide": {"general": _GUIDE_GENERAL, "toolcall": _GUIDE_TOOLCALL},
    "robust": {"general": _GUIDE_GENERAL, "toolcall": _ROBUST_TOOLCALL},
    "small": {"general": _SMALL, "toolcall": _SMALL},
}

# What every stage has unless the preset or the recipe says otherwise.
DEFAULTS: Mapping[str, Any] = {
    "stage": "sft",
    "do_train": True,
    "dataset_dir": "data",
    "cutoff_len": 2048,
    # The engine's cache of tokenised rows does not notice a changed template.
    "overwrite_cache": True,
    "logging_steps": 10,
    "save_total_limit": 2,
    "plot_loss": True,
    "report_to": "tensorboard",
    "overwrite_output_dir": False,
    "per_device_train_batch_size": 1,
    "seed": 42,
}
