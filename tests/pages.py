"""The pages of the documentation: their blocks, links and headings, and a runner for examples."""

from __future__ import annotations

import dataclasses
import doctest
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

__all__ = ["PAGES", "ROOT", "Block", "blocks", "links", "slugs"]

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md")) + [
    ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "README.md")
]
_FENCE = re.compile(r"^(```+|~~~+)(.*)$")
_MARK = re.compile(r"<!-- (slow|not run): (.+) -->")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")


@dataclasses.dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        language: The language after its fence: "python", "pycon", "sh", ...
        code: Its lines.
        line: The number of its first line on the page.
        mark: "slow", "not run" or "", from the comment right above it.
    """

    language: str
    code: str
    line: int
    mark: str


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page, in order."""
    lines = iter(enumerate(page.read_text("utf-8").splitlines(), start=1))
    before = ""
    for number, line in lines:
        fence = _FENCE.match(line)
        if fence is None:
            before = line or before
            continue
        code = []
        for _, inner in lines:
            if inner.startswith(fence[1]):
                break
            code.append(inner)
        else:
            raise ValueError(f"{page.name}:{number}: the block has no end")
        mark = _MARK.fullmatch(before.strip())
        language = fence[2].strip().replace("{code-cell} ipython3", "python")
        yield Block(language, "\n".join(code) + "\n", number + 1, mark[1] if mark else "")
        before = ""


def links(page: Path) -> list[str]:
    """Return the targets of a page's links and pictures, except those in blocks and code."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text)
    return _LINK.findall(text) + re.findall(r'(?:href|src)="([^"]+)"', text)


def slugs(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and MyST make them."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _run(page: Path, slow: bool) -> None:
    """Run a page's Python in one namespace, as a reader would from top to bottom."""
    import notmnist

    warnings.filterwarnings("error", category=UserWarning)
    warnings.filterwarnings("ignore", category=notmnist.FallbackWarning)
    # The lowest versions of other packages warn about each other.
    warnings.filterwarnings("ignore", message="Protobuf gencode version")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", message="lbfgs failed to converge")  # the page says so
    names: dict[str, object] = {"__name__": "__main__"}
    for block in blocks(page):
        if block.mark == "not run" or (block.mark == "slow" and not slow):
            continue
        if block.language == "python":
            code = "\n" * (block.line - 1) + block.code  # so that a traceback has the page's line
            exec(compile(code, str(page), "exec"), names)
        elif block.language == "pycon":
            _doctest(page, block, names)


def _doctest(page: Path, block: Block, names: dict[str, object]) -> None:
    parser = doctest.DocTestParser()
    test = parser.get_doctest(block.code, names, page.name, str(page), block.line - 1)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    runner.run(test, clear_globs=False)
    names.update(test.globs)
    if runner.failures:
        raise SystemExit(f"{page.name}:{block.line}: the output is another")


if __name__ == "__main__":
    from tests.guard import guarded

    with guarded() as attempts:
        _run(Path(sys.argv[1]), slow="slow" in sys.argv[2:])
    assert not attempts, f"the page tried to reach {attempts}"
