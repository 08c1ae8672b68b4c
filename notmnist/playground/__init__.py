"""The playground: an HTML file that trains a network on letters of the edition `open`."""

from notmnist.playground.page import build_page

__all__ = ["build_page"]
