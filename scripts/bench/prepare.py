"""Measure `fctune prepare` against its peers in one run, and write the table.

Role: the claims on speed and memory are ratios that this command makes. Input: a file of
scripts/bench/prepare_data.py, made here where none is given. Output: Markdown with rows per second,
peak memory and ratios; the exit status is 1 where a target is missed.
Command: python scripts/bench/prepare.py --rows 200000 --out docs/benchmarks/prepare.md

Every command runs alone, as a process of its own, in turn: prepare, the peers, prepare again; of
prepare and of the ceiling the better of two runs counts. Imports are measured inside each process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEER_NAMES = {
    "orjson": "orjson: read, parse, dump, write (the ceiling)",
    "engine": "the engine: load_dataset and convert, checks no call",
    "cached": "json and jsonschema, one validator per schema",
    "naive": "json and jsonschema.validate per call",
    "datasets": "datasets: map with jsonschema, filter, to_json",
}
BELOW = "<!-- measured by hand -->\n"
"""What stands below is kept when the tables are written anew."""
TWO_BUILDS = "two builds at once, one process each"
NAIVE_ROWS = 20_000  # it is slow; its rate does not depend on the rows


@dataclass(frozen=True)
class Run:
    """What one process took."""

    name: str
    rows: int
    wall_s: float
    imports_s: float
    cpu_s: float
    peak_mb: int

    @property
    def rate(self) -> float:
        """Rows per second of the whole command."""
        return self.rows / self.wall_s

    @property
    def bare(self) -> float:
        """Rows per second without imports."""
        return self.rows / max(1e-9, self.wall_s - self.imports_s)


def main() -> int:
    """Measure, print and write; tell which targets are missed."""
    options = _arguments()
    with tempfile.TemporaryDirectory(dir=options.temporary) as temporary:
        folder = Path(temporary)
        source = options.file or _made(options.rows, folder)
        rows = sum(1 for _ in source.open("rb"))
        runs = _measured(source, rows, folder, options)
    page = _page(runs, source, rows, options)
    print(page)
    if options.out is not None:
        options.out.write_text(page + _kept(options.out), encoding="utf-8")
    return int(any(not met for _, _, _, met in _targets(runs)))


def _kept(page: Path) -> str:
    """Return what a person has written below the tables of a page."""
    if not page.exists():
        return ""
    _, marker, rest = page.read_text(encoding="utf-8").partition(BELOW)
    return f"\n{marker}{rest}" if marker else ""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--file", type=Path, help="rows of prepare_data.py; default: made here")
    parser.add_argument("--peers", nargs="*", default=list(PEER_NAMES), choices=list(PEER_NAMES))
    parser.add_argument("--temporary", type=Path, help="folder for what is written")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def _made(rows: int, folder: Path) -> Path:
    path = folder / "rows.jsonl"
    made = [sys.executable, str(HERE / "prepare_data.py"), "--rows", str(rows), "--out", str(path)]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
    return path


def _measured(source: Path, rows: int, folder: Path, options: argparse.Namespace) -> dict[str, Run]:
    runs: dict[str, Run] = {}

    def take(run: Run) -> None:
        known = runs.get(run.name)
        runs[run.name] = run if known is None or run.wall_s < known.wall_s else known

    for repeat in range(2):
        take(_prepare("prepare", source, rows, folder))
        take(_prepare("prepare --near-dup", source, rows, folder, "--near-dup"))
        take(_prepare("prepare --workers 2", source, rows, folder, "--workers", "2"))
        take(_two_at_once(source, rows, folder))
        if not repeat:
            take(_prepare("prepare, all in Python", source, rows, folder, python=True))
        for peer in options.peers:
            if repeat and peer != "orjson":
                continue
            take(_peer(peer, source, folder))
    return runs


def _prepare(
    name: str, source: Path, rows: int, folder: Path, *words: str, python: bool = False
) -> Run:
    folder.mkdir(exist_ok=True)
    out = folder / "prepared"
    command = [
        sys.executable, "-X", "importtime", "-c", "from fctune.cli.main import run; run()",
        "prepare", str(source), "--name", "bench", "--out", str(out), "--max-reject-rate", "1",
        "--no-report", *words,
    ]  # fmt: skip
    del command[1:3]  # importtime slows imports down; they are measured apart
    wall, cpu, peak = _timed(command, native=not python)
    shutil.rmtree(out)
    return Run(name, rows, wall, _import_seconds(), cpu, peak)


def _two_at_once(source: Path, rows: int, folder: Path) -> Run:
    """Run two builds that share nothing: what this machine gives a second process at best."""
    with ThreadPoolExecutor(2) as pool:
        made = [
            pool.submit(_prepare, TWO_BUILDS, source, rows, folder / f"build_{number}")
            for number in range(2)
        ]
        runs = [one.result() for one in made]
    wall = max(run.wall_s for run in runs)
    cpu, peak = sum(run.cpu_s for run in runs), max(run.peak_mb for run in runs)
    return Run(TWO_BUILDS, 2 * rows, wall, runs[0].imports_s, cpu, peak)


def _import_seconds() -> float:
    """Return what the imports of `fctune prepare` take, in a process of their own."""
    code = (
        "import time; begun = time.perf_counter(); import fctune.cli.main, fctune.cli.prepare, "
        "fctune.cli.prepare_options, fctune.dataset.build, fctune.dataset.write; "
        "print(time.perf_counter() - begun)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout)


def _peer(name: str, source: Path, folder: Path) -> Run:
    work = folder / f"peer_{name}"
    work.mkdir()
    given = source
    if name == "naive":
        given = work / "part.jsonl"
        with source.open("rb") as whole, given.open("wb") as part:
            part.writelines(line for line, _ in zip(whole, range(NAIVE_ROWS), strict=False))
    if name == "engine":
        given = work / source.name
        given.symlink_to(source.resolve())
    out = work / "figures.json"
    command = [sys.executable, str(HERE / "prepare_peers.py"), name, str(given), str(work)]
    wall, cpu, peak = _timed(command, out)
    figures = json.loads(out.read_text().splitlines()[-1])
    shutil.rmtree(work)
    return Run(PEER_NAMES[name], figures["rows"], wall, figures["imports_s"], cpu, peak)


def _timed(
    command: Sequence[str], out: Path | None = None, *, native: bool = True
) -> tuple[float, float, int]:
    """Run a command alone; return wall seconds, CPU seconds and peak memory in MB.

    The peak is of the largest process of those that the command waited for.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    if not native:
        environment["FCTUNE_NATIVE"] = "0"
    begun = time.perf_counter()
    with (out or Path(os.devnull)).open("w") as stream:
        child = subprocess.Popen(
            list(command), stdout=stream, stderr=subprocess.DEVNULL, env=environment
        )
        _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)}: exit {child.returncode}")
    del before
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def _targets(runs: dict[str, Run]) -> list[tuple[str, float, float, bool]]:
    """Return each target: what, the ratio reached, the ratio asked, whether it is met."""
    plain = runs["prepare"]
    found: list[tuple[str, float, float]] = []
    engine, ceiling = runs.get(PEER_NAMES["engine"]), runs.get(PEER_NAMES["orjson"])
    if engine is not None:
        found.append(("prepare / engine, both as commands", plain.rate / engine.rate, 5.0))
        found.append(("prepare / engine, both without imports", plain.bare / engine.bare, 2.0))
    if ceiling is not None:
        found.append(("prepare / orjson ceiling", plain.rate / ceiling.rate, 0.25))
    near, two = runs["prepare --near-dup"], runs["prepare --workers 2"]
    found.append(("with --near-dup / without", near.rate / plain.rate, 0.4))
    found.append(("--workers 2 / one process", two.rate / plain.rate, 1.7))
    met = [(what, reached, asked, reached >= asked) for what, reached, asked in found]
    return [*met, ("peak memory of prepare, MB", plain.peak_mb, 300, plain.peak_mb <= 300)]


def _page(runs: dict[str, Run], source: Path, rows: int, options: argparse.Namespace) -> str:
    size = source.stat().st_size / 1e6 if source.exists() else 0
    lines = [
        "# Speed and memory of `fctune prepare`",
        "",
        f"`python scripts/bench/prepare.py --rows {rows}`: {rows:,} rows made from the shipped "
        f"glaive rows (`scripts/bench/prepare_data.py`){f', {size:,.0f} MB' if size else ''}; "
        f"{os.cpu_count()} cores, Python {platform.python_version()}. prepare reads, audits, "
        "converts, deduplicates, splits, mixes and writes (without the page for people); compare "
        "ratios, figures of one machine tell little.",
        "",
        "| command | rows/s | rows/s without imports | wall s | CPU s | peak MB |",
        "|---|---:|---:|---:|---:|---:|",
        *(
            f"| {run.name} | {run.rate:,.0f} | {run.bare:,.0f} | {run.wall_s:.1f} | "
            f"{run.cpu_s:.1f} | {run.peak_mb:,} |"
            for run in runs.values()
        ),
        "",
        "| target | reached | asked | met |",
        "|---|---:|---:|---|",
        *(
            f"| {what} | {reached:,.2f} | {asked:g} | {'yes' if met else '**no**'} |"
            for what, reached, asked, met in _targets(runs)
        ),
        "",
        "Two builds at once, which share nothing, did "
        f"{runs[TWO_BUILDS].rate / runs['prepare'].rate:.2f} times the rows of one in the same "
        "time: what a second process gives on this machine at best.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
