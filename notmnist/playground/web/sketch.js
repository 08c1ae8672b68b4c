"use strict";
// The canvas to draw on. It keeps its own copy of the ink, because some browsers add noise when a
// page reads a canvas. Arrow keys move the pen, the space bar lowers and lifts it.

const PAPER = 168; // pixels per side, six for each pixel of a letter
const PEN = 11; // radius in pixels
const NUDGE = 6; // pixels that an arrow key moves the pen
const FAINT = 38; // greys up to this do not count as ink: 15 %, as in notmnist.models.read

class Sketch {
  /** `changed` is called with the letter as the network sees it, or null for blank paper. */
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.changed = changed;
    this.pen = { x: PAPER / 2, y: PAPER / 2, down: false, shown: false };
    canvas.width = canvas.height = PAPER;
    this.clear();
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.pen = { ...this.place(event), down: true, shown: false };
      this.line(this.pen, this.pen);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.pen.down || this.pen.shown) return;
      for (const each of event.getCoalescedEvents?.() ?? [event]) this.moveTo(this.place(each));
    });
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, () => {
        this.pen.down = false;
      });
    }
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("blur", () => {
      this.pen.shown = false;
      this.draw();
    });
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * PAPER,
      y: ((event.clientY - box.top) / box.height) * PAPER,
    };
  }

  key(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key in moves) {
      const [dx, dy] = moves[event.key];
      const inside = (value) => Math.max(PEN, Math.min(PAPER - PEN, value));
      const next = { x: inside(this.pen.x + NUDGE * dx), y: inside(this.pen.y + NUDGE * dy) };
      this.pen.shown = true;
      if (this.pen.down) this.moveTo(next);
      else Object.assign(this.pen, next);
    } else if (event.key === " ") {
      this.pen.down = !(this.pen.shown && this.pen.down);
      this.pen.shown = true;
      if (this.pen.down) this.line(this.pen, this.pen);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.clear();
    } else {
      return;
    }
    event.preventDefault();
    this.draw();
  }

  moveTo(next) {
    this.line(this.pen, next);
    Object.assign(this.pen, next);
  }

  /** Draw a line with a round pen, whose edge is softened over one pixel. */
  line(from, to) {
    const dx = to.x - from.x,
      dy = to.y - from.y;
    const length = dx * dx + dy * dy || 1;
    const range = (a, b) => [
      Math.max(0, Math.floor(Math.min(a, b) - PEN - 1)),
      Math.min(PAPER, Math.ceil(Math.max(a, b) + PEN + 1)),
    ];
    const [left, right] = range(from.x, to.x),
      [top, bottom] = range(from.y, to.y);
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const px = x + 0.5 - from.x,
          py = y + 0.5 - from.y;
        const along = Math.max(0, Math.min(1, (px * dx + py * dy) / length));
        const distance = Math.hypot(px - along * dx, py - along * dy);
        const grey = Math.round(255 * Math.max(0, Math.min(1, PEN + 0.5 - distance)));
        this.ink[y * PAPER + x] = Math.max(this.ink[y * PAPER + x], grey);
      }
    }
    this.settle();
  }

  clear() {
    this.ink = new Uint8Array(PAPER * PAPER);
    this.settle();
  }

  /** Draw and report the change once per frame, even after several events. */
  settle() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw();
      this.changed(asLetter(this.ink, PAPER));
    });
  }

  draw() {
    paintInk(this.canvas, this.ink);
    if (!this.pen.shown) return;
    const context = this.canvas.getContext("2d");
    context.strokeStyle = getComputedStyle(this.canvas).getPropertyValue("--accent");
    context.lineWidth = this.pen.down ? 3 : 1.5;
    context.beginPath();
    context.arc(this.pen.x, this.pen.y, PEN, 0, 2 * Math.PI);
    context.stroke();
  }
}

/** Crop a picture to its ink and stretch it to 28 × 28, like the data set; null if it is blank. */
function asLetter(ink, side) {
  let left = side,
    right = 0,
    top = side,
    bottom = 0;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (ink[y * side + x] <= FAINT) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
    }
  }
  if (right === 0) return null;
  const width = right - left,
    height = bottom - top;
  const rows = new Uint8Array(height * SIDE);
  const across = bicubic(width);
  for (let y = 0; y < height; y++) {
    across.forEach((taps, x) => {
      rows[y * SIDE + x] = weighted(taps, (i) => ink[(top + y) * side + left + i]);
    });
  }
  const letter = new Uint8Array(PIXELS);
  bicubic(height).forEach((taps, y) => {
    for (let x = 0; x < SIDE; x++) letter[y * SIDE + x] = weighted(taps, (i) => rows[i * SIDE + x]);
  });
  return letter;
}

/** Return where each of 28 pixels begins in `size` pixels, and their weights, as in Pillow. */
function bicubic(size) {
  const scale = size / SIDE,
    wide = Math.max(scale, 1),
    reach = 2 * wide;
  return Array.from({ length: SIDE }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const begin = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(size, Math.floor(centre + reach + 0.5));
    const weights = Array.from({ length: end - begin }, (_, j) =>
      cubic((begin + j - centre + 0.5) / wide),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    return { begin, weights: weights.map((weight) => weight / sum) };
  });
}

function cubic(x) {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

function weighted({ begin, weights }, at) {
  const sum = weights.reduce((total, weight, j) => total + weight * at(begin + j), 0);
  return Math.max(0, Math.min(255, Math.round(sum)));
}
