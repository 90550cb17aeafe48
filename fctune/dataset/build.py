"""The fold: raw files to a dataset, with every row accounted for.

Input: BuildOptions. Output: a Dataset: its files staged in a workspace, its manifest. Rows are
worked on chunk by chunk and wait on disk; what is decided over the whole set is decided on columns
of hashes. `fctune.dataset.write` puts the files into place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from fctune.dataset.accounts import Made, SourceFile, manifest_of
from fctune.dataset.chunks import chunks_of
from fctune.dataset.lengths import Measure
from fctune.dataset.manifest import DatasetManifest, WrittenFile
from fctune.dataset.measure import load_measure
from fctune.dataset.options import BuildOptions
from fctune.dataset.pool import Crew, FileTask, ManyProcesses, OneProcess
from fctune.dataset.settle import Settled, audit_of, settle
from fctune.dataset.sources import data_files
from fctune.dataset.spool import Spool
from fctune.dataset.targets import refuse_targets, rejects_name, trail_name
from fctune.dataset.trail import write_rejects, write_trail
from fctune.dataset.work import Progress
from fctune.dataset.workspace import Workspace
from fctune.errors import InputFault
from fctune.jsonl import STDIN, digest_of, read_rows, shown, without_collector
from fctune.jsonl.faults import file_fault

__all__ = ["BuildOptions", "Dataset", "build"]


class Dataset:
    """A built dataset before it is put into place; its files lie in a workspace.

    Attributes:
        manifest: the accounts.
        staged: the folder of its files.
    """

    def __init__(self, manifest: DatasetManifest, workspace: Workspace) -> None:
        self.manifest = manifest
        self.staged = workspace.path
        self._workspace = workspace

    def __enter__(self) -> Dataset:
        """Return the dataset, whose workspace is removed when the block ends."""
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        """Remove the workspace."""
        self._workspace.close()

    @property
    def rows(self) -> Mapping[str, list[dict[str, Any]]]:
        """All rows, by registry name; read into memory."""
        return {
            name: [row.value for row in read_rows(self.staged / written.file)]
            for name, written in self.manifest.files.items()
        }


def build(
    options: BuildOptions,
    *,
    measure: Measure | None = None,
    progress: Progress | None = None,
    beside: Path | None = None,
) -> Dataset:
    """Read, check, deduplicate, fit, split and mix; put nothing into place.

    Args:
        options: what to build.
        measure: tokens of a conversation; default: as `options.model` counts them.
        progress: called with the number of rows read since the last call.
        beside: the folder in which the workspace is made; default: among temporary files.

    Raises:
        InputFault: a source cannot be read, or the workspace not be written.
        UsageFault: a source is a file that this build would write.
    """
    sources = data_files(options.sources)
    refuse_targets(sources, options.folder, options.name)
    before = [_state(path) for path in sources]
    workspace = Workspace(beside, options.name)
    try:
        with _disk_faults(workspace.path), _crew(options, measure) as crew:
            chunks = chunks_of(sources, workers=crew.cpus)
            segments = crew.segments(chunks, workspace.path, progress or (lambda _: None))
            known = _begin_digests(crew, sources)
            named = [shown(path) for path in sources]
            with without_collector():
                spool = Spool(segments, crew.begin)
                settled = settle(spool, options, named)
                writing = _deliver(options, crew, spool, settled, workspace.path)
                # Other processes write the files meanwhile.
                write_rejects(workspace.path / rejects_name(options.name), spool, settled, named)
                write_trail(workspace.path / trail_name(options.name), spool, settled, named)
                digests = [*map(SourceFile, named, known())]
                _refuse_changed(sources, before)
                measured = measure is not None or options.model is not None
                made = Made(digests, settled.mix, audit_of(spool, settled), measured)
                manifest = manifest_of(options, spool, settled, made)
            return Dataset(replace(manifest, files=dict(writing)), workspace)
    except BaseException:
        workspace.close()
        raise


def _begin_digests(crew: Crew, sources: Sequence[Path]) -> Callable[[], list[str]]:
    """Begin to read the sources for their digests; other processes have no stdin."""
    begin = partial if STDIN in sources else crew.begin
    return begin(_digests, sources)


def _digests(paths: Sequence[Path]) -> list[str]:
    return [digest_of(path) for path in paths]


def _state(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when a file is written or replaced; None for stdin."""
    if path == STDIN:
        return None
    try:
        found = path.stat()
    except OSError as fault:
        raise file_fault(shown(path), fault) from fault
    return found.st_size, found.st_mtime_ns, found.st_ino


def _refuse_changed(sources: Sequence[Path], before: Sequence[tuple[int, int, int] | None]) -> None:
    """Refuse a build of a file that was written meanwhile: its digest is not of what was read."""
    for path, state in zip(sources, before, strict=True):
        if _state(path) != state:
            raise InputFault(
                "the file changed while it was read",
                where=shown(path),
                hint="prepare it again when nothing writes to it; a copy will do: cp FILE COPY",
            )


@contextmanager
def _crew(options: BuildOptions, measure: Measure | None) -> Iterator[Crew]:
    """Give who does the work; processes are started before anything starts a thread."""
    if options.ray:
        from fctune.dataset.ray_crew import RayCrew

        with RayCrew(options) as cluster:
            yield cluster
    elif options.workers > 1 and measure is None:
        with ManyProcesses(options) as crew:
            yield crew
    else:
        yield OneProcess(options, measure or load_measure(options))


def _deliver(
    options: BuildOptions, crew: Crew, spool: Spool, settled: Settled, folder: Path
) -> Iterable[tuple[str, WrittenFile]]:
    """Begin to write the files of rows; one without rows is left out, as the engine fails on it."""
    parts = {**settled.splits, **settled.stages}
    tasks = {
        f"{options.name}_{part}": FileTask(
            folder / f"{options.name}_{part}.jsonl", rows, () if part == "test" else settled.without
        )
        for part, rows in parts.items()
        if len(rows)
    }
    return zip(tasks, crew.files(spool, list(tasks.values())), strict=True)


@contextmanager
def _disk_faults(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise InputFault(
            f"the dataset cannot be written: {fault.strerror or fault}",
            where=str(fault.filename or folder.parent),  # the workspace itself is gone by then
            hint=f"the dataset before is as it was; check: df -h {folder.parent}",
        ) from fault
