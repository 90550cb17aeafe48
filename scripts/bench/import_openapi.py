"""Times the import of a large OpenAPI file and writes docs/benchmarks/import_openapi.md.

Role: the claim that a 10 MB file imports in under 5 s is a table that this command makes.
Input: the size. Output: the page; beside each time a peer of the same run, the bare parse of the
same file. The file is made up, always the same: thousands of operations, shared components in
four layers, allOf, enums, cycles, answers much larger than requests, as in public files.
Command: python scripts/bench/import_openapi.py
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

PAGE = Path("docs/benchmarks/import_openapi.md")
WORDS = [
    "order", "customer", "shipment", "invoice", "account", "token", "page", "list", "given",
    "status", "that", "returns", "identifier", "balance", "refund", "create", "update",
    "remove", "the", "of", "a", "when", "with", "each", "before", "after", "only", "first",
    "last", "currency", "amount", "warehouse", "carrier", "label", "address", "contact",
    "region", "tax", "discount", "coupon", "cart",
]  # fmt: skip
HEAD = """# Import of a large OpenAPI file

Made by `{call}` on {machine}; medians of {repeat} runs.

The whole of `fctune tools import FILE --out CATALOGUE` in a process of its own: start, parse,
import, write. "Processor" is its time on the processor, which other work on the machine changes
less than the clock; {load:.1f} processes wanted the {cores} cores meanwhile. The peer is the bare
parse of the same text in the same run: `json.loads`, and `yaml.load` with PyYAML's loader in C.

| source | catalogue | tools | import, s | processor, s | bare parse, s | import / parse |
|---|---|---|---|---|---|---|
"""
LAYERS = (220, 320, 320, 260)
SEED = 42


class Spec:
    """Makes one document; the same seed and size give the same bytes."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.layers: list[list[str]] = []
        self.schemas: dict[str, Any] = {}

    def text(self, low: int, high: int) -> str:
        """Return a sentence of so many words."""
        words = self.random.choices(WORDS, k=self.random.randint(low, high))
        return f"{' '.join(words).capitalize()}."

    def document(self, size: int) -> dict[str, Any]:
        """Return a document of about `size` bytes when written as indented JSON."""
        for layer, count in enumerate(LAYERS):
            self.layers.append([f"Model{layer}{index:03}" for index in range(count)])
            for name in self.layers[layer]:
                self.schemas[name] = self.component(layer, name)
        paths: dict[str, Any] = {}
        document = {
            "openapi": "3.0.3",
            "info": {"title": "A large API", "version": "1.0.0"},
            "servers": [{"url": "https://api.example.com/v1"}],
            "paths": paths,
            "components": {
                "schemas": self.schemas,
                "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
            },
        }
        written = len(json.dumps(document, indent=2))
        number = 0
        while written < size:
            number += 1
            for path, item in self.resource(number).items():
                paths[path] = item
                written += len(json.dumps({path: item}, indent=2)) + 200
        return document

    def component(self, layer: int, name: str) -> dict[str, Any]:
        """Return a component; those of higher layers refer to lower ones, a few to themselves."""
        if layer == 0 and self.random.random() < 0.4:
            values = self.random.sample(WORDS, k=self.random.randint(3, 8))
            return {"type": "string", "enum": values, "description": self.text(4, 10)}
        count = self.random.randint(3, 9)
        properties = {f"field_{index}": self.field() for index in range(count)}
        for index in range(self.random.randint(1, 2) if layer else 0):
            target = self.random.choice(self.layers[layer - 1])
            properties[f"part_{index}"] = self.reference(target)
        if layer and self.random.random() < 0.05:
            properties["children"] = {"type": "array", "items": self.reference(name)}
        schema = {"type": "object", "description": self.text(5, 15), "properties": properties,
                  "required": ["field_0"]}  # fmt: skip
        if layer == 3 and self.random.random() < 0.5:
            base = self.reference(self.random.choice(self.layers[1]))
            return {"allOf": [base, schema]}
        return schema

    def reference(self, name: str) -> dict[str, str]:
        """Return a reference to a component."""
        return {"$ref": f"#/components/schemas/{name}"}

    def field(self) -> dict[str, Any]:
        """Return the schema of a plain property."""
        kind = self.random.choice(("string", "string", "integer", "boolean", "array", "number"))
        field: dict[str, Any] = {"type": kind, "description": self.text(4, 16)}
        if kind == "array":
            field["items"] = {"type": "string"}
        elif kind == "integer":
            field |= {"minimum": 0, "maximum": 1000, "example": 7}
        elif kind == "string" and self.random.random() < 0.3:
            field |= {"format": "date-time", "nullable": True, "example": "2024-01-31T12:30:00Z"}
        return field

    def resource(self, number: int) -> dict[str, Any]:
        """Return the two paths and five operations of one resource."""
        body = self.random.choice(self.layers[self.random.choice((1, 1, 2, 3))])
        answer = self.random.choice(self.layers[3])
        path = f"/resources-{number}"
        one = {"name": "resource_id", "in": "path", "required": True,
               "description": self.text(4, 8), "schema": {"type": "string"}}  # fmt: skip
        made = [
            self.operation(f"list_resource_{number}", answer, None),
            self.operation(f"create_resource_{number}", answer, body),
            self.operation(f"get_resource_{number}", answer, None),
            self.operation(f"update_resource_{number}", answer, body),
            self.operation(f"delete_resource_{number}", answer, None),
        ]
        return {
            path: {"get": made[0], "post": made[1]},
            f"{path}/{{resource_id}}": {
                "parameters": [one], "get": made[2], "patch": made[3], "delete": made[4],
            },
        }  # fmt: skip

    def operation(self, name: str, answer: str, body: str | None) -> dict[str, Any]:
        """Return one operation."""
        parameters = [
            {"name": f"filter_{index}", "in": "query", "description": self.text(4, 14),
             "schema": self.field()}
            for index in range(self.random.randint(1, 4))
        ]  # fmt: skip
        content = {"application/json": {"schema": self.reference(answer)}}
        problem = {"application/json": {"schema": self.reference(self.layers[0][0])}}
        operation: dict[str, Any] = {
            "operationId": name,
            "tags": [name.split("_")[-1][-1]],
            "summary": self.text(3, 7),
            "description": f"{self.text(10, 40)}\n\nSee [the guide](https://example.com/{name}).",
            "parameters": parameters,
            "responses": {
                "200": {"description": self.text(3, 6), "content": content},
                "404": {"description": self.text(3, 6), "content": problem},
            },
        }
        if body:
            media = {"application/json": {"schema": self.reference(body)}}
            operation["requestBody"] = {"required": True, "content": media}
        return operation


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes on the clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def processor(work: Callable[[], object]) -> tuple[float, float]:
    """Return how long child processes of `work` take on the clock, and on the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = seconds(work)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def command(*arguments: str) -> None:
    """Run the verb in a process of its own, as a user does."""
    call = [sys.executable, "-c", "from fctune.cli.main import run; run()", "tools", "import"]
    subprocess.run([*call, *arguments], check=True, capture_output=True)


def measure(source: Path, suffix: str, repeat: int) -> tuple[str, ...]:
    """Return one row of the table: the whole verb beside the bare parse of the same file."""
    from fctune.tools.read import load_catalog

    text = source.read_text("utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    parse = {
        ".json": lambda: json.loads(text),
        ".yaml": lambda: yaml.load(text, Loader=loader),
    }[source.suffix]
    out = source.with_name(f"tools{suffix}")
    runs = [
        (seconds(parse), *processor(lambda: command(str(source), "--out", str(out))))
        for _ in range(repeat)
    ]
    bare, whole, work = (statistics.median(column) for column in zip(*runs, strict=True))
    size, written = source.stat().st_size / 1e6, out.stat().st_size / 1e6
    return (
        f"{source.suffix[1:]}, {size:.1f} MB", f"{suffix[1:]}, {written:.1f} MB",
        str(len(load_catalog(out)[0])), f"{whole:.2f}", f"{work:.2f}", f"{bare:.2f}",
        f"{whole / bare:.1f}",
    )  # fmt: skip


def main() -> None:
    """Make the file in both languages, time its import, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=10.0)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        document = Spec(SEED).document(int(options.megabytes * 1e6))
        as_json, as_yaml = Path(folder, "large.json"), Path(folder, "large.yaml")
        as_json.write_text(json.dumps(document, indent=2), "utf-8")
        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        as_yaml.write_text(yaml.dump(document, Dumper=dumper, sort_keys=False), "utf-8")
        rows = [
            measure(path, suffix, options.repeat)
            for path in (as_json, as_yaml)
            for suffix in (".json", ".yaml")
        ]
    call = f"python scripts/bench/import_openapi.py --megabytes {options.megabytes:g}"
    lines = [f"| {' | '.join(row)} |" for row in rows]
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    load = os.getloadavg()[1]
    text = HEAD.format(
        call=call, machine=machine, repeat=options.repeat, load=load, cores=os.cpu_count()
    )
    text += "\n".join(lines) + "\n"
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
