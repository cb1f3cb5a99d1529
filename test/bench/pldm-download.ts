/** How near to the limit of the wire a PDR repository of 1000 records comes over SMBus, in virtual time. */

import { SmbusLink } from '../../bindings/smbus/smbus-link.js';
import type { I2cSpeed } from '../../hw-fixtures/bench/wires/i2c-timing.js';
import { I2cWire } from '../../hw-fixtures/bench/wires/i2c-wire.js';
import { settle } from '../../hw-fixtures/testing/virtual-time.js';
import { PldmClient } from '../../pldm/base/index.js';
import { PDR_TYPE, PdrRepository } from '../../pldm/platform/index.js';
import { type PdrDescription, PldmTerminus, Terminus } from '../../pldm/terminus/index.js';
import { VirtualClock } from '../../stack/clock.js';
import { Mctp } from '../../stack/mctp.js';
import { atMost, type BenchRow } from './row.js';

export interface DownloadFigures {
  readonly records: number;
  readonly bytes: number;
  readonly elapsedMs: number;
  /** The same transfers back to back: all bits, START, STOP and the bus free time between them. */
  readonly wireMs: number;
  readonly ratio: number;
}

/** Download `count` records of about 70 bytes over a bus with nobody else on it. */
export async function measureDownload(count = 1000, speedKhz: I2cSpeed = 400): Promise<DownloadFigures> {
  const clock = new VirtualClock();
  const wire = new I2cWire({ clock, speedKhz });
  const stack = async (eid: number, address: number, other: number, otherAddress: string): Promise<Mctp> => {
    const mctp = new Mctp({ clock });
    const link = new SmbusLink({ port: wire.port({ name: `p${eid}` }), clock, ownAddress: address, speedKhz });
    mctp.addLink(link);
    mctp.addAddress(eid, link.name);
    mctp.addRoute({ start: other, link: link.name });
    mctp.addNeighbour(other, link.name, otherAddress);
    await mctp.open();
    return mctp;
  };
  const bmc = await stack(8, 0x10, 9, '1d');
  const device = await stack(9, 0x1d, 8, '10');
  const pdrs = Array.from(
    { length: count },
    (_, n): PdrDescription => ({
      pdrType: PDR_TYPE.oem,
      vendorIana: 412,
      oemRecordId: n & 0xffff,
      vendorSpecificData: Uint8Array.from({ length: 40 + (n % 50) }, (_, at) => at),
    }),
  );
  const terminus = new PldmTerminus({ transport: device, clock, description: { pdrs } }).start();
  const repository = new PdrRepository(new Terminus(new PldmClient({ transport: bmc, clock }), { eid: 9 }));
  const { transfers, bytes } = wire.counters;
  const startMs = clock.now();
  await settle(clock, repository.download(), { maxSteps: 10_000_000 });
  const elapsedMs = clock.now() - startMs;
  const { start, stop, free, bit } = wire.timing;
  const sent = wire.counters.transfers - transfers;
  const wireMs = sent * (start + stop + free) + (wire.counters.bytes - bytes) * 9 * bit;
  if (repository.records.size !== count) throw new Error(`${repository.records.size} records came`);
  terminus.close();
  return { records: count, bytes: wire.counters.bytes - bytes, elapsedMs, wireMs, ratio: elapsedMs / wireMs };
}

export async function benchPldmDownload(): Promise<BenchRow[]> {
  const { records, elapsedMs, wireMs, ratio } = await measureDownload();
  return [
    { name: `${records} PDRs over SMBus at 400 kHz, virtual time`, value: elapsedMs, unit: 'ms' },
    { name: '  the same transfers back to back', value: wireMs, unit: 'ms' },
    atMost('  ratio', ratio, '', 1.1),
  ];
}
