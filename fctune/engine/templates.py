"""The engine's own templates: the token ids that training sees, for lengths and for evaluation.

Input: a model folder or id, a template name, and messages. Output: token ids, exactly as
llamafactory 0.9.5 makes them in data/template.py, so that the prompt in evaluation is the prompt in
training. The engine is imported inside `load`, which takes seconds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypedDict

from fctune.errors import EnvironmentFault, InputFault

INSTALL_HINT = 'pip install -c scripts/constraints.txt -e ".[train]"'

_ROLE_OF_TAG = {
    "human": "user",
    "gpt": "assistant",
    "function_call": "function",
    "observation": "observation",
}
# What a turn is, to the engine's word for it.
ENGINE_ROLES = {
    "user": "user",
    "model": "assistant",
    "call": "function",
    "result": "observation",
}


class EngineMessage(TypedDict):
    """One message as the engine's template takes it.

    `role` is one of user, assistant, function, observation.
    """

    role: str
    content: str


def messages_of(row: Mapping[str, Any]) -> list[EngineMessage]:
    """Return the messages of a ShareGPT row as the engine's converter would.

    Before: {"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "yo"}]}
    After:  [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo"}]
    """
    return [
        EngineMessage(role=_ROLE_OF_TAG[turn["from"]], content=turn["value"])
        for turn in row["conversations"]
    ]


@dataclass(frozen=True)
class EngineTemplate:
    """A template of the engine bound to a tokenizer.

    Attributes:
        name: the template's name, such as `qwen`.
        tokenizer: the tokenizer after the engine has set its special tokens.
        template: the engine's Template object.
    """

    name: str
    tokenizer: Any
    template: Any

    @classmethod
    def load(cls, model: Path | str, template: str) -> EngineTemplate:
        """Load a tokenizer and bind a template to it.

        Args:
            model: a folder with tokenizer files, or a hub id.
            template: the engine's template name.

        Raises:
            EnvironmentFault: the engine is not installed.
            InputFault: the template does not exist, or the tokenizer cannot be loaded.
        """
        try:
            with _quiet_imports():
                from llamafactory.data.template import TEMPLATES, get_template_and_fix_tokenizer
                from transformers import AutoTokenizer
        except ImportError as fault:
            raise EnvironmentFault(
                f"{fault.name or 'the training engine'} is not installed", hint=INSTALL_HINT
            ) from fault
        if template not in TEMPLATES:
            near = [name for name in sorted(TEMPLATES) if name[:3] == template[:3]]
            raise InputFault(
                f"got template {template!r}, which the engine does not have",
                hint=f"near it: {', '.join(near[:8])}" if near else "try qwen, llama3 or gemma",
            )
        try:
            tokenizer = AutoTokenizer.from_pretrained(str(model), padding_side="right")
        except (OSError, ValueError) as fault:
            reason = str(fault).split("\n", 1)[0].split(". ", 1)[0].rstrip(".")
            raise InputFault(
                f"the tokenizer cannot be loaded: {reason}",
                where=str(model),
                hint="give a folder with config.json and tokenizer files; an id needs the model"
                " hub, or a mirror of it in HF_ENDPOINT, and HF_HUB_OFFLINE unset",
            ) from fault
        bound = get_template_and_fix_tokenizer(tokenizer, _data_arguments(template))
        return cls(template, tokenizer, bound)

    @property
    def stop_ids(self) -> list[int]:
        """Token ids that end a model turn."""
        return sorted(self.template.get_stop_token_ids(self.tokenizer))

    def pair_ids(
        self, system: str, tools: str, messages: Sequence[EngineMessage]
    ) -> tuple[list[int], list[int]]:
        """Return prompt and answer ids of the last message, which is the model's."""
        prompt, answer = self.template.encode_oneturn(
            self.tokenizer, list(messages), system or None, tools or None
        )
        return list(prompt), list(answer)

    def row_length(self, row: Mapping[str, Any]) -> int:
        """Return how many tokens the engine trains a ShareGPT row on.

        Follows data/processor/supervised.py: the pairs of all turns, and one more token where the
        template appends its end only once (efficient_eos). Thoughts of the row count, as training
        keeps them by default.
        """
        bound = copy(self.template)
        bound.enable_thinking = True
        pairs = bound.encode_multiturn(
            self.tokenizer, messages_of(row), row["system"] or None, row["tools"] or None
        )
        total = sum(len(source) + len(target) for source, target in pairs)
        return total + (1 if self.template.efficient_eos else 0)


@contextmanager
def _quiet_imports() -> Iterator[None]:
    """Let the engine and transformers set up their loggers for warnings only.

    They read these variables when they are imported. The variables are put back, or a training run
    started later by this process would inherit them and log too little.
    """
    wanted = {"LLAMAFACTORY_VERBOSITY": "WARN", "TRANSFORMERS_VERBOSITY": "error"}
    added = {name: level for name, level in wanted.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


def _data_arguments(template: str) -> SimpleNamespace:
    """Return the data arguments that data/template.py reads, at the engine's defaults but for one.

    `enable_thinking` is False. Recipes leave it at the engine's default, True; for rows without
    thoughts the tokens of prompt and answer together are the same, but a reasoning template then
    puts its empty thought at the start of the answer, not at the end of the prompt.
    """
    return SimpleNamespace(
        template=template,
        train_on_prompt=False,
        tool_format=None,
        default_system=None,
        enable_thinking=False,
        preserve_thinking=False,
    )
