"use strict";
// The pictures of the weights: ten outputs with their letters, or the hidden units.

class Tiles {
  /** `chosen` is called with the tile that the user picked. */
  constructor(grid, scaleLabels, names, chosen) {
    this.grid = grid;
    this.scaleLabels = scaleLabels;
    this.names = names;
    this.chosen = chosen;
    this.tiles = [];
    this.picked = 0;
    grid.addEventListener("keydown", (event) => this.walk(event));
  }

  show(layers) {
    this.layers = layers ?? this.layers;
    const [{ kernel }] = this.layers;
    const count = kernel.length / PIXELS;
    if (count !== this.tiles.length) this.build(count);
    const scale = scaleOf(kernel);
    this.tiles.forEach(({ canvas }, i) => paintSigned(canvas, kernel, scale, i * PIXELS));
    const [low, high] = this.scaleLabels;
    high.textContent = `+${scale.toPrecision(2)}`;
    low.textContent = `−${scale.toPrecision(2)}`;
  }

  build(count) {
    const outputs = count === CLASSES;
    this.grid.dataset.count = count;
    this.grid.replaceChildren();
    this.tiles = Array.from({ length: count }, (_, i) => {
      const tile = document.createElement("button");
      const canvas = picture();
      tile.type = "button";
      tile.append(canvas);
      tile.setAttribute(
        "aria-label",
        outputs ? `Weights of output ${this.names[i]}` : `Weights of hidden unit ${i + 1}`,
      );
      if (outputs) tile.append(this.names[i]);
      tile.addEventListener("click", () => this.pick(i));
      this.grid.append(tile);
      return { tile, canvas };
    });
    this.pick(0, { silent: true });
  }

  /** Only the picked tile can be reached with Tab; arrow keys move on from there. */
  pick(i, { silent = false, focus = false } = {}) {
    this.picked = i;
    this.tiles.forEach(({ tile }, j) => {
      tile.tabIndex = j === i ? 0 : -1;
      tile.setAttribute("aria-pressed", String(j === i && !silent));
    });
    if (focus) this.tiles[i].tile.focus();
    this.chosen(i, silent);
  }

  walk(event) {
    const columns = getComputedStyle(this.grid).gridTemplateColumns.split(" ").length;
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (!move) return;
    event.preventDefault();
    const next = this.picked + move;
    if (next >= 0 && next < this.tiles.length) this.pick(next, { focus: true });
  }
}
