/** One end of a cable: its sub-paths, and the session which they share. Carriers come in, packets go in and out. */

import type { Clock, Timer } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import type { LinkPath } from '../../stack/link.js';
import { CableFlow } from './cable-flow.js';
import { CABLE_FRAME } from './cable-frame.js';
import type { Carrier } from './carrier.js';
import { AcceptorHandshake, type CableSecrets, type HandshakeResult, OpenerHandshake } from './handshake.js';
import { type CableTimes, SubPath, type SubPathOwner } from './sub-path.js';

/** Sub-paths of a cable, at most; and as many again which are not in yet. */
export const MOST_PATHS = 8;
/** Addresses of the other side which are remembered. */
export const MOST_ADDRESSES = 8;
const LONGEST_ADDRESS = 255;
/** Refusals which are told in so many ms; the others are counted. */
const TOLD_REFUSALS = 10;
const TOLD_WITHIN_MS = 10_000;
/** A reason which the other side gives. */
const LONGEST_REASON = 200;

/** What happens to a cable, for people: each is one line. */
export type CableEvent =
  | { readonly type: 'pathUp'; readonly path: string }
  | { readonly type: 'pathBackup'; readonly path: string }
  | { readonly type: 'pathDown'; readonly path: string; readonly reason: string }
  /** A connection was refused. `more`: refused ones before it which were not told. */
  | { readonly type: 'refused'; readonly path: string; readonly reason: string; readonly more: number };

export interface CableEndUser {
  /** One packet; the range is valid only during the call. */
  packet(buffer: Uint8Array, start: number, end: number, hops: number): void;
  /** There may be room again. */
  room(): void;
  up(): void;
  down(reason: MctpError): void;
  /** What was heard in the session is forgotten. So many packets were taken and may not have arrived. */
  sessionEnded(lost: number): void;
  /** The other side can be reached there, too. */
  address(text: string): void;
  event(event: CableEvent): void;
  /** Something came which has no place there. */
  fault(what: string): void;
}

export interface CableEndOptions {
  readonly clock: Clock;
  readonly times: CableTimes;
  readonly key: Uint8Array;
  /** This side opens the first sub-path; otherwise the other side does. */
  readonly connects: boolean;
  /** Where we can be reached, too. */
  readonly addresses: readonly string[];
  random(bytes: number): Uint8Array;
}

/** `wasIn`: it was a sub-path of the cable until then. */
export type PathEnded = (reason: MctpError, wasIn: boolean) => void;

export class CableEnd implements SubPathOwner {
  readonly clock: Clock;
  readonly times: CableTimes;
  readonly flow: CableFlow;
  readonly counters = {
    pathsUp: 0,
    pathsLost: 0,
    pathsRefused: 0,
    sessions: 0,
    addressesIgnored: 0,
  };
  readonly #options: CableEndOptions;
  readonly #user: CableEndUser;
  /** Of the session. */
  readonly #paths: SubPath[] = [];
  /** In their handshake; those which wait for the first sub-path, too. */
  readonly #joining = new Set<SubPath>();
  readonly #waiting: { readonly carrier: Carrier; readonly backup: boolean; readonly ended: PathEnded }[] = [];
  /** Who opened a connection hears how it ends. */
  readonly #ended = new Map<SubPath, PathEnded>();
  #session: CableSecrets | undefined;
  #first: SubPath | undefined;
  #addresses = new Set<string>();
  #lastId = 0;
  #isUp = false;
  #isOpen = false;
  #grace: Timer | undefined;
  #toldSince = Number.NEGATIVE_INFINITY;
  #told = 0;
  #untold = 0;

  constructor(options: CableEndOptions, user: CableEndUser) {
    this.clock = options.clock;
    this.times = options.times;
    this.#options = options;
    this.#user = user;
    this.flow = new CableFlow(options.clock, this.#paths, (buffer, start, end, hops) => {
      if (this.#isOpen) user.packet(buffer, start, end, hops);
    });
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  get hasSession(): boolean {
    return this.#session !== undefined;
  }

  get paths(): LinkPath[] {
    return [...this.#paths, ...this.#joining].map(({ name, state, backup, roundTripMs, counters }) => {
      const { txPackets, rxPackets } = counters;
      return { name, state, backup, roundTripMs, txPackets, rxPackets };
    });
  }

  /** Carriers may come. With `patient` the cable is up at once, and goes down when nobody has come within the grace time. */
  open(patient: boolean): void {
    this.#isOpen = true;
    if (!patient) return;
    this.#isUp = true;
    this.#user.up();
    this.#waitForPath('no other end has connected yet');
  }

  /** A connection which we opened; `ended` is called once, when it is gone. */
  connected(carrier: Carrier, backup: boolean, ended: PathEnded): void {
    if (!this.#isOpen || this.#joining.size + this.#paths.length + this.#waiting.length >= 2 * MOST_PATHS) {
      carrier.destroy();
      ended(new MctpError('ECANCELED', 'it is not wanted'), false);
      return;
    }
    if (this.#session === undefined && this.#first !== undefined) {
      this.#waiting.push({ carrier, backup, ended });
      return;
    }
    const join = this.#session;
    const path = this.#add(true, carrier, (send) => {
      const { key, random } = this.#options;
      return new OpenerHandshake({ key, random, join, backup, send, channel: carrier.channel });
    });
    this.#ended.set(path, ended);
    if (join === undefined) this.#first = path;
    path.start();
  }

  /** A connection which was made to us. */
  accepted(carrier: Carrier): void {
    if (!this.#isOpen || this.#joining.size >= MOST_PATHS) {
      carrier.destroy();
      if (this.#isOpen) this.refused(carrier.name, `${MOST_PATHS} others are in their handshake`);
      return;
    }
    const path = this.#add(false, carrier, (send) => {
      const { key, random, connects } = this.#options;
      const session = (): CableSecrets | undefined => this.#session;
      const isTaken = (): boolean => this.#paths.some(({ silenceMs }) => silenceMs < 2 * this.times.heartbeatMs);
      return new AcceptorHandshake({
        key,
        random,
        session,
        isTaken,
        send,
        takesFirst: !connects,
        channel: carrier.channel,
      });
    });
    path.start();
  }

  /** Nothing more goes up. The other side is told, as far as what was written is read. */
  close(reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#isUp = false;
    this.#endSession(new MctpError('ECANCELED', reason), true);
    for (const { carrier } of this.#waiting.splice(0)) carrier.destroy();
    for (const path of [...this.#joining]) path.close(new MctpError('ECANCELED', reason));
    this.#grace?.cancel();
    this.#grace = undefined;
    this.flow.close();
  }

  // SubPathOwner

  acknowledgement(): number {
    return this.flow.received;
  }

  joined(path: SubPath, { secrets, isFirst }: HandshakeResult): void {
    if (isFirst) {
      if (this.#session !== undefined) {
        this.#endSession(new MctpError('ENETDOWN', 'the other side started anew'), false);
        this.#goDown(new MctpError('ENETDOWN', 'the other side started anew'));
      }
      this.#session = secrets;
      this.#addresses.clear();
      this.counters.sessions++;
    } else if (this.#session?.token !== secrets.token) throw new MctpError('ENOENT', 'its session has ended');
    if (this.#paths.length >= MOST_PATHS)
      throw new MctpError('ENOBUFS', `the cable has ${MOST_PATHS} sub-paths already`);
    this.#joining.delete(path);
    this.#paths.push(path);
    this.#grace?.cancel();
    this.#grace = undefined;
  }

  cameUp(path: SubPath): void {
    this.counters.pathsUp++;
    this.#user.event({ type: path.backup ? 'pathBackup' : 'pathUp', path: path.name });
    if (path === this.#first) this.#first = undefined;
    for (const address of this.#options.addresses) path.put(CABLE_FRAME.address, 0, UTF8.encode(address));
    if (!this.#isUp) {
      this.#isUp = true;
      this.#user.up();
    }
    this.flow.more();
    this.#user.room();
    this.#serveWaiting();
  }

  hear(path: SubPath, kind: number, extra: number, buffer: Uint8Array, start: number, end: number): void {
    if (kind === CABLE_FRAME.packet) this.flow.packet(path, extra, buffer, start, end);
    else if (kind === CABLE_FRAME.ack) this.flow.ack(buffer, start, end);
    else if (kind === CABLE_FRAME.address) this.#heardAddress(textOf(buffer, start, end, LONGEST_ADDRESS));
    else if (kind === CABLE_FRAME.bye) this.#heardBye(textOf(buffer, start, end, LONGEST_REASON));
    else throw new MctpError('EPROTO', `it sent a frame of kind ${kind} which has no place there`);
  }

  heard(path: SubPath): void {
    if (path.state === 'closed' || !this.#isOpen) return;
    this.flow.heard();
    this.#user.room();
  }

  room(_path: SubPath): void {
    this.flow.more();
    this.#user.room();
  }

  closed(path: SubPath, reason: MctpError): void {
    const wasJoining = this.#joining.delete(path);
    const index = this.#paths.indexOf(path);
    if (index >= 0) this.#paths.splice(index, 1);
    if (this.#first === path) this.#first = undefined;
    if (this.#isOpen && index >= 0) this.#lostPath(path, reason);
    else if (this.#isOpen && wasJoining) this.#notIn(path, reason);
    const ended = this.#ended.get(path);
    this.#ended.delete(path);
    ended?.(reason, !wasJoining);
    this.#serveWaiting();
  }

  #lostPath(path: SubPath, reason: MctpError): void {
    this.counters.pathsLost++;
    this.#user.event({ type: 'pathDown', path: path.name, reason: reason.message });
    if (MctpError.is(reason, 'EPROTO')) this.#user.fault(`a sub-path broke the protocol: ${reason.message}`);
    this.flow.lost(path);
    if (this.#paths.length === 0) this.#waitForPath(`its last sub-path is gone: ${reason.message}`);
  }

  #notIn(path: SubPath, reason: MctpError): void {
    this.refused(path.name, reason.message);
    // Our session is unknown there: the other side started anew, and this side has to, too.
    if (!MctpError.is(reason, 'ENOENT') || !path.isOpener || this.#paths.length > 0) return;
    this.#sessionOver(new MctpError('ENETDOWN', 'the other side started anew'));
  }

  #add(
    isOpener: boolean,
    carrier: Carrier,
    make: (send: (kind: number, extra: number, body: Uint8Array) => void) => OpenerHandshake | AcceptorHandshake,
  ): SubPath {
    const path = new SubPath(++this.#lastId, isOpener, carrier, this, make);
    this.#joining.add(path);
    return path;
  }

  /** Connections which waited for the first to be in. */
  #serveWaiting(): void {
    while (this.#waiting.length > 0 && (this.#session !== undefined || this.#first === undefined)) {
      const { carrier, backup, ended } = this.#waiting.shift()!;
      this.connected(carrier, backup, ended);
    }
  }

  /** Somebody was not let in, here or before it came here: counted, and told, but not without end. */
  refused(path: string, reason: string): void {
    this.counters.pathsRefused++;
    const now = this.clock.now();
    if (now - this.#toldSince >= TOLD_WITHIN_MS) {
      this.#toldSince = now;
      this.#told = 0;
    }
    if (this.#told >= TOLD_REFUSALS) {
      this.#untold++;
      return;
    }
    this.#told++;
    const more = this.#untold;
    this.#untold = 0;
    this.#user.event({ type: 'refused', path, reason, more });
  }

  #heardAddress(text: string): void {
    if (this.#addresses.has(text)) return;
    if (this.#addresses.size >= MOST_ADDRESSES) {
      if (this.counters.addressesIgnored++ === 0)
        this.#user.fault(`more than ${MOST_ADDRESSES} addresses were advertised`);
      return;
    }
    this.#addresses.add(text);
    this.#user.address(text);
  }

  #heardBye(reason: string): void {
    this.#sessionOver(new MctpError('ENETDOWN', `the other side closed it${reason === '' ? '' : `: ${reason}`}`));
  }

  #waitForPath(what: string): void {
    this.#grace?.cancel();
    this.#grace = this.clock.schedule(this.times.graceMs, () => {
      this.#grace = undefined;
      this.#sessionOver(new MctpError('ENETDOWN', what));
    });
  }

  /** The cable is down until somebody comes. */
  #sessionOver(reason: MctpError): void {
    this.#endSession(reason, false);
    this.#goDown(reason);
  }

  #endSession(reason: MctpError, sayBye: boolean): void {
    this.#session = undefined;
    this.#grace?.cancel();
    this.#grace = undefined;
    const paths = this.#paths.splice(0);
    this.#user.sessionEnded(this.flow.reset());
    for (const path of paths) {
      if (sayBye) path.put(CABLE_FRAME.bye, 0, UTF8.encode(reason.message));
      path.close(reason);
    }
  }

  #goDown(reason: MctpError): void {
    if (!this.#isUp || !this.#isOpen) return;
    this.#isUp = false;
    this.#user.down(reason);
  }
}

const UTF8 = new TextEncoder();
const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true });

function textOf(buffer: Uint8Array, start: number, end: number, longest: number): string {
  if (end - start > longest) throw new MctpError('EPROTO', `a text has ${end - start} bytes: at most ${longest}`);
  try {
    return STRICT_UTF8.decode(buffer.subarray(start, end));
  } catch (cause) {
    throw new MctpError('EPROTO', 'a text is not UTF-8', { cause });
  }
}
