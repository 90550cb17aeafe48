"""What a registry promises on every database: the same tests run on SQLite and on PostgreSQL."""

from __future__ import annotations

import copy
import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy.exc import DBAPIError

from fctune.dataset.build import BuildOptions, build
from fctune.dataset.sources import Reading
from fctune.dataset.split import Shares
from fctune.dataset.write import write
from fctune.errors import InputFault, UsageFault
from fctune.evaluation.cases.case_set import read_cases
from fctune.evaluation.evaluate import evaluate
from fctune.evaluation.report.files import Report, RunConfig, write_report
from fctune.tools.describe import told
from fctune.tools.diff.sources import manifest_side
from fctune.tools.read import parse_catalog
from fctune.tools.registry import Registry, open_registry
from fctune.tools.spec import ToolCatalog
from tests.unit.conftest import LOOK, WriteRows, call_row
from tests.unit.evaluation_samples import CATALOG, call, qwen, said, write_split

FORK = multiprocessing.get_context("fork") if hasattr(os, "fork") else None
WORKERS, ROUNDS = 6, 5


def catalog(*tools: dict[str, Any]) -> ToolCatalog:
    found, _ = parse_catalog(list(tools))
    return found


def tool(name: str, description: str = "words", **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties or {"城市": {"type": "string"}}}
    return {"name": name, "description": description, "parameters": schema}


def events(registry: Registry, name: str | None = None) -> list[tuple[str, str, int | None]]:
    return [(one.event, one.tool, one.version) for one in registry.history(name)]


def statuses(registry: Registry, *tools: dict[str, Any]) -> list[tuple[str, int, str | None]]:
    added = registry.add(catalog(*tools), origin="t.yaml")
    return [(one.status, one.version, one.impact) for one in added]


def at_once(work: Callable[..., None], count: int, *arguments: Any) -> None:
    """Run a function in several processes, all started before any has opened the registry."""
    if FORK is None:
        pytest.skip("this system has no fork")
    gate = FORK.Event()
    workers = [FORK.Process(target=work, args=(gate, n, *arguments)) for n in range(count)]
    for worker in workers:
        worker.start()
    gate.set()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0] * count


def add_versions(gate: Any, number: int, db: str) -> None:
    """One of several writers: versions of a common tool, a tool of its own, one equal tool."""
    gate.wait(60)
    for step in range(ROUNDS):
        tools = [
            tool("shared", f"version {number}.{step}"),
            tool(f"own_{number}", f"step {step}"),
            tool("equal"),
        ]
        with open_registry(db, create=True, by=f"writer {number}") as registry:
            registry.add(catalog(*tools), origin=f"{number}.yaml")


def record_again(gate: Any, _number: int, db: str, manifest: Path) -> None:
    gate.wait(60)
    for _ in range(3):
        with open_registry(db) as registry:
            registry.record_training(manifest)


def add_batches(db: str, pipe: Pipe) -> None:
    """A writer to be killed: it says before each batch that it starts, and then that it is in."""
    with open_registry(db, create=True) as registry:
        for step in range(100):
            batch = catalog(*(tool(f"batch{os.getpid()}_{step}_{n}") for n in range(60)))
            pipe.send(("starts", step))
            registry.add(batch, origin=f"{os.getpid()}_{step}")
            pipe.send(("done", step))


class RegistryCases:
    """The tests; a subclass has the fixture `db`: the place of a registry that is not there yet."""

    def test_a_tool_lives_through_versions(self, db: str) -> None:
        wide = {"type": "string"}
        with open_registry(db, create=True, by="ann") as registry:
            assert statuses(registry, tool("查询", a=wide)) == [("added", 1, None)]
            assert statuses(registry, tool("查询", a=wide)) == [("unchanged", 1, None)]
            narrow = tool("查询", a={**wide, "enum": ["x"]})
            assert statuses(registry, narrow) == [("version", 2, "breaking")]
            assert statuses(registry, tool("查询", "other words", a=wide)) == [
                ("version", 3, "retrain")
            ]
            assert statuses(registry, tool("查询", a=wide)) == [("reverted", 1, "compatible")]
            assert [one.version for one in registry.tools()] == [1]
            assert registry.version("查询", 2).impact == "breaking"
            registry.remove(["查询"])
            assert registry.tools() == ()
            assert [one.removed for one in registry.tools(removed=True)] == [True]
            assert statuses(registry, tool("查询", a=wide)) == [("restored", 1, None)]
            rich = {**tool("查询", a=wide), "returns": {"type": "object", "properties": {}}}
            assert statuses(registry, rich) == [("details", 1, None)]
            assert statuses(registry, rich) == [("unchanged", 1, None)]
            assert registry.version("查询").spec.returns is not None
            assert events(registry, "查询") == [
                ("added", "查询", 1), ("version", "查询", 2), ("version", "查询", 3),
                ("reverted", "查询", 1), ("removed", "查询", 1), ("restored", "查询", 1),
                ("details", "查询", 1),
            ]  # fmt: skip
            history = registry.history()
            assert {one.by for one in history} == {"ann"}
            assert all(one.at.endswith("+00:00") for one in history)
            assert [one.id for one in history] == sorted(one.id for one in history)
            assert history[1].impact == "breaking"
            assert history[1].detail["changes"] == ['a: was any value, now one of ["x"]']

    def test_a_source_without_examples_takes_none_away(
        self, db: str, tmp_path: Path, raw: WriteRows
    ) -> None:
        """A dataset's rows hold name, description and parameters alone."""
        example = {"input": "in Oslo?", "call": {"arguments": {"city": "Oslo"}}}
        binding = {"method": "GET", "path": "/w", "places": {"city": {"in": "query", "name": "c"}}}
        answer = {"type": "object", "properties": {"t": {"type": "integer"}}}
        plain = LOOK["function"]
        rich = {**plain, "examples": [example], "http": binding, "returns": answer}
        with open_registry(db, create=True) as registry:
            registry.add(catalog(rich), origin="t.yaml")
            before = registry.version("look").spec
            manifest = manifest_side(prepared(tmp_path, raw, "shop", 3))
            (added,) = registry.add(manifest.catalog, origin="shop.manifest.json")
            assert (added.status, added.changes) == ("unchanged", ())
            assert registry.version("look").spec == before
            assert events(registry) == [("added", "look", 1)]
            other = {**plain, "examples": [{**example, "input": "Oslo!"}]}
            assert statuses(registry, other) == [("details", 1, None)]
            now = registry.version("look").spec
            assert (now.examples[0].input, now.http, now.returns) == (
                "Oslo!", before.http, before.returns,
            )  # fmt: skip
            kept = registry.history()[-1].detail["before"]
            assert [one["input"] for one in kept["examples"]] == ["in Oslo?"]
            assert list(kept) == ["examples"]

    def test_a_version_that_comes_back_takes_new_examples_in(self, db: str) -> None:
        example = {"input": "x?", "call": {"arguments": {"城市": "Oslo"}}}
        with open_registry(db, create=True) as registry:
            for one in (tool("a"), tool("a", "other"), {**tool("a"), "examples": [example]}):
                registry.add(catalog(one), origin="x")
            assert registry.version("a").spec.examples[0].input == "x?"
            assert [one.event for one in registry.history()] == [
                "added", "version", "reverted", "details",
            ]  # fmt: skip

    def test_what_is_added_comes_back_whole_and_in_order(self, db: str) -> None:
        example = {"input": "奥斯陆?", "call": {"arguments": {"城市": "Oslo"}}}
        binding = {"method": "GET", "path": "/w", "places": {"城市": {"in": "query", "name": "c"}}}
        rich = {**tool("z"), "examples": [example], "http": binding}
        odd = {"type": "string", "enum": [1, None, True, "\0"], "default": "\\ud83d"}
        given = catalog(rich, tool("a", "half \ud83d", x=odd), tool("天气"))
        assert len(given) == 3
        with open_registry(db, create=True) as registry:
            registry.add(given, origin="x")
            registry.add(catalog(tool("b")), origin="y")
            back = registry.catalog()
            assert registry.chosen("") == back
            assert registry.chosen("天气@1").names == ("天气",)
        assert back.names == ("z", "a", "天气", "b")
        assert [back.get(spec.name) for spec in given] == list(given.specs)
        assert ToolCatalog(back.specs[:3]).fingerprint == given.fingerprint

    def test_names_that_are_unknown_are_refused_with_near_ones(self, db: str) -> None:
        with open_registry(db, create=True) as registry:
            registry.add(catalog(tool("cancel_order"), tool("查询天气")), origin="x")
            with pytest.raises(InputFault, match="'cancel_ordr'") as caught:
                registry.remove(["查询天气", "cancel_ordr"])
            assert caught.value.hint == "did you mean cancel_order?"
            assert len(registry.tools()) == 2
            assert [one.done for one in registry.remove(["查询天气", "查询天气"])] == [True]
            assert [one.done for one in registry.remove(["查询天气"])] == [False]
            for wrong in (lambda: registry.version("x"), lambda: registry.history("x")):
                with pytest.raises(InputFault, match="no tool 'x'"):
                    wrong()
            with pytest.raises(InputFault, match="no version 7"):
                registry.chosen("cancel_order@7")
            with pytest.raises(UsageFault, match="NAME@NUMBER"):
                registry.chosen("cancel_order@last")
            with pytest.raises(UsageFault, match="NAME@NUMBER") as refused:
                registry.chosen("cancel_order@" + "1" * 5000)
            assert len(str(refused.value)) < 200
            for name in ("a\0b", "half\ud83d"):
                for use in (
                    lambda name: registry.add(catalog(tool(name)), origin="x"),
                    lambda name: registry.add(catalog(tool("b")), origin=name),
                    lambda name: registry.remove([name]), registry.version, registry.history,
                ):  # fmt: skip
                    with pytest.raises(InputFault, match="cannot be stored"):
                        use(name)
                with pytest.raises(UsageFault, match="can be stored") as refused:
                    open_registry(db, by=name)
                assert refused.value.where == "--by"

    def test_a_dry_run_changes_nothing(self, db: str) -> None:
        with open_registry(db, create=True, dry_run=True) as registry:
            assert statuses(registry, tool("a")) == [("added", 1, None)]
        with pytest.raises(InputFault, match="no registry"):
            open_registry(db)
        with open_registry(db, create=True) as registry:
            registry.add(catalog(tool("a")), origin="x")
        with open_registry(db, create=True, dry_run=True) as registry:
            assert statuses(registry, tool("a", "new")) == [("version", 2, "compatible")]
            registry.remove(["a"])
        with open_registry(db) as registry:
            assert events(registry) == [("added", "a", 1)]

    def test_training_is_counted_once_for_each_dataset(
        self, db: str, tmp_path: Path, raw: WriteRows
    ) -> None:
        first = prepared(tmp_path, raw, "shop", 6)
        with open_registry(db, create=True) as registry:
            registry.add(catalog(LOOK, tool("other")), origin="x")
            noted = registry.record_training(first)
            assert noted.noted == {"look": "version 1: 6 training calls in 6 rows"}
            assert registry.record_training(first).noted == {}
            registry.record_training(prepared(tmp_path, raw, "office", 4))
            assert [dict(one.trained) for one in registry.tools()] == [{1: 10}, {}]
            again = registry.record_training(prepared(tmp_path, raw, "shop", 8))
            assert again.noted == {"look": "version 1: 8 training calls in 8 rows, 6 before"}
            assert dict(registry.tools()[0].trained) == {1: 12}
            trained = [one.detail["calls"] for one in registry.history() if one.event == "trained"]
            assert trained == [6, 4, 8]

    def test_training_goes_to_the_version_that_was_shown(
        self, db: str, tmp_path: Path, raw: WriteRows
    ) -> None:
        path = prepared(tmp_path, raw, "shop", 5)
        newer = copy.deepcopy(LOOK["function"])
        newer["parameters"]["properties"]["lang"] = {"type": "string"}
        with open_registry(db, create=True) as registry:
            registry.add(catalog(LOOK), origin="x")
            registry.add(catalog(newer), origin="x")
            registry.record(path)
            (known,) = registry.tools()
            assert (known.version, dict(known.trained)) == (2, {1: 5})
        with open_registry(db, create=True) as registry:
            stranger = {**newer, "name": "stranger"}
            registry.add(catalog(stranger), origin="x")
            value = json.loads(path.read_text())
            value["catalog"]["tools"]["stranger"] = [{"fingerprint": "0" * 64, "calls": 1}]
            value["catalog"]["tools"]["nobody"] = [{"fingerprint": "0" * 64, "calls": 1}]
            path.write_text(json.dumps(value))
            noted = registry.record(path)
            assert (noted.unmatched, noted.unknown) == (("stranger",), ("nobody",))

    def test_a_tool_of_dev_and_test_rows_is_not_noted(
        self, db: str, tmp_path: Path, raw: WriteRows
    ) -> None:
        path = prepared(tmp_path, raw, "shop", 5)
        value = json.loads(path.read_text())
        value["catalog"]["tools"]["unseen"] = [{"fingerprint": "0" * 64, "rows": 0, "calls": 0}]
        path.write_text(json.dumps(value))
        with open_registry(db, create=True) as registry:
            registry.add(catalog(LOOK, tool("unseen")), origin="x")
            noted = registry.record(path)
            assert (list(noted.noted), noted.unmatched, noted.unknown) == (["look"], (), ())

    @pytest.mark.parametrize(
        ("key", "wrong"),
        [
            ("calls", 10**30), ("calls", True), ("calls", -1), ("rows", float("inf")),
            ("rows", float("nan")), ("rows", "3"), ("calls", 1.5), ("fingerprint", None),
            ("fingerprint", "\ud83d"),
        ],
    )  # fmt: skip
    def test_a_count_that_cannot_be_is_named(
        self, db: str, tmp_path: Path, raw: WriteRows, key: str, wrong: Any
    ) -> None:
        path = prepared(tmp_path, raw, "shop", 3)
        value = json.loads(path.read_text())
        value["catalog"]["tools"]["look"][0][key] = wrong
        path.write_text(json.dumps(value))
        with open_registry(db, create=True) as registry:
            registry.add(catalog(LOOK), origin="x")
            with pytest.raises(InputFault) as caught:
                registry.record(path)
            assert caught.value.message.startswith(f"catalog.tools.look[0].{key}: got ")
            assert caught.value.where == str(path)
            assert [one.event for one in registry.history()] == ["added"]

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"name": "half\ud83d"}, r"name: got '.*ud83d'"),
            ({"tools": {"half\ud83d": []}}, "catalog.tools: got"),
            ({"tools": {"look": "foo"}}, "catalog.tools.look: got 'foo', expected a list"),
            ({"tools": {"look": ["foo"]}}, r"catalog.tools.look\[0\]: got 'foo'"),
        ],
    )
    def test_a_manifest_that_cannot_be_noted_is_named(
        self, db: str, tmp_path: Path, raw: WriteRows, change: dict[str, Any], words: str
    ) -> None:
        path = prepared(tmp_path, raw, "shop", 3)
        value = json.loads(path.read_text())
        (value["catalog"] if "tools" in change else value).update(change)
        path.write_text(json.dumps(value))
        with open_registry(db, create=True) as registry:
            with pytest.raises(InputFault, match=words) as caught:
                registry.record(path)
            assert caught.value.where == str(path)

    def test_examples_told_in_the_description_do_not_hide_the_tool(
        self, db: str, tmp_path: Path, raw: WriteRows
    ) -> None:
        example = {"input": "in Oslo?", "call": {"arguments": {"city": "Oslo"}}}
        plain = catalog({**LOOK["function"], "examples": [example]})
        path = prepared(tmp_path, raw, "shop", 5, tools=told(plain, examples=1))
        with open_registry(db, create=True) as registry:
            registry.add(plain, origin="x")
            assert registry.record(path).unmatched == ()
            assert dict(registry.tools()[0].trained) == {1: 5}

    def test_the_last_accuracy_is_known_for_each_tool(self, db: str, tmp_path: Path) -> None:
        with open_registry(db, create=True) as registry:
            registry.add(CATALOG, origin="x")
            noted = registry.record_accuracy(evaluated(tmp_path / "one", right=2))
            assert noted.noted == {"track": "version 1: 0.667 (2 of 3 calls right)"}
            assert registry.record_accuracy(tmp_path / "one").noted == {}
            registry.record(evaluated(tmp_path / "two", right=1) / "results.json")
            order, track = registry.tools()
            assert order.accuracy is None
            assert track.accuracy is not None
            assert (track.accuracy.num, track.accuracy.den, track.accuracy.version) == (1, 3, 1)
            assert track.accuracy.source == "m"
            values = [one.detail["num"] for one in registry.history() if one.event == "measured"]
            assert values == [2, 1]

    @pytest.mark.parametrize(
        ("metric", "words"),
        [
            ({"value": 7}, "by_tool.track.value: got 7, expected a share from 0 to 1"),
            ({"value": float("inf")}, "by_tool.track.value: got inf"),
            ({"value": float("nan")}, "by_tool.track.value: got nan"),
            ({"value": 10**400}, "by_tool.track.value: got 1000"),
            ({"value": True}, "by_tool.track.value: got True"),
            ({"value": "0.5"}, "by_tool.track.value: got '0.5'"),
            ({"value": None}, "by_tool.track.value: got None"),
            ({"value": 0.1}, "by_tool.track.value: got 0.1, expected num / den, which is 2/3"),
            ({"num": float("inf")}, "by_tool.track.num: got inf, expected a count"),
            ({"num": 10**30}, "by_tool.track.num: got 1000"),
            ({"den": True}, "by_tool.track.den: got True"),
            ({"num": 4}, "by_tool.track.num: got 4, expected at most den, which is 3"),
            ("foo", "by_tool.track: got 'foo', expected {value, num, den}"),
        ],
    )
    def test_a_measurement_that_cannot_be_is_named(
        self, db: str, tmp_path: Path, metric: Any, words: str
    ) -> None:
        folder = evaluated(tmp_path / "one", right=2)
        value = json.loads((folder / "results.json").read_text())
        good = value["by_tool"]["track"]
        value["by_tool"]["track"] = {**good, **metric} if isinstance(metric, dict) else metric
        (folder / "results.json").write_text(json.dumps(value))
        with open_registry(db, create=True) as registry:
            registry.add(CATALOG, origin="x")
            with pytest.raises(InputFault) as caught:
                registry.record(folder)
            assert caught.value.message.startswith(words)
            assert caught.value.where == str(folder / "results.json")
            assert "measured" not in {one.event for one in registry.history()}

    def test_a_tool_without_due_calls_is_no_measurement(self, db: str, tmp_path: Path) -> None:
        folder = evaluated(tmp_path / "one", right=2)
        value = json.loads((folder / "results.json").read_text())
        value["by_tool"]["order"] = {"value": None, "num": 0, "den": 0}
        (folder / "results.json").write_text(json.dumps(value))
        with open_registry(db, create=True) as registry:
            registry.add(CATALOG, origin="x")
            assert list(registry.record(folder).noted) == ["track"]
            value["by_tool"] = {"half\ud83d": value["by_tool"]["track"]}
            (folder / "results.json").write_text(json.dumps(value))
            with pytest.raises(InputFault, match="by_tool: got"):
                registry.record(folder)

    def test_results_of_an_unknown_version_are_not_taken_for_the_current_one(
        self, db: str, tmp_path: Path
    ) -> None:
        with open_registry(db, create=True) as registry:
            registry.add(catalog(tool("track", id={"type": "integer"})), origin="x")
            noted = registry.record_accuracy(evaluated(tmp_path / "one", right=2))
            assert (noted.noted, noted.unmatched) == ({}, ("track",))

    def test_nothing_changes_the_history(self, db: str) -> None:
        with open_registry(db, create=True) as registry:
            registry.add(catalog(tool("a")), origin="x")
            engine = registry._database.engine
            replacing = (
                "INSERT OR REPLACE INTO fctune_history SELECT * FROM fctune_history"
                if engine.dialect.name == "sqlite"
                else "TRUNCATE fctune_history"
            )
            for statement in (
                "UPDATE fctune_history SET event = 'x'", "DELETE FROM fctune_history", replacing
            ):  # fmt: skip
                with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
                    connection.exec_driver_sql(statement)
            assert events(registry) == [("added", "a", 1)]

    def test_a_later_schema_is_refused_and_left_alone(self, db: str) -> None:
        with open_registry(db, create=True) as registry:
            about = "UPDATE fctune_registry SET value = '2'"
            with registry._database.engine.begin() as connection:
                connection.exec_driver_sql(about)
        for create in (False, True):
            with pytest.raises(InputFault, match="schema_version '2', expected at most 1"):
                open_registry(db, create=create)

    def test_writers_at_once_lose_nothing(self, db: str) -> None:
        at_once(add_versions, WORKERS, db)
        with open_registry(db) as registry:
            tools = {one.name: one for one in registry.tools()}
            assert set(tools) == {"shared", "equal", *(f"own_{n}" for n in range(WORKERS))}
            assert tools["shared"].versions == WORKERS * ROUNDS
            assert {one.versions for name, one in tools.items() if "own" in name} == {ROUNDS}
            versions = [one.version for one in registry.history("shared")]
            assert versions == list(range(1, WORKERS * ROUNDS + 1))  # one after the other
            assert events(registry, "equal") == [("added", "equal", 1)]
            shown = {registry.version("shared", n).spec.description for n in versions}
            assert len(shown) == WORKERS * ROUNDS
            assert len(registry.history()) == 2 * WORKERS * ROUNDS + 1
            assert {one.by for one in registry.history("shared")} == {
                f"writer {n}" for n in range(WORKERS)
            }

    def test_one_manifest_recorded_at_once_counts_once(
        self, db: str, tmp_path: Path, raw: WriteRows
    ) -> None:
        path = prepared(tmp_path, raw, "shop", 6)
        with open_registry(db, create=True) as registry:
            registry.add(catalog(LOOK), origin="x")
        at_once(record_again, 4, db, path)
        with open_registry(db) as registry:
            assert dict(registry.tools()[0].trained) == {1: 6}
            assert [one.event for one in registry.history()] == ["added", "trained"]

    def test_a_killed_writer_leaves_all_or_nothing_of_each_batch(self, db: str) -> None:
        if FORK is None:
            pytest.skip("this system has no fork")
        with open_registry(db, create=True):
            pass
        done: set[str] = set()
        begun = 0
        for number in range(6):
            mine, theirs = FORK.Pipe(duplex=False)
            writer = FORK.Process(target=add_batches, args=(db, theirs))
            writer.start()
            assert writer.pid is not None
            assert mine.recv() == ("starts", 0)
            time.sleep(Random(number).uniform(0.0, 0.3))
            os.kill(writer.pid, signal.SIGKILL)
            writer.join(10)
            begun += 1
            theirs.close()
            while mine.poll():
                try:
                    word, step = mine.recv()
                except EOFError:
                    break
                if word == "done":
                    done.add(f"{writer.pid}_{step}")
                else:
                    begun += 1
        with open_registry(db) as registry:
            registry.add(catalog(tool("after")), origin="x")  # nobody holds the lock any more
            batches: dict[str, int] = {}
            for one in registry.tools():
                batches[one.origin] = batches.get(one.origin, 0) + 1
            assert batches.pop("x") == 1
            assert set(batches.values()) <= {60}
            assert done <= set(batches)
            assert len(batches) < begun  # at least one was killed in its midst
            assert len(registry.history()) == 60 * len(batches) + 1

    def test_readers_do_not_wait_for_a_writer(self, db: str) -> None:
        with open_registry(db, create=True) as registry, open_registry(db) as reader:
            registry.add(catalog(tool("a")), origin="x")

            def work(connection: sqlalchemy.Connection) -> int:
                connection.exec_driver_sql("UPDATE fctune_tool SET removed = TRUE")
                started = time.monotonic()
                assert [one.removed for one in reader.tools()] == [False]
                assert time.monotonic() - started < 5
                return 1

            registry._database.write(work, keep=False)
            assert [one.removed for one in registry.tools()] == [False]


def prepared(
    tmp_path: Path, raw: WriteRows, name: str, count: int, tools: ToolCatalog | None = None
) -> Path:
    """Return the manifest of a dataset with that many training calls of look."""
    rows = [call_row(f"{name} {n}") for n in range(count)]
    for row in rows if tools else ():
        del row["tools"]
    options = BuildOptions(
        name, tmp_path / "data", (raw(f"{name}.jsonl", rows),), template="qwen3_nothink",
        shares=Shares(0, 0), reading=Reading(tools=tools),
    )  # fmt: skip
    write(build(options), tmp_path / "data")
    return tmp_path / "data" / f"{name}.manifest.json"


def evaluated(folder: Path, *, right: int) -> Path:
    """Return the result folder of an evaluation of three calls of track."""
    folder.mkdir()
    split = read_cases(write_split(folder / "test.jsonl", ["A1", "A2", "A3"]))
    answers = []
    for one in split.cases:
        good = bool(one.calls) and right > 0
        right -= good
        text = qwen(call("track", id=one.calls[0].arguments["id"])) if good else "It is in Oslo."
        answers.append(said(text, one.id, finish_reason="stop"))
    write_report(Report.of(evaluate(split, answers), RunConfig("m", "qwen", 7)), folder)
    return folder
