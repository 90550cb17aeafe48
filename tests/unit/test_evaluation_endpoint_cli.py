"""`fctune eval --endpoint` as a user meets it: files, replay, a key that is nowhere, going on."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .endpoint_server import Handler, Server, completion, serve
from .evaluation_samples import write_split

pytest.importorskip("httpx")
KEY = "sk-very-secret-0123456789"
COMMAND = [sys.executable, "-c", "from fctune.cli.main import run; run()"]


def fctune(*arguments: str | Path, key: str = KEY) -> subprocess.CompletedProcess[str]:
    words = [str(argument) for argument in arguments]
    environ = {name: value for name, value in os.environ.items() if "API_KEY" not in name}
    return subprocess.run(
        [*COMMAND, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**environ, "FCTUNE_API_KEY": key},
    )


def right(handler: Handler, body: Any) -> None:
    """Answer as the split of `write_split` does."""
    last = body["messages"][-1]
    if last["role"] == "tool":
        handler.json(completion("It is in Oslo."))
    elif last["content"].startswith("Thanks"):
        handler.json(completion(f"You are welcome. {KEY}"))
    else:
        order = last["content"].split()[-1].strip("?")
        handler.json(completion("Hm.", [("track", json.dumps({"id": order}))], "tool_calls"))


@pytest.fixture
def split(tmp_path: Path) -> Path:
    return write_split(tmp_path / "test.jsonl", ["A1", "单2"])


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(right) as running:
        yield running


def evaluate(server: Server, split: Path, out: Path, *more: str) -> Any:
    asked = ("--endpoint", server.url, "--model", "tiny", "--data", split, "--out", out)
    return fctune("eval", *asked, "--retries", "0", *more)


def test_a_run_writes_its_files_without_the_key_and_replays(
    server: Server, split: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = evaluate(server, split, out, "--concurrency", "1", "--request", "top_p=0.5", "--json")
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert (results["n"], results["correct"], results["unscored"]) == (6, 6, 0)
    model = results["config"]["model"]
    assert model["request"] == {"temperature": 0, "max_tokens": 256, "top_p": 0.5}
    assert results["config"]["source"] == f"tiny at {server.url}/chat/completions"
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    texts = [path.read_text("utf-8") for path in out.rglob("*") if path.is_file()]
    assert texts and all(KEY not in text for text in [*texts, done.stdout, done.stderr])
    timing = json.loads((out / "timing.json").read_text())["requests"]
    assert (timing["latency_kind"], timing["requests"]) == ("single_stream", 6)
    again = fctune("score", out / "predictions.jsonl", "--out", tmp_path / "again")
    assert again.returncode == 0, again.stderr
    verdicts = [folder / "outcomes.jsonl" for folder in (out, tmp_path / "again")]
    assert verdicts[0].read_bytes() == verdicts[1].read_bytes()


def test_gates_that_can_hold_are_not_refused_before(
    server: Server, split: Path, tmp_path: Path
) -> None:
    first = evaluate(server, split, tmp_path / "first")
    assert first.returncode == 0, first.stderr
    gates = ("--no-regression", tmp_path / "first", "--min", "overall_accuracy@turn:1=1")
    junit = tmp_path / "new" / "gates.xml"
    done = evaluate(server, split, tmp_path / "out", *map(str, gates), "--junit", str(junit))
    assert done.returncode == 0, done.stderr
    assert "no regression" in junit.read_text("utf-8")


def test_a_run_that_was_broken_off_goes_on(split: Path, tmp_path: Path) -> None:
    count = 0

    def fails_late(handler: Handler, body: Any) -> None:
        nonlocal count
        count += 1
        right(handler, body) if count < 4 else handler.json({"error": "key expired"}, 401)

    out = tmp_path / "out"
    with serve(fails_late) as server:
        first = evaluate(server, split, out, "--concurrency", "1")
        assert (first.returncode, "key expired" in first.stderr) == (5, True)
        assert "Traceback" not in first.stderr
        kept = f"3 of 6 answers are kept in {out}; to go on: fctune eval --endpoint"
        assert kept in first.stderr and "--concurrency 1 --resume\n" in first.stderr
        url = server.url
        asked = len(server.bodies)
        count = -100
        done = evaluate(server, split, out, "--concurrency", "1", "--resume", "--json")
        assert server.url == url
        assert len(server.bodies) - asked == 3
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["correct"] == 6


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_says_what_is_kept_and_how_to_go_on(
    split: Path, tmp_path: Path, number: signal.Signals
) -> None:
    busy: list[subprocess.Popen[str]] = []
    count = 0

    def stops_late(handler: Handler, body: Any) -> None:
        nonlocal count
        count += 1
        if count == 3:
            time.sleep(0.3)  # both answers are written by now
            busy[0].send_signal(number)
            time.sleep(0.3)
        right(handler, body)

    with serve(stops_late) as server:
        asked = ["--endpoint", server.url, "--model", "tiny", "--data", str(split)]
        words = [*COMMAND, "eval", *asked, "--out", str(tmp_path / "out"), "--concurrency", "1"]
        busy.append(subprocess.Popen(words, stderr=subprocess.PIPE, text=True))
        said = busy[0].communicate(timeout=60)[1]
        who = "the user" if number == signal.SIGINT else number.name
        assert busy[0].returncode == 130, said
        assert f"stopped by {who}; 2 of 6 answers are kept in {tmp_path / 'out'}\n" in said
        hint = said.partition("hint: to go on: fctune ")[2].strip()
        assert hint.endswith(" --concurrency 1 --resume"), said
        count = -100
        done = fctune(*shlex.split(hint), "--json")  # as it was told
    assert done.returncode == 0, done.stderr
    assert "2 of 6 cases were answered before" in done.stderr
    assert json.loads(done.stdout)["correct"] == 6


def test_cases_without_an_answer_are_asked_again_by_resume(split: Path, tmp_path: Path) -> None:
    count = 0

    def fails_once(handler: Handler, body: Any) -> None:
        nonlocal count
        count += 1
        handler.json({"error": "too long"}, 400) if count == 2 else right(handler, body)

    out = tmp_path / "out"
    with serve(fails_once) as server:
        first = evaluate(server, split, out, "--concurrency", "1")
        assert first.returncode == 1, first.stderr
        told = "1 case has no answer: the same command with --resume asks only those"
        assert told in first.stderr
        done = evaluate(server, split, out, "--resume", "--json")
        assert (len(server.bodies), json.loads(done.stdout)["correct"]) == (7, 6)
        again = evaluate(server, split, out, "--resume")
        assert again.returncode == 2
        assert f"nothing to resume: {out} holds finished results" in again.stderr
        assert "leave --resume out" in again.stderr
        count = 0
        assert evaluate(server, split, out, "--concurrency", "1").returncode == 1
        anew = evaluate(server, split, out, "--json")  # its journal is of results that are written
        assert (anew.returncode, json.loads(anew.stdout)["correct"]) == (0, 6)
        assert len(server.bodies) == 7 + 6 + 6


def test_a_plan_asks_nothing(server: Server, split: Path, tmp_path: Path) -> None:
    done = evaluate(server, split, tmp_path / "out", "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    assert server.bodies == []
    assert not (tmp_path / "out").exists()
    assert KEY not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (("--request", "api_key=x"), 2, "FCTUNE_API_KEY"),
        (("--server", "llamafactory", "--stream"), 2, "cannot stream"),
        (("--endpoint", "localhost:8000"), 2, "expected an http URL"),
        (("--endpoint", "http://127.0.0.1:9"), 5, "none of 6 requests was answered"),
    ],
)
def test_what_cannot_be_is_told(
    server: Server, split: Path, tmp_path: Path, more: tuple[str, ...], code: int, said: str
) -> None:
    done = evaluate(server, split, tmp_path / "out", *more)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert "hint:" in done.stderr and "Traceback" not in done.stderr
