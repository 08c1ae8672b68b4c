"""Put the playground's sources and its letters into one HTML file."""

from __future__ import annotations

import re
from importlib import resources

from notmnist.playground.packing import pack

__all__ = ["build_page"]

_STYLE = re.compile(r'<link rel="stylesheet" href="([\w.]+)">')
_SCRIPT = re.compile(r'<script([^>]*?) src="([\w.]+)"></script>')
_LETTERS = '<script id="letters" type="text/plain"></script>'


def build_page() -> str:
    """Return the playground as one self-contained HTML file.

    Style, scripts and letters replace the references to them in `web/index.html`.

    Returns:
        The HTML; always the same for one version of the package and of zlib.
    """
    html = _read("index.html")
    html = _STYLE.sub(lambda found: f"<style>\n{_read(found[1])}</style>", html)
    html = _SCRIPT.sub(lambda found: f"<script{found[1]}>\n{_read(found[2])}</script>", html)
    packed = pack()
    letters = (
        f'<script id="letters" type="text/plain" data-names="{packed.names}" '
        f'data-train="{packed.train}" data-test="{packed.test}">{packed.text}</script>'
    )
    return html.replace(_LETTERS, letters)


def _read(name: str) -> str:
    return resources.files(__package__).joinpath("web", name).read_text("utf-8")
