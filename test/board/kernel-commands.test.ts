import { expect, it } from 'vitest';
import type { Finished } from '../support/cli.js';
import type { CommandReports } from './guest/kernel-commands.js';
import { describeOnBoard, scenarioReports } from './support.js';

/** It ended well and had nothing to complain of. */
function good(run: Finished | undefined): string {
  expect(run).toMatchObject({ code: 0, stderr: '' });
  return run!.stdout;
}

const json = (run: Finished | undefined) => JSON.parse(good(run));
const lines = (text: string): string[] => text.trim().split('\n');

describeOnBoard('the built command over kernel:', () => {
  const report = scenarioReports<CommandReports>('kernel-commands', {
    modules: { 'i2c-wire': { ports: [2] }, 'slave-mqueue': {} },
    memory: 640,
  });

  it('join: programs on kernel sockets reach the devices of the bench', () => {
    const { answers, first } = report('joined');
    // Get Endpoint ID, answered with success and the EID that was asked.
    expect(answers).toEqual([expect.stringMatching(/^00020009/), expect.stringMatching(/^0002000a/)]);
    expect(JSON.parse(first)).toEqual({ event: 'joined', interface: 'mctpserial0', kernelEid: 254, ownEid: 8 });
  });

  it('discover learns who has routes; ping asks without a search', () => {
    const { links, endpoints, conflicts } = json(report('discover'));
    expect(links.map(({ name }: { name: string }) => name)).toEqual(['kernel:mctpserial0']);
    expect(endpoints.map(({ eid }: { eid: number }) => eid)).toEqual([8, 9, 10, 11, 12, 13, 14, 20]);
    expect(endpoints[1].uuid).toBe('7a1c5e10-4c2b-11ee-8d01-001b21000001');
    expect(conflicts).toEqual([]);
    expect(good(report('ping'))).toMatch(/^PING EID 9\nanswer from EID 9: seq=1 (.*\n)+--- EID 9: 3 sent, 3 received/);
  });

  it('control', () => {
    const [types, versions] = report('control').runs;
    expect(json(types)).toMatchObject({ target: 'EID 10', response: { types: [1, 126, 127] } });
    expect(good(versions)).toContain('versions: 1.0, 1.1, 1.2, 1.3.1');
  });

  it('pldm base, platform, fru and bios; pdr; sensors', () => {
    const [glance, base, reading, fru, bios, pdr, sensors] = report('pldm').runs;
    expect(good(glance)).toContain('2 numeric sensors, 1 state sensor');
    expect(lines(good(base))).toHaveLength(4);
    expect(json(reading)).toMatchObject({ command: 'GetSensorReading', response: { presentReading: 12 } });
    expect(good(fru)).toContain('S7A1C5E100001');
    expect(good(bios)).toContain('FanMode');
    expect(good(pdr)).toMatch(/sensor 1 +Composite temperature/);
    expect(good(sensors)).toContain('Inlet temperature');
  });

  it('fw: a whole update of a device behind two hops, and the new version runs', () => {
    const { built, before, updated, after } = report('firmware');
    good(built);
    const version = (run: Finished | undefined) =>
      json(run).devices[0].firmwareParameters.activeCompImageSetVersionString;
    expect(version(before)).toBe('1.4.2');
    const done = lines(good(updated))
      .map((line) => JSON.parse(line))
      .at(-1);
    expect(done).toMatchObject({ event: 'done', outcome: 'updated', served: 6000, leftInUpdateMode: false });
    expect(version(after)).toBe('9.0');
  });

  it('file: list, and get', () => {
    const { runs, bytes } = report('file');
    const [list, got] = runs;
    expect(good(list)).toContain('crash.bin');
    expect(good(got)).toContain('20000 bytes');
    expect(bytes).toBe(20_000);
  });

  it('listen: with a filter until the count, everything until Ctrl-C', () => {
    const { asked, filtered, everything } = report('listen');
    good(asked);
    expect(filtered.code).toBe(0);
    expect(lines(filtered.stdout)).toEqual([
      expect.stringMatching(/kernel:mctpserial0 <- 9>254 +PLDM GetTID response/),
    ]);
    expect(everything).toMatchObject({
      code: 0,
      stderr: 'listening on kernel:mctpserial0 as EID 8; Ctrl-C ends it\n',
    });
    const messages = lines(everything.stdout).map((line) => JSON.parse(line));
    const commands = messages.map(({ command, kind }) => `${command} ${kind}`);
    expect(commands).toEqual(expect.arrayContaining(['GetTID request', 'GetTID response', 'GetEndpointID response']));
  });

  it('bench', () => {
    expect(json(report('bench'))).toMatchObject({ sent: 50, received: 50, lost: 0, invalid: 0 });
  });

  it('address add and del: the kernel has it, and has it no more', () => {
    const { added, again, shown, removed, gone, onlooker, ownEidTaken } = report('address');
    expect(lines(good(added)).at(-1)).toBe('eid 30 net 1 dev kernel:mctpserial0');
    expect(again).toBe('EEXIST');
    expect(json(shown).map(({ eid }: { eid: number }) => eid)).toEqual([254, 30]);
    expect(good(removed)).not.toContain('eid 30 ');
    expect(gone).toBe('ENOENT');
    expect(onlooker).toMatchObject({ code: 1, stderr: expect.stringMatching(/belong to another program/) });
    // Looking at tables gives no link an EID.
    expect(good(removed)).not.toContain('mctpi2c0');
    expect(ownEidTaken).toMatchObject({ code: 2, stderr: expect.stringMatching(/EID 8 is behind kernel:mctpserial0/) });
  });

  it('route and neigh add and del', () => {
    const route = report('route');
    expect(good(route.added)).toContain('eid min 40 max 45 net 1 dev kernel:mctpi2c0 mtu 68');
    expect(good(route.removed)).not.toContain('min 40');
    const neigh = report('neigh');
    expect(json(neigh.added)).toEqual([{ network: 1, eid: 40, link: 'kernel:mctpi2c0', physicalAddress: '1d' }]);
    expect(good(neigh.removed)).toBe('');
    for (const { again, gone } of [route, neigh]) expect({ again, gone }).toEqual({ again: 'EEXIST', gone: 'ENOENT' });
    expect(neigh.pointToPoint).toMatchObject({ code: 2, stderr: expect.stringMatching(/is point to point/) });
    expect(neigh.nowhere).toMatchObject({ code: 2, stderr: expect.stringMatching(/no MCTP link mctpi2c7/) });
  });

  it('bench --serve on the kernel: echo, send and request from the wire', () => {
    const { runs, server, eidGone } = report('serve');
    const [echo, send, request] = runs.map(json);
    expect(echo).toMatchObject({ sent: 20, received: 20, lost: 0 });
    expect(send).toMatchObject({ sent: 20 });
    expect(request).toMatchObject({ received: 20, lost: 0, invalid: 0 });
    const events = lines(good(server)).map((line) => JSON.parse(line));
    expect(events.at(-1)).toMatchObject({ event: 'ended', source: 8, received: 20, lost: 0 });
    expect(eidGone).toBe('ENOENT');
  });

  it('beside mctpd: nobody is given an EID, nothing is changed; once it is gone both are done', () => {
    const { beside, sent, refused, alone, again, device } = report('mctpd');
    expect(beside).toMatchObject({ code: 1, stdout: expect.stringContaining('no device answers') });
    // Still without an EID.
    expect(good(sent)).toMatch(/^00..020000/);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/mctpd/) });
    const [{ eid, physicalAddress }] = json(alone).endpoints;
    // 8 to 20 belong to what is joined.
    expect([eid, physicalAddress]).toEqual([15, '1d']);
    expect(good(again)).toContain(`answer from EID ${eid}`);
    const given = lines(good(device)).filter((line) => line.includes('"address"'));
    expect(given.map((line) => JSON.parse(line).eid)).toEqual([eid]);
  });

  it('at its end join takes the interface away', () => {
    const ended = report('join ends');
    good(ended);
    expect(ended.interface).toBe('ENODEV');
  });
});
