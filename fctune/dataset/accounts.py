"""The accounts of a build: where every raw row went, by source, split, lesson, tool and code.

Input: the spool, what was settled, and the files written. Output: a DatasetManifest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from fctune import __version__
from fctune.catalogue import CATALOGUE, Severity
from fctune.dataset.columns import I64, Mask, Shape, per_shape
from fctune.dataset.estimates import ESTIMATE
from fctune.dataset.manifest import DatasetManifest, SourceCount
from fctune.dataset.options import BuildOptions
from fctune.dataset.settings import settings_of
from fctune.dataset.settle import Settled
from fctune.dataset.spool import Spool
from fctune.dataset.tools_used import ShownList, tools_used


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A raw file: its name as shown to people, and the digest of its bytes."""

    file: str
    digest: str


@dataclass(frozen=True, slots=True)
class Made:
    """What a build made, beside its rows.

    Attributes:
        sources: the raw files.
        mix: the account of the stage files.
        audit: findings over the whole set.
        measured: lengths were counted by a tokenizer, not estimated.
    """

    sources: Sequence[SourceFile]
    mix: Mapping[str, Any]
    audit: Mapping[str, Any]
    measured: bool = False


def manifest_of(
    options: BuildOptions, spool: Spool, settled: Settled, made: Made
) -> DatasetManifest:
    """Return the accounts, but for the files, which other processes still write.

    That read = kept + rejected + deduplicated is checked as they are made.
    """
    sources = tuple(_sources(spool, settled, made.sources))
    shapes = _ShapeCounts.of(spool, settled)
    codes = shapes.codes()
    kept = sum(source.kept for source in sources)
    duplicates = sum(source.deduplicated for source in sources)
    codes += _over_the_set(spool, settled)
    return DatasetManifest(
        name=options.name,
        fctune_version=__version__,
        read=sum(source.read for source in sources),
        kept=kept,
        rejected=sum(source.rejected for source in sources),
        deduplicated=duplicates,
        repaired=shapes.repaired(),
        rows_added_by_windows=int(settled.keep.sum()) - kept,
        splits={name: len(rows) for name, rows in settled.splits.items()},
        lessons={name: shapes.lessons(name) for name in settled.splits},
        rejects_by_code=_rejects(spool, settled),
        repairs_by_code=_of(codes, Severity.REPAIR),
        warnings_by_code=_of(codes, Severity.WARNING),
        mix=made.mix,
        lengths=_lengths(options, spool, settled, made),
        largest_group=settled.largest,
        tools=shapes.calls(),
        catalog=tools_used(_shown(spool, settled, shapes.splits["train"]), settled.without),
        settings=settings_of(options),
        sources=sources,
        files={},
        mapped_calls=shapes.mapped(),
        audit=made.audit,
    )


def _sources(spool: Spool, settled: Settled, files: Sequence[SourceFile]) -> Iterator[SourceCount]:
    columns = spool.columns
    first, source = columns.part == 0, columns.source
    gone = settled.repeated | settled.superseded
    duplicates = np.bincount(source[gone & first], minlength=len(files))
    late = np.bincount(source[settled.findings.rejected & first], minlength=len(files))
    for index, file in enumerate(files):
        mine = [segment for segment in spool.segments if segment.source == index]
        read, rejected = sum(s.read for s in mine), sum(s.rejected for s in mine)
        rejected, out = rejected + int(late[index]), int(duplicates[index])
        yield SourceCount(file.file, file.digest, read, read - rejected - out, rejected, out)


@dataclass(frozen=True, slots=True)
class _ShapeCounts:
    """How many rows have each shape.

    Attributes:
        shapes: all of them.
        splits: split to its rows.
        kept: rows of all splits.
        firsts: kept raw rows, each by its first part.
    """

    shapes: Sequence[Shape]
    splits: Mapping[str, I64]
    kept: I64
    firsts: I64

    @staticmethod
    def of(spool: Spool, settled: Settled) -> _ShapeCounts:
        columns = spool.columns
        firsts = settled.keep & (columns.part == 0)
        counted = per_shape(columns, (*settled.splits.values(), settled.keep, firsts))
        *splits, kept, of_firsts = counted
        return _ShapeCounts(
            spool.shapes, dict(zip(settled.splits, splits, strict=True)), kept, of_firsts
        )

    def codes(self) -> Counter[str]:
        """Return raw rows per code."""
        codes: Counter[str] = Counter()
        for shape, count in zip(self.shapes, self.firsts.tolist(), strict=True):
            for code in shape.codes if count else ():
                codes[code] += count
        return codes

    def repaired(self) -> int:
        """Return how many raw rows have a repair."""
        repairs = {code for code, entry in CATALOGUE.items() if entry.severity is Severity.REPAIR}
        counted = zip(self.shapes, self.firsts.tolist(), strict=True)
        return sum(count for shape, count in counted if not repairs.isdisjoint(shape.codes))

    def mapped(self) -> int:
        """Return how many calls of raw rows a mapping wrote."""
        counted = zip(self.shapes, self.firsts.tolist(), strict=True)
        return sum(shape.mapped * count for shape, count in counted if shape.mapped)

    def lessons(self, split: str) -> dict[str, int]:
        """Return rows per lesson of one split."""
        lessons: Counter[str] = Counter()
        for shape, count in zip(self.shapes, self.splits[split].tolist(), strict=True):
            if count:
                lessons[shape.lesson] += count
        return dict(sorted(lessons.items()))

    def calls(self) -> dict[str, int]:
        """Return calls per tool in all splits."""
        calls: Counter[str] = Counter()
        for shape, count in zip(self.shapes, self.kept.tolist(), strict=True):
            for name in shape.calls if count else ():
                calls[name] += count
        return dict(sorted(calls.items()))


def _of(codes: Mapping[str, int], severity: Severity) -> dict[str, int]:
    """Return rows per code of one severity, sorted by code."""
    return {code: codes[code] for code in sorted(codes) if CATALOGUE[code].severity is severity}


def _lengths(options: BuildOptions, spool: Spool, settled: Settled, made: Made) -> dict[str, Any]:
    """Return how lengths were found, and their count, median, 95th percentile and maximum."""
    tokens = np.sort(spool.columns.tokens[settled.keep])
    last = len(tokens) - 1
    places = {"p50": last // 2, "p95": round(last * 0.95), "max": last}
    return {
        "counted": "tokenizer" if made.measured else ESTIMATE,
        "rows": len(tokens),
        **{name: int(tokens[at]) if last >= 0 else 0 for name, at in places.items()},
        "cutoff_len": options.cutoff_len,
    }


def _shown(spool: Spool, settled: Settled, train: I64) -> Iterator[ShownList]:
    """Yield the tool lists of kept rows in the order in which rows first show them.

    Args:
        spool: all rows.
        settled: which are kept.
        train: how many rows of train have each shape.
    """
    rows: Counter[int] = Counter()
    calls: dict[int, Counter[str]] = {}
    for shape, count in zip(spool.shapes, train.tolist(), strict=True):
        rows[shape.tools] += count
        for name in shape.calls if count else ():
            calls.setdefault(shape.tools, Counter())[name] += count
    lists, listed = spool.columns.lists, spool.listed
    for index in _in_order(spool, settled.keep):
        text = partial(lists.text, index)
        yield ShownList(listed.of(index), text, rows[index], calls.get(index, {}))


def _in_order(spool: Spool, keep: Mask) -> list[int]:
    """Return the tool lists of kept rows in the order in which rows first show them."""
    none = len(keep)
    first = np.full(len(spool.shapes), none, dtype=np.int64)
    for window in spool.windows():
        rows = np.flatnonzero(keep[window.first : window.first + window.count])
        np.minimum.at(first, window.column("shape")[rows], rows + window.first)
    by_list: dict[int, int] = {}
    for shape, row in zip(spool.shapes, first.tolist(), strict=True):
        if row < none and shape.tools >= 0:
            by_list[shape.tools] = min(row, by_list.get(shape.tools, none))
    return sorted(by_list, key=lambda index: by_list[index])


def _over_the_set(spool: Spool, settled: Settled) -> Counter[str]:
    """Return raw rows per code that no row has by itself."""
    first = spool.columns.part == 0
    codes = {"duplicate": settled.repeated, "trace-prefix": settled.superseded}
    codes |= {code: mask & settled.keep for code, mask in settled.findings.rows.items()}
    counts = {code: int((mask & first).sum()) for code, mask in codes.items()}
    return Counter({code: count for code, count in counts.items() if count})


def _rejects(spool: Spool, settled: Settled) -> dict[str, int]:
    first = spool.columns.part == 0
    late = settled.findings.rejected_by.items()
    counts = {code: int((mask & first).sum()) for code, mask in late}
    alone = [segment.rejects_by_code for segment in spool.segments]
    return _sum([*alone, {code: count for code, count in counts.items() if count}])


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items()))
