"""Which processes make up a run, and which of them this one is."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
from collections.abc import Mapping

from notmnist.errors import ArgumentError, invalid

__all__ = ["HOSTS_VARIABLE", "INDEX_VARIABLES", "Address", "Hosts", "hosts_of"]

HOSTS_VARIABLE = "KERAS_DISTRIBUTION_JOB_ADDRESSES"
"""Where the addresses are read from if they are not given; Keras reads it too."""

INDEX_VARIABLES = (
    "KERAS_DISTRIBUTION_PROCESS_ID",  # Keras
    "SLURM_PROCID",  # srun
    "OMPI_COMM_WORLD_RANK",  # mpirun of Open MPI
    "PMI_RANK",  # mpirun of MPICH
    "JOB_COMPLETION_INDEX",  # an indexed job of Kubernetes
)
"""Where the index is read from if it is not given: the first of these that is set."""


@dataclasses.dataclass(frozen=True)
class Address:
    """Where a process of the run can be reached.

    Attributes:
        host: A name or a number; IPv6 without brackets.
        port: 1 to 65535.
    """

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only processes of the same machine reach it."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


@dataclasses.dataclass(frozen=True)
class Hosts:
    """The processes of a run.

    Attributes:
        addresses: One a process, in the order of their indices.
        index: That of this process, from 0.
    """

    addresses: tuple[Address, ...]
    index: int

    def name(self, index: int) -> str:
        """Return what messages call a process."""
        return f"process {index} ({self.addresses[index]})"


def hosts_of(
    hosts: str | None, index: int | None, environment: Mapping[str, str] | None = None
) -> Hosts:
    """Return the processes of a run from arguments or from a scheduler's environment.

    Args:
        hosts: "a:port,b:port", an address a process; None for what `HOSTS_VARIABLE` says.
        index: Which of them this process is, from 0; None for the first of `INDEX_VARIABLES`.
        environment: The environment's variables; None for the process's own.

    Returns:
        The `Hosts`.

    Raises:
        ArgumentError: An address or the index is missing or not as above.

    Example:
        >>> hosts_of("10.0.0.1:4000,10.0.0.2:4000", None, {"SLURM_PROCID": "1"}).index
        1
    """
    environment = os.environ if environment is None else environment
    text = environment.get(HOSTS_VARIABLE) if hosts is None else hosts
    if not text:
        raise invalid("hosts", hosts, f'be "a:port,b:port", or {HOSTS_VARIABLE} be set')
    addresses = tuple(_address(part.strip(), text) for part in text.split(","))
    if len(set(addresses)) < len(addresses):
        raise invalid("hosts", text, "name every process once")
    if index is None:
        index = _index(environment)
    if not 0 <= index < len(addresses):
        rule = f"be 0 to {len(addresses) - 1}, the place of this process in the hosts"
        raise invalid("index", index, rule)
    return Hosts(addresses, index)


def _address(part: str, text: str) -> Address:
    host, _, port = part.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise invalid("hosts", text, 'be "a:port,b:port", with ports from 1 to 65535')
    return Address(host.removeprefix("[").removesuffix("]"), int(port))


def _index(environment: Mapping[str, str]) -> int:
    for name in INDEX_VARIABLES:
        if name in environment:
            try:
                return int(environment[name])
            except ValueError:
                message = f"`{name}` must be an integer. Received: {environment[name]!r}."
                raise ArgumentError(message) from None
    rule = f"be given, or one of {', '.join(INDEX_VARIABLES)} be set"
    raise invalid("index", None, rule)
