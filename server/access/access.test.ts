import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import { ConfigError, describeProblem } from '../config/problem.ts';
import { parseKeyFile } from './key-file.ts';
import { Gatekeeper, Keys } from './keys.ts';

const hash = (key: string): string => createHash('sha256').update(key).digest('hex');

const text = `
anonymous: {calls: [metadata], servables: [open]}
keys:
  - {name: vision, sha256: ${hash('one')}, calls: [infer, metadata], servables: [lenet, 'resnet*']}
  - {name: ops, sha256: ${hash('two')}, calls: [admin, metrics, metadata]}
  - {name: guest, sha256: ${hash('three')}, calls: [infer], until: 2027-01-01}
`;
const keysOf = (yaml: string): Keys => new Keys(parseKeyFile(Buffer.from(yaml), 'keys.yaml'));
const before = Date.parse('2026-12-31T23:59:59Z');

test('keys: who brings which may do what its entry says', () => {
  let now = before;
  const keeper = new Gatekeeper(keysOf(text), () => now);
  const session = {};
  const bearer = (key: string): { authorization: string } => ({ authorization: `Bearer ${key}` });
  const vision = keeper.admit(session, bearer('one'), 'infer');
  assert.equal(vision?.name, 'vision');
  assert.deepEqual(
    ['lenet', 'resnet', 'resnet50', 'lenet2', 'xresnet', ''].map((name) => vision?.allows(name)),
    [true, true, true, false, false, false],
  );
  assert.equal(keeper.admit(session, { 'x-api-key': 'two' }, 'admin')?.everything, true);
  const denied = (headers: IncomingHttpHeaders, group: 'infer' | 'admin', code: string, message: RegExp): void => {
    assert.throws(
      () => keeper.admit(session, headers, group),
      (caught) => (caught as { code: string }).code === code && message.test((caught as Error).message),
    );
  };
  denied(bearer('one'), 'admin', 'PERMISSION_DENIED', /^key "vision": is not for admin calls$/);
  denied(bearer('secret-guess'), 'infer', 'UNAUTHENTICATED', /^the key is not known$/);
  denied(bearer('one '.repeat(2000)), 'infer', 'UNAUTHENTICATED', /^no key: infer calls want one/);
  denied({}, 'infer', 'UNAUTHENTICATED', /^no key: infer calls want one \(authorization: Bearer KEY, or x-api-key\)$/);
  denied({ authorization: 'Basic b25l' }, 'infer', 'UNAUTHENTICATED', /^no key/);
  assert.equal(keeper.admit(session, {}, 'metadata')?.name, 'anonymous');
  assert.equal(keeper.admit(session, bearer('nobody'), 'health'), undefined);
  assert.equal(keeper.admit(session, bearer('three'), 'infer')?.name, 'guest');
  now += 1000;
  denied(bearer('three'), 'infer', 'UNAUTHENTICATED', /^key "guest": its time is over$/);
});

test('keys: others hold at once, for connections that are open too', () => {
  const keeper = new Gatekeeper(keysOf(text), () => before);
  const session = {};
  const headers = { authorization: 'bearer one' };
  keeper.admit(session, headers, 'infer');
  keeper.use(keysOf('keys: []'));
  assert.throws(() => keeper.admit(session, headers, 'infer'), /the key is not known/);
  assert.throws(() => keeper.admit(session, {}, 'metadata'), /^ServingError: no key: want metadata authorization/);
});

const wrong: readonly [string, string, string][] = [
  ['an unknown key', 'keys:\n  - {nam: a}\n', 'keys.yaml:2: keys.0.nam: unknown key, the nearest known one is name'],
  [
    'a key in the place of its hash',
    `keys:\n  - name: a\n    sha256: mindird_secret\n    calls: [infer]\n`,
    'keys.yaml:3: keys.0.sha256: want the SHA-256 of the key in 64 digits, as mindird key prints it',
  ],
  [
    'a group that is none',
    `keys:\n  - name: a\n    sha256: ${hash('a')}\n    calls: [health]\n`,
    'keys.yaml:4: keys.0.calls.0: want a list of distinct values out of infer, metadata, metrics, admin',
  ],
  [
    'two stars',
    `anonymous:\n  calls: [infer]\n  servables: ['a*b*']\n`,
    'keys.yaml:3: anonymous.servables.0: want a list of names of servables, in which one * may stand for any characters',
  ],
  [
    'a day that is none',
    `keys:\n  - {name: a, sha256: ${hash('a')}, calls: [infer], until: 2027-13-01}\n`,
    'keys.yaml:2: keys.0.until: want a day, such as 2027-06-30',
  ],
  [
    'a key twice',
    `keys:\n  - {name: a, sha256: ${hash('a')}, calls: [infer]}\n  - {name: b, sha256: ${hash('a')}, calls: [infer]}\n`,
    'keys.yaml:3: keys.1.sha256: is that of an entry before it, want each once',
  ],
  ['a list', '- a\n', 'keys.yaml:1: want a section with the keys anonymous and keys'],
];

for (const [what, yaml, message] of wrong)
  test(`keys: ${what} is refused with its place`, () => {
    assert.throws(
      () => keysOf(yaml),
      (caught) => {
        assert.ok(caught instanceof ConfigError);
        assert.ok(caught.problems.map(describeProblem).includes(message), caught.problems.map(describeProblem).join());
        assert.doesNotMatch(caught.problems.map(describeProblem).join(), /mindird_secret/);
        return true;
      },
    );
  });
