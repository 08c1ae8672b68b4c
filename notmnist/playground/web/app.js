"use strict";
// Connects the parts: the controls and the link choose settings, the worker trains, the views show.

const $ = (id) => document.getElementById(id);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const CALM_PAUSE = 1000; // ms between pictures if the system asks for less motion

/** Start the worker from the page's own text: nothing is fetched. */
function startWorker() {
  const source = ["engine", "worker"].map((id) => $(id).textContent).join("\n");
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(address);
  worker.onerror = (event) => say(`The training stopped with an error: ${event.message}`);
  return worker;
}

function say(text) {
  if ($("status").textContent !== text) $("status").textContent = text;
}

class App {
  constructor(letters) {
    this.letters = letters;
    this.worker = startWorker();
    this.worker.onmessage = ({ data }) => this.hear(data);
    this.worker.postMessage({ kind: "letters", train: letters.train, test: letters.test });
    this.run = 0;
    this.playing = false;
    this.answer = new Answer(letters.names);
    this.results = new Results(letters, (row) => this.explain(row));
    this.tiles = new Tiles($("tiles"), [$("low"), $("high")], letters.names, (i, silent) =>
      this.pick(i, silent),
    );
    this.sketch = new Sketch($("sketch"), (letter) => {
      $("hint").hidden = Boolean(letter);
      if (letter) this.ask(letter, "Your letter");
    });
    this.controls = new Controls((key, value) => this.change(key, value));
    this.listen();
    this.begin(fromHash(location.hash));
    this.askTest(letters.test.order[0]);
  }

  listen() {
    PRESETS.forEach((preset, i) => $("presets").append(this.presetButton(preset, i)));
    $("play").addEventListener("click", () => (this.playing ? this.pause() : this.play()));
    $("one").addEventListener("click", () => this.step(1));
    $("ten").addEventListener("click", () => this.step(10));
    $("reset").addEventListener("click", () => {
      this.pause();
      this.begin(this.settings);
    });
    $("link").addEventListener("click", () => this.copyLink());
    $("clear").addEventListener("click", () => this.sketch.clear());
    $("other").addEventListener("click", () =>
      this.askTest(Math.floor(Math.random() * this.letters.test.labels.length)),
    );
    addEventListener("hashchange", () => {
      if (location.hash !== toHash(this.settings)) this.begin(fromHash(location.hash));
    });
    night.addEventListener("change", () => this.repaint());
    document.addEventListener("visibilitychange", () => this.rest());
  }

  presetButton(preset, i) {
    const item = document.createElement("li");
    item.innerHTML = `<button type="button"><b>${i + 1}</b> ${preset.name}</button>`;
    item.firstChild.addEventListener("click", () => {
      this.begin({ ...preset.settings, seed: this.settings.seed });
      this.play();
    });
    return item;
  }

  /** Start a run with new weights. The last run is kept for comparison if its settings differ. */
  begin(settings) {
    const other = this.settings && toHash(settings) !== toHash(this.settings);
    const last = other && { settings: this.settings, kernel: this.view.layers[0].kernel };
    this.results.begin(settings, last);
    this.settings = settings;
    this.run += 1;
    const { model, units, spread, seed } = settings;
    this.view = new Network({ units: model === "hidden" ? units : 0, spread, seed });
    this.worker.postMessage({ kind: "reset", settings, run: this.run });
    this.showSettings();
    say("");
  }

  change(key, value) {
    const settings = { ...this.settings, [key]: value };
    if (!SETTINGS[key].live) {
      this.begin(settings);
      return;
    }
    this.settings = settings;
    this.worker.postMessage({ kind: "tune", changes: { [key]: value } });
    this.showSettings();
  }

  showSettings() {
    const preset = presetOf(this.settings);
    [...$("presets").children].forEach((item, i) => {
      item.firstChild.setAttribute("aria-pressed", String(PRESETS[i] === preset));
    });
    $("story").textContent = preset?.story ?? `Your own settings: ${describe(this.settings)}.`;
    const hidden = this.settings.model === "hidden";
    $("tilesTitle").textContent = hidden
      ? `What ${this.settings.units} hidden units look for`
      : "What the ten outputs look for";
    $("votes").hidden = !hidden;
    this.controls.show(this.settings, this.letters.train.labels.length);
    history.replaceState(null, "", toHash(this.settings));
  }

  play() {
    this.setPlaying(true);
    this.worker.postMessage({ kind: "play" });
  }

  pause() {
    this.setPlaying(false);
    this.worker.postMessage({ kind: "pause" });
  }

  /** Pause training while the page is hidden. */
  rest() {
    if (document.hidden) {
      this.resting = this.playing;
      this.pause();
    } else if (this.resting) this.play();
  }

  step(steps) {
    this.pause();
    this.worker.postMessage({ kind: "step", steps });
  }

  setPlaying(playing) {
    this.playing = playing;
    document.body.classList.toggle("playing", playing);
    $("play").querySelector("span").textContent = playing ? "Pause" : "Play";
    if (playing) say("");
  }

  hear(message) {
    if (message.kind === "snapshot") this.took(message);
    if (message.kind !== "report" || message.run !== this.run) return;
    // Only the last report before each picture is drawn, but the curves get all evaluations.
    this.results.chart.add(message.evaluation);
    this.latest = message;
    if (!message.playing) this.show();
    else if (!this.waiting) {
      const later = calm.matches ? (show) => setTimeout(show, CALM_PAUSE) : requestAnimationFrame;
      this.waiting = true;
      later(() => {
        this.waiting = false;
        this.show();
      });
    }
  }

  /** Show the latest report. */
  show() {
    const { run, step, layers, evaluation, speed, playing, finished, diverged } = this.latest;
    if (run !== this.run) return;
    $("clock").textContent = count(step);
    $("speed").textContent = playing ? `${count(Math.round(speed))} per second` : "";
    layers.forEach((layer, i) => Object.assign(this.view.layers[i], layer));
    this.tiles.show(layers);
    this.showUnit();
    this.answer.show({ network: this.view });
    if (evaluation !== this.evaluation) this.results.show(evaluation);
    this.evaluation = evaluation;
    if (playing) return;
    if (this.playing && (finished || diverged)) this.setPlaying(false);
    if (diverged)
      say("The weights became too large to compute with. Lower the learning rate and press Reset.");
    else if (finished)
      say(`${count(step)} steps, as many as in the tutorial. Press Play to continue.`);
  }

  /** A tile was picked: explain the letter of an output, or show the votes of a hidden unit. */
  pick(i, silent) {
    if (this.settings.model === "logistic") this.answer.choose(silent ? null : i);
    else this.showUnit();
  }

  showUnit() {
    const [first, second] = this.view.layers;
    if (!second || this.tiles.tiles.length !== first.outputs) return;
    const unit = this.tiles.picked;
    const votes = this.letters.names.map((_, k) => second.kernel[k * first.outputs + unit]);
    const largest = Math.max(...votes.map(Math.abs)) || 1;
    paintSigned($("unit"), first.kernel, scaleOf(first.kernel), unit * PIXELS);
    $("unitName").textContent = `Unit ${unit + 1}`;
    $("unitVotes").innerHTML = votes
      .map((vote, k) => {
        const [name, side] = [this.letters.names[k], vote < 0 ? "against" : "for"];
        const bar = `<i class="${side}" style="height:${(50 * Math.abs(vote)) / largest}%"></i>`;
        return `<li aria-label="${name} ${signed(vote)}">${bar}<b>${name}</b></li>`;
      })
      .join("");
  }

  ask(letter, what) {
    $("asked").textContent = what;
    this.answer.show({ letter });
  }

  askTest(row) {
    const { images, labels } = this.letters.test;
    const letter = images.slice(row * PIXELS, (row + 1) * PIXELS);
    this.answer.chosen = null;
    this.ask(letter, `A test letter, ${this.letters.names[labels[row]]},`);
  }

  /** Explain a test letter that is wrong, and scroll to the explanation. */
  explain(row) {
    this.askTest(row);
    $("ask").scrollIntoView({ behavior: calm.matches ? "auto" : "smooth" });
  }

  /** The colours changed from light to dark or back. */
  repaint() {
    this.show();
    this.sketch.draw();
    this.results.show(this.evaluation);
    this.results.showBefore(this.settings.model);
  }

  async copyLink() {
    try {
      await navigator.clipboard.writeText(location.href);
      say("Copied a link with these settings.");
    } catch {
      say("This browser does not let pages copy. Copy the link from the address bar.");
    }
  }

  /** Return the state of the training, for tests: the order of the letters, step and weights. */
  snapshot() {
    return new Promise((resolve) => {
      this.took = resolve;
      this.worker.postMessage({ kind: "snapshot" });
    });
  }
}

if (typeof DecompressionStream === "undefined") {
  say("This browser is too old for this page: it needs DecompressionStream (2023).");
} else {
  unpackLetters($("letters"))
    .then((letters) => {
      globalThis.playground = new App(letters);
      document.body.classList.add("ready");
    })
    .catch((error) => {
      say(`This page could not start: ${error.message}`);
      throw error;
    });
}
