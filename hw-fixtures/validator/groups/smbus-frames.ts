/** Frames of SMBus, right and wrong, and devices which treat them wrongly. */

import { pec } from '../../../bindings/smbus/pec.js';
import { COMMAND_MCTP, encodeFrame, MAX_FRAME } from '../../../bindings/smbus/smbus-framing.js';
import type { Behaviour } from '../../bench/device/behaviour.js';
import type { Probe } from '../probe.js';
import { goodFrame, type Wire } from './frame-steps.js';

/** Of a frame from its address byte on: address, command, byte count, source address, packet, PEC. */
export const AT = { address: 0, command: 1, count: 2, source: 3, packet: 4 } as const;

export const SMBUS: Wire = {
  kind: 'smbus',
  frame: (probe, packet) => {
    const { own, theirs } = addressesOf(probe);
    const frame = new Uint8Array(1 + MAX_FRAME);
    frame[0] = theirs << 1;
    return frame.slice(0, encodeFrame(packet, 0, packet.length, own, theirs, frame, 1));
  },
  isTheirs: (probe, frame) => frame[AT.source]! >> 1 === addressesOf(probe).theirs,
};

/** 7-bit, ours and the device's. */
export function addressesOf(probe: Probe): { readonly own: number; readonly theirs: number } {
  const address = (text: string | undefined): number => Number.parseInt(text ?? '0', 16);
  return { own: address(probe.frames.on('smbus').ownAddress), theirs: address(probe.device.physicalAddress) };
}

/** A request in a frame that `change` has made wrong; its PEC is that of the change. */
export function changed(probe: Probe, change: (frame: Uint8Array) => Uint8Array): Uint8Array {
  return withPec(change(goodFrame(SMBUS, probe)));
}

/** The frame with the right PEC as its last byte. */
export function withPec(frame: Uint8Array): Uint8Array {
  return frame.with(-1, pecOf(frame));
}

/** What the last byte has to be. */
export function pecOf(frame: Uint8Array): number {
  return pec(frame, 0, frame.length - 1);
}

/** The frame with another byte at an offset, and the PEC of that. */
export function withByte(frame: Uint8Array, at: number, value: number): Uint8Array {
  return withPec(frame.with(at, value));
}

/** What the byte count has to be, by the length of the frame. */
export function countOf(frame: Uint8Array): number {
  return frame.length - AT.source - 1;
}

export function isMctp(frame: Uint8Array): boolean {
  return frame[AT.command] === COMMAND_MCTP;
}

/** A device which takes a wrong frame for the right one that `mends` makes of it; undefined: it is none of those. */
export function mends(mended: (frame: Uint8Array) => Uint8Array | undefined): Behaviour {
  return { name: 'takes wrong frames', frameIn: (frame) => [mended(frame) ?? frame] };
}

/** A device whose frames are changed. */
export function sends(change: (frame: Uint8Array) => Uint8Array): Behaviour {
  return { name: 'sends wrong frames', frameOut: (frame) => change(frame) };
}
