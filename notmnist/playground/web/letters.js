"use strict";
// The letters in the page: 16 levels of grey, one byte per pixel, deflated, in base64.

/**
 * Unpack them into `names`, the ten letters, and `train` and `test`, each with
 * `images` (Uint8Array, 784 greys from 0 to 255 per letter), `labels` (0 to 9) and `order`, in
 * which the ten letters alternate.
 */
async function unpackLetters(element) {
  const { names, train, test } = element.dataset;
  const packed = Uint8Array.from(atob(element.textContent.trim()), (sign) => sign.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const greys = new Uint8Array(await new Response(stream).arrayBuffer()).map((level) => level * 17);
  const first = train * names.length * PIXELS;
  return {
    names: [...names],
    train: part(greys.slice(0, first), Number(train)),
    test: part(greys.slice(first), Number(test)),
  };
}

/** Add labels and an order to images, which are sorted by letter, `ofEach` of each letter. */
function part(images, ofEach) {
  const count = images.length / PIXELS;
  return {
    images,
    labels: Uint8Array.from({ length: count }, (_, i) => Math.floor(i / ofEach)),
    order: Uint32Array.from(
      { length: count },
      (_, i) => (i % CLASSES) * ofEach + Math.floor(i / CLASSES),
    ),
  };
}
