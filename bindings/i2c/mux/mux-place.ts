/**
 * A channel of a mux in the place of a link: `1:70.3` is channel 3 of the mux at 0x70 on the bus 1, `pico:70.3:71.0` channel 0
 * of the mux at 0x71 behind it, `1:trunk` what is in front of the muxes. Links of one bus share it.
 */

import type { Clock } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import { hexNumber } from '../../../stack/util/text.js';
import { type BusUse, MuxBus } from './mux-bus.js';
import type { MuxChannel } from './mux-channel.js';
import { DEFAULT_MUX_KIND, type MuxKindName, muxKind } from './mux-kind.js';

export interface MuxStep {
  /** 7-bit, 0x70 to 0x77. */
  readonly address: number;
  readonly channel: number;
}

export interface MuxedPlace {
  /** The bus which the muxes are on. */
  readonly root: string;
  /** From the outermost mux on; empty: the trunk. */
  readonly path: readonly MuxStep[];
}

const MUXED = /^(.+?)(?::trunk|((?::7[0-7]\.[0-7])+))$/i;

/** Undefined: it is not behind a mux. */
export function muxedPlace(place: string): MuxedPlace | undefined {
  const match = MUXED.exec(place);
  if (match === null) return undefined;
  const [, root = '', steps = ''] = match;
  const path = steps
    .split(':')
    .slice(1)
    .map((step) => ({ address: Number.parseInt(step.slice(0, 2), 16), channel: Number(step.slice(3)) }));
  return { root, path };
}

/** By the clock of the program, and what the bus is called. */
const buses = new WeakMap<Clock, Map<string, MuxBus>>();

/** The bus that has been made for this key, or a new one. */
export function sharedMuxBus(clock: Clock, key: string, use: BusUse): MuxBus {
  let known = buses.get(clock);
  if (known === undefined) buses.set(clock, (known = new Map()));
  let bus = known.get(key);
  if (bus === undefined) known.set(key, (bus = new MuxBus({ clock, ...use.make() }, use)));
  return bus;
}

/**
 * The channel at the end of the path; muxes on the way are added where they were not known. The kinds are those of the muxes,
 * from the outermost on, or one for all of them.
 *
 * @throws MctpError EUSAGE a mux has no such channel, is of another kind for another link, or the kinds are too many or too few
 */
export function channelAt(
  bus: MuxBus,
  path: readonly MuxStep[],
  kinds: readonly MuxKindName[] = [DEFAULT_MUX_KIND],
): MuxChannel {
  if (kinds.length !== 1 && kinds.length !== path.length) {
    const many = path.length === 1 ? '1 mux' : `${path.length} muxes`;
    throw new MctpError('EUSAGE', `mux= names ${kinds.length} kinds for ${many}: name one for all, or one for each`);
  }
  let at = bus.trunk;
  for (const [index, { address, channel }] of path.entries()) {
    const kind = muxKind(kinds[index] ?? kinds[0]!);
    const which = `the mux at ${hexNumber(address)}`;
    if (channel >= kind.channels) {
      throw new MctpError('EUSAGE', `${which} has no channel ${channel}: a ${kind.name} has 0 to ${kind.channels - 1}`);
    }
    const names = Array.from({ length: kind.channels }, (_, each) => `${at.name}:${address.toString(16)}.${each}`);
    const channels = bus.channelsOf(address, at) ?? bus.addMux(address, names, at, kind.name);
    const known = channels[0]!.place!.mux.kind.name;
    if (known !== kind.name) {
      throw new MctpError(
        'EUSAGE',
        `${which} is a ${known} for another link and a ${kind.name} for this one: say mux= in both`,
      );
    }
    at = channels[channel]!;
  }
  return at;
}
