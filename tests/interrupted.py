"""Prepares an edition in forked processes that get a signal at a chosen point; run by test_faults.

    python -m tests.interrupted '{"url": ..., "sha256": ..., "counts": [...], ...}'

A point is an audit event of Python (PEP 578): a file below the library's home is opened, renamed or
removed, or a folder is created. So the library needs no hooks for its tests. There is a new home
for every point, or every `step`-th one; the parent then prepares the edition again in the same home
and reports what it finds there.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from notmnist.datasets import prepare
from notmnist.datasets.editions import originals
from notmnist.datasets.fetching.mirrors import Asset, RemoteFile

EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.scandir"}


def listen(home: Path, at: int, act: Any, seen: list[str]) -> None:
    """Call `act` at event number `at` below `home`; record all events."""

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in EVENTS and str(home) in str(args[0]):
            seen.append(f"{event} {Path(str(args[event == 'os.rename'])).name}")
            if len(seen) == at:
                act()

    sys.addaudithook(hook)


def strike(home: Path, at: int, number: int) -> dict[str, Any]:
    """Prepare in a child that gets the signal at a point; return how it ended."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        seen: list[str] = []

        def act() -> None:
            os.write(write, seen[-1].encode())
            os.kill(os.getpid(), number)

        listen(home, at, act, seen)
        try:
            prepare("small", verbose=0)
        except KeyboardInterrupt:
            os._exit(130)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        event = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {"at": at, "event": event, "status": status, "left": files(home)}


def files(home: Path) -> list[str]:
    found = (path.relative_to(home) for path in home.rglob("*") if path.suffix != ".lock")
    return sorted(str(path) for path in found if not (home / path).is_dir())


def digest(store: Any) -> str:
    """Return a digest of every example with its split and position."""
    hasher = hashlib.sha256()
    for split in store.sizes():
        hasher.update(store.images(split).tobytes() + store.labels(split).tobytes())
        fonts = [store.font_names[number] for number in store.font_ids(split)]
        hasher.update(json.dumps([split, fonts]).encode())
    return hasher.hexdigest()


def main(job: dict[str, Any]) -> None:
    file = RemoteFile(job["name"], (job["url"],), ("sha256", job["sha256"]), job["size"])
    originals.ASSETS = {"small": Asset("small", (file,))}  # type: ignore[misc]  # a table of the test's own
    for at in range(1, 1000, job["step"]):
        home = Path(job["root"]) / str(at)
        os.environ["NOTMNIST_HOME"] = str(home)
        report = strike(home, at, getattr(signal, job["signal"]))
        report["digest"] = digest(prepare("small", verbose=0))
        report["after"] = files(home)
        sys.stdout.write(json.dumps(report) + "\n")
        sys.stdout.flush()
        if report["status"] == 0:  # it ended before it reached this point
            return


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
