// model.state: a model that writes its parameters is refused by default; with per_request every request starts from the values in the file.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Case, CaseServer, listCases } from './cases.ts';

const kTolerance = { rtol: 1e-3, atol: 1e-4 };

describe('model.state on cpu', () => {
  let server: CaseServer;
  const cases: Case[] = listCases('ops', kTolerance)
    .filter(({ name }) => name === 'graph_stateful_counter')
    .map((one) => ({ ...one, state: 'per_request' }));
  before(async () => {
    server = await CaseServer.start('ops', cases, 'cpu');
  });
  after(() => server.stop());

  it('per_request: every request finds the counter as the file has it', async () => {
    assert.equal(cases.length, 1);
    for (const one of cases) {
      assert.equal(await server.refusal(one.name), undefined);
      for (let request = 0; request < 3; ++request) await server.check(one);
    }
  });
});

describe('model.state on cpu, by default', () => {
  let server: CaseServer;
  const cases = listCases('cases/inplace/state', kTolerance).map((one) => ({ ...one, state: undefined }));
  before(async () => {
    server = await CaseServer.start('cases/inplace/state', cases, 'cpu');
  });
  after(() => server.stop());

  it('results that would depend on earlier requests are refused, with the setting that serves them', async () => {
    const reason = (await server.refusal('counter')) ?? 'nothing was refused';
    assert.match(reason, /node "Default\/AssignAdd-op0" \(AssignAdd\): writes "w".*model\.state: per_request/);
    assert.notEqual(await server.refusal('only_written'), undefined);
  });

  it('what no result depends on is left out, and the report says so', async () => {
    assert.equal(await server.refusal('overwritten'), undefined);
    assert.equal(await server.refusal('never_read'), undefined);
    const { left_out } = await server.report('never_read');
    assert.equal(left_out?.length, 1);
    assert.match(left_out?.[0] ?? '', /\(AssignAdd\): left out, as no result depends on what it writes to "w"/);
  });
});
