"""Reaching a Ray cluster, for `prepare` and `eval` alike: joining it, and waiting for an answer.

Input: an address, or how many CPUs a cluster of this machine has. Output: the `ray` module, joined.
Faults of ours come through as they were raised on the other machine; those of Ray become ours.
"""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fctune.errors import EnvironmentFault, FctuneError

_REACH_S = 10


def join_cluster(address: str | None, *, cpus: int) -> Any:
    """Join a cluster and return the `ray` module; `ray.shutdown()` leaves it.

    Args:
        address: `host:port` of a cluster; None starts one on this machine.
        cpus: of a cluster that is started here, at least 1.

    Raises:
        EnvironmentFault: Ray is not installed, or the cluster cannot be reached.
    """
    try:
        import ray
    except ImportError as fault:
        raise EnvironmentFault(
            "Ray is not installed", hint="pip install 'fctune[ray]', or leave --engine ray out"
        ) from fault
    _check_reachable(address)
    wanted: dict[str, Any] = {"address": address or "local"}
    if address is None:
        wanted |= {"num_cpus": max(1, cpus), "include_dashboard": False}
    try:
        with _sigterm_as_it_was():
            ray.init(**wanted, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError, OSError) as fault:
        raise _unreachable(address or "", fault) from fault
    return ray


def result_of(ray: Any, reference: Any, *, failed: str) -> Any:
    """Wait for the result of a task.

    Args:
        ray: the module that `join_cluster` gave.
        reference: of the task.
        failed: what to say where the cluster could not do it, such as `a chunk failed`.

    Raises:
        EnvironmentFault: the cluster failed, with all its tries.
        FctuneError: the task raised it.
    """
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as fault:
        if isinstance(fault.cause, FctuneError):
            raise fault.cause from None
        raise
    except ray.exceptions.RayError as fault:
        raise EnvironmentFault(
            f"{failed}: {str(fault).splitlines()[0]}",
            hint="look at the cluster: ray status; or leave --engine ray out",
        ) from fault


def _check_reachable(address: str | None) -> None:
    """Refuse an address at which nothing listens; Ray itself would try for minutes."""
    host, _, port = (address or "").rpartition(":")
    if not host or not port.isdecimal():
        return
    try:
        socket.create_connection((host, int(port)), timeout=_REACH_S).close()
    except OSError as fault:
        raise _unreachable(address or "", fault) from fault


def _unreachable(address: str, fault: Exception) -> EnvironmentFault:
    return EnvironmentFault(
        f"the Ray cluster cannot be reached: {str(fault).splitlines()[0]}",
        where=address,
        hint="ray status --address ADDRESS, then give it as --ray-address",
    )


@contextmanager
def _sigterm_as_it_was() -> Iterator[None]:
    """Keep the handler of SIGTERM: ray.init puts one in its place that ends without a word."""
    here = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGTERM) if here else None
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)
