/**
 * The order of the files of tests: at any time one worker has a file which waits most of the time, for processes, serial
 * lines and terminals, and the others work as fast as the processors can. Longest first, as it is without this, they would
 * wait together.
 */

import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A worker more than processors. */
export const WORKERS = availableParallelism() + 1;

const WAITING = [
  /^docs\/examples\/(families|shared_client)\./,
  /^test\/tools\/(control|discover|ends|extcap|file|ready|run|sensors-watch|top|traffic)\./,
  /^test\/tools\/serve(-demux|-metrics|-rights|-systemd)?\./,
  /^test\/tools\/fw\/(resume|terminal)\./,
];

/** What compute longest. In a fresh clone no durations are known; the rest would end without them, and one of them alone. */
const LONG =
  /^test\/(hw-fixtures\/(pico\/compliance|validator\/matrix)|stack\/bus-owner\/fleet|pldm\/firmware\/package)\./;

/** Where it is not known from an earlier run; ms. */
const USUAL_MS = { waiting: 4000, long: 8000, working: 700 };

export class FileOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const waiting = sorted.filter((file) => this.#waits(file));
    const working = sorted.filter((file) => !this.#waits(file));
    working.sort((one, other) => this.#rank(one) - this.#rank(other));
    const workers = Array.from({ length: WORKERS }, (_, index) => ({ waits: index === 0, freeAt: 0 }));
    return sorted.map(() => {
      const next = workers.reduce((one, other) => (other.freeAt < one.freeAt ? other : one));
      const [first, second] = next.waits ? [waiting, working] : [working, waiting];
      const file = (first.shift() ?? second.shift())!;
      next.freeAt += this.#durationOf(file);
      return file;
    });
  }

  #waits(file: TestSpecification): boolean {
    const path = this.#pathOf(file);
    return WAITING.some((files) => files.test(path));
  }

  /** What is long and not known goes first. */
  #rank(file: TestSpecification): number {
    return this.#known(file) === undefined && LONG.test(this.#pathOf(file)) ? 0 : 1;
  }

  #durationOf(file: TestSpecification): number {
    const usual = LONG.test(this.#pathOf(file)) ? USUAL_MS.long : USUAL_MS.working;
    return this.#known(file) ?? (this.#waits(file) ? USUAL_MS.waiting : usual);
  }

  /** How long it took in an earlier run; ms. */
  #known(file: TestSpecification): number | undefined {
    return this.ctx.cache.getFileTestResults(`${file.project.name}:${this.#pathOf(file)}`)?.duration;
  }

  #pathOf({ moduleId }: TestSpecification): string {
    return relative(this.ctx.config.root, moduleId);
  }
}
