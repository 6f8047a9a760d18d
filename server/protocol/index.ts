// The list of protocols. A new one is a folder beside this file and a line here.

import { HealthProtocol } from './health.ts';
import { mindsporeServing } from './mindspore-serving/service.ts';
import { openInferenceHttp } from './oip-http/service.ts';
import { type OpenInferenceParts, openInference, rehearsal } from './open-inference/service.ts';
import type { Protocol } from './protocol.ts';

export interface Protocols {
  readonly all: readonly Protocol[];
  /** Kept apart because a drain ends its watches. */
  readonly health: HealthProtocol;
}

/** Every protocol the ports speak, gRPC's reflection aside. */
export function buildProtocols(parts: OpenInferenceParts): Protocols {
  const health = new HealthProtocol(parts.readiness);
  return { all: [openInference(parts), openInferenceHttp(parts), mindsporeServing(parts), health], health };
}

export type { RunningSettings } from './open-inference/settings-calls.ts';
export { rehearsal };
