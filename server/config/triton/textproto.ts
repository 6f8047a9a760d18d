// The text form of protocol buffers, as far as configuration files use it: fields by name, messages in braces, lists in brackets, strings
// in pieces, comments behind #. What the fields mean is not known here.
//
//   name: "lenet"   max_batch_size: 8
//   instance_group [ { count: 2 kind: KIND_CPU } ]
//
// https://protobuf.dev/reference/protobuf/textformat-spec/

/** A field as it is written; a list is as many fields of one name. */
export interface TextField {
  readonly name: string;
  /** Counted from 1. */
  readonly line: number;
  readonly value: TextValue;
}

export type TextValue =
  | { readonly kind: 'message'; readonly fields: readonly TextField[] }
  | { readonly kind: 'string'; readonly text: string }
  /** A number, true, false, or the name of an enumerator. */
  | { readonly kind: 'word'; readonly text: string };

/** Where a text is none of this form. */
export class TextprotoError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** Messages in messages, and fields in all. */
const deepest = 16;
const mostFields = 10_000;

interface Token {
  readonly kind: 'mark' | 'string' | 'word' | 'end';
  readonly text: string;
  readonly line: number;
}

const lexer =
  /[ \t\r\v\f]+|#[^\n]*|(\n)|([{}[\]<>:,;])|([A-Za-z0-9_.+-]+)|"((?:[^"\\\n]|\\[^\n])*)"|'((?:[^'\\\n]|\\[^\n])*)'/gy;

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 1;
  lexer.lastIndex = 0;
  for (let at = 0; at < text.length; at = lexer.lastIndex) {
    lexer.lastIndex = at;
    const match = lexer.exec(text);
    if (match === null)
      throw new TextprotoError(line, `found ${JSON.stringify(text.slice(at, at + 12).split('\n')[0])}, want a field`);
    const [, newline, mark, word, double, single] = match;
    if (newline !== undefined) line += 1;
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark, line });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, line });
    else if (double !== undefined || single !== undefined)
      tokens.push({ kind: 'string', text: unescaped(double ?? single ?? '', line), line });
  }
  tokens.push({ kind: 'end', text: 'the end', line });
  return tokens;
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '"': '"',
  "'": "'",
  '\\': '\\',
  '?': '?',
};

function unescaped(text: string, line: number): string {
  return text.replaceAll(/\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)/g, (all, code: string) => {
    const known = escapes[code];
    if (known !== undefined) return known;
    if (/^x./.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
    throw new TextprotoError(line, `found the escape ${all}, which there is not`);
  });
}

/** Reads a text; throws TextprotoError. */
export function parseTextproto(text: string): readonly TextField[] {
  return new Reader(tokensOf(text)).whole();
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;
  #fields = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): readonly TextField[] {
    return this.#message('', 0);
  }

  get #next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #is(mark: string): boolean {
    return this.#next.kind === 'mark' && this.#next.text === mark;
  }

  #skip(mark: string): boolean {
    if (!this.#is(mark)) return false;
    this.#at += 1;
    return true;
  }

  #unexpected(wanted: string): TextprotoError {
    const { kind, text, line } = this.#next;
    return new TextprotoError(line, `found ${kind === 'end' ? text : JSON.stringify(text)}, want ${wanted}`);
  }

  /** Fields up to `close`, which is left where it is; '' for the end. */
  #message(close: string, depth: number): TextField[] {
    if (depth > deepest) throw new TextprotoError(this.#next.line, `messages lie deeper than ${deepest}`);
    const fields: TextField[] = [];
    while (this.#next.kind !== 'end' && !(close !== '' && this.#is(close))) fields.push(...this.#field(depth));
    return fields;
  }

  #field(depth: number): TextField[] {
    const { kind, text: name, line } = this.#next;
    if (kind !== 'word' || !/^[A-Za-z_]\w*$/.test(name)) throw this.#unexpected('the name of a field');
    this.#fields += 1;
    if (this.#fields > mostFields) throw new TextprotoError(line, `has more than ${mostFields} fields`);
    this.#at += 1;
    const colon = this.#skip(':');
    const values = this.#skip('[') ? this.#list(depth) : [this.#value(depth)];
    if (!colon && values.some(({ kind: form }) => form !== 'message'))
      throw new TextprotoError(line, `${name}: found no ":" before its value`);
    if (!this.#skip(',')) this.#skip(';');
    return values.map((value) => ({ name, line: value.line, value }));
  }

  #list(depth: number): (TextValue & { readonly line: number })[] {
    const values: (TextValue & { readonly line: number })[] = [];
    if (this.#skip(']')) return values;
    do {
      this.#fields += 1;
      if (this.#fields > mostFields) throw new TextprotoError(this.#next.line, `has more than ${mostFields} fields`);
      values.push(this.#value(depth));
    } while (this.#skip(','));
    if (!this.#skip(']')) throw this.#unexpected('"," or "]"');
    return values;
  }

  #value(depth: number): TextValue & { readonly line: number } {
    const { kind, text, line } = this.#next;
    for (const [open, close] of [
      ['{', '}'],
      ['<', '>'],
    ] as const) {
      if (!this.#skip(open)) continue;
      const fields = this.#message(close, depth + 1);
      if (!this.#skip(close)) throw this.#unexpected(`"${close}" for the "${open}" of line ${line}`);
      return { kind: 'message', fields, line };
    }
    if (kind === 'word') {
      this.#at += 1;
      return { kind, text, line };
    }
    if (kind !== 'string') throw this.#unexpected('a value');
    let whole = '';
    for (; this.#next.kind === 'string'; this.#at += 1) whole += this.#next.text;
    return { kind: 'string', text: whole, line };
  }
}
