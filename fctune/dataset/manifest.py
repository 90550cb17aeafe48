"""DatasetManifest: what a dataset was made of, with what settings, and where every row went.

Written as `<name>.manifest.json` beside the dataset. The invariant read = kept + rejected +
deduplicated is checked when a manifest is made. It holds no time and no absolute path, so that the
same input, settings and seed give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from fctune.errors import InputFault
from fctune.jsonl import read_json

SCHEMA_VERSION = 2


@dataclass(frozen=True, slots=True)
class SourceCount:
    """The accounts of one raw file."""

    file: str
    digest: str
    read: int
    kept: int
    rejected: int
    deduplicated: int


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One file of the dataset, by its name in dataset_info.json; the digest is `blake3:...`."""

    file: str
    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class DatasetManifest:
    """The accounts of one dataset.

    Attributes:
        name: the dataset's name; its files and registry entries start with it.
        fctune_version: the version that wrote it.
        read, kept, rejected, deduplicated: rows; read is the sum of the other three.
        repaired: kept rows with at least one repair.
        rows_added_by_windows: rows beyond the kept ones, where long rows became several.
        splits: rows per split, windows counted singly.
        lessons: rows per lesson and split.
        rejects_by_code, repairs_by_code, warnings_by_code: rows per issue code.
        mix: general rows per call row, asked and reached, and the rows of both stages.
        lengths: tokens per row where they were measured, else None.
        largest_group: rows tied together by shared wording.
        tools: tool name to the number of calls in kept rows.
        catalog: the tools that the rows show, with fingerprints; see `fctune.dataset.tools_used`.
        settings: the options that shaped the dataset.
        sources: the raw files.
        files: registry name to written file.
        mapped_calls: calls of an API in kept rows that a mapping wrote as model-facing ones.
        audit: findings over the whole set: leakage, balance, contradictions and the like.
    """

    name: str
    fctune_version: str
    read: int
    kept: int
    rejected: int
    deduplicated: int
    repaired: int
    rows_added_by_windows: int
    splits: Mapping[str, int]
    lessons: Mapping[str, Mapping[str, int]]
    rejects_by_code: Mapping[str, int]
    repairs_by_code: Mapping[str, int]
    warnings_by_code: Mapping[str, int]
    mix: Mapping[str, Any]
    lengths: Mapping[str, Any] | None
    largest_group: int
    tools: Mapping[str, int]
    catalog: Mapping[str, Any]
    settings: Mapping[str, Any]
    sources: tuple[SourceCount, ...]
    files: Mapping[str, WrittenFile]
    mapped_calls: int = 0
    audit: Mapping[str, Any] = field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        """Check that every row is accounted for.

        Raises:
            AssertionError: a row was lost; that is a defect of fctune, never of the input.
        """
        if self.read != self.kept + self.rejected + self.deduplicated:
            raise AssertionError(
                f"{self.read} rows read, but {self.kept} kept + {self.rejected} rejected "
                f"+ {self.deduplicated} deduplicated"
            )

    def as_dict(self) -> dict[str, Any]:
        """Return the manifest as a JSON-ready object, schema_version first."""
        # Not `asdict` of the whole, which copies all of the catalogue.
        value = {one.name: getattr(self, one.name) for one in fields(self)}
        value["sources"] = tuple(map(asdict, self.sources))
        value["files"] = {name: asdict(file) for name, file in self.files.items()}
        return {"schema_version": value.pop("schema_version"), **value}


def load_manifest(path: Path) -> Mapping[str, Any]:
    """Return a manifest's JSON object.

    Raises:
        InputFault: it cannot be read, or is of a later schema than this version knows.
    """
    value = read_json(path)
    version = value.get("schema_version") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(version, int) or version > SCHEMA_VERSION:
        raise InputFault(
            f"got schema_version {version!r}, expected at most {SCHEMA_VERSION}",
            where=str(path),
            hint="prepare the dataset again, or update fctune",
        )
    return value
