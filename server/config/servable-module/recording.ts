// Where the calls of a servable_config.mjs go: the recorder of the process that imports it, and the method whose stages are being listed.

import type { StagePlan } from './plan.ts';
import type { Recorder } from './recorder.ts';

let recorder: Recorder | undefined;
let stages: StagePlan[] | undefined;

/** Sends what is declared from now on to a recorder. */
export function recordTo(to: Recorder | undefined): void {
  recorder = to;
}

/** The recorder; throws where nobody reads the module. */
export function recording(): Recorder {
  if (recorder === undefined)
    throw new Error('a servable_config.mjs is read by mindird, which runs no such call elsewhere');
  return recorder;
}

/** The stages so far of the method that is listed; throws outside of one. */
export function listedStages(): StagePlan[] {
  if (stages === undefined) throw new Error('addStage is called inside the stages of a registerMethod');
  return stages;
}

/** Runs what lists the stages of a method. */
export function listStages<T>(into: StagePlan[], list: () => T): T {
  const before = stages;
  stages = into;
  try {
    return list();
  } finally {
    stages = before;
  }
}
