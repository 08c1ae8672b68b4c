"""Keeps tests off the network: connections and look-ups beyond this machine fail."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

__all__ = ["ForbiddenError", "guarded"]


class ForbiddenError(AssertionError):
    """A test tried to reach another machine."""


def _local(host: Any) -> bool:
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "", "localhost", socket.gethostname()) or host.endswith(".invalid"):
        return True  # names under .invalid are reserved: they can be looked up, but never found
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    return False


@contextlib.contextmanager
def guarded() -> Iterator[list[str]]:
    """Within the block, refuse and record every attempt to leave this machine."""
    attempts: list[str] = []
    real = (socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo)

    def check(host: Any) -> None:
        if not _local(host):
            attempts.append(str(host))
            raise ForbiddenError(f"a test tried to reach {host!r}")

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            check(address[0])
        real[0](self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            check(address[0])
        return real[1](self, address)

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        check(host)
        if str(host).endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real[2](host, *args, **kwargs)

    socket.socket.connect = connect  # type: ignore[method-assign]  # the guard itself
    socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]  # the guard itself
    socket.getaddrinfo = getaddrinfo
    try:
        yield attempts
    finally:
        socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo = real  # type: ignore[method-assign]  # back
