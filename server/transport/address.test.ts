import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressText, parseAddress } from './address.ts';

test('address: every form is read and written', () => {
  assert.deepEqual(parseAddress('0.0.0.0:5500'), { host: '0.0.0.0', port: 5500 });
  assert.deepEqual(parseAddress('localhost:0'), { host: 'localhost', port: 0 });
  assert.deepEqual(parseAddress(':8001'), { host: '0.0.0.0', port: 8001 });
  assert.deepEqual(parseAddress('[::1]:80'), { host: '::1', port: 80 });
  assert.deepEqual(parseAddress('unix:/run/m.sock'), { path: '/run/m.sock' });
  assert.deepEqual(parseAddress('unix:///run/m.sock'), { path: '/run/m.sock' });
  assert.deepEqual(parseAddress('unix:m.sock'), { path: 'm.sock' });
  assert.equal(addressText({ host: '::1', port: 0 }, 80), '[::1]:80');
  assert.equal(addressText({ path: '/run/m.sock' }, 1), 'unix:/run/m.sock');
});

test('address: anything else is refused with the forms wanted', () => {
  for (const text of ['', '5500', 'host', 'host:', 'host:99999', 'host:1:2', '::1:80', 'unix:', 'http://host:1']) {
    assert.throws(
      () => parseAddress(text),
      /^ServingError: address ".*": want host:port, \[ipv6\]:port or unix:PATH$/,
      text,
    );
  }
});
