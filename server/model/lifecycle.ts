// The life of one copy of a version. A version whose files change lives twice for a while: the old copy serves until the
// new one is ready, so states belong to copies.
//
//          ┌──────────────────────────────────────────► gone
//          │                                             ▲
//   new ───┼──► loading ──► ready ──► draining ──► unloading
//          │       │
//          └───────┴──► failed ──► gone
//
// ready     reachable: requests may take leases
// draining  no new leases; ends when the last lease is returned (or the server stops waiting)
// failed    keeps its reason until its files change or go away

import type { VersionState } from './served.ts';

const next: Readonly<Record<VersionState, readonly VersionState[]>> = {
  new: ['loading', 'failed', 'gone'],
  loading: ['ready', 'failed'],
  ready: ['draining'],
  draining: ['unloading'],
  unloading: ['gone'],
  failed: ['gone'],
  gone: [],
};

/** True when a copy may go from one state to the other. */
export function isLegal(from: VersionState, to: VersionState): boolean {
  return next[from].includes(to);
}

/** True while a copy may still become ready. */
export function isPending(state: VersionState): boolean {
  return state === 'new' || state === 'loading';
}
