"""Cases whose prompt stands in the training rows: what is right there may be memory, not skill.

Input: cases, and the rows of a training split. Output: Contamination. A
prompt is all that the user says before the judged turn, without case, punctuation and spacing; it
stands in training where a model turn of a training row follows the same words. What only resembles
a training row is not counted: `fctune prepare` keeps that on one side of its splits.

Before: train asks "Where's my order 17?"; the case `a#1` asks "where is... " and `b#1` "Where s my
        order 17"
After:  Contamination(ids=("b#1",))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fctune.dataset.manifest import load_manifest
from fctune.engine.templates import ENGINE_ROLES
from fctune.errors import InputFault
from fctune.evaluation.cases.case_set import CaseSet, EvalCase
from fctune.evaluation.cases.training import TrainingRows, prompt_hash, read_training, train_in
from fctune.jsonl import STDIN, digest_of

if TYPE_CHECKING:
    from fctune.tools.mapping.spec import ToolMapping
    from fctune.tools.spec import ToolCatalog

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
        unread: training rows that could not be read, whose prompts nobody knows.
    """

    training: str
    rows: int
    cases: int
    ids: tuple[str, ...]
    unread: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the block `contamination` of results.json; at most 200 ids."""
        return {
            "training": self.training,
            "training_rows": self.rows,
            "training_rows_unread": self.unread,
            "cases": self.cases,
            "in_training": len(self.ids),
            "share": len(self.ids) / self.cases if self.cases else 0.0,
            "ids": list(self.ids[:_MOST_IDS]),
        }


def contamination_of(case_set: CaseSet, training: TrainingRows) -> Contamination:
    """Look the prompts of the cases up in the training rows."""
    prompts = {case.id: prompt for case in case_set.cases if (prompt := _prompt(case))}
    seen = frozenset(prompts.values()).intersection(training.prompts)
    ids = tuple(case_id for case_id, prompt in prompts.items() if prompt in seen)
    return Contamination(
        training.split.name, training.rows, len(prompts), ids, unread=training.unread
    )


def contamination_beside(
    case_set: CaseSet,
    data: Path,
    *,
    tools: ToolCatalog | None = None,
    mapping: ToolMapping | None = None,
) -> Contamination | None:
    """Look the cases up in the training split of the prepared dataset that they are of.

    Where its manifest says that no wording of these rows is in train, and neither file has changed
    since, no row is read.

    Args:
        case_set: the cases.
        data: their split. Its dataset is that of the manifest beside it that lists it.
        tools: as in `read_training`.
        mapping: as there.

    Returns:
        None where there is no such manifest, or no training split beside it.

    Raises:
        InputFault: the training split cannot be read.
    """
    manifest = _manifest_of(data)
    split = data.parent / train_in(manifest) if manifest is not None else None
    if manifest is None or split is None or not split.is_file():
        return None
    if not _vouches(manifest, data, split):
        return contamination_of(case_set, read_training(split, tools=tools, mapping=mapping))
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


def _prompt(case: EvalCase) -> int | None:
    said = [one["content"] for one in case.messages if one["role"] == _USER]
    return prompt_hash(said)
