"""A real HTTP server on 127.0.0.1 that serves files correctly or with faults, as scripted."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote


@dataclasses.dataclass
class Served:
    """How one path is served.

    `fault` is "" for none, "status 404" and the like, or one of those in `_Handler`. "Half" means
    half of the whole file, whatever range is requested, so that no download from such a path is
    ever complete.
    """

    body: bytes = b""
    fault: str = ""
    ranges: bool = True
    length: bool = True
    location: str = ""
    break_after: int | None = None  # bytes after which each answer is reset
    bad_ranges: int = 0  # by how many bytes answers to range requests are shifted
    healthy_after: int | None = None  # requests after which the fault ends


@dataclasses.dataclass
class Request:
    path: str
    range: str | None
    user_agent: str | None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.served: dict[str, Served] = {}
        self.requests: list[Request] = []
        self.closing = threading.Event()

    def close_request(self, request: socket.socket) -> None:  # type: ignore[override]  # TCP only
        super().close_request(request)
        if request.fileno() != -1:  # a file object of the handler still has it open
            socket.close(request.detach())

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # clients of these tests hang up all the time


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        path = unquote(self.path).lstrip("/")
        self.server.requests.append(Request(path, asked, self.headers.get("User-Agent")))
        served = self.server.served.get(path)
        if served is None:
            return self.send_error(404)
        fault = served.fault
        if served.healthy_after is not None:
            count = sum(request.path == path for request in self.server.requests)
            fault = fault if count <= served.healthy_after else ""
        start = self._start(asked) if served.ranges else 0
        if fault.startswith("status"):
            return self.send_error(int(fault[-3:]))
        if fault.startswith("redirect") or served.location:
            return self._redirect(fault, served)
        if fault == "silent":
            return self._wait()
        if fault == "reset at once":
            return self._reset()
        if fault == "garbage":
            return self._write(b"\x00\xff no HTTP at all \r\n\r\n")
        if fault == "header that drips":
            return self._drip(b"HTTP/1.1 200 OK\r\nX-Letters: " + b"A" * 9999)
        if fault == "continue for ever":
            while not self.server.closing.is_set():
                self._write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return None
        if start and start >= len(served.body):
            return self.send_error(416)
        return self._file(served, fault, start)

    def _file(self, served: Served, fault: str, start: int) -> None:
        body = served.body
        if fault == "wrong bytes":
            body = bytes(255 - byte for byte in body)
        if fault == "short file":
            body = body[: len(body) // 2]
        if fault in ("long file", "endless"):
            body += b"more"
        self.send_response(206 if start else 200)
        if start:
            claimed = start + served.bad_ranges
            self.send_header("Content-Range", f"bytes {claimed}-{len(body) - 1}/{len(body)}")
        if served.length and fault not in ("short body, no length", "endless"):
            self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        half = max(len(body) // 2, start)
        if served.break_after is not None and start + served.break_after < len(body):
            self._write(body[start : start + served.break_after])
            self._reset()
            return
        if fault == "body that drips":
            self._drip(body[start:])
        elif fault == "endless":
            while not self.server.closing.is_set():
                self._write(body)
        elif fault in ("reset after half", "stall after half", "short body") or (
            fault == "short body, no length"
        ):
            self._write(body[start:half])
            if fault == "reset after half":
                self._reset()
            elif fault == "stall after half":
                self._wait()
        else:
            self._write(body[start:])

    def _start(self, asked: str | None) -> int:
        match = re.fullmatch(r"bytes=(\d+)-", asked or "")
        return int(match[1]) if match else 0

    def _redirect(self, fault: str, served: Served) -> None:
        location = served.location
        if fault == "redirect loop":
            location = self.path
        elif fault == "redirect to nowhere":
            location = "/nowhere"
        elif fault == "redirect to a file":
            location = "file:///etc/hostname"
        self.send_response(302)
        self.send_header("Location", location)
        self.end_headers()

    def _write(self, data: bytes) -> None:
        self.wfile.write(data)  # an error ends the thread: the client has hung up
        self.wfile.flush()

    def _drip(self, data: bytes) -> None:
        """Write a byte now and then, so that no read of the client's socket times out."""
        for byte in data:
            if self.server.closing.wait(0.05):
                return
            self._write(bytes([byte]))

    def _wait(self) -> None:
        self.server.closing.wait(60)

    def _reset(self) -> None:
        """Close with RST, not FIN."""
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.wfile.close()
            self.rfile.close()
            self.connection.close()


class Loopback:
    """A running server.

    Attributes:
        url: The URL of its folder, with a slash at the end.
        served: How each path below it is served; tests change it.
        requests: The requests so far.
    """

    def __init__(self, server: _Server, scheme: str) -> None:
        self.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/"
        self.served = server.served
        self.requests = server.requests

    def asked(self, path: str) -> list[str | None]:
        """Return the Range header of each request for `path`."""
        return [request.range for request in self.requests if request.path == path]


@contextlib.contextmanager
def loopback(certificate: Path | None = None) -> Iterator[Loopback]:
    """Serve on a free port until the block ends; with a certificate and its key, by https."""
    server = _Server()
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Loopback(server, "http" if certificate is None else "https")
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def unused_port() -> int:
    """Return a port that refuses connections."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextlib.contextmanager
def black_hole() -> Iterator[str]:
    """Yield the URL of a port whose queue of connections is full, so that it never answers."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}/"
