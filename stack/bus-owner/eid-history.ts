/** Which EID each device had, so that it gets the same again: after a reset, after a restart of ours, in another slot. */

import { MctpError } from '../errors.js';
import { isEid } from '../ids.js';

/** What survives a restart. Plain JSON. */
export interface BusOwnerState {
  /** EIDs by "uuid on link", by place, and first EIDs of pools by "the pool of place"; oldest first. */
  readonly eids: Readonly<Record<string, number>>;
}

/** More devices than any network has EIDs: several of each can have come and gone. */
const MAX_ENTRIES = 1024;

/** A state read from somewhere. @throws MctpError EINVAL naming what is wrong */
export function busOwnerState(json: unknown): BusOwnerState {
  const eids = isRecord(json) ? json.eids : undefined;
  if (!isRecord(eids)) throw new MctpError('EINVAL', 'this is not the state of a bus owner: it has no "eids"');
  const entries = Object.entries(eids);
  if (entries.length > MAX_ENTRIES) throw new MctpError('EINVAL', `${entries.length} EIDs are too many to be true`);
  const checked = entries.map(([key, value]): [string, number] => {
    if (typeof value !== 'number' || !isEid(value)) {
      throw new MctpError('EINVAL', `"eids": "${key}" has ${JSON.stringify(value)} where an EID, 8 to 254, belongs`);
    }
    return [key, value];
  });
  return { eids: Object.fromEntries(checked) };
}

export class EidHistory {
  readonly #eids: Map<string, number>;

  constructor(
    state: BusOwnerState | undefined,
    private readonly onChange: ((state: BusOwnerState) => void) | undefined,
  ) {
    this.#eids = new Map(Object.entries(state?.eids ?? {}));
  }

  get state(): BusOwnerState {
    return { eids: Object.fromEntries(this.#eids) };
  }

  /** EIDs the device had, the likeliest first: by UUID on this link, by UUID on another, by place. */
  recall(device: { readonly place: string; readonly link: string }, uuid: string | undefined): number[] {
    const found: (number | undefined)[] = [];
    if (uuid === undefined) found.push(this.#eids.get(device.place));
    else {
      found.push(this.#eids.get(uuidKey(uuid, device.link)));
      for (const [key, eid] of this.#eids) if (key.startsWith(`${uuid} on `)) found.push(eid);
    }
    return [...new Set(found.filter((eid) => eid !== undefined))];
  }

  remember(device: { readonly place: string; readonly link: string }, uuid: string | undefined, eid: number): void {
    this.#set(uuid === undefined ? device.place : uuidKey(uuid, device.link), eid);
  }

  recallPool(holder: string): number | undefined {
    return this.#eids.get(holder);
  }

  rememberPool(holder: string, first: number): void {
    this.#set(holder, first);
  }

  /** A device had it, and may come back for it: a newcomer gets another where possible. */
  knows(eid: number): boolean {
    for (const known of this.#eids.values()) if (known === eid) return true;
    return false;
  }

  #set(key: string, eid: number): void {
    if (this.#eids.get(key) === eid) return;
    // One EID, one device: whoever had it before will not get it again.
    for (const [other, known] of this.#eids) if (known === eid) this.#eids.delete(other);
    this.#eids.delete(key);
    this.#eids.set(key, eid);
    if (this.#eids.size > MAX_ENTRIES) this.#eids.delete(this.#eids.keys().next().value!);
    this.onChange?.(this.state);
  }
}

function uuidKey(uuid: string, link: string): string {
  return `${uuid} on ${link}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
