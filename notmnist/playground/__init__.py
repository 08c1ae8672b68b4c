"""The playground: one HTML file in which a visitor trains on letters of the open edition."""

from notmnist.playground.page import build_page

__all__ = ["build_page"]
