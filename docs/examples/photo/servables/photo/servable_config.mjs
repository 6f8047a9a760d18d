// Bytes of images in, labels out: decode, turn into what the network was trained on, the network, the best classes.

import { addStage, declareModel, InvalidArgument, registerMethod, tensor } from 'mindird/servable';
import sharp from 'sharp';

const side = 32;
/** Free space around the ink, as the training images have it. */
const margin = 4;
const best = 3;
const labels = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** Grey values of an image file of any format, ink white on black, cut to the ink. */
async function ink(bytes) {
  const image = sharp(bytes, { limitInputPixels: 50_000_000 }).rotate().flatten({ background: 'white' }).greyscale();
  const { data, info } = await image
    .resize(256, 256, { fit: 'inside' })
    .blur(1.5)
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((error) => {
      throw new InvalidArgument(`images: ${error.message}`);
    });
  const { width, height, channels } = info;
  const grey = Float32Array.from({ length: width * height }, (_, i) => data[i * channels]);
  const sorted = Float32Array.from(grey).sort();
  const [dark, middle, light] = [0.01, 0.5, 0.99].map((share) => sorted[Math.floor(share * (sorted.length - 1))]);
  // Most of an image is paper; ink is what differs from it.
  const isDark = middle - dark > light - middle;
  const range = Math.max(1, isDark ? middle - dark : light - middle);
  const strength = grey.map((value) => Math.min(1, Math.max(0, (isDark ? middle - value : value - middle) / range)));
  let [left, top, right, bottom] = [width, height, -1, -1];
  strength.forEach((value, i) => {
    if (value < 0.5) return;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
  });
  if (right < 0) throw new InvalidArgument('images: nothing is drawn on it');
  const cut = { left, top, width: right - left + 1, height: bottom - top + 1 };
  const pixels = Buffer.from(strength.map((value) => (value < 0.35 ? 0 : value) * 255));
  return sharp(pixels, { raw: { width, height, channels: 1 } }).extract(cut);
}

/** Image files to the network's input, FP32 [N,1,32,32] from 0 to 1. */
async function decode(images) {
  const size = side - 2 * margin;
  const rows = await Promise.all(
    images.data.map(async (bytes) =>
      (await ink(bytes))
        .resize(size, size, { fit: 'contain', background: 'black' })
        .extend({ top: margin, bottom: margin, left: margin, right: margin, background: 'black' })
        .greyscale()
        .raw()
        .toBuffer(),
    ),
  );
  const pixels = new Float32Array(rows.length * side * side);
  rows.forEach((row, i) =>
    pixels.set(
      Float32Array.from(row, (value) => value / 255),
      i * side * side,
    ),
  );
  return tensor(pixels, [rows.length, 1, side, side]);
}

/** The best classes of each row of logits, with their probabilities. */
function top(logits) {
  const [rows, classes] = logits.shape;
  const names = [];
  const scores = [];
  for (let row = 0; row < rows; row++) {
    const own = [...logits.data.subarray(row * classes, (row + 1) * classes)];
    const powers = own.map((value) => Math.exp(value - Math.max(...own)));
    const sum = powers.reduce((total, value) => total + value, 0);
    const order = own.map((_, index) => index).sort((a, b) => own[b] - own[a]);
    for (const index of order.slice(0, best)) {
      names.push(labels[index]);
      scores.push(powers[index] / sum);
    }
  }
  return [tensor(names, [rows, best]), tensor(Float32Array.from(scores), [rows, best])];
}

const network = declareModel();

registerMethod({
  name: 'read',
  description: 'reads the handwritten digit of each image',
  inputs: { images: { dtype: 'BYTES', shape: [-1], description: 'files: JPEG, PNG, WebP, AVIF, TIFF or GIF' } },
  outputs: {
    labels: { dtype: 'BYTES', shape: [-1, best], description: 'names of the digits, the likeliest first' },
    scores: { dtype: 'FP32', shape: [-1, best], description: 'their probabilities' },
  },
  stages({ images }) {
    const pixels = addStage(decode, images, { timeout: '5s' });
    const logits = addStage(network, pixels, { name: 'network' });
    const [names, scores] = addStage(top, logits, { outputs: 2 });
    return { labels: names, scores };
  },
});
