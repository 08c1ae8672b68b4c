"""Write the tables and cards of docs/weights.md from the runs of benchmarks/models_table.py.

    python benchmarks/models_pages.py

It replaces the text between the lines `<!-- NAME: written by ... -->` and `<!-- end -->`: "open"
and "real" are tables of the two settings, and "cards" has a card for each file of weights in the
package.
"""

import argparse
import hashlib
import json
import re
import statistics
from pathlib import Path

from notmnist.models import recipes, weights

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "weights.md"
RESULTS = ROOT / "benchmarks" / "results" / "models"
LETTERS = "ABCDEFGHIJ"
PART = re.compile(r"(<!-- (open|real|cards): [^\n]* -->\n).*?(<!-- end -->)", re.DOTALL)

NOT_FOR = {
    "logistic": "reading letters; it is a baseline for other models.",
    "mlp": "letters that are shifted, rotated or not stretched to fill the image.",
    "cnn": "handwriting, photographs, lower-case letters, or characters other than A to J.",
}


def runs(folder=RESULTS):
    """Return the runs in a folder, by setting and recipe, in the order of seeds.

    Raises:
        SystemExit: Runs of a recipe have different settings, or other settings than the recipe.
    """
    found = {}
    for path in sorted(folder.glob("*.json")):
        run = json.loads(path.read_text())
        found.setdefault((run["setting"], run["recipe"]), []).append(run)
    for (setting, name), group in found.items():
        group.sort(key=lambda run: run["seed"])
        kinds = {json.dumps(run["settings"]) for run in group}
        now = recipes.recipe(name)
        if len(kinds) > 1 or (setting == "open" and group[0]["settings"] != now.to_dict()):
            raise SystemExit(
                f"The runs {setting}-{name}-*.json have other settings than the recipe."
            )
    return found


def page(text, found):
    """Return the page with its parts rewritten."""
    parts = {
        "open": table(found, "open", ("open-test", "real")),
        "real": table(found, "real", ("real",)),
        "cards": "\n".join(
            card(name, found.get(("open", name))) for name in sorted(weights.table.SHA256)
        ),
    }
    return PART.sub(lambda part: f"{part[1]}{parts[part[2]]}{part[3]}", text)


def table(found, setting, tests):
    """Return a table of a setting's recipes with mean and deviation over their seeds."""
    names = [name for name in recipes.RECIPES if (setting, name) in found]
    if not names:
        return "No runs yet.\n"
    heads = [f"accuracy, {_CALLED[test]}" for test in tests]
    head = [
        "recipe",
        "parameters",
        "runs",
        *heads,
        "calibration error",
        "log loss",
        "minutes",
        "CPU minutes",
    ]
    rows = [head, ["---"] * len(head)]
    for name in names:
        group = found[setting, name]
        real = [run["tests"]["real"] for run in group]
        rows.append(
            [
                f"`{name}`",
                f"{group[0]['parameters']:,}",
                str(len(group)),
                *(spread([run["tests"][test]["accuracy"] for run in group]) for test in tests),
                spread([test["calibration_error"] for test in real]),
                f"{statistics.mean(test['log_loss'] for test in real):.3f}",
                minutes(group, "wall"),
                minutes(group, "cpu"),
            ]
        )
    return "".join(f"| {' | '.join(row)} |\n" for row in rows) + "\n" + where(found, setting, names)


_CALLED = {"open-test": "open's test", "real": "real images"}


def spread(shares):
    """Return a mean with its standard deviation over seeds, in per cent."""
    if len(shares) < 2:
        return f"{100 * shares[0]:.2f} %"
    return f"{100 * statistics.mean(shares):.2f} ± {100 * statistics.stdev(shares):.2f} %"


def minutes(group, clock):
    """Return the shortest and the longest training time in minutes, of "wall" or "cpu"."""
    times = sorted(run["seconds"][clock] / 60 for run in group)
    few, many = f"{times[0]:.1f}", f"{times[-1]:.1f}"
    return few if few == many else f"{few}–{many}"


def where(found, setting, names):
    """Return a paragraph on when, where and with which versions the runs were made."""
    group = [run for name in names for run in found[setting, name]]
    said = [
        f"{key} {value}"
        for key in ("python", "tensorflow", "jax", "torch", "keras")
        if (value := ", ".join(sorted({run["versions"].get(key, "") for run in group} - {""})))
    ]
    machines = "; ".join(sorted({run["machine"] for run in group}))
    dates = sorted({run["date"] for run in group})
    between = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    commits = ", ".join(sorted({f"`{run['commit'][:7]}`" for run in group}))
    return f"Runs of {between} on {machines}, shared; {', '.join(said)}; commit {commits}.\n"


def card(name, group):
    """Return the card of a file of weights."""
    path = Path(weights.__file__).parent / f"{name}.npz"
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    head = f'### `{name}(weights="open")`\n\n'
    if group is None:
        return f"{head}No runs yet.\n"
    own = next((run for run in group if run["weights"] == sha256), None)
    if own is None:
        raise SystemExit(
            f"{path.name} is not from any of the runs open-{name}-*.json. Pack one of them."
        )
    open_test, real = own["tests"]["open-test"], own["tests"]["real"]
    split, examples = own["settings"]["split"], own["examples"]

    def all_seeds(test):
        return spread([run["tests"][test]["accuracy"] for run in group])

    rows = [
        ("file", f"`{path.name}`, {path.stat().st_size / 1000:,.0f} kB, half precision"),
        ("SHA-256", f"`{sha256}`"),
        ("trained on", f"`{split}` of the edition `open`, {examples:,} images"),
        ("recipe", f"`{name}`: {described(own['settings'])}"),
        ("run", f"seed {own['seed']}, commit `{own['commit'][:7]}`, {own['date']}"),
        ("accuracy on open's test", share(open_test)),
        ("accuracy on the real images", share(real)),
        ("calibration error", f"{real['calibration_error']:.2%} on the real images, "
         f"{open_test['calibration_error']:.2%} on open's test"),
        (f"{len(group)} seeds, open's test", all_seeds("open-test")),
        (f"{len(group)} seeds, real images", all_seeds("real")),
        ("not for", NOT_FOR[name]),
    ]  # fmt: skip
    facts = "".join(f"| {fact} | {value} |\n" for fact, value in rows)
    return f"{head}| | |\n|---|---|\n{facts}\n{confusion(real['confusion'])}"


def share(test):
    """Return an accuracy with its interval."""
    low, high = test["interval"]
    return f"{test['accuracy']:.2%} of {test['examples']:,} (95 % interval {low:.2%} to {high:.2%})"


def described(settings):
    """Return a recipe's settings on one line."""
    words = [f"{settings['optimizer']}, rate {settings['rate']:g}, {settings['schedule']}"]
    words += [f"{key} {value}" for key, value in settings["arguments"].items()]
    words += [
        f"{name} {settings[key]:g}"
        for key, name in (
            ("weight_decay", "weight decay"),
            ("ema", "moving average"),
            ("label_smoothing", "label smoothing"),
            ("augmentation", "augmentation"),
        )
        if settings[key]
    ]
    if settings["dtype"] != "float32":
        words.append(settings["dtype"])
    return "; ".join(
        [*words, f"{settings['epochs']} epochs of batches of {settings['batch_size']}"]
    )


def confusion(matrix):
    """Return a confusion matrix as a table."""
    rows = [["read as", *LETTERS], ["---"] + ["---:"] * len(LETTERS)]
    rows += [
        [f"**{letter}**", *(str(count) if count else "·" for count in row)]
        for letter, row in zip(LETTERS, matrix, strict=True)
    ]
    text = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return f"Confusion on the real images, with one row for each true letter:\n\n{text}\n"


def main():
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    PAGE.write_text(page(PAGE.read_text("utf-8"), runs()), "utf-8")


if __name__ == "__main__":
    main()
