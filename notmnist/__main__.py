"""`python -m notmnist`: the library on the command line."""

import sys
import warnings
from typing import Any

from notmnist.cli import main


def _show(message: Warning | str, *_: Any, **__: Any) -> None:
    sys.stderr.write(f"notmnist: warning: {message}\n")


if __name__ == "__main__":
    warnings.showwarning = _show  # without the line of this file that seems to have caused it
    raise SystemExit(main())
