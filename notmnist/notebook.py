"""Results as tables in a notebook."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

__all__ = ["html_table"]


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
