"""Brings the processes of a run together: process 0 calls every other one at its address."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from typing import Any

from notmnist.distribution.addresses import Address, Hosts
from notmnist.errors import ClusterError

__all__ = ["Peer", "answer", "call", "listening"]

_LONGEST = 1 << 16  # bytes of a line
_PAUSE = 0.2  # seconds between two calls at a process that is not there yet


class Peer:
    """The connection to another process: lines of text in both directions.

    Attributes:
        socket: Connected.
        heard: When something came last, by `time.monotonic`.
        ready: Whether the other process said that it has started.
        done: Whether the other process said that it is done.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(5.0)  # for sending: a few bytes wait only where nobody reads
        self.socket = connection
        self.heard = time.monotonic()
        self.ready = False
        self.done = False
        self._rest = b""

    def send(self, line: str) -> None:
        """Send a line; raises `OSError` where the connection is gone."""
        self.socket.sendall(line.encode() + b"\n")

    def read(self) -> list[str] | None:
        """Return the lines that came, after waiting for some; None where the connection ended."""
        try:
            data = self.socket.recv(4096)
        except OSError:
            return None
        if not data or len(self._rest) > _LONGEST:
            return None
        self.heard = time.monotonic()
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [line.decode(errors="replace") for line in lines]

    def close(self) -> None:
        """Close the connection."""
        self.socket.close()


def call(hosts: Hosts, index: int, patience: float) -> Peer:
    """Call a process until it answers.

    Args:
        hosts: The run, seen from process 0.
        index: Whom to call.
        patience: Seconds.

    Returns:
        The connection.

    Raises:
        ClusterError: It did not answer in time, or belongs to another run.
    """
    until = time.monotonic() + patience
    address = hosts.addresses[index]
    while True:
        try:
            connection = socket.create_connection((address.host, address.port), timeout=5.0)
            peer = Peer(connection)
            peer.send(_greeting(hosts, index))
            return _agreed(peer, hosts, index)
        except OSError as error:
            if isinstance(error, ClusterError):
                raise
            if time.monotonic() > until:
                message = (
                    f"Cannot reach {hosts.name(index)} within {patience:g} seconds: {error}. "
                    "Start one process at every address, each with the same hosts."
                )
                raise ClusterError(message) from error
        time.sleep(_PAUSE)


def answer(hosts: Hosts, patience: float) -> Peer:
    """Wait for the call of process 0.

    Args:
        hosts: The run, seen from one of the other processes.
        patience: Seconds.

    Returns:
        The connection.

    Raises:
        ClusterError: It did not call in time, or belongs to another run; or this process cannot
            listen at its address.
    """
    until = time.monotonic() + patience
    with listening(hosts.addresses[hosts.index]) as listener:
        while (left := until - time.monotonic()) > 0:
            listener.settimeout(left)
            with contextlib.suppress(TimeoutError):
                peer = Peer(listener.accept()[0])
                lines = peer.read()
                if lines and _is_greeting(lines[0]):
                    peer.send(_greeting(hosts, hosts.index))
                    return _same(peer, lines[0], hosts, hosts.index)
                peer.close()  # somebody else's
    message = (
        f"{hosts.name(0).capitalize()} did not call within {patience:g} seconds. "
        "Start one process at every address, each with the same hosts."
    )
    raise ClusterError(message)


def listening(address: Address) -> socket.socket:
    """Return a socket that listens at an address of this machine.

    Raises:
        ClusterError: The address is not of this machine, or is taken.
    """
    try:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        return socket.create_server((address.host, address.port), family=family)
    except OSError as error:
        message = (
            f"Cannot listen at {address}: {error}. Each process must run on the machine that its "
            "address names, and the port must be free there."
        )
        raise ClusterError(message) from error


def _greeting(hosts: Hosts, index: int) -> str:
    return json.dumps({"notmnist": [str(address) for address in hosts.addresses], "index": index})


def _is_greeting(line: str) -> bool:
    return line.startswith('{"notmnist": ')


def _agreed(peer: Peer, hosts: Hosts, index: int) -> Peer:
    """Read the answer to a call."""
    lines = peer.read()
    if not lines or not _is_greeting(lines[0]):
        peer.close()
        raise ConnectionError("something else answered")
    return _same(peer, lines[0], hosts, index)


def _same(peer: Peer, line: str, hosts: Hosts, index: int) -> Peer:
    theirs: Any = json.loads(line)
    if theirs == json.loads(_greeting(hosts, index)):
        return peer
    peer.close()
    message = (
        "`hosts` must be the same in every process, and each index taken once. Received: "
        f"{theirs['notmnist']!r} at index {theirs['index']!r} there, "
        f"{[str(address) for address in hosts.addresses]!r} at index {index} here."
    )
    raise ClusterError(message)
