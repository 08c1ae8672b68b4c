"use strict";
// The network's answer for one letter, and why: logits, probabilities, and how they add up.

const LOUDEST = 6; // hidden units shown

class Answer {
  constructor(names) {
    this.names = names;
    this.chosen = null; // the letter to explain; null for the predicted one
    this.rows = names.map((name, k) => this.bar(name, k));
    this.units = Array.from({ length: LOUDEST }, () => this.unit());
  }

  bar(name, k) {
    const row = document.createElement("button");
    row.type = "button";
    row.className = "bar";
    row.innerHTML = `<b>${name}</b><span class="track"><i></i></span><span class="logit"></span><span class="share"></span>`;
    row.addEventListener("click", () => this.choose(this.chosen === k ? null : k));
    $("bars").append(row);
    const [track, logit, share] = row.querySelectorAll("i, .logit, .share");
    return { row, track, logit, share };
  }

  unit() {
    const box = document.createElement("figure");
    const canvas = picture();
    const caption = document.createElement("figcaption");
    box.append(canvas, caption);
    $("units").append(box);
    return { canvas, caption };
  }

  choose(k) {
    this.chosen = k;
    this.show();
  }

  /** Show a network's answer for a letter (784 greys). Either may be left out if it is unchanged. */
  show({ network = this.network, letter = this.letter } = {}) {
    this.network = network;
    this.letter = letter;
    if (!network || !letter) return;
    const images = new Uint8Array(4 * PIXELS); // the network needs four; three are blank
    images.set(letter);
    const logits = network.forward(images, [0, 1, 2, 3]).slice(0, CLASSES);
    const shares = softmax(logits);
    const largest = Math.max(...logits.map(Math.abs)) || 1;
    const best = logits.indexOf(Math.max(...logits));
    const k = this.chosen ?? best;
    this.rows.forEach(({ row, track, logit, share }, i) => {
      const width = (50 * Math.abs(logits[i])) / largest;
      track.style.cssText = `width:${width}%;${logits[i] < 0 ? "right" : "left"}:50%`;
      track.className = logits[i] < 0 ? "against" : "for";
      logit.textContent = signed(logits[i]);
      share.textContent = `${(100 * shares[i]).toFixed(shares[i] > 0.9995 ? 0 : 1)} %`;
      row.classList.toggle("best", i === best);
      row.setAttribute("aria-pressed", String(i === k));
      row.setAttribute(
        "aria-label",
        `${this.names[i]}: logit ${logit.textContent}, probability ${share.textContent}`,
      );
    });
    $("verdict").textContent = best < 0 ? "?" : this.names[best];
    $("sure").textContent = best < 0 ? "" : `${Math.round(100 * shares[best])} %`;
    paintInk($("input"), letter);
    if (best >= 0) this.explain(k, logits[k]);
  }

  explain(k, logit) {
    const hidden = this.network.layers.length > 1;
    $("equation").hidden = hidden;
    $("loudest").hidden = !hidden;
    const name = this.names[k];
    const say = hidden ? this.explainUnits(k, name) : this.explainProduct(k, name, logit);
    $("why").innerHTML = say;
  }

  /** Logistic regression: pixel × weight, pixel by pixel, adds up to the logit. */
  explainProduct(k, name, logit) {
    const [{ kernel, bias }] = this.network.layers;
    const weights = kernel.subarray(k * PIXELS, (k + 1) * PIXELS);
    const product = weights.map((weight, p) => weight * INPUTS[this.letter[p]]);
    paintInk($("factor"), this.letter);
    paintSigned($("weights"), weights, scaleOf(kernel));
    paintSigned($("product"), product, scaleOf(product));
    $("weightsName").textContent = `weights of ${name}`;
    const sum = product.reduce((a, b) => a + b, 0);
    return (
      `All products add up to <b>${signed(sum)}</b>; with the bias ${signed(bias[k])} that is the logit ` +
      `of ${name}, <b>${signed(logit)}</b>. Red pixels count for ${name}, blue ones against it. ` +
      "Paper counts too: a pixel is −0.5 without ink and +0.5 with full ink."
    );
  }

  /** Hidden layer: the units whose output × weight is largest, for or against. */
  explainUnits(k, name) {
    const [first, second] = this.network.layers;
    const active = this.network.space(4).outputs[0];
    const shares = Array.from({ length: first.outputs }, (_, unit) => ({
      unit,
      share: active[unit] * second.kernel[k * first.outputs + unit],
    }));
    const loudest = shares.sort((a, b) => Math.abs(b.share) - Math.abs(a.share)).slice(0, LOUDEST);
    const scale = scaleOf(first.kernel);
    this.units.forEach(({ canvas, caption }, i) => {
      const { unit, share } = loudest[i];
      paintSigned(canvas, first.kernel, scale, unit * PIXELS);
      caption.textContent = signed(share);
      caption.className = share < 0 ? "against" : "for";
      canvas.setAttribute("role", "img");
      canvas.setAttribute(
        "aria-label",
        `Unit ${unit + 1} adds ${signed(share)} to the logit of ${name}`,
      );
    });
    return (
      `These ${LOUDEST} hidden units change the logit of ${name} most. The number is a unit’s output for this ` +
      `letter times its weight for ${name}; the logit is the sum over all units and the bias.`
    );
  }
}

function signed(value) {
  return value
    .toFixed(2)
    .replace("-", "−")
    .replace(/^(?=\d)/, "+");
}
