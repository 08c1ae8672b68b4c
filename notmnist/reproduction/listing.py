"""The code that the page shows: files of this package, which the tests run."""

from __future__ import annotations

import html
import io
import keyword
import tokenize
from importlib import resources

__all__ = ["code", "highlight", "names"]

_KINDS = {tokenize.COMMENT: "k", tokenize.STRING: "s", tokenize.NUMBER: "n"}


def names() -> list[str]:
    """Return the names of all listings."""
    folder = resources.files(__package__) / "listings"
    return sorted(file.name.removesuffix(".txt") for file in folder.iterdir())


def code(name: str, edition: str) -> str:
    """Return a listing, with the edition that the run used instead of "open"."""
    text = (resources.files(__package__) / "listings" / f"{name}.txt").read_text("utf-8")
    return text.replace('"open"', repr(edition).replace("'", '"')).strip()


def highlight(source: str) -> str:
    """Return Python source as HTML with comments, texts, numbers and keywords marked."""
    lines = source.splitlines(keepends=True)
    parts, row, column = [], 1, 0

    def upto(end_row: int, end_column: int) -> str:
        nonlocal row, column
        text = []
        while row < end_row:
            text.append(lines[row - 1][column:])
            row, column = row + 1, 0
        text.append(lines[row - 1][column:end_column] if row <= len(lines) else "")
        column = end_column
        return html.escape("".join(text), quote=False)

    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        kind = _KINDS.get(token.type)
        if kind is None and token.type == tokenize.NAME and keyword.iskeyword(token.string):
            kind = "w"
        if kind is None:
            continue
        parts.append(upto(*token.start))
        parts.append(f'<span class="{kind}">{upto(*token.end)}</span>')
    parts.append(upto(len(lines) + 1, 0))
    return "".join(parts)
