/**
 * What a device on the bench does differently from a good one. A behaviour hooks into the real stack at the places where
 * bytes pass: the bus, frames, packets, messages, the assignment of an EID. It keeps state of its own and belongs to one device.
 */

import type { BusFault } from '../../../bindings/smbus/i2c-port.js';
import type { Clock } from '../../../stack/clock.js';
import type { PhysicalAddress } from '../../../stack/link.js';
import type { MctpMessage } from '../../../stack/transport.js';
import type { DriveCondition } from '../nvme/drive-description.js';

/** The device, as its behaviours see it. */
export interface BehavingDevice {
  readonly clock: Clock;
  /** Restart a moment later: EID and half received messages are forgotten. Nothing passes any more until then. */
  reset(): void;
  /** Ask the bus owner to come and discover it (Discovery Notify). False: it knows none yet. */
  notify(): boolean;
  /** Send a packet of any form, header included, by its first link. */
  send(packet: Uint8Array, to: PhysicalAddress): void;
}

/** An answer on its way out. */
export interface Answer {
  /** Without the message type byte. */
  readonly payload: Uint8Array;
  /** Before it goes out; ms. */
  readonly delayMs: number;
  /** How often it goes out. */
  readonly copies: number;
  /** From one copy to the next; ms, default 0. */
  readonly everyMs?: number;
}

/** The wire that a frame is on, which says what a frame is: see `Behaviour.frameIn`. */
export type FrameKind = 'smbus' | 'serial' | 'usb';

export interface Behaviour {
  /** As it is called in descriptions: `lateReply`. */
  readonly name: string;
  /** What it does wrong on an I2C bus below the bytes, from its first boot on: by the wire, or by the adapter it is on. */
  readonly busFault?: BusFault;
  /** I2C: acknowledge a write to us, in its address or its data? On a serial line what is not is lost. */
  acknowledge?(phase: 'address' | 'data'): boolean;
  /**
   * A frame on its way to the device's link: what comes instead. SMBus: a write, from the address byte to the PEC; serial:
   * bytes between two pauses, flags included, mostly a frame; USB: a transfer. Valid during the call.
   */
  frameIn?(frame: Uint8Array, kind: FrameKind): readonly Uint8Array[];
  /** A frame of the device's link, a single one on every wire: what goes out instead; undefined: it is lost. */
  frameOut?(frame: Uint8Array, kind: FrameKind): Uint8Array | undefined;
  /** SMBus: it does not repeat a write whose address, or a byte of whose data, was not acknowledged. */
  readonly givesUp?: 'address' | 'data';
  /** A packet for us, header included, valid during the call; false: lost; packets: they come instead. */
  packetIn?(packet: Uint8Array, device: BehavingDevice, from: PhysicalAddress): boolean | readonly Uint8Array[];
  /** A packet of ours; false: lost; a packet: it goes out instead. */
  packetOut?(packet: Uint8Array, device: BehavingDevice): boolean | Uint8Array;
  /** A whole request or datagram; false: nobody handles it; a message: that is handled instead. */
  request?(message: MctpMessage, device: BehavingDevice): boolean | MctpMessage;
  /** An answer; undefined: none is given. */
  answer?(answer: Answer, request: MctpMessage, device: BehavingDevice): Answer | undefined;
  /** The answer goes out now. */
  answered?(device: BehavingDevice): void;
  /** Set Endpoint ID: which EID is really used from now on, and which one the answer names. */
  assignEid?(asked: number, present: number): EidChoice;
  /** How an NVMe drive does, `ageMs` after it was switched on. */
  drive?(condition: DriveCondition, ageMs: number): DriveCondition;
  /** An asynchronous event of an NVMe drive, from its NVMe-MI header to its MIC: what it sends instead. */
  event?(message: Uint8Array): readonly Uint8Array[];
  /** An NVMe drive whose events are on sends one after the other, at such intervals; ms. */
  readonly floodMs?: number;
}

export interface EidChoice {
  /** 8..254, or the present one (0: none) to leave everything as it is. */
  readonly uses: number;
  readonly says: number;
}

/** All behaviours of a device as one: each hook asks them in order, and the first that loses something is the last asked. */
export class Behaviours {
  readonly list: readonly Behaviour[];

  constructor(list: readonly Behaviour[]) {
    this.list = list;
  }

  acknowledge(phase: 'address' | 'data'): boolean {
    return this.list.every((behaviour) => behaviour.acknowledge?.(phase) ?? true);
  }

  /** Some of them change frames. */
  get changeFrames(): boolean {
    return this.list.some(
      ({ frameIn, frameOut, givesUp }) => frameIn !== undefined || frameOut !== undefined || givesUp !== undefined,
    );
  }

  givesUp(phase: 'address' | 'data'): boolean {
    return this.list.some(({ givesUp }) => givesUp === phase);
  }

  /** The frames which come in for this one. */
  frameIn(frame: Uint8Array, kind: FrameKind): readonly Uint8Array[] {
    return this.list.reduce<readonly Uint8Array[]>(
      (frames, behaviour) => frames.flatMap((one) => behaviour.frameIn?.(one, kind) ?? [one]),
      [frame],
    );
  }

  /** The frame which goes out for this one; undefined: it is lost. */
  frameOut(frame: Uint8Array, kind: FrameKind): Uint8Array | undefined {
    return this.list.reduce<Uint8Array | undefined>(
      (one, behaviour) => (one === undefined || behaviour.frameOut === undefined ? one : behaviour.frameOut(one, kind)),
      frame,
    );
  }

  /** The packets which come in for this one; none: it is lost. */
  packetIn(packet: Uint8Array, device: BehavingDevice, from: PhysicalAddress): readonly Uint8Array[] {
    let packets: readonly Uint8Array[] = [packet];
    for (const behaviour of this.list) {
      if (behaviour.packetIn === undefined) continue;
      packets = packets.flatMap((one) => {
        const result = behaviour.packetIn!(one, device, from);
        return typeof result === 'boolean' ? (result ? [one] : []) : result;
      });
      if (packets.length === 0) break;
    }
    return packets;
  }

  /** The packet which goes out for this one; undefined: it is lost. */
  packetOut(packet: Uint8Array, device: BehavingDevice): Uint8Array | undefined {
    return this.#through(packet, (behaviour, one) => behaviour.packetOut?.(one, device));
  }

  /** The message which is handled for this one; undefined: none. */
  request(message: MctpMessage, device: BehavingDevice): MctpMessage | undefined {
    return this.#through(message, (behaviour, one) => behaviour.request?.(one, device));
  }

  answer(payload: Uint8Array, request: MctpMessage, device: BehavingDevice): Answer | undefined {
    let answer: Answer | undefined = { payload, delayMs: 0, copies: 1 };
    for (const behaviour of this.list) {
      if (answer === undefined) return undefined;
      if (behaviour.answer !== undefined) answer = behaviour.answer(answer, request, device);
    }
    return answer;
  }

  answered(device: BehavingDevice): void {
    for (const behaviour of this.list) behaviour.answered?.(device);
  }

  assignEid(asked: number, present: number): EidChoice {
    for (const behaviour of this.list) {
      const choice = behaviour.assignEid?.(asked, present);
      if (choice !== undefined) return choice;
    }
    return { uses: asked, says: asked };
  }

  #through<T extends object>(first: T, ask: (behaviour: Behaviour, one: T) => boolean | T | undefined): T | undefined {
    let passing = first;
    for (const behaviour of this.list) {
      const result = ask(behaviour, passing);
      if (result === false) return undefined;
      if (typeof result === 'object') passing = result;
    }
    return passing;
  }
}
