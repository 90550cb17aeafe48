"""Resuming: a predictor whose answers outlive its process.

Input: any Predictor, a folder and a fingerprint of all that decides an answer. Output: the same
predictions, each written to a journal in the folder before it is handed on. A run that was broken
off, by kill -9 too, is gone on with: only the cases that the journal does not answer are asked.

A folder is one run's at a time: a second one is refused while the first lives. Without `resume` a
journal that holds answers is not written over, since they may have taken hours. A run that comes to
no answer leaves neither journal nor folder behind.

The journal is JSON Lines: first the fingerprint, then a line for each prediction. A last line that
was torn is left out. A journal of another fingerprint is refused, since its answers are those of
another model, split or setting. Answers with an error are asked again.

A run that ends with all cases answered removes its journal. One that ends with an error among them
keeps it, with a last line that says that its results are written, so that `resume` asks only those
cases; such a journal protects nothing, and a run without `resume` begins anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from filelock import FileLock, Timeout

from fctune.errors import EnvironmentFault, InputFault
from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.local.resume_rows import prediction_of, row_of
from fctune.evaluation.predict import Prediction, Predictor

JOURNAL = "predictions.journal.jsonl"
SCHEMA_VERSION = 1
_SHOWN = 3
_OWNER = f".{JOURNAL}.lock"
_FINISHED = {"finished": True}
_NEW_RUN = "remove the file to ask all cases anew, or give another --out"


class Resuming:
    """Asks only what no broken run has answered.

    All refusals but that of a full disk come when it is made and by `check_cases`, before a model
    is loaded. Nothing is written over until the first answer is there.

    Args:
        folder: of the journal; made where absent.
        fingerprint: JSON-ready, of all that decides an answer.
        resume: go on with a journal that is there; else there must be none with answers.

    Raises:
        InputFault: the journal is of another fingerprint, cannot be read, or holds answers that
            are not gone on with.
        EnvironmentFault: another run writes into the folder, or it cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        fingerprint: Mapping[str, Any],
        *,
        resume: bool,
    ) -> None:
        self.path = folder / JOURNAL
        self._fingerprint = json.loads(json.dumps(fingerprint))
        self._rows: dict[str, dict[str, Any]] = {}
        self._answered: set[str] = set()
        self._open: set[str] = set()
        self._own = False  # the journal was begun here
        self._made = [one for one in (folder, *folder.parents) if not one.exists()]
        self._lock = _locked(folder)
        try:
            if resume and self.path.is_file():
                self._rows = self._read()
                self._answered = set(self._rows)
                self._begun = True
            else:
                self._refuse_answers()
                self._begun = False
        except BaseException:
            self.leave()
            raise

    @property
    def ended(self) -> bool:
        """Whether it was finished or left."""
        return not self._lock.is_locked

    def recorded(self, cases: Sequence[EvalCase]) -> int:
        """Return how many of the cases the journal answers by now."""
        return sum(case.id in self._answered for case in cases)

    @property
    def unanswered(self) -> int:
        """How many of the cases that were asked have no answer, or one that is an error."""
        return len(self._open)

    def check_cases(self, cases: Sequence[EvalCase]) -> None:
        """Refuse cases that are not those that were recorded.

        Raises:
            InputFault: a case was recorded with another prompt.
        """
        for case in cases:
            row = self._rows.get(case.id)
            if row is not None and row["prompt"] != prompt_digest(case):
                raise InputFault(
                    f"case {case.id!r} has another prompt than the recorded one",
                    where=str(self.path),
                    hint=_NEW_RUN,
                )

    def predict(self, predictor: Predictor, cases: Sequence[EvalCase]) -> Iterator[Prediction]:
        """Yield the recorded predictions first, then those that are asked for now.

        Args:
            predictor: who is asked.
            cases: those of the run, which `check_cases` has let pass.
        """
        self._open = {case.id for case in cases} - self._answered
        for case in cases:
            if case.id in self._rows:
                yield prediction_of(self._rows[case.id])
        if missing := [case for case in cases if case.id not in self._rows]:
            yield from self._ask(predictor, missing)

    def finish(self) -> None:
        """End the journal, once the files of the run are written: remove it if all is answered."""
        if self._open:
            with self.path.open("a", encoding="utf-8") as stream:
                _append(stream, _FINISHED)
        else:
            self.path.unlink(missing_ok=True)
        self._own = False
        self.leave()

    def leave(self) -> None:
        """Let other runs write into the folder; a journal with answers stays.

        One of this run that holds none is removed, and so are empty folders that it made.
        """
        if self.ended:
            return
        if self._own and not self._answered:
            self.path.unlink(missing_ok=True)
        with suppress(OSError):  # Windows removes no file that is open
            # Before the release: another run may hold the file after it.
            Path(self._lock.lock_file).unlink(missing_ok=True)
        self._lock.release()
        with suppress(OSError):  # one holds the journal
            for folder in self._made:
                folder.rmdir()

    def _refuse_answers(self) -> None:
        if self.path.is_file() and _protects(self.path.read_bytes()):
            raise InputFault(
                "holds the answers of a run that was broken off",
                where=str(self.path),
                hint="add --resume to go on with them, or remove the file to ask all cases anew",
            )

    def _ask(self, predictor: Predictor, cases: Sequence[EvalCase]) -> Iterator[Prediction]:
        digests = {case.id: prompt_digest(case) for case in cases}
        if not self._begun:
            head = {"schema_version": SCHEMA_VERSION, "fingerprint": self._fingerprint}
            self.path.write_text(f"{json.dumps(head)}\n", encoding="utf-8")
            self._begun = self._own = True
        with self.path.open("a", encoding="utf-8") as stream:
            for prediction in predictor.predict(cases):
                _append(stream, row_of(prediction, digests[prediction.case_id]))
                if prediction.finish_reason != "error":
                    self._answered.add(prediction.case_id)
                    self._open.discard(prediction.case_id)
                yield prediction

    def _read(self) -> dict[str, dict[str, Any]]:
        """Return the rows by case id, and cut a torn last line off the file."""
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        lines = whole.decode("utf-8", errors="replace").splitlines()
        if not lines:
            raise InputFault("is empty, expected a journal", where=str(self.path), hint=_NEW_RUN)
        self._check_fingerprint(_parsed(self.path, 1, lines[0]))
        rows = [_parsed(self.path, number, line) for number, line in enumerate(lines[1:], 2)]
        rows = [row for row in rows if row != _FINISHED]
        if len(whole) < len(content):
            os.truncate(self.path, len(whole))
        return {row["id"]: row for row in rows if row.get("finish_reason") != "error"}

    def _check_fingerprint(self, head: Mapping[str, Any]) -> None:
        if head.get("schema_version") != SCHEMA_VERSION:
            raise InputFault(
                f"got schema_version {head.get('schema_version')!r}, expected {SCHEMA_VERSION}",
                where=f"{self.path}:1",
                hint=_NEW_RUN,
            )
        found = dict(_leaves(head.get("fingerprint")))
        wanted = dict(_leaves(self._fingerprint))
        other = sorted(
            key for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key)
        )
        if other:
            named = ", ".join(
                f"{key} was {found.get(key)!r}, is {wanted.get(key)!r}" for key in other[:_SHOWN]
            )
            more = f" and {len(other) - _SHOWN} more" if len(other) > _SHOWN else ""
            raise InputFault(
                f"cannot be resumed, as something that decides the answers changed: {named}{more}",
                where=str(self.path),
                hint=_NEW_RUN,
            )


def _protects(content: bytes) -> bool:
    """Tell whether a journal holds answers that stand nowhere else."""
    rows = []
    for line in content[: content.rfind(b"\n") + 1].splitlines()[1:]:
        with suppress(ValueError):
            rows.append(json.loads(line))
    reasons = {row.get("finish_reason", "error") for row in rows if isinstance(row, dict)}
    return bool(reasons - {"error"}) and rows[-1] != _FINISHED


def _locked(folder: Path) -> FileLock:
    """Return the lock on a folder of results, which a process that dies gives back."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / _OWNER, timeout=0)
        lock.acquire()
    except Timeout as fault:
        raise EnvironmentFault(
            "another run writes into this folder", where=str(folder), hint="give another --out"
        ) from fault
    except OSError as fault:
        raise EnvironmentFault(
            f"cannot be written: {fault.strerror}", where=str(folder), hint="give another --out"
        ) from fault
    return lock


def prompt_digest(case: EvalCase) -> str:
    """Return a sha256 over all that the prompt of a case is made from."""
    content = json.dumps([case.system, case.tools, list(case.messages)])
    return hashlib.sha256(content.encode()).hexdigest()


def _append(stream: TextIO, row: Mapping[str, Any]) -> None:
    # Escaped: half of a surrogate pair, as a model may write it, is no UTF-8.
    stream.write(f"{json.dumps(row)}\n")
    stream.flush()


def _parsed(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        value = None
    no_answer = number > 1 and isinstance(value, dict) and value != _FINISHED and "id" not in value
    if not isinstance(value, dict) or no_answer:
        raise InputFault("is no line of a journal", where=f"{path}:{number}", hint=_NEW_RUN)
    return value


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{place}.{key}" if place else str(key))
    else:
        yield place, value
