"use strict";
// The arithmetic: dense layers, ReLU, softmax cross-entropy and gradient descent, as in Keras.
// A matrix is a flat Float32Array, row after row. A kernel has one row for each unit; in the first
// layer, this row is the unit's picture. All sizes are multiples of what `multiply` needs.

const PIXELS = 784;
const CLASSES = 10;
const INPUTS = Float32Array.from({ length: 256 }, (_, grey) => (grey - 127.5) / 255);

/** Uniform numbers in [0, 1), the same for the same seed (mulberry32). */
function uniform(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A normal number with deviation 1, drawn again if it is beyond ±2: Keras's TruncatedNormal. */
function truncatedNormal(random) {
  for (;;) {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const value = radius * Math.cos(2 * Math.PI * random());
    if (Math.abs(value) <= 2) return value;
  }
}

/** The numbers below `count` in a random order (Fisher and Yates). */
function shuffled(count, random) {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

// The two products below keep eight sums in registers, so that reading six numbers is enough for
// eight products. This is twice as fast as plain loops. Doubles are faster here than floats.

/** out (m × n) = a · bᵀ for a (m × k) and b (n × k); m must be a multiple of 4, n of 2. */
function multiply(out, a, b, m, n, k) {
  for (let i = 0; i < m; i += 4) {
    for (let j = 0; j < n; j += 2) {
      const a0 = i * k, a1 = a0 + k, a2 = a1 + k, a3 = a2 + k, b0 = j * k, b1 = b0 + k;
      let s00 = 0, s01 = 0, s10 = 0, s11 = 0, s20 = 0, s21 = 0, s30 = 0, s31 = 0;
      for (let p = 0; p < k; p++) {
        const x0 = a[a0 + p], x1 = a[a1 + p], x2 = a[a2 + p], x3 = a[a3 + p];
        const y0 = b[b0 + p], y1 = b[b1 + p];
        s00 += x0 * y0; s01 += x0 * y1; s10 += x1 * y0; s11 += x1 * y1;
        s20 += x2 * y0; s21 += x2 * y1; s30 += x3 * y0; s31 += x3 * y1;
      }
      const o0 = i * n + j, o1 = o0 + n, o2 = o1 + n, o3 = o2 + n;
      out[o0] = s00; out[o0 + 1] = s01; out[o1] = s10; out[o1 + 1] = s11;
      out[o2] = s20; out[o2 + 1] = s21; out[o3] = s30; out[o3 + 1] = s31;
    }
  }
}

/** out (n × m) = bᵀ · a for a (k × m) and b (k × n); m must be a multiple of 4, n of 2. */
function multiplyColumns(out, a, b, m, n, k) {
  for (let i = 0; i < m; i += 4) { // four columns of `a` stay in the fastest cache
    for (let j = 0; j < n; j += 2) {
      let s00 = 0, s01 = 0, s10 = 0, s11 = 0, s20 = 0, s21 = 0, s30 = 0, s31 = 0;
      for (let p = 0, pa = i, pb = j; p < k; p++, pa += m, pb += n) {
        const x0 = a[pa], x1 = a[pa + 1], x2 = a[pa + 2], x3 = a[pa + 3];
        const y0 = b[pb], y1 = b[pb + 1];
        s00 += x0 * y0; s01 += x0 * y1; s10 += x1 * y0; s11 += x1 * y1;
        s20 += x2 * y0; s21 += x2 * y1; s30 += x3 * y0; s31 += x3 * y1;
      }
      const o0 = j * m + i, o1 = o0 + m;
      out[o0] = s00; out[o0 + 1] = s10; out[o0 + 2] = s20; out[o0 + 3] = s30;
      out[o1] = s01; out[o1 + 1] = s11; out[o1 + 2] = s21; out[o1 + 3] = s31;
    }
  }
}

function transpose(out, a, rows, columns) {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = a[i * columns + j];
  }
}

class Dense {
  /** `spread`: "tutorial" for a deviation of 1.0, "he" for Keras's he_normal. */
  constructor(inputs, outputs, spread, random) {
    // Truncation reduces the deviation to 0.8796 of what it was; he_normal corrects this.
    const scale = spread === "he" ? Math.sqrt(2 / inputs) / 0.87962566103423978 : 1;
    this.inputs = inputs;
    this.outputs = outputs;
    this.kernel = Float32Array.from({ length: outputs * inputs }, () => scale * truncatedNormal(random));
    this.bias = new Float32Array(outputs);
    this.slope = new Float32Array(outputs * inputs);
    this.turned = new Float32Array(outputs * inputs);
  }

  /** out (count × outputs) = x · kernelᵀ + bias. */
  forward(out, x, count) {
    multiply(out, x, this.kernel, count, this.outputs, this.inputs);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < this.outputs; j++) out[i * this.outputs + j] += this.bias[j];
    }
  }

  /** Compute the loss's gradient by the inputs from its gradient by the outputs. */
  backward(out, slopes, count) {
    transpose(this.turned, this.kernel, this.outputs, this.inputs);
    multiply(out, slopes, this.turned, count, this.inputs, this.outputs);
  }

  /** One descent step. The penalty is l2 · Σw² / 2 over the kernel only, as in the tutorial. */
  descend(x, slopes, count, rate, l2) {
    multiplyColumns(this.slope, x, slopes, this.inputs, this.outputs, count);
    for (let i = 0; i < this.kernel.length; i++) {
      this.kernel[i] -= rate * (this.slope[i] + l2 * this.kernel[i]);
    }
    for (let j = 0; j < this.outputs; j++) {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += slopes[i * this.outputs + j];
      this.bias[j] -= rate * sum;
    }
  }
}

class Network {
  constructor({ units, spread, seed }) {
    const weights = uniform(seed);
    this.dropping = uniform(seed + 0x51ed); // separate, so that dropout changes no other number
    const sizes = units ? [PIXELS, units, CLASSES] : [PIXELS, CLASSES];
    this.layers = sizes.slice(1).map((outputs, i) => new Dense(sizes[i], outputs, spread, weights));
    this.buffers = new Map();
  }

  /** Buffers for `count` letters: the input, and each layer's outputs and their gradients. */
  space(count) {
    if (!this.buffers.has(count)) {
      const make = () => this.layers.map((layer) => new Float32Array(count * layer.outputs));
      this.buffers.set(count, { x: new Float32Array(count * PIXELS), outputs: make(), slopes: make() });
    }
    return this.buffers.get(count);
  }

  /** Return the logits of the letters in `rows`, a multiple of 4; images are greys from 0 to 255. */
  forward(images, rows, dropout = 0) {
    const count = rows.length;
    const { x, outputs } = this.space(count);
    for (let i = 0; i < count; i++) {
      const from = rows[i] * PIXELS, to = i * PIXELS;
      for (let p = 0; p < PIXELS; p++) x[to + p] = INPUTS[images[from + p]];
    }
    this.layers.forEach((layer, depth) => {
      const out = outputs[depth];
      layer.forward(out, depth ? outputs[depth - 1] : x, count);
      if (depth === this.layers.length - 1) return;
      for (let i = 0; i < out.length; i++) {
        if (out[i] < 0) out[i] = 0;
        if (dropout) out[i] *= this.dropping() < dropout ? 0 : 1 / (1 - dropout);
      }
    });
    return outputs.at(-1);
  }

  /** Train on a batch; return its mean cross-entropy before the step. */
  step(images, labels, rows, { rate, l2, dropout }) {
    const count = rows.length;
    const logits = this.forward(images, rows, dropout);
    const { x, outputs, slopes } = this.space(count);
    let loss = 0;
    for (let i = 0; i < count; i++) {
      const probabilities = softmax(logits, i * CLASSES);
      const label = labels[rows[i]];
      loss -= Math.log(Math.max(probabilities[label], 1e-30)) / count;
      probabilities.forEach((p, j) => {
        slopes.at(-1)[i * CLASSES + j] = (p - (j === label ? 1 : 0)) / count;
      });
    }
    for (let depth = this.layers.length - 1; depth >= 0; depth--) {
      if (depth) {
        const below = slopes[depth - 1], active = outputs[depth - 1];
        this.layers[depth].backward(below, slopes[depth], count);
        // Units that ReLU or dropout set to 0 have no gradient; dropout scaled up the others.
        for (let i = 0; i < below.length; i++) below[i] *= active[i] > 0 ? 1 / (1 - dropout) : 0;
      }
      this.layers[depth].descend(depth ? outputs[depth - 1] : x, slopes[depth], count, rate, l2);
    }
    return loss;
  }
}

/** Return the probabilities for the ten logits that begin at `start`. */
function softmax(logits, start = 0) {
  const own = Array.from(logits.subarray(start, start + CLASSES));
  const largest = Math.max(...own);
  const powers = own.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}
