"""One try to get one file from one URL: bytes appended to a partial file, waiting bounded."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urljoin, urlsplit

from notmnist.datasets.fetching.mirrors import RemoteFile

__all__ = ["Timeouts", "TransferError", "in_background", "response_parts", "transfer"]

_CHUNK = 1 << 14  # bytes: a link that brings fewer in the time allowed for one read has stalled
_HOPS = 10  # redirects followed
_AHEAD = 64  # chunks read before they are written
_T = TypeVar("_T")


class Timeouts(NamedTuple):
    """How long one try waits, in seconds: for a connection, and for the next bytes."""

    connect: float = 5.0
    read: float = 30.0

    @property
    def patience(self) -> float:
        """The longest silence, host look-up and handshake included."""
        return self.connect + self.read


class TransferError(Exception):
    """A try failed.

    Attributes:
        reason: Why, to be shown.
        final: Whether another try would fail the same way.
        of_range: Whether only the part that was asked for is refused, not the file.
    """

    def __init__(self, reason: str, *, final: bool = False, of_range: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final
        self.of_range = of_range


def transfer(
    url: str,
    file: RemoteFile,
    partial: Path,
    timeouts: Timeouts,
    at: Callable[[int], object] = lambda position: None,
) -> None:
    """Append to `partial` what it lacks of `file`; start again where the server cannot resume.

    Args:
        url: Where to ask.
        file: What to ask for; its length bounds what is taken.
        partial: The bytes so far; need not exist.
        timeouts: How long to wait.
        at: Called with the number of bytes in `partial`, again and again.

    Raises:
        TransferError: The server did not serve it; what came remains in `partial`.
        OSError: `partial` cannot be written.
    """
    with partial.open("ab") as out:
        position = out.tell()
        try:
            _append(url, file, position, out, timeouts, at)
        except TransferError as error:
            if not error.of_range:
                raise
            _append(url, file, 0, out, timeouts, at)


def _append(
    url: str,
    file: RemoteFile,
    position: int,
    out: Any,
    timeouts: Timeouts,
    at: Callable[[int], object],
) -> None:
    parts = in_background(response_parts(url, file, position, timeouts), timeouts.patience)
    with contextlib.closing(parts):
        for part in parts:
            if isinstance(part, int):
                out.truncate(part)  # 0 where the server began at the beginning
                position = part
            else:
                out.write(part)
                position += len(part)
            at(position)


def response_parts(
    url: str, file: RemoteFile, offset: int, timeouts: Timeouts
) -> Generator[int | bytes, None, None]:
    """Yield at which byte the server's answer begins, 0 or `offset`, then its bytes.

    Raises:
        TransferError: Whatever went wrong.
    """
    import requests
    import urllib3

    try:
        with requests.Session() as session, _answer(session, url, offset, timeouts) as response:
            position = _begin(response, file, offset)
            yield position
            while part := response.raw.read(_CHUNK, decode_content=False):
                position += len(part)
                if position > file.most:
                    raise TransferError(f"sends more than {file.most:,} bytes", final=True)
                yield part
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise TransferError(_reason(error, timeouts)) from error
    except ValueError as error:  # a URL or header that cannot be parsed
        raise TransferError(f"a malformed answer: {error}", final=True) from error
    if file.size is not None and position < file.size:
        raise TransferError(f"short body: {position:,} of {file.size:,} bytes")


def _answer(session: Any, url: str, offset: int, timeouts: Timeouts) -> Any:
    """Return the response after redirects, which may change http to https, never back."""
    from notmnist import __version__

    headers = {"Accept-Encoding": "identity", "User-Agent": f"notmnist/{__version__}"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    for _ in range(_HOPS + 1):
        response = session.get(
            url, headers=headers, stream=True, allow_redirects=False, timeout=tuple(timeouts)
        )
        if not response.is_redirect:
            return response
        response.close()
        target = urljoin(url, response.headers["location"])
        schemes = urlsplit(url).scheme, urlsplit(target).scheme
        if schemes[1] not in ("http", "https") or schemes == ("https", "http"):
            raise TransferError(f"a redirect from {schemes[0]} to {target} is refused", final=True)
        url = target
    raise TransferError(f"more than {_HOPS} redirects", final=True)


def _begin(response: Any, file: RemoteFile, offset: int) -> int:
    """Return at which byte the body begins, having held status and length to what is known."""
    status = response.status_code
    total: str | None
    if status == 206 and offset:
        span, _, total = response.headers.get("content-range", "").partition("/")
        if not span.startswith(f"bytes {offset}-"):
            raise TransferError(f"answered another range: {span!r}", of_range=True)
    elif status == 416:
        raise TransferError("HTTP status 416", of_range=bool(offset))
    elif status == 200:
        offset, total = 0, response.headers.get("content-length")
    else:
        final = 400 <= status < 500 and status not in (408, 425, 429)
        raise TransferError(f"HTTP status {status}", final=final)
    if total and total.isdigit():
        length = int(total)
        if length > file.most or length != (file.size or length):
            known = f"not {file.size:,}" if file.size else f"more than {file.limit:,}"
            raise TransferError(f"wrong size: {length:,} bytes, {known}", final=True)
    return offset


def _reason(error: Exception, timeouts: Timeouts) -> str:
    """Return a short text for an exception of requests, urllib3 or the socket."""
    text = f"{type(error).__name__} {error}"
    if "ConnectTimeout" in text:
        return f"no connection within {timeouts.connect:g} s"
    if "ReadTimeout" in text or "Read timed out" in text:
        return f"time-out: silent for {timeouts.read:g} s"
    if "NameResolution" in text or "getaddrinfo" in text:
        return "the host's name cannot be resolved"
    if "IncompleteRead" in text:
        return f"short body: the connection ended early ({error})"
    return f"{type(error).__name__}: {error}"


class _Failed(NamedTuple):
    error: BaseException


_END = object()


def in_background(items: Generator[_T, None, None], patience: float) -> Generator[_T, None, None]:
    """Yield what a generator gives, run in a thread of its own, and never wait for long.

    A host look-up, a handshake or a header that comes a byte at a time passes every time-out of
    a socket; here the waiting is on a queue, so Ctrl-C is heard at once, too.

    Args:
        items: The generator. Closed in its thread when the caller is done, or soon after.
        patience: The longest wait for an item, in seconds.

    Raises:
        TransferError: An item took longer.
        BaseException: What the generator raised.
    """
    ahead: queue.Queue[Any] = queue.Queue(_AHEAD)
    done = threading.Event()

    def put(item: object) -> None:
        while not done.is_set():
            with contextlib.suppress(queue.Full):
                ahead.put(item, timeout=0.1)
                return

    def work() -> None:
        try:
            with contextlib.closing(items):
                for item in items:
                    put(item)
                    if done.is_set():
                        return
        except BaseException as error:  # raised again where the items are taken
            put(_Failed(error))
        else:
            put(_END)

    threading.Thread(target=work, name="notmnist-transfer", daemon=True).start()
    try:
        while True:
            try:
                item = ahead.get(timeout=patience)
            except queue.Empty:
                reason = f"stalled: fewer than {_CHUNK:,} bytes in {patience:g} s"
                raise TransferError(reason) from None
            if item is _END:
                return
            if isinstance(item, _Failed):
                raise item.error
            yield item
    finally:
        done.set()
