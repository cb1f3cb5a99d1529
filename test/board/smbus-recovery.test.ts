import { describe, expect, it } from 'vitest';
import { I2C_PACKAGES } from '../../bindings/i2c/linux/open-i2c.js';
import type { SmbusRecoveryReports } from './guest/smbus-recovery.js';
import { describeOnBoard, scenarioReports } from './support.js';

const ONCE_DOWN = ['down ENODEV', 'up'];

describe.each(I2C_PACKAGES)('by %s', (via) => {
  describeOnBoard('our SMBus link when things go away', () => {
    const report = scenarioReports<SmbusRecoveryReports>('smbus-recovery', {
      env: { VIA: via },
      modules: { 'i2c-wire': { ports: [4], timeout_ms: 100 }, 'slave-mqueue': { depth: 512 } },
    });

    it('fails requests soon after the adapter is pulled, and works when it is back', () => {
      const { codes, ms, downReason, refused, states, backMs, talks } = report(
        'the adapter is pulled while requests wait',
      );
      expect(codes).toEqual(Array(5).fill('ENETDOWN'));
      expect(ms).toBeLessThan(10_000); // instead of the 15 s they would have waited
      expect(downReason).toMatch(/^link i2c:1 is down: .* is gone$/);
      expect(refused).toMatchObject({ result: 'ENETDOWN' });
      expect(refused.ms).toBeLessThan(1000);
      expect(states).toEqual(ONCE_DOWN);
      expect(backMs).toBeLessThan(30_000);
      expect(talks).toBe(true);
    });

    it('notices a missing adapter without traffic', () => {
      expect(report('the adapter is pulled while nothing happens')).toMatchObject({ states: ONCE_DOWN, talks: true });
    });

    it('does not choke on half a message', () => {
      expect(report('the adapter is pulled in the middle of a long message')).toEqual({
        code: 'ENETDOWN',
        states: ONCE_DOWN,
        talks: true,
      });
    });

    it('is down while the target backend is missing', () => {
      const { ms, ...rest } = report('the target backend is removed and made again');
      expect(rest).toEqual({ code: 'ENETDOWN', states: ONCE_DOWN, talks: true });
      expect(ms).toBeLessThan(10_000);
    });

    it('lets go of the adapter every time, so that it keeps its number', () => {
      expect(report('the adapter comes and goes, again and again')).toEqual({ ups: 4, talks: true });
    });

    it('takes a missing device for a NACK, not for a missing bus', () => {
      expect(report('the kernel endpoint is removed and made again')).toEqual({ code: 'ENACK', up: true, talks: true });
    });

    it('fails what waits for a stuck bus, and works when it is free', () => {
      expect(report('the bus is stuck for a while under many requests')).toEqual({
        codes: ['EBUSSTUCK'],
        count: 12,
        talks: true,
      });
    });

    it('says of a bus that can only send that it can only send, and sends', () => {
      const { hints, asked, sent } = report('a controller-only adapter says what it cannot do');
      expect(hints[0]).toBe('i2c:3 can send but not receive: the bus has no target mode at 0x12');
      expect(hints[1]).toMatch(/echo slave-mqueue 0x1012 > \/sys\/bus\/i2c\/devices\/i2c-3\/new_device$/);
      expect(hints[2]).toMatch(/kernel:/);
      expect({ asked, sent }).toEqual({ asked: 'ETIMEDOUT', sent: 'ok' });
    });

    it('lets the process end once it is closed', () => {
      expect(report('closed, nothing is left')).toEqual({});
    });
  });
});
