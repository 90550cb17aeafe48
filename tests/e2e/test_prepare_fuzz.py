"""prepare on mutated real rows: no other error than ours, every row accounted for, memory bounded.

FCTUNE_FUZZ_CASES says how many rows; the build runs in one process of its own, so that its peak
memory is that of fctune alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from fctune.catalogue import CATALOGUE
from fctune.dataset.build import BuildOptions, build
from fctune.dataset.write import write
from tests.conftest import ROOT, SHARED
from tests.e2e.fuzz_rows import Mutator, samples

pytestmark = pytest.mark.e2e
CASES = int(os.environ.get("FCTUNE_FUZZ_CASES", "3000"))
SEED = int(os.environ.get("FCTUNE_FUZZ_SEED", "1"))
MOST_BYTES = 300_000_000
SPLITS = ("train", "dev", "test")
CHILD = """
import json, re, sys, time
from pathlib import Path
from fctune.dataset.build import BuildOptions, build
from fctune.dataset.sources import Reading
from fctune.dataset.write import write
folder, name, format, *sources = sys.argv[1:]
folder = Path(folder)
folder.mkdir(exist_ok=True)
began = time.perf_counter()
options = BuildOptions(
    name, folder, tuple(map(Path, sources)), template="qwen3_nothink",
    reading=Reading(format=format or None),
)
with build(options, beside=folder) as dataset:
    manifest = write(dataset, folder).as_dict()
keys = ("read", "kept", "rejected", "deduplicated", "rejects_by_code")
told = {key: manifest[key] for key in keys}
told["seconds"] = time.perf_counter() - began
status = Path("/proc/self/status")  # not getrusage: that begins with the memory of the parent
found = re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text()) if status.exists() else None
told["peak"] = int(found[1]) * 1024 if found else 0
print(json.dumps(told))
"""


class _Counting(BaseHTTPRequestHandler):
    requests = 0

    def do_GET(self) -> None:
        type(self).requests += 1
        self.send_response(404)
        self.end_headers()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Serve on this machine what no build may ask for."""
    _Counting.requests = 0
    running = ThreadingHTTPServer(("127.0.0.1", 0), _Counting)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_address[1]}"
    running.shutdown()


def prepared(folder: Path, name: str, *sources: Path, format: str = "") -> dict[str, Any]:
    """Build and write a dataset in one process; return its accounts, time and peak memory."""
    command = [sys.executable, "-c", CHILD, str(folder), name, format, *map(str, sources)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def rows_of(folder: Path, name: str) -> Counter[bytes]:
    """Return the digest of the conversations of every row of the splits."""
    found: Counter[bytes] = Counter()
    for split in SPLITS:
        path = folder / f"{name}_{split}.jsonl"
        if path.exists():
            with path.open("rb") as stream:
                for line in stream:
                    head = line[: line.rindex(b',"system":')]
                    found[hashlib.blake2b(head, digest_size=16).digest()] += 1
    return found


@pytest.fixture(scope="module")
def fuzzed(server: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Prepare mutated rows; the real samples take part where they are beside the clone."""
    folders = [ROOT / "data" / "raw", *([SHARED / "raw"] if SHARED.exists() else [])]
    rows = samples(*folders)
    assert len(rows) > 3000
    folder = tmp_path_factory.mktemp("fuzz")
    with (folder / "rows.jsonl").open("wb") as stream:
        for line in Mutator(rows, SEED, server).lines(CASES):
            stream.write(line)
    told = prepared(folder / "data", "fuzz", folder / "rows.jsonl")
    sys.stdout.write(json.dumps(told) + "\n")
    return folder, told


def test_every_row_is_accounted_for(fuzzed: tuple[Path, dict[str, Any]]) -> None:
    _, told = fuzzed
    # A mutated row of several conversations counts as so many.
    assert told["read"] >= CASES
    assert told["read"] == told["kept"] + told["rejected"] + told["deduplicated"]
    assert told["kept"] > CASES / 20 and told["rejected"] > CASES / 20
    assert len(told["rejects_by_code"]) > 25
    assert set(told["rejects_by_code"]) <= set(CATALOGUE)


def test_every_reject_has_a_code_and_a_reason(fuzzed: tuple[Path, dict[str, Any]]) -> None:
    folder, told = fuzzed
    counted, lines = 0, set()
    with (folder / "data" / "fuzz.rejects.jsonl").open("rb") as stream:
        for line in stream:
            reject = json.loads(line)
            counted += 1
            assert reject["codes"] and set(reject["codes"]) <= set(CATALOGUE)
            assert all(found["code"] and found["hint"] for found in reject["issues"])
            file, _, number = reject["origin"].rpartition(":")
            assert file.endswith("rows.jsonl")
            lines.add(int(number))
    assert counted == told["rejected"]
    assert lines <= set(range(1, CASES + 1))


def test_memory_is_bounded(fuzzed: tuple[Path, dict[str, Any]]) -> None:
    _, told = fuzzed
    assert told["peak"] < MOST_BYTES, f"{told['peak'] / 1e6:.0f} MB"


def test_what_is_kept_is_kept_again(fuzzed: tuple[Path, dict[str, Any]]) -> None:
    folder, told = fuzzed
    data = folder / "data"
    written = [data / f"fuzz_{split}.jsonl" for split in SPLITS]
    # What no format but ShareGPT reads as a call, such as words of ReAct in an answer, is one for
    # the others: the rows are taken as what they are.
    again = prepared(folder / "again", "fuzz", *filter(Path.exists, written), format="sharegpt")
    assert again["read"] == told["kept"]
    assert again["kept"] == told["kept"], again["rejects_by_code"]
    assert rows_of(folder / "again", "fuzz") == rows_of(data, "fuzz")


@pytest.mark.parametrize("place", ["own", "shared"])
def test_what_is_kept_of_the_samples_is_kept_again(tmp_path: Path, place: str) -> None:
    root = ROOT / "data" / "raw" if place == "own" else SHARED / "raw"
    if not root.exists():
        pytest.skip("the real samples are not beside this clone")
    kept = 0
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        data, again = tmp_path / folder.name, tmp_path / f"{folder.name} again"
        options = BuildOptions("rows", data, (folder,), template="qwen3_nothink")
        with build(options) as dataset:
            if not dataset.manifest.kept:
                continue
            first = write(dataset, data)
        written = tuple(path for split in SPLITS if (path := data / f"rows_{split}.jsonl").exists())
        with build(replace(options, folder=again, sources=written)) as dataset:
            second = write(dataset, again)
        assert second.read == second.kept == first.kept, (folder.name, second.rejects_by_code)
        assert rows_of(again, "rows") == rows_of(data, "rows"), folder.name
        assert not second.repairs_by_code, folder.name
        kept += first.kept
    assert kept > 1000


def test_no_reference_was_followed(fuzzed: tuple[Path, dict[str, Any]], server: str) -> None:
    folder, _ = fuzzed
    assert server.encode() in (folder / "rows.jsonl").read_bytes()
    assert _Counting.requests == 0
