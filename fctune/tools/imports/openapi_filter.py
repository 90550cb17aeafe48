"""Which operations of an API description become tools.

Input: the filters of the user and the operations. Output: the operations that pass. A filter value
that fits no operation is a fault of the user, told with what there is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from fctune.errors import UsageFault

_MAX_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as it stands in the source.

    Attributes:
        method: upper case.
        path: as written, with its variables.
        raw: the operation object.
        item: the path item around it.
        base: the document that it stands in.
        where: its place, to name in issues.
    """

    method: str
    path: str
    raw: Mapping[str, Any]
    item: Mapping[str, Any]
    base: str
    where: str

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags, as text."""
        tags = self.raw.get("tags")
        return tuple(str(tag) for tag in tags) if isinstance(tags, list) else ()


@dataclass(frozen=True, slots=True)
class OperationFilter:
    """The filters; each passes all where it is empty, and any of its values lets pass.

    Attributes:
        tags: tags, case ignored.
        paths: the start of a path, or a pattern with `*` and `?` for a whole path.
        methods: HTTP methods, case ignored.
        deprecated: keep deprecated operations; default yes.
    """

    tags: Sequence[str] = ()
    paths: Sequence[str] = ()
    methods: Sequence[str] = ()
    deprecated: bool = True

    def __bool__(self) -> bool:
        """Tell whether any filter is set."""
        return bool(self.tags or self.paths or self.methods or not self.deprecated)

    def choose(self, operations: Sequence[Operation]) -> list[Operation]:
        """Return the operations that pass.

        Raises:
            UsageFault: a value fits no operation, or none passes all filters.
        """
        chosen = list(operations)
        for option, values, fits, known in (
            ("--tag", self.tags, _has_tag, lambda one: one.tags),
            ("--path", self.paths, _has_path, lambda one: (one.path,)),
            ("--method", self.methods, _has_method, lambda one: (one.method,)),
        ):
            for value in values:
                if not any(fits(one, value) for one in operations):
                    raise _fits_none(option, value, operations, known)
            if values:
                chosen = [one for one in chosen if any(fits(one, value) for value in values)]
        if not self.deprecated:
            chosen = [one for one in chosen if one.raw.get("deprecated") is not True]
        if operations and not chosen:
            raise UsageFault(
                f"the filters leave none of the {len(operations)} operations",
                hint="an operation must pass --tag, --path, --method and --no-deprecated together",
            )
        return chosen


def _has_tag(one: Operation, value: str) -> bool:
    return value.casefold() in (tag.casefold() for tag in one.tags)


def _has_path(one: Operation, value: str) -> bool:
    if "*" in value or "?" in value:
        return fnmatchcase(one.path, value)
    return one.path.startswith(value)


def _has_method(one: Operation, value: str) -> bool:
    return one.method == value.upper()


def _fits_none(
    option: str,
    value: str,
    operations: Sequence[Operation],
    known: Callable[[Operation], Sequence[str]],
) -> UsageFault:
    counts = Counter(name for one in operations for name in known(one))
    shown = [f"{name} ({count})" if count > 1 else name for name, count in counts.most_common()]
    rest = f" and {len(shown) - _MAX_SHOWN} more" if len(shown) > _MAX_SHOWN else ""
    there = ", ".join(shown[:_MAX_SHOWN]) + rest
    return UsageFault(f"{option}: no operation has {value!r}, there are: {there or 'none'}")
