/** The parts of the built command, loaded as Node loads CommonJS, but with compiled code from the cache. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';
import type { CodeCache } from './code-cache.js';

type Load = (specifier: string) => unknown;
/** For what a part takes from another one: loads it at the first call. */
type LoadLate = (specifier: string) => () => object;
type Run = (exports: object, require: Load, part: LoadLate, module: { exports: object }, filename: string) => void;

export class CommandParts {
  readonly #loaded = new Map<string, { exports: object }>();
  readonly #scripts = new Map<string, Script>();
  readonly #outside: Load;
  readonly #load: Load = (specifier) => (specifier.startsWith('./') ? this.load(specifier) : this.#outside(specifier));

  readonly #late: LoadLate = (specifier) => {
    let part: object | undefined;
    return () => (part ??= this.load(specifier));
  };

  constructor(
    private readonly folder: string,
    private readonly cache: CodeCache | undefined,
  ) {
    this.#outside = createRequire(join(folder, 'main.js'));
  }

  /** The exports of `./name.js`. */
  load(specifier: string): object {
    const there = this.#loaded.get(specifier);
    if (there !== undefined) return there.exports;
    const filename = join(this.folder, specifier);
    // Everything outside of ASCII is escaped in what is built.
    const source = `(function(exports,require,part,module,__filename){${readFileSync(filename, 'latin1')}\n})`;
    const cachedData = this.cache?.get(specifier);
    const script = new Script(source, cachedData === undefined ? { filename } : { filename, cachedData });
    this.#scripts.set(specifier, script);
    const module = { exports: {} };
    // Parts may load each other in a circle.
    this.#loaded.set(specifier, module);
    (script.runInThisContext() as Run)(module.exports, this.#load, this.#late, module, filename);
    return module.exports;
  }

  /** The code of all parts that were loaded, with the functions that were called. */
  compiled(): Map<string, Buffer> {
    return new Map([...this.#scripts].map(([part, script]) => [part, script.createCachedData()]));
  }

  /** Of some part there was no code, as no earlier use came to it, or V8 did not take it: of another Node, or damaged. */
  get lacked(): boolean {
    return [...this.#scripts.values()].some((script) => script.cachedDataRejected !== false);
  }
}
