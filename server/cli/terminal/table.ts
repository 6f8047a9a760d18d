// Plain text tables: columns as wide as their widest cell, numbers to the right.

/** Lays out rows under headings; cells that look like numbers align right. */
export function textTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const right = headings.map((_, column) => rows.length > 0 && rows.every((row) => isNumeric(row[column] ?? '')));
  const line = (row: readonly string[]) =>
    widths
      .map((width, column) =>
        right[column] === true ? (row[column] ?? '').padStart(width) : (row[column] ?? '').padEnd(width),
      )
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [line(headings), rule, ...rows.map(line)].join('\n');
}

function isNumeric(cell: string): boolean {
  return cell === '' || /^[-\u2013\u2014]?[\d.,]*\s?(ms|s|%|\u00d7|\/s|MiB)?\*?$/.test(cell);
}
