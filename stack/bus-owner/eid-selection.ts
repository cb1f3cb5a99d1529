/** Which EID a device is to have: by configuration, by what it has, by what it had, by wish, or any. */

import { MctpError } from '../errors.js';
import { type Eid, isEid } from '../ids.js';
import { placeName } from '../place.js';
import type { StaticAssignment } from './bus-owner-options.js';
import type { Device } from './device-client.js';
import type { EidHistory } from './eid-history.js';
import type { EidPool, EidSpan } from './eid-pool.js';

/** What the caller wants: keep a usable EID, always assign one, or this very one. */
export type SetUpMode = 'keep' | 'assign' | { readonly eid: number; readonly poolStart?: number };

export interface Claim {
  readonly eid: Eid;
  /** The device has it already: nothing to tell it. */
  readonly present: boolean;
  readonly poolStart: number | undefined;
  /** "with EID 9, which belongs to ...": what it came with, or was to have, is somebody else's. */
  readonly clash: string | undefined;
}

export class EidSelection {
  readonly #reserving: readonly StaticAssignment[];
  /** EIDs that devices will get by their place in the line, unless they get another for a better reason. */
  readonly #line = new Map<string, number>();
  /** The EIDs that devices came with, by place: held for them, also when a search ends before they are set up. */
  readonly #seen = new Map<string, number>();

  constructor(
    private readonly pool: EidPool,
    private readonly history: EidHistory,
    private readonly assignments: readonly StaticAssignment[],
    private readonly keepForeign: boolean,
    private readonly mayAssign: (link: string) => boolean,
    /** EIDs of a link that has its own; undefined: those of the network. */
    readonly spanOf: (link: string) => EidSpan | undefined,
  ) {
    this.#reserving = assignments.filter((assignment) => assignment.reserve !== false);
    for (const assignment of this.#reserving) pool.reserve(assignment.eid, titleOf(assignment));
  }

  /** May a device keep the EID it comes with? */
  mayKeep(eid: number, device: Device): boolean {
    const asItIs = this.keepForeign || !this.mayAssign(device.link);
    return (
      isEid(eid) && (asItIs || this.pool.covers(eid, this.spanOf(device.link))) && this.pool.isFree(eid, device.place)
    );
  }

  /** Seen with that EID, and to be set up: no other device is given it. False: it cannot keep it. */
  hold(device: Device, eid: number): boolean {
    if (!this.mayKeep(eid, device)) return false;
    this.#seen.set(device.place, this.pool.take(eid, device.place));
    return true;
  }

  /** It has this EID now, or is gone: one that it was seen with before is not its own any more. */
  letGo({ place }: Device, eid?: number): void {
    const seen = this.#seen.get(place);
    if (seen === undefined || seen === eid) return;
    this.#seen.delete(place);
    if (this.pool.holder(seen) === place) this.pool.release(seen);
  }

  /** Devices without an EID stand in line: the same bus gets the same EIDs, whoever answers first. */
  lineUp(devices: readonly Device[]): void {
    for (const { link, place } of devices) {
      const next = this.pool.firstFree(place, (eid) => this.isSpokenFor(eid, place), this.spanOf(link));
      if (next !== undefined) this.#line.set(place, next);
    }
  }

  /** Another device may come for it. */
  isSpokenFor(eid: number, place: string): boolean {
    if (this.history.knows(eid)) return true;
    for (const [other, promised] of this.#line) if (promised === eid && other !== place) return true;
    return false;
  }

  /**
   * Decide, and take the EID from the pool in the device's name. `settled`: by then the EIDs of all devices that are
   * there have been seen, so that a free EID is free indeed.
   * @throws MctpError ECONFLICT, ENOBUFS
   */
  async take(
    device: Device,
    uuid: string | undefined,
    present: number,
    mode: SetUpMode,
    settled: Promise<void>,
  ): Promise<Claim> {
    const titles = this.#reserving.filter((a) => matches(a, device, uuid)).map(titleOf);
    const free = (eid: number): boolean => this.pool.isFree(eid, device.place, titles);
    if (!this.mayAssign(device.link)) return this.#asItIs(device, present, free(present), titles);
    const fixed = this.#fixed(mode, device, uuid, free);
    const taken = (eid: number, clash?: string): Claim => {
      const held = this.pool.take(eid, device.place, titles);
      this.#line.delete(device.place);
      return { eid: held, present: held === present, poolStart: fixed?.poolStart, clash };
    };
    if (fixed !== undefined) return taken(fixed.eid);
    const span = this.spanOf(device.link);
    const usable = isEid(present) && free(present) && (this.keepForeign || this.pool.covers(present, span));
    if (mode === 'keep' && usable) return taken(present);
    const clash = this.#clash(device, uuid, isEid(present) && !free(present) ? present : undefined);
    const wanted = [...this.history.recall(device, uuid), ...this.#wishes(device, uuid)];
    const found = wanted.find((eid) => free(eid) && (this.keepForeign || this.pool.covers(eid, span)));
    if (found !== undefined) return taken(found, clash);
    await settled;
    const promised = this.#line.get(device.place);
    if (promised !== undefined && free(promised)) return taken(promised, clash);
    return taken(
      this.pool.takeAny(device.place, (eid) => this.isSpokenFor(eid, device.place), span),
      clash,
    );
  }

  /** Nothing is given: it has an EID that no other has, or it stays as it is. */
  #asItIs(device: Device, present: number, free: boolean, titles: readonly string[]): Claim {
    const { place } = device;
    if (present === 0) throw new MctpError('EADDRNOTAVAIL', `${place} has no EID yet`);
    if (!isEid(present)) {
      throw new MctpError(
        'ECONFLICT',
        `${place} says that it has EID ${present}, which is reserved: no endpoint can have it`,
      );
    }
    if (!free) {
      throw new MctpError('ECONFLICT', `${place} has EID ${present}, which belongs to ${this.pool.claim(present)}`);
    }
    return { eid: this.pool.take(present, place, titles), present: true, poolStart: undefined, clash: undefined };
  }

  #fixed(
    mode: SetUpMode,
    device: Device,
    uuid: string | undefined,
    free: (eid: number) => boolean,
  ): { readonly eid: number; readonly poolStart?: number } | undefined {
    if (typeof mode === 'object') {
      if (!free(mode.eid)) throw new MctpError('ECONFLICT', `EID ${mode.eid} belongs to ${this.pool.claim(mode.eid)}`);
      return mode;
    }
    const found = this.#reserving.find((assignment) => matches(assignment, device, uuid));
    if (found === undefined) return undefined;
    // The reservation does not help when the EID was given away before the device was known by its UUID.
    return free(found.eid) ? found : undefined;
  }

  #clash(device: Device, uuid: string | undefined, present: number | undefined): string | undefined {
    const configured = this.#reserving.find((assignment) => matches(assignment, device, uuid))?.eid;
    if (configured !== undefined) return `late for EID ${configured}, which belongs to ${this.pool.claim(configured)}`;
    return present === undefined ? undefined : `with EID ${present}, which belongs to ${this.pool.claim(present)}`;
  }

  #wishes(device: Device, uuid: string | undefined): number[] {
    return this.assignments.filter((a) => a.reserve === false && matches(a, device, uuid)).map((a) => a.eid);
  }
}

function matches(assignment: StaticAssignment, device: Device, uuid: string | undefined): boolean {
  if (assignment.uuid !== undefined) return assignment.uuid === uuid;
  return assignment.link === device.link && (assignment.physicalAddress ?? '') === device.physicalAddress;
}

/** For messages: "the device with UUID ...", or a place. */
function titleOf(assignment: StaticAssignment): string {
  if (assignment.uuid !== undefined) return `the device with UUID ${assignment.uuid}`;
  return placeName(assignment.link ?? '?', assignment.physicalAddress ?? '');
}
