/** The progress of updates: a line per device on a terminal, now and then a line elsewhere, or lines of JSON. */

import type { UpdateEvent, UpdateProgress, UpdateReport } from '../../pldm/firmware/agent/update-events.js';
import type { Clock, Timer } from '../../stack/clock.js';
import { printable } from '../command-error.js';
import type { Io } from '../io.js';
import type { FwDocument } from '../schema/firmware-documents.js';
import { componentText, type DeviceProgress, plainLine, progressLines, reportText } from './progress-lines.js';

/** Between two looks at the terminal, and between two lines of JSON of one device. */
const EVERY_MS = 100;
/** Where nothing can be redrawn. */
const PLAIN_EVERY_MS = 10_000;
/** Over how much of the past the rate is taken; ms. */
const WINDOW_MS = 5000;
const STALLED_MS = 3000;
/** Results of components that nothing changes any more. */
const TOLD_AT_ONCE: readonly string[] = ['refused', 'failed', 'skipped'];
/** The terminal is redrawn so often when nothing comes: time goes on. */
const TICK_MS = 1000;

interface Shown extends DeviceProgress {
  readonly eid: number;
  /** Bytes by time, of the last seconds. */
  readonly samples: { readonly at: number; readonly served: number }[];
  /** Of its last line of JSON or of plain text. */
  toldAt: number;
}

export class UpdateDisplay {
  readonly #devices = new Map<string, Shown>();
  #drawnAt = Number.NEGATIVE_INFINITY;
  #tick: Timer | undefined;

  constructor(
    private readonly io: Io,
    private readonly json: boolean,
    private readonly clock: Clock,
  ) {}

  event(device: string, eid: number, event: UpdateEvent): void {
    if (event.type === 'progress') {
      this.#progress(device, eid, event);
      return;
    }
    if (this.json) this.io.print(JSON.stringify(eventJson(device, eid, event)));
    else if (event.type === 'note') this.io.note(`${device}: ${printable(event.text)}`);
    else if (TOLD_AT_ONCE.includes(event.report.result)) this.io.print(`${device}: ${componentText(event.report)}`);
    this.#draw();
  }

  report(device: string, eid: number, report: UpdateReport): void {
    this.#devices.delete(device);
    const { nonFunctioning, ...rest } = report;
    if (this.json) {
      const document: FwDocument = { event: 'done', device, eid, ...rest, nonFunctioning: nonFunctioning.toString() };
      this.io.print(JSON.stringify(document));
    } else {
      // Whether what was applied is updated is known only now.
      for (const one of report.components) {
        if (one.result === 'updated' || one.result === 'applied') this.io.print(`${device}: ${componentText(one)}`);
      }
      this.io.print(`${device}: ${reportText(report, this.io)}`);
    }
    this.#draw();
  }

  /** Nothing is drawn any more. */
  close(): void {
    this.#tick?.cancel();
    this.#devices.clear();
    this.io.progress('');
  }

  #progress(device: string, eid: number, progress: UpdateProgress): void {
    const { at, phase, component } = progress;
    let shown = this.#devices.get(device);
    const changed = shown?.progress.phase !== phase || shown.progress.component !== component;
    if (shown === undefined) {
      shown = { name: device, eid, progress, samples: [], rate: null, leftMs: null, stalled: false, toldAt: at };
      this.#devices.set(device, shown);
    }
    shown.progress = progress;
    if (changed || at - (shown.samples.at(-1)?.at ?? 0) >= EVERY_MS)
      shown.samples.push({ at, served: progress.served });
    if (this.json) {
      if (changed || at - shown.toldAt >= EVERY_MS) this.#tellJson(device, shown);
    } else if (this.io.progressRoom() === undefined) {
      if (phase !== 'done' && at - shown.toldAt >= PLAIN_EVERY_MS) this.#tellPlain(shown);
    } else if (changed || at - this.#drawnAt >= EVERY_MS) this.#draw();
  }

  #tellJson(device: string, shown: Shown): void {
    const { eid } = shown;
    shown.toldAt = shown.progress.at;
    this.#pace(shown);
    const { rate, leftMs } = shown;
    const { phase, component, done, size, percent, served, total } = shown.progress;
    const progress = { phase, component, done, size, percent, served, total };
    const document: FwDocument = { event: 'progress', device, eid, ...progress, rate, leftMs };
    this.io.print(JSON.stringify(document));
  }

  #tellPlain(shown: Shown): void {
    shown.toldAt = shown.progress.at;
    this.#pace(shown);
    this.io.note(plainLine(shown));
  }

  /** As much as there is room for, and again when time has gone on. */
  #draw(): void {
    this.#tick?.cancel();
    this.#tick = undefined;
    const room = this.io.progressRoom();
    if (this.json || room === undefined) return;
    this.#drawnAt = this.clock.now();
    // In one order from first to last, whichever device answers first.
    const devices = [...this.#devices.values()]
      .filter(({ progress }) => progress.phase !== 'done')
      .sort((a, b) => a.eid - b.eid);
    for (const shown of devices) this.#pace(shown);
    this.io.progress(progressLines(devices, room).join('\n'));
    if (devices.length > 0) this.#tick = this.clock.schedule(TICK_MS, () => this.#draw());
  }

  /** Bytes per second of late, and how long what is left will take; null while that is not known. */
  #pace(shown: Shown): void {
    const { samples, progress } = shown;
    const now = this.clock.now();
    while (samples.length > 1 && samples[0]!.at < now - WINDOW_MS) samples.shift();
    const first = samples[0]!;
    const ms = now - first.at;
    const bytes = progress.served - first.served;
    const known = progress.phase === 'downloading' && ms > 0 && bytes > 0;
    const rate = known ? (1000 * bytes) / ms : null;
    shown.stalled = ms >= STALLED_MS && bytes === 0;
    shown.rate = rate === null ? null : Math.round(rate);
    shown.leftMs = rate === null ? null : Math.round((1000 * Math.max(0, progress.total - progress.served)) / rate);
  }
}

function eventJson(device: string, eid: number, event: Exclude<UpdateEvent, { type: 'progress' }>): FwDocument {
  const about = { device, eid };
  return event.type === 'note'
    ? { event: event.type, ...about, text: event.text }
    : { event: event.type, ...about, ...event.report };
}
