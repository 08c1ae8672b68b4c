"""Results as tables and pictures in HTML."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["data_uri", "file_bytes", "html_table"]


def file_bytes(picture: Any, kind: str = "png", **options: Any) -> bytes:
    """Return a Pillow image or a matplotlib figure as the bytes of a file."""
    buffer = io.BytesIO()
    save = picture.savefig if hasattr(picture, "savefig") else picture.save
    save(buffer, format=kind, **options)
    return buffer.getvalue()


def data_uri(file: bytes, kind: str = "png") -> str:
    """Return the bytes of a picture's file as an address for `<img src>`."""
    return f"data:image/{kind};base64,{base64.b64encode(file).decode('ascii')}"


def html_table(
    caption: str, header: Sequence[str], rows: Iterable[Sequence[object]], notes: Sequence[str] = ()
) -> str:
    """Return a table with a caption above it, a name at the start of each row, and notes below."""

    def line(cells: Iterable[object], kind: str) -> str:
        name, *others = (html.escape(str(cell)) for cell in cells)
        return f"<tr><th>{name}</th>" + "".join(f"<{kind}>{o}</{kind}>" for o in others) + "</tr>"

    body = "".join(line(row, "td") for row in rows)
    below = "".join(f"<div>{html.escape(note)}</div>" for note in notes)
    return (
        f"<table><caption>{html.escape(caption)}</caption><thead>{line(header, 'th')}</thead>"
        f"<tbody>{body}</tbody></table>{below}"
    )
