// A result that was made up, for the tests of table and page.

import { cellFigures } from './figures.mjs';

/** A window of one side. */
export const madeWindow = (ms, more = {}) => ({ n: 10, ms, mean: ms, foreign: 0.01, stolen: 0, idle: 0.01, ...more });

/** Two rounds of a network: [ours, ONNX Runtime, OpenVINO] in ms; everything takes a tenth more in the second round. */
export function madeCell(net, threads, [ours, ort, openvino], { operations = 1e9, bytes = 1e8, noise = {} } = {}) {
  const rounds = (ms, more = {}) => [madeWindow(ms, more), madeWindow(1.1 * ms, more)];
  const windows = {
    engine: rounds(ours, noise),
    served: [1, 1.1].map((factor) => madeWindow(3 * ours * factor, { compute: 1.2 * ours * factor })),
    native: rounds(2 * ours),
    onnxruntime: rounds(ort),
    openvino: rounds(openvino),
    onnxruntime_paced: rounds(1.5 * ort),
    openvino_paced: rounds(1.4 * openvino),
  };
  return { net, threads, build_ms: 1, ...cellFigures(windows, { operations, bytes }) };
}

/** A whole result of those cells. */
export function madeResult(cells) {
  const threads = [...new Set(cells.map((cell) => cell.threads))];
  return {
    kind: 'mindird-peers',
    machine: {
      ...{ cpu: 'CPU <x>', cores: 2, kernel: '6', commit: 'abc', load: [0.1, 0, 0] },
      date: '2026-01-02T03:04:05Z',
    },
    ...{ nets: [...new Set(cells.map((cell) => cell.net))], threads, rounds: 2, seconds: 0.5, cells },
    peaks: Object.fromEntries(threads.map((count) => [count, { gflops: 100 * count, gbytes: 10 }])),
    versions: { onnxruntime: '1.32.0', openvino: '2026.4.1' },
  };
}
