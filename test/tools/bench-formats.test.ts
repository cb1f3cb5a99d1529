/** The bytes of Linux's mctp-bench and mctp-req, as they are on the wire. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DataReceiver,
  dataMessage,
  readBenchMessage,
  reqMessage,
  requestBench,
  STATUS,
  setSequence,
  statusResponse,
} from '../../tools/bench/bench-formats.js';
import { Histogram } from '../../tools/bench/histogram.js';
import { bytes, hex } from '../support/vectors.js';

describe('mctp-req', () => {
  it('is a prefix and a count', () => {
    expect(hex(reqMessage(4))).toBe('ccdef0' + '00010203');
    expect(hex(reqMessage(258)).slice(-6)).toBe('ff0001');
  });
});

describe('mctp-bench', () => {
  it('data: filler is the offset from the prefix; sequence numbers wrap', () => {
    const message = dataMessage(12, 0xfffffffa);
    expect(hex(message)).toBe('ccdef1' + 'cabe' + 'faffffff' + '090a0b');
    setSequence(message, 0xffffffff + 1);
    expect(hex(message).slice(10, 18)).toBe('00000000');
    expect(readBenchMessage(message)).toEqual({ kind: 'data', sequence: 0, valid: true });
    expect(hex(dataMessage(0x102, 1)).slice(-6)).toBe('ff0001');
    message[11] = 0;
    expect(readBenchMessage(message)).toMatchObject({ valid: false });
  });

  it('commands', () => {
    const request = requestBench(0x01020304, { flags: 0, size: 0x1234, count: 5n });
    expect(hex(request)).toBe('ccdef1dd220101' + '04030201' + '00000000' + '3412' + '0500000000000000');
    expect(readBenchMessage(request)).toEqual({
      kind: 'request',
      iid: 0x01020304,
      request: { flags: 0, size: 0x1234, count: 5n },
    });
    expect(hex(statusResponse(7, STATUS.badArgument))).toBe('ccdef1dd220100' + '07000000' + '03');
    expect(readBenchMessage(bytes('ccdef1dd22010007000000' + '02'))).toEqual({ kind: 'response', iid: 7, status: 2 });
    expect(readBenchMessage(bytes('ccdef1dd22010907000000'))).toEqual({ kind: 'unknownCommand', iid: 7 });
    expect(readBenchMessage(bytes('ccdef1dd22010107000000'))).toMatchObject({ kind: 'request', request: undefined });
  });

  it('anything else is none of it', () => {
    // Another prefix, another magic, another version.
    for (const other of [
      'ccdef0cabe00000000',
      'ccdef1ffff00000000000000',
      'ccdef1dd22020007000000',
      'ccdef1cabe000000',
    ]) {
      expect(readBenchMessage(bytes(other))).toBeUndefined();
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (raw) => void readBenchMessage(raw)));
  });

  it('the receiver counts what is missing, over the wrap, and what comes late', () => {
    const receiver = new DataReceiver();
    for (const sequence of [0xfffffffe, 0xffffffff, 2, 1, 3]) receiver.data(sequence, sequence !== 3, 100);
    expect(receiver).toMatchObject({ received: 5, bytes: 500, lost: 2, misplaced: 1, invalid: 1 });
  });
});

describe('the histogram', () => {
  it('has every measurement, and percentiles within a few percent', () => {
    const histogram = new Histogram();
    expect(histogram.summary()).toBeNull();
    for (let ms = 1; ms <= 1000; ms++) histogram.add(ms);
    const { count, minMs, maxMs, meanMs, p50Ms, p99Ms } = histogram.summary()!;
    expect({ count, minMs, maxMs, meanMs }).toEqual({ count: 1000, minMs: 1, maxMs: 1000, meanMs: 500.5 });
    expect(Math.abs(p50Ms / 500 - 1)).toBeLessThan(0.05);
    expect(Math.abs(p99Ms / 990 - 1)).toBeLessThan(0.05);
    expect(histogram.ranges(12).reduce((sum, range) => sum + range.count, 0)).toBe(1000);
    expect(histogram.ranges(12).length).toBeLessThanOrEqual(12);
  });

  it('takes what is very short and very long', () => {
    const histogram = new Histogram();
    for (const ms of [0, 1e-9, 1e12]) histogram.add(ms);
    expect(histogram.summary()).toMatchObject({ count: 3, minMs: 0, maxMs: 1e12 });
  });
});
