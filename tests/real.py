"""Where tests find real files of notMNIST, which this project does not ship."""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("NOTMNIST_REAL_DATA") or Path(__file__).parents[2] / "shared" / "data")


def real(name: str) -> Path:
    """Return a real file, or skip the test if it is missing."""
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"no real file {name!r}; NOTMNIST_REAL_DATA names the folder that holds it")
    return path
