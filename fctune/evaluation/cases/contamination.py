"""Cases whose prompt stands in the training rows: what is right there may be memory, not skill.

Input: cases, and a training split or the manifest of a prepared dataset. Output: Contamination. A
prompt is all that the user says before the judged turn, without case, punctuation and spacing; it
stands in training where a model turn of a training row follows the same words. What only resembles
a training row is not counted: `fctune prepare` keeps that on one side of its splits.

Before: train asks "Where's my order 17?"; the case `a#1` asks "where is... " and `b#1` "Where s my
        order 17"
After:  Contamination(ids=("b#1",))
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xxhash import xxh3_64_intdigest as hashed

from fctune.conversations.hashes import words_in_all
from fctune.conversations.turns import Conversation, ModelTurn, UserTurn
from fctune.dataset.manifest import load_manifest
from fctune.engine.templates import ENGINE_ROLES
from fctune.errors import InputFault
from fctune.evaluation.cases.case_set import CaseSet, EvalCase
from fctune.issues import Accepted
from fctune.jsonl import STDIN, digest_of, read_rows

_USER = ENGINE_ROLES["user"]
_MANIFESTS = "*.manifest.json"
# More ids than these are told by their number.
_MOST_IDS = 200


@dataclass(frozen=True, slots=True)
class Contamination:
    """How many cases have a prompt that training has.

    Attributes:
        training: name of the training file.
        rows: training rows that were read.
        cases: cases with a prompt, which were looked up.
        ids: the cases whose prompt stands in training, in their order.
    """

    training: str
    rows: int
    cases: int
    ids: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the block `contamination` of results.json; at most 200 ids."""
        return {
            "training": self.training,
            "training_rows": self.rows,
            "cases": self.cases,
            "in_training": len(self.ids),
            "share": len(self.ids) / self.cases if self.cases else 0.0,
            "ids": list(self.ids[:_MOST_IDS]),
        }


def contamination_of(case_set: CaseSet, training: Path) -> Contamination:
    """Look the prompts of the cases up in a training split.

    Args:
        case_set: the cases.
        training: the split, or the manifest of `fctune prepare` that lists it.

    Raises:
        InputFault: it cannot be read, or holds no row.
    """
    split = training_split(training)
    prompts = {case.id: prompt for case in case_set.cases if (prompt := _prompt(case))}
    wanted = frozenset(prompts.values())
    seen: set[int] = set()
    rows = 0
    for conversation in training_rows(split):
        rows += 1
        seen.update(wanted.intersection(_prompts(conversation)))
    if not rows:
        raise InputFault(
            "holds no row that can be read, expected training rows",
            where=str(split),
            hint="give the training split that `fctune prepare` wrote",
        )
    ids = tuple(case_id for case_id, prompt in prompts.items() if prompt in seen)
    return Contamination(split.name, rows, len(prompts), ids)


def training_rows(split: Path) -> Iterator[Conversation]:
    """Yield the rows of a training split that can be read.

    Raises:
        InputFault: the file cannot be read.
    """
    from fctune.conversations.read import read_conversation

    for raw in read_rows(split):
        if raw.issue is None:
            verdict = read_conversation(raw.value, raw.origin)
            if isinstance(verdict, Accepted):
                yield verdict.value


def training_split(path: Path) -> Path:
    """Return the training split that a manifest lists; any other file is the split itself.

    Raises:
        InputFault: the manifest cannot be read, or lists none that stands beside it.
    """
    if path.suffix != ".json" or "manifest" not in path.name:
        return path
    file = path.parent / _train_in(load_manifest(path))
    if not file.is_file():
        raise InputFault(
            "names no training split that stands beside it",
            where=str(path),
            hint="give the training split itself: --train DIR/NAME_train.jsonl",
        )
    return file


def contamination_beside(case_set: CaseSet, data: Path) -> Contamination | None:
    """Look the cases up in the training split of the prepared dataset that they are of.

    Where its manifest says that no wording of these rows is in train, and neither file has changed
    since, no row is read.

    Args:
        case_set: the cases.
        data: their split. Its dataset is that of the manifest beside it that lists it.

    Returns:
        None where there is no such manifest, or no training split beside it.

    Raises:
        InputFault: the training split cannot be read.
    """
    manifest = _manifest_of(data)
    split = data.parent / _train_in(manifest) if manifest is not None else None
    if manifest is None or split is None or not split.is_file():
        return None
    if not _vouches(manifest, data, split):
        return contamination_of(case_set, split)
    asked = sum(_prompt(case) is not None for case in case_set.cases)
    return Contamination(split.name, int(manifest["splits"]["train"]), asked, ())


def _manifest_of(data: Path) -> Mapping[str, Any] | None:
    """Return the manifest beside a file that lists it."""
    for path in sorted(data.parent.glob(_MANIFESTS)) if data != STDIN else ():
        try:
            content = load_manifest(path)
        except InputFault:  # of a later version, or no manifest: nothing is known of the data
            continue
        if data.name in _files(content):
            return content
    return None


def _vouches(manifest: Mapping[str, Any], data: Path, split: Path) -> bool:
    """Tell whether a manifest says of these very files that they share no wording.

    A wording is the first thing that a row's user says, so that rows without a common one have no
    common prompt; where long rows were cut into windows, a row may begin in its middle.
    """
    try:
        files = {one["file"]: (name, one["digest"]) for name, one in manifest["files"].items()}
        part = files[data.name][0].removeprefix(f"{manifest['name']}_")
        shared = manifest["audit"]["leakage"][part]["wording"]["in_train"]
        whole = manifest["rows_added_by_windows"] == 0 and manifest["splits"]["train"] > 0
        same = all(digest_of(one) == files[one.name][1] for one in (data, split))
    except (KeyError, TypeError):  # a manifest of an earlier version says less
        return False
    return bool(whole and same and shared == 0)


def _files(manifest: Mapping[str, Any]) -> list[str]:
    files = manifest.get("files")
    entries = files.values() if isinstance(files, dict) else ()
    return [str(one["file"]) for one in entries if isinstance(one, dict) and "file" in one]


def _train_in(manifest: Mapping[str, Any]) -> str:
    """Return the name of the training file; "" where there is none."""
    files = manifest.get("files")
    written = files.get(f"{manifest.get('name')}_train") if isinstance(files, dict) else None
    return str(written.get("file", "")) if isinstance(written, dict) else ""


def _prompt(case: EvalCase) -> int | None:
    said = [one["content"] for one in case.messages if one["role"] == _USER]
    return _hash(words_in_all(said))


def _prompts(conversation: Conversation) -> Iterable[int]:
    """Yield what the user has said before each model turn."""
    said: list[str] = []
    for turn in conversation.turns:
        if isinstance(turn, UserTurn):
            said.append(turn.text)
        elif isinstance(turn, ModelTurn):
            prompt = _hash(words_in_all(said))
            if prompt is not None:
                yield prompt


def _hash(words: list[bytes]) -> int | None:
    """Return the hash of the words of some turns; None where there are no words."""
    return hashed(b"\0".join(words)) if any(words) else None
