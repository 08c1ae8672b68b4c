"""`python -m notmnist`: the library on the command line."""

from notmnist.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
