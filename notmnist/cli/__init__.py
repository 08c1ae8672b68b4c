"""The command line: one module a command, each with `add_arguments` and `run`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

import notmnist
from notmnist.errors import NotMNISTError

__all__ = ["main"]

_COMMANDS = {
    "train": "fit a model, draw its weights, print its test accuracy",
    "info": "print the facts of an edition or of your own data",
    "prepare": "download and prepare an edition, so that load() is instant",
    "export": "write the examples as PNG files, IDX files or one .npz file",
    "read": "read the letter in picture files of your own",
    "samples": "draw a sheet of example images, a row a letter",
    "curate": "report copies of images within and across the splits",
    "tune": "search for λ, dropout and width",
    "playground": "open a page that trains in the browser and shows what the weights learn",
    "reproduce": "run the tutorial again, check what it claims, and write one page",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: The arguments; None for the process's own. Without a command it is the lesson.

    Returns:
        The exit status: 0, or 2 where the library raised one of its errors.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # before TensorFlow is imported
    args = _parser().parse_args(argv)
    command = importlib.import_module(f"notmnist.cli.{args.command or 'lesson'}")
    try:
        status = int(command.run(args))
        sys.stdout.flush()
    except NotMNISTError as error:
        sys.stderr.write(f"notmnist: error: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("notmnist: interrupted\n")
        return 130
    except BrokenPipeError:  # `| head -1`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m notmnist",
        description="notMNIST for Keras. Without a command: fit a network without L2 and dropout, "
        "with, and with too much, on the embedded edition, and draw what its weights learn.",
    )
    parser.add_argument("--version", action="version", version=f"notmnist {notmnist.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    for name, summary in _COMMANDS.items():
        module = importlib.import_module(f"notmnist.cli.{name}")
        module.add_arguments(commands.add_parser(name, help=summary, description=module.__doc__))
    return parser
