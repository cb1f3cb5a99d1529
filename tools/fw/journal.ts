/** How far updates are, on disk: what lets `fw update` go on after it was killed. */

import { rmSync } from 'node:fs';
import { fileProblem, readOwnTextIfThere } from '../../bindings/read-own-file.js';
import type { ComponentKey, ResumePoint } from '../../pldm/firmware/agent/resume-point.js';
import { fromHex, toHex } from '../../stack/codec/index.js';
import { usageError } from '../command-error.js';
import { writeWholeFile } from '../read-file.js';
import { checkReplaceable } from '../writable.js';

const FORMAT = 1;

/** One update of one device, or of one that is below it. */
export interface JournalEntry {
  /** Where an earlier run was; undefined: there is none, or it came to its end. */
  readonly point: ResumePoint | undefined;
  /** On disk when it returns. */
  write(point: ResumePoint): void;
  end(): void;
}

const NO_ENTRY: JournalEntry = { point: undefined, write: () => undefined, end: () => undefined };

export class Journal {
  readonly #points = new Map<string, ResumePoint>();

  private constructor(private readonly path: string | undefined) {}

  /** Undefined: nothing is kept. @throws CommandError (usage) when it is something else, or cannot be written */
  static open(path: string | undefined): Journal {
    const journal = new Journal(path);
    if (path === undefined) return journal;
    const text = readOwnTextIfThere(path);
    if (text !== undefined) {
      let document: unknown;
      try {
        document = JSON.parse(text);
      } catch (cause) {
        throw usageError(`${path} is not a journal of fw update: ${(cause as Error).message}`, cause);
      }
      for (const [key, point] of pointsOf(document, path)) journal.#points.set(key, point);
    }
    // Not in the middle of an update.
    checkReplaceable(path);
    return journal;
  }

  /** Updates which have not come to their end. */
  get open(): ReadonlyMap<string, ResumePoint> {
    return this.#points;
  }

  entry(key: string): JournalEntry {
    if (this.path === undefined) return NO_ENTRY;
    const change = (point: ResumePoint | undefined): void => {
      if (point === undefined) this.#points.delete(key);
      else this.#points.set(key, point);
      this.#save();
    };
    return { point: this.#points.get(key), write: change, end: () => change(undefined) };
  }

  /** Without updates there is no file. */
  #save(): void {
    const { path } = this;
    if (path === undefined) return;
    const updates = Object.fromEntries(
      [...this.#points].map(([key, point]) => [key, { ...point, metaData: toHex(point.metaData) }]),
    );
    try {
      if (this.#points.size === 0) rmSync(path, { force: true });
      else writeWholeFile(path, `${JSON.stringify({ format: FORMAT, updates }, null, 2)}\n`);
    } catch (cause) {
      throw usageError(`journal ${path} cannot be written: ${fileProblem(cause)}`, cause);
    }
  }
}

function pointsOf(document: unknown, path: string): [string, ResumePoint][] {
  const { format, updates } = objectOf(document);
  if (format !== FORMAT)
    throw usageError(`${path} is not a journal of fw update, or one of another version of mctpkit`);
  return Object.entries(objectOf(updates)).map(([key, each]) => {
    const value = objectOf(each);
    const metaData = typeof value.metaData === 'string' ? fromHex(value.metaData) : undefined;
    const begun = value.begun === undefined ? undefined : keyOf(value.begun);
    const applied = Array.isArray(value.applied) ? value.applied.map(keyOf) : [undefined];
    const broken =
      !isCount(value.package) ||
      !isCount(value.maximumTransferSize) ||
      metaData === undefined ||
      (value.begun !== undefined && begun === undefined) ||
      applied.includes(undefined) ||
      typeof value.activating !== 'boolean';
    if (broken) throw usageError(`${path}: what it says of ${key} makes no sense: remove it`);
    return [key, { ...(value as unknown as ResumePoint), metaData, begun, applied: applied as ComponentKey[] }];
  });
}

function keyOf(value: unknown): ComponentKey | undefined {
  const { index, classificationIndex } = objectOf(value);
  return isCount(index) && isCount(classificationIndex) ? { index, classificationIndex } : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
