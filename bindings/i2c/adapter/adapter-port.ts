/** An I2C bus behind an adapter that speaks the adapter protocol: writes to others, writes to us, both at once. */

import type { Clock, Timer } from '../../../stack/clock.js';
import { encode } from '../../../stack/codec/index.js';
import { MctpError } from '../../../stack/errors.js';
import type { BytePort } from '../../serial/byte-port.js';
import {
  type BusFault,
  type I2cCapabilities,
  type I2cPort,
  type I2cPortHost,
  NackError,
} from '../../smbus/i2c-port.js';
import { AdapterConnection, type AdapterIdentity, resultError } from './adapter-connection.js';
import {
  BOTH_HIGH,
  CAN,
  configureAnswer,
  configureRequest,
  faultRequest,
  REQUEST,
  RESULT,
  statusAnswer,
} from './messages.js';

export interface AdapterPortOptions {
  /** The place as the user wrote it: `pico`. */
  readonly name: string;
  readonly clock: Clock;
  /** The stream to the adapter, not yet open; asked for again at each opening. @throws MctpError ENODEV, EACCES... */
  readonly stream: () => BytePort | Promise<BytePort>;
  /** Hz, 10 000 to 1 000 000; default 100 000. */
  readonly speedHz?: number;
  /** A write that takes longer has failed, ms; default 100 (MT3 of DSP0237). */
  readonly writeTimeoutMs?: number;
}

/** The longest SMBus block write of MCTP: command code, byte count, 255 bytes, PEC. */
const MAX_WRITE = 258;
/** A baseline packet as a write. */
const LEAST_WRITE = 72;
const MOST_IN_FLIGHT = 32;
/** Pauses before the next try to open it again. */
const REOPEN_MS = 500;
/** How often it is asked whether it is still there, and the same. */
const LOOK_MS = 2000;
/** Beyond the adapter's own time-outs. */
const GRACE_MS = 1000;
const CHAINS = 255;
/** Between the tries of a host whose write was not acknowledged; DSP0237 leaves it open. */
const REFUSED_MS = 5;
/** µs that the adapter's clock may go wrong between two looks: more is a restart. */
const CLOCK_SLACK_US = 1_500_000;

export class AdapterPort implements I2cPort {
  readonly name: string;
  readonly maxWrite = MAX_WRITE;
  readonly #options: AdapterPortOptions;
  #host: I2cPortHost | undefined;
  #own = 0;
  #connection: AdapterConnection | undefined;
  #identity: AdapterIdentity | undefined;
  /** Between a successful configuration and the end of its conversation. */
  #ready = false;
  #opening: Promise<void> | undefined;
  #timer: Timer | undefined;
  #watchdog: Timer | undefined;
  #chain = 0;
  /** Times a write's answer came: the watchdog looks whether it moves. */
  #answers = 0;
  #lost = 0;
  #lastTime: { readonly adapterUs: number; readonly ourMs: number } | undefined;
  #idle: (() => void) | undefined;

  constructor(options: AdapterPortOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get capabilities(): I2cCapabilities {
    const can = this.#identity?.capabilities ?? 0;
    return { controller: (can & CAN.control) !== 0, target: (can & CAN.beTarget) !== 0 };
  }

  get functionality(): string {
    const identity = this.#identity;
    if (identity === undefined) return '';
    return `${identity.name} ${identity.firmware}, serial number ${identity.serialNumber}`;
  }

  get writesInFlight(): number {
    return Math.max(1, Math.min(this.#identity?.writesHeld ?? 1, MOST_IN_FLIGHT));
  }

  /** What answers; undefined until it is open. */
  get identity(): AdapterIdentity | undefined {
    return this.#identity;
  }

  async open(host: I2cPortHost, ownAddress: number): Promise<void> {
    if (this.#host !== undefined) throw new MctpError('EBUSY', `${this.name} is open already`);
    this.#host = host;
    this.#own = ownAddress;
    try {
      await this.#connect();
    } catch (error) {
      this.#host = undefined;
      throw error;
    }
  }

  write(address: number, buffer: Uint8Array, start: number, end: number): void {
    const connection = this.#connection;
    // What it reported going down has forgotten the write already.
    if (!this.#ready || connection === undefined) return;
    connection.write(this.#chain, address, buffer, start, end);
    if (this.#watchdog === undefined) this.#watch(connection, this.#answers);
  }

  async close(): Promise<void> {
    if (this.#host === undefined) return;
    await this.#writesDone();
    this.#host = undefined;
    this.#cancelTimers();
    await this.#opening?.catch(() => {});
    const connection = this.#connection;
    this.#forget();
    this.#cancelTimers();
    await connection?.close();
  }

  hints(): readonly string[] {
    const identity = this.#identity;
    if (identity === undefined || identity.largestWrite >= MAX_WRITE) return [];
    return [`${this.name} writes at most ${identity.largestWrite} bytes at a time: use small transmission units`];
  }

  /** Frees a bus on which a line is held low. @throws MctpError EBUSSTUCK when it stays so */
  async recover(): Promise<void> {
    if (this.#connection === undefined) throw new MctpError('ENETDOWN', `${this.name} is down`);
    await this.#connection.request(REQUEST.recover);
  }

  /** An adapter does not see the writes whose address it refuses: it is away for some time for each. */
  async misbehave({ kind, count, byte = 3, ms = 10 }: BusFault): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) throw new MctpError('ENETDOWN', `${this.name} is down`);
    if (((this.#identity?.capabilities ?? 0) & CAN.fault) === 0) {
      throw new MctpError('ENOTSUP', `${this.name} makes no faults on purpose`);
    }
    const request = {
      kind,
      count: kind === 'refuseAddress' ? count * REFUSED_MS : count,
      value: kind === 'refuseByte' ? byte : kind === 'stretch' || kind === 'holdData' ? ms * 1000 : 0,
    };
    await connection.request(REQUEST.fault, encode(faultRequest, request));
  }

  #connect(): Promise<void> {
    this.#opening ??= this.#tryConnect().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #tryConnect(): Promise<void> {
    const { clock, stream, name } = this.#options;
    const connection = new AdapterConnection({
      port: await stream(),
      clock,
      events: {
        received: (address, lost, buffer, start, end) => {
          this.#countLost(lost);
          this.#host?.received(buffer, start, end, address);
        },
        lines: (levels) => {
          if (levels !== BOTH_HIGH) this.#host?.fault(`the ${lowLine(levels)} line of the bus is held low`);
        },
        wrote: (result, acknowledged) => this.#wrote(result, acknowledged),
        missed: (count) => this.#host?.fault(`${count} events of the adapter were lost`),
        ended: (reason) => this.#ended(connection, reason),
      },
    });
    const identity = await connection.open();
    try {
      if (identity.largestWrite < LEAST_WRITE) {
        throw new MctpError(
          'ENOTSUP',
          `${name} writes at most ${identity.largestWrite} bytes: too few for MCTP packets`,
        );
      }
      await this.#configure(connection, identity);
      if (this.#host === undefined) throw new MctpError('ECANCELED', `${name} was closed`);
    } catch (error) {
      await connection.close();
      throw error;
    }
    this.#identity = identity;
    this.#connection = connection;
    this.#ready = true;
    this.#lookLater(connection);
  }

  async #configure(connection: AdapterConnection, identity: AdapterIdentity): Promise<void> {
    const { speedHz = 100_000, writeTimeoutMs = 100 } = this.#options;
    const target = (identity.capabilities & CAN.beTarget) !== 0;
    const request = { speed: speedHz, timeout: writeTimeoutMs * 1000, addresses: target ? [this.#own] : [] };
    const { result } = await connection.ask(REQUEST.configure, encode(configureRequest, request), configureAnswer);
    if (result !== RESULT.done) throw resultError(result, this.name);
    const status = await connection.ask(REQUEST.status, new Uint8Array(0), statusAnswer);
    this.#lost = status.receivedLost;
    this.#lastTime = { adapterUs: status.time, ourMs: this.#options.clock.now() };
  }

  #wrote(result: number, acknowledged: number): void {
    this.#answers++;
    // A failed chain stays failed: the next writes are of a new one.
    if (result !== RESULT.done && result !== RESULT.notTried) this.#chain = (this.#chain + 1) % CHAINS;
    const idle = this.#connection?.writesUnderWay === 0;
    if (idle) {
      this.#watchdog?.cancel();
      this.#watchdog = undefined;
    }
    this.#host?.written(writeError(result, acknowledged, this.name));
    if (idle) this.#idle?.();
  }

  /** As long as writes are under way their answers must come. */
  #watch(connection: AdapterConnection, answers: number): void {
    const { clock, writeTimeoutMs = 100 } = this.#options;
    this.#watchdog = clock.schedule(writeTimeoutMs + GRACE_MS, () => {
      this.#watchdog = undefined;
      if (this.#answers !== answers) this.#watch(connection, this.#answers);
      else this.#giveUp(connection, new MctpError('ETIMEDOUT', `${this.name} does not answer any more`));
    });
  }

  #writesDone(): Promise<void> {
    if (!this.#ready || this.#connection?.writesUnderWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = () => {
        this.#idle = undefined;
        resolve();
      };
    });
  }

  #lookLater(connection: AdapterConnection): void {
    this.#timer = this.#options.clock.schedule(LOOK_MS, () => {
      this.#timer = undefined;
      this.#look(connection).then(
        () => {
          if (this.#connection === connection && this.#host !== undefined) this.#lookLater(connection);
        },
        (error) => this.#giveUp(connection, MctpError.is(error) ? error : new MctpError('EIO', String(error))),
      );
    });
  }

  /** Is it there, has it restarted, has it lost writes to us? */
  async #look(connection: AdapterConnection): Promise<void> {
    const status = await connection.ask(REQUEST.status, new Uint8Array(0), statusAnswer);
    const now = this.#options.clock.now();
    const before = this.#lastTime ?? { adapterUs: status.time, ourMs: now };
    const passedUs = (status.time - before.adapterUs) >>> 0;
    const wraps = (passedUs - (now - before.ourMs) * 1000) % 2 ** 32;
    this.#lastTime = { adapterUs: status.time, ourMs: now };
    if (status.time < before.adapterUs && Math.abs(wraps) > CLOCK_SLACK_US) {
      throw new MctpError('EPROTO', `${this.name} has restarted`);
    }
    this.#countLost(status.receivedLost);
  }

  #countLost(lost: number): void {
    const more = (lost - this.#lost) >>> 0;
    this.#lost = lost;
    if (more > 0) this.#host?.fault(`${more} writes to us found no room in the adapter`);
  }

  #giveUp(connection: AdapterConnection, reason: MctpError): void {
    if (this.#connection !== connection) return;
    void connection.close().catch(() => {});
    this.#ended(connection, reason);
  }

  #ended(connection: AdapterConnection, reason: MctpError): void {
    if (this.#connection !== connection) return;
    this.#forget();
    this.#cancelTimers();
    if (this.#host === undefined) return;
    this.#host.state(false, reason);
    this.#idle?.();
    this.#reopenLater();
  }

  #reopenLater(): void {
    if (this.#host === undefined) return;
    this.#timer = this.#options.clock.schedule(REOPEN_MS, () => {
      this.#timer = undefined;
      this.#connect().then(
        () => this.#host?.state(true),
        () => this.#reopenLater(),
      );
    });
  }

  #forget(): void {
    this.#connection = undefined;
    this.#ready = false;
    this.#lastTime = undefined;
  }

  #cancelTimers(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#watchdog?.cancel();
    this.#watchdog = undefined;
  }
}

/** Both low: the clock, without which nothing moves. */
function lowLine(levels: number): string {
  return (levels & 1) === 0 ? 'clock' : 'data';
}

const NOT_TRIED = new MctpError('EAGAIN', 'not tried: a write before it failed');

function writeError(result: number, acknowledged: number, name: string): MctpError | undefined {
  if (result === RESULT.done) return undefined;
  if (result === RESULT.notTried) return NOT_TRIED;
  if (result === RESULT.addressNack) return new NackError('address', `${name}: no device acknowledged the address`);
  if (result === RESULT.dataNack) {
    return new NackError('data', `${name}: byte ${acknowledged + 1} was not acknowledged`);
  }
  return resultError(result, name);
}
