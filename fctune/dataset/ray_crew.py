"""The crew of a Ray cluster: chunks are worked on by its machines, files are written by this one.

Input: chunks of files that every machine of the cluster can read under the same path. Output: the
segments, brought here. A task whose machine dies is run again elsewhere; a chunk's segment is
taken once, whichever try made it, so that nothing is lost and nothing stands twice.

Ray core tasks on byte ranges and not Ray Data, whose readers rewrite nested tools and took twenty
times as long.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from fctune.dataset.chunks import Chunk
from fctune.dataset.layout import Segment, load_segment
from fctune.dataset.manifest import WrittenFile
from fctune.dataset.measure import load_measure
from fctune.dataset.options import BuildOptions
from fctune.dataset.pool import FileTask, OneProcess, T, segment_folder
from fctune.dataset.spool import Spool
from fctune.dataset.work import Progress, Worker
from fctune.engine.cluster import join_cluster, result_of
from fctune.jsonl import STDIN

MAX_RETRIES = 5
_WAITING_PER_CPU = 2
# A process of the cluster serves one job, and a job is one build.
_worker: list[Worker] = []


class RayCrew:
    """Works on the machines of a Ray cluster; use as a context manager.

    Args:
        options: of the build; `ray_address` names the cluster, None starts one on this machine
            with `workers` CPUs.

    Raises:
        EnvironmentFault: Ray is not installed, or the cluster cannot be reached.
    """

    def __init__(self, options: BuildOptions) -> None:
        self._options = options
        self._here = OneProcess(options, None)  # it writes files and measures nothing
        self._ray = join_cluster(options.ray_address, cpus=options.workers)

    def __enter__(self) -> RayCrew:
        """Return the crew."""
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        """Leave the cluster; one that was started here ends."""
        self._ray.shutdown()

    @property
    def cpus(self) -> int:
        """How many CPUs the cluster has now."""
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def segments(self, chunks: Iterable[Chunk], folder: Path, progress: Progress) -> list[Segment]:
        """Write a segment for each chunk.

        Raises:
            InputFault: a file cannot be read to its end, or the disk is full.
            EnvironmentFault: a chunk failed on several machines.
        """
        found: dict[int, Segment] = {}
        chunks = list(chunks)
        for number, chunk in enumerate(chunks):
            if chunk.path == STDIN:  # which no other machine can read
                here = Worker(self._options, load_measure(self._options))
                found[number] = here.run(chunk, segment_folder(folder, number), progress)
        afar = {number: chunk for number, chunk in enumerate(chunks) if number not in found}
        for number, files in self._results(afar):
            found[number] = _unpacked(files, segment_folder(folder, number))
            progress(found[number].read)
        return [found[number] for number in range(len(chunks))]

    def begin(self, function: Callable[..., T], *arguments: Any) -> Callable[[], T]:
        """Return a piece of work, which is done on this machine when its result is asked for."""
        return self._here.begin(function, *arguments)

    def files(self, spool: Spool, tasks: Sequence[FileTask]) -> list[WrittenFile]:
        """Write the files of a dataset, on this machine."""
        return self._here.files(spool, tasks)

    def _results(self, chunks: Mapping[int, Chunk]) -> Iterator[tuple[int, Mapping[str, bytes]]]:
        """Yield the files of each chunk's segment as they come, few chunks under way at a time."""
        ray = self._ray
        task = ray.remote(max_retries=MAX_RETRIES)(work_packed)
        options = ray.put(self._options)
        waiting = list(chunks.items())[::-1]
        running: dict[Any, int] = {}
        while waiting or running:
            while waiting and len(running) < self.cpus * _WAITING_PER_CPU:
                number, chunk = waiting.pop()
                running[task.remote(options, chunk)] = number
            done, _ = ray.wait(list(running), num_returns=1)
            for reference in done:
                failed = "a chunk failed on the Ray cluster"
                yield running.pop(reference), result_of(ray, reference, failed=failed)


def work_packed(options: BuildOptions, chunk: Chunk) -> dict[str, bytes]:
    """Work on a chunk on whatever machine this runs; return the files of its segment."""
    if not _worker:
        _worker.append(Worker(options, load_measure(options)))
    with tempfile.TemporaryDirectory(prefix="fctune-") as temporary:
        folder = Path(temporary) / "segment"
        _worker[0].run(chunk, folder)
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def _unpacked(files: Mapping[str, bytes], folder: Path) -> Segment:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return load_segment(folder)
