// Text from outside inside messages of ours.

const longest = 96;

/** A name from outside in quotes: control characters escaped, long ones cut, so that it cannot bend a log line or a header. */
export function quote(text: string): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return JSON.stringify(cut);
}

/** `1 value`, `2 values`. */
export function plural(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

/** `100 MiB`, `512 KiB`, `17 bytes`: exact when it is a whole number of the unit, else with one digit. */
export function bytesText(count: number): string {
  for (const [unit, size] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const) {
    if (count >= size) return `${Number.isInteger(count / size) ? count / size : (count / size).toFixed(1)} ${unit}`;
  }
  return plural(count, 'byte');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text made safe inside HTML, in content and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => entities[c] ?? c);
}
