"""Whether the network serves what an edition needs: decided in seconds, asked once."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Sequence

from notmnist.datasets.download import candidates
from notmnist.datasets.home import offline
from notmnist.datasets.mirrors import Asset, RemoteFile
from notmnist.datasets.transfer import Timeouts, TransferError, response_parts

__all__ = ["forget", "why_unreachable"]

_ANSWERS: dict[tuple[object, ...], str | None] = {}
_LOCK = threading.Lock()


def why_unreachable(assets: Sequence[Asset], timeout: float = 15.0) -> str | None:
    """Return why `assets` cannot be downloaded now, or None where they seem to be served.

    All mirrors are asked at once, and one that answers for each asset, with the length that is
    known of it, is enough. So the answer comes at once where there is a network or where there
    is none, and within `timeout` where every packet is swallowed. The process remembers it.

    Args:
        assets: What is needed, all of it.
        timeout: The longest wait, in seconds.

    Returns:
        A reason, or None.
    """
    if offline():
        return "NOTMNIST_OFFLINE is set"
    wanted = {asset.name: candidates(asset) for asset in assets}
    key = tuple((name, file.name, url) for name, pairs in wanted.items() for file, url in pairs)
    with _LOCK:
        if key not in _ANSWERS:
            _ANSWERS[key] = _ask(wanted, timeout)
        return _ANSWERS[key]


def forget() -> None:
    """Forget the answers so far, so that the next call asks again."""
    with _LOCK:
        _ANSWERS.clear()


def _ask(wanted: dict[str, list[tuple[RemoteFile, str]]], timeout: float) -> str | None:
    deadline = time.monotonic() + timeout
    answers: queue.Queue[tuple[str, str, str | None]] = queue.Queue()
    timeouts = Timeouts(min(Timeouts().connect, timeout), timeout)
    for name, pairs in wanted.items():
        for file, url in pairs:
            work = (name, file, url, timeouts, answers)
            threading.Thread(target=_probe, args=work, daemon=True).start()
    unserved = set(wanted)
    waiting = sum(map(len, wanted.values()))
    reasons: dict[str, None] = {}
    while unserved and waiting:
        try:
            name, url, reason = answers.get(timeout=max(deadline - time.monotonic(), 0))
        except queue.Empty:
            reasons[f"no answer within {timeout:g} s"] = None
            break
        waiting -= 1
        if reason is None:
            unserved.discard(name)
        else:
            reasons[f"{url}: {reason}"] = None
    return "; ".join(reasons) if unserved else None


def _probe(
    name: str,
    file: RemoteFile,
    url: str,
    timeouts: Timeouts,
    answers: queue.Queue[tuple[str, str, str | None]],
) -> None:
    """Report whether a server answers with the file; take none of its bytes."""
    try:
        with contextlib.closing(response_parts(url, file, 0, timeouts)) as parts:
            next(parts)
    except TransferError as error:
        answers.put((name, url, error.reason))
    except Exception as error:  # a thread's exception would be lost
        answers.put((name, url, f"{type(error).__name__}: {error}"))
    else:
        answers.put((name, url, None))
