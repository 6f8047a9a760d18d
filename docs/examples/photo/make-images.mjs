// Makes images/*.jpg: test images of the digits' data set as they would look on paper, at an angle, in uneven light.

import sharp from 'sharp';

const here = (name) => new URL(name, import.meta.url).pathname;

/** A sheet of paper that gets darker to one corner. */
function paper(width, height, [r, g, b]) {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const light = 1 - 0.18 * ((x / width + y / height) / 2) - 0.03 * Math.abs(Math.sin(x * 12.9898 + y * 78.233));
      pixels.set([r * light, g * light, b * light], (y * width + x) * 3);
    }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

const made = [
  { digit: 2, angle: -6, size: 150, at: [40, 50], ink: '#1c2b6b', sheet: [250, 246, 235], width: 240, height: 260 },
  { digit: 5, angle: 5, size: 120, at: [90, 40], ink: '#222222', sheet: [236, 240, 244], width: 300, height: 200 },
  { digit: 7, angle: 8, size: 130, at: [30, 60], ink: '#7a1f1f', sheet: [244, 236, 214], width: 220, height: 240 },
  { digit: 8, angle: -4, size: 140, at: [50, 30], ink: '#0f4a2c', sheet: [248, 248, 248], width: 260, height: 220 },
];

for (const { digit, angle, size, at, ink, sheet, width, height } of made) {
  const sample = new URL(`../../../servables/digits/samples/sample_${digit}.png`, import.meta.url).pathname;
  const stroke = await sharp(sample)
    .greyscale()
    .resize(size, size, { kernel: 'cubic' })
    .rotate(angle, { background: 'black' })
    .toBuffer();
  const { width: w, height: h } = await sharp(stroke).metadata();
  const drawn = await sharp({ create: { width: w, height: h, channels: 3, background: ink } })
    .joinChannel(await sharp(stroke).toColourspace('b-w').raw().toBuffer(), {
      raw: { width: w, height: h, channels: 1 },
    })
    .png()
    .toBuffer();
  await paper(width, height, sheet)
    .composite([{ input: drawn, left: at[0], top: at[1] }])
    .jpeg({ quality: 80 })
    .toFile(here(`images/${digit}.jpg`));
}
