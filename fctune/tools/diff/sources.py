"""The two sides of a comparison: a tool file, a dataset's manifest, or a training run.

Input: a path. Output: a Side: the tools, further versions of them where rows bring their own, and
tools that are known by their fingerprint alone. A manifest holds fingerprints; the schemas are
read from the dataset's rows beside it, and only those count whose fingerprint is the manifest's.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fctune.errors import InputFault
from fctune.issues import Issue, Severity
from fctune.jsonl import read_json, read_rows
from fctune.tools.diff.compare import CatalogDiff, Change, by_gravity, diff_catalogs, diff_tool
from fctune.tools.diff.values import shown
from fctune.tools.read import load_catalog, parse_catalog
from fctune.tools.spec import ToolCatalog, ToolSpec

MANIFEST_SUFFIX = ".manifest.json"
RUN_RECORD = "fctune_run.json"
_SCHEMA_VERSION = 2


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Attributes:
        label: how the user named it.
        catalog: the tools, one version of each.
        others: tool name to its further versions.
        unseen: tool name to the fingerprints of versions whose schema is not at hand.
        ordered: whether the tools have one order.
        issues: tools of a file that cannot be used, and why.
    """

    label: str
    catalog: ToolCatalog
    others: Mapping[str, tuple[ToolSpec, ...]] = field(default_factory=dict)
    unseen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ordered: bool = True
    issues: tuple[Issue, ...] = ()

    def versions(self, name: str) -> tuple[ToolSpec, ...]:
        """Return all versions of a tool whose schema is at hand."""
        first = self.catalog.get(name)
        return () if first is None else (first, *self.others.get(name, ()))

    @property
    def names(self) -> frozenset[str]:
        """The names of all tools, those without a schema included."""
        return frozenset(self.catalog.names) | self.unseen.keys()

    def only(self, names: Container[str]) -> Side:
        """Return the side of some tools alone."""
        return replace(
            self,
            catalog=ToolCatalog(tuple(spec for spec in self.catalog if spec.name in names)),
            unseen={name: prints for name, prints in self.unseen.items() if name in names},
        )


def load_side(path: Path) -> Side:
    """Return the tools of a tool file, of `NAME.manifest.json`, or of a training run.

    Args:
        path: a file, or the output folder of a run, which holds `fctune_run.json`.

    Raises:
        InputFault: it cannot be read, or holds no tools.
    """
    if path.is_dir():
        path = _record_in(path)
    if path.name == RUN_RECORD:
        return _run_side(path)
    if path.name.endswith(MANIFEST_SUFFIX):
        return manifest_side(path)
    catalog, issues = load_catalog(path)
    errors = tuple(found for found in issues if found.severity is Severity.ERROR)
    if not catalog.specs:
        message, hint = "holds no tool that can be used", f"fctune tools check {path}"
        raise InputFault(message, where=str(path), hint=hint)
    return Side(str(path), catalog, issues=errors)


def manifest_side(path: Path) -> Side:
    """Return the tools that a dataset taught.

    Raises:
        InputFault: it is no manifest that this version can read, or its rows show no tools.
    """
    value = read_manifest(path)
    wanted = taught_fingerprints(value)
    specs = _specs_of_rows(path, value, None if wanted is None else set().union(*wanted.values()))
    by_name: dict[str, list[ToolSpec]] = {}
    for spec in specs.values():
        by_name.setdefault(spec.name, []).append(spec)
    unseen = {
        name: left
        for name, prints in (wanted or {}).items()
        if (left := tuple(one for one in prints if one not in specs))
    }
    if not by_name and not unseen:
        raise InputFault(
            "the training rows of this dataset show no tools",
            where=str(path),
            hint="compare tool files instead: fctune tools diff OLD.yaml NEW.yaml",
        )
    catalog = value.get("catalog")
    return Side(
        str(path),
        ToolCatalog(tuple(versions[0] for versions in by_name.values())),
        others={name: tuple(rest[1:]) for name, rest in by_name.items() if len(rest) > 1},
        unseen=unseen,
        ordered=isinstance(catalog, Mapping) and catalog.get("lists") == 1,
    )


def read_manifest(path: Path) -> Mapping[str, Any]:
    """Return a dataset manifest's JSON object.

    Raises:
        InputFault: it is no manifest that this version can read.
    """
    value = read_json(path)
    version = value.get("schema_version") if isinstance(value, dict) else None
    known = isinstance(version, int) and version <= _SCHEMA_VERSION
    fault = f"got schema_version {version!r}, expected a dataset manifest of {_SCHEMA_VERSION}"
    if known and not isinstance(value.get("files"), dict):
        found = shown(value["files"]) if "files" in value else "none"
        fault = f"got files {found}, expected an object of split to file"
    elif known:
        return dict(value)
    hint = "prepare the dataset again, or update fctune"
    raise InputFault(fault, where=str(path), hint=hint)


def taught_fingerprints(manifest: Mapping[str, Any]) -> dict[str, tuple[str, ...]] | None:
    """Return tool name to the fingerprints that training rows show; None in earlier manifests.

    A tool that stands in the dev or test split alone has 0 rows; the model has never seen it.

    >>> taught_fingerprints({"catalog": {"tools": {"look": [{"fingerprint": "51c2"}]}}})
    {'look': ('51c2',)}
    """
    catalog = manifest.get("catalog")
    tools = catalog.get("tools") if isinstance(catalog, Mapping) else None
    if not isinstance(tools, Mapping):
        return None
    return {
        str(name): prints
        for name, versions in tools.items()
        if isinstance(versions, list)
        and (prints := tuple(str(one.get("fingerprint", "")) for one in versions if is_taught(one)))
    }


def is_taught(version: Any) -> bool:
    """Tell whether training rows show a version of a manifest; one without `rows` counts.

    >>> is_taught({"fingerprint": "51c2", "rows": 0}), is_taught({"fingerprint": "51c2"})
    (False, True)
    """
    return isinstance(version, Mapping) and version.get("rows") != 0


def _specs_of_rows(
    path: Path, manifest: Mapping[str, Any], wanted: set[str] | None
) -> dict[str, ToolSpec]:
    """Return fingerprint to tool, as the rows beside the manifest show them.

    Reading ends where all wanted ones are found; None wants all of them.
    """
    found: dict[str, ToolSpec] = {}
    for text in _tool_texts(path, manifest):
        if wanted is not None and wanted <= found.keys():
            break
        for spec in parse_catalog(text)[0]:
            fingerprint = spec.fingerprint
            if wanted is None or fingerprint in wanted:
                found.setdefault(fingerprint, spec)
    return found


def _tool_texts(path: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield each different `tools` text of a dataset's rows once; files that are gone, none."""
    seen: set[str] = set()
    for written in manifest["files"].values():
        file = path.parent / str(written.get("file", "")) if isinstance(written, dict) else path
        if file == path or not file.is_file():
            continue
        for row in read_rows(file):
            text = row.value.get("tools") if isinstance(row.value, dict) else None
            if isinstance(text, str) and text not in seen:
                seen.add(text)
                yield text


def _record_in(folder: Path) -> Path:
    if (folder / RUN_RECORD).is_file():
        return folder / RUN_RECORD
    raise InputFault(
        f"holds no {RUN_RECORD}",
        where=str(folder),
        hint="name a tool file, a NAME.manifest.json, or the output folder of fctune train",
    )


def _run_side(path: Path) -> Side:
    """Return the tools of all datasets of a run, as far as they are what the run was trained on."""
    value = read_json(path)
    datasets = value.get("datasets") if isinstance(value, dict) else None
    entries = datasets if isinstance(datasets, dict) else {}
    manifests = {
        str(entry["manifest"]): str(entry.get("tools_fingerprint") or "")
        for entry in entries.values()
        if isinstance(entry, dict) and entry.get("manifest")
    }
    if not manifests:
        message, hint = "names no dataset manifest", "name the tool file that it was trained with"
        raise InputFault(message, where=str(path), hint=hint)
    sides = []
    for name, fingerprint in manifests.items():
        catalog = read_manifest(Path(name)).get("catalog")
        now = catalog.get("fingerprint") if isinstance(catalog, dict) else None
        if fingerprint and now != fingerprint:
            raise InputFault(
                f"was trained with other tools than {name} has now: it was prepared again",
                where=str(path),
                hint="name the tool file that it was trained with",
            )
        sides.append(manifest_side(Path(name)))
    return _joined(str(path), sides)


def _joined(label: str, sides: list[Side]) -> Side:
    versions: dict[str, dict[str, ToolSpec]] = {}
    unseen: dict[str, tuple[str, ...]] = {}
    for side in sides:
        for name in side.catalog.names:
            for spec in side.versions(name):
                versions.setdefault(name, {}).setdefault(spec.fingerprint, spec)
        for name, prints in side.unseen.items():
            unseen[name] = tuple(dict.fromkeys((*unseen.get(name, ()), *prints)))
    lists = {name: list(specs.values()) for name, specs in versions.items()}
    return Side(
        label,
        ToolCatalog(tuple(specs[0] for specs in lists.values())),
        others={name: tuple(specs[1:]) for name, specs in lists.items() if len(specs) > 1},
        unseen=unseen,
        ordered=len(sides) == 1 and sides[0].ordered,
    )


def diff_sides(old: Side, new: Side) -> CatalogDiff:
    """Compare two sides: every version that OLD taught with every version that NEW has."""
    hidden = old.unseen.keys() | new.unseen.keys()
    shown = (old.names | new.names) - hidden
    before, after = old.only(shown), new.only(shown)
    ordered = old.ordered and new.ordered
    changes = list(diff_catalogs(before.catalog, after.catalog, ordered=ordered).changes)
    for name in before.catalog.names:
        for number, version in enumerate(before.versions(name)):
            for successor in after.versions(name)[0 if number else 1 :]:
                changes += diff_tool(version, successor)
    for name in sorted(hidden):
        changes += _hidden_changes(old, new, name)
    changed = {change.tool for change in changes}
    stayed = [name for name in old.names if name in new.names and name not in changed]
    return CatalogDiff(by_gravity(changes), tuple(sorted(stayed)))


def _hidden_changes(old: Side, new: Side, name: str) -> list[Change]:
    """Return the changes of a tool whose schema is not at hand on one side."""
    if name not in new.names:
        return [Change("tool-removed", name, "", "was a tool, now unknown")]
    if name not in old.names:
        return [Change("tool-added", name, "", "is new")]
    before, after = _prints(old, name), _prints(new, name)
    if before == after:
        return []
    side = old if name in old.unseen else new
    message = f"changed; the rows that {side.label} lists are not there to say how"
    return [Change("unknown-change", name, "", message)]


def _prints(side: Side, name: str) -> set[str]:
    return {spec.fingerprint for spec in side.versions(name)} | set(side.unseen.get(name, ()))
