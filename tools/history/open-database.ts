/**
 * The file of a history: an SQLite database by node-sqlite3-wasm, which is SQLite compiled to WebAssembly and works on the
 * file itself. It has no native code and no install script, and is the same on every machine; `node:sqlite` is not in
 * Node 20, and better-sqlite3 needs a compiler where no binary of it is published.
 */

import { accessSync, constants, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type * as Sqlite from 'node-sqlite3-wasm';
import { makeFolder } from '../../bindings/make-folder.js';
import { optionalPackage } from '../../bindings/optional.js';
import { type Ownership, own } from '../../bindings/ownership.js';
import { fileProblem } from '../../bindings/read-own-file.js';
import { MctpError } from '../../stack/errors.js';

export type Database = InstanceType<(typeof Sqlite)['Database']>;
export type Statement = ReturnType<Database['prepare']>;
export type Value = number | string | Uint8Array | null;
export type Row = Readonly<Record<string, Value>>;
export type OpenDatabase = (path: string, readOnly: boolean) => Database;

/** "mctp" */
const APPLICATION_ID = 0x6d637470;
const VERSION = 1;
const PAGE_BYTES = 4096;
/** A transaction of ours takes a part of this; a lock which is older was left by a process which was killed. */
const STALE_LOCK_MS = 10_000;

const TABLES = `
CREATE TABLE device(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, network INTEGER NOT NULL,
  eid INTEGER NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL);
CREATE TABLE sensor(id INTEGER PRIMARY KEY, device INTEGER NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL,
  kind TEXT NOT NULL, unit TEXT NOT NULL, states TEXT NOT NULL, UNIQUE(device, key));
CREATE TABLE recent(id INTEGER PRIMARY KEY, sensor INTEGER NOT NULL, at INTEGER NOT NULL, value REAL NOT NULL);
CREATE TABLE block(id INTEGER PRIMARY KEY, sensor INTEGER NOT NULL, tier INTEGER NOT NULL, first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL, points BLOB NOT NULL);
CREATE INDEX block_of_sensor ON block(sensor, tier, first_at);
CREATE INDEX block_by_age ON block(tier, first_at);
CREATE TABLE event(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, device INTEGER, sensor TEXT,
  severity TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX event_by_time ON event(at);
CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`;

/** @throws MctpError ENOPACKAGE */
export async function loadSqlite(): Promise<OpenDatabase> {
  const loaded = await optionalPackage('node-sqlite3-wasm', 'history', () => import('node-sqlite3-wasm'));
  const { Database } = (loaded as unknown as { readonly default?: typeof Sqlite }).default ?? loaded;
  return (path, readOnly) => new Database(path, { readOnly, fileMustExist: readOnly });
}

export interface WritingOptions {
  readonly time: () => number;
  readonly mostBytes: number;
  /** A transaction ends when it is on the disk: what the file says is right even after the power failed. */
  readonly waitsForDisk: boolean;
}

/**
 * Open the file for writing, and make it if it is not there. One which is damaged is set aside; then `setAside` is where it is.
 * @throws MctpError EACCES, EUSAGE: it cannot be made, or belongs to something else
 */
export function openForWriting(
  open: OpenDatabase,
  path: string,
  { time, mostBytes, waitsForDisk }: WritingOptions,
): { readonly database: Database; readonly setAside: string | undefined } {
  try {
    makeFolder(dirname(path));
  } catch (error) {
    throw openError(path, error);
  }
  clearStaleLock(path, time());
  let setAside: string | undefined;
  let database: Database;
  try {
    database = prepared(open(path, false), mostBytes, waitsForDisk);
  } catch (error) {
    if (!isDamage(error)) throw openError(path, error);
    setAside = moveAside(path, time());
    database = prepared(open(path, false), mostBytes, waitsForDisk);
  }
  return { database, setAside };
}

/** Two servers would give the same numbers to different sensors. @throws MctpError EACCES, EBUSY */
export function ownHistory(path: string): Ownership {
  try {
    makeFolder(dirname(path));
    return own(`${path}.owner`, `the history ${path}`);
  } catch (error) {
    if (!MctpError.is(error, 'EBUSY')) throw openError(path, error);
    throw new MctpError('EBUSY', `${error.message}: choose another file with history in [watch]`, { cause: error });
  }
}

/** @throws MctpError EAGAIN: it is being written just now; ENOENT, EUSAGE */
export function openForReading(open: OpenDatabase, path: string, now: number): Database {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new MctpError('ENOENT', `there is no history ${path}: mctpkit serve with [watch] records one`);
  }
  if (found.isDirectory()) throw new MctpError('EUSAGE', `${path} is a folder: name the file of a history`);
  if (!found.isFile() || found.size === 0)
    throw new MctpError('EUSAGE', `${path} is empty, or no file: it is no history`);
  clearStaleLock(path, now);
  try {
    const database = open(path, true);
    // A first read tells what it is.
    checkKind(database);
    return database;
  } catch (error) {
    throw readError(path, error);
  }
}

/** The file, its journal and its lock get another name. Returns it. */
export function moveAside(path: string, now: number): string {
  const aside = `${path}.damaged-${new Date(now).toISOString().replace(/[:.]/g, '-')}`;
  renameSync(path, aside);
  rmSync(`${path}-journal`, { force: true });
  rmSync(`${path}.lock`, { force: true, recursive: true });
  return aside;
}

/** The bytes of the file are not those of a history, or not any more. */
export function isDamage(error: unknown): boolean {
  return /malformed|not a database|corrupt|damaged|disk image/i.test(String((error as Error)?.message));
}

/** What SQLite is told of the most size of a file; one which is larger already stays as it is. */
export function bound(mostBytes: number): string {
  return `PRAGMA max_page_count = ${Math.floor(mostBytes / PAGE_BYTES)}`;
}

function prepared(database: Database, mostBytes: number, waitsForDisk: boolean): Database {
  try {
    database.exec(`PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = ${waitsForDisk ? 'NORMAL' : 'OFF'}; PRAGMA cache_size = -4096;
      ${bound(mostBytes)}`);
    const { user_version: version } = database.get('PRAGMA user_version') as Row;
    const { schema_version: schema } = database.get('PRAGMA schema_version') as Row;
    if (schema === 0) {
      database.exec(
        `BEGIN; ${TABLES} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${VERSION}; COMMIT`,
      );
    } else {
      checkKind(database);
      if (version !== VERSION)
        throw new MctpError('EUSAGE', `it is of version ${version}, which this mctpkit does not know`);
      checkWhole(database);
    }
    database.exec("INSERT OR REPLACE INTO setting VALUES ('open', '1')");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function checkKind(database: Database): void {
  const { application_id: kind } = database.get('PRAGMA application_id') as Row;
  if (kind !== APPLICATION_ID) throw new MctpError('EUSAGE', 'it is a database of something else');
}

/** After a run which was not ended in good order, all pages are looked at. */
function checkWhole(database: Database): void {
  const open = database.get("SELECT value FROM setting WHERE name = 'open'") as Row | null;
  if (open?.value !== '1') return;
  const { quick_check: found } = database.get('PRAGMA quick_check(1)') as Row;
  if (found !== 'ok') throw new Error(`damaged: ${String(found)}`);
}

/** A process which was killed in a transaction leaves a folder, which would keep out everybody forever. */
function clearStaleLock(path: string, now: number): void {
  const lock = statSync(`${path}.lock`, { throwIfNoEntry: false });
  if (lock !== undefined && now - lock.mtimeMs > STALE_LOCK_MS) rmdirSync(`${path}.lock`);
}

/** Whoever names a file for reading has named the wrong one. */
export function readError(path: string, cause: unknown): MctpError {
  return fileError(path, cause, 'EUSAGE', '');
}

function openError(path: string, cause: unknown): MctpError {
  return fileError(path, cause, 'EBADMSG', '; choose another file with history in [watch], or take it away');
}

/** `damaged`: the code of a file which is not a history. `fix`: where another file, or none, would do. */
function fileError(path: string, cause: unknown, damaged: 'EUSAGE' | 'EBADMSG', fix: string): MctpError {
  const text = reasonOf(path, cause);
  if (isDamage(cause)) {
    return new MctpError(damaged, `${path} is not a history, or it is damaged: ${text}`, { cause });
  }
  if (isLocked(cause)) return new MctpError('EAGAIN', `${path} is being written just now: try again`, { cause });
  const { code } = cause as { readonly code?: string };
  if (code === 'EUSAGE') return new MctpError('EUSAGE', `${path}: ${text}${fix}`, { cause });
  return new MctpError('EACCES', `${path} cannot be opened: ${text}${fix}`, { cause });
}

/** Somebody else reads or writes it just now. */
export function isLocked(error: unknown): boolean {
  return /database is locked/.test(String((error as Error)?.message));
}

/** SQLite says only that it could not. */
function reasonOf(path: string, cause: unknown): string {
  const { message } = cause as Error;
  if (!/^Could not open/.test(message)) return fileProblem(cause);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return 'it is a folder';
  try {
    accessSync(found === undefined ? dirname(path) : path, constants.R_OK | constants.W_OK);
    return message;
  } catch (error) {
    return fileProblem(error);
  }
}
