"""Notices within a bounded time that another process of the run has died or hangs.

Without it a process waits in a collective operation for a peer that is gone, until JAX aborts it
with a stack trace that does not say who is missing. Process 0 holds one connection to every other
process, on which both send a line now and then. A connection that closes, or on which nothing
comes for too long, means a loss; process 0 tells the others. The watch starts before JAX's own
meeting of the processes, which aborts where one of them does not come.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import sys
import threading
import time
from collections.abc import Callable

from notmnist.distribution.addresses import Hosts
from notmnist.distribution.meeting import Peer, answer, call

__all__ = ["LOST", "Watch", "abandon"]

_LOGGER = logging.getLogger("notmnist")

LOST = 3
"""The exit status of a process that another one of its run has left alone."""

_PING, _READY, _BYE, _LOST = "ping", "ready", "bye", "lost "


def abandon(message: str) -> None:
    """Log why, and end the process: its main thread may wait for the lost one for ever."""
    _LOGGER.critical(message)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(LOST)


class Watch:
    """Keeps an eye on the other processes of a run.

    Args:
        hosts: The processes.
        timeout: Seconds without a word after which a process is lost.
        on_loss: Called once with a message, in the watch's own thread.
    """

    def __init__(
        self, hosts: Hosts, timeout: float, on_loss: Callable[[str], None] = abandon
    ) -> None:
        self._hosts = hosts
        self._timeout = timeout
        self._on_loss = on_loss
        self._patience = timeout
        self._peers: dict[int, Peer] = {}
        self._leaving, self._dropping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="notmnist-watch", daemon=True)

    def start(self, patience: float) -> None:
        """Meet the other processes, then watch them from a thread.

        Until a process says that it is ready its silence is allowed to last for `patience`: JAX
        holds Python's lock while it waits for the others to start.

        Args:
            patience: Seconds to wait for each of them.

        Raises:
            ClusterError: One did not come, or belongs to another run.
        """
        if self._hosts.index:
            self._peers[0] = answer(self._hosts, patience)
        else:
            for index in range(1, len(self._hosts.addresses)):
                self._peers[index] = call(self._hosts, index, patience)
        self._patience = patience
        self._thread.start()

    def ready(self) -> None:
        """Tell the others that from now on silence means trouble."""
        self._tell(_READY)

    def leave(self) -> None:
        """Say that all went well, and wait until the others say so or are lost."""
        self._leaving.set()
        self._thread.join()

    def drop(self, wait: float) -> None:
        """After an error of one's own, close the connections, so that the others notice.

        Args:
            wait: Seconds first in which a loss, which may be the error's cause, can still show.
        """
        self._thread.join(wait)
        self._dropping.set()
        self._thread.join()

    def _run(self) -> None:
        met = list(self._peers.values())
        try:
            self._look()
        finally:
            for peer in met:
                peer.close()

    def _look(self) -> None:
        interval = min(self._timeout / 5, 5.0)
        spoke, said_bye = 0.0, False
        while self._peers and not self._dropping.is_set():
            ready = select.select([peer.socket for peer in self._peers.values()], [], [], 0.1)[0]
            for index, peer in list(self._peers.items()):
                if peer.socket in ready and self._hear(index, peer):
                    return
                limit = self._timeout if peer.ready else self._patience
                if not peer.done and time.monotonic() - peer.heard > limit:
                    self._lose(index, f"said nothing for {limit:g} seconds")
                    return
            if self._leaving.is_set() and not said_bye:
                said_bye = True
                self._tell(_BYE)
            if said_bye:
                self._peers = {i: peer for i, peer in self._peers.items() if not peer.done}
            if time.monotonic() - spoke > interval:
                spoke = time.monotonic()
                self._tell(_PING)

    def _hear(self, index: int, peer: Peer) -> bool:
        """Take in what a process said; return whether the watch is over."""
        lines = peer.read()
        if lines is None and peer.done:
            del self._peers[index]
        elif lines is None:
            self._lose(index, "closed its connection: it was killed or ended with an error")
            return True
        for line in lines or ():
            if line.startswith(_LOST):
                self._end(line.removeprefix(_LOST))
                return True
            peer.ready |= line == _READY
            peer.done |= line == _BYE
        return False

    def _lose(self, index: int, reason: str) -> None:
        message = f"Lost {self._hosts.name(index)} of the run: it {reason}."
        del self._peers[index]
        self._tell(_LOST + message)
        self._end(message)

    def _end(self, message: str) -> None:
        me = self._hosts.name(self._hosts.index)
        self._on_loss(
            f"{message} So {me} ends with status {LOST}. Start all processes again; a run with a "
            "backup goes on from its last whole epoch."
        )

    def _tell(self, line: str) -> None:
        for peer in list(self._peers.values()):
            with contextlib.suppress(OSError):  # the next look finds it closed
                peer.send(line)
