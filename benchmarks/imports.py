"""Import: how long `import notmnist` takes, and which large libraries it loads.

python benchmarks/imports.py
"""

from __future__ import annotations

from measure import Row, apart, at_most, options, spread

QUESTION = "Import"
HEAVY = ("tensorflow", "keras", "sklearn", "matplotlib")
CODE = """
import sys, time, json
begun = time.perf_counter()
import notmnist
seconds = time.perf_counter() - begun
print(json.dumps([seconds, [name for name in sys.argv[1:] if name in sys.modules]]))
"""


def main() -> None:
    with options(__doc__ or "") as (given, rows):
        runs = [apart(CODE, *HEAVY) for _ in range(given.turns + 1)][1:]
        seconds = [run[0] for run in runs]
        rows.append(
            Row(QUESTION, "`import notmnist`", spread(seconds, "{:.2f}", " s"), "≤ 0.35 s",
                at_most(seconds, 0.35))
        )  # fmt: skip
        loaded = sorted({name for run in runs for name in run[1]})
        rows.append(
            Row(QUESTION, f"which of {', '.join(HEAVY)} it loads",
                ", ".join(loaded) or "none", "none", not loaded)
        )  # fmt: skip


if __name__ == "__main__":
    main()
