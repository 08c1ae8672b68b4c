"use strict";
// How well the network reads: accuracies, curves, current mistakes, and the previous run.

const MISTAKE_ROWS = 4;
const COMPARABLE = 100; // steps after which a run is kept for comparison

class Results {
  /** `ask` is called with the row of a test letter that the user wants explained. */
  constructor(letters, ask) {
    this.letters = letters;
    this.ask = ask;
    this.chart = new Chart($("curves"), $("readout"));
    this.before = null;
  }

  /** Begin a run; keep the last one if it went far enough. */
  begin(settings, last) {
    const { points } = this.chart;
    if (last && points.length && points.at(-1).step >= COMPARABLE) {
      const kernel = last.kernel.slice();
      this.before = { name: describe(last.settings), model: last.settings.model, points, kernel };
    }
    this.chart.begin(this.before?.points ?? []);
    this.showBefore(settings.model);
  }

  show(evaluation) {
    this.chart.draw();
    $("train").textContent = percent(evaluation.train);
    $("test").textContent = percent(evaluation.test);
    $("wrong").textContent =
      `${count(evaluation.wrong)} of ${count(this.letters.test.labels.length)}`;
    const columns = getComputedStyle($("mistakes")).gridTemplateColumns.split(" ").length;
    const known = evaluation.mistakes.filter(({ guess }) => guess >= 0);
    const fitting = known.slice(0, MISTAKE_ROWS * columns);
    $("mistakes").replaceChildren(...fitting.map((mistake) => this.mistake(mistake)));
  }

  mistake({ row, guess }) {
    const { names, test } = this.letters;
    const button = document.createElement("button");
    const canvas = picture();
    const name = names[test.labels[row]];
    button.type = "button";
    paintInk(canvas, test.images, row * PIXELS);
    button.append(canvas, `${name}→${names[guess]}`);
    button.setAttribute("aria-label", `${name}, read as ${names[guess]}: show why`);
    button.addEventListener("click", () => this.ask(row));
    return button;
  }

  /** Show the previous run: test curve, accuracy, and its ten outputs if both runs are logistic. */
  showBefore(model) {
    const { before } = this;
    const comparable = model === "logistic" && (before?.model ?? model) === model;
    for (const id of ["beforeName", "beforeFigure"]) $(id).hidden = !before;
    $("before").hidden = !comparable || !before;
    $("nothingBefore").hidden = !comparable || Boolean(before);
    if (!before) return;
    $("beforeTest").textContent = percent(before.points.at(-1).test);
    $("beforeFigure").title = before.name;
    if (!comparable) return;
    $("beforeTitle").textContent = before.name;
    $("beforeTiles").dataset.count = CLASSES;
    $("beforeTiles").setAttribute(
      "aria-label",
      `Weights of the ten outputs before: ${before.name}`,
    );
    $("beforeTiles").replaceChildren(
      ...this.letters.names.map((_, k) => {
        const canvas = picture();
        paintSigned(canvas, before.kernel, scaleOf(before.kernel), k * PIXELS);
        return canvas;
      }),
    );
  }
}

function percent(share) {
  return `${(100 * share).toFixed(1)}\u00a0%`;
}

function count(number) {
  return number.toLocaleString("en");
}
