// The ensembles that lie beside a servable in its repository, for steps that name them.
//
// Which files an answer hangs on is remembered, those that are not there too: when one of them changes, what was read is read again.

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from '../problem.ts';
import { servableFiles, tritonFile } from '../servable.ts';
import { readConfigText } from '../yaml.ts';
import type { Ensemble } from './ensemble.ts';
import { readEnsemble } from './ensemble.ts';
import type { Node } from './model-config.ts';
import { readModelConfig } from './model-config.ts';

/** An ensemble, or what is wrong with its file. */
export type Neighbour = { readonly ensemble: Ensemble } | { readonly wrong: string };

/** What of a file is refused. */
type Refusals = (root: Node, folder: string) => readonly { readonly line: number; readonly message: string }[];

const servableName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

export class Neighbours {
  readonly #repository: string;
  readonly #refusals: Refusals;
  readonly #looked: Set<string>;
  readonly #known = new Map<string, Neighbour | undefined>();

  /** `file` is the configuration of the servable whose neighbours these are; `looked` is told every file that is looked at. */
  constructor(file: string, refusals: Refusals, looked: Set<string>) {
    this.#repository = path.dirname(path.dirname(file));
    this.#refusals = refusals;
    this.#looked = looked;
  }

  /** The ensemble of this name; undefined for a servable that is none, and for what is not there. */
  ensemble(name: string): Neighbour | undefined {
    if (!this.#known.has(name)) this.#known.set(name, this.#read(name));
    return this.#known.get(name);
  }

  /** Whether an ensemble that is there has this version: a folder of that number, or 1 where it has no such folders. */
  hasVersion(name: string, version: string): boolean {
    const folder = path.join(this.#repository, name);
    this.#looked.add(folder);
    const versions = readdirSync(folder).filter((entry) => /^\d+$/.test(entry));
    return versions.length === 0 ? version === '1' : versions.some((found) => Number(found) === Number(version));
  }

  #read(name: string): Neighbour | undefined {
    if (!servableName.test(name)) return undefined;
    const folder = path.join(this.#repository, name);
    const own = servableFiles.find((file) => {
      this.#looked.add(path.join(folder, file));
      return existsSync(path.join(folder, file));
    });
    if (own !== tritonFile) return undefined;
    const file = path.join(folder, own);
    let text = '';
    try {
      text = readConfigText(file);
      const root = readModelConfig(text, file);
      const ensemble = readEnsemble(root);
      if (ensemble === undefined) return undefined;
      const [refused] = this.#refusals(root, name);
      return refused === undefined ? { ensemble } : { wrong: `line ${refused.line}: ${refused.message}` };
    } catch (caught) {
      // What is wrong with a file that describes a model is told where that is served.
      if (!(caught instanceof ConfigError)) throw caught;
      if (!text.includes('ensemble_scheduling')) return undefined;
      const [first] = caught.problems;
      return { wrong: `line ${first?.line ?? 0}: ${first?.message ?? ''}` };
    }
  }
}
