"""Keys against each other: combinations that the engine refuses late, or trains wrong silently.

Input: one merged stage, and the stages beside it. Output: problems. What depends on the machine
is checked in `fctune.recipe.render`, when the devices are known. The facts are those of
llamafactory 0.9.5 hparams/parser.py and finetuning_args.py unless a rule says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping

from fctune.recipe.problems import Problem
from fctune.recipe.spec import Stage
from fctune.recipe.zero import zero_stage

_LORA_ONLY = ("loraplus_lr_ratio", "use_rslora", "use_dora", "pissa_init", "adapter_name_or_path")
_NOT_WITH_LORA = ("use_galore", "use_apollo", "use_badam")
_NOT_QUANTISED = ("pissa_init", "resize_vocab", "create_new_adapter", "fp8")

Found = Iterator[tuple[str, str, str]]  # key, message, hint
Rule = Callable[[Stage], Found]


def check_stage(
    stage: Stage, stages: Mapping[str, Stage], *, silent: Container[str] = ()
) -> list[Problem]:
    """Return every problem of a merged stage.

    Args:
        stage: the stage.
        stages: all stages of the recipe by name.
        silent: keys whose value was found bad before; nothing more is said of them.
    """
    found = [entry for rule in RULES for entry in rule(stage)]
    found += list(_start(stage, stages))
    return [
        Problem(stage.place(key), f"{message} (stage {stage.name})", hint)
        for key, message, hint in found
        if key not in silent
    ]


def _needed(stage: Stage) -> Found:
    if stage.get("finetuning_type") is None:
        yield (
            "finetuning_type",
            "no finetuning_type",
            "add: preset: guide, or finetuning_type: full",
        )
    examples = {
        "model_name_or_path": "Qwen/Qwen2.5-1.5B-Instruct",
        "template": "qwen",
        "dataset": f"NAME_{stage.name}_train",
    }
    for key, example in examples.items():
        if not stage.get(key):
            yield key, f"no {key}", f"add: {key}: {example}"


def _batch(stage: Stage) -> Found:
    given = stage.settings
    both = ("effective_batch_size", "gradient_accumulation_steps")
    if all(key in given for key in both):
        message = "effective_batch_size and gradient_accumulation_steps are both given"
        yield both[1], message, "keep effective_batch_size; the other is worked out from it"
    for key in ("per_device_train_batch_size", "gradient_accumulation_steps", "cutoff_len"):
        if key in given and stage.get(key) < 1:
            yield key, f"got {key}: {stage.get(key)}, expected 1 or more", ""


def _quantised(stage: Stage) -> Found:
    bits = stage.get("quantization_bit")
    if bits is None:
        return
    if stage.finetuning_type not in ("lora", "oft"):
        message = f"quantization_bit with finetuning_type: {stage.finetuning_type}"
        yield "quantization_bit", message, "quantised weights cannot be trained; write lora"
    for key in _NOT_QUANTISED:
        if stage.get(key):
            yield key, f"{key} with quantization_bit", f"remove {key}"
    if "," in str(stage.get("adapter_name_or_path") or ""):
        hint = "merge the adapters first"
        yield "adapter_name_or_path", "several adapters with quantization_bit", hint
    if stage.get("quantization_device_map") == "auto":
        yield "quantization_device_map", "quantization_device_map in training", "remove it"


def _methods(stage: Stage) -> Found:
    kind = stage.finetuning_type
    for key in _LORA_ONLY:
        if stage.get(key) and kind != "lora":
            yield key, f"{key} with finetuning_type: {kind}", "it is for lora only; remove it"
    for key in _NOT_WITH_LORA:
        if stage.get(key) and kind == "lora":
            yield key, f"{key} with finetuning_type: lora", "write finetuning_type: full"
    if stage.get("use_llama_pro") and kind == "full":
        yield "use_llama_pro", "use_llama_pro with finetuning_type: full", "write freeze or lora"
    if stage.get("bf16") and stage.get("fp16"):
        yield "fp16", "bf16 and fp16 are both true", "keep bf16 where the device has it"


def _zero(stage: Stage) -> Found:
    if zero_stage(stage.get("deepspeed")) != 3:
        return
    for key in ("pure_bf16", "use_unsloth", "pissa_init"):
        if stage.get(key):
            yield key, f"{key} with DeepSpeed ZeRO-3", f"remove {key}, or use ZeRO-2"
    if stage.get("quantization_bit"):
        # 8 bits are refused by the engine; 4 bits are not, and its maintainers advise against them.
        yield "quantization_bit", "quantization_bit with DeepSpeed ZeRO-3", "use ZeRO-2, or no bits"


def _packing(stage: Stage) -> Found:
    if not (stage.get("packing") or stage.get("neat_packing")):
        return
    key = "neat_packing" if stage.get("neat_packing") else "packing"
    if stage.get("cutoff_len") % 8:
        # The collator pads to a multiple of 8 and the packed mask does not fit it any more.
        length = stage.get("cutoff_len") // 8 * 8 or 8
        yield "cutoff_len", f"{key} needs a multiple of 8", f"write cutoff_len: {length}"
    batch = stage.get("per_device_train_batch_size")
    if key == "neat_packing" and stage.get("flash_attn") == "fa2" and batch != 1:
        hint = "write per_device_train_batch_size: 1, and a larger cutoff_len"
        yield key, f"neat_packing with fa2 and a batch of {batch}", hint


def _evaluation(stage: Stage) -> Found:
    has_set = bool(stage.get("eval_dataset")) or stage.get("val_size", 0) > 0
    if stage.get("eval_dataset") and stage.get("val_size", 0) > 0:
        yield "val_size", "val_size and eval_dataset are both given", "keep eval_dataset"
    strategy = stage.get("eval_strategy", "no")
    if (strategy != "no" or stage.get("do_eval")) and not has_set:
        hint = "add: eval_dataset: NAME_dev, or remove eval_strategy"
        yield "eval_strategy", "evaluation without an evaluation set", hint
    if stage.get("load_best_model_at_end"):
        yield from _best_model(stage, strategy)
    if stage.get("early_stopping_steps") is None:
        return
    if not stage.get("load_best_model_at_end") or not stage.get("metric_for_best_model"):
        # transformers asserts this in its callback, after the model is loaded.
        hint = "add: load_best_model_at_end: true and metric_for_best_model: eval_loss"
        yield "early_stopping_steps", "early stopping without a metric to watch", hint


def _best_model(stage: Stage, strategy: str) -> Found:
    saves = stage.get("save_strategy", "steps" if "save_steps" in stage.settings else "epoch")
    if saves not in (strategy, "best"):
        message = f"load_best_model_at_end with eval_strategy {strategy}, save_strategy {saves}"
        yield "load_best_model_at_end", message, "give both the same strategy"
    elif strategy == saves == "steps":
        save_steps, eval_steps = stage.get("save_steps", 500), stage.get("eval_steps", 500)
        if eval_steps and save_steps % eval_steps:
            hint = f"write save_steps: {eval_steps}"
            yield "save_steps", f"save_steps {save_steps}, eval_steps {eval_steps}", hint
    watched = stage.get("metric_for_best_model")
    if watched in ("eval_accuracy", "accuracy") and stage.get("greater_is_better") is False:
        yield "greater_is_better", "the best accuracy is not the least", "write true"


def _data(stage: Stage) -> Found:
    if stage.get("mask_history") and stage.get("train_on_prompt"):
        yield "mask_history", "mask_history with train_on_prompt", "keep neither"
    if stage.get("streaming"):
        if stage.get("max_steps", -1) < 1:
            yield "streaming", "streaming without max_steps", "add: max_steps: 1000"
        if stage.get("dataloader_num_workers", 0) < 1:
            yield (
                "streaming",
                "streaming of local files without a worker",
                "dataloader_num_workers: 1",
            )
        if 0 < stage.get("val_size", 0) < 1:
            yield "val_size", "streaming with a fraction as val_size", "give a number of rows"
        if stage.get("max_samples"):
            yield "max_samples", "max_samples with streaming", "use max_steps"
    weights = stage.get("interleave_probs")
    if weights is None:
        return
    if stage.get("mix_strategy", "concat") == "concat":
        hint = "write mix_strategy: interleave_under"
        yield "interleave_probs", "interleave_probs with mix_strategy: concat", hint
    for key in ("dataset", "eval_dataset"):
        names = stage.get(key)
        if names and len(names.split(",")) != len(str(weights).split(",")):
            yield "interleave_probs", f"not one probability for each name in {key}", ""


def _start(stage: Stage, stages: Mapping[str, Stage]) -> Found:
    """Check that stage 2 can start where it says."""
    model = stage.settings.get("model_name_or_path")
    if "start_from" in stage.settings and model is not None and model.is_of_stage:
        hint = "remove one of the two"
        yield "start_from", "start_from and model_name_or_path are both given in the stage", hint
    if stage.name == "general" and stage.finetuning_type == "oft":
        followers = [other for other in stages.values() if other.name != "general"]
        if any(other.start_from == "general" for other in followers):
            message = "an OFT adapter is neither a model nor a LoRA adapter to start toolcall from"
            yield "finetuning_type", message, "write full or lora, or toolcall.start_from: model"
    if stage.start_from != "general":
        return
    first = stages.get("general")
    if stage.name == "general":
        yield "start_from", "the general stage cannot start from itself", "write start_from: model"
    elif first is None:
        hint = "add the general stage, or write start_from: model"
        yield "start_from", "there is no general stage to start from", hint
    elif first.get("finetuning_type") == "lora":
        yield from _same_adapter(stage, first)


def _same_adapter(stage: Stage, first: Stage) -> Found:
    """Training goes on with the adapter of stage 1, whose shape stage 2 cannot change."""
    own = stage.settings.get("adapter_name_or_path")
    if own is not None and own.value is not None and own.is_of_stage:
        message = (
            f"got adapter_name_or_path: {own.value}, the general stage's adapter takes its place"
        )
        yield "adapter_name_or_path", message, "remove it, or write start_from: model"
    if stage.finetuning_type != "lora":
        message = f"the general stage makes an adapter, this one is {stage.finetuning_type}"
        yield "finetuning_type", message, "write finetuning_type: full in the general stage"
        return
    for key in ("lora_rank", "lora_target", "lora_alpha"):
        if stage.get(key) != first.get(key):
            message = f"got {key}: {stage.get(key)}, expected {first.get(key)} as in general"
            yield key, message, "the adapter of the general stage is trained on; its shape is fixed"


RULES: tuple[Rule, ...] = (
    _needed,
    _batch,
    _quantised,
    _methods,
    _zero,
    _packing,
    _evaluation,
    _data,
)
