"""Shared prompt prefixes: keys and values of tokens that several prompts begin with, computed once.

Input: a model and the batches of a plan. Output: the cache with which a batch begins to generate.

A row of a batch is `[padding][prefix][padding][rest]`: prefixes end at one position, rests end at
one, and the mask leaves the padding out, so that every token has the position that it has alone.
What is computed is what would be computed without sharing; sums run in another order, so that
logits may differ in their last bits.
"""

from __future__ import annotations

import inspect
from typing import Any

from fctune.evaluation.local.predict_local_plan import Batch, Prompt

# Their rotations depend on how long the whole prompt is, which a prefix does not know.
_LENGTH_DEPENDENT_ROPE = ("dynamic", "longrope")

Layers = list[tuple[Any, Any]]


def takes_prefixes(model: Any) -> bool:
    """Tell whether a model can go on from keys and values that were computed before.

    It cannot where it prepares its inputs in a way of its own, keeps another state than keys and
    values, sees only a window of the last tokens (padding would move what is in it), or turns its
    positions by the length of the prompt.
    """
    from transformers import DynamicCache
    from transformers.cache_utils import DynamicLayer
    from transformers.generation import GenerationMixin

    inner = causal_model(model)
    config = inner.config
    prepares = type(inner).prepare_inputs_for_generation
    if prepares is not GenerationMixin.prepare_inputs_for_generation or config.is_encoder_decoder:
        return False
    if getattr(inner, "_is_stateful", False) or not inner._supports_default_dynamic_cache():
        return False
    text = config.get_text_config(decoder=True)
    scaling = getattr(text, "rope_scaling", None) or {}
    if scaling.get("rope_type", scaling.get("type")) in _LENGTH_DEPENDENT_ROPE:
        return False
    return all(type(layer) is DynamicLayer for layer in DynamicCache(config=text).layers)


def causal_model(model: Any) -> Any:
    """Return the transformers model inside an adapter, or the model itself."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


class PrefixStore:
    """The prefixes of one window of a plan.

    Args:
        model: one of which `takes_prefixes` is true.
        static: fill a cache of fixed size, which a CPU prefers: a growing one is copied at each
            token.
    """

    def __init__(self, model: Any, *, static: bool) -> None:
        self._model = causal_model(model)
        self._static = static
        self._window = -1
        self._held: dict[tuple[int, ...], Layers] = {}

    def cache(self, batch: Batch) -> Any:
        """Return a cache that holds the prefixes of a batch's rows, each ending at one position."""
        if batch.window != self._window:
            self._window = batch.window
            self._held.clear()
        rows = [self._layers(prompt) for prompt in batch.prompts]
        if self._static:
            return self._fixed(batch, rows)
        return self._growing(batch, rows)

    def _layers(self, prompt: Prompt) -> Layers:
        """Return keys and values of a prompt's prefix, a part of its trunk's."""
        layers = self._trunk(prompt.trunk, prompt.base)
        return [
            (keys[:, :, : prompt.shared], values[:, :, : prompt.shared]) for keys, values in layers
        ]

    def _trunk(self, ids: tuple[int, ...], base: int) -> Layers:
        """Return keys and values of a trunk, which goes on from its catalogue's."""
        import torch
        from transformers import DynamicCache

        if ids not in self._held:
            model = self._model
            cache = DynamicCache(config=model.config.get_text_config(decoder=True))
            for number, pair in enumerate(self._trunk(ids[:base], 0) if base else []):
                cache.update(*pair, number)
            wanted = {"input_ids": torch.tensor([ids[base:]], device=model.device)}
            if "logits_to_keep" in inspect.signature(model.forward).parameters:
                wanted["logits_to_keep"] = 1
            model(**wanted, past_key_values=cache, use_cache=True)
            self._held[ids] = [(layer.keys, layer.values) for layer in cache.layers]
        return self._held[ids]

    def _growing(self, batch: Batch, rows: list[Layers]) -> Any:
        from transformers import DynamicCache

        cache = DynamicCache(config=self._model.config.get_text_config(decoder=True))
        for number in range(len(rows[0])):
            keys = _stacked([row[number][0] for row in rows], batch.prefix_width)
            values = _stacked([row[number][1] for row in rows], batch.prefix_width)
            cache.update(keys, values, number)
        return cache

    def _fixed(self, batch: Batch, rows: list[Layers]) -> Any:
        from transformers import StaticCache

        config = self._model.config.get_text_config(decoder=True)
        cache = StaticCache(config=config, max_cache_len=batch.width + batch.room)
        end = batch.prefix_width
        for number, layer in enumerate(cache.layers):
            first = rows[0][number][0]
            layer.lazy_initialization(first.expand(len(rows), -1, -1, -1))
            for index, row in enumerate(rows):
                keys, values = row[number]
                start = end - keys.shape[-2]
                layer.keys[index, :, start:end] = keys[0]
                layer.values[index, :, start:end] = values[0]
        return cache


def _stacked(parts: list[Any], width: int) -> Any:
    """Return (1, heads, n, size) tensors as one, each filled up on the left to the width."""
    import torch

    filled = [torch.nn.functional.pad(part, (0, 0, width - part.shape[-2], 0)) for part in parts]
    return torch.cat(filled)
