import { describe, expect, it } from 'vitest';
import { I2C_PACKAGES } from '../../bindings/i2c/linux/open-i2c.js';
import type { SmbusExchangeReports } from './guest/smbus-exchange.js';
import { describeOnBoard, scenarioReports } from './support.js';

const SIZES = [0, 1, 63, 64, 249, 250, 600, 4000, 65_535];

describe.each(I2C_PACKAGES)('by %s', (via) => {
  describeOnBoard('our SMBus link and the mctp-i2c of the kernel', () => {
    const report = scenarioReports<SmbusExchangeReports>('smbus-exchange', {
      env: { VIA: via },
      modules: { 'i2c-wire': { ports: [2] }, 'slave-mqueue': { depth: 512 } },
    });

    it('as requester: single packets, many packets, the largest message of the kernel', () => {
      const { right, drops } = report('we ask, the kernel answers');
      expect(right).toEqual(SIZES);
      expect(Object.values(drops).every((count) => count === 0)).toBe(true);
    });

    it('as requester with 250 bytes per packet', () => {
      // a body of 249 fits one packet with its type byte, 250 does not, 4000 takes 17
      expect(report('the largest unit of the binding')).toEqual({ right: [249, 250, 4000], packets: 1 + 2 + 17 });
    });

    it('as responder: single packets, many packets, the largest message of the kernel', () => {
      expect(report('the kernel asks, we answer').right).toEqual(SIZES);
    });

    it('by physical address, before anybody has an EID', () => {
      expect(report('both ask physically, without EIDs')).toEqual({
        from: { eid: 8, physicalAddress: '20' },
        right: true,
      });
    });

    it('as both at once, more requests than there are tags', () => {
      expect(report('both ask at once, several times')).toEqual({ right: 24, kernelRight: 6 });
    });

    it('sends datagrams without waiting for answers', () => {
      expect(report('a datagram to the kernel leaves no tag held')).toEqual({ sent: 20 });
    });

    it('fails in time when nobody answers, and goes on when somebody does', () => {
      const { error, right } = report('nobody answers for a while');
      expect(error).toMatch(/EID 8 on network 1 did not answer within 2\d\d ms/);
      expect(right).toEqual([10, 500]);
    });

    it('lets the process end once it is closed', () => {
      expect(report('closed, nothing is left')).toEqual({}); // and the board ended in time: see scenarioReports
    });
  });
});
