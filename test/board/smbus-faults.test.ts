import { describe, expect, it } from 'vitest';
import { I2C_PACKAGES } from '../../bindings/i2c/linux/open-i2c.js';
import type { SmbusFaultReports } from './guest/smbus-faults.js';
import { describeOnBoard, scenarioReports } from './support.js';

/** DSP0237 PN1: tries after the first. */
const PN1 = 8;
/** Where nobody has ever been. */
const STRANGER = 2;

describe.each(I2C_PACKAGES)('by %s', (via) => {
  describeOnBoard('our SMBus link and the kernel on a wire that misbehaves', () => {
    const report = scenarioReports<SmbusFaultReports>('smbus-faults', {
      env: { VIA: via },
      modules: { 'i2c-wire': { ports: [2], timeout_ms: 100 }, 'slave-mqueue': { depth: 512 } },
    });

    it('drops what comes with a wrong PEC, counts it, and recovers by asking again', () => {
      expect(report('wrong PEC from the kernel')).toMatchObject({
        asked: { code: 'ok' },
        kernelAsked: 'ETIMEDOUT',
        again: [1, 2],
        counters: { rxPecErrors: 2 },
      });
    });

    it('sends a PEC the kernel checks', () => {
      expect(report('wrong PEC from us')).toMatchObject({ asked: { code: 'ok' }, kernelCounted: 1 });
    });

    it('never takes a frame with any byte turned over', () => {
      expect(report('every byte of a frame turned over once')).toEqual({ wrong: [] });
    });

    it('tries again when the address is not acknowledged', () => {
      expect(report('not acknowledged three times')).toMatchObject({
        code: 'ok',
        counters: { txRetries: 3, txNackAddress: 0 },
      });
    });

    it('gives up after PN1 retries, says why, and the next message goes out', () => {
      const { ms, message, ...rest } = report('not acknowledged any more');
      expect(rest).toEqual({ code: 'ENACK address', next: 'ok', counters: { txRetries: PN1, txNackAddress: 1 } });
      expect(message).toBe('no device acknowledged 0x20 on i2c-1');
      expect(ms).toBeLessThan(100 + 400); // MT3, and what the board and a busy machine add
    });

    it('names an address at which nobody is', () => {
      const { error, counters } = report('nobody at the address');
      expect(error).toEqual(['ENACK', 'no device acknowledged 0x55 on i2c-1']);
      expect(counters).toEqual({ txRetries: STRANGER, txNackAddress: 1 });
    });

    it('tries again when a byte is refused, and tells that from a missing device', () => {
      expect(report('a byte refused twice')).toMatchObject({ code: 'ok', counters: { txRetries: 2, txNackData: 0 } });
      expect(report('a byte refused every time')).toMatchObject({
        code: 'ENACK data',
        message: '0x20 on i2c-1 did not acknowledge a byte',
        counters: { txRetries: PN1, txNackData: 1 },
      });
    });

    it('tries again when arbitration is lost, and names it when it always is', () => {
      expect(report('arbitration lost, then won')).toMatchObject({
        code: 'ok',
        counters: { txRetries: 2, txArbitration: 0 },
      });
      expect(report('arbitration always lost')).toMatchObject({
        code: 'EARBITRATION',
        next: 'ok',
        counters: { txRetries: PN1, txArbitration: 1 },
      });
    });

    it('names a clock held low, and works when it is free', () => {
      expect(report('clock held low')).toMatchObject({
        code: 'ETIMEDOUT',
        message: expect.stringContaining('the device holds the clock'),
        next: 'ok',
        counters: { txTimeouts: 1, txRetries: 0 },
      });
    });

    it('names a stuck bus to everybody who waits, and works when it is free', () => {
      const stuck = { code: 'EBUSSTUCK', message: expect.stringContaining('a line is held low') };
      expect(report('data line held low')).toEqual({
        codes: [stuck, stuck, stuck],
        next: 'ok',
        up: true,
        counters: { txBusStuck: 3, txRetries: 0 },
      });
    });

    it('carries a long message through NACKs', () => {
      expect(report('faults while a long message is under way')).toEqual({ right: true });
    });

    it('recovers from what the kernel gives up', () => {
      expect(report('the kernel meets NACKs')).toMatchObject({
        lost: 'ETIMEDOUT',
        next: [1, 2],
        asked: { code: 'ok' },
      });
    });
  });
});
