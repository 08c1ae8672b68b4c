"use strict";
// Trains in a worker, so that the page stays responsive, and reports about ten times a second.

const BEAT = 90; // ms of work between two reports
const EVALUATION_SHARE = 0.15; // the largest share of the time that evaluation takes
const SLICE = 200; // letters to evaluate at once; they and their outputs fit in the cache
const TRAIN_SAMPLE = 1000;
const MISTAKES = 48;
const LONGEST = 3000; // steps before it pauses once; as many as in the tutorial

let letters, network, settings, order;
let step, stop, playing, diverged, evaluation;
let begun; // the time and step at which it last began to play
let trained, tested; // ms

const orders = {
  /** Take the letters that the page unpacked. */
  letters(given) {
    letters = given;
  },

  /** Start again with new weights and a new order of the letters. */
  reset({ settings: given, run }) {
    settings = { ...given, run };
    const { model, units, spread, seed, batch, batches } = settings;
    network = new Network({ units: model === "hidden" ? units : 0, spread, seed });
    const all = shuffled(letters.train.labels.length, uniform(seed + 0x2545));
    const most = Math.floor(all.length / batch);
    order = all.subarray(0, batch * (batches === "all" ? most : Math.min(batches, most)));
    step = trained = tested = 0;
    stop = LONGEST;
    begun = { time: performance.now(), step };
    diverged = false;
    evaluate();
    report();
  },

  /** Change settings that can change during training: learning rate, λ and dropout. */
  tune({ changes }) {
    Object.assign(settings, changes);
  },

  play() {
    if (step >= stop) stop = Infinity;
    if (!playing) void play();
  },

  pause() {
    playing = false;
  },

  /** Train for a number of steps, evaluate and report. */
  step({ steps }) {
    for (let i = 0; i < steps; i++) train();
    evaluate();
    report();
  },

  /** Send everything that is needed to compare the training with another program. */
  snapshot() {
    postMessage({ kind: "snapshot", order, step, layers: weights(), letters });
  },
};

async function play() {
  playing = true;
  begun = { time: performance.now(), step };
  while (playing) {
    const start = performance.now();
    do train();
    while (step < stop && !diverged && performance.now() - start < BEAT);
    trained += performance.now() - start;
    if (step >= stop || diverged) playing = false;
    if (!playing || tested <= EVALUATION_SHARE * (trained + tested)) evaluate();
    report();
    await new Promise((resume) => setTimeout(resume)); // so that messages are received
  }
  if (evaluation.step !== step) evaluate();
  report();
}

function train() {
  const { batch } = settings;
  const begin = (step * batch) % order.length;
  const loss = network.step(
    letters.train.images,
    letters.train.labels,
    order.subarray(begin, begin + batch),
    settings,
  );
  step += 1;
  diverged ||= !Number.isFinite(loss);
}

function evaluate() {
  const start = performance.now();
  const train = order.subarray(0, Math.min(TRAIN_SAMPLE, order.length) & ~3);
  const mistakes = [];
  const wrong = mistaken(letters.test, letters.test.order, (row, guess) => {
    if (mistakes.length < MISTAKES) mistakes.push({ row, guess });
  });
  evaluation = {
    step,
    train: 1 - mistaken(letters.train, train) / train.length,
    test: 1 - wrong / letters.test.order.length,
    wrong,
    mistakes,
  };
  tested += performance.now() - start;
}

/** Count the letters that the network gets wrong, and `tell` each of them. */
function mistaken({ images, labels }, rows, tell = () => {}) {
  let count = 0;
  for (let begin = 0; begin < rows.length; begin += SLICE) {
    const slice = rows.subarray(begin, begin + SLICE);
    const logits = network.forward(images, slice);
    slice.forEach((row, i) => {
      const own = logits.subarray(i * CLASSES, (i + 1) * CLASSES);
      const guess = own.indexOf(Math.max(...own));
      if (guess === labels[row]) return;
      count += 1;
      tell(row, guess);
    });
  }
  return count;
}

function weights() {
  return network.layers.map(({ kernel, bias }) => ({ kernel, bias }));
}

function report() {
  postMessage({
    kind: "report",
    run: settings.run,
    step,
    playing,
    diverged,
    finished: step === stop,
    speed: (1000 * (step - begun.step)) / Math.max(1, performance.now() - begun.time),
    evaluation,
    layers: weights(),
  });
}

onmessage = ({ data }) => orders[data.kind](data);
