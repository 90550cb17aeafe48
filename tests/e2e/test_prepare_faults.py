"""prepare under faults, as a real process: killed, stopped, out of disk, fed with hostile files.

After each of them: the old dataset is whole, or the new one is; every row is accounted for; what is
said names the place, and is no traceback.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fctune.dataset.manifest import load_manifest
from fctune.jsonl import digest_of
from fctune.run.datasets import check_datasets
from tests.unit.conftest import call_row, chat_row

pytestmark = pytest.mark.e2e
PROGRAM = [sys.executable, "-c", "from fctune.cli.main import run; run()"]
MOMENTS = {"1": 20, "2": 12}
PATIENCE_S = 120


class Project:
    """A folder with raw files, in which prepare is run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"

    def started(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start prepare in a group of processes of its own."""
        return subprocess.Popen(
            [*PROGRAM, "prepare", *arguments], cwd=self.folder, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, **options,
        )  # fmt: skip

    def prepared(self, *arguments: str, rc: int = 0, **options: Any) -> str:
        """Run prepare to its end; return what it said on stderr."""
        run = self.started(*arguments, **options)
        _, said = run.communicate(timeout=PATIENCE_S)
        assert run.returncode == rc, said
        assert "Traceback" not in said and "internal error" not in said
        return said

    def rows(self, name: str, count: int, *, word: str = "") -> Path:
        """Write rows with calls, and chat, as JSON Lines."""
        path = self.folder / name
        with path.open("w", encoding="utf-8") as stream:
            for n in range(count):
                row = call_row(f"City{n}", question=f"{word} How is it in City{n}, number {n}?")
                stream.write(json.dumps(row if n % 4 else chat_row(f"{word} Tell me {n}")) + "\n")
        return path

    def manifest(self, name: str = "shop") -> Any:
        """Return the accounts, once they are seen to add up."""
        found = load_manifest(self.data / f"{name}.manifest.json")
        assert found["read"] == found["kept"] + found["rejected"] + found["deduplicated"]
        assert sum(found["splits"].values()) == found["kept"] + found["rows_added_by_windows"]
        rejects = (self.data / f"{name}.rejects.jsonl").read_bytes().splitlines()
        assert len(rejects) == found["rejected"]
        return found

    def contents(self) -> dict[str, bytes]:
        """Return all files of the folder of datasets but locks; a spool is a folder."""
        return {
            path.name: path.read_bytes()
            for path in self.data.iterdir()
            if path.is_file() and not path.name.endswith(".lock")
        }

    def hidden(self) -> list[str]:
        """Return what is left of work that was not finished."""
        names = (path.name for path in self.data.iterdir() if path.name.startswith("."))
        return sorted(name for name in names if not name.endswith(".lock"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def alive(group: int) -> list[int]:
    """Return the processes of a group that are no zombies."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, pgrp = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
            except OSError:
                continue
            if int(pgrp) == group and state != "Z":
                found.append(int(entry.name))
    return found


def wait_for(happened: Callable[[], Any], seconds: float = PATIENCE_S) -> bool:
    """Wait until something is true; tell whether it was."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.002)
    return False


def spool_of(data: Path) -> list[Path]:
    return list(data.glob(".shop.spool-*/segment-*"))


def problems_of(data: Path, manifest: Any) -> list[str]:
    """Return what the preflight of train says against the datasets that the manifest lists."""
    keys = {"dataset_dir": str(data), "dataset": ",".join(manifest["files"])}
    return [problem.message for problem in check_datasets(keys).problems]


def agrees(data: Path) -> bool:
    """Tell whether the files are those of the manifest, every one registered."""
    manifest = load_manifest(data / "shop.manifest.json")
    registry = json.loads((data / "dataset_info.json").read_text())
    files = manifest["files"]
    return set(files) <= set(registry) and all(
        (data / one["file"]).is_file() and digest_of(data / one["file"]) == one["digest"]
        for one in files.values()
    )


# The moments of a build: before its spool is there, while it reads, while files are put in place.
def _moment(kind: int, project: Project, run: subprocess.Popen[str], chance: random.Random) -> None:
    if kind == 0:
        time.sleep(chance.uniform(0.0, 0.8))
    elif kind == 1:
        wait_for(lambda: spool_of(project.data) or run.poll() is not None)
        time.sleep(chance.uniform(0.0, 0.5))
    elif kind == 2:
        wait_for(lambda: list(project.data.glob(".shop.spool-*/*.jsonl")) or run.poll() is not None)
        time.sleep(chance.uniform(0.0, 0.2))
    else:
        # The old files are linked there just before the first rename; all renames take few ms.
        linked = project.data / ".shop.staging" / "old"
        while not linked.exists() and run.poll() is None:
            pass
        time.sleep(chance.choice((0.0, 0.0005, 0.001, 0.002, 0.004)))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_killed_at_random_moments_the_old_dataset_or_the_new_one_is_whole(
    project: Project, workers: str
) -> None:
    old, new = project.rows("old.jsonl", 300), project.rows("new.jsonl", 6000, word="Hello.")
    with new.open("a") as stream:
        stream.write("{\n")
    command = (str(new), "--name", "shop", "--test", "0", "--workers", workers)
    project.prepared(*command)
    wanted = project.contents()
    shutil.rmtree(project.data)
    project.prepared(str(old), "--name", "shop")
    before, kept_aside = project.contents(), project.folder / "aside"
    project.data.rename(kept_aside)
    chance = random.Random(int(workers))
    seen = {"old": 0, "new": 0, "refused": 0}
    for number in range(MOMENTS[workers]):
        shutil.rmtree(project.data, ignore_errors=True)
        shutil.copytree(kept_aside, project.data)
        run = project.started(*command)
        _moment(number % 4, project, run, chance)
        run.kill()  # SIGKILL; nothing where it has ended already
        run.communicate(timeout=PATIENCE_S)
        assert wait_for(lambda group=run.pid: not alive(group), 10), "orphans stay"
        after = project.contents()
        manifest = project.manifest() if agrees(project.data) else None
        if manifest is None:
            # Files of both: train says so of every file that is not as its manifest says.
            seen["refused"] += 1
            listed = load_manifest(project.data / "shop.manifest.json")
            assert any("changed since" in one or "no such file" in one or "not registered" in one
                       for one in problems_of(project.data, listed))  # fmt: skip
        else:
            seen["old" if manifest["read"] == 300 else "new"] += 1
            assert not problems_of(project.data, manifest)
            whole = before if manifest["read"] == 300 else wanted
            assert {file["file"] for file in manifest["files"].values()} <= set(whole)
            assert all(
                after[one["file"]] == whole[one["file"]] for one in manifest["files"].values()
            )
        project.prepared(*command)
        assert project.contents() == wanted
        assert not project.hidden()
    sys.stdout.write(f"killed with {workers} workers: {seen}\n")
    assert seen["old"] >= 3


def test_a_mixture_is_refused_by_train(project: Project) -> None:
    """Killed between two renames: a new file beside the old manifest."""
    new = Project(project.folder / "other")
    new.folder.mkdir()
    project.prepared(str(project.rows("old.jsonl", 300)), "--name", "shop")
    new.prepared(str(project.rows("new.jsonl", 400, word="Hello.")), "--name", "shop")
    manifest = project.manifest()
    assert problems_of(project.data, manifest) == []
    for one in manifest["files"].values():
        file = project.data / one["file"]
        before = file.read_bytes()
        file.write_bytes((new.data / one["file"]).read_bytes())
        (message,) = problems_of(project.data, manifest)
        assert "changed since" in message
        file.write_bytes(before)


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped_by_a_signal_nothing_is_left(
    project: Project, workers: str, stop: signal.Signals
) -> None:
    if signal.getsignal(stop) == signal.SIG_IGN:
        pytest.skip("this signal is ignored here, as nohup has it; programs started here ignore it")
    project.prepared(str(project.rows("old.jsonl", 300)), "--name", "shop")
    before = project.contents()
    new = project.rows("new.jsonl", 12_000, word="Hello.")
    run = project.started(str(new), "--name", "shop", "--workers", workers)
    assert wait_for(lambda: spool_of(project.data))
    time.sleep(0.2)
    if stop is signal.SIGINT:
        os.killpg(run.pid, stop)  # as a terminal sends it
    else:
        os.kill(run.pid, stop)
    _, said = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 130, said
    assert "Traceback" not in said
    assert "stopped by" in said and "nothing half-written is left" in said
    assert project.contents() == before
    assert not project.hidden()
    assert wait_for(lambda: not alive(run.pid), 10)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mount small file systems in memory; needs root."""
    made: list[Path] = []

    def mount(size_bytes: int) -> Path:
        place = tmp_path / f"disk{len(made)}"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(place)]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("a small disk can be made by root alone, where mounting is allowed")
        made.append(place)
        return place

    yield mount
    for place in made:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize("workers", ["1", "2"])
# Full while rows are read, while the files are written, and while they are put in place.
@pytest.mark.parametrize("size", [2 << 20, 8 << 20, 12 << 20])
def test_a_full_disk_is_told_and_the_old_dataset_stays(
    project: Project, small_disk: Callable[[int], Path], workers: str, size: int
) -> None:
    project.data = small_disk(size)
    out = ("--name", "shop", "--out", str(project.data), "--workers", workers)
    project.prepared(str(project.rows("old.jsonl", 300)), *out)
    before = project.contents()
    new = project.rows("new.jsonl", 12_000, word="Hello. " + "word " * 40)
    said = project.prepared(str(new), *out, rc=3)
    assert "No space left on device" in said and str(project.data) in said
    assert "df -h" in said and "new.jsonl" not in said
    assert project.contents() == before
    assert not project.hidden()


def test_a_full_temporary_folder_is_told(
    project: Project, small_disk: Callable[[int], Path]
) -> None:
    disk = small_disk(1 << 20)
    project.prepared(str(project.rows("old.jsonl", 300)), "--name", "shop")
    before = project.contents()
    new = project.rows("new.jsonl", 12_000, word="Hello.")
    environment = {**os.environ, "TMPDIR": str(disk)}
    # Rows of stdin and the workspace of a dry run lie there; that of a build lies beside the data.
    dry = project.prepared(str(new), "--name", "shop", "--dry-run", rc=3, env=environment)
    with new.open() as stream:
        piped = subprocess.run(
            [*PROGRAM, "prepare", "-", "--name", "shop"], cwd=project.folder, env=environment,
            stdin=stream, capture_output=True, text=True, check=False,
        )  # fmt: skip
    for said in (dry, piped.stderr):
        assert "No space left on device" in said and f"df -h {disk}" in said
        assert "Traceback" not in said
    assert piped.returncode == 3
    assert project.contents() == before
    assert list(disk.iterdir()) == []
    project.prepared(str(new), "--name", "shop", env=environment)


def test_unreadable_input_is_named(project: Project) -> None:
    (project.folder / "folder.jsonl").mkdir()
    os.mkfifo(project.folder / "pipe.jsonl")
    (project.folder / "gone.jsonl").symlink_to("nowhere")
    (project.folder / "loop.jsonl").symlink_to("loop.jsonl")
    (project.folder / "cut.jsonl.gz").write_bytes(b"\x1f\x8b\x08\x00abc")
    for name, wanted in (
        ("folder.jsonl", "holds no data file"),
        ("pipe.jsonl", "no regular file"),
        ("gone.jsonl", "no such file"),
        ("loop.jsonl", "no such file"),
        ("cut.jsonl.gz", "cannot be read"),
        ("a\udcff.jsonl", "no such file"),
    ):
        said = project.prepared(name, "--name", "shop", rc=3)
        assert wanted in said and name.split("\udcff")[0] in said, name
    for name in ("pipe.jsonl", "loop.jsonl", "gone.jsonl"):
        raw = project.folder / f"raw {name}"
        raw.mkdir()
        (project.folder / name).rename(raw / name)
        assert name in project.prepared(str(raw), "--name", "shop", rc=3)
    assert not list(project.data.glob("shop*"))


def test_a_folder_that_links_to_itself_is_read_once(project: Project) -> None:
    raw = project.folder / "raw"
    raw.mkdir()
    project.rows("raw/a.jsonl", 40)
    (raw / "again").symlink_to(raw)
    (raw / "up").symlink_to("..")
    project.prepared(str(raw), "--name", "shop")
    assert project.manifest()["read"] == 40


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("change", ["cut", "grown", "removed"])
def test_a_file_that_changes_while_it_is_read_is_refused(
    project: Project, workers: str, change: str
) -> None:
    project.prepared(str(project.rows("old.jsonl", 300)), "--name", "shop")
    before = project.contents()
    new = project.rows("new.jsonl", 16_000, word="Hello. " + "word " * 60)
    run = project.started(str(new), "--name", "shop", "--workers", workers)
    assert wait_for(lambda: spool_of(project.data))
    if change == "cut":
        os.truncate(new, 2_000_003)
    elif change == "grown":
        with new.open("a") as stream:
            stream.write(json.dumps(call_row("Paris")) + "\n")
    else:
        new.unlink()
    _, said = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 3, said
    assert str(new) in said and ("changed while it was read" in said or "no such file" in said)
    assert "Traceback" not in said and "internal error" not in said
    assert project.contents() == before
    assert not project.hidden()


# The most memory of this process alone: what getrusage tells begins with that of its parent.
MEASURED = """
import atexit, re, sys
from pathlib import Path
def tell():
    status = Path("/proc/self/status").read_text()
    print("peak", int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) * 1024, file=sys.stderr)
atexit.register(tell)
from fctune.cli.main import run
run()
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is told by Linux")
def test_a_row_of_50_mb_is_read_or_rejected_within_bounds(project: Project) -> None:
    text = "An answer. 好的。" * 2_600_000
    good, broken = chat_row("Tell me a long story"), chat_row("Tell me another")
    good["output"] = text
    line = json.dumps(good, ensure_ascii=False)
    size = len(line.encode())
    assert size > 50_000_000
    with project.rows("a.jsonl", 20).open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
        stream.write(json.dumps({**broken, "output": text}, ensure_ascii=False)[:-2] + "\n")
        stream.write(json.dumps(chat_row("The last row")) + "\n")
    command = [sys.executable, "-c", MEASURED, "prepare", "a.jsonl", "--name", "shop"]
    run = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    manifest = project.manifest()
    assert (manifest["read"], manifest["kept"]) == (23, 22)
    assert manifest["rejects_by_code"] == {"json-invalid": 1}
    peak = int(run.stderr.rsplit("peak ", 1)[1])
    assert peak < 100_000_000 + 12 * size, f"{peak / size:.1f} times the row"


BAD = {
    "deep": b'{"messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep and open": b'{"messages": ' + b'[{"a":' * 50_000,
    "not utf-8": b'{"instruction": "caf\xe9", "output": "b"}',
    "half a pair": b'{"instruction": "\\ud83d", "output": "b"}',
    "half a pair in bytes": b'{"instruction": "\xed\xa0\xbd", "output": "b"}',
    "a nul byte": b'{"instruction": "a\x00b", "output": "b"}',
    "only nul bytes": b"\x00" * 5000,
    "not a number": b'{"instruction": "a", "output": NaN}',
    "cut": b'{"instruction": "a", "outp',
    "two objects": b'{"instruction": "a"}{"output": "b"}',
    "a list": b'[{"instruction": "a", "output": "b"}]',
    "a text": b'"hello"',
    "another format": b'{"foo": [1, 2, 3]}',
}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_bad_lines_are_rejected_one_by_one_with_their_place(project: Project, workers: str) -> None:
    good = [json.dumps(call_row(f"City{n}"), ensure_ascii=False).encode() for n in range(40)]
    lines = []
    for number, row in enumerate(good):
        bad = list(BAD.values())[number : number + 1]
        lines += [row, b"", *bad]
    path = project.folder / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(lines))
    project.prepared("a.jsonl", "--name", "shop", "--workers", workers, "--max-reject-rate", "1")
    manifest = project.manifest()
    assert (manifest["read"], manifest["kept"]) == (40 + len(BAD), 40)
    rejects = (project.data / "shop.rejects.jsonl").read_text("utf-8").splitlines()
    places = [json.loads(line)["origin"] for line in rejects]
    assert places == [f"a.jsonl:{number + 1}" for number, line in enumerate(lines)
                      if line in BAD.values()]  # fmt: skip
    assert all(json.loads(line)["issues"][0]["message"] for line in rejects)


def test_formats_may_be_mixed_in_one_file(project: Project) -> None:
    openai = call_row("Oslo")
    call = {"name": "look", "arguments": {"city": "Rome"}}
    sharegpt = {
        "conversations": [
            {"from": "human", "value": "How is Rome?"},
            {"from": "function_call", "value": json.dumps(call)},
            {"from": "observation", "value": "{}"},
            {"from": "gpt", "value": "Warm."},
        ],
        "tools": json.dumps([openai["tools"][0]["function"]]),
    }
    xlam = {
        "query": "How is Bonn?",
        "tools": sharegpt["tools"],
        "answers": json.dumps([{"name": "look", "arguments": {"city": "Bonn"}}]),
    }
    rows = [openai, sharegpt, xlam, chat_row("你好"), {"foo": 1}]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (project.folder / "a.json").write_text(text, encoding="utf-8")
    project.prepared("a.json", "--name", "shop")
    manifest = project.manifest()
    assert (manifest["read"], manifest["kept"], manifest["tools"]) == (5, 4, {"look": 3})


@pytest.mark.parametrize("content", [b"", b"\n", b"\n \r\n\t\n" * 50, b"\xef\xbb\xbf", b"[]"])
def test_a_file_without_rows_leaves_the_old_dataset(project: Project, content: bytes) -> None:
    project.prepared(str(project.rows("old.jsonl", 300)), "--name", "shop")
    before = project.contents()
    (project.folder / "empty.jsonl").write_bytes(content)
    said = project.prepared("empty.jsonl", "--name", "shop", rc=1)
    assert "holds no rows" in said
    assert project.contents() == before
    assert not project.hidden()


@pytest.mark.parametrize("names", [("shop", "shop"), ("shop", "mall"), ("shop", "shop2")])
def test_two_prepares_at_once(project: Project, names: tuple[str, str]) -> None:
    files = [project.rows("a.jsonl", 3000), project.rows("b.jsonl", 3000, word="Hello.")]
    alone = []
    for file, name in zip(files, names, strict=True):
        project.prepared(str(file), "--name", name)
        alone.append({k: v for k, v in project.contents().items() if k != "dataset_info.json"})
        shutil.rmtree(project.data)  # the page of a dataset names its folder
    runs = [project.started(str(f), "--name", n) for f, n in zip(files, names, strict=True)]
    for run in runs:
        _, said = run.communicate(timeout=PATIENCE_S)
        assert run.returncode == 0, said
    found = project.contents()
    registry = json.loads(found.pop("dataset_info.json"))
    for name in set(names):
        files_of = project.manifest(name)["files"]
        assert set(files_of) <= set(registry)
    if names[0] == names[1]:
        assert found in alone, "the files of one of them, whole"
    else:
        assert found == {**alone[0], **alone[1]}
    assert not project.hidden()
