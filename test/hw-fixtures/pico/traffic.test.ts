/** Packets both ways at once through the real image: none is lost, and the analyser sees them all. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SmbusLink } from '../../../bindings/smbus/smbus-link.js';
import { systemClock } from '../../../bindings/system-clock.js';
import type { EmulatedPico } from '../../../hw-fixtures/pico/emulator/pico.js';
import { WirePort } from '../../../hw-fixtures/pico/emulator/wire-port.js';
import { samplePacket } from '../../../hw-fixtures/testing/link-compliance.js';
import { RecordingHost } from '../../../hw-fixtures/testing/recording-host.js';
import { TRANSMIT } from '../../../stack/link.js';
import { adapterPort, startedPico } from './support.js';

/** `npm run test:pico` sets it to 100000. */
const PACKETS = Number(process.env.MCTPKIT_PICO_PACKETS ?? 2000);

describe('traffic through an emulated Pico', () => {
  let pico: EmulatedPico;
  let a: SmbusLink;
  let b: SmbusLink;

  async function links(speedHz: number): Promise<void> {
    a = new SmbusLink({ port: adapterPort(pico, { speedHz }), clock: systemClock, ownAddress: 0x10 });
    b = new SmbusLink({ port: new WirePort(pico.bus, 9e9 / speedHz), clock: systemClock, ownAddress: 0x1d });
  }

  beforeEach(async () => {
    pico = await startedPico();
  });
  afterEach(async () => {
    await a.close();
    await b.close();
    pico.stop();
  });

  it('loses none, both ways at once', { timeout: 120_000 + PACKETS * 20 }, async () => {
    await links(400_000);
    const hosts = [new RecordingHost().attach(a), new RecordingHost().attach(b)] as const;
    await a.open();
    await b.open();
    const next = [0, 0];
    const fill = (side: 0 | 1): void => {
      while (next[side]! < PACKETS) {
        const { result } = hosts[side].send(samplePacket(68, next[side]!), side === 0 ? '1d' : '10');
        if (result === TRANSMIT.busy) return;
        next[side]!++;
      }
    };
    while (hosts[0].packets.length + hosts[1].packets.length < 2 * PACKETS) {
      fill(0);
      fill(1);
      await Promise.race([hosts[0].next(), hosts[1].next()]);
    }
    for (const [host, from] of [
      [hosts[0], '1d'],
      [hosts[1], '10'],
    ] as const) {
      for (let index = 0; index < PACKETS; index++) {
        expect(host.packets[index]).toEqual({ bytes: samplePacket(68, index), from });
      }
      expect(host.faults).toEqual([]);
    }
  });

  for (const khz of [100, 400, 1000]) {
    it(`keeps the wire busy at ${khz} kHz`, async () => {
      await links(khz * 1000);
      const host = new RecordingHost().attach(a);
      const other = new RecordingHost().attach(b);
      await a.open();
      await b.open();
      const packets = 200;
      const bytes = 254;
      let sent = 0;
      const started = pico.micros;
      while (other.packets.length < packets) {
        while (sent < packets && host.send(samplePacket(bytes, sent), '1d').result !== TRANSMIT.busy) sent++;
        await Promise.race([host.next(), other.next()]);
      }
      const took = pico.micros - started;
      // Address, command code, byte count, source address, packet, PEC: nine clocks each.
      const wire = ((bytes + 5) * 9 * packets * 1000) / khz;
      expect(wire / took).toBeGreaterThan(khz === 1000 ? 0.8 : 0.95);
    });
  }
});
