// Asks a running server what it reads in images/*.jpg and draws it: node docs/examples/photo/picture.mjs ADDRESS > picture.svg

import { readdirSync, readFileSync } from 'node:fs';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const inFolder = (name) => new URL(name, import.meta.url).pathname;
const root = new URL('../../../proto/', import.meta.url).pathname;
const { inference } = loadPackageDefinition(
  loadSync('inference/service.proto', { includeDirs: [root], keepCase: true, longs: Number }),
);

/** Byte strings behind their lengths, as raw contents have them. */
function strings(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt32LE(at))
    found.push(bytes.toString('utf8', at + 4, at + 4 + bytes.readUInt32LE(at)));
  return found;
}

/** What the server reads in each image: its labels with their scores, the likeliest first. */
function read(address, images) {
  const client = new inference.GRPCInferenceService(address, credentials.createInsecure());
  const request = {
    model_name: 'photo:read',
    inputs: [{ name: 'images', datatype: 'BYTES', shape: [images.length], contents: { bytes_contents: images } }],
  };
  return new Promise((resolve, reject) => {
    client.ModelInfer(request, (error, reply) => {
      client.close();
      if (error) return reject(error);
      const [labels, scores] = reply.raw_output_contents;
      const [, best] = reply.outputs[0].shape;
      const named = strings(labels).map((label, i) => ({ label, score: scores.readFloatLE(4 * i) }));
      resolve(images.map((_, row) => named.slice(row * best, (row + 1) * best)));
    });
  });
}

/** One image with what was read in it. */
function panel(image, found, at) {
  const bars = found.map(({ label, score }, i) => {
    const y = 186 + 24 * i;
    const percent = `${(100 * score).toFixed(score < 0.1 ? 1 : 0)} %`;
    return `<rect x="58" y="${y - 12}" width="${(80 * score).toFixed(1)}" height="14" rx="2" fill="${i === 0 ? '#2a6fdb' : '#a9bcd6'}"/>
    <text x="50" y="${y}" text-anchor="end"${i === 0 ? ' font-weight="bold"' : ''}>${label}</text><text x="${(64 + 80 * score).toFixed(1)}" y="${y}">${percent}</text>`;
  });
  return `<g transform="translate(${at},0)">
    <image x="12" y="10" width="164" height="146" preserveAspectRatio="xMidYMid meet" href="data:image/jpeg;base64,${image.toString('base64')}"/>
    ${bars.join('\n    ')}
  </g>`;
}

const names = readdirSync(inFolder('images')).sort();
const images = names.map((name) => readFileSync(inFolder(`images/${name}`)));
const found = await read(process.argv[2] ?? '127.0.0.1:5500', images);
const width = 190 * images.length;
process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} 250" width="${width}" height="250" font-family="sans-serif" font-size="13" fill="#333">
<title>Four photographs of digits with the labels that the server gave them</title>
<rect width="${width}" height="250" fill="#fff"/>
${images.map((image, i) => panel(image, found[i], 190 * i)).join('\n')}
</svg>
`);
