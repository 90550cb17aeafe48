"""The engine's command line: argv, environment, and what is shown for copying."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from fctune.engine.command import needs_plain_path, train_command
from fctune.engine.environment import Devices

CONFIG = Path("saves/a/general/train.yaml")


def test_one_process_on_a_cpu_needs_nothing_else():
    command = train_command(CONFIG, Devices("cpu"))
    assert command.shell_text() == "llamafactory-cli train saves/a/general/train.yaml"
    assert command.argv[0] == str(Path(sys.executable).parent / "llamafactory-cli")
    assert not command.distributed


@pytest.mark.parametrize(
    ("devices", "deepspeed", "added"),
    [
        (Devices("cuda", 1), False, {"NPROC_PER_NODE": "1"}),
        (Devices("cuda", 4), False, {"FORCE_TORCHRUN": "1", "NPROC_PER_NODE": "4"}),
        (Devices("cuda", 1), True, {"FORCE_TORCHRUN": "1", "NPROC_PER_NODE": "1"}),
    ],
)
def test_torchrun_is_asked_for_with_a_number_of_processes(devices, deepspeed, added):
    assert dict(train_command(CONFIG, devices, deepspeed=deepspeed).added) == added


def test_several_processes_on_a_cpu_share_its_cores(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    added = train_command(CONFIG, Devices("cpu", 2)).added
    assert added["FORCE_TORCHRUN"] == "1"
    assert int(added["OMP_NUM_THREADS"]) == max(1, os.cpu_count() // 2)


def test_accelerators_that_are_not_wanted_are_hidden():
    command = train_command(CONFIG, Devices("cpu", hides=True))
    assert command.shell_text().startswith("CUDA_VISIBLE_DEVICES='' llamafactory-cli train")
    assert command.environment({})["CUDA_VISIBLE_DEVICES"] == ""


def test_the_environment_finds_torchrun_and_loses_the_engines_switches():
    base = {"PATH": "/usr/bin", "USE_V1": "1", "DISABLE_VERSION_CHECK": "1", "HF_HOME": "/hf"}
    environment = train_command(CONFIG, Devices("cuda", 2)).environment(base)
    assert environment["PATH"] == f"{Path(sys.executable).parent}{os.pathsep}/usr/bin"
    assert environment["HF_HOME"] == "/hf"
    assert environment["FORCE_TORCHRUN"] == "1"
    assert not {"USE_V1", "DISABLE_VERSION_CHECK"} & set(environment)


def test_a_path_with_spaces_is_quoted_for_the_shell():
    command = train_command(Path("my runs/train.yaml"), Devices("cpu"))
    assert command.shell_text() == "llamafactory-cli train 'my runs/train.yaml'"
    assert command.argv[2] == "my runs/train.yaml"


def test_a_plain_path_is_needed_wherever_torchrun_may_run():
    assert not needs_plain_path(Devices("cpu"))
    assert needs_plain_path(Devices("cuda", 1))
    assert needs_plain_path(Devices("cpu", 2))
    assert needs_plain_path(Devices("cpu"), deepspeed=True)
