/** A cable as its URL or a configuration describes it, and the link which is made of that. */

import { readFileSync, statSync } from 'node:fs';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { fileProblem, isMissing } from '../read-own-file.js';
import type { CableEvent } from './cable-end.js';
import { type CableIdentity, cableKey } from './cable-identity.js';
import { CableLink } from './cable-link.js';
import { KEY_BYTES } from './handshake.js';
import type { HopBook } from './hop-book.js';
import { isPlace, isUnixPlace } from './place-text.js';
import { SocketNetwork } from './socket-network.js';

/** Message types, or all of them. */
export type PassingTypes = readonly number[] | 'any';

export interface CableSettings {
  /** Where the other end is; none: it connects to us. */
  readonly connect?: readonly string[] | undefined;
  /** Where it is, too: used while none of the others works. */
  readonly backup?: readonly string[] | undefined;
  readonly listen?: readonly string[] | undefined;
  readonly advertise?: readonly string[] | undefined;
  readonly followAdvertised?: boolean | undefined;
  readonly keyFile?: string | undefined;
  readonly certificate?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly trust?: string | undefined;
  readonly peerName?: string | undefined;
  readonly receive?: PassingTypes | undefined;
  readonly send?: PassingTypes | undefined;
  readonly hops?: number | undefined;
  readonly heartbeatMs?: number | undefined;
  readonly graceMs?: number | undefined;
}

export interface CableSurroundings {
  readonly clock: Clock;
  /** One for all cables of a stack which passes packets on. */
  readonly hopBook?: HopBook;
  /** The link opens without the other end. */
  readonly patient?: boolean;
  hear?(event: CableEvent): void;
}

/** Silence of so many heartbeats: the sub-path is dead. */
const MISSED_HEARTBEATS = 4;

/** The link, not yet open. `name`: `cable:desk`. @throws MctpError EUSAGE: one line that says what to write */
export function makeCable(name: string, settings: CableSettings, surroundings: CableSurroundings): CableLink {
  checkSettings(name, settings);
  const { clock, hopBook, patient, hear } = surroundings;
  const {
    connect = [],
    backup = [],
    listen = [],
    advertise = [],
    followAdvertised,
    hops,
    heartbeatMs,
    graceMs,
  } = settings;
  const identity = identityOf(name, settings);
  return new CableLink({
    name,
    clock,
    network: new SocketNetwork(clock, identity),
    key: cableKey(identity),
    listen,
    advertise,
    connect: [
      ...connect.map((place) => ({ place, backup: false })),
      ...backup.map((place) => ({ place, backup: true })),
    ],
    ...typesOf('receive', settings.receive),
    ...typesOf('send', settings.send),
    times: {
      ...(heartbeatMs !== undefined && { heartbeatMs, silenceMs: MISSED_HEARTBEATS * heartbeatMs }),
      ...(graceMs !== undefined && { graceMs }),
    },
    ...(followAdvertised !== undefined && { followsAdvertised: followAdvertised }),
    ...(hops !== undefined && { hops }),
    ...(hopBook !== undefined && { hopBook }),
    ...(patient !== undefined && { patient: patient || connect.length + backup.length === 0 }),
    ...(hear !== undefined && { hear }),
  });
}

function checkSettings(name: string, settings: CableSettings): void {
  const { connect = [], backup = [], listen = [], advertise = [], receive = [], send = [] } = settings;
  const wrong = [...connect, ...backup, ...listen, ...advertise].find((place) => !isPlace(place));
  const fail = (what: string): MctpError => new MctpError('EUSAGE', `${name}: ${what}`);
  if (wrong !== undefined) throw fail(`"${wrong}" is not a place: write HOST:PORT, or the path of a Unix socket`);
  if (connect.length + listen.length === 0) {
    throw fail(
      backup.length > 0 ? 'a backup needs another sub-path: name one' : 'say where to connect, or where to listen',
    );
  }
  if (receive.length === 0 && send.length === 0) {
    throw fail('nothing may pass: name the message types which may, such as control and pldm, or any');
  }
}

function typesOf<const N extends string>(name: N, types: PassingTypes = []): { readonly [K in N]?: readonly number[] } {
  return (types === 'any' ? {} : { [name]: types }) as { readonly [K in N]?: readonly number[] };
}

function identityOf(name: string, settings: CableSettings): CableIdentity {
  const { keyFile, certificate, privateKey, trust, peerName, connect = [], backup = [], listen = [] } = settings;
  const fail = (what: string): MctpError => new MctpError('EUSAGE', `${name}: ${what}`);
  if (certificate !== undefined || privateKey !== undefined || trust !== undefined) {
    if (keyFile !== undefined) throw fail('a key or certificates, not both');
    if (certificate === undefined || privateKey === undefined || trust === undefined) {
      throw fail('certificates need three files: certificate, private-key, and trust for those of the other end');
    }
    const read = (file: string): string => readText(name, file);
    checkSecret(name, privateKey);
    return {
      kind: 'certificates',
      certificate: read(certificate),
      privateKey: read(privateKey),
      trust: read(trust),
      peerName,
    };
  }
  if (keyFile !== undefined) return { kind: 'key', key: readKey(name, keyFile) };
  if (![...connect, ...backup, ...listen].every(isUnixPlace)) {
    throw fail('over a network both ends need a key: make one with mctpkit cable pair, or use certificates');
  }
  return { kind: 'none' };
}

function readKey(name: string, file: string): Uint8Array {
  checkSecret(name, file);
  const text = readText(name, file).trim();
  if (new RegExp(`^[0-9a-f]{${2 * KEY_BYTES}}$`, 'i').test(text)) return new Uint8Array(Buffer.from(text, 'hex'));
  throw new MctpError(
    'EUSAGE',
    `${name}: ${file} is not a key: it has ${2 * KEY_BYTES} hex digits, as mctpkit cable pair makes it`,
  );
}

/** What only its owner may read; Windows has no such modes. */
function checkSecret(name: string, file: string): void {
  if (process.platform === 'win32') return;
  const mode = statSync(file, { throwIfNoEntry: false })?.mode;
  if (mode === undefined || (mode & 0o077) === 0) return;
  throw new MctpError('EUSAGE', `${name}: others may read ${file}: chmod 600 ${file}`);
}

function readText(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const why = isMissing(cause) ? 'it is not there' : fileProblem(cause);
    throw new MctpError('EUSAGE', `${name}: ${file} cannot be read: ${why}`, { cause });
  }
}
