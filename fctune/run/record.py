"""RunRecord: what was trained, from what, with what, and how it ended.

Written as `fctune_run.json` into the output folder before the engine starts (status `running`) and
again when it has ended. The engine does not mind: it refuses a folder without checkpoints only
where there are weights in it (llamafactory 0.9.5 hparams/parser.py:484-506, CHECKPOINT_NAMES).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from fctune.errors import InputFault
from fctune.jsonl import read_json, write_json

SCHEMA_VERSION = 1
RECORD_NAME = "fctune_run.json"
STATUSES = ("running", "done", "failed", "interrupted")


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of one stage.

    Attributes:
        recipe: name, file and sha256 of the recipe.
        stage: name of the stage.
        model: model_name_or_path as rendered.
        adapter: adapter_name_or_path as rendered, or None.
        template: the chat template.
        overrides: the `key=value` words of the command line.
        config: the rendered engine keys.
        config_sha256: of the rendered YAML, `train.yaml` beside the record.
        datasets: dataset name to file, digest, manifest, manifest_sha256, tools_fingerprint and
            thoughts.
        devices: kind and count.
        argv: the engine's command line.
        environment: variables that fctune set for the engine.
        versions: of fctune, Python and the packages that decide the result.
        status: one of STATUSES.
        started, ended: ISO times in UTC.
        exit_code: of the engine; negative where a signal ended it.
        steps: optimizer steps reached.
        steps_total: optimizer steps planned, where the engine came to say.
        resumed_from: the checkpoint that the run continued from.
        failure: the line that says why it failed.
        engine_pid, engine_started: of the engine's process, to tell a living run from a dead one.
    """

    recipe: Mapping[str, str]
    stage: str
    model: str
    adapter: str | None
    template: str
    overrides: tuple[str, ...]
    config: Mapping[str, Any]
    config_sha256: str
    datasets: Mapping[str, Mapping[str, Any]]
    devices: Mapping[str, Any]
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    versions: Mapping[str, str | None]
    status: str
    started: str
    ended: str | None = None
    exit_code: int | None = None
    steps: int | None = None
    steps_total: int | None = None
    resumed_from: str | None = None
    failure: str | None = None
    engine_pid: int | None = None
    engine_started: float | None = None
    schema_version: int = SCHEMA_VERSION

    def as_dict(self) -> dict[str, Any]:
        """Return the record as a JSON-ready object, schema_version first."""
        value = asdict(self)
        return {"schema_version": value.pop("schema_version"), **value}

    @property
    def is_alive(self) -> bool:
        """True while the engine's process of this very run exists."""
        if self.status != "running" or self.engine_pid is None:
            return False
        try:
            process = psutil.Process(self.engine_pid)
            started = self.engine_started
            same = started is None or abs(process.create_time() - started) < 2.0
            return bool(same and process.status() != psutil.STATUS_ZOMBIE)
        except psutil.Error:
            return False


class RecordBook:
    """Keeps the record of a living run on disk: written when made, and at each change."""

    def __init__(self, folder: Path, record: RunRecord) -> None:
        self.folder = folder
        self.record = record
        self._write()

    def engine_started(self, pid: int) -> None:
        """Note the engine's process."""
        try:
            created = float(psutil.Process(pid).create_time())
        except psutil.Error:
            created = None
        self.change(engine_pid=pid, engine_started=created)

    def change(self, **fields: Any) -> None:
        """Replace fields of the record and write it, atomically."""
        self.record = replace(self.record, **fields)
        self._write()

    def _write(self) -> None:
        write_json(self.folder / RECORD_NAME, self.record.as_dict())


def read_record(folder: Path) -> RunRecord | None:
    """Return the record of an output folder; None where there is none.

    Raises:
        InputFault: the file is not a record that this version can read.
    """
    path = folder / RECORD_NAME
    if not path.exists():
        return None
    value = read_json(path)
    hint = f"move it away: mv {path} {path}.old"
    if not isinstance(value, dict) or value.get("schema_version") != SCHEMA_VERSION:
        found = value.get("schema_version") if isinstance(value, dict) else type(value).__name__
        message = f"got schema_version {found!r}, expected {SCHEMA_VERSION}"
        raise InputFault(message, where=str(path), hint=hint)
    known = {name: value[name] for name in RunRecord.__dataclass_fields__ if name in value}
    known["overrides"] = tuple(known.get("overrides", ()))
    known["argv"] = tuple(known.get("argv", ()))
    try:
        return RunRecord(**known)
    except TypeError as fault:
        raise InputFault(f"not a run record: {fault}", where=str(path), hint=hint) from fault


def now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
