"""Pictures in a notebook: live output during a fit, and a player for the frames."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from PIL import Image

from notmnist.notebook import data_uri, file_bytes

__all__ = ["Cell", "in_notebook", "player"]

_SHARE = 0.03  # of the time, at most, is spent on showing pictures during a fit
_MOST_BYTES = 360_000  # of a player's pictures; base64 adds a third
_QUALITIES = (80, 50, 25)  # of WebP: the best that fits
_WIDTH, _HEIGHT = 260, 110  # of a curve
_PLAYER = """<div style="display:inline-block"><div>{pictures}</div>
<button type="button" onclick="{play}">▶ Play</button>
<input type="range" min="0" max="{last}" value="{last}" aria-label="Frame" oninput="{show}"
 style="width:20em;max-width:70%"></div>"""
_SHOW = (
    "for(const i of this.parentNode.querySelectorAll('img'))i.hidden=i.dataset.frame!==this.value"
)
_PLAY = (
    "const s=this.parentNode.querySelector('input'),t=setInterval(()=>{{"
    "if(+s.value>=+s.max||!s.isConnected)return clearInterval(t);s.value=+s.value+1;s.oninput()"
    "}},{duration});s.value=0;s.oninput()"
)
_ONCE = (
    "this.onload=null;if(!matchMedia('(prefers-reduced-motion: reduce)').matches)"
    "this.parentNode.parentNode.querySelector('button').click()"
)


def in_notebook() -> bool:
    """Return whether this is a notebook, whose outputs can change while a cell runs."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None


class Cell:
    """A notebook output that shows the latest picture and the metrics so far.

    The fit waits while a picture is shown, so the next one is delayed until showing pictures has
    taken only a small share of the time.

    Args:
        frames: Returns the frames of the film, which are read for their metrics.
        last: Returns the last frame's picture as PNG.
    """

    def __init__(self, frames: Callable[[], Sequence[Any]], last: Callable[[], bytes]) -> None:
        self._frames = frames
        self._last = last
        self._handle: Any = None
        self._due = 0.0

    def prepare(self) -> None:
        """Do nothing: an output can always be created."""

    def begin(self, step: int) -> None:
        """Create a new output."""
        from IPython.display import HTML, display

        self._handle = display(HTML("Training …"), display_id=True)
        self._due = 0.0

    def is_due(self) -> bool:
        """Return whether the next picture may be shown."""
        return time.monotonic() >= self._due

    def add(self, step: int, picture: Image.Image) -> None:
        """Show a picture."""
        begun = time.monotonic()
        self._show(file_bytes(picture))
        now = time.monotonic()
        self._due = now + (now - begun) / _SHARE

    def rewrite(self, pictures: Iterable[tuple[int, Image.Image]]) -> None:
        """Show the last picture."""
        self._show(self._last())

    def _show(self, picture: bytes) -> None:
        from IPython.display import HTML

        style = "display:flex;flex-wrap:wrap;gap:1em;align-items:start"
        curves = "".join(_curves(self._frames()))
        content = f'<div style="{style}">{_image(picture, "png")}<div>{curves}</div></div>'
        self._handle.update(HTML(content))


def player(pictures: Sequence[Image.Image], duration: int) -> str:
    """Return HTML that plays pictures once and has a slider; without scripts it shows the last.

    Args:
        pictures: One or more. If they are too many for half a megabyte, some are left out.
        duration: Milliseconds to show each picture.
    """
    pictures = [picture.convert("RGB") for picture in pictures]
    for quality in _QUALITIES:
        files = [file_bytes(picture, "webp", quality=quality) for picture in pictures]
        if sum(map(len, files)) <= _MOST_BYTES:
            break
    else:
        fitting = max(2, math.floor(len(files) * _MOST_BYTES / sum(map(len, files))))
        chosen = np.linspace(0, len(files) - 1, min(fitting, len(files))).round().astype(int)
        files = [files[number] for number in chosen]
    last = len(files) - 1
    images = [
        _image(file, "webp", f'data-frame="{number}"' + " hidden" * (number != last))
        for number, file in enumerate(files)
    ]
    images[last] = images[last].replace("<img", f'<img onload="{_ONCE}"') if last else images[last]
    play = _PLAY.format(duration=duration)
    return _PLAYER.format(pictures="".join(images), play=play, show=_SHOW, last=last)


def _image(file: bytes, kind: str, attributes: str = "") -> str:
    return f'<img {attributes} src="{data_uri(file, kind)}" style="max-width:100%">'


def _curves(frames: Sequence[Any]) -> Iterable[str]:
    """Yield an SVG for each metric: training as a line, validation dashed, the last value above."""
    names = sorted({name.removeprefix("val_") for frame in frames for name in frame.logs})
    end = max(frames[-1].step, 1) if frames else 1
    for name in names:
        lines, words = [], []
        values = [f.logs[k] for f in frames for k in (name, f"val_{name}") if k in f.logs]
        finite = [value for value in values if math.isfinite(value)] or [1.0]
        low, high = min(0.0, *finite), max(finite) or 1.0
        for key, dash in ((name, ""), (f"val_{name}", ' stroke-dasharray="5 4"')):
            points = [
                (frame.step / end, (frame.logs[key] - low) / (high - low))
                for frame in frames
                if math.isfinite(frame.logs.get(key, math.nan))
            ]
            if points:
                drawn = " ".join(f"{x * _WIDTH:.1f},{(1 - y) * _HEIGHT:.1f}" for x, y in points)
                lines.append(f'<polyline points="{drawn}"{dash}/>')
                latest = next(f.logs[key] for f in reversed(frames) if key in f.logs)
                words.append(f"{key.replace('_', ' ')} {latest:.3g}")
        yield (
            f'<div>{", ".join(words)}</div><svg viewBox="-2 -2 {_WIDTH + 4} {_HEIGHT + 4}" '
            f'width="{_WIDTH}" fill="none" stroke="currentColor" stroke-width="1.5">'
            f'<path d="M0,0V{_HEIGHT}H{_WIDTH}" opacity=".4"/>{"".join(lines)}</svg>'
        )
