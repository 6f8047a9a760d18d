// Machine facts as the header lines of text reports.

import type { MachineFacts } from './facts.ts';

/** A few aligned lines. */
export function machineLines(facts: MachineFacts): string[] {
  const gpu = facts.gpus.length > 0 ? `${facts.gpus.join(', ')}, driver ${facts.driver || 'unknown'}` : 'none';
  return [
    `machine   ${facts.cpu}, ${facts.logicalCpus} logical CPUs, governor ${facts.governor}, ${facts.memoryGiB} GiB; GPU ${gpu}`,
    `system    ${facts.os}, ${facts.kernel}, node ${facts.node}`,
    `time      ${facts.time}, load average ${facts.load.join(' ')}`,
  ];
}
