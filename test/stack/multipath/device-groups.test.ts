import { describe, expect, it } from 'vitest';
import type { EndpointInfo } from '../../../stack/bus-owner/index.js';
import { groupDevices } from '../../../stack/multipath/index.js';

const UUID = '7a1c5e10-4c2b-11ee-8d01-001b21000001';

function endpoint(eid: number, link: string, more: Partial<EndpointInfo> = {}): EndpointInfo {
  const rest = { network: 1, physicalAddress: '', bridge: undefined, endpointType: 0, eidType: 0, vendorDefined: [] };
  const info = { ...rest, eid, link, uuid: UUID, messageTypes: [1], versions: {}, pool: undefined, remarks: [] };
  return { ...info, connectivity: 'available', ...more } as EndpointInfo;
}

describe('endpoints with one UUID', () => {
  it('on several links they are one device, its ways in the wanted order', async () => {
    const all = [endpoint(9, 'a'), endpoint(20, 'b'), endpoint(30, 'c')];
    const { devices, conflicts } = await groupDevices(all, { links: ['c'] });
    expect(devices.map(({ uuid, endpoints }) => [uuid, endpoints.map(({ eid }) => eid)])).toEqual([
      [UUID, [30, 9, 20]],
    ]);
    expect(conflicts).toEqual([]);
  });

  it('one endpoint alone, and endpoints without a UUID, are not such a device', async () => {
    const all = [endpoint(9, 'a'), endpoint(10, 'a', { uuid: undefined }), endpoint(11, 'b', { uuid: undefined })];
    expect(await groupDevices(all)).toEqual({ devices: [], conflicts: [] });
  });

  it.each(['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'])(
    '%s, which says nothing, they are neither one device nor a conflict',
    async (uuid) => {
      const all = [endpoint(9, 'a', { uuid }), endpoint(20, 'b', { uuid }), endpoint(21, 'b', { uuid })];
      expect(await groupDevices(all)).toEqual({ devices: [], conflicts: [] });
    },
  );

  it('different serial numbers: two devices, told and kept apart', async () => {
    const serialOf = ({ eid }: EndpointInfo): string => `S${eid}`;
    const { devices, conflicts } = await groupDevices([endpoint(9, 'a'), endpoint(20, 'b')], { serialOf });
    expect(devices).toEqual([]);
    expect(conflicts.map(({ what }) => what)).toEqual([
      `EID 9 (a) and EID 20 (b) have the same UUID ${UUID} and different serial numbers, S9 and S20: they are two devices`,
    ]);
  });

  it('the same serial number: one device, whatever it speaks on each', async () => {
    const all = [endpoint(9, 'a'), endpoint(20, 'b', { messageTypes: [1, 4] })];
    expect((await groupDevices(all, { serialOf: async () => 'S1' })).devices).toHaveLength(1);
    const { conflicts } = await groupDevices(all, { serialOf: () => undefined });
    expect(conflicts[0]!.what).toMatch(/do not speak the same: they are taken for two devices/);
  });

  it('on one link they are two devices', async () => {
    const { conflicts } = await groupDevices([endpoint(9, 'a', { physicalAddress: '1d' }), endpoint(20, 'a')]);
    expect(conflicts[0]!.what).toContain('EID 9 (a/0x1d) and EID 20 (a)');
  });
});
