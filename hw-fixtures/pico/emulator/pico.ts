/**
 * An emulated Pico which runs the real image: `rp2040js` (the processor, timers, PIO, USB device, I2C controller) with
 * the gaps closed in `i2c-block.ts`. What it cannot prove: docs/adapter-protocol.md.
 */

import { ConsoleLogger, LogLevel, RP2040 } from 'rp2040js';
import type { Clock } from '../../../stack/clock.js';
import { readUf2 } from '../uf2.js';
import { type BusLine, EmulatedI2cBus } from './emulated-i2c-bus.js';
import { EmulatedTime } from './emulated-time.js';
import { I2cBlock } from './i2c-block.js';
import { QuickCore } from './quick-core.js';
import { quickenStores } from './quick-stores.js';
import { EmulatedUsbHost } from './usb-host.js';

const SDA_PINS = [4, 6];
const SCL_PINS = [5, 7];
const I2C_IRQ = 23;
const I2C_PERIPHERAL = 0x40044;
const RUN_ADDRESS = 0x10000000;
const BOOT_STACK = 0x20041f00;
/** PIO steps after an edge: enough for its longest way round. */
const PIO_STEPS = 24;
const OVERRIDE_LOW = 2;
const OVERRIDE_ENABLE = 3;

export class EmulatedPico {
  readonly bus: EmulatedI2cBus;
  readonly usb: EmulatedUsbHost;
  readonly mcu: RP2040;
  readonly #time: EmulatedTime;
  readonly #core: QuickCore;

  /**
   * Not started yet. `beside`: another Pico, on whose wire this one is, too.
   * @throws MctpError EINVAL unless `uf2` is an image for an RP2040
   */
  constructor(uf2: Uint8Array, beside?: EmulatedPico) {
    const mcu = new QuicklyMade(beside === undefined ? undefined : beside.#time.clock);
    const time = beside === undefined ? new EmulatedTime(mcu.clock) : beside.#time;
    quickenStores(mcu);
    this.#time = time;
    this.mcu = mcu;
    this.#core = new QuickCore(mcu, (cycles) => time.passCycles(cycles));
    mcu.logger = new ConsoleLogger(LogLevel.Error, false);
    const wake = (): void => time.wake();
    const told = (): void => time.told();
    this.bus = beside?.bus ?? new EmulatedI2cBus(time.clock, wake, told);
    this.usb = new EmulatedUsbHost(mcu.usbCtrl, wake, told);
    for (const index of [0, 1]) {
      const block = new I2cBlock(mcu, `I2C${index}`, I2C_IRQ + index);
      mcu.i2c[index] = block;
      (mcu.peripherals as Record<number, unknown>)[I2C_PERIPHERAL + 4 * index] = block;
      this.bus.attach(block);
    }
    this.#joinPins();
    mcu.flash.set(readUf2(uf2));
    mcu.bootrom.set(bootRom());
    mcu.onBreak = () => {
      this.stop();
      this.usb.unplug();
      this.onBootLoader();
    };
    Object.assign(mcu.core, { SP: BOOT_STACK, LR: 0, PC: RUN_ADDRESS });
  }

  /** Emulated time as a clock; it stands still while no Pico runs. */
  get clock(): Clock {
    return this.#time;
  }

  /** Emulated time, µs. */
  get micros(): number {
    return this.#time.micros;
  }

  /** Instructions run so far, by all on the wire. */
  get instructions(): number {
    return this.#time.instructions;
  }

  /** It restarted into the boot loader, and has left the bus and USB: a drive would appear. */
  onBootLoader: () => void = () => {};

  /** Does the analyser's program run? */
  get listening(): boolean {
    return !this.mcu.pio[0]!.stopped;
  }

  /** Resolves when so much emulated time has passed; µs. */
  pass(us: number): Promise<void> {
    return this.#time.pass(us);
  }

  start(): void {
    this.#time.add(this.#core);
    this.#time.wake();
  }

  stop(): void {
    this.#time.remove(this.#core);
  }

  #joinPins(): void {
    const { gpio, pio } = this.mcu;
    const program = pio[0]!;
    // It would run by itself, in real time: its edges drive it instead.
    program.run = () => {};
    const pinsOf = (line: BusLine): readonly number[] => (line === 'sda' ? SDA_PINS : SCL_PINS);
    this.bus.attachPins({
      holds: (line) =>
        pinsOf(line).some((pin) => {
          const { outputOverride, outputEnableOverride } = gpio[pin]!;
          return outputOverride === OVERRIDE_LOW && outputEnableOverride === OVERRIDE_ENABLE;
        }),
      get edges() {
        return !program.stopped;
      },
      set: (line, high) => {
        const pins = pinsOf(line);
        if (gpio[pins[0]!]!.inputValue === high && gpio[pins[1]!]!.inputValue === high) return;
        // The program runs between edges, too: it has seen the level before this one.
        const run = (): void => {
          for (let step = 0; !program.stopped && step < PIO_STEPS; step++) program.step();
        };
        run();
        for (const pin of pins) gpio[pin]!.setInputValue(high);
        run();
      },
    });
    for (const pin of [...SDA_PINS, ...SCL_PINS]) gpio[pin]!.addListener(() => this.bus.levelsChanged());
  }
}

/** The emulator fills 16 MiB of flash with ones, of which an image is a thousandth and reads no more: they stay zeros. */
class QuicklyMade extends RP2040 {
  override reset(): void {
    this.core.reset();
    this.pwm.reset();
  }
}

/**
 * Of the boot ROM only what the firmware calls: at 0x14 the table of functions, at 0x18 the function which finds one by its
 * letters (datasheet §2.8.3). It always finds the restart into the boot loader, which is a breakpoint here.
 */
function bootRom(): Uint32Array<ArrayBuffer> {
  const rom = new DataView(new ArrayBuffer(64));
  rom.setUint16(0x14, 0x38, true);
  rom.setUint16(0x18, 0x20 | 1, true);
  rom.setUint16(0x20, 0x2031, true); // movs r0, #0x31
  rom.setUint16(0x22, 0x4770, true); // bx lr
  rom.setUint16(0x30, 0xbe00, true); // bkpt
  return new Uint32Array(rom.buffer);
}
