"""The peers of `fctune prepare`, each run as a process of its own by scripts/bench/prepare.py.

Role: what else a user could run on the same file. Input: the name of a peer, a JSON Lines file of
ShareGPT rows, and a folder to write into. Output: one JSON object on stdout: rows, seconds of work,
seconds of imports, peak memory.

    engine    the engine's own load and conversion, which checks no call
    datasets  datasets.load_dataset, map with jsonschema (validators cached), filter, to_json
    naive     json and jsonschema.validate in a loop: what most scripts do
    cached    the same with one validator per schema
    orjson    read, parse, dump, write: the ceiling of everything written in Python
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def engine(source: Path, folder: Path) -> tuple[int, float, float]:
    """Load and convert as `llamafactory-cli train` does before it tokenizes."""
    begun = time.perf_counter()
    import datasets
    from llamafactory.data.converter import align_dataset
    from llamafactory.data.parser import get_dataset_list
    from llamafactory.hparams import DataArguments
    from transformers import Seq2SeqTrainingArguments

    imports = time.perf_counter() - begun
    columns = {"messages": "conversations", "system": "system", "tools": "tools"}
    roles = {
        "role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt",
        "observation_tag": "observation", "function_tag": "function_call", "system_tag": "system",
    }  # fmt: skip
    if "system" not in json.loads(source.open().readline()):
        columns.pop("system")
    entry = {"file_name": source.name, "formatting": "sharegpt", "columns": columns, "tags": roles}
    (folder / "dataset_info.json").write_text(json.dumps({"bench": entry}))
    arguments = DataArguments(dataset_dir=str(folder), overwrite_cache=True)
    training = Seq2SeqTrainingArguments(output_dir=str(folder / "out"), use_cpu=True)
    begun = time.perf_counter()
    (attribute,) = get_dataset_list(["bench"], str(folder))
    loaded = datasets.load_dataset(
        "json", data_files=[str(source)], split="train", cache_dir=str(folder / "cache")
    )
    aligned = align_dataset(loaded, attribute, arguments, training)
    return len(aligned), time.perf_counter() - begun, imports


def with_datasets(source: Path, folder: Path) -> tuple[int, float, float]:
    """Validate every call with `datasets.map`, and write what is lawful."""
    begun = time.perf_counter()
    import datasets
    import jsonschema

    imports = time.perf_counter() - begun
    check = _checker(_cached(jsonschema))
    begun = time.perf_counter()
    loaded = datasets.load_dataset(
        "json", data_files=[str(source)], split="train", cache_dir=str(folder / "cache")
    )
    marked = loaded.map(lambda row: {"lawful": check(row)}, load_from_cache_file=False)
    kept = marked.filter(lambda row: row["lawful"], load_from_cache_file=False)
    kept.to_json(str(folder / "datasets.jsonl"))
    return len(loaded), time.perf_counter() - begun, imports


def naive(source: Path, folder: Path) -> tuple[int, float, float]:
    """Parse, `jsonschema.validate` each call, write what is lawful."""
    import jsonschema

    def is_lawful(arguments: Any, schema: Any) -> bool:
        try:
            jsonschema.validate(arguments, schema)
        except (jsonschema.ValidationError, jsonschema.SchemaError):
            return False
        return True

    return _looped(source, folder, _checker(is_lawful))


def cached(source: Path, folder: Path) -> tuple[int, float, float]:
    """As `naive`, with one validator per schema."""
    import jsonschema

    return _looped(source, folder, _checker(_cached(jsonschema)))


def orjson(source: Path, folder: Path) -> tuple[int, float, float]:
    """Read, parse, dump and write."""
    import orjson as library

    loads, dumps = library.loads, library.dumps
    begun = time.perf_counter()
    count = 0
    with source.open("rb") as stream, (folder / "orjson.jsonl").open("wb") as out:
        for line in stream:
            out.write(dumps(loads(line)))
            out.write(b"\n")
            count += 1
    return count, time.perf_counter() - begun, 0.0


def _looped(source: Path, folder: Path, check: Callable[[Any], bool]) -> tuple[int, float, float]:
    begun = time.perf_counter()
    count = 0
    with source.open() as stream, (folder / "naive.jsonl").open("w") as out:
        for line in stream:
            row = json.loads(line)
            if check(row):
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count, time.perf_counter() - begun, 0.0


def _cached(jsonschema: Any) -> Callable[[Any, Any], bool]:
    validators: dict[str, Any] = {}

    def is_lawful(arguments: Any, schema: Any) -> bool:
        key = json.dumps(schema)
        if key not in validators:
            validators[key] = jsonschema.Draft202012Validator(schema)
        try:
            return bool(validators[key].is_valid(arguments))
        except Exception:  # noqa: BLE001 - a schema that is none; the row is not lawful
            return False

    return is_lawful


def _checker(is_lawful: Callable[[Any, Any], bool]) -> Callable[[Any], bool]:
    def check(row: Any) -> bool:
        tools = json.loads(row["tools"]) if row.get("tools") else []
        by_name = {tool["name"]: tool.get("parameters", {}) for tool in tools}
        for turn in row["conversations"]:
            if turn["from"] == "function_call":
                try:
                    call = json.loads(turn["value"])
                except ValueError:
                    return False
                calls = call if isinstance(call, list) else [call]
                for one in calls:
                    if not isinstance(one, dict) or one.get("name") not in by_name:
                        return False
                    if not is_lawful(one.get("arguments"), by_name[one["name"]]):
                        return False
        return True

    return check


PEERS = {
    "engine": engine, "datasets": with_datasets, "naive": naive, "cached": cached,
    "orjson": orjson,
}  # fmt: skip


def main() -> None:
    """Run one peer and print its figures."""
    name, source, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    rows, work, imports = PEERS[name](source, folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"rows": rows, "work_s": work, "imports_s": imports, "peak_mb": peak}))


if __name__ == "__main__":
    main()
