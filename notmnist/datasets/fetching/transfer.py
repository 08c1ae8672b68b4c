"""Reads one file from one URL, with a limit on every wait."""

from __future__ import annotations

import contextlib
import ipaddress
import queue
import re
import socket
import threading
from collections.abc import Generator
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
import requests.adapters

from notmnist.datasets.fetching.mirrors import RemoteFile, trusted_hosts

__all__ = ["CHUNK", "Settings", "TransferError", "chunks", "without_password"]

CHUNK = 1 << 14  # bytes; a connection that delivers fewer in the time allowed has stalled
_REDIRECTS = 10

Chunks = Generator[tuple[int, bytes], None, None]


class Settings(NamedTuple):
    """How long a download waits, in seconds."""

    connect: float = 5.0  # for a connection
    read: float = 30.0  # for bytes
    lock: float = 3600.0  # for another process that downloads the same file
    waits: tuple[float, ...] = (1.0, 5.0)  # before retrying mirrors whose failure may be temporary


class TransferError(Exception):
    """An attempt failed; the message says why, and `final` whether a retry would fail too."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(without_password(reason))
        self.final = final


def without_password(text: str) -> str:
    """Return `text` without the names and passwords in its URLs.

    Example:
        >>> without_password("https://me:secret@intra.example/letters.zip: HTTP status 404")
        'https://intra.example/letters.zip: HTTP status 404'
    """
    return re.sub(r"//[^/\s]*@", "//", text)


def chunks(url: str, file: RemoteFile, start: int, settings: Settings) -> Chunks:
    """Yield the bytes of `file` that a server sends, each chunk with its position in the file.

    A thread reads them, because no socket timeout ends a host lookup, a header that arrives one
    byte at a time, or `100 Continue` sent again and again. Closing the generator shuts down the
    connection, so that the thread ends. One that still waits for a host lookup does not keep the
    process from ending.

    Args:
        url: The URL to read.
        file: The file expected; its length limits how much is read.
        start: The position of the first byte wanted. A server that cannot resume starts at 0.
        settings: How long to wait.

    Raises:
        TransferError: Anything went wrong.
    """
    adapter, patience = _Adapter(), settings.connect + settings.read
    wanted: queue.SimpleQueue[bool] = queue.SimpleQueue()
    found: queue.SimpleQueue[tuple[int, bytes] | TransferError | None] = queue.SimpleQueue()

    def read() -> None:
        with contextlib.closing(_read(adapter, url, file, start, settings)) as items:
            while wanted.get():
                try:
                    found.put(next(items, None))
                except TransferError as error:
                    found.put(error)

    threading.Thread(target=read, name="notmnist-transfer", daemon=True).start()
    try:
        while True:
            wanted.put(True)
            item = found.get(timeout=patience)
            if item is None:
                return
            if isinstance(item, TransferError):
                raise item
            yield item
    except queue.Empty:
        reason = f"stalled: fewer than {CHUNK:,} bytes in {patience:g} s"
        raise TransferError(reason) from None
    finally:
        adapter.shut_down()
        wanted.put(False)


class _Adapter(requests.adapters.HTTPAdapter):
    """Remembers its sockets, so that another thread can shut them down."""

    def __init__(self) -> None:
        super().__init__()
        self.connections: list[Any] = []
        self.sockets: list[socket.socket | None] = []  # connections drop theirs after the header
        self.down = False

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        adapter = self

        class Connection(pool.ConnectionCls):  # type: ignore[misc]  # http, https or a proxy's
            def connect(self) -> None:
                adapter.connections.append(self)
                super().connect()
                adapter.sockets.append(self.sock)
                if adapter.down:
                    raise ConnectionAbortedError("the download was abandoned")

        pool.ConnectionCls = Connection
        return pool

    def shut_down(self) -> None:
        """End every wait for a server, now and later."""
        self.down = True
        for sock in [*self.sockets, *(connection.sock for connection in self.connections)]:
            if sock is not None:
                with contextlib.suppress(OSError):  # closed already
                    sock.shutdown(socket.SHUT_RDWR)


def _read(adapter: _Adapter, url: str, file: RemoteFile, start: int, settings: Settings) -> Chunks:
    try:
        with requests.Session() as session:
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            response = _answer(session, url, start, settings)
            if start and not _resumes(response, start):
                response.close()
                start, response = 0, _answer(session, url, 0, settings)
            with response:
                position = _begin(response, file, start)
                while data := response.raw.read(CHUNK, decode_content=False):
                    if position + len(data) > file.most:
                        raise TransferError(f"sends more than {file.most:,} bytes", final=True)
                    yield position, data
                    position += len(data)
    except TransferError:
        raise
    except Exception as error:  # whatever requests, urllib3 and the standard library raise
        final = isinstance(error, ValueError)  # a URL or a header that cannot be parsed
        raise TransferError(_reason(error, settings), final=final) from error
    if file.size is not None and position < file.size:
        raise TransferError(f"short body: {position:,} of {file.size:,} bytes")


def _answer(
    session: requests.Session, url: str, start: int, settings: Settings
) -> requests.Response:
    """Return the response after redirects."""
    headers = {"Accept-Encoding": "identity", "User-Agent": "notmnist"}
    if start:
        headers["Range"] = f"bytes={start}-"
    waits = (settings.connect, settings.read)
    for _ in range(_REDIRECTS + 1):
        response = session.get(
            url, headers=headers, stream=True, allow_redirects=False, timeout=waits
        )
        if not response.is_redirect:
            return response
        response.close()
        target = urljoin(url, response.headers["location"])
        if not _may_redirect(urlsplit(url), urlsplit(target)):
            raise TransferError(f"a redirect from {url} to {target} is refused", final=True)
        url = target
    raise TransferError(f"more than {_REDIRECTS} redirects", final=True)


def _may_redirect(source: SplitResult, target: SplitResult) -> bool:
    """Return whether to follow a redirect; over http, anyone on the network may have sent it."""
    secure = source.scheme == "https"
    if target.scheme != "https" and (secure or target.scheme != "http"):
        return False
    if target.hostname == source.hostname or target.hostname in trusted_hosts():
        return True
    return secure and not _is_internal(target.hostname or "")


def _is_internal(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host.endswith("localhost")


def _resumes(response: requests.Response, start: int) -> bool:
    if response.status_code == 206:
        return response.headers.get("content-range", "").startswith(f"bytes {start}-")
    return not _is_final(response.status_code)


def _is_final(status: int) -> bool:
    return 400 <= status < 500 and status not in (408, 425, 429)


def _begin(response: requests.Response, file: RemoteFile, start: int) -> int:
    """Return the position of the body's first byte; raise if status or length are wrong."""
    status = response.status_code
    if status == 206 and start:
        total = response.headers["content-range"].partition("/")[2]
    elif status == 200:
        start, total = 0, response.headers.get("content-length", "")
    else:
        raise TransferError(f"HTTP status {status}", final=_is_final(status))
    if total.isdigit():
        length = int(total)
        if length > file.most or length != (file.size or length):
            known = f"not {file.size:,}" if file.size else f"more than {file.limit:,}"
            raise TransferError(f"wrong size: {length:,} bytes, {known}", final=True)
    return start


def _reason(error: Exception, settings: Settings) -> str:
    """Return a short text for an exception of requests, urllib3 or a socket."""
    text = f"{type(error).__name__}: {error}"
    if "ConnectTimeout" in text:
        return f"no connection within {settings.connect:g} s"
    if "ReadTimeout" in text or "Read timed out" in text:
        return f"timed out: no bytes for {settings.read:g} s"
    if "NameResolution" in text or "getaddrinfo" in text:
        return "the host's name cannot be resolved"
    if "IncompleteRead" in text:
        return f"short body: the connection ended early ({error})"
    return text
