/** What `top` knows of the sensors of all termini. Pure. */

import type { SensorRow } from '../pldm/readings.js';

export interface WhichTerminus {
  readonly key: string;
  readonly network: number;
  readonly eid: number;
  /** Its address as people write it. */
  readonly target: string;
  /** What it says it is; '' before it has. */
  readonly thing: string;
  /** An NVMe drive, by NVMe-MI: what it says by PLDM is a terminus of its own. */
  readonly isDrive?: boolean;
}

export interface TerminusSensors extends WhichTerminus {
  /** Of the last reading that worked. */
  readonly rows: readonly SensorRow[];
  /** While the first reading is under way. */
  readonly reading: boolean;
  /** Why the last reading did not work. */
  readonly error: string | undefined;
  /** Values so far, by the id of the sensor. */
  readonly history: ReadonlyMap<number, readonly (number | undefined)[]>;
}

/** Values kept for a sparkline. */
const HISTORY = 64;

export class SensorBoard {
  /** Somebody looks: only then termini are asked. */
  shown = false;
  /** Why there is nothing to see. */
  note: string | undefined;
  #termini: readonly TerminusSensors[] = [];

  get termini(): readonly TerminusSensors[] {
    return this.#termini;
  }

  /** All sensors, in the order they are shown. */
  get sensors(): readonly { readonly terminus: TerminusSensors; readonly row: SensorRow }[] {
    return this.#termini.flatMap((terminus) => terminus.rows.map((row) => ({ terminus, row })));
  }

  /** The others are gone. */
  keepOnly(keys: readonly string[]): void {
    this.#termini = this.#termini.filter(({ key }) => keys.includes(key));
  }

  reading(which: WhichTerminus): void {
    const before = this.#find(which);
    if (before.error === undefined) this.#put({ ...before, reading: true });
  }

  readings(which: WhichTerminus, rows: readonly SensorRow[]): void {
    const { history } = this.#find(which);
    const next = new Map<number, readonly (number | undefined)[]>();
    for (const row of rows) {
      if (row.kind !== 'numeric') continue;
      next.set(row.id, [...(history.get(row.id) ?? []), row.value ?? undefined].slice(-HISTORY));
    }
    this.#put({ ...which, rows, reading: false, error: undefined, history: next });
  }

  failed(which: WhichTerminus, error: string): void {
    this.#put({ ...this.#find(which), reading: false, error });
  }

  #find(which: WhichTerminus): TerminusSensors {
    const known = this.#termini.find(({ key }) => key === which.key);
    return { rows: [], reading: false, error: undefined, history: new Map(), ...known, ...which };
  }

  #put(terminus: TerminusSensors): void {
    const isNew = !this.#termini.some(({ key }) => key === terminus.key);
    this.#termini = isNew
      ? // Which device answers first is chance: the order is that of the EIDs.
        [...this.#termini, terminus].sort(inOrder)
      : this.#termini.map((other) => (other.key === terminus.key ? terminus : other));
  }
}

/** Termini by their EIDs, then drives. */
function inOrder(a: WhichTerminus, b: WhichTerminus): number {
  return Number(a.isDrive === true) - Number(b.isDrive === true) || a.network - b.network || a.eid - b.eid;
}
