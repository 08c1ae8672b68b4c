"""The record in docs/images/made.json of the edition that each picture was made from."""

from __future__ import annotations

import json
from pathlib import Path

import notmnist

FOLDER = Path(__file__).parent / "images"
TABLE = FOLDER / "made.json"


def note(name: str, command: str) -> Path:
    """Record that a picture is made from the edition `open` as it is now; return its path."""
    table = json.loads(TABLE.read_text("utf-8")) if TABLE.exists() else {}
    edition = notmnist.datasets.EDITIONS["open"]
    table[name] = {"edition": f"{edition.name} {edition.version}", "command": command}
    TABLE.write_text(json.dumps(dict(sorted(table.items())), indent=1) + "\n", "utf-8")
    return FOLDER / name
