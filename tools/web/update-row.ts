/** One firmware update as a row of the page, while it runs and afterwards. */

import type { ComponentReport, UpdateEvent, UpdateReport } from '../../pldm/firmware/agent/update-events.js';
import type { EndpointInfo } from '../../stack/bus-owner/index.js';
import { printable } from '../command-error.js';
import { classificationName } from '../fw/fw-words.js';
import type { WebUpdate } from './web-documents.js';
import type { WebModel } from './web-model.js';

const MOST_SHOWN = 32;
const MOST_NOTES = 20;
const LONGEST = 300;

export class UpdateRow {
  readonly key: string;
  #row: WebUpdate;

  constructor(
    private readonly model: WebModel,
    number: number,
    about: { readonly endpoint: EndpointInfo; readonly name: string; readonly package: string },
    private readonly time: () => number,
  ) {
    this.key = String(number);
    const { network, eid } = about.endpoint;
    this.#row = {
      ...{ number, device: about.name, network, eid, package: about.package },
      ...{ phase: 'starting', done: 0, size: 0, served: 0, total: 0, percent: null },
      ...{ outcome: null, reason: '', notes: [], components: [], startedAt: time(), endedAt: null },
    };
    // Of the oldest updates nothing is shown any more.
    const [oldest, ...others] = model.updates.keys();
    if (oldest !== undefined && others.length >= MOST_SHOWN) model.updates.delete(oldest);
    this.#put({});
    this.#tell('info', 'update begun', this.#row.package);
  }

  event(event: UpdateEvent): void {
    if (event.type === 'progress') {
      const { phase, done, size, served, total, percent = null } = event;
      this.#put({ phase, done, size, served, total, percent });
    } else if (event.type === 'note') this.#put({ notes: [...this.#row.notes, clean(event.text)].slice(-MOST_NOTES) });
  }

  /** Of the device itself, or of one below it. */
  report({ outcome, reason, components }: UpdateReport): void {
    const all = [...this.#row.components, ...components.map(componentText)].slice(0, 64);
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

  #tell(level: 'info' | 'good' | 'error', kind: string, text: string): void {
    const { network, eid, device: about } = this.#row;
    this.model.event({ time: this.time(), kind, level, network, eid, about, text: clean(text) });
  }
}

function componentText({
  classification,
  identifier,
  version,
  previousVersion,
  result,
  reason,
  state,
}: ComponentReport): string {
  const what = `${classificationName(classification)} ${identifier}`;
  const from = previousVersion === undefined ? '' : `${previousVersion} to `;
  const why = [state ?? '', reason].filter((text) => text !== '').join(', ');
  return clean(`${what}: ${from}${version}, ${result}${why === '' ? '' : ` (${why})`}`);
}

function clean(text: string): string {
  return printable(text).slice(0, LONGEST);
}
