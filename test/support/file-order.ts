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

/** Where it is not known from an earlier run; ms. */
const USUAL_MS = { waiting: 4000, working: 700 };

export class FileOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const waiting = sorted.filter((file) => this.#waits(file));
    const working = sorted.filter((file) => !this.#waits(file));
    const workers = Array.from({ length: WORKERS }, (_, index) => ({ waits: index === 0, freeAt: 0 }));
    return sorted.map(() => {
      const next = workers.reduce((one, other) => (other.freeAt < one.freeAt ? other : one));
      const [first, second] = next.waits ? [waiting, working] : [working, waiting];
      const file = (first.shift() ?? second.shift())!;
      next.freeAt += this.#durationOf(file);
      return file;
    });
  }

  #waits({ moduleId }: TestSpecification): boolean {
    const path = relative(this.ctx.config.root, moduleId);
    return WAITING.some((files) => files.test(path));
  }

  #durationOf(file: TestSpecification): number {
    const key = `${file.project.name}:${relative(this.ctx.config.root, file.moduleId)}`;
    const known = this.ctx.cache.getFileTestResults(key)?.duration;
    return known ?? (this.#waits(file) ? USUAL_MS.waiting : USUAL_MS.working);
  }
}
