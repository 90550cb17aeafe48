"""The fingerprint of a run: all that decides an answer, small enough to be compared.

Input: checkpoint and decoding, or whatever names a server and what it is asked with. Output: a
JSON-ready object. Weights are known by size and time of change, since reading them all would take
as long as loading them; small files by their sha256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from fctune import __version__

_SMALL_BYTES = 4 * 1024 * 1024
# Of a model, an adapter or a tokenizer; logs and results beside them decide nothing.
_DECIDING = (".safetensors", ".bin", ".json", ".model", ".txt", ".jinja", ".py")
_IGNORED = ("trainer_state.json", "all_results.json", "train_results.json", "fctune_run.json")


def fingerprint_of_run(
    *,
    split_sha256: str,
    template: str,
    checkpoint: Path | None = None,
    base: str = "",
    decoding: Any = None,
    settings: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the fingerprint of a run.

    Args:
        split_sha256: of the split's bytes.
        template: the engine template, or the call format.
        checkpoint: model or adapter folder of a local run.
        base: the base of an adapter, a folder or an id.
        decoding: a dataclass of options; how cases are batched is left out, as it decides nothing.
        settings: of a server: its address, the model's name, what is sent with each request.
    """
    options = asdict(decoding) if is_dataclass(decoding) and not isinstance(decoding, type) else {}
    for name in ("batch_tokens", "share_prefix"):
        options.pop(name, None)
    files = {} if checkpoint is None else files_of(checkpoint)
    if checkpoint is not None and base and Path(base).is_dir() and Path(base) != checkpoint:
        files |= {f"base/{name}": known for name, known in files_of(Path(base)).items()}
    return {
        "fctune": __version__,
        "split": split_sha256,
        "template": template,
        "base": base,
        "files": files,
        "decoding": options,
        "settings": dict(settings or {}),
    }


def files_of(folder: Path) -> dict[str, str]:
    """Return what the files of a model are known by: name to sha256, or to size and time."""
    known = {}
    for path in sorted(folder.iterdir()):
        if path.suffix not in _DECIDING or path.name in _IGNORED or not path.is_file():
            continue
        facts = path.stat()
        if facts.st_size <= _SMALL_BYTES:
            known[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            known[path.name] = f"{facts.st_size} bytes, {facts.st_mtime_ns}"
    return known
