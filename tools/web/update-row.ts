/** One firmware update as a row of the page, while it runs and afterwards. */

import type { ComponentReport, UpdateEvent, UpdateReport } from '../../pldm/firmware/agent/update-events.js';
import { printable } from '../command-error.js';
import { classificationName } from '../fw/fw-words.js';
import type { KeptDevice } from './kept-package.js';
import type { WebLevel, WebUpdate } from './web-documents.js';
import type { WebModel } from './web-model.js';

const MOST_NOTES = 20;
const LONGEST = 300;

const FRESH = {
  phase: 'starting',
  done: 0,
  size: 0,
  served: 0,
  total: 0,
  percent: null,
  outcome: null,
  reason: '',
  notes: [],
  components: [],
  endedAt: null,
} as const;

export class UpdateRow {
  readonly key: string;
  #row: WebUpdate;

  constructor(
    private readonly model: WebModel,
    number: number,
    about: { readonly device: Pick<KeptDevice, 'name' | 'network' | 'eid'>; readonly package: string },
    private readonly time: () => number,
  ) {
    this.key = String(number);
    const { name, network, eid } = about.device;
    this.#row = { number, device: name, network, eid, package: about.package, startedAt: 0, ...FRESH };
  }

  /** It has come to its end, and does not go on. */
  get isOver(): boolean {
    return this.#row.endedAt !== null && this.#row.outcome !== 'interrupted';
  }

  /** It runs, for the first time or again. */
  begin(): void {
    const again = this.#row.outcome !== null;
    this.#put({ ...FRESH, startedAt: this.time() });
    this.#tell('info', again ? 'update goes on' : 'update begun', this.#row.package);
  }

  /** An earlier run of the server did not bring it to its end. */
  interrupted(reason: string): void {
    const now = this.time();
    this.#put({ outcome: 'interrupted', reason: clean(reason), startedAt: now, endedAt: now });
    this.#tell('warning', 'update interrupted', `${this.#row.package}: ${reason}`);
  }

  /** It was interrupted, and does not go on. */
  forgotten(): void {
    this.#put({ outcome: 'forgotten' });
    this.#tell('info', 'update forgotten', this.#row.package);
  }

  event(event: UpdateEvent): void {
    if (event.type === 'progress') {
      const { phase, done, size, served, total, percent = null } = event;
      this.#put({ phase, done, size, served, total, percent });
    } else if (event.type === 'note') this.#put({ notes: [...this.#row.notes, clean(event.text)].slice(-MOST_NOTES) });
  }

  /** Of the device itself, or of one below it. */
  report({ outcome, reason, components }: UpdateReport): void {
    const texts = components.map((one) => componentText(one, outcome === 'failed'));
    const all = [...this.#row.components, ...texts].slice(0, 64);
    if (outcome === 'failed' || outcome === 'cancelled') {
      this.#put({ components: all });
      this.#end(outcome, reason);
    } else this.#put({ components: all, reason: clean(reason) });
  }

  end(): void {
    this.#end('updated', this.#row.reason);
  }

  fail(why: string): void {
    this.#end('failed', why);
  }

  /** It is not shown any more. */
  remove(): void {
    this.model.updates.delete(this.key);
  }

  #end(outcome: string, reason: string): void {
    this.#put({ outcome, reason: clean(reason), endedAt: this.time() });
    this.#tell(
      outcome === 'updated' ? 'good' : 'error',
      `update ${outcome}`,
      reason === '' ? this.#row.package : reason,
    );
  }

  #put(change: Partial<WebUpdate>): void {
    this.#row = { ...this.#row, ...change };
    this.model.updates.put(this.key, this.#row);
  }

  #tell(level: WebLevel, kind: string, text: string): void {
    const { network, eid, device: about } = this.#row;
    this.model.event({ time: this.time(), kind, level, network, eid, about, text: clean(text) });
  }
}

function componentText(
  { classification, identifier, version, previousVersion, result, reason, state }: ComponentReport,
  hasFailed: boolean,
): string {
  const what = `${classificationName(classification)} ${identifier}`;
  // After a restart of ours nobody knows any more what it was before.
  const from = previousVersion === undefined || previousVersion === version ? '' : `${previousVersion} to `;
  const why = [state ?? '', reason].filter((text) => text !== '').join(', ');
  // It was activated, it said, and does not run it.
  const unseen = hasFailed && result === 'updated' && state === undefined;
  return clean(
    `${what}: ${from}${version}, ${unseen ? 'sent, but the device does not show it' : result}${why === '' ? '' : ` (${why})`}`,
  );
}

function clean(text: string): string {
  return printable(text).slice(0, LONGEST);
}
