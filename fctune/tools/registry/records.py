"""The nouns of the registry: known tools, their versions, what was done, and the history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from fctune.tools.diff.compare import Change
from fctune.tools.spec import ToolSpec


@dataclass(frozen=True, slots=True)
class ToolVersion:
    """One version of a tool.

    Attributes:
        spec: the tool.
        version: from 1.
        origin: where it was added from.
        added: UTC time in ISO 8601.
        impact: what the step from the version before means for a trained model; None for the first.
    """

    spec: ToolSpec
    version: int
    origin: str
    added: str
    impact: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the version as a JSON-ready object, the tool under `tool`."""
        return {
            "name": self.spec.name,
            "version": self.version,
            "fingerprint": self.spec.fingerprint,
            "origin": self.origin,
            "added": self.added,
            "impact": self.impact,
            "tool": self.spec.as_document(),
        }


@dataclass(frozen=True, slots=True)
class Accuracy:
    """One measurement of a tool.

    Attributes:
        version: the version that was measured.
        value: the share of right calls, from 0 to 1.
        num: right calls.
        den: calls that were due.
        source: the checkpoint or recording that was measured.
        at: UTC time at which it was recorded.
    """

    version: int
    value: float
    num: int
    den: int
    source: str
    at: str


@dataclass(frozen=True, slots=True)
class KnownTool:
    """A tool as the registry knows it now.

    Attributes:
        name: of the tool.
        version: the current one.
        versions: how many there are.
        fingerprint: of the current version.
        removed: it was removed; its history stays.
        since: UTC time since when this version is the current one.
        origin: where the current version was added from.
        trained: version to the number of training calls, versions without any left out.
        accuracy: the last measurement, of whatever version; None where there is none.
    """

    name: str
    version: int
    versions: int
    fingerprint: str
    removed: bool
    since: str
    origin: str
    trained: Mapping[int, int]
    accuracy: Accuracy | None

    def as_dict(self) -> dict[str, Any]:
        """Return the tool as a JSON-ready object; `trained_calls` counts the current version."""
        return {
            "name": self.name,
            "version": self.version,
            "versions": self.versions,
            "fingerprint": self.fingerprint,
            "removed": self.removed,
            "since": self.since,
            "origin": self.origin,
            "trained_calls": self.trained.get(self.version, 0),
            "trained_calls_by_version": {str(v): n for v, n in sorted(self.trained.items())},
            "accuracy": asdict(self.accuracy) if self.accuracy else None,
        }


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the history.

    Attributes:
        id: rising; a later change has a greater one.
        at: UTC time in ISO 8601.
        by: who did it.
        event: added, version, reverted, restored, details, removed, trained or measured.
        tool: its name.
        version: that the event is about.
        impact: of a new or former version that became current; else None.
        detail: more, by event.
    """

    id: int
    at: str
    by: str
    event: str
    tool: str
    version: int | None
    impact: str | None
    detail: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return the event as a JSON-ready object."""
        return {**asdict(self), "detail": dict(self.detail)}


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one tool of an added catalogue.

    Attributes:
        tool: its name.
        version: the current version now.
        status: `added`, `version`, `reverted`, `restored`, `details` or `unchanged`.
        changes: from the version before to this one.
    """

    tool: str
    version: int
    status: str
    changes: tuple[Change, ...] = ()
    impact: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as a JSON-ready object."""
        return {
            "tool": self.tool,
            "version": self.version,
            "status": self.status,
            "impact": self.impact,
            "changes": [change.as_dict() for change in self.changes],
        }


@dataclass(frozen=True, slots=True)
class Removed:
    """What became of one tool to be removed; `done` is false where it was removed before."""

    tool: str
    version: int
    done: bool

    def as_dict(self) -> dict[str, Any]:
        """Return it as a JSON-ready object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was noted from a manifest or from results.

    Attributes:
        kind: `training` or `accuracy`.
        source: the dataset, or what was measured.
        noted: tool to what is new of it, in words; empty where all was known.
        unknown: tools that the registry does not have.
        unmatched: tools of which it has no such version.
    """

    kind: str
    source: str
    noted: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it as a JSON-ready object."""
        return {
            "kind": self.kind,
            "source": self.source,
            "noted": dict(self.noted),
            "unknown": list(self.unknown),
            "unmatched": list(self.unmatched),
        }
