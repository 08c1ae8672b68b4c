"use strict";
// Pictures of 28 × 28 numbers: weights from blue through paper to red, letters as ink on paper.

const SIDE = 28;

/** In dark mode, zero is dark, so that a picture of small weights is not bright. */
const MAPS = {
  light: {
    signed: ["#08305f", "#2a6fb0", "#86b8dc", "#f7f7f7", "#f2a27f", "#c63a3e", "#67001f"],
    ink: ["#f4f2ec", "#22252a"],
  },
  dark: {
    signed: ["#d3e8ff", "#6fb0ee", "#2b5f94", "#22252a", "#98473c", "#ee8d83", "#ffe1db"],
    ink: ["#22252a", "#e8e9eb"],
  },
};

const night = matchMedia("(prefers-color-scheme: dark)");

/** Interpolate between colours in 256 steps, as numbers for ImageData (red in the lowest byte). */
function ramp(colours) {
  const parts = colours.map((colour) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16)));
  return Uint32Array.from({ length: 256 }, (_, level) => {
    const place = (level / 255) * (parts.length - 1);
    const low = Math.min(Math.floor(place), parts.length - 2);
    const [r, g, b] = parts[low].map(
      (part, i) => part + (place - low) * (parts[low + 1][i] - part),
    );
    return (255 << 24) | (b << 16) | (g << 8) | r;
  });
}

const RAMPS = Object.fromEntries(
  Object.entries(MAPS).map(([mode, maps]) => [
    mode,
    { signed: ramp(maps.signed), ink: ramp(maps.ink) },
  ]),
);

function ramps() {
  return RAMPS[night.matches ? "dark" : "light"];
}

/** Draw signed numbers; `scale` gets the strongest colour. */
function paintSigned(canvas, values, scale, start = 0) {
  const { signed } = ramps();
  paint(
    canvas,
    (i) =>
      signed[
        Math.max(0, Math.min(255, Math.round(127.5 + 127.5 * (values[start + i] / scale)))) || 0
      ],
  );
}

/** Draw greys from 0 (no ink) to 255. */
function paintInk(canvas, greys, start = 0) {
  const { ink } = ramps();
  paint(canvas, (i) => ink[greys[start + i]]);
}

function paint(canvas, colour) {
  const context = canvas.getContext("2d");
  const picture = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(picture.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = colour(i);
  context.putImageData(picture, 0, 0);
}

/** The number for the strongest colour: 2.5 times the rms, which changes smoothly between steps. */
function scaleOf(values) {
  let sum = 0;
  for (const value of values) sum += value * value;
  return 2.5 * Math.sqrt(sum / values.length) || 1;
}

/** A canvas for one picture. */
function picture(label = "") {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  if (label) {
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
  }
  return canvas;
}
