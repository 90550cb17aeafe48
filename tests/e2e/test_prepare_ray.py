"""prepare on a real Ray cluster of two workers, one of which is killed in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fctune.dataset import chunks as chunks_module
from fctune.dataset.build import BuildOptions, Dataset, build
from fctune.errors import EnvironmentFault, InputFault
from tests.unit.test_dataset_core import glaive_lines

pytestmark = pytest.mark.e2e
ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'fctune[ray]'")


@pytest.fixture
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    yield made
    ray.shutdown()
    made.shutdown()


def staged(dataset: Dataset) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in dataset.staged.glob("*.jsonl")}


def test_a_killed_worker_loses_nothing_and_doubles_nothing(
    tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks_module, "MIN_CHUNK_BYTES", 100_000)
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
    cluster.wait_for_nodes()
    options = BuildOptions("shop", tmp_path / "data", (glaive_lines(tmp_path),))
    killed: list[int] = []

    def kill_once(rows: int) -> None:
        if not killed:
            cluster.remove_node(nodes[0], allow_graceful=False)
        killed.append(rows)

    afar = replace(options, ray=True, ray_address=cluster.address)
    with build(options) as one, build(afar, progress=kill_once) as many:
        assert len(killed) > 6, "the cluster had more chunks to work on after the kill"
        assert staged(one) == staged(many)
        assert one.manifest == many.manifest


def test_faults_come_through_and_a_missing_cluster_is_named(tmp_path: Path, cluster: Any) -> None:
    cluster.add_node(num_cpus=1)
    bad = tmp_path / "a.json"
    bad.write_text('[{"messages": []}, ')
    options = BuildOptions("shop", tmp_path / "data", (bad,), ray=True)
    with pytest.raises(InputFault, match="cannot be read") as fault:
        build(replace(options, ray_address=cluster.address))
    assert fault.value.where.startswith(str(bad))
    with pytest.raises(EnvironmentFault, match="cannot be reached"):
        build(replace(options, ray_address="127.0.0.1:1"))
