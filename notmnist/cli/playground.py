"""Open a page that trains on letters in the browser and shows what the weights learn."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    page = "where the page goes (playground.html beside the prepared data)"
    add("-o", "--output", type=Path, metavar="FILE.html", help=page)
    add("--no-browser", action="store_true", help="only write the page")


def run(args: argparse.Namespace) -> int:
    """Write the page, say where, and open it."""
    import webbrowser

    from notmnist.datasets.fetching.home import home
    from notmnist.errors import invalid
    from notmnist.playground import build_page

    if args.output is not None and args.output.suffix.lower() != ".html":
        raise invalid("--output", str(args.output), "end in .html")
    path = (args.output or home() / "playground.html").absolute()
    page = build_page()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, "utf-8", newline="\n")
    print(f"Playground: {path}")
    if not args.no_browser and not webbrowser.open(path.as_uri()):
        print("No browser was found: open the file yourself.")
    return 0
