import { expect, it } from 'vitest';
import { awaited, boardOutput, describeOnBoard, mctpkit } from './support.js';

/** The kernel's link on one adapter of an I2C wire; the other is ours. */
const WIRE = `set -e
  i2c-target 1 slave-mqueue 0x1d >/dev/null
  i2c-target 0 mctp-i2c-interface 0x20 >/dev/null
  mctp-peer link mctpi2c0 up`;
const I2C = { 'i2c-wire': { ports: [2] }, 'slave-mqueue': {} };
const tables = (word: string): string => `${mctpkit} ${word} --link kernel: --all --json`;

describeOnBoard('the addresses of the kernel', () => {
  it('emulate --link kernel: is numbered by a bus owner, and puts back what was there (field, row 1)', async () => {
    const output = await boardOutput({
      modules: I2C,
      memory: 512,
      command: `${WIRE}
        mctp-peer addr add 20 dev mctpi2c0
        ${mctpkit} emulate --link kernel:mctpi2c0 --device nic --json >/tmp/device.log 2>&1 & device=$!
        ${awaited('grep -q started /tmp/device.log', '$device')}
        ${mctpkit} control i2c:1/0x20 set-endpoint-id operation=set eid=40 --link 'i2c:1?address=0x1d' --json
        ${mctpkit} control i2c:1/0x20 getEndpointID --link 'i2c:1?address=0x1d' --json
        echo ---; ${tables('address')}
        kill -INT $device; wait $device; echo "ended with $?"
        grep '"address"' /tmp/device.log
        echo ---; ${tables('address')}`,
    });
    const [asked, numbered, after] = output.split('---\n');
    expect(asked).toMatch(/"completionCode": 0,\s+"assignment": 0,\s+"allocation": 0,\s+"eid": 40/s);
    expect(asked).toMatch(/"command": "GetEndpointID".*"completionCode": 0,\s+"eid": 40/s);
    const [addresses, ...told] = numbered!.split(/^ended with 0\n/m);
    expect(JSON.parse(addresses!)).toEqual([{ network: 1, eid: 40, link: 'kernel:mctpi2c0' }]);
    expect(told.join('').trim().split('\n')).toEqual([
      '{"event":"address","link":"kernel:mctpi2c0","eid":20}',
      '{"event":"address","link":"kernel:mctpi2c0","eid":40}',
    ]);
    expect(JSON.parse(after!)).toEqual([{ network: 1, eid: 20, link: 'kernel:mctpi2c0' }]);
  });

  it('route and link show the routes to its own EIDs and lo with --all (field, row 1)', async () => {
    const output = await boardOutput({
      modules: I2C,
      memory: 512,
      command: `${WIRE}
        mctp-peer addr add 8 dev mctpi2c0
        mctp-peer route add 9 via mctpi2c0
        ${tables('link')}
        echo ---; ${tables('route')}
        echo ---; ${mctpkit} link --link kernel: --json
        echo ---; ${mctpkit} route --link kernel: --json`,
    });
    const [allLinks, allRoutes, links, routes] = output.split('---\n').map((json) => JSON.parse(json));
    const route = (eid: number) => ({
      network: 1,
      start: eid,
      end: eid,
      link: 'kernel:mctpi2c0',
      gateway: null,
      mtu: 0,
    });
    expect(allLinks).toMatchObject([
      { name: 'kernel:lo', eids: [] },
      { name: 'kernel:mctpi2c0', eids: [8] },
    ]);
    expect(allRoutes).toEqual([route(9), route(8)]);
    expect(links).toMatchObject([{ name: 'kernel:mctpi2c0', eids: [8] }]);
    expect(routes).toEqual([route(9)]);
  });

  it('join --assign gives a device an EID, and programs of the kernel reach it by it', async () => {
    const output = await boardOutput({
      modules: I2C,
      memory: 512,
      command: `set -e
        i2c-target 1 slave-mqueue 0x1d >/dev/null
        i2c-target 0 slave-mqueue 0x10 >/dev/null
        ${mctpkit} emulate --link 'i2c:1?address=0x1d' --device nic --json >/tmp/device.log 2>&1 & device=$!
        ${awaited('grep -q started /tmp/device.log', '$device')}
        ${mctpkit} join --assign --link 'i2c:0?address=0x10&probe=0x1d' --json >/tmp/join.log 2>&1 & join=$!
        ${awaited('grep -q ready /tmp/join.log', '$join')}
        cat /tmp/join.log
        mctp-peer req 9 0 8002 --timeout 3000
        mctp-peer req 9 0 8103 --timeout 3000
        kill -INT $join; wait $join; echo "ended with $?"
        kill -INT $device; wait $device`,
    });
    expect(output.trim().split('\n')).toEqual([
      '{"event":"joined","interface":"mctpserial0","kernelEid":254,"ownEid":8}',
      '{"event":"appeared","eid":9,"link":"i2c:0"}',
      '{"event":"ready","endpoints":[9]}',
      // Get Endpoint ID and Get Endpoint UUID, asked by a program of the kernel.
      '000200090000',
      '0103007a1c5e104c2b11ee8d02001b21000002',
      'ended with 0',
    ]);
  });
});
