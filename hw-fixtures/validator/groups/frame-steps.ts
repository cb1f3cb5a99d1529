/** What the checks of the bindings do with frames: send right and wrong ones, and judge what comes back. */

import type { FrameKind } from '../../bench/device/behaviour.js';
import { broken, Finding, notApplicable } from '../finding.js';
import type { PacketParts } from '../packet-access.js';
import type { Probe } from '../probe.js';
import { smallRequest } from './transport-steps.js';

/** Before anything is called broken; frames are lost on real wires. */
const TRIES = 3;
const LATE_MS = 50;
const WAY_BACK_MS = 50;
const MOST_LATE = 8;
/** Sources that nobody has: an answer to such a source is lost in our stack, but heard as a frame. */
export const OTHER_EID = 0xf1;

/** How packets become frames on one wire. */
export interface Wire {
  readonly kind: FrameKind;
  /** A good frame. */
  frame(probe: Probe, packet: Uint8Array): Uint8Array;
  /** Is it of the device, wrong or right? */
  isTheirs(probe: Probe, frame: Uint8Array): boolean;
  /** What to send to a device which has lost its place in the stream, one after the other until it answers again. */
  readonly waysBack?: readonly Uint8Array[];
}

/** The device as it is reached directly, on this kind of wire. @throws Finding not applicable */
export function directOn({ kind }: Wire, probe: Probe): void {
  probe.frames.on(kind);
  if (probe.device.physicalAddress === undefined) notApplicable('the device is behind a bridge');
}

/** Get Endpoint ID in a good frame. */
export function goodFrame(wire: Wire, probe: Probe, parts: Partial<PacketParts> = {}): Uint8Array {
  return wire.frame(probe, smallRequest(probe, parts));
}

/** The first frame that comes for frames which `make` gives, in some tries. */
export async function firstFrame(
  wire: Wire,
  probe: Probe,
  make: () => readonly Uint8Array[],
): Promise<Uint8Array | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const [first] = await probe.frames.exchange(wire.kind, make());
    if (first !== undefined) return first;
  }
  return undefined;
}

/** The frame of an answer to Get Endpoint ID. @throws Finding inconclusive, when none comes */
export async function answerFrame(wire: Wire, probe: Probe, parts: Partial<PacketParts> = {}): Promise<Uint8Array> {
  directOn(wire, probe);
  return (await firstFrame(wire, probe, () => [goodFrame(wire, probe, parts)])) ?? silent();
}

/** Each of these frames is answered with nothing, and a good one is answered afterwards. @throws Finding */
export async function mustDropFrames(
  wire: Wire,
  probe: Probe,
  make: () => readonly Uint8Array[],
  why: string,
): Promise<void> {
  directOn(wire, probe);
  await lateAnswers(wire, probe);
  for (const frame of make()) {
    const came = await probe.frames.exchange(wire.kind, [frame]);
    if (came.some((one) => wire.isTheirs(probe, one))) broken(why);
    // It may have lost its place, which is what other checks are about.
    if (!((await lives(wire, probe)) || (await livesAgain(wire, probe)))) silent();
  }
}

/** What still comes for requests of an earlier check is not the answer to a wrong frame. */
async function lateAnswers({ kind }: Wire, probe: Probe): Promise<void> {
  for (let left = MOST_LATE; left > 0; left--) {
    const came = await probe.frames.exchange(kind, [], { ms: LATE_MS });
    if (came.length === 0) return;
  }
}

/** The frames which `make` gives are answered; when they are not, a good one is. @throws Finding */
export async function mustTakeFrames(
  wire: Wire,
  probe: Probe,
  make: () => readonly Uint8Array[],
  why: string,
): Promise<void> {
  directOn(wire, probe);
  if ((await firstFrame(wire, probe, make)) !== undefined) return;
  if (!((await lives(wire, probe)) || (await livesAgain(wire, probe)))) silent();
  broken(why);
}

/** Whatever the device does with these frames, it answers good ones afterwards. @throws Finding */
export async function mustSurviveFrames(
  wire: Wire,
  probe: Probe,
  make: () => readonly Uint8Array[],
  why: string,
): Promise<void> {
  directOn(wire, probe);
  if (!(await lives(wire, probe))) silent();
  await probe.frames.exchange(wire.kind, make());
  if (await lives(wire, probe)) return;
  await livesAgain(wire, probe);
  broken(why);
}

async function lives(wire: Wire, probe: Probe): Promise<boolean> {
  return (await firstFrame(wire, probe, () => [goodFrame(wire, probe)])) !== undefined;
}

/** After what brings a device back which has lost its place in the stream. */
async function livesAgain(wire: Wire, probe: Probe): Promise<boolean> {
  for (const bytes of wire.waysBack ?? []) {
    await probe.frames.exchange(wire.kind, [bytes], { ms: WAY_BACK_MS });
    if (await lives(wire, probe)) return true;
  }
  return false;
}

function silent(): never {
  throw new Finding('inconclusive', 'the device does not answer Get Endpoint ID', true);
}
