import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServable } from '../config/servable.ts';
import { ServingError } from '../errors.ts';
import { type CalibrationOrder, calibrated, calibrationOrder } from './calibration.ts';

const text = 'model: {precision: int8}\ncalibration: {data: /data/a.npz, keep_fp32: [MatMul], samples: 7}\n';
const config = parseServable(text, 'x');
const defaults = { threads: 3, cacheDir: '/cache' };
const order = (file = '/repository/m/1/m.mindir', given = defaults): CalibrationOrder | undefined =>
  calibrationOrder('m/1', file, config, given);

test('calibration: an order is made of the settings', () => {
  const { model, data, cacheDir, keepFp32, samples, threads, method } = order() ?? {};
  assert.deepEqual(
    [model, data, cacheDir, keepFp32, samples, threads, method],
    ['/repository/m/1/m.mindir', '/data/a.npz', '/cache', ['MatMul'], 7, 3, 'min-max'],
  );
  assert.equal(calibrationOrder('m/1', '', parseServable('', 'x'), { ...defaults, cacheDir: null }), undefined);
});

test('calibration: no model, a plan file and a cache that is off are refused', () => {
  const refused = (message: RegExp) => ({ code: 'INVALID_CONFIG', message });
  assert.throws(() => order(''), refused(/^model\.precision int8: the version has no model of its own$/));
  assert.throws(() => order('/m/1/a.mindplan'), refused(/: a\.mindplan is no \.mindir file/));
  const off = { threads: 0, cacheDir: null };
  assert.throws(() => calibrationOrder('m/1', '/m/1/a.mindir', config, off), refused(/: the engine cache, .* is off$/));
});

test('calibration: failures keep their code, but for wrong samples, and name no folder', async () => {
  const given = order();
  assert.ok(given !== undefined);
  const failing = (error: Error) => calibrated(given, () => Promise.reject(error));
  await assert.rejects(failing(new ServingError('INVALID_ARGUMENT', '/data/a.npz: empty')), {
    code: 'INVALID_CONFIG',
    message: 'calibration: a.npz: empty',
  });
  await assert.rejects(failing(new ServingError('INVALID_MODEL', '/repository/m/1/m.mindir: bad')), {
    code: 'INVALID_MODEL',
    message: 'calibration: m.mindir: bad',
  });
  await assert.rejects(calibrated(given, undefined), { message: 'model.precision int8: nothing here quantises' });
});
