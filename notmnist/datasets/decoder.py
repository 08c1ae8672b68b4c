"""PNG decoding in helper processes, so that large archives use every core.

Each helper is `python -m notmnist.datasets.decoder`, fed through its standard streams. It is no
`multiprocessing` worker: those import the user's own script once more, which breaks scripts that
call `load` at their top level.

A message to a helper is a count, the lengths of so many files, and the files; the answer is the
number of the files it could not use, their positions and reasons as JSON, and the pixels.
"""

from __future__ import annotations

import collections
import concurrent.futures
import contextlib
import json
import os
import queue
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, TypeVar

import numpy as np
import numpy.typing as npt

from notmnist.datasets.letters import IMAGE_SHAPE, IMAGE_SIZE
from notmnist.datasets.png import decode_batch

__all__ = ["DecoderPool", "serve"]

Decoded = tuple[npt.NDArray[np.uint8], dict[int, str]]
T = TypeVar("T")
_COUNT = struct.Struct("<I")


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
        self._threads = concurrent.futures.ThreadPoolExecutor(workers)

    def map(self, batches: Iterable[tuple[T, Sequence[bytes]]]) -> Iterator[tuple[T, Decoded]]:
        """Decode batches of files, a few ahead of what is taken.

        Args:
            batches: Pairs of anything and a batch of PNG files.

        Yields:
            Pairs of the same and what `decode_batch` returns, in the same order.
        """
        ahead = 2 * len(self._all)
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
            return worker.decode(pngs)
        except (OSError, EOFError, ValueError, struct.error):
            return decode_batch(pngs)  # the helper died; the work can be done here as well
        finally:
            self._workers.put(worker)

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
        root = str(Path(__file__).parents[2])
        path = os.environ.get("PYTHONPATH")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "notmnist.datasets.decoder"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (root, path)))},
        )

    def decode(self, pngs: Sequence[bytes]) -> Decoded:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        lengths = np.array([len(png) for png in pngs], "<u4").tobytes()
        stdin.write(b"".join([_COUNT.pack(len(pngs)), lengths, *pngs]))
        stdin.flush()
        reasons = json.loads(_take(stdout, *_COUNT.unpack(_take(stdout, 4))))
        size = len(pngs) * IMAGE_SIZE * IMAGE_SIZE
        pixels = np.frombuffer(_take(stdout, size), np.uint8).reshape(-1, *IMAGE_SHAPE)
        return pixels, {int(position): reason for position, reason in reasons.items()}

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


def serve(stdin: IO[bytes], stdout: IO[bytes]) -> None:
    """Answer messages until the input ends."""
    while head := stdin.read(4):
        (count,) = _COUNT.unpack(head)
        lengths = np.frombuffer(_take(stdin, 4 * count), "<u4").tolist()
        data = _take(stdin, sum(lengths))
        ends = np.cumsum(lengths).tolist()
        pngs = [data[end - length : end] for end, length in zip(ends, lengths, strict=True)]
        images, reasons = decode_batch(pngs)
        told = json.dumps(reasons).encode()
        stdout.write(_COUNT.pack(len(told)))
        stdout.write(told)
        stdout.write(images.data)
        stdout.flush()


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt, EOFError):
        serve(sys.stdin.buffer, sys.stdout.buffer)
