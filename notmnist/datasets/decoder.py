"""PNG decoding shared with helper processes, so that large archives use every core.

Each helper runs `inflater.py`, fed through its standard streams; this process undoes the row
filters. It is no `multiprocessing` worker: those import the user's own script once more, which
breaks scripts that call `load` at their top level.
"""

from __future__ import annotations

import collections
import concurrent.futures
import contextlib
import queue
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, TypeVar

import numpy as np
import numpy.typing as npt

from notmnist.datasets import inflater
from notmnist.datasets.png import PLAIN, RAW_SIZE, decode_batch

__all__ = ["DecoderPool"]

Decoded = tuple[npt.NDArray[np.uint8], dict[int, str]]
Raws = list[bytes | None]
T = TypeVar("T")
_PIPE = 1 << 20  # bytes, where the system lets one choose: fewer switches between processes


class DecoderPool:
    """Decodes batches of PNG files in several processes, in order.

    Args:
        workers: The number of helper processes.

    Raises:
        OSError: A process cannot be started.
    """

    def __init__(self, workers: int) -> None:
        self._workers: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._all: list[_Worker] = []
        try:
            for _ in range(workers):
                self._all.append(_Worker())
                self._workers.put(self._all[-1])
        except BaseException:
            self.close()
            raise
        # One thread more: it undoes filters, without Python's lock, while the others wait.
        self._threads = concurrent.futures.ThreadPoolExecutor(workers + 1)

    def map(self, batches: Iterable[tuple[T, Sequence[bytes]]]) -> Iterator[tuple[T, Decoded]]:
        """Decode batches of files, a few ahead of what is taken.

        Args:
            batches: Pairs of anything and a batch of PNG files.

        Yields:
            Pairs of the same and what `decode_batch` returns, in the same order.
        """
        ahead = len(self._all) + 1
        waiting: collections.deque[tuple[T, concurrent.futures.Future[Decoded]]]
        waiting = collections.deque()
        for tag, pngs in batches:
            waiting.append((tag, self._threads.submit(self._decode, pngs)))
            if len(waiting) > ahead:
                tag, future = waiting.popleft()
                yield tag, future.result()
        for tag, future in waiting:
            yield tag, future.result()

    def _decode(self, pngs: Sequence[bytes]) -> Decoded:
        worker = self._workers.get()
        try:
            raws = worker.inflate(pngs)
        except (OSError, EOFError, ValueError):
            raws = None  # the helper died; the work can be done here as well
        finally:
            self._workers.put(worker)
        return decode_batch(pngs, raws)

    def close(self) -> None:
        """End the helper processes."""
        for worker in self._all:
            worker.close()
        if hasattr(self, "_threads"):
            self._threads.shutdown(cancel_futures=True)

    def __enter__(self) -> DecoderPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Worker:
    """One helper process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", inflater.__file__, PLAIN.hex(), str(RAW_SIZE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pipesize=_PIPE,
        )

    def inflate(self, pngs: Sequence[bytes]) -> Raws:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(inflater.request(pngs))
        stdin.flush()
        known = _take(stdout, len(pngs))
        data = _take(stdout, RAW_SIZE * sum(known))
        starts = iter(range(0, len(data), RAW_SIZE))
        return [data[(at := next(starts)) : at + RAW_SIZE] if here else None for here in known]

    def close(self) -> None:
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()
        self._process.wait()


def _take(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data
