// What quantising and pruning print alike.

import { writeFile } from 'node:fs/promises';
import type { Agreement } from '../../quantise/result.ts';
import type { Timed } from '../../quantise/timing.ts';
import { textTable } from '../terminal/table.ts';

/** Prints a result and writes its report, as it is asked for. */
export async function tell<Result>(
  result: Result,
  asText: (result: Result) => string,
  { report, json }: { readonly report: string | undefined; readonly json: boolean },
): Promise<void> {
  const whole = JSON.stringify(result, null, 2);
  if (report !== undefined) await writeFile(report, `${whole}\n`);
  process.stdout.write(`${json ? whole : asText(result)}\n`);
}

const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;

/** Size and times before and after, behind other rows. */
export const costTable = (
  { bytes, ms }: Timed & { readonly bytes: { readonly before: number; readonly after: number } },
  rows: readonly (readonly string[])[] = [],
): string =>
  textTable(
    ['', 'before', 'after'],
    [
      ...rows,
      ['size', kilobytes(bytes.before), kilobytes(bytes.after)],
      ['time, least', `${ms.before.least.toFixed(3)} ms`, `${ms.after.least.toFixed(3)} ms`],
      ['time, median', `${ms.before.median.toFixed(3)} ms`, `${ms.after.median.toFixed(3)} ms`],
    ],
  );

/** How like the original the result is, and how like it was with everything changed; `everything` begins the lines of that. */
export const likenessLines = (result: Agreement & { readonly everywhere: Agreement }, everything: string): string[] => [
  ...agreementLines(result),
  ...(result.everywhere.cosine === result.cosine
    ? []
    : agreementLines(result.everywhere).map((line) => `${everything}: ${line}`)),
];

const agreementLines = ({ cosine, least_cosine, top1 }: Agreement): string[] => [
  `cosine similarity ${cosine.toFixed(6)}, least ${least_cosine.toFixed(6)}`,
  ...(top1 === null ? [] : [`same prediction for ${top1.equal} of ${top1.of}`]),
];
