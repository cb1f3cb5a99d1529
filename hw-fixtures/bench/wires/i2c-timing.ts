/** How long things take on an I2C bus (UM10204 table 10, minimum values; the same numbers as in SMBus 3.1 table 7). */

export type I2cSpeed = 100 | 400 | 1000;

interface Parameters {
  /** Hold time of START before the first clock, us. */
  readonly start: number;
  /** Set-up time of STOP after the last clock, us. */
  readonly stop: number;
  /** Bus free between STOP and the next START, us. */
  readonly free: number;
}

const PARAMETERS: Readonly<Record<I2cSpeed, Parameters>> = {
  100: { start: 4.0, stop: 4.0, free: 4.7 },
  400: { start: 0.6, stop: 0.6, free: 1.3 },
  1000: { start: 0.26, stop: 0.26, free: 0.5 },
};

/** Eight bits and the acknowledge. */
const BITS_PER_BYTE = 9;

/** SMBus 3.1 §4.2.5, tTIMEOUT max: a device which sees a line low for longer gives up; ms. */
export const SMBUS_TIMEOUT_MS = 35;

/** All times in ms. */
export interface I2cTiming {
  readonly bit: number;
  /** START to first bit. */
  readonly start: number;
  readonly stop: number;
  /** STOP to START of another controller. */
  readonly free: number;
  /**
   * What the controller that just had the bus waits beyond `free`: time to load its next transfer, in which those that
   * were waiting go first. Without it a busy sender would never let go of the bus, which no hardware manages.
   */
  readonly turnaround: number;
  /** From START over the address and `bytes` behind it to the end of STOP. */
  transfer(bytes: number): number;
}

export function i2cTiming(speedKhz: I2cSpeed): I2cTiming {
  const { start, stop, free } = PARAMETERS[speedKhz];
  const bit = 1 / speedKhz;
  return {
    bit,
    start: start / 1000,
    stop: stop / 1000,
    free: free / 1000,
    turnaround: bit,
    transfer: (bytes) => start / 1000 + (1 + bytes) * BITS_PER_BYTE * bit + stop / 1000,
  };
}

/** From START to a bit (0 to 8, 8 being the acknowledge) of a byte (0 is the address byte). */
export function bitTime(timing: I2cTiming, byte: number, bit: number): number {
  return timing.start + (byte * BITS_PER_BYTE + bit + 1) * timing.bit;
}
