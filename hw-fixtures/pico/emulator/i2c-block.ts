/**
 * An I2C block of the emulated RP2040, with what `rp2040js` lacks: target mode with clock stretching, the interrupt
 * mask, and being switched off in the middle of a write.
 */

import { RPI2C } from 'rp2040js';

const DATA_CMD = 0x10;
const INTR_MASK = 0x30;
const CLR_STOP_DET = 0x60;
const ENABLE = 0x6c;
const RXFLR = 0x78;
const TX_TL = 0x3c;
/** Registers that only tune signals. */
const IGNORED = new Set([0x7c, 0x84, 0x88, 0x8c, 0x90, 0x94, 0x98]);

const CON_MASTER = 1 << 0;
const CON_TARGET_OFF = 1 << 6;
const CON_HOLD_WHEN_FULL = 1 << 9;

const INT_RX_FULL = 1 << 2;
const INT_TX_EMPTY = 1 << 4;
const INT_STOP_DET = 1 << 9;

const FIFO_BYTES = 16;
const IDLE = 0;

/** What the emulator keeps to itself, and has to be put right when the block is switched off. */
interface Hidden {
  state: number;
  busy: boolean;
  txFIFO: { reset(): void; readonly itemCount: number };
}

export class I2cBlock extends RPI2C {
  /** The block was switched off: what it was doing on the wire is over. */
  onDisabled: () => void = () => {};
  readonly #received: number[] = [];
  #resume: (() => void) | undefined;
  #addressed = false;

  /** Time for one byte with its acknowledge, in emulated ns. */
  get byteNs(): number {
    return (this.sclLowPeriod + this.sclHighPeriod) * 8 * 9;
  }

  /** Does it answer to this 7-bit address as a target? */
  isTarget(address: number): boolean {
    return this.#targetOn() && (this.slaveAddress & 0x7f) === address;
  }

  targetStart(): void {
    this.#addressed = true;
  }

  /** A byte for the target; `acknowledge` comes later while the block holds the clock. */
  targetByte(byte: number, acknowledge: (yes: boolean) => void): void {
    if (!this.#addressed || !this.#targetOn()) {
      acknowledge(false);
      return;
    }
    if (this.#received.length >= FIFO_BYTES) {
      if ((this.control & CON_HOLD_WHEN_FULL) !== 0) this.#resume = () => this.targetByte(byte, acknowledge);
      else acknowledge(true);
      return;
    }
    this.#received.push(byte);
    if (this.#received.length > this.rxThreshold) this.setInterrupts(INT_RX_FULL);
    acknowledge(true);
  }

  targetStop(): void {
    if (this.#addressed && this.#targetOn()) this.setInterrupts(INT_STOP_DET);
    this.#addressed = false;
  }

  override readUint32(offset: number): number {
    if (offset === RXFLR) return this.#received.length;
    if (offset !== DATA_CMD || this.#received.length === 0) return super.readUint32(offset);
    const byte = this.#received.shift()!;
    if (this.#received.length <= this.rxThreshold) this.clearInterrupts(INT_RX_FULL);
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
    return byte;
  }

  override writeUint32(offset: number, value: number): void {
    if (IGNORED.has(offset)) return;
    if (offset === INTR_MASK) {
      this.intEnable = value & 0x1fff;
      this.checkInterrupts();
      return;
    }
    if (offset === ENABLE && (value & 1) === 0) this.#switchOff();
    super.writeUint32(offset, value);
    // The emulator never takes TX_EMPTY back.
    if (offset === DATA_CMD && this.#hidden.txFIFO.itemCount > this.txThreshold) this.clearInterrupts(INT_TX_EMPTY);
    if (offset === TX_TL || offset === CLR_STOP_DET) this.checkInterrupts();
  }

  get #hidden(): Hidden {
    return this as unknown as Hidden;
  }

  #targetOn(): boolean {
    return (this.enable & 1) !== 0 && (this.control & (CON_TARGET_OFF | CON_MASTER)) === 0;
  }

  #switchOff(): void {
    this.enable &= ~1;
    this.#hidden.txFIFO.reset();
    this.#received.length = 0;
    this.#addressed = false;
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
    if (this.#hidden.state === IDLE) return;
    this.#hidden.state = IDLE;
    this.#hidden.busy = false;
    this.onDisabled();
  }
}
