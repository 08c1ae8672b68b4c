"""The command line: one module per command, each with `add_arguments` and `run`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

import notmnist
from notmnist.cli.terminal import import_keras
from notmnist.errors import NotMNISTError, did_you_mean

__all__ = ["main"]

_COMMANDS = {
    "train": "fit a model, draw its weights, print its test accuracy",
    "info": "print information about an edition or your own data",
    "prepare": "download and prepare an edition, so that load() is instant",
    "export": "write the examples as PNG files, IDX files or one .npz file",
    "read": "read the letters in your own picture files",
    "samples": "draw a sheet of example images, one row per letter",
    "curate": "report copies of images within and across the splits, or labels that look wrong",
    "tune": "search for the best L2, dropout and width",
    "playground": "open a page that trains in the browser and shows what the weights learn",
    "reproduce": "run the tutorial again, check what it claims, and write one page",
}
_TRAINING = (None, "train", "read", "tune", "reproduce")  # commands that need Keras


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: The arguments; None for those of the process. Without a command, the lesson runs.

    Returns:
        The exit status: 0, 2 after an error of the library or of the file system, or 130 if
        interrupted.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    parser = _parser()
    if words and words[0].isalpha() and words[0] not in _COMMANDS:
        parser.error(f"there is no command {words[0]!r}. {did_you_mean(words[0], _COMMANDS)}")
    args = parser.parse_args(words)
    command = importlib.import_module(f"notmnist.cli.{args.command or 'lesson'}")
    try:
        if args.command in _TRAINING:
            import_keras()
        status = int(command.run(args))
        sys.stdout.flush()
    except NotMNISTError as error:
        sys.stderr.write(f"notmnist: error: {error}\n")
        return 2
    except KeyboardInterrupt:
        kept = getattr(command, "KEPT", "No incomplete files were left. Run the command again.")
        sys.stderr.write(f"\nnotmnist: interrupted. {kept}\n")
        return 130
    except BrokenPipeError:  # as with `| head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # a place for the output that is not there, or not writable
        sys.stderr.write(f"notmnist: error: {error}\n")
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m notmnist",
        description="notMNIST for Keras. Without a command: fit a network without L2 and dropout, "
        "with them, and with too much L2, on the edition open, and draw what its weights learn.",
    )
    parser.add_argument("--version", action="version", version=f"notmnist {notmnist.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    for name, summary in _COMMANDS.items():
        module = importlib.import_module(f"notmnist.cli.{name}")
        module.add_arguments(commands.add_parser(name, help=summary, description=module.__doc__))
    return parser
