"""A tiny model that knows five answers by heart, and servers for it.

It is taught in some twenty steps on the very cases that it is asked, so that a right server gives
right calls, and a prompt that differs from training's shows.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from fctune.conversations.families import RESULT_SEPARATOR
from fctune.engine.templates import EngineTemplate, messages_of
from fctune.evaluation.cases.case_set import CaseSet, read_cases
from fctune.jsonl import read_rows
from tests.unit.evaluation_samples import CATALOG, sharegpt_row

TEMPLATE = "qwen"
_START_S = 240


def write_taught_split(path: Path) -> Path:
    """Write two conversations: call, result, answers; and two parallel calls with results."""
    calls = [{"name": "track", "arguments": {"id": name}} for name in ("A1", "单3")]
    parallel = {
        "conversations": [
            {"from": "human", "value": "Where are A1 and 单3?"},
            {"from": "function_call", "value": json.dumps(calls, ensure_ascii=False)},
            {"from": "observation", "value": f'{{"at": "Oslo"}}{RESULT_SEPARATOR}{{"at": "罗马"}}'},
            {"from": "gpt", "value": "Oslo and 罗马."},
        ],
        "system": "You help.",
        "tools": CATALOG.json,
    }
    rows = [json.dumps(row, ensure_ascii=False) for row in (sharegpt_row("A1"), parallel)]
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def teach(base: Path, split: Path, out: Path) -> CaseSet:
    """Teach a copy of the tiny model the answers of a split; return its cases."""
    import torch
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so small a model gains nothing from two, and loses on a busy machine
    template = EngineTemplate.load(base, TEMPLATE)
    rows = {raw.origin.line: raw.value for raw in read_rows(split)}
    cases = read_cases(split, template=TEMPLATE)
    pairs = []
    for case in cases.cases:
        row, turn = rows[case.origin.line], int(case.id.split("#")[1])
        messages = messages_of(row)[: turn + 1]
        pairs.append(template.pair_ids(row["system"], row["tools"], messages))
    width = max(len(prompt) + len(answer) for prompt, answer in pairs)
    ids, labels, mask = [], [], []
    for prompt, answer in pairs:
        rest = width - len(prompt) - len(answer)
        ids.append([*prompt, *answer, *[template.tokenizer.pad_token_id] * rest])
        labels.append([*[-100] * len(prompt), *answer, *[-100] * rest])
        mask.append([1] * (width - rest) + [0] * rest)
    batch = {"input_ids": ids, "labels": labels, "attention_mask": mask}
    tensors = {name: torch.tensor(values) for name, values in batch.items()}
    model = AutoModelForCausalLM.from_pretrained(str(base)).train()
    steps = torch.optim.AdamW(model.parameters(), lr=2e-3)
    for _ in range(60):
        loss = model(**tensors).loss
        if loss.item() < 0.01:
            break
        steps.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        steps.step()
    torch.set_num_threads(threads)
    model.eval().save_pretrained(str(out))
    template.tokenizer.save_pretrained(str(out))
    # transformers serve hands all that the tokenizer gives to the model.
    config = out / "tokenizer_config.json"
    names = {"model_input_names": ["input_ids", "attention_mask"]}
    config.write_text(json.dumps({**json.loads(config.read_text()), **names}))
    return cases


@contextmanager
def running(
    arguments: Sequence[str], port: int, path: str, environ: Mapping[str, str], log: Path
) -> Iterator[None]:
    """Run a server until the block ends; wait for it to answer first."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", **environ}
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments], stdout=output, stderr=output, env=environment
        )
        try:
            deadline = time.monotonic() + _START_S
            while not _answers(f"http://127.0.0.1:{port}{path}"):
                assert process.poll() is None, log.read_text()[-3000:]
                assert time.monotonic() < deadline, log.read_text()[-3000:]
                time.sleep(0.3)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def free_port() -> int:
    """Return a port of this machine that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except urllib.error.HTTPError:
        return True  # it is up, and wants a key
    except OSError:
        return False
