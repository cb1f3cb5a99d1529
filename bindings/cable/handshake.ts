/**
 * How a connection becomes a sub-path of a cable (docs/cable-protocol.md). Both sides prove with HMAC-SHA-256 over random
 * numbers of both that they have the key: that of the cable for the first sub-path, that of the session for the others. What
 * is proven covers every byte of both offers and the TLS channel, so that nothing of it can be changed, repeated, or carried
 * to another connection.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { MctpError } from '../../stack/errors.js';
import { copyOf } from '../../stack/util/slab.js';
import { CABLE_FRAME } from './cable-frame.js';

const VERSION = 1;
const MAGIC = new TextEncoder().encode('MCTPcbl\n');
const NONCE_BYTES = 32;
const TOKEN_BYTES = 16;
const MAC_BYTES = 32;
export const KEY_BYTES = 32;

/** hello: magic, least and highest version, mode, flags, nonce, token. */
const VERSIONS_AT = MAGIC.length;
const MODE_AT = VERSIONS_AT + 2;
const FLAGS_AT = MODE_AT + 1;
const NONCE_AT = FLAGS_AT + 1;
const TOKEN_AT = NONCE_AT + NONCE_BYTES;
const HELLO_BYTES = TOKEN_AT + TOKEN_BYTES;
/** challenge: version, three zeros, nonce, token, proof of the acceptor. */
const CHALLENGE_NONCE_AT = 4;
const CHALLENGE_TOKEN_AT = CHALLENGE_NONCE_AT + NONCE_BYTES;
const CHALLENGE_MAC_AT = CHALLENGE_TOKEN_AT + TOKEN_BYTES;
const CHALLENGE_BYTES = CHALLENGE_MAC_AT + MAC_BYTES;

const MODE = { first: 1, join: 2 } as const;
const FLAG_BACKUP = 1;

const CABLE_REFUSAL = { version: 1, token: 2, key: 3, full: 4, notFirst: 5, taken: 6 } as const;
const REFUSALS: Readonly<Record<number, string>> = {
  [CABLE_REFUSAL.version]: 'it speaks another version of the protocol',
  [CABLE_REFUSAL.token]: 'it does not know the session',
  [CABLE_REFUSAL.key]: 'it has another key',
  [CABLE_REFUSAL.full]: 'it has as many sub-paths as it takes',
  [CABLE_REFUSAL.taken]: 'another program with the same key uses the cable',
  [CABLE_REFUSAL.notFirst]: 'it connects by itself and takes only further sub-paths',
};

/** What both sides share once the first sub-path is there; further ones join it. */
export interface CableSecrets {
  readonly token: Uint8Array;
  readonly key: Uint8Array;
}

/** The connection is a sub-path now. */
export interface HandshakeResult {
  readonly secrets: CableSecrets;
  readonly isFirst: boolean;
  readonly backup: boolean;
}

interface HandshakeOptions {
  /** KEY_BYTES. */
  readonly key: Uint8Array;
  /** What only this connection has, the same at both ends: of a TLS channel. */
  readonly channel: Uint8Array;
  random(bytes: number): Uint8Array;
  send(kind: number, extra: number, body: Uint8Array): void;
}

export interface OpenerOptions extends HandshakeOptions {
  /** Join this session; undefined: be the first. */
  readonly join: CableSecrets | undefined;
  readonly backup: boolean;
}

/** The side which opened the connection. Frames go in by `hear`; the result comes out, once. */
export class OpenerHandshake {
  readonly #options: OpenerOptions;
  readonly #hello: Uint8Array;
  #secrets: CableSecrets | undefined;
  #proof: Uint8Array | undefined;

  constructor(options: OpenerOptions) {
    this.#options = options;
    const { join, backup } = options;
    const hello = new Uint8Array(HELLO_BYTES);
    hello.set(MAGIC);
    hello[VERSIONS_AT] = VERSION;
    hello[VERSIONS_AT + 1] = VERSION;
    hello[MODE_AT] = join === undefined ? MODE.first : MODE.join;
    hello[FLAGS_AT] = backup ? FLAG_BACKUP : 0;
    hello.set(options.random(NONCE_BYTES), NONCE_AT);
    if (join !== undefined) hello.set(join.token, TOKEN_AT);
    this.#hello = hello;
  }

  start(): void {
    this.#options.send(CABLE_FRAME.hello, 0, this.#hello);
  }

  /** What was said last is said again, where that is needed for an answer. */
  repeat(): void {
    if (this.#proof !== undefined) this.#options.send(CABLE_FRAME.proof, 0, this.#proof);
  }

  /** @throws MctpError EPROTO, EACCES: a sentence why this connection is not a sub-path */
  hear(kind: number, extra: number, buffer: Uint8Array, start: number, end: number): HandshakeResult | undefined {
    if (kind === CABLE_FRAME.refused) throw refusedFor(extra);
    if (kind === CABLE_FRAME.challenge && this.#secrets === undefined) {
      this.#challenged(copyOf(buffer, start, end));
      return undefined;
    }
    if (kind !== CABLE_FRAME.joined || this.#secrets === undefined) throw unexpected(kind);
    const { join, backup, send } = this.#options;
    send(CABLE_FRAME.confirm, 0, NOTHING);
    return { secrets: this.#secrets, isFirst: join === undefined, backup };
  }

  #challenged(challenge: Uint8Array): void {
    const { key, join, channel } = this.#options;
    if (challenge.length !== CHALLENGE_BYTES) throw unexpected(CABLE_FRAME.challenge);
    if (challenge[0] !== VERSION) {
      throw new MctpError('EPROTO', `it chose version ${challenge[0]} of the protocol, which was not offered`);
    }
    const macKey = join?.key ?? key;
    const mac = macOf(macKey, 'acceptor', channel, this.#hello, challenge.subarray(0, CHALLENGE_MAC_AT));
    if (!timingSafeEqual(mac, challenge.subarray(CHALLENGE_MAC_AT))) throw wrongKey();
    const token = copyOf(challenge, CHALLENGE_TOKEN_AT, CHALLENGE_MAC_AT);
    this.#secrets = join ?? { token, key: macOf(key, 'session', channel, this.#hello, challenge) };
    this.#proof = macOf(macKey, 'opener', channel, this.#hello, challenge);
    this.repeat();
  }
}

export interface AcceptorOptions extends HandshakeOptions {
  /** The session which others may join at this moment. */
  session(): CableSecrets | undefined;
  /** May this side be connected to first? */
  readonly takesFirst: boolean;
  /** Somebody else is the other end already, and alive. */
  isTaken(): boolean;
}

/** The side to which a connection was made. */
export class AcceptorHandshake {
  readonly #options: AcceptorOptions;
  #hello: Uint8Array | undefined;
  #challenge: Uint8Array | undefined;
  #join: CableSecrets | undefined;
  #isIn = false;

  constructor(options: AcceptorOptions) {
    this.#options = options;
  }

  start(): void {}

  /** `joined` again, until the opener has confirmed it. */
  repeat(): void {
    if (this.#isIn) this.#options.send(CABLE_FRAME.joined, 0, NOTHING);
  }

  /**
   * A result with the opener's proof; `joined` is sent then.
   * @throws MctpError EPROTO, EACCES: a sentence why this connection is not a sub-path
   */
  hear(kind: number, _extra: number, buffer: Uint8Array, start: number, end: number): HandshakeResult | undefined {
    if (kind === CABLE_FRAME.hello && this.#hello === undefined) {
      this.#greeted(copyOf(buffer, start, end));
      return undefined;
    }
    if (kind !== CABLE_FRAME.proof || this.#challenge === undefined || this.#isIn) throw unexpected(kind);
    return this.#proven(buffer.subarray(start, end));
  }

  #greeted(hello: Uint8Array): void {
    const { takesFirst, session, random, channel, key, send } = this.#options;
    if (hello.length !== HELLO_BYTES || MAGIC.some((byte, index) => hello[index] !== byte)) {
      throw new MctpError('EPROTO', 'it does not speak the protocol of cables');
    }
    if (hello[VERSIONS_AT]! > VERSION || hello[VERSIONS_AT + 1]! < VERSION) throw this.#refuse(CABLE_REFUSAL.version);
    const mode = hello[MODE_AT];
    if (mode !== MODE.first && mode !== MODE.join) throw this.#refuse(CABLE_REFUSAL.version);
    if (mode === MODE.first && !takesFirst) throw this.#refuse(CABLE_REFUSAL.notFirst);
    if (mode === MODE.join) {
      const now = session();
      if (now === undefined || !timingSafeEqual(now.token, hello.subarray(TOKEN_AT))) {
        throw this.#refuse(CABLE_REFUSAL.token);
      }
      this.#join = now;
    }
    const challenge = new Uint8Array(CHALLENGE_BYTES);
    challenge[0] = VERSION;
    challenge.set(random(NONCE_BYTES), CHALLENGE_NONCE_AT);
    challenge.set(this.#join?.token ?? random(TOKEN_BYTES), CHALLENGE_TOKEN_AT);
    const macKey = this.#join?.key ?? key;
    challenge.set(macOf(macKey, 'acceptor', channel, hello, challenge.subarray(0, CHALLENGE_MAC_AT)), CHALLENGE_MAC_AT);
    this.#hello = hello;
    this.#challenge = challenge;
    send(CABLE_FRAME.challenge, 0, challenge);
  }

  #proven(proof: Uint8Array): HandshakeResult {
    const { key, channel, session } = this.#options;
    const hello = this.#hello!;
    const challenge = this.#challenge!;
    const mac = macOf(this.#join?.key ?? key, 'opener', channel, hello, challenge);
    if (proof.length !== MAC_BYTES || !timingSafeEqual(mac, proof)) throw this.#refuse(CABLE_REFUSAL.key);
    if (this.#join === undefined && this.#options.isTaken()) throw this.#refuse(CABLE_REFUSAL.taken);
    // The session may have ended while the proof was on its way.
    if (this.#join !== undefined && session() !== this.#join) throw this.#refuse(CABLE_REFUSAL.token);
    this.#isIn = true;
    this.repeat();
    const token = copyOf(challenge, CHALLENGE_TOKEN_AT, CHALLENGE_MAC_AT);
    const secrets = this.#join ?? { token, key: macOf(key, 'session', channel, hello, challenge) };
    return { secrets, isFirst: this.#join === undefined, backup: (hello[FLAGS_AT]! & FLAG_BACKUP) !== 0 };
  }

  #refuse(why: number): MctpError {
    this.#options.send(CABLE_FRAME.refused, why, NOTHING);
    if (why === CABLE_REFUSAL.version) return new MctpError('EPROTO', 'it speaks another version of the protocol');
    if (why === CABLE_REFUSAL.token) return new MctpError('EACCES', 'it wants to join a session which is not there');
    if (why === CABLE_REFUSAL.taken) return new MctpError('EACCES', 'another one with the key uses the cable already');
    if (why === CABLE_REFUSAL.notFirst) return new MctpError('EACCES', 'it wants to be first, and this side connects');
    return wrongKey();
  }
}

const NOTHING = new Uint8Array(0);

/** Labels keep the uses of a key apart. */
function macOf(key: Uint8Array, use: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac('sha256', key).update(`mctpkit cable ${VERSION} ${use}\0`);
  for (const part of parts) hmac.update(part);
  return new Uint8Array(hmac.digest());
}

/** A key for another use, from one which both sides have. */
export function derivedKey(key: Uint8Array, use: string): Uint8Array {
  return macOf(key, use);
}

function wrongKey(): MctpError {
  return new MctpError('EACCES', 'it does not have the key of this cable');
}

function refusedFor(why: number): MctpError {
  const sentence = REFUSALS[why] ?? `it gave the reason ${why}, which is not known here`;
  return new MctpError(why === CABLE_REFUSAL.token ? 'ENOENT' : 'EACCES', sentence);
}

function unexpected(kind: number): MctpError {
  return new MctpError('EPROTO', `it sent a frame of kind ${kind} which has no place there`);
}
