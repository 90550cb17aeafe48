"""The machine: requirements equal pyproject's, versions are compared, devices are counted."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from fctune.engine import environment
from fctune.engine.environment import (
    TRAIN_REQUIREMENTS,
    DeviceReport,
    Devices,
    PackageState,
    choose_devices,
    package_states,
)
from fctune.errors import EnvironmentFault

ROOT = Path(__file__).resolve().parents[2]


def test_requirements_are_those_of_the_train_extra():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert list(TRAIN_REQUIREMENTS) == project["optional-dependencies"]["train"]


@pytest.mark.parametrize(
    ("expected", "found", "right"),
    [
        ("==2.11.0", "2.11.0", True),
        ("==2.11.0", "2.11.0+cpu", True),
        ("==2.11.0", "2.10.0", False),
        (">=0.18.0,<0.19", "0.19.1", False),
        (">=2.19", None, False),
        ("", "1.0", True),
    ],
)
def test_versions_are_compared_by_their_specifier(expected, found, right):
    assert PackageState("torch", expected, found).is_right is right


def test_a_package_that_is_absent_has_no_version():
    (state,) = package_states(["no-such-package-of-fctune==1.0"])
    assert state == PackageState("no-such-package-of-fctune", "==1.0", None)


@pytest.mark.parametrize(
    ("seen", "wanted", "expected"),
    [
        (DeviceReport(), None, Devices("cpu")),
        (DeviceReport("cuda", 4), None, Devices("cuda", 4)),
        (DeviceReport("cuda", 4), 2, Devices("cuda", 2)),
        (DeviceReport("cuda", 4), 0, Devices("cpu")),
        (DeviceReport(), 8, Devices("cuda", 8)),
    ],
)
def test_devices_are_those_asked_for_or_all_there_are(monkeypatch, seen, wanted, expected):
    monkeypatch.setattr(environment, "probe_devices", lambda: seen)
    monkeypatch.setattr(environment, "_has_nvidia", lambda: False)
    assert choose_devices(wanted) == expected


def test_a_torch_that_cannot_tell_is_no_cpu(monkeypatch):
    broken = DeviceReport(fault="torch cannot be imported: x")
    monkeypatch.setattr(environment, "probe_devices", lambda: broken)
    with pytest.raises(EnvironmentFault, match="torch cannot be imported"):
        choose_devices(None)
    assert choose_devices(0).is_cpu
