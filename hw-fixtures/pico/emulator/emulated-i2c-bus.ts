/**
 * The wire between the blocks of emulated Picos (which share a clock) and simulated devices: whole bytes take the time
 * they take at the controller's speed; lines can be held; levels are on the Picos' pins, bit by bit when somebody looks.
 */

import type { RP2040 } from 'rp2040js';
import type { I2cBlock } from './i2c-block.js';

/** A simulated target: acknowledges its address, and each byte unless `acknowledge` says no. */
export interface SimulatedTarget {
  received(bytes: Uint8Array): void;
  acknowledge?(index: number): boolean;
}

export type BusLine = 'sda' | 'scl';

/** Pins that watch the wire, and may hold it. */
export interface WatchedPins {
  holds(line: BusLine): boolean;
  /** Is every edge wanted (a PIO program runs)? */
  readonly edges: boolean;
  set(line: BusLine, high: boolean): void;
}

export type SimulatedResult = 'done' | 'addressNack' | 'dataNack' | 'arbitrationLost';

const STOP_NS = 2500;
const POLL_NS = 5000;
const OUTSIDE_BYTE_NS = 22_500;

interface Transfer {
  readonly address: number;
  readonly bytes: number[];
  readonly block: I2cBlock | undefined;
  readonly target: I2cBlock | undefined;
  readonly device: SimulatedTarget | undefined;
}

export class EmulatedI2cBus {
  /** Transfers as they ended: address and bytes. */
  readonly transfers: { readonly address: number; readonly bytes: Uint8Array }[] = [];
  /** Writes which broke off because somebody held the data line. */
  arbitrationLosses = 0;
  /** Keep `transfers`? Long runs do not. */
  keep = true;
  readonly #blocks: I2cBlock[] = [];
  readonly #pins: WatchedPins[] = [];
  readonly #targets = new Map<number, SimulatedTarget>();
  readonly #waiting: (() => void)[] = [];
  readonly #held = new Set<BusLine>();
  /** What the transfer under way wants the lines to be. */
  readonly #driven: Record<BusLine, boolean> = { sda: true, scl: true };
  #owner: I2cBlock | 'outside' | undefined;
  #transfer: Transfer | undefined;
  /** Counts up when the owner gives up: what was scheduled for it is void. */
  #epoch = 0;
  /** Releases a held data line after so many clocks of a recovery. */
  #clocksToRelease = 0;

  constructor(
    private readonly clock: RP2040['clock'],
    private readonly wake: () => void,
    private readonly told: () => void,
  ) {}

  addTarget(address: number, target: SimulatedTarget): void {
    this.#targets.set(address, target);
  }

  removeTarget(address: number): void {
    this.#targets.delete(address);
  }

  /** Something on the bus keeps a line low. */
  hold(line: BusLine): void {
    this.#held.add(line);
    this.levelsChanged();
  }

  /** A device that lost its place: it holds the data line until it has seen so many clocks. */
  holdDataForClocks(clocks: number): void {
    this.#clocksToRelease = clocks;
    this.hold('sda');
  }

  release(line: BusLine): void {
    this.#held.delete(line);
    this.levelsChanged();
  }

  isHeld(line: BusLine): boolean {
    return this.#held.has(line) || this.#pins.some((pins) => pins.holds(line));
  }

  /** A pin's driver changed, or a simulated one's. */
  levelsChanged(): void {
    const sclLow = this.isHeld('scl');
    if (sclLow && this.#clocksToRelease > 0 && --this.#clocksToRelease === 0) this.#held.delete('sda');
    this.#showLevel('scl');
    this.#showLevel('sda');
    this.wake();
  }

  attachPins(pins: WatchedPins): void {
    this.#pins.push(pins);
    this.levelsChanged();
  }

  attach(block: I2cBlock): void {
    this.#blocks.push(block);
    block.onStart = () => this.#whenFree(block, () => block.completeStart());
    block.onConnect = (address) => this.#connect(block, address);
    block.onWriteByte = (byte) => {
      const { target, device, bytes } = this.#transfer!;
      this.#byteOnWire(
        byte,
        block.byteNs,
        (acknowledge) => {
          bytes.push(byte);
          if (target !== undefined) target.targetByte(byte, acknowledge);
          else acknowledge(device?.acknowledge?.(bytes.length - 1) ?? true);
        },
        (yes) => block.completeWrite(yes),
        () => block.arbitrationLost(),
      );
    };
    block.onReadByte = () => block.completeRead(0xff);
    block.onStop = () => this.#stop(() => block.completeStop());
    block.onDisabled = () => {
      if (this.#owner === block) this.#abandon();
    };
  }

  /** Another controller on the wire writes. Resolves when its STOP is out. */
  write(address: number, bytes: Uint8Array, byteNs = OUTSIDE_BYTE_NS): Promise<SimulatedResult> {
    return new Promise((resolve) => {
      this.#whenFree('outside', () => {
        const target = this.#blocks.find((block) => block.isTarget(address));
        const device = this.#targets.get(address);
        this.#transfer = { address, bytes: [], block: undefined, target, device };
        const end = (result: SimulatedResult): void =>
          this.#stop(() => {
            this.told();
            resolve(result);
          });
        const lost = (): void => {
          this.told();
          resolve('arbitrationLost');
        };
        let index = 0;
        const next = (): void => {
          if (index === bytes.length) {
            end('done');
            return;
          }
          const byte = bytes[index++]!;
          this.#byteOnWire(
            byte,
            byteNs,
            (acknowledge) => {
              this.#transfer!.bytes.push(byte);
              if (target !== undefined) target.targetByte(byte, acknowledge);
              else acknowledge(device?.acknowledge?.(index - 1) ?? true);
            },
            (yes) => (yes ? next() : end('dataNack')),
            lost,
          );
        };
        this.#byteOnWire(
          address << 1,
          byteNs,
          (acknowledge) => {
            target?.targetStart();
            acknowledge(target !== undefined || device !== undefined);
          },
          (yes) => (yes ? next() : end('addressNack')),
          lost,
        );
      });
    });
  }

  #connect(block: I2cBlock, address: number): void {
    const target = this.#blocks.find((other) => other !== block && other.isTarget(address));
    const device = this.#targets.get(address);
    this.#transfer = { address, bytes: [], block, target, device };
    this.#byteOnWire(
      address << 1,
      block.byteNs,
      (acknowledge) => {
        target?.targetStart();
        acknowledge(target !== undefined || device !== undefined);
      },
      (yes) => block.completeConnect(yes),
      () => block.arbitrationLost(),
    );
  }

  /** START when the wire is free. */
  #whenFree(owner: I2cBlock | 'outside', start: () => void): void {
    if (this.#owner !== undefined && this.#owner !== owner) {
      this.#waiting.push(() => this.#whenFree(owner, start));
      return;
    }
    this.#owner = owner;
    const epoch = this.#epoch;
    const attempt = (): void => {
      if (epoch !== this.#epoch) return;
      if (this.isHeld('scl') || this.isHeld('sda')) this.#later(POLL_NS, attempt);
      else {
        this.#setLine('sda', false);
        start();
      }
    };
    this.#later(STOP_NS, attempt);
  }

  /** Eight bits and the acknowledge; `take` gives the byte to the target, `done` goes on; `lost`: somebody held the data line. */
  #byteOnWire(
    byte: number,
    byteNs: number,
    take: (acknowledge: (yes: boolean) => void) => void,
    done: (yes: boolean) => void,
    lost: () => void,
  ): void {
    const epoch = this.#epoch;
    const guarded = (then: () => void) => () => {
      if (epoch === this.#epoch) then();
    };
    const afterBits = (): void => {
      if (this.isHeld('sda')) {
        this.arbitrationLosses++;
        this.#abandon();
        lost();
        return;
      }
      if (this.isHeld('scl')) {
        this.#later(POLL_NS, guarded(afterBits));
        return;
      }
      take((yes) => {
        if (epoch !== this.#epoch) return;
        if (!this.#edges) {
          done(yes);
          return;
        }
        this.#bit(
          !yes,
          byteNs / 9,
          guarded(() => done(yes)),
        );
      });
    };
    if (!this.#edges) {
      this.#later(byteNs, guarded(afterBits));
      return;
    }
    let bit = 7;
    const next = (): void => {
      if (bit < 0) afterBits();
      else this.#bit(((byte >> bit--) & 1) === 1, byteNs / 9, guarded(next));
    };
    next();
  }

  #bit(high: boolean, ns: number, done: () => void): void {
    this.#setLine('scl', false);
    this.#setLine('sda', high);
    const rise = (): void => {
      // Stretched: the bit waits.
      if (this.isHeld('scl')) {
        this.#later(POLL_NS, rise);
        return;
      }
      this.#setLine('scl', true);
      this.#later(ns / 2, () => {
        this.#setLine('scl', false);
        done();
      });
    };
    this.#later(ns / 2, rise);
  }

  #stop(done: () => void): void {
    const epoch = this.#epoch;
    this.#setLine('scl', false);
    this.#setLine('sda', false);
    this.#later(STOP_NS, () => {
      if (epoch !== this.#epoch) return;
      this.#setLine('scl', true);
      this.#setLine('sda', true);
      const transfer = this.#transfer;
      this.#transfer = undefined;
      transfer?.target?.targetStop();
      if (transfer !== undefined) {
        const bytes = Uint8Array.from(transfer.bytes);
        transfer.device?.received(bytes);
        if (this.keep) this.transfers.push({ address: transfer.address, bytes });
      }
      this.#free();
      done();
    });
  }

  /** The controller left in the middle: its target sees a STOP. */
  #abandon(): void {
    this.#transfer?.target?.targetStop();
    this.#transfer = undefined;
    this.#setLine('scl', true);
    this.#setLine('sda', true);
    this.#free();
  }

  #free(): void {
    this.#epoch++;
    this.#owner = undefined;
    this.#waiting.shift()?.();
  }

  get #edges(): boolean {
    return this.#pins.some((pins) => pins.edges);
  }

  /** The transfer's own driver. */
  #setLine(line: BusLine, high: boolean): void {
    this.#driven[line] = high;
    this.#showLevel(line);
  }

  /** Low as soon as anybody holds it. */
  #showLevel(line: BusLine): void {
    const level = this.#driven[line] && !this.isHeld(line);
    for (const pins of this.#pins) pins.set(line, level);
  }

  #later(ns: number, then: () => void): void {
    this.clock.createAlarm(then).schedule(ns);
    this.wake();
  }
}
