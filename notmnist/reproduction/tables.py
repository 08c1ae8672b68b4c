"""The page's tables."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

from notmnist.datasets import CLASS_NAMES
from notmnist.reproduction.claims import Check
from notmnist.reproduction.published import PUBLISHED, Published
from notmnist.reproduction.report import Report, percent

__all__ = ["claims_list", "comparison", "confusion_table", "counts_table", "results_table"]


def results_table(report: Report, names: Sequence[str]) -> str:
    """Return a section's experiments with this run's accuracies and what was published."""
    rows = [_row(report, name, everything=True) for name in names]
    head = "<th>accuracy, %</th><th>article</th><th>this run</th><th>valid</th><th>train</th>"
    return _table(head, rows, "wide")


def comparison(report: Report) -> str:
    """Return every experiment beside the article and other published runs."""
    rows = [_row(report, experiment.name, everything=False) for experiment in report.plan]
    head = "<th>test accuracy, %</th><th>article</th><th>other runs</th><th>this run</th>"
    return _table(head, rows, "wide")


def _row(report: Report, name: str, *, everything: bool) -> str:
    experiment = report.experiment(name)
    if experiment is None:
        return ""
    published = PUBLISHED.get(name, Published())
    mean, deviation, count = report.results.summary(experiment, report.seeds, "test")
    spread = "" if math.isnan(deviation) else f" <small>± {100 * deviation:.1f}</small>"
    own = f'<td class="own">{percent(mean) if count else "not run"}{spread}</td>'
    cells = [f'<th scope="row">{html.escape(experiment.title)}</th>', _words(published.article)]
    if everything:
        cells.append(own)
        for metric in ("valid", "train"):
            cells.append(f"<td>{percent(report.mean(name, metric))}</td>")
    else:
        cells += [_words(published.others), own]
    return f"<tr>{''.join(cells)}</tr>"


def _words(text: str) -> str:
    css = "" if text[:1].isdigit() else ' class="words"'
    return f"<td{css}>{html.escape(text) or '–'}</td>"


def _table(head: str, rows: Sequence[str], css: str) -> str:
    return (
        f'<div class="scroll" tabindex="0"><table class="{css}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def claims_list(checks: Sequence[Check]) -> str:
    """Return the claims with their verdicts and numbers."""
    parts = []
    for article, title in ((True, "The article claims"), (False, "This page adds")):
        chosen = [each for each in checks if each.claim.article is article]
        items = "".join(
            f'<li><span class="verdict {each.verdict.replace(" ", "-")}">{_mark(each)} '
            f"{each.verdict}</span><p>{html.escape(each.claim.text)}</p>"
            f'<p class="note evidence">{html.escape(". ".join(each.evidence))}</p></li>'
            for each in chosen
        )
        parts.append(f'<p class="group">{title}</p><ul class="claims">{items}</ul>')
    return "".join(parts)


def _mark(check: Check) -> str:
    return {True: "✓", False: "✗", None: "–"}[check.held]


def counts_table(report: Report) -> str:
    """Return the number of examples of each letter in each split, with bars."""
    counts = report.data["counts"]
    most = max(counts["train"]) or 1
    rows = [
        f'<tr><th scope="row">{letter}</th>'
        + "".join(f"<td>{counts[split][label]:,}</td>" for split in counts)
        + f'<td class="bar"><span style="width:{100 * counts["train"][label] / most:.1f}%">'
        "</span></td></tr>"
        for label, letter in enumerate(CLASS_NAMES)
    ]
    total = "".join(f"<td>{sum(each):,}</td>" for each in counts.values())
    rows.append(f'<tr><th scope="row">all</th>{total}<td></td></tr>')
    head = "".join(f"<th>{split}</th>" for split in ["letter", *counts])
    return _table(head + '<th><span class="note">train</span></th>', rows, "counts")


def confusion_table(confusion: Sequence[Sequence[int]]) -> str:
    """Return a confusion matrix whose cells are coloured by their share of the row."""
    strongest = max(
        (row[j] for i, row in enumerate(confusion) for j in range(len(row)) if i != j), default=1
    )
    rows = []
    for true, row in enumerate(confusion):
        cells = []
        for predicted, count in enumerate(row):
            right = true == predicted
            strength = 100 * count / (sum(row) or 1) if right else 75 * count / (strongest or 1)
            css = ' class="right"' if right else ""
            cells.append(f'<td{css} style="--v:{strength:.0f}">{count or "·"}</td>')
        rows.append(f'<tr><th scope="row">{CLASS_NAMES[true]}</th>{"".join(cells)}</tr>')
    head = "<td></td>" + "".join(f'<th scope="col">{letter}</th>' for letter in CLASS_NAMES)
    return (
        f'<table class="confusion"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
