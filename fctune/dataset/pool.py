"""The processes of a build: this one alone, or several; what they write is the same.

Input: chunks to work on, then files to write. Output: segments and written files, in the order in
which they were asked for, whoever made them.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from fctune.dataset.chunks import Chunk
from fctune.dataset.deliver import RowFiles, lists_of
from fctune.dataset.layout import Segment
from fctune.dataset.lengths import Measure
from fctune.dataset.manifest import WrittenFile
from fctune.dataset.measure import load_measure
from fctune.dataset.options import BuildOptions
from fctune.dataset.passes import FileTask, Pass, alone, passes_of
from fctune.dataset.row_bytes import RowBytes
from fctune.dataset.spool import Spool
from fctune.dataset.work import Progress, Worker
from fctune.errors import EnvironmentFault
from fctune.jsonl import STDIN

__all__ = ["Crew", "FileTask", "ManyProcesses", "OneProcess", "segment_folder"]

T = TypeVar("T")
_options: list[BuildOptions] = []
_worker: list[Worker] = []
# Beside the staged files, while they are written.
_LISTS, _ROWS, _WHICH = "lists.i4", ".rows", ".which"
_SHARING = 2  # processes; more of them end sooner with a file each than with files side by side


class Crew(Protocol):
    """Who does the work of a build."""

    @property
    def cpus(self) -> int:
        """How many chunks can be worked on at once."""
        ...

    def segments(self, chunks: Iterable[Chunk], folder: Path, progress: Progress) -> list[Segment]:
        """Write a segment for each chunk, below the folder."""
        ...

    def begin(self, function: Callable[..., T], *arguments: Any) -> Callable[[], T]:
        """Begin a piece of work that nothing waits for yet; return what gives its result."""
        ...

    def files(self, spool: Spool, tasks: Sequence[FileTask]) -> Iterable[WrittenFile]:
        """Write the files of a dataset; they may be under way until they are asked for."""
        ...


class OneProcess:
    """Does all work in this process.

    Args:
        options: of the build.
        measure: tokens of a conversation; None counts none.
    """

    cpus = 1

    def __init__(self, options: BuildOptions, measure: Measure | None) -> None:
        self._options, self._measure = options, measure

    def segments(self, chunks: Iterable[Chunk], folder: Path, progress: Progress) -> list[Segment]:
        """Write a segment for each chunk, one after another."""
        # What the worker remembers of tools is gone before columns are looked at.
        worker = Worker(self._options, self._measure)
        return [
            worker.run(chunk, segment_folder(folder, number), progress)
            for number, chunk in enumerate(chunks)
        ]

    def begin(self, function: Callable[..., T], *arguments: Any) -> Callable[[], T]:
        """Return a piece of work, which is done when its result is asked for."""
        return partial(function, *arguments)

    def files(self, spool: Spool, tasks: Sequence[FileTask]) -> list[WrittenFile]:
        """Write the files of a dataset, those side by side that share rows or order."""
        passes = passes_of(tasks, len(spool))
        files = RowFiles(spool.bytes, lists_of(spool))
        found = {one.file: one for each in passes for one in files.write(each)}
        return [found[task.path.name] for task in tasks]


class ManyProcesses:
    """Does the work in several processes; use as a context manager.

    Args:
        options: of the build; `workers` says how many.
    """

    def __init__(self, options: BuildOptions) -> None:
        self.cpus = options.workers
        self._options = options
        self._others = set(multiprocessing.active_children())
        self._pool = ProcessPoolExecutor(
            options.workers, _context(), initializer=_start, initargs=(options,)
        )

    def __enter__(self) -> ManyProcesses:
        """Return the crew."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        """End the processes; where something failed, in the middle of their work."""
        if kind is not None:
            for process in set(multiprocessing.active_children()) - self._others:
                process.kill()  # SIGTERM has words of the verb's until a process has begun
        self._pool.shutdown(wait=True, cancel_futures=kind is not None)

    def segments(self, chunks: Iterable[Chunk], folder: Path, progress: Progress) -> list[Segment]:
        """Write a segment for each chunk; the first are worked on while others are cut.

        Raises:
            InputFault: a file cannot be read to its end, or the disk is full.
            EnvironmentFault: a process was killed, as a system without memory does.
        """
        under_way: dict[Future[Segment], int] = {}
        here: dict[int, Chunk] = {}  # other processes have no stdin
        for number, chunk in enumerate(chunks):
            if chunk.path == STDIN:
                here[number] = chunk
            else:
                future = self._submit(_run, chunk, segment_folder(folder, number))
                under_way[future] = number
        found: dict[int, Segment] = {}
        for future in as_completed(under_way):
            found[under_way[future]] = self._result(future)
            progress(found[under_way[future]].read)
        for number, chunk in here.items():
            worker = Worker(self._options, load_measure(self._options))
            found[number] = worker.run(chunk, segment_folder(folder, number), progress)
        return [found[number] for number in range(len(found))]

    def begin(self, function: Callable[..., T], *arguments: Any) -> Callable[[], T]:
        """Let a process do a piece of work; return what waits for its result.

        Raises:
            EnvironmentFault: a process was killed, as a system without memory does.
        """
        return partial(self._result, self._submit(function, *arguments))

    def files(self, spool: Spool, tasks: Sequence[FileTask]) -> Iterator[WrittenFile]:
        """Begin to write the files of a dataset, the largest first.

        Rows go to the processes as files, as a pipe would hold them in memory twice.

        Raises:
            EnvironmentFault: a process was killed, as a system without memory does.
        """
        if not tasks:
            return iter(())
        _store(tasks[0].path.parent / _LISTS, lists_of(spool))
        few = self.cpus <= _SHARING
        passes = passes_of(tasks, len(spool)) if few else [alone(task) for task in tasks]
        futures: dict[str, Future[list[WrittenFile]]] = {}
        for one in sorted(passes, key=lambda one: -one.size):
            _store(numbers := one.paths[0].with_suffix(_ROWS), one.rows)
            _store(which := one.paths[0].with_suffix(_WHICH), one.which)
            sent = (one.paths, spool.bytes, numbers, one.rows.dtype.str, which, one.without)
            future = self._submit(_write, *sent)
            futures.update((path.name, future) for path in one.paths)
        return (self._written(task.path.name, futures) for task in tasks)

    def _written(self, name: str, futures: Mapping[str, Future[list[WrittenFile]]]) -> WrittenFile:
        return next(one for one in self._result(futures[name]) if one.file == name)

    def _submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        with _told_killed():  # as it may have been while this process decided
            return self._pool.submit(function, *arguments)

    @staticmethod
    def _result(future: Future[T]) -> T:
        with _told_killed():
            return future.result()


@contextmanager
def _told_killed() -> Iterator[None]:
    """Say what it means that a process of the pool is gone.

    Raises:
        EnvironmentFault: one is.
    """
    try:
        yield
    except BrokenProcessPool as fault:
        raise EnvironmentFault(
            "a worker process was killed; systems do that where memory is short",
            hint="give fewer --workers",
        ) from fault


def segment_folder(folder: Path, number: int) -> Path:
    """Return the folder of a segment by the number of its chunk."""
    return folder / f"segment-{number:06d}"


def _context() -> multiprocessing.context.BaseContext:
    """Return how processes are started: by fork where that is safe, as it takes no time."""
    forkable = "fork" in multiprocessing.get_all_start_methods()
    alone = threading.active_count() == 1
    return multiprocessing.get_context("fork" if forkable and alone else "spawn")


def _start(options: BuildOptions) -> None:
    # Ctrl-C reaches the whole group: the process of the verb decides, and ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _options[:] = [options]


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, as kill -9 leaves no other way.

    An orphan would work on for nobody, and hold the lock of the workspace.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _run(chunk: Chunk, folder: Path) -> Segment:
    if not _worker:  # here and not at the start, so that its faults reach the one who waits
        _worker.append(Worker(_options[0], load_measure(_options[0])))
    return _worker[0].run(chunk, folder)


def _store(path: Path, numbers: NDArray[Any]) -> None:
    """Write an array as it lies in memory; unlike `tofile`, a full disk is told as one."""
    path.write_bytes(np.ascontiguousarray(numbers).data)


def _write(
    paths: tuple[Path, ...],
    source: RowBytes,
    numbers: Path,
    kind: str,
    which: Path,
    without: tuple[str, ...],
) -> list[WrittenFile]:
    lists = np.fromfile(numbers.parent / _LISTS, dtype=np.int32)
    files = np.fromfile(which, dtype=np.uint8)
    return RowFiles(source, lists).write(Pass(paths, np.fromfile(numbers, kind), files, without))
