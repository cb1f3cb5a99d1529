/**
 * The sending side of an SMBus link: the bus does one write at a time, and devices that do not acknowledge are tried
 * again after a pause, during which the others have the bus. Packets to one address stay in order. A port that takes
 * several writes gets them ahead of time, so that the bus does not wait for us.
 */

import type { Clock, Timer } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { TRANSMIT, type TransmitResult } from '../../stack/link.js';
import { type I2cPort, NackError } from './i2c-port.js';
import { encodeFrame, MAX_FRAME } from './smbus-framing.js';

interface SenderCounters {
  txPackets: number;
  txBytes: number;
  txNackAddress: number;
  txNackData: number;
  txArbitration: number;
  txBusStuck: number;
  txTimeouts: number;
  txOtherErrors: number;
  txRetries: number;
  txBusy: number;
}

export interface SenderOptions {
  readonly port: I2cPort;
  readonly clock: Clock;
  readonly ownAddress: number;
  /** Packets held at a time. */
  readonly lanes: number;
  /** Tries after the first. */
  readonly retries: number;
  readonly counters: SenderCounters;
  readonly host: { transmitted(slot: number, error?: MctpError): void; ready(): void };
}

/** A packet on its way, as a frame. The lanes are made once and used again and again. */
class Lane {
  readonly frame = new Uint8Array(MAX_FRAME);
  end = 0;
  packetBytes = 0;
  slot = 0;
  /** A frame of `sendFrame`: told in place of the host. */
  settled: ((error?: MctpError) => void) | undefined;
  destination = 0;
  tries = 0;
  /** Not to be tried before this time, ms. */
  notBefore = 0;
  /** The port has it. */
  underWay = false;
  /** Its packet was given back while the port still writes the frame. */
  abandoned = false;
}

/** DSP0237 has no value for the pause; 1 to 5 ms keeps PN1 tries within the 100 ms of MT3. */
const LONGEST_PAUSE_MS = 5;
/**
 * Retries towards an address that has never been acknowledged: it says "not present" (DSP0237), which a device that is
 * there may say too while it is busy. More would make a scan of the bus long, and rude.
 */
const STRANGER_RETRIES = 2;
const ADDRESSES = 128;

export class Sender {
  readonly #options: SenderOptions;
  /** The first `#count` hold packets, in order of arrival; the others are free. Never grows nor shrinks. */
  readonly #lanes: Lane[];
  #count = 0;
  /** What the port has, in the order of its writes: a ring, from `#oldest` on. */
  readonly #writing: (Lane | undefined)[];
  #oldest = 0;
  #underWay = 0;
  /** A write failed: those behind it come back untried before others go. */
  #draining = false;
  #timer: Timer | undefined;
  #saidBusy = false;
  /** By address: 1 where somebody acknowledged, or was heard, since the bus came up. */
  readonly #known = new Uint8Array(ADDRESSES);

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#lanes = Array.from({ length: options.lanes }, () => new Lane());
    this.#writing = new Array<Lane | undefined>(2 * options.lanes).fill(undefined);
  }

  transmit(buffer: Uint8Array, start: number, end: number, destination: number, slot: number): TransmitResult {
    const { counters, ownAddress } = this.#options;
    const lane = this.#lanes[this.#count];
    if (lane === undefined) {
      this.#saidBusy = true;
      counters.txBusy++;
      return TRANSMIT.busy;
    }
    lane.end = encodeFrame(buffer, start, end, ownAddress, destination, lane.frame, 0);
    lane.packetBytes = end - start;
    lane.slot = slot;
    this.#take(lane, destination);
    return TRANSMIT.pending;
  }

  /**
   * Write the frame, from its command code on, as it is; `settled` is told what became of it. It is not counted as a
   * packet. @throws MctpError ENOBUFS
   */
  sendFrame(frame: Uint8Array, destination: number, settled: (error?: MctpError) => void): void {
    const lane = this.#lanes[this.#count];
    if (lane === undefined) throw new MctpError('ENOBUFS', 'the link has as many packets as it takes');
    lane.frame.set(frame);
    lane.end = frame.length;
    lane.settled = settled;
    this.#take(lane, destination);
  }

  /** The bus is there (again): a write that was under way when it went is forgotten. */
  start(): void {
    this.#forgetAbandoned();
    this.#known.fill(0);
    this.#next();
  }

  /** A device sent us something. */
  heard(address: number): void {
    this.#known[address] = 1;
  }

  /** The port is done with its oldest write. */
  written(error?: MctpError): void {
    const lane = this.#writing[this.#oldest];
    if (this.#underWay === 0 || lane === undefined) return;
    this.#writing[this.#oldest] = undefined;
    this.#oldest = (this.#oldest + 1) % this.#writing.length;
    this.#underWay--;
    lane.underWay = false;
    if (error !== undefined) this.#draining = true;
    if (this.#underWay === 0) this.#draining = false;
    if (!lane.abandoned && error?.code !== 'EAGAIN') {
      if (acknowledged(error)) this.#known[lane.destination] = 1;
      if (error !== undefined && worthRetrying(error) && lane.tries < this.#mostRetries(lane, error)) {
        lane.tries++;
        this.#options.counters.txRetries++;
        lane.notBefore = this.#options.clock.now() + this.#pause(lane.tries);
      } else {
        if (isAddressNack(error)) this.#known[lane.destination] = 0;
        this.#done(lane, error);
      }
    }
    this.#next();
  }

  /** Give every packet back with the error. A write under way keeps its frame until the port is done with it. */
  giveBack(error: MctpError): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#saidBusy = false;
    const slots: number[] = [];
    for (let index = 0; index < this.#count; index++) {
      const lane = this.#lanes[index]!;
      if (lane.settled === undefined) slots.push(lane.slot);
      lane.settled?.(error);
      lane.settled = undefined;
      if (!lane.underWay) continue;
      lane.abandoned = true;
      this.#lanes[index] = new Lane();
    }
    this.#count = 0;
    for (const slot of slots) this.#options.host.transmitted(slot, error);
  }

  #done(lane: Lane, error: MctpError | undefined): void {
    const { counters, host } = this.#options;
    const { settled } = lane;
    lane.settled = undefined;
    this.#free(lane);
    if (settled !== undefined) settled(error);
    else if (error === undefined) {
      counters.txPackets++;
      counters.txBytes += lane.packetBytes;
      host.transmitted(lane.slot);
    } else {
      count(counters, error);
      host.transmitted(lane.slot, error);
    }
    if (!this.#saidBusy || this.#count === this.#lanes.length) return;
    this.#saidBusy = false;
    host.ready();
  }

  /** The frame is in the lane: it waits for its turn. */
  #take(lane: Lane, destination: number): void {
    lane.destination = destination;
    lane.tries = 0;
    lane.notBefore = 0;
    this.#count++;
    this.#next();
  }

  #free(lane: Lane): void {
    const lanes = this.#lanes;
    const last = --this.#count;
    for (let index = lanes.indexOf(lane); index < last; index++) lanes[index] = lanes[index + 1]!;
    lanes[last] = lane;
  }

  /** Start the oldest packets that may go, as many as the port takes, or wait for the first that may. */
  #next(): void {
    const most = Math.min(this.#options.port.writesInFlight ?? 1, this.#lanes.length);
    if (this.#draining || this.#underWay >= most) return;
    const now = this.#options.clock.now();
    let soonest = Number.POSITIVE_INFINITY;
    for (let index = 0; index < this.#count; index++) {
      const lane = this.#lanes[index]!;
      if (lane.underWay || !this.#isFirstToItsAddress(index)) continue;
      if (lane.notBefore <= now) {
        this.#write(lane);
        if (this.#underWay >= most) return;
        continue;
      }
      soonest = Math.min(soonest, lane.notBefore);
    }
    this.#timer?.cancel();
    this.#timer = undefined;
    if (soonest === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#options.clock.schedule(soonest - now, () => {
      this.#timer = undefined;
      this.#next();
    });
  }

  #write(lane: Lane): void {
    lane.underWay = true;
    this.#writing[(this.#oldest + this.#underWay++) % this.#writing.length] = lane;
    this.#options.port.write(lane.destination, lane.frame, 0, lane.end);
  }

  #forgetAbandoned(): void {
    const ring = this.#writing;
    const kept = ring.filter((lane) => lane !== undefined && !lane.abandoned);
    // All that is kept was written after what is forgotten.
    this.#oldest = 0;
    this.#underWay = kept.length;
    this.#draining = false;
    for (let index = 0; index < ring.length; index++) ring[index] = kept[index];
  }

  /** Of those that the port has not. */
  #isFirstToItsAddress(index: number): boolean {
    const { destination } = this.#lanes[index]!;
    for (let before = 0; before < index; before++) {
      const lane = this.#lanes[before]!;
      if (!lane.underWay && lane.destination === destination) return false;
    }
    return true;
  }

  #mostRetries({ destination }: Lane, error: MctpError): number {
    return isAddressNack(error) && this.#known[destination] === 0 ? STRANGER_RETRIES : this.#options.retries;
  }

  /** Different for different senders, so that two that disturbed each other do not meet again and again. */
  #pause(tries: number): number {
    return 1 + ((this.#options.ownAddress + tries * tries) % LONGEST_PAUSE_MS);
  }
}

function worthRetrying(error: MctpError): boolean {
  return error.code === 'ENACK' || error.code === 'EARBITRATION';
}

function isAddressNack(error: MctpError | undefined): boolean {
  return error instanceof NackError && error.phase === 'address';
}

/** Somebody is at the address, whatever became of the bytes behind it. */
function acknowledged(error: MctpError | undefined): boolean {
  return error === undefined || (error instanceof NackError && error.phase === 'data');
}

function count(counters: SenderCounters, error: MctpError): void {
  if (error.code === 'ENACK') {
    if (error instanceof NackError && error.phase === 'data') counters.txNackData++;
    else counters.txNackAddress++;
  } else if (error.code === 'EARBITRATION') counters.txArbitration++;
  else if (error.code === 'EBUSSTUCK') counters.txBusStuck++;
  else if (error.code === 'ETIMEDOUT') counters.txTimeouts++;
  else counters.txOtherErrors++;
}
