"""The datasets of a run: registered, there, and unchanged since they were prepared.

Input: the rendered engine keys. Output: DatasetFile per name for the run record, problems and
warnings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fctune.dataset.manifest import load_manifest
from fctune.dataset.registry import REGISTRY, registered
from fctune.engine.arguments import nearest
from fctune.errors import InputFault
from fctune.jsonl import digest_of, sha256_of
from fctune.recipe.problems import Problem

_PREPARE = "fctune prepare RAW... --name NAME"


@dataclass(frozen=True, slots=True)
class DatasetFile:
    """One dataset of a run.

    Attributes:
        name: in dataset_info.json.
        file: path of its rows; empty where it is not a local file.
        digest: of the file, as `blake3:` and hexadecimal digits.
        manifest: path of the manifest that lists it; empty where there is none.
        manifest_sha256: of that file.
        tools_fingerprint: of the tools that its rows show, as the manifest tells it; empty where
            the manifest is of an earlier version or there is none.
        thoughts: `keep` or `remove`, what `fctune prepare` did with them; empty as before.
    """

    name: str
    file: str = ""
    digest: str = ""
    manifest: str = ""
    manifest_sha256: str = ""
    tools_fingerprint: str = ""
    thoughts: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the entry of the run record, without the name."""
        return {
            "file": self.file or None,
            "digest": self.digest or None,
            "manifest": self.manifest or None,
            "manifest_sha256": self.manifest_sha256 or None,
            "tools_fingerprint": self.tools_fingerprint or None,
            "thoughts": self.thoughts or None,
        }


@dataclass(frozen=True, slots=True)
class DatasetCheck:
    """What was found about the datasets of a run."""

    files: tuple[DatasetFile, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]


def check_datasets(keys: Mapping[str, Any]) -> DatasetCheck:
    """Check every training and evaluation dataset of a rendered stage."""
    folder_text = str(keys.get("dataset_dir", "data"))
    names = [
        name.strip()
        for key in ("dataset", "eval_dataset")
        for name in str(keys.get(key) or "").split(",")
        if name.strip()
    ]
    if folder_text == "ONLINE" or folder_text.startswith("REMOTE:"):
        files = tuple(DatasetFile(name) for name in names)
        warning = f"datasets come from {folder_text}: what is trained on cannot be checked"
        return DatasetCheck(files, (), (warning,))
    folder = Path(folder_text)
    try:
        entries = registered(folder)
        manifests = _manifests(folder)
    except InputFault as fault:
        problem = Problem(fault.where, fault.message, fault.hint)
        return DatasetCheck((), (problem,), ())
    found: list[DatasetFile] = []
    problems: list[Problem] = []
    warnings: list[str] = []
    for name in dict.fromkeys(names):
        if name not in entries:
            problems.append(_unregistered(name, folder, entries))
        else:
            found.append(_check_one(name, folder, entries[name], manifests, problems, warnings))
    return DatasetCheck(tuple(found), tuple(problems), tuple(warnings))


def _unregistered(name: str, folder: Path, entries: Mapping[str, Any]) -> Problem:
    registry = folder / REGISTRY
    if not registry.exists():
        return Problem(str(registry), f"no such file; dataset {name} is not registered", _PREPARE)
    close = nearest(name, entries)
    hint = f"did you mean {close}?" if close else _PREPARE
    return Problem(str(registry), f"dataset {name} is not registered", hint)


@dataclass(frozen=True, slots=True)
class _Listed:
    """What a manifest tells of one of its datasets."""

    manifest: Path
    digest: str
    tools_fingerprint: str
    thoughts: str


def _manifests(folder: Path) -> dict[str, _Listed]:
    """Return dataset name to what the manifest that lists it tells."""
    listed: dict[str, _Listed] = {}
    for path in sorted(folder.glob("*.manifest.json")):
        manifest = load_manifest(path)
        files, catalog = manifest.get("files"), manifest.get("catalog")
        tools = str(catalog.get("fingerprint", "")) if isinstance(catalog, dict) else ""
        settings = manifest.get("settings")
        thoughts = str(settings.get("thoughts") or "") if isinstance(settings, dict) else ""
        for name, written in (files if isinstance(files, dict) else {}).items():
            if isinstance(written, dict):
                listed[name] = _Listed(path, str(written.get("digest", "")), tools, thoughts)
    return listed


def _check_one(
    name: str,
    folder: Path,
    entry: Any,
    manifests: Mapping[str, _Listed],
    problems: list[Problem],
    warnings: list[str],
) -> DatasetFile:
    file_name = entry.get("file_name") if isinstance(entry, dict) else None
    if not isinstance(file_name, str):
        warnings.append(f"dataset {name} is no local file: what is trained on cannot be checked")
        return DatasetFile(name)
    path = folder / file_name
    if not path.is_file():
        if not path.is_dir():
            problems.append(Problem(str(path), f"no such file, dataset {name} needs it", _PREPARE))
        return DatasetFile(name, str(path))
    found = digest_of(path)
    if name not in manifests:
        warnings.append(f"{path} has no manifest: it was not made by fctune prepare")
        return DatasetFile(name, str(path), found)
    listed = manifests[name]
    if found != listed.digest:
        message = (
            f"changed since {listed.manifest}: got {found[:19]}, "
            f"expected {listed.digest[:19] or 'a digest, which this older manifest has not'}"
        )
        problems.append(Problem(str(path), message, f"prepare it again: {_PREPARE}"))
    return DatasetFile(
        name=name,
        file=str(path),
        digest=found,
        manifest=str(listed.manifest),
        manifest_sha256=sha256_of(listed.manifest),
        tools_fingerprint=listed.tools_fingerprint,
        thoughts=listed.thoughts,
    )
