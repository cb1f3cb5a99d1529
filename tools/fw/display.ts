/** The progress of updates on a terminal, and as lines of JSON. */

import type { ComponentReport, UpdateEvent, UpdateProgress, UpdateReport } from '../../pldm/index.js';
import { printable } from '../errors.js';
import { rateText } from '../file/progress.js';
import type { Io } from '../io.js';
import { methodsText } from './words.js';

const EVERY_MS = 100;
/** Over how much of the past the rate is taken; ms. */
const WINDOW_MS = 5000;

interface Shown {
  progress: UpdateProgress;
  /** Bytes by time, of the last seconds. */
  readonly samples: { readonly at: number; readonly served: number }[];
}

/** One line for all devices, the next replaces it; what is worth keeping is printed. */
export class UpdateDisplay {
  readonly #devices = new Map<string, Shown>();
  #shownAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly io: Io,
    private readonly json: boolean,
  ) {}

  event(device: string, eid: number, event: UpdateEvent): void {
    if (event.type === 'progress') {
      this.#progress(device, eid, event);
      return;
    }
    if (this.json) this.io.print(JSON.stringify({ event: event.type, device, eid, ...payload(event) }));
    else if (event.type === 'note') this.io.note(`${device}: ${printable(event.text)}`);
    else if (event.report.result !== 'untouched') this.io.print(`${device}: ${componentText(event.report)}`);
  }

  report(device: string, eid: number, report: UpdateReport): void {
    this.#devices.delete(device);
    this.io.progress('');
    const { nonFunctioning, ...rest } = report;
    if (this.json) {
      const document = { event: 'done', device, eid, ...rest, nonFunctioning: nonFunctioning.toString() };
      this.io.print(JSON.stringify(document));
    } else this.io.print(`${device}: ${reportText(report, this.io)}`);
  }

  #progress(device: string, eid: number, event: Extract<UpdateEvent, { type: 'progress' }>): void {
    const { type: _type, at, ...progress } = event;
    const known = this.#devices.get(device);
    const changed = known?.progress.phase !== event.phase || known.progress.component !== event.component;
    const shown = known ?? { progress: event, samples: [] };
    shown.progress = event;
    this.#devices.set(device, shown);
    if (!changed && at - this.#shownAt < EVERY_MS) return;
    this.#shownAt = at;
    shown.samples.push({ at, served: event.served });
    while (shown.samples.length > 2 && shown.samples[0]!.at < at - WINDOW_MS) shown.samples.shift();
    if (this.json) {
      const { rate, leftMs } = pace(shown);
      this.io.print(JSON.stringify({ event: 'progress', device, eid, ...progress, rate, leftMs }));
    } else {
      this.io.progress([...this.#devices].map(([name, one]) => progressText(name, one)).join('  |  '));
    }
  }
}

function payload(event: Exclude<UpdateEvent, { type: 'progress' }>): object {
  return event.type === 'note' ? { text: event.text } : event.report;
}

/** Bytes per second, and how long what is left will take; null while that is not known. */
function pace({ progress, samples }: Shown): { rate: number | null; leftMs: number | null } {
  const first = samples[0]!;
  const last = samples.at(-1)!;
  const ms = last.at - first.at;
  if (ms <= 0 || last.served <= first.served) return { rate: null, leftMs: null };
  const rate = (1000 * (last.served - first.served)) / ms;
  return { rate: Math.round(rate), leftMs: Math.round((1000 * Math.max(0, progress.total - progress.served)) / rate) };
}

function progressText(device: string, shown: Shown): string {
  const { progress } = shown;
  const { phase, component, done, size, percent } = progress;
  const what = component === undefined ? phase : `component ${component} ${phase}`;
  if (phase !== 'downloading') return `${device}  ${what}${percent === undefined ? '' : ` ${percent} %`}`;
  const { rate, leftMs } = pace(shown);
  const share = size === 0 ? 0 : Math.floor((100 * done) / size);
  const bar = '#'.repeat(Math.floor(share / 5)).padEnd(20, '.');
  const rateNow = rate === null ? '' : `  ${rateText(rate, 1000)}`;
  const left = leftMs === null ? '' : `  ${durationText(leftMs)} left`;
  return `${device}  ${what} [${bar}] ${share} %${rateNow}${left}`;
}

/** "12 s", "3 min 20 s" */
export function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

export function componentText(report: ComponentReport): string {
  const { index, version, previousVersion, result, reason } = report;
  const versions = previousVersion === undefined ? version : `${previousVersion} to ${version}`;
  return `component ${index}, ${printable(versions)}: ${result}${reason === '' ? '' : `: ${printable(reason)}`}`;
}

function reportText(
  { outcome, reason, components, leftInUpdateMode, nonFunctioning, served, elapsedMs }: UpdateReport,
  { colours }: Io,
) {
  if (outcome === 'nothing-to-do') return `nothing to do: ${reason}`;
  const time = (elapsedMs / 1000).toFixed(1);
  const broken =
    nonFunctioning === 0n ? '' : `; components that do not work any more: 0x${nonFunctioning.toString(16)}`;
  const left = leftInUpdateMode ? '; it did not confirm that, and leaves update mode by itself within two minutes' : '';
  if (outcome !== 'updated') return `${colours.bad(outcome)}: ${printable(reason)}${left}${broken}`;
  const updated = components.filter(({ result }) => result === 'updated');
  const pending = updated.filter(({ state }) => state !== 'active');
  const methods = methodsText(pending.reduce((all, { activationMethods }) => all | activationMethods, 0));
  const state =
    pending.length === 0 ? 'the new firmware runs' : `the new firmware waits for: ${methods || 'an activation'}`;
  return `${colours.good('updated')} in ${time} s, ${rateText(served, elapsedMs)}: ${state}`;
}
