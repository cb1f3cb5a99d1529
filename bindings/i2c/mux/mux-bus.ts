/**
 * One bus and the muxes on it, each channel a bus of its own. They share the wire: a channel has it from its first request
 * until all that it asked is answered, or the time for that is over; an answer on a channel which is not selected would be
 * lost. Linux's mctp-i2c does likewise: it holds the bus as long as a tag is in use. What comes is from the channel which is
 * selected, or from in front of it.
 */

import type { Clock, Timer } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import { hexNumber } from '../../../stack/util/text.js';
import { type I2cPort, type I2cPortHost, NackError } from '../../smbus/i2c-port.js';
import { type BusOfChannel, type Mux, MuxChannel } from './mux-channel.js';
import { DEFAULT_MUX_KIND, type MuxKindName, muxKind, selectionOf, wrongCount } from './mux-kind.js';
import { beginsExchange, isPacket, OpenExchanges, sourceOf } from './open-exchanges.js';

export interface MuxBusOptions {
  /** The bus which the muxes are on. It is opened with the first channel, and closed with the last. */
  readonly root: I2cPort;
  readonly clock: Clock;
  /** How long an exchange holds its channel when no packet of it goes by; ms, default 1000. */
  readonly holdMs?: number;
  /** While others wait a channel begins nothing new when it has had the bus for so long; ms, default 50. */
  readonly shareMs?: number;
}

/** How the links of a bus use it: all of them as the one by which it was opened. */
export interface BusUse {
  /** As they are written in a URL. */
  readonly options: Readonly<Record<string, string | undefined>>;
  make(): Pick<MuxBusOptions, 'root' | 'holdMs'>;
}

export interface MuxBusCounters {
  /** Writes to registers of muxes. */
  selections: number;
  selectionsFailed: number;
  /** Exchanges whose answer did not come while their channel was held. */
  expired: number;
  /** Frames which came while no channel was selected. */
  rxUnplaced: number;
}

export const DEFAULT_HOLD_MS = 1000;
const DEFAULT_SHARE_MS = 50;

interface Selection {
  readonly mux: Mux;
  readonly value: number;
}

export class MuxBus implements BusOfChannel {
  /** What is in front of the muxes: a bus, too. */
  readonly trunk: MuxChannel;
  /** Live. */
  readonly counters: MuxBusCounters = { selections: 0, selectionsFailed: 0, expired: 0, rxUnplaced: 0 };
  readonly #clock: Clock;
  readonly #shareMs: number;
  #root: I2cPort;
  #use: BusUse | undefined;
  #holdMs: number;
  #exchanges: OpenExchanges;
  /** In the order of their turns. */
  readonly #channels: MuxChannel[] = [];
  readonly #muxes: Mux[] = [];
  readonly #attached = new Set<MuxChannel>();
  /** A register of a mux is one byte. */
  readonly #byte = new Uint8Array(1);
  /** Which channel has the bus, and since when. */
  #turn: MuxChannel | undefined;
  #since = 0;
  /** The channel which is one with the trunk; undefined: not known, or on the way to another. */
  #connected: MuxChannel | undefined;
  /** What the root port is writing: a register, or what a channel wants, by its ticket. */
  #busy: Selection | MuxChannel | undefined;
  #busyTicket = 0;
  #timer: Timer | undefined;
  #timerAt = 0;
  #own: number | undefined;
  /** Why the bus is not there, while it is open and gone. */
  #goneFor: MctpError | undefined;
  #opening: Promise<void> | undefined;
  /** The end of its last use, perhaps under way. */
  #closing: Promise<void> | undefined;

  /** `use`: what the options are made of, where links say it. */
  constructor(options: MuxBusOptions, use?: BusUse) {
    this.#root = options.root;
    this.#use = use;
    this.#clock = options.clock;
    this.#shareMs = options.shareMs ?? DEFAULT_SHARE_MS;
    this.#holdMs = options.holdMs ?? DEFAULT_HOLD_MS;
    this.#exchanges = new OpenExchanges(this.#holdMs);
    this.trunk = new MuxChannel(options.root.name, this);
    this.#channels.push(this.trunk);
  }

  /** Another one when it is opened to be used otherwise. */
  get root(): I2cPort {
    return this.#root;
  }

  /** Before a channel, called so, is opened. @throws MctpError EUSAGE while the bus is open, and used otherwise */
  useAs(use: BusUse, name: string): void {
    const before = this.#use?.options ?? {};
    const option = Object.keys(use.options).find((one) => use.options[one] !== before[one]);
    if (option === undefined) return;
    if (this.#attached.size > 0) {
      const said = (value: string | undefined): string =>
        value === undefined ? `no ${option}=` : `${option}=${value}`;
      const both = `${said(before[option])} for another link and ${said(use.options[option])} for this one`;
      throw new MctpError('EUSAGE', `${name}: the bus ${this.#root.name} has ${both}: say ${option}= in both`);
    }
    this.#use = use;
    const { root, holdMs = DEFAULT_HOLD_MS } = use.make();
    this.#root = root;
    this.#holdMs = holdMs;
    this.#exchanges = new OpenExchanges(holdMs);
  }

  /** A mux on the trunk or on a channel of another; its channels, from channel 0 on. @throws MctpError EINVAL */
  addMux(
    address: number,
    names: readonly string[],
    on: MuxChannel = this.trunk,
    kindName: MuxKindName = DEFAULT_MUX_KIND,
  ): readonly MuxChannel[] {
    const kind = muxKind(kindName);
    const wrong = wrongCount(kind, names.length);
    if (wrong !== undefined) throw new MctpError('EINVAL', wrong);
    const mux: Mux = { kind, address, on, register: undefined };
    on.muxes.push(mux);
    this.#muxes.push(mux);
    const channels = names.map((name, channel) => new MuxChannel(name, this, { mux, channel }));
    this.#channels.push(...channels);
    return channels;
  }

  /** Of the mux at the address on this segment; undefined: there is none. */
  channelsOf(address: number, on: MuxChannel): readonly MuxChannel[] | undefined {
    const channels = this.#channels.filter(({ place }) => place?.mux.address === address && place.mux.on === on);
    return channels.length === 0 ? undefined : channels;
  }

  // Called by the channels

  async attach(channel: MuxChannel, ownAddress: number): Promise<void> {
    if (this.#attached.has(channel)) throw new MctpError('EBUSY', `${channel.name} is in use`);
    if (this.#attached.size > 0 && this.#own !== ownAddress) {
      const both = `${hexNumber(this.#own!)} and ${hexNumber(ownAddress)}`;
      throw new MctpError('EINVAL', `channels of one mux have one address of ours, not ${both}`);
    }
    this.#attached.add(channel);
    this.#own = ownAddress;
    try {
      this.#opening ??= this.#open(ownAddress);
      await this.#opening;
    } catch (error) {
      this.#attached.delete(channel);
      this.#opening = undefined;
      throw error;
    }
    // As the bus itself would not be opened at this moment; the others have it, and wait for it.
    if (this.#goneFor === undefined) return;
    const reason = this.#goneFor;
    await this.detach(channel);
    throw reason;
  }

  async detach(channel: MuxChannel): Promise<void> {
    this.#attached.delete(channel);
    if (this.#connected === channel) this.#connected = undefined;
    if (this.#turn === channel) {
      this.#turn = undefined;
      this.#exchanges.clear();
    }
    if (this.#attached.size > 0) {
      this.#next();
      return;
    }
    this.#reset();
    this.#opening = undefined;
    this.#goneFor = undefined;
    this.#closing = this.root.close();
    await this.#closing;
  }

  request(channel: MuxChannel): void {
    const { address, ticket } = channel;
    if (!this.#muxes.some((mux) => mux.address === address && isBelow(channel, mux.on))) {
      this.#next();
      return;
    }
    // The mux would take a packet for a selection.
    this.#clock.schedule(0, () => {
      if (!channel.pending || channel.ticket !== ticket) return;
      channel.pending = false;
      channel.host?.written(new NackError('address', `${channel.name}: ${hexNumber(address)} is a mux`));
    });
  }

  async #open(ownAddress: number): Promise<void> {
    await this.#closing?.catch(() => {});
    await this.root.open(this.#host(), ownAddress);
  }

  /** Write what is to be written next, if the bus is free for it. */
  #next(): void {
    if (this.#busy !== undefined) return;
    const channel = this.#choose();
    if (channel === undefined) return;
    if (channel !== this.#turn) {
      this.#turn = channel;
      this.#since = this.#clock.now();
    }
    const selection = channel === this.#connected ? undefined : nextSelection(channel);
    if (selection !== undefined) {
      this.#busy = selection;
      this.#byte[0] = selection.value;
      this.root.write(selection.mux.address, this.#byte, 0, 1);
      return;
    }
    this.#connected = channel;
    this.#busy = channel;
    this.#busyTicket = channel.ticket;
    this.root.write(channel.address, channel.buffer, channel.start, channel.end);
  }

  /** The channel whose write goes next. */
  #choose(): MuxChannel | undefined {
    const turn = this.#turn;
    const next = this.#nextAfter(turn);
    const held = this.#exchanges.any;
    if (turn?.pending) {
      const begins = beginsExchange(turn.buffer, turn.start, turn.end);
      const hasTime = next === turn || this.#clock.now() - this.#since < this.#shareMs;
      // What has begun is ended: fragments, and answers of ours.
      if ((!begins && held) || (hasTime && !this.#exchanges.full)) return turn;
    }
    if (held) return undefined;
    // It may be the same one again.
    if (next !== undefined) this.#since = this.#clock.now();
    return next;
  }

  /** In the order of turns the next channel which wants to write; the one whose turn it is comes last. */
  #nextAfter(turn: MuxChannel | undefined): MuxChannel | undefined {
    const count = this.#channels.length;
    const first = turn === undefined ? 0 : this.#channels.indexOf(turn) + 1;
    for (let index = 0; index < count; index++) {
      const channel = this.#channels[(first + index) % count]!;
      if (channel.pending) return channel;
    }
    return undefined;
  }

  #host(): I2cPortHost {
    return {
      received: (buffer, start, end, address) => this.#received(buffer, start, end, address),
      written: (error) => this.#written(error),
      state: (up, reason) => {
        this.#goneFor = up ? undefined : (reason ?? new MctpError('ENODEV', `the bus ${this.root.name} is gone`));
        if (!up) this.#reset();
        for (const channel of this.#attached) channel.host?.state(up, reason);
      },
      fault: (what) => {
        for (const channel of this.#attached) channel.host?.fault(what);
      },
    };
  }

  #received(buffer: Uint8Array, start: number, end: number, address: number): void {
    const from = senderOf(this.#connected, buffer, start, end);
    if (from?.host === undefined) {
      this.counters.rxUnplaced++;
      return;
    }
    if (from === this.#turn) this.#exchanges.heard(buffer, start, end, this.#clock.now());
    from.host.received(buffer, start, end, address);
    this.#watch();
    this.#next();
  }

  #written(error?: MctpError): void {
    const done = this.#busy;
    this.#busy = undefined;
    if (done instanceof MuxChannel) this.#wrote(done, error);
    else if (done !== undefined) this.#selected(done, error);
    this.#next();
  }

  #wrote(channel: MuxChannel, error: MctpError | undefined): void {
    // It was closed, or is about another write by now.
    if (!channel.pending || channel.ticket !== this.#busyTicket || channel.host === undefined) return;
    channel.pending = false;
    const { buffer, start, end, address } = channel;
    if (error === undefined) this.#exchanges.sent(buffer, start, end, address, this.#clock.now());
    else this.#exchanges.failed(buffer, start, end, address);
    this.#watch();
    channel.host.written(error);
  }

  #selected({ mux, value }: Selection, error: MctpError | undefined): void {
    mux.register = error === undefined ? value : undefined;
    this.#connected = undefined;
    if (error === undefined) {
      this.counters.selections++;
      return;
    }
    this.counters.selectionsFailed++;
    const channel = this.#turn;
    if (channel === undefined || !channel.pending) return;
    channel.pending = false;
    const what = `${channel.name}: the mux at ${hexNumber(mux.address)} was not switched: ${error.message}`;
    channel.host?.written(new MctpError(error.code, what, { cause: error }));
  }

  /** Exchanges end by themselves, too. The timer may come too early, never too late. */
  #watch(): void {
    const at = this.#clock.now() + this.#holdMs;
    if (!this.#exchanges.any || (this.#timer !== undefined && this.#timerAt <= at)) return;
    this.#setTimer(at);
  }

  #setTimer(at: number): void {
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.#clock.schedule(Math.max(0, at - this.#clock.now()), () => {
      this.#timer = undefined;
      this.counters.expired += this.#exchanges.expire(this.#clock.now());
      const next = this.#exchanges.nextEnd;
      if (next !== undefined) this.#setTimer(next);
      this.#next();
    });
  }

  /** Nothing is known of the bus any more. */
  #reset(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#exchanges.clear();
    this.#busy = undefined;
    this.#turn = undefined;
    this.#connected = undefined;
    for (const mux of this.#muxes) mux.register = undefined;
    for (const channel of this.#channels) channel.pending = false;
  }
}

/** The next register to be written before the channel, and it alone, is one with the trunk; undefined: it is. */
function nextSelection(channel: MuxChannel): Selection | undefined {
  const path: MuxChannel[] = [channel];
  for (let at = channel; at.place !== undefined; at = at.place.mux.on) path.unshift(at.place.mux.on);
  for (const [index, segment] of path.entries()) {
    const next = path[index + 1]?.place;
    const wanted = (mux: Mux): number => selectionOf(mux.kind, mux === next?.mux ? next.channel : undefined);
    // Two channels at a time never: devices on both may have one address.
    const wrong = [...segment.muxes].sort((a, b) => wanted(a) - wanted(b)).find((mux) => mux.register !== wanted(mux));
    if (wrong !== undefined) return { mux: wrong, value: wanted(wrong) };
  }
  return undefined;
}

/**
 * The segment from which a frame comes while a channel is selected: that channel, or, for an address which has been heard of
 * there before, a segment in front of it. Addresses in front of a mux are on none of its channels.
 */
function senderOf(
  connected: MuxChannel | undefined,
  buffer: Uint8Array,
  start: number,
  end: number,
): MuxChannel | undefined {
  if (connected === undefined || !isPacket(buffer, start, end)) return connected;
  const source = sourceOf(buffer, start);
  for (let at = connected.place?.mux.on; at !== undefined; at = at.place?.mux.on) if (at.heard.has(source)) return at;
  connected.heard.add(source);
  return connected;
}

/** Is the channel the segment, or behind it? */
function isBelow(channel: MuxChannel, segment: MuxChannel): boolean {
  for (let at: MuxChannel | undefined = channel; at !== undefined; at = at.place?.mux.on)
    if (at === segment) return true;
  return false;
}
