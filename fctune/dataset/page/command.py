"""The commands of a card: the one that made the dataset, and those that train on it.

Input: the object of a manifest. Output: blocks of Markdown. A file that shaped the dataset is
known by its fingerprint alone: its option stands with FILE, the table of settings has the rest.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from fctune.conversations.read import DEFAULT_SYSTEM
from fctune.dataset.page.marked import code, table

_DEFAULTS: dict[str, Any] = {
    "format": "auto",
    "system": DEFAULT_SYSTEM,
    "drop_prefixes": True,
    "carry": 1,
    "max_repeat": 4,
    "thoughts": "remove",
}
_SOURCES = 20


def written_command(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield the command that made the dataset, and its settings as a table."""
    settings = manifest.get("settings") or {}
    yield f"```bash\n{' '.join(_command(manifest, settings))}\n```"
    rows = [(code(str(key)), code(_value(value))) for key, value in settings.items()]
    if rows:
        yield table(("setting", "value"), rows)


def train_lines(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield how the dataset is trained: by fctune, and by the engine alone."""
    name, settings = str(manifest["name"]), manifest.get("settings") or {}
    files = manifest.get("files") or {}
    stages = [part for part in ("general_train", "toolcall_train") if f"{name}_{part}" in files]
    if not stages:
        yield "It has no rows to train on."
        return
    keys = {"dataset": f"{name}_{stages[-1]}", "template": settings.get("template")}
    if settings.get("cutoff_len"):
        keys["cutoff_len"] = settings["cutoff_len"]
    yield (
        "Two stages: "
        + " then ".join(code(f"{name}_{part}") for part in stages)
        + "; dev and test are for measuring."
        if len(stages) > 1
        else f"One stage: {code(f'{name}_{stages[0]}')}; dev and test are for measuring."
    )
    yield (
        "In a recipe of `configs/` set these, then `fctune train --recipe RECIPE --stage all`; the "
        "same keys stand in a YAML of `llamafactory-cli train`:"
    )
    lines = "\n".join(f"{key}: {value}" for key, value in keys.items() if value is not None)
    yield f"```yaml\ndataset_dir: .  # the folder of this card\n{lines}\n```"


def _command(manifest: Mapping[str, Any], settings: Mapping[str, Any]) -> Iterator[str]:
    yield "fctune prepare"
    sources = [str(one["file"]) for one in manifest.get("sources") or ()]
    for file in sources[:_SOURCES]:
        yield "-" if file == "stdin" else shlex.quote(" ".join(file.split("\n")))
    if len(sources) > _SOURCES:
        yield f"'... {len(sources) - _SOURCES} more'"
    yield f"--name {shlex.quote(str(manifest['name']))}"
    for key, value in settings.items():
        if value in (None, "", [], {}) or value == _DEFAULTS.get(key):
            continue
        if key in _WAYS:
            yield from _WAYS[key](value)
        elif isinstance(value, bool):
            yield _option(key) if value else _option(f"no_{key}")
        else:
            yield f"{_option(key)} {shlex.quote(_value(value))}"


def _distractors(value: Any) -> Iterator[str]:
    yield "--distractors"
    if isinstance(value, Mapping):
        if value.get("most"):
            yield f"--max-tools {value['most']}"
        if value.get("budget_tokens"):
            yield f"--tool-tokens {value['budget_tokens']}"
        if value.get("pool_fingerprint"):
            yield "--distractor-pool FILE"


def _near_dup(value: Any) -> Iterator[str]:
    yield "--near-dup"
    if isinstance(value, int | float) and value is not True:
        yield f"--near-dup-threshold {value}"


def _listed(option: str, value: Any) -> str:
    """Return an option that takes names with commas, or names with figures."""
    if isinstance(value, Mapping):
        text = ",".join(f"{key}={_value(one)}" for key, one in value.items())
    else:
        text = ",".join(map(_value, value)) if isinstance(value, list) else _value(value)
    return f"{option} {shlex.quote(text)}"


def _ratio(value: Any) -> str:
    return f"{value:g}:1" if isinstance(value, int | float) else str(value)


# Settings whose option has another form than `--name value`.
_WAYS: dict[str, Callable[[Any], Iterable[str]]] = {
    "tools_fingerprint": lambda value: ["--tools FILE"],
    "mapping_fingerprint": lambda value: ["--mapping FILE"],
    "format": lambda value: [
        f"--format {shlex.quote(value)}"
        if isinstance(value, str) and "@" not in value
        else "--format FILE"
    ],
    "strict": lambda value: ["--strict"] if value else [],
    "upsample": lambda value: ["--upsample"] if value else [],
    "switches": lambda value: [f"--switch {shlex.quote(f'{k}={v}')}" for k, v in value.items()],
    "redact": lambda value: ["--redact", _listed("--redact-kinds", value)],
    "prefix_rows": lambda value: ["--prefix-rows", f"--prefix-each {_value(value)}"],
    "distractors": _distractors,
    "near_dup": _near_dup,
    "hold_out_tools": lambda value: [_listed("--hold-out-tools", value)],
    "lessons": lambda value: [_listed("--lessons", value)],
    "mix": lambda value: [f"--mix {_ratio(value)}"],
}


def _option(key: str) -> str:
    return "--" + str(key).replace("_", "-")


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
