"""`python -m notmnist`: the library on the command line."""

import sys
import warnings
from typing import Any

from notmnist.cli import main


def _show(message: Warning | str, *_: Any, **__: Any) -> None:
    sys.stderr.write(f"notmnist: warning: {message}\n")


if __name__ == "__main__":
    warnings.showwarning = _show  # without the source line, which would be one of this file
    raise SystemExit(main())
