"""Cases from the files of BFCL: questions, the possible answers beside them, and recorded results.

Input: a question file such as `BFCL_v4_live_simple.json`, or a folder of them; possible answers are
looked for beside it. Output: CaseSet, each case with all accepted values and with what the mode
`bfcl` judges by. Single-turn categories only: the others are judged by running their tools.

Before: {"id": "simple_0", "question": [[user]], "function": [...]}
        {"id": "simple_0", "ground_truth": [{"now": {"city": ["Oslo", "oslo"], "zone": [""]}}]}
After:  EvalCase("simple_0", calls=(now({"city": "Oslo"}),), accepted=(city: Oslo or oslo; zone
        may be left out), bfcl={"category": "simple", ...})
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fctune.errors import InputFault
from fctune.evaluation.bfcl.gold import accepted_of, gold_call
from fctune.evaluation.bfcl.rules import gold_calls, language_of
from fctune.evaluation.bfcl.source_text import asking_for_text
from fctune.evaluation.cases.case_set import CaseSet, Decision, EvalCase
from fctune.evaluation.cases.public import (
    Gathered,
    Gold,
    case_of,
    first_row,
    read_raw,
    rejected,
)
from fctune.issues import Rejected
from fctune.jsonl import RawRow, read_rows, sha256_of
from fctune.patterns import regex

NAME = "bfcl"
_NUMBERS = regex(r"_\d+(-\d+)*$")
_FILE = regex(r"^BFCL_v\d+_(?P<category>.+?)\.jsonl?(\.gz)?$")
_NOT_SINGLE = ("multi_turn", "memory", "web_search", "format_sensitivity")


def detect(path: Path) -> str | None:
    """Return `bfcl` for a question file of BFCL or a folder of them, else None.

    Files of several turns are told as well, so that reading them says what they are.

    Raises:
        InputFault: the file cannot be opened.
    """
    if path.is_dir():
        return NAME if _files(path) else None
    row = first_row(path)
    if row is None or not isinstance(row.get("question"), list):
        return None
    if "function" not in row and "involved_classes" not in row:
        return None
    return NAME if isinstance(row.get("id"), str) else None


def read_cases(
    path: Path,
    *,
    template: str = "qwen",
    answers: Path | None = None,
    underscore_to_dot: bool = False,
) -> CaseSet:
    """Read the cases of one question file, or of all single-turn files of a folder.

    Args:
        path: the file or folder.
        template: the engine template, which says how parallel results are joined.
        answers: file or folder of possible answers; default: beside the questions.
        underscore_to_dot: the answers come from a server that had `.` in names written as `_`.

    Raises:
        InputFault: a file cannot be read, is of a category that is not single-turn, has no
            possible answers where some are needed, or gives no case.
    """
    files = _files(path) if path.is_dir() else [path]
    gathered = Gathered()
    digest = hashlib.sha256()
    for file in files:
        _read_file(file, _answers_of(file, answers), gathered, (template, underscore_to_dot))
        digest.update(sha256_of(file).encode())
    sha256 = sha256_of(path) if path.is_file() else digest.hexdigest()
    return gathered.case_set(path, sha256)


def category_of(key: str) -> str:
    """Return the category that an id names.

    >>> category_of("live_multiple_689-164-5"), category_of("simple_python_3")
    ('live_multiple', 'simple_python')
    """
    return _NUMBERS.sub("", key)


def _files(folder: Path) -> list[Path]:
    """Return the single-turn question files of a folder."""
    named = [(path, _FILE.match(path.name)) for path in sorted(folder.iterdir()) if path.is_file()]
    return [
        path
        for path, found in named
        if found is not None and not found["category"].startswith(_NOT_SINGLE)
    ]


def _answers_of(file: Path, given: Path | None) -> dict[str, Any]:
    """Return the possible answers of a question file, by id; empty where there are none."""
    plain = "possible_answer_" + re.sub(r"^BFCL_v\d+_", "", file.name)
    folder = file.parent if given is None else given
    places = [folder / "possible_answer" / file.name, folder / file.name, folder / plain]
    if given is not None and given.is_file():
        places = [given]
    found = next((place for place in places if place.is_file() and place != file), None)
    if found is None:
        if given is not None:
            raise InputFault(f"holds no possible answers of {file.name}", where=str(given))
        return {}
    return {
        raw.value["id"]: raw.value["ground_truth"]
        for raw in read_rows(found)
        if raw.issue is None
        and isinstance(raw.value, Mapping)
        and {"id", "ground_truth"} <= raw.value.keys()
    }


def _read_file(
    file: Path, answers: dict[str, Any], gathered: Gathered, how: tuple[str, bool]
) -> None:
    def read(row: Mapping[str, Any], raw: RawRow) -> EvalCase | Rejected | None:
        return _read_row(row, raw, answers, how)

    for raw in read_rows(file):
        gathered.rows += 1
        gathered.add(read_raw(raw, read))


def _read_row(
    row: Mapping[str, Any], raw: RawRow, answers: dict[str, Any], how: tuple[str, bool]
) -> EvalCase | Rejected | None:
    key, question, tools = row.get("id"), row.get("question"), row.get("function")
    if not isinstance(key, str) or not isinstance(question, list) or not question:
        return None
    category = category_of(key)
    if category.startswith(_NOT_SINGLE) or (len(question) > 1 and isinstance(question[0], list)):
        found = f"got the category {category}, expected one of a single turn"
        return rejected(raw, "row-without-answer", found)
    messages = question[0] if isinstance(question[0], list) else question
    tools = tools if isinstance(tools, list) else [tools]
    answer = row.get("ground_truth", answers.get(key))
    golds = gold_calls(answer) if isinstance(answer, list) else []
    if not golds and "relevance" not in category:
        found = f"got no possible answer of {key}: none in the row, none beside the file"
        return rejected(raw, "row-without-answer", found)
    language = language_of(category)
    seen = [asking_for_text(tool, language) for tool in tools] if language else tools
    gold = Gold(
        id=key,
        lesson=category,
        calls=tuple(gold_call(one, tools, language) for one in golds),
        decision=Decision.REFUSE if "irrelevance" in category else Decision.CALL,
        accepted=tuple(accepted_of(one, tools, language) for one in golds),
        tags=(f"category:{category}", "source:bfcl"),
        bfcl={
            "category": category,
            "possible_answer": answer if isinstance(answer, list) else [],
            "tools": tools,
            "underscore_to_dot": how[1],
        },
    )
    return case_of(messages, seen, gold, raw.origin, how[0])
