"use strict";
// The curves: accuracy against steps, with the previous run as a dashed line.

const WIDTH = 460,
  HEIGHT = 230;
const FRAME = { left: 36, right: 12, top: 10, bottom: 26 };
const ENDS = [100, 300, 1000, 3000, 6000, 10000, 20000, 50000, 100000, 300000, 1000000];
const MOST_POINTS = 400;

class Chart {
  constructor(svg, readout) {
    this.svg = svg;
    this.readout = readout;
    this.points = [];
    this.before = [];
    this.pointed = null;
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    svg.addEventListener("pointermove", (event) => this.point(this.stepAt(event.clientX)));
    svg.addEventListener("pointerleave", () => this.point(null));
    svg.addEventListener("blur", () => this.point(null));
    svg.addEventListener("keydown", (event) => this.walk(event));
  }

  /** Begin a run; `before` has the points of the run to compare it with. */
  begin(before) {
    this.before = before;
    this.points = [];
    this.pointed = null;
  }

  add(point) {
    if (this.points.at(-1)?.step === point.step) this.points.pop();
    this.points.push(point);
    if (this.points.length > MOST_POINTS) this.points = this.points.filter((_, i) => i % 2 === 0);
  }

  /** Arrow keys move the readout along the curve. */
  walk(event) {
    const moves = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    if (!(event.key in moves) || !this.points.length) return;
    event.preventDefault();
    const last = this.points.length - 1;
    const at =
      this.pointed === null ? last : this.points.indexOf(nearest(this.points, this.pointed));
    this.point(this.points[Math.max(0, Math.min(last, at + moves[event.key]))].step);
  }

  point(step) {
    this.pointed = step;
    this.draw();
  }

  stepAt(clientX) {
    const box = this.svg.getBoundingClientRect();
    const x = ((clientX - box.left) / box.width) * WIDTH;
    return Math.max(0, ((x - FRAME.left) / (WIDTH - FRAME.left - FRAME.right)) * this.end());
  }

  end() {
    const step = Math.max(this.points.at(-1)?.step ?? 0, this.before.at(-1)?.step ?? 0);
    return ENDS.find((end) => end >= step) ?? step;
  }

  draw() {
    const end = this.end();
    // The y axis starts at 50 %, or at 0 for a run that stays below 60 %.
    const low =
      Math.max(...this.points.map((point) => point.train), 0) < 0.6 && this.points.length > 3
        ? 0
        : 0.5;
    const x = (step) => FRAME.left + (step / end) * (WIDTH - FRAME.left - FRAME.right);
    const y = (share) =>
      FRAME.top + ((1 - share) / (1 - low)) * (HEIGHT - FRAME.top - FRAME.bottom);
    const line = (points, key) =>
      points.map((p) => `${x(p.step).toFixed(1)},${y(p[key]).toFixed(1)}`).join(" ");
    const shares = low ? [0.5, 0.6, 0.7, 0.8, 0.9, 1] : [0, 0.2, 0.4, 0.6, 0.8, 1];
    const grid = shares.map(
      (share) =>
        `<line x1="${FRAME.left}" x2="${WIDTH - FRAME.right}" y1="${y(share)}" y2="${y(share)}"/>` +
        `<text x="${FRAME.left - 6}" y="${y(share) + 4}" text-anchor="end">${Math.round(100 * share)}</text>`,
    );
    const ticks = [0, 0.5, 1].map(
      (part) =>
        `<text x="${x(part * end)}" y="${HEIGHT - 8}" text-anchor="${["start", "middle", "end"][part * 2]}">` +
        `${count(part * end)}${part === 1 ? " steps" : ""}</text>`,
    );
    const shown =
      this.pointed !== null && this.points.length ? nearest(this.points, this.pointed) : null;
    const mark = shown
      ? `<line class="mark" x1="${x(shown.step)}" x2="${x(shown.step)}" y1="${FRAME.top}" y2="${HEIGHT - FRAME.bottom}"/>`
      : "";
    this.svg.innerHTML =
      `<clipPath id="frame"><rect x="${FRAME.left}" y="0" width="${WIDTH}" height="${HEIGHT - FRAME.bottom + 1}"/></clipPath>` +
      `<g class="grid">${grid.join("")}${ticks.join("")}</g>${mark}<g clip-path="url(#frame)">` +
      `<polyline class="before" points="${line(this.before, "test")}"/>` +
      `<polyline class="train" points="${line(this.points, "train")}"/>` +
      `<polyline class="test" points="${line(this.points, "test")}"/>` +
      ["train", "test"]
        .filter(() => this.points.length)
        .map((key) => {
          const p = shown ?? this.points.at(-1);
          return `<circle class="${key}" cx="${x(p.step)}" cy="${y(p[key])}" r="3.5"/>`;
        })
        .join("") +
      "</g>";
    this.readout.textContent = shown
      ? `Step ${count(shown.step)}: train ${percent(shown.train)}, test ${percent(shown.test)}`
      : "";
    const last = this.points.at(-1);
    if (last)
      this.svg.setAttribute(
        "aria-label",
        `Accuracy against steps. At step ${last.step}: train ${percent(last.train)}, test ${percent(last.test)}. ` +
          "Use the arrow keys to read the curves.",
      );
  }
}

function nearest(points, step) {
  return points.reduce((best, p) =>
    Math.abs(p.step - step) < Math.abs(best.step - step) ? p : best,
  );
}
