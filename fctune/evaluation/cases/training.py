"""The rows that a model was trained on: what they call, and what they are asked.

Input: a training split, or the manifest of a prepared dataset. Output: TrainingRows, read in one
pass for the long tail and for contamination. Rows that cannot be read are counted.

Before: {"conversations": [human "Where is order 17?", function_call track, observation, gpt], ...}
After:  TrainingRows(rows=1, unread=0, calls={"track": 1}, prompts=[hash of "where is order 17"])
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_64_intdigest as hashed

from fctune.conversations.hashes import words_in_all
from fctune.conversations.turns import Conversation, ModelTurn, UserTurn
from fctune.dataset.manifest import load_manifest
from fctune.errors import InputFault
from fctune.issues import Accepted
from fctune.jsonl import read_rows

if TYPE_CHECKING:
    from fctune.tools.mapping.spec import ToolMapping
    from fctune.tools.spec import ToolCatalog


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """What the rows of a training split hold.

    Attributes:
        split: the file.
        rows: rows that were read.
        unread: rows that could not be read; nothing is known of their calls and prompts.
        calls: tool to the number of its calls.
        prompts: `prompt_hash` of what was said before each model turn, 64 bits each.
    """

    split: Path
    rows: int
    unread: int
    calls: Mapping[str, int]
    prompts: Sequence[int]


def read_training(
    path: Path, *, tools: ToolCatalog | None = None, mapping: ToolMapping | None = None
) -> TrainingRows:
    """Read a training split.

    Args:
        path: the split, or the manifest of `fctune prepare` that lists it.
        tools: tools of rows that bring none; without them such a row that makes a call is unread.
        mapping: writes calls and tools of an API as the model-facing ones; its tools are those of
            rows that bring none, where no others are given.

    Raises:
        InputFault: it cannot be read, or holds no row that can be read.
    """
    split = training_split(path)
    if tools is None and mapping is not None and mapping.catalog.specs:
        tools = mapping.catalog
    calls: Counter[str] = Counter()
    prompts = array("Q")
    rows = unread = 0
    for conversation in _conversations(split, tools, mapping):
        if conversation is None:
            unread += 1
            continue
        rows += 1
        calls.update(call.name for call in conversation.calls)
        prompts.extend(_prompts(conversation))
    if not rows:
        raise InputFault(
            "holds no row that can be read, expected training rows",
            where=str(split),
            hint="give the training split that `fctune prepare` wrote",
        )
    return TrainingRows(split, rows, unread, dict(calls), prompts)


def training_split(path: Path) -> Path:
    """Return the training split that a manifest lists; any other file is the split itself.

    Raises:
        InputFault: the manifest cannot be read, or lists none that stands beside it.
    """
    if path.suffix != ".json" or "manifest" not in path.name:
        return path
    file = path.parent / train_in(load_manifest(path))
    if not file.is_file():
        raise InputFault(
            "names no training split that stands beside it",
            where=str(path),
            hint="give the training split itself: --train DIR/NAME_train.jsonl",
        )
    return file


def train_in(manifest: Mapping[str, Any]) -> str:
    """Return the name of a manifest's training file; "" where there is none."""
    files = manifest.get("files")
    written = files.get(f"{manifest.get('name')}_train") if isinstance(files, dict) else None
    return str(written.get("file", "")) if isinstance(written, dict) else ""


def prompt_hash(said: Sequence[str]) -> int | None:
    """Return the hash of what a user has said, without case, marks and spacing.

    Returns:
        None where that has no words.
    """
    words = words_in_all(said)
    return hashed(b"\0".join(words)) if any(words) else None


def _conversations(
    split: Path, tools: ToolCatalog | None, mapping: ToolMapping | None
) -> Iterator[Conversation | None]:
    """Yield the rows of a split; None for one that cannot be read."""
    # Late, since a recording needs no reader of conversations.
    from fctune.conversations.read import read_conversation

    for raw in read_rows(split):
        if raw.issue is not None:
            yield None
            continue
        verdict = read_conversation(raw.value, raw.origin, tools=tools, mapping=mapping)
        yield verdict.value if isinstance(verdict, Accepted) else None


def _prompts(conversation: Conversation) -> Iterable[int]:
    """Yield what the user has said before each model turn."""
    said: list[str] = []
    for turn in conversation.turns:
        if isinstance(turn, UserTurn):
            said.append(turn.text)
        elif isinstance(turn, ModelTurn):
            prompt = prompt_hash(said)
            if prompt is not None:
                yield prompt
