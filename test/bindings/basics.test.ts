import { afterEach, describe, expect, it, vi } from 'vitest';
import { loopbackPair } from '../../bindings/loopback/loopback-link.js';
import { optionalPackage } from '../../bindings/optional.js';
import { SerialLink } from '../../bindings/serial/serial-link.js';
import { SmbusLink } from '../../bindings/smbus/smbus-link.js';
import { systemClock } from '../../bindings/system-clock.js';
import { memoryPortPair } from '../../hw-fixtures/testing/memory-port.js';
import { MemoryWire } from '../../hw-fixtures/testing/memory-wire.js';
import { RecordingHost } from '../../hw-fixtures/testing/recording-host.js';
import { VirtualClock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';

describe('the system clock', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('never goes back', () => {
    const first = systemClock.now();
    expect(systemClock.now()).toBeGreaterThanOrEqual(first);
  });

  it('calls once, after the delay, and not from inside', () => {
    vi.useFakeTimers();
    const calls: string[] = [];
    systemClock.schedule(20, () => calls.push('late'));
    systemClock.schedule(-5, () => calls.push('at once'));
    const cancelled = systemClock.schedule(10, () => calls.push('never'));
    expect(calls).toEqual([]);
    cancelled.cancel();
    vi.advanceTimersByTime(19);
    expect(calls).toEqual(['at once']);
    vi.advanceTimersByTime(100);
    expect(calls).toEqual(['at once', 'late']);
    cancelled.cancel();
  });

  it('waits for weeks when asked to', () => {
    vi.useFakeTimers();
    const call = vi.fn();
    const weeks = 40 * 24 * 3600 * 1000;
    systemClock.schedule(weeks, call);
    const other = systemClock.schedule(weeks, call);
    vi.advanceTimersByTime(weeks - 1);
    expect(call).not.toHaveBeenCalled();
    other.cancel();
    vi.advanceTimersByTime(1);
    expect(call).toHaveBeenCalledTimes(1);
  });
});

describe('an optional package', () => {
  it('that is missing is named with the remedy', async () => {
    const name = 'no-such-package';
    const loading = optionalPackage(name, 'serial:/dev/ttyUSB0', () => import(name));
    await expect(loading).rejects.toMatchObject({
      code: 'ENOPACKAGE',
      message: expect.stringMatching(
        /^serial:\/dev\/ttyUSB0 needs the package no-such-package.*: npm install no-such-package$/,
      ),
    });
  });
});

describe('a loopback pair', () => {
  it('takes two addresses that fit each other, or none', () => {
    const clock = new VirtualClock();
    for (const addresses of [
      ['1d', '1d'],
      ['1d', '1d00'],
      ['1D', '20'],
      ['1', '2'],
    ] as [string, string][]) {
      expect(() => loopbackPair({ clock, addresses })).toThrow(/not two addresses/);
    }
  });
});

describe('a serial link', () => {
  it('whose device cannot be opened says why, and can be opened later', async () => {
    const clock = new VirtualClock();
    const [port] = memoryPortPair({ clock });
    port.refuse = new MctpError('EBUSY', 'in use');
    const link = new SerialLink({ port, clock });
    await expect(link.open()).rejects.toMatchObject({ code: 'EINVAL' });
    const host = new RecordingHost().attach(link);
    await expect(link.open()).rejects.toMatchObject({ code: 'EBUSY' });
    expect(host.states).toEqual([]);
    expect(clock.pending).toBe(0);
    port.refuse = undefined;
    await link.open();
    expect(host.states).toHaveLength(1);
    await link.close();
  });

  it('closed while it opens does not come up', async () => {
    const clock = new VirtualClock();
    const [port] = memoryPortPair({ clock });
    const link = new SerialLink({ port, clock });
    const host = new RecordingHost().attach(link);
    const opening = link.open();
    await Promise.resolve();
    await link.close();
    await expect(opening).rejects.toMatchObject({ code: 'ECANCELED' });
    expect(host.states).toEqual([]);
    expect(port.isOpen).toBe(false);
  });

  it('has limits for its options', () => {
    const clock = new VirtualClock();
    const [port] = memoryPortPair({ clock });
    for (const transmissionUnit of [63, 252, 64.5]) {
      expect(() => new SerialLink({ port, clock, transmissionUnit })).toThrow(/64 to 251/);
    }
    expect(() => new SerialLink({ port, clock, maxPacket: 256 })).toThrow(/5 to 255/);
  });
});

describe('a link whose port was not closed in order', () => {
  it.each([
    [
      'serial',
      (clock: VirtualClock) => {
        const [port] = memoryPortPair({ clock });
        return { port, link: new SerialLink({ port, clock }) };
      },
    ],
    [
      'SMBus',
      (clock: VirtualClock) => {
        const port = new MemoryWire(clock).port('bus');
        return { port, link: new SmbusLink({ port, clock, ownAddress: 0x10 }) };
      },
    ],
  ])('%s: says so to what closed it, and opens again', async (_name, make) => {
    const { port, link } = make(new VirtualClock());
    const host = new RecordingHost();
    host.attach(link);
    await link.open();
    const close = port.close.bind(port);
    port.close = async () => {
      await close();
      throw new MctpError('EIO', 'the driver was slow');
    };
    await expect(link.close()).rejects.toMatchObject({ code: 'EIO' });
    port.close = close;
    await link.open();
    expect(host.states.map(({ up }) => up)).toEqual([true, true]);
    await link.close();
  });
});
