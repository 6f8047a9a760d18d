// One PNG image as a model's input: grey or RGB, values divided by 255, in the order batch, channel, row, column.

import { PNG } from 'pngjs';
import type { NamedTensor } from '../../inference/request.ts';
import type { TensorSpec } from '../../native/binding-types.ts';
import { formatShape } from '../../util/shape.ts';
import { CommandFailure } from '../failure.ts';

const signature = '89504e470d0a1a0a';
const maxPixels = 64 * 1024 * 1024;

/** Decodes the image and lays it out for the model's only input; `place` starts every error. */
export function pngInput(inputs: readonly TensorSpec[], file: Buffer, place: string): NamedTensor {
  const spec = inputs[0];
  if (inputs.length !== 1 || spec === undefined)
    throw new CommandFailure(`${place}: the model has ${inputs.length} inputs, an image fits one`);
  const channels = channelCount(spec, place);
  const image = decode(file, place);
  const shape = [1, channels, image.height, image.width];
  const fits = spec.shape?.every((size, axis) => size < 0 || size === shape[axis]) ?? true;
  if (!fits)
    throw new CommandFailure(
      `${place}: image makes ${formatShape(shape)}, input "${spec.name}" wants ${formatShape(spec.shape)}`,
    );
  const values = channels === 1 ? greyPlane(image.data) : colourPlanes(image.data);
  return { name: spec.name, dtype: 'FP32', shape, bytes: new Uint8Array(values.buffer) };
}

function channelCount(spec: TensorSpec, place: string): 1 | 3 {
  const channels = spec.shape?.[1];
  if (spec.dtype !== 'FP32' || spec.shape?.length !== 4 || (channels !== 1 && channels !== 3)) {
    throw new CommandFailure(
      `${place}: input "${spec.name}" is ${spec.dtype} ${formatShape(spec.shape)}, an image wants FP32 ?×1×?×? or ?×3×?×?`,
    );
  }
  return channels;
}

function decode(file: Buffer, place: string): PNG {
  if (file.length < 24 || file.toString('hex', 0, 8) !== signature)
    throw new CommandFailure(`${place}: not a PNG image`);
  const pixels = file.readUInt32BE(16) * file.readUInt32BE(20);
  if (pixels > maxPixels) throw new CommandFailure(`${place}: image has ${pixels} pixels, want at most ${maxPixels}`);
  try {
    return PNG.sync.read(file);
  } catch (error) {
    throw new CommandFailure(`${place}: damaged PNG image: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Luma of RGBA pixels; exact for grey images, whose three channels are equal. */
function greyPlane(rgba: Buffer): Float32Array {
  return Float32Array.from({ length: rgba.length / 4 }, (_, i) => {
    const [red = 0, green = 0, blue = 0] = rgba.subarray(i * 4, i * 4 + 3);
    return red === green && green === blue ? red / 255 : (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
  });
}

function colourPlanes(rgba: Buffer): Float32Array {
  const pixels = rgba.length / 4;
  return Float32Array.from(
    { length: pixels * 3 },
    (_, i) => (rgba[(i % pixels) * 4 + Math.floor(i / pixels)] ?? 0) / 255,
  );
}
