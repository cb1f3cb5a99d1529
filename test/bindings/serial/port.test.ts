/** The real `serialport` package on real pseudo terminals: what virtual ports cannot show. Linux only. */

import { mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ByteLengthParser } from '@serialport/parser-byte-length';
import { SerialPort } from 'serialport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BytePortHost } from '../../../bindings/serial/byte-port.js';
import { openPty } from '../../../bindings/serial/pty.js';
import { SerialLink } from '../../../bindings/serial/serial-link.js';
import { openError, UartPort } from '../../../bindings/serial/tty-port.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { samplePacket } from '../../../hw-fixtures/testing/link-compliance.js';
import { RecordingHost } from '../../../hw-fixtures/testing/recording-host.js';
import type { MctpError } from '../../../stack/errors.js';
import { bytes } from '../../support/vectors.js';
import { frame } from './collector.js';

class Host implements BytePortHost {
  readonly received: number[] = [];
  reason: MctpError | undefined;
  #waiters: (() => void)[] = [];

  data(chunk: Uint8Array, start: number, end: number): void {
    this.received.push(...chunk.subarray(start, end));
    this.#wake();
  }

  written(): void {
    this.#wake();
  }

  closed(reason: MctpError): void {
    this.reason = reason;
    this.#wake();
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mctpkit-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('UartPort', () => {
  it('carries all byte values both ways, whatever a terminal would make of them', async () => {
    const pty = await openPty();
    const near = new Host();
    const far = new Host();
    const port = new UartPort({ path: pty.path });
    await pty.port.open(far);
    await port.open(near);
    const all = Uint8Array.from({ length: 256 }, (_, index) => index);
    // As much as the line takes at once: the buffer is the caller's again.
    expect(port.write(all, 0, 256)).toBe(true);
    pty.port.write(all, 0, 256);
    await far.until(() => far.received.length === 256);
    await near.until(() => near.received.length === 256);
    expect(far.received).toEqual([...all]);
    expect(near.received).toEqual([...all]);
    await port.close();
    await port.close();
    await pty.port.close();
    expect([near.reason, far.reason]).toEqual([undefined, undefined]);
  });

  it('gives the line what fits at once, and the rest when there is room, in order', async () => {
    const pty = await openPty();
    const near = new Host();
    const far = new Host();
    let written = false;
    near.written = () => {
      written = true;
      Host.prototype.written.call(near);
    };
    const port = new UartPort({ path: pty.path });
    await pty.port.open(far);
    await port.open(near);
    // More than a tty holds, in a turn in which nobody can read.
    const much = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);
    expect(port.write(much, 0, much.length)).toBe(false);
    expect(written).toBe(false);
    await near.until(() => written);
    await far.until(() => far.received.length === much.length);
    expect(Buffer.compare(Uint8Array.from(far.received), much)).toBe(0);
    await port.close();
    await pty.port.close();
  });

  it('tells of a write to a line that hung up, and not from inside the write', async () => {
    const pty = await openPty();
    const near = new Host();
    const port = new UartPort({ path: pty.path });
    await port.open(near);
    const gone = pty.port.close();
    port.write(Uint8Array.of(1), 0, 1);
    expect(near.reason).toBeUndefined();
    await gone;
    await near.until(() => near.reason !== undefined);
    expect(near.reason?.code).toBe('ENODEV');
    await port.close();
  });

  it('gives a pseudo terminal what fits, and the rest when somebody reads', async () => {
    const pty = await openPty();
    const near = new Host();
    const far = new Host();
    await pty.port.open(far);
    let written = false;
    far.written = () => {
      written = true;
      Host.prototype.written.call(far);
    };
    const port = new UartPort({ path: pty.path });
    await port.open(near);
    // More than a tty holds, in a turn in which nobody can read.
    const much = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);
    expect(pty.port.write(much, 0, much.length)).toBe(false);
    await far.until(() => written);
    await near.until(() => near.received.length === much.length);
    expect(Buffer.compare(Uint8Array.from(near.received), much)).toBe(0);
    await port.close();
    await pty.port.close();
  });

  it('throws away what was in the line before it was opened', async () => {
    const pty = await openPty();
    const near = new Host();
    const far = new Host();
    await pty.port.open(far);
    const old = Uint8Array.of(1, 2, 3);
    // Seen from outside: the bytes are written when the next write may come.
    let written = pty.port.write(old, 0, 3);
    far.written = () => {
      written = true;
      Host.prototype.written.call(far);
    };
    await far.until(() => written);
    const port = new UartPort({ path: pty.path });
    await port.open(near);
    pty.port.write(Uint8Array.of(9), 0, 1);
    await near.until(() => near.received.length > 0);
    expect(near.received).toEqual([9]);
    await port.close();
    await pty.port.close();
  });

  it('says why a device cannot be opened', async () => {
    const missing = new UartPort({ path: join(folder, 'ttyNone') });
    await expect(missing.open(new Host())).rejects.toMatchObject({ code: 'ENODEV' });
    const plain = join(folder, 'plain');
    writeFileSync(plain, '');
    await expect(new UartPort({ path: plain }).open(new Host())).rejects.toMatchObject({ name: 'MctpError' });
    const denied = openError('/dev/ttyUSB0', Object.assign(new Error('x'), { code: 'EACCES' }));
    expect(denied.message).toContain('add yourself to the dialout group');
  });

  it.skipIf(process.getuid?.() === 0)('says that a device may not be opened', async () => {
    const closed = join(folder, 'closed');
    writeFileSync(closed, '', { mode: 0 });
    await expect(new UartPort({ path: closed }).open(new Host())).rejects.toMatchObject({ code: 'EACCES' });
  });

  it('says when another program has the device', async () => {
    const pty = await openPty();
    const first = new UartPort({ path: pty.path });
    await first.open(new Host());
    await expect(new UartPort({ path: pty.path }).open(new Host())).rejects.toMatchObject({ code: 'EBUSY' });
    await first.close();
    await pty.port.close();
  });

  it('tells when the other end hangs up', async () => {
    const pty = await openPty();
    const near = new Host();
    const port = new UartPort({ path: pty.path });
    await port.open(near);
    await pty.port.close();
    await near.until(() => near.reason !== undefined);
    expect(near.reason?.code).toBe('ENODEV');
    await port.close();
  });
});

describe('a frame on the line, as another program sees it', () => {
  it('is what the standard says', async () => {
    const pty = await openPty();
    const link = new SerialLink({ port: pty.port, clock: systemClock });
    const host = new RecordingHost().attach(link);
    const other = new SerialPort({ path: pty.path, baudRate: 115200, lock: false });
    const wire = frame(bytes('010908c8008002'));
    const seen = new Promise((resolve) =>
      other.pipe(new ByteLengthParser({ length: wire.length })).once('data', resolve),
    );
    await new Promise((resolve) => other.once('open', resolve));
    await link.open();
    host.send(bytes('010908c8008002'), '');
    expect(await seen).toEqual(Buffer.from(wire));
    await new Promise((resolve) => other.close(resolve));
    await link.close();
  });
});

describe('unplugged-adapter', () => {
  it('comes back on another tty behind the same name', async () => {
    const name = join(folder, 'adapter');
    let pty = await openPty();
    symlinkSync(pty.path, name);
    const reopen = { firstMs: 5, longestMs: 20 };
    const link = new SerialLink({ port: new UartPort({ path: name }), clock: systemClock, reopen });
    const host = new RecordingHost().attach(link);
    await link.open();
    unlinkSync(name);
    await pty.port.close();
    while (host.states.length < 2) await host.next();
    expect(host.states[1]).toMatchObject({ up: false, reason: { code: 'ENODEV' } });
    pty = await openPty();
    const far = new Host();
    await pty.port.open(far);
    symlinkSync(pty.path, name);
    while (host.states.length < 3) await host.next();
    expect(host.states[2]?.up).toBe(true);
    const wire = frame(samplePacket(68, 1));
    host.send(samplePacket(68, 1), '');
    await far.until(() => far.received.length === wire.length);
    expect(Uint8Array.from(far.received)).toEqual(wire);
    await link.close();
    await pty.port.close();
    expect(host.violations).toEqual([]);
  });
});
