"use strict";
// The settings form: sliders over lists of values, radio buttons, and the seed.

const WORDS = {
  rate: String,
  l2: String,
  dropout: (value) => (value ? `${Math.round(100 * value)} %` : "none"),
  units: String,
  batch: String,
};

class Controls {
  /** `changed` is called with the key and the new value of a setting that the user changed. */
  constructor(changed) {
    this.changed = changed;
    for (const [key, { values }] of Object.entries(SETTINGS)) {
      for (const input of this.inputs(key)) {
        if (input.type === "range") input.max = values.length - 1;
        input.addEventListener(input.type === "range" ? "input" : "change", () =>
          this.read(key, input),
        );
      }
    }
    $("dice").addEventListener("click", () =>
      changed("seed", 1 + Math.floor(Math.random() * SETTINGS.seed.values.to)),
    );
    $("controls").addEventListener("submit", (event) => event.preventDefault());
  }

  inputs(key) {
    return document.querySelectorAll(`#controls [name=${key}]`);
  }

  read(key, input) {
    const { values } = SETTINGS[key];
    if (input.type === "range") this.changed(key, values[input.valueAsNumber]);
    else if (input.type === "radio") this.changed(key, input.value);
    else {
      const seed = Math.round(Number(input.value)) || values.from;
      this.changed(key, Math.min(values.to, Math.max(values.from, seed)));
    }
  }

  show(settings, letters) {
    const most = Math.floor(letters / settings.batch);
    const batches = settings.batches === "all" ? most : Math.min(settings.batches, most);
    const words = {
      ...WORDS,
      batches: () =>
        `${settings.batches === "all" ? "all" : batches}: ${count(batches * settings.batch)} letters`,
    };
    for (const [key, { values }] of Object.entries(SETTINGS)) {
      for (const input of this.inputs(key)) {
        if (input.type === "radio") input.checked = input.value === settings[key];
        else if (input.type === "number") input.value = settings[key];
        else {
          input.valueAsNumber = values.indexOf(settings[key]);
          const text = words[key](settings[key]);
          input.setAttribute("aria-valuetext", text);
          input.labels[0].querySelector(".value").textContent = text;
        }
        if (!matters(key, settings)) input.setAttribute("disabled", "");
        else input.removeAttribute("disabled");
      }
    }
  }
}
