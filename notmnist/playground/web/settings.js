"use strict";
// The settings, the presets of the chapters, and the link that contains the settings.

/** The values that each setting can have; `live` ones can change during training. */
const SETTINGS = {
  model: { values: ["logistic", "hidden"] },
  units: { values: [16, 32, 64, 128, 256] },
  rate: { values: [0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.5, 1, 2], live: true },
  l2: { values: [0, 0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1], live: true },
  dropout: { values: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], live: true },
  spread: { values: ["tutorial", "he"] },
  batch: { values: [16, 32, 64, 128, 256] },
  batches: { values: [1, 2, 5, 10, 20, 50, "all"] },
  seed: { values: { from: 1, to: 9999 } },
};

const DEFAULTS = {
  model: "logistic",
  units: 128,
  rate: 0.5,
  l2: 0,
  dropout: 0,
  spread: "tutorial",
  batch: 128,
  batches: "all",
  seed: 1,
};

const PRESETS = [
  {
    name: "Logistic regression",
    changes: {},
    story:
      "Play to the end and look at the ten tiles: you can hardly see the letters through the noise " +
      "of the initial weights, and the test curve stays far below the training curve.",
  },
  {
    name: "L2, λ\u00a0=\u00a00.005",
    changes: { l2: 0.005 },
    story:
      "Play as long as before: the penalty removes the noise until you can see the strokes of the " +
      "letters, and the test curve ends four to five points higher.",
  },
  {
    name: "Too much L2, λ\u00a0=\u00a00.05",
    changes: { l2: 0.05 },
    story:
      "Watch the first hundred steps: clean letters appear at once, but the scale below them shows " +
      "how small the weights stay, so small that even training letters are read worse than with λ\u00a0=\u00a00.005.",
  },
  {
    name: "A hidden layer",
    changes: { model: "hidden" },
    story:
      "Put 128 units between the pixels and the letters: in the end, almost every training letter is " +
      "read correctly, but the test curve gains little and the pictures of the units remain noise.",
  },
  {
    name: "A hidden layer with L2",
    changes: { model: "hidden", l2: 0.005 },
    story:
      "Give the same network λ\u00a0=\u00a00.005 and about 1,500 steps: strokes appear in some units, the others " +
      "fade away because nothing needs them, and the test curve climbs higher than in any other chapter.",
  },
  {
    name: "Five batches",
    changes: { model: "hidden", batches: 5 },
    story:
      "Train on the same 640 letters again and again: the training curve reaches 100\u00a0% within a hundred " +
      "steps and the test curve stops changing, because the network has learned them by heart.",
  },
  {
    name: "Five batches with dropout",
    changes: { model: "hidden", batches: 5, dropout: 0.4 },
    story:
      "Leave out 40\u00a0% of the hidden units at every step: the 640 letters are still learned by heart, " +
      "a little later, but the test curve ends several points higher than without dropout.",
  },
].map((preset) => ({ ...preset, settings: { ...DEFAULTS, ...preset.changes } }));

/** The preset with these settings, whatever the seed. */
function presetOf(settings) {
  return PRESETS.find((preset) =>
    Object.keys(SETTINGS).every(
      (key) => key === "seed" || !matters(key, settings) || preset.settings[key] === settings[key],
    ),
  );
}

/** Whether a setting has an effect: logistic regression has no units and no dropout. */
function matters(key, settings) {
  return settings.model === "hidden" || (key !== "units" && key !== "dropout");
}

/** Describe settings briefly: the preset's name, or how they differ from the first preset. */
function describe(settings) {
  const preset = presetOf(settings);
  if (preset) return preset.name;
  const { model, units, l2, dropout, rate, batch, batches, spread } = settings;
  return [
    model === "hidden" ? `${units} hidden units` : "Logistic regression",
    l2 && `λ = ${l2}`,
    model === "hidden" && dropout && `dropout ${dropout}`,
    rate !== DEFAULTS.rate && `rate ${rate}`,
    (batches !== "all" || batch !== DEFAULTS.batch) && `${batches} batches of ${batch}`,
    spread === "he" && "He",
  ]
    .filter(Boolean)
    .join(", ");
}

function toHash(settings) {
  return `#${new URLSearchParams(settings)}`;
}

/** Return the settings in a link; missing or invalid ones are those of the first preset. */
function fromHash(hash) {
  const given = new URLSearchParams(hash.slice(1));
  const settings = { ...DEFAULTS };
  for (const [key, { values }] of Object.entries(SETTINGS)) {
    const text = given.get(key);
    if (text === null) continue;
    if (Array.isArray(values)) {
      settings[key] = values.find((value) => String(value) === text) ?? settings[key];
    } else if (/^\d+$/.test(text)) {
      settings[key] = Math.min(values.to, Math.max(values.from, Number(text)));
    }
  }
  return settings;
}
