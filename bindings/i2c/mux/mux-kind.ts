/**
 * What the register of a mux means, by the name of the chip. A switch has a bit for each channel. A multiplexer has the number
 * of one channel, and a bit which enables it (data sheets of PCA9544 and PCA9547; the others as in the driver i2c-mux-pca954x of Linux).
 */

export interface MuxKind {
  readonly name: MuxKindName;
  /** How many channels it has; at least as many as are used. */
  readonly channels: number;
  /** The bit which enables the channel whose number is below it; undefined: a bit for each channel. */
  readonly enable?: number;
  /** What the register is after power-on. */
  readonly initial: number;
}

const KINDS = {
  pca9540: { channels: 2, enable: 0x04, initial: 0 },
  pca9542: { channels: 2, enable: 0x04, initial: 0 },
  pca9543: { channels: 2, initial: 0 },
  pca9544: { channels: 4, enable: 0x04, initial: 0 },
  pca9545: { channels: 4, initial: 0 },
  pca9546: { channels: 4, initial: 0 },
  // Channel 0 is connected until somebody writes.
  pca9547: { channels: 8, enable: 0x08, initial: 0x08 },
  pca9548: { channels: 8, initial: 0 },
  pca9846: { channels: 4, initial: 0 },
  pca9847: { channels: 8, enable: 0x08, initial: 0 },
  pca9848: { channels: 8, initial: 0 },
  pca9849: { channels: 4, enable: 0x04, initial: 0 },
} as const satisfies Record<string, Omit<MuxKind, 'name'>>;

export type MuxKindName = keyof typeof KINDS;

export const MUX_KINDS = Object.keys(KINDS) as readonly MuxKindName[];

/** Also what all switches with fewer channels are like. */
export const DEFAULT_MUX_KIND: MuxKindName = 'pca9548';

export function muxKind(name: MuxKindName): MuxKind {
  return { name, ...KINDS[name] };
}

/** What is written to the register so that the channel, and it alone, is connected; undefined: none is. */
export function selectionOf(kind: MuxKind, channel: number | undefined): number {
  if (channel === undefined) return 0;
  return kind.enable === undefined ? 1 << channel : kind.enable | channel;
}

/** Does the register connect the channel? Bits which only report interrupts count for nothing. */
export function selects(kind: MuxKind, register: number, channel: number): boolean {
  if (channel >= kind.channels) return false;
  if (kind.enable === undefined) return ((register >> channel) & 1) === 1;
  return (register & (kind.enable | (kind.enable - 1))) === (kind.enable | channel);
}

/** What is wrong with so many channels; undefined: nothing. */
export function wrongCount(kind: MuxKind, count: number): string | undefined {
  if (count >= 1 && count <= kind.channels) return undefined;
  const which = kind.name === DEFAULT_MUX_KIND ? 'a mux' : `a ${kind.name}`;
  return `${which} has 1 to ${kind.channels} channels, not ${count}`;
}
