"""Overrides of the command line: `key=value`, as the engine takes them after its YAML.

Input: words such as `learning_rate=1e-4`, `toolcall.num_train_epochs=5` or
`lr_scheduler_kwargs.num_cycles=2`. Output: Override values. The value is read as YAML in the
engine's dialect, as the engine itself does (llamafactory 0.9.5 hparams/parser.py read_args).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from fctune.engine import dialect
from fctune.errors import UsageFault
from fctune.recipe.spec import STAGE_NAMES, Setting

_WHERE = "command line"


@dataclass(frozen=True, slots=True)
class Override:
    """One `key=value`.

    Attributes:
        key: the engine's key, or one of ours.
        path: names inside the key's mapping, where the key was written with dots.
        value: as the engine would read it.
        stages: the stages that it is for.
        of_stage: true where it was given for one stage alone.
    """

    key: str
    path: tuple[str, ...]
    value: Any
    stages: tuple[str, ...]
    of_stage: bool

    def is_for(self, stage: str) -> bool:
        """Tell whether this stage is meant."""
        return stage in self.stages

    def setting(self, before: Setting | None) -> Setting:
        """Return the key's setting with this override in it.

        Args:
            before: the setting so far; its mapping is kept where only a part is overridden.
        """
        layer = "command-stage" if self.of_stage else "command"
        value = self.value
        if self.path:
            base = before.value if before is not None and isinstance(before.value, dict) else {}
            value = _with(base, self.path, value)
        return Setting(value, _WHERE, layer)


def parse_overrides(words: Sequence[str], *, stage: str) -> list[Override]:
    """Read the overrides of a command line.

    Args:
        words: each `key=value`, or `STAGE.key=value` for one stage.
        stage: the stage chosen on the command line, or `all`.

    Raises:
        UsageFault: a word has no `=`, or its value is no YAML.

    >>> parse_overrides(["learning_rate=1e-4"], stage="all")[0].value
    0.0001
    """
    return [_parse(word, stage) for word in words]


def _parse(word: str, stage: str) -> Override:
    name, equals, text = word.partition("=")
    if not equals or not name or name.startswith("-"):
        hint = f"write key=value, such as learning_rate=1e-4; got {word}"
        raise UsageFault(f"{word} is no override", where=_WHERE, hint=hint)
    try:
        value = dialect.parse(text)
    except yaml.YAMLError as fault:
        hint = f"quote it for YAML: {name}='\"...\"'"
        raise UsageFault(
            f"the value of {name} is no YAML: {text}", where=_WHERE, hint=hint
        ) from fault
    first, *rest = name.split(".")
    if first in STAGE_NAMES and rest:
        return Override(rest[0], tuple(rest[1:]), value, (first,), True)
    if stage == "all":
        return Override(first, tuple(rest), value, STAGE_NAMES, False)
    return Override(first, tuple(rest), value, (stage,), True)


def _with(base: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    first, *rest = path
    inner = base.get(first)
    if rest:
        value = _with(inner if isinstance(inner, dict) else {}, tuple(rest), value)
    return {**base, first: value}
