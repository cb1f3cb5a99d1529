/** A cable as a link: two networks on two machines, joined as by a wire. Point to point, no addresses. */

import { randomBytes } from 'node:crypto';
import type { Clock, Timer } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { BINDING, messageTypeName } from '../../stack/ids.js';
import { type LinkPath, type PhysicalAddress, TRANSMIT, type TransmitResult } from '../../stack/link.js';
import { HEADER_SIZE, TYPE_MASK } from '../../stack/packet.js';
import { PointToPointLink } from '../point-to-point-link.js';
import { CableEnd, type CableEvent } from './cable-end.js';
import { LONGEST_PACKET } from './cable-frame.js';
import type { Carrier } from './carrier.js';
import { Dialer } from './dialer.js';
import type { HopBook } from './hop-book.js';
import { CABLE_TIMES, type CableTimes } from './sub-path.js';
import { TypeGate } from './type-gate.js';

/** A packet without payload is not sent. */
const MIN_PACKET = HEADER_SIZE + 1;
const DEFAULT_HOPS = 4;
const PAUSES = { firstMs: 250, longestMs: 5_000 };
/** To an address which only the other side named. */
const ADVERTISED_PAUSES = { firstMs: 250, longestMs: 60_000 };

export interface CableListener {
  accepted(carrier: Carrier): void;
  /** Somebody was not let in before there was a carrier; `isGuess`: it tried a key which is not ours. */
  refused(who: string, reason: string, isGuess?: boolean): void;
}

/** What makes carriers: sockets, or memory in tests. */
export interface CableNetwork {
  /** The signal ends the attempt. @throws MctpError by rejection: why nobody is there */
  dial(place: string, signal?: AbortSignal): Promise<Carrier>;
  /** Others may connect from then on; resolves with how to stop. @throws MctpError EADDRINUSE, EACCES, EADDRNOTAVAIL */
  listen(place: string, hear: CableListener): Promise<() => Promise<void>>;
  /** May the other side name this place for us to connect to? */
  isDialable(place: string): boolean;
}

export interface CableLinkOptions {
  /** `cable:desk` */
  readonly name: string;
  readonly clock: Clock;
  readonly network: CableNetwork;
  /** 32 bytes, which both ends have and nobody else. */
  readonly key: Uint8Array;
  /** Where the other end is, and by which sub-paths; empty: the other end connects. */
  readonly connect?: readonly { readonly place: string; readonly backup: boolean }[];
  /** Where others may connect. */
  readonly listen?: readonly string[];
  /** Where we can be reached, too: the other side is told. */
  readonly advertise?: readonly string[];
  /** Connect to addresses which the other side tells; default true. */
  readonly followsAdvertised?: boolean;
  /** Message types which may come, and which may go; undefined: all. */
  readonly receive?: readonly number[];
  readonly send?: readonly number[];
  /** Cables which a packet may pass; default 4. */
  readonly hops?: number;
  readonly hopBook?: HopBook;
  readonly times?: Partial<CableTimes>;
  /** `open` does not wait for the other side; so it is where the other side connects. Default false. */
  readonly patient?: boolean;
  /** Longest payload of a packet; default and most 16384. */
  readonly longestUnit?: number;
  /** How long `open` waits for the other side; ms, default 10 000. */
  readonly openWaitMs?: number;
  /** How long `close` waits until what was sent has arrived; ms, default 500. */
  readonly closeWaitMs?: number;
  random?(bytes: number): Uint8Array;
  /** What happens to it, for people. */
  hear?(event: CableEvent): void;
}

export class CableLink extends PointToPointLink {
  readonly name: string;
  readonly binding = BINDING.vendor;
  readonly medium = 0;
  readonly transmissionUnit: { readonly default: number; readonly max: number };
  readonly #options: CableLinkOptions;
  readonly #end: CableEnd;
  readonly #inwards: TypeGate;
  readonly #outwards: TypeGate;
  readonly #hops: number;
  readonly #counted = {
    rxPackets: 0,
    rxBytes: 0,
    txPackets: 0,
    txBytes: 0,
    /** Packets refused: of a wrong size, or the link was down. */
    txRefused: 0,
    /** Packets that were taken and may not have arrived, because the cable went down. */
    txLost: 0,
    txBusy: 0,
    /** Packets whose message type may not pass. */
    txFiltered: 0,
    rxFiltered: 0,
    /** Packets which had passed too many cables. */
    txHops: 0,
    rxHops: 0,
    /** How often the cable went down. */
    downs: 0,
  };
  readonly #dialers: Dialer[] = [];
  readonly #advertised: Dialer[] = [];
  readonly #listeners: (() => Promise<void>)[] = [];
  #listening: Promise<void> | undefined;
  readonly #toldTypes = new Set<number>();
  #lastProblem: MctpError | undefined;
  #failedPlaces = new Set<string>();
  #waitsForUp: { resolve(): void; reject(error: MctpError): void } | undefined;
  #waitsForEmpty: (() => void) | undefined;

  /** @throws MctpError EINVAL */
  constructor(options: CableLinkOptions) {
    super(options.clock);
    this.name = options.name;
    this.#options = options;
    const max = options.longestUnit ?? LONGEST_PACKET - HEADER_SIZE;
    if (!Number.isInteger(max) || max < 64 || max > LONGEST_PACKET - HEADER_SIZE) {
      throw new MctpError(
        'EINVAL',
        `${max} is not a transmission unit of a cable: use 64 to ${LONGEST_PACKET - HEADER_SIZE}`,
      );
    }
    this.transmissionUnit = { default: 64, max };
    this.#inwards = new TypeGate(options.receive);
    this.#outwards = new TypeGate(options.send);
    this.#hops = options.hops ?? DEFAULT_HOPS;
    const { clock, key, connect = [], advertise = [] } = options;
    const random = options.random ?? ((bytes) => new Uint8Array(randomBytes(bytes)));
    const times = { ...CABLE_TIMES, ...options.times };
    this.#end = new CableEnd(
      { clock, key, random, times, connects: connect.length > 0, addresses: advertise },
      {
        packet: (buffer, start, end, hops) => this.#received(buffer, start, end, hops),
        room: () => this.#room(),
        up: () => this.#up(),
        down: (reason) => this.#down(reason),
        sessionEnded: (lost) => this.#sessionEnded(lost),
        address: (place) => this.#addressed(place),
        event: (event) => options.hear?.(event),
        fault: (what) => this.host.fault(what),
      },
    );
  }

  get counters(): Readonly<Record<string, number>> {
    const { flow, counters } = this.#end;
    return { ...this.#counted, ...flow.counters, ...counters };
  }

  get paths(): readonly LinkPath[] {
    return this.#end.paths;
  }

  transmit(buffer: Uint8Array, start: number, end: number, _to: PhysicalAddress, slot: number): TransmitResult {
    const length = end - start;
    const counted = this.#counted;
    const { flow } = this.#end;
    // Before anything is decided: the gate remembers what it was asked.
    if (this.#end.isUp && this.isWanted && length <= LONGEST_PACKET && !flow.fits(length)) {
      this.saysBusy();
      counted.txBusy++;
      return TRANSMIT.busy;
    }
    const hops = 1 + (this.#options.hopBook?.passed(buffer, start, end) ?? 0);
    const refusal = this.#refusal(buffer, start, end, hops);
    if (refusal !== undefined) {
      counted.txRefused++;
      return this.refused(slot, refusal);
    }
    flow.send(buffer, start, end, hops);
    counted.txPackets++;
    counted.txBytes += length;
    return TRANSMIT.sent;
  }

  flush(): void {
    this.#end.flow.flush();
  }

  hints(): readonly string[] {
    const { connect = [] } = this.#options;
    const up = this.#end.paths.filter(({ state }) => state === 'up').length;
    if (connect.length < 2 || up >= connect.length || !this.#end.hasSession) return [];
    return [
      `${up} of ${connect.length} sub-paths are up${this.#lastProblem === undefined ? '' : `: ${this.#lastProblem.message}`}`,
    ];
  }

  protected async begin(): Promise<void> {
    const { connect = [], patient = connect.length === 0, openWaitMs = 10_000, clock } = this.#options;
    this.#listening = this.#listen();
    await this.#listening;
    if (!this.isWanted) throw this.wasClosed();
    this.#failedPlaces.clear();
    this.#end.open(patient);
    for (const { place, backup } of connect) this.#dial(this.#dialers, place, backup, PAUSES);
    if (patient) return;
    let timer: Timer | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waitsForUp = { resolve, reject };
        timer = clock.schedule(openWaitMs, () => reject(this.#notReached(`no answer within ${openWaitMs / 1000} s`)));
      });
    } finally {
      timer?.cancel();
      this.#waitsForUp = undefined;
    }
  }

  protected async end(): Promise<void> {
    const { clock, closeWaitMs = 500 } = this.#options;
    this.#waitsForUp?.reject(this.wasClosed());
    for (const dialer of [...this.#dialers.splice(0), ...this.#advertised.splice(0)]) dialer.stop();
    // No more packets, but those taken arrive, as far as there is a way.
    if (this.#end.flow.count > 0 && this.#end.paths.some(({ state }) => state === 'up')) {
      await new Promise<void>((resolve) => {
        const timer = clock.schedule(closeWaitMs, resolve);
        this.#waitsForEmpty = () => {
          timer.cancel();
          resolve();
        };
      });
      this.#waitsForEmpty = undefined;
    }
    this.#end.close(`${this.name} was closed`);
    // What is about to listen sees that it is not wanted; a next opening must not begin before it has ended.
    await this.#listening?.catch(() => {});
    for (const stop of this.#listeners.splice(0)) await stop();
  }

  async #listen(): Promise<void> {
    const { listen = [], network } = this.#options;
    for (const place of listen) {
      const stop = await network.listen(place, {
        accepted: (carrier) => this.#end.accepted(carrier),
        refused: (who, reason) => this.#end.refused(who, reason),
      });
      this.#listeners.push(stop);
      if (!this.isWanted) throw this.wasClosed();
    }
  }

  #refusal(buffer: Uint8Array, start: number, end: number, hops: number): MctpError | undefined {
    const length = end - start;
    if (!this.#end.isUp || !this.isWanted) return this.whyDown();
    if (length < MIN_PACKET || length > this.transmissionUnit.max + HEADER_SIZE) {
      return new MctpError('EMSGSIZE', `${length} bytes are not a packet ${this.name} can send`);
    }
    if (hops > this.#hops) {
      this.#counted.txHops++;
      return new MctpError('EHOSTUNREACH', `a packet has passed ${hops - 1} cables already: are they a ring?`);
    }
    if (this.#outwards.passes(buffer, start, end)) return undefined;
    this.#counted.txFiltered++;
    return new MctpError('EACCES', `${this.name} does not let this type of message out: add it to its "send" list`);
  }

  #received(buffer: Uint8Array, start: number, end: number, hops: number): void {
    if (!this.isWanted) return;
    const counted = this.#counted;
    if (hops === 0 || hops > this.#hops) {
      if (counted.rxHops++ === 0) this.host.fault(`a packet has passed ${hops} cables`, buffer, start, end);
      return;
    }
    if (!this.#inwards.passes(buffer, start, end)) {
      counted.rxFiltered++;
      this.#tellFiltered(buffer, start, end);
      return;
    }
    counted.rxPackets++;
    counted.rxBytes += end - start;
    this.#options.hopBook?.came(buffer, start, end, hops);
    this.host.receive(buffer, start, end, '');
  }

  /** Each type once. */
  #tellFiltered(buffer: Uint8Array, start: number, end: number): void {
    const type = end - start > HEADER_SIZE ? buffer[start + HEADER_SIZE]! & TYPE_MASK : 0;
    if (this.#toldTypes.has(type)) return;
    this.#toldTypes.add(type);
    this.host.fault(`${messageTypeName(type)} may not come in: it is not in the "receive" list`, buffer, start, end);
  }

  #dial(into: Dialer[], place: string, backup: boolean, pauses: typeof PAUSES): void {
    const { clock, network } = this.#options;
    const dialer = new Dialer({
      clock,
      end: this.#end,
      place,
      backup,
      pauses,
      dial: (where, signal) => network.dial(where, signal),
      failed: (where, reason) => this.#dialFailed(where, reason),
    });
    into.push(dialer);
    dialer.start();
  }

  #dialFailed(place: string, reason: MctpError): void {
    const news = this.#lastProblem?.message !== reason.message;
    this.#lastProblem = reason;
    if (news) this.#options.hear?.({ type: 'pathDown', path: place, reason: reason.message });
    this.#failedPlaces.add(place);
    const { connect = [] } = this.#options;
    if (connect.every((one) => this.#failedPlaces.has(one.place))) this.#waitsForUp?.reject(this.#notReached());
  }

  #notReached(what?: string): MctpError {
    const reason = this.#lastProblem;
    const places = (this.#options.connect ?? []).map(({ place }) => place).join(', ');
    const because = reason?.message ?? what ?? 'no reason given';
    return new MctpError('ENETDOWN', `${this.name}: the other end at ${places} was not reached: ${because}`, {
      cause: reason,
    });
  }

  #up(): void {
    this.tellUp();
    this.#waitsForUp?.resolve();
    this.#room();
  }

  #down(reason: MctpError): void {
    this.#counted.downs++;
    this.tellDown(reason);
  }

  #sessionEnded(lost: number): void {
    this.#counted.txLost += lost;
    for (const dialer of this.#advertised.splice(0)) dialer.stop();
    this.#waitsForEmpty?.();
  }

  #addressed(place: string): void {
    const { network, followsAdvertised = true, connect = [] } = this.#options;
    if (!followsAdvertised || !this.isWanted || connect.some((one) => one.place === place)) return;
    if (!network.isDialable(place)) {
      this.host.fault('an address which is not HOST:PORT was advertised');
      return;
    }
    this.#dial(this.#advertised, place, false, ADVERTISED_PAUSES);
  }

  #room(): void {
    const { flow } = this.#end;
    if (flow.count === 0) this.#waitsForEmpty?.();
    if (this.#end.isUp && this.isWanted && flow.hasRoom) this.sayReady();
  }
}
