// JSON of many items, made in slices and pieces: a server of thousands of servables answers requests while it tells of them.

/** Longest time without a turn for others, in milliseconds. */
const sliceMs = 2;
/** Characters of a piece, about. */
const pieceLength = 65_536;

/** `{…head, "name": [items]}` in pieces of UTF-8; an item a line, made when its turn comes. */
export async function longJson(head: object, name: string, items: Iterable<unknown>): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  const opening = JSON.stringify(head, null, 2).replace(/\n?\}$/, '');
  let text = `${opening}${opening === '{' ? '' : ','}\n  ${JSON.stringify(name)}: [`;
  let first = true;
  let end = performance.now() + sliceMs;
  for (const item of items) {
    text += `${first ? '' : ','}\n    ${JSON.stringify(item)}`;
    first = false;
    if (text.length >= pieceLength) {
      pieces.push(Buffer.from(text, 'utf8'));
      text = '';
    }
    if (performance.now() < end) continue;
    await new Promise((resolve) => setImmediate(resolve));
    end = performance.now() + sliceMs;
  }
  pieces.push(Buffer.from(`${text}${first ? '' : '\n  '}]\n}\n`, 'utf8'));
  return pieces;
}
