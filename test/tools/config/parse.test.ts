import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dynamicEidsOf, linkEntry, linkName, roleOf } from '../../../tools/config/config-model.js';
import { parseConfig } from '../../../tools/config/config-parse.js';
import { findConfig } from '../../../tools/config/find.js';
import { busOwnerOptions, policyFor } from '../../../tools/config/owner-options.js';
import { StateFile } from '../../../tools/config/state-file.js';
import { isBelow } from '../../../tools/config/sysfs-place.js';
import { uuidOf } from '../../support/topology.js';

const EXAMPLE = `
uuid = "${uuidOf(8)}"
network-id = "${uuidOf(9)}"

[links.slots]
url = "i2c:1?address=0x10"
own-eid = 8

[links.host]
url = "serial:/dev/ttyS1"
role = "endpoint"

[control]
timeout-ms = 250
retries = 3
min-gap-ms = 2

[bus-owner]
dynamic-eids = [20, 200]
max-bridge-pool = 31
poll-ms = 2500
scan-ms = 10000
state-file = "/var/lib/mctpkit/eids.json"

[devices.ssd0]
link = "slots"
address = 0x1d
eid = 20
min-gap-ms = 25
skip = ["versions"]

[devices.riser]
uuid = "${uuidOf(0x40).toUpperCase()}"
eid = 30
pool-start = 31
reserve = false
fixed = true

[firewall]
otherwise = "deny"

[[firewall.rules]]
action = "allow"
from = ["host"]
destination = [[20, 60], 8]
types = [0, "pldm", 0x7e]
`;

const BRIDGE = EXAMPLE.replace('dynamic-eids = [20, 200]', '').concat('[bridge]\nupstream = "host"\npool-size = 40\n');

/** No state is kept. */
const ALONE = { state: undefined, onProblem: () => {} };

describe('mctpkit.toml', () => {
  it('is read', () => {
    const config = parseConfig(EXAMPLE);
    expect(config).toMatchObject({
      uuid: uuidOf(8),
      networkId: uuidOf(9),
      links: [
        { name: 'slots', url: 'i2c:1?address=0x10', role: 'bus-owner', network: 1, ownEid: 8 },
        { name: 'host', role: 'endpoint', ownEid: undefined },
      ],
      control: { timeoutMs: 250, retries: 3, minGapMs: 2, notReadyDelayMs: undefined },
      busOwner: { dynamicEids: [20, 200], maxBridgePool: 31, pollMs: 2500, scanMs: 10_000 },
      bridge: undefined,
      devices: [
        { name: 'ssd0', physicalAddress: '1d', eid: 20, policy: { minGapMs: 25, skip: ['versions'] } },
        { name: 'riser', uuid: uuidOf(0x40), poolStart: 31, reserve: false, policy: { fixed: true } },
      ],
      firewall: {
        otherwise: 'deny',
        rules: [{ action: 'allow', from: ['serial:/dev/ttyS1'], destination: [[20, 60], 8], types: [0, 1, 0x7e] }],
      },
    });
  });

  it('becomes options of the bus owner', () => {
    expect(parseConfig(BRIDGE).bridge).toEqual({ upstream: 'host', poolSize: 40 });
    const config = parseConfig(EXAMPLE);
    const options = busOwnerOptions(config, 1, ALONE);
    expect(options).toMatchObject({
      dynamic: [20, 200],
      pollMs: 2500,
      control: { timeoutMs: 250, retries: 3, minGapMs: 2 },
      assignments: [
        { eid: 20, link: 'i2c:1', physicalAddress: '1d', reserve: true },
        { eid: 30, uuid: uuidOf(0x40), poolStart: 31, reserve: false },
      ],
    });
    expect('settleMs' in options).toBe(false);
    expect(options.only?.('i2c:1')).toBe(true);
    expect(options.only?.('serial:/dev/ttyS1')).toBe(false);
    const at = { link: 'i2c:1', physicalAddress: '1d', eid: 0, uuid: undefined };
    expect(policyFor(config, at)).toMatchObject({ minGapMs: 25 });
    expect(policyFor(config, { ...at, physicalAddress: '1e' })).toBeUndefined();
    expect(policyFor(config, { ...at, physicalAddress: undefined, uuid: uuidOf(0x40) })).toMatchObject({ fixed: true });
  });

  it('may be empty', () => {
    expect(parseConfig('')).toMatchObject({ links: [], devices: [], bridge: undefined });
    expect(busOwnerOptions(parseConfig(''), 1, ALONE).only?.('i2c:1')).toBe(true);
  });

  it('names links as the stack does, and knows a whole bench', () => {
    const config = parseConfig('[links.a]\nurl = "i2c:1?address=0x10"\n[links.b]\nurl = "bench:"\nrole = "endpoint"\n');
    expect(linkName(config, 'a')).toBe('i2c:1');
    expect(linkEntry(config, 'bench:smbus0')?.name).toBe('b');
    expect([roleOf(config, 'i2c:1'), roleOf(config, 'bench:serial0'), roleOf(config, 'i2c:2')]).toEqual([
      'bus-owner',
      'endpoint',
      'bus-owner',
    ]);
  });

  it('keeps EIDs apart by network', () => {
    const config = parseConfig(
      '[links.a]\nurl = "i2c:1"\n[links.b]\nurl = "i2c:2"\nnetwork = 2\n' +
        '[devices.x]\nlink = "a"\naddress = 0x1d\neid = 20\n[devices.y]\nlink = "b"\naddress = 0x1d\neid = 20\n',
    );
    expect(busOwnerOptions(config, 1, ALONE).assignments).toMatchObject([{ eid: 20, link: 'i2c:1' }]);
    expect(busOwnerOptions(config, 2, ALONE).assignments).toMatchObject([{ eid: 20, link: 'i2c:2' }]);
  });

  it('reads rate limits', () => {
    expect(parseConfig('[links.a]\nurl = "i2c:1"\n[rate-limits]\nlinks = ["a"]\nrx-rate = 500\n').rateLimits).toEqual({
      links: ['i2c:1'],
      abilities: { rxBuffer: 65_536, rxRate: 500, txMax: 1_000_000, txMin: 1, burstMax: 255 },
    });
  });

  it.each([
    ['[rate-limits]\ntx-min = 9\ntx-max = 3', 'mctpkit.toml:2: tx-min 9 is above tx-max 3'],
    ['[rate-limits]\nlinks = ["a"]', 'mctpkit.toml:2: there is no link "a" (links: none)'],
    [
      '[links.a]\nurl = "i2c:1"\nrole = "endpoint"\n[bus-owner]\ndynamic-eids = [9, 20]\n[bridge]\nupstream = "a"\npool-size = 3',
      'mctpkit.toml:5: a bridge gives the EIDs that the bus owner above allots: leave this out',
    ],
    [
      '[links.a]\nurl = "i2c:1"\n[links.b]\nurl = "i2c:1?address=0x11"',
      'mctpkit.toml:4: i2c:1 is the link of a already',
    ],
    ['x = 1', 'mctpkit.toml:1: unknown key "x" in the file'],
    ['[links.a]\nurl = 5', 'mctpkit.toml:2: url is a text, not 5'],
    ['[links.a]\nrole = "endpoint"', 'mctpkit.toml:1: [links.a] needs url'],
    ['[links.a]\nurl = "x"', 'mctpkit.toml:2: "x" is not a link'],
    ['[links.a]\nurl = "i2c:1"\n\nrole = "buss-owner"', 'mctpkit.toml:4: unknown role "buss-owner"'],
    ['[links.a]\nurl = "i2c:1"\n[links.b]\nurl = "i2c:1"', 'mctpkit.toml:4: i2c:1 is the link of a already'],
    ['[links.a]\nurl = "i2c:1"\nown-eid = 7', 'mctpkit.toml:3: own-eid is a whole number from 8 to 254, not 7'],
    ['[bus-owner]\ndynamic-eids = [9]', 'mctpkit.toml:2: dynamic-eids is the first and the last EID'],
    ['[bus-owner]\ndynamic-eids = [90, 9]', 'mctpkit.toml:2: dynamic-eids is the first and the last EID'],
    ['[bus-owner]\nreclaim-ms = 100', 'mctpkit.toml:2: reclaim-ms is a number from 5000'],
    ['[bus-owner]\npol-ms = 100', 'mctpkit.toml:2: unknown key "pol-ms" in [bus-owner]: did you mean "poll-ms"?'],
    ['[devices.a]\neid = 9', 'mctpkit.toml:1: which device is a?'],
    ['[devices.a]\naddress = 9\nuuid = "x"', 'mctpkit.toml:3: uuid is a UUID'],
    ['[devices.a]\nlink = "b"', 'mctpkit.toml:2: there is no link "b"'],
    [`[devices.a]\nuuid = "${uuidOf(1)}"\nskip = ["all"]`, 'mctpkit.toml:3: skip knows uuid, types, versions, vendor'],
    [`[devices.a]\nuuid = "${uuidOf(1)}"\npool-start = 9`, 'mctpkit.toml:3: pool-start goes with the eid'],
    [
      `[devices.a]\nuuid = "${uuidOf(1)}"\neid = 9\n[devices.b]\nuuid = "${uuidOf(2)}"\neid = 9`,
      'mctpkit.toml:6: EID 9 is for a already',
    ],
    ['[bridge]\nupstream = "a"\npool-size = 4', 'mctpkit.toml:2: there is no link "a"'],
    [
      '[links.a]\nurl = "i2c:1"\n[bridge]\nupstream = "a"\npool-size = 4',
      'mctpkit.toml:4: the bus owner is on a, so its role is "endpoint"',
    ],
    ['[[firewall.rules]]\nfrom = ["a"]', 'mctpkit.toml:2: there is no link "a" (links: none)'],
    ['[[firewall.rules]]\nsource = [8]', 'mctpkit.toml:1: [firewall.rules.0] needs action'],
    ['[[firewall.rules]]\naction = "deny"\ntypes = [\n 1,\n 200]', 'mctpkit.toml:5: 200 is not a message type'],
    ['[[firewall.rules]]\naction = "deny"\nsource = [3]', 'mctpkit.toml:3: 3 is neither an EID'],
    ['uuid = "1', 'mctpkit.toml:1: not TOML'],
  ])('%# is refused with its line', (text, complaint) => {
    expect(() => parseConfig(text)).toThrow(complaint);
  });
});

describe('mctpd.conf', () => {
  it('is understood', () => {
    const text = `mode = "endpoint"
[mctp]
message_timeout_ms = 30
uuid = "${uuidOf(1)}"
[bus-owner]
dynamic_eid_range = [8, 100]
max_pool_size = 20
endpoint_poll_ms = 2500
`;
    for (const file of ['mctpd.conf', '/etc/mctpd.conf', 'other.toml']) {
      expect(parseConfig(text, file)).toMatchObject({
        defaultRole: 'endpoint',
        uuid: uuidOf(1),
        control: { timeoutMs: 30 },
        busOwner: { dynamicEids: [8, 100], maxBridgePool: 20, pollMs: 2500 },
      });
    }
    expect(parseConfig('', 'mctpd.conf')).toMatchObject({ defaultRole: 'bus-owner' });
  });

  it('of 2.6: role, and interfaces by their kind or their place in sysfs (field, row 1)', () => {
    const text = `role = "endpoint"
[[interface]]
match = { binding = "i2c" }
role = "bus-owner"
[[interface]]
match.path = "/sys/devices/platform/*"
role = "unknown"
[[interface]]
match.binding = "i3c"
dynamic_eid_range = [8, 20]
policy = 1
`;
    const config = parseConfig(text, 'other.toml');
    expect(config.defaultRole).toBe('endpoint');
    expect(config.interfaces).toEqual([
      { scheme: 'i2c', path: undefined, role: 'bus-owner', dynamicEids: undefined },
      { scheme: undefined, path: '/sys/devices/platform/*', role: 'endpoint', dynamicEids: undefined },
      { scheme: '', path: undefined, role: undefined, dynamicEids: [8, 20] },
    ]);
    expect(config.notes).toEqual([
      expect.stringMatching(/^other.toml:7: role "unknown"/),
      expect.stringMatching(/^other.toml:9: binding "i3c": there are no such links here/),
      'other.toml:11: policy has no meaning here',
    ]);
    expect(roleOf(config, 'i2c:3')).toBe('bus-owner');
    expect(
      dynamicEidsOf(
        parseConfig('[[interface]]\nmatch.binding = "i2c"\ndynamic_eid_range = [8, 20]', 'mctpd.conf'),
        'i2c:3',
      ),
    ).toEqual([8, 20]);
    expect(dynamicEidsOf(config, 'i2c:3')).toBeUndefined();
    expect(roleOf(config, 'serial:/dev/ttyUSB0')).toBe('endpoint');
    expect(() => parseConfig('role = "owner"', 'mctpd.conf')).toThrow('mctpd.conf:1: unknown role "owner"');
  });

  it.each([
    ['/sys/devices/platform/ahb/i2c-3', '/sys/devices/platform/ahb', true],
    ['/sys/devices/platform/ahb/i2c-3', 'devices/platform/ahb', false],
    ['/sys/devices/platform/ahb/i2c-3', '/devices/platform/ahb/i2c-3', true],
    ['/sys/devices/platform/ahb/i2c-30', '/sys/devices/platform/ahb/i2c-3', false],
    ['/sys/devices/platform/ahb/i2c-3', '/sys/devices/*/i2c-3', true],
    [undefined, '/sys/*', false],
  ])('the device %s is at %s: %s', (path, wanted, is) => {
    expect(isBelow(path, wanted)).toBe(is);
  });

  it('is checked, too', () => {
    expect(() => parseConfig('mode = "owner"', 'mctpd.conf')).toThrow('mctpd.conf:1: unknown mode "owner"');
    expect(() => parseConfig('[mctp]\nuid = 1', 'mctpd.conf')).toThrow('mctpd.conf:2: unknown key "uid" in [mctp]');
  });
});

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mctpkit-config-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('of configuration are found by name or by the environment', async () => {
    const file = join(folder, 'a.toml');
    writeFileSync(file, '[bus-owner]\npoll-ms = 7');
    expect((await findConfig(file, {}))?.busOwner.pollMs).toBe(7);
    expect((await findConfig(undefined, { MCTPKIT_CONFIG: file }))?.busOwner.pollMs).toBe(7);
    expect(await findConfig(undefined, {})).toBeUndefined();
    await expect(findConfig(join(folder, 'b.toml'), {})).rejects.toThrow('no such file or directory');
  });

  it('of state are written whole, and read again', () => {
    const file = join(folder, 'eids.json');
    const state = new StateFile(file);
    expect(state.of(1)).toEqual({ eids: {} });
    const problems: unknown[] = [];
    const config = parseConfig('');
    const surroundings = { state, onProblem: (error: unknown) => problems.push(error) };
    busOwnerOptions(config, 1, surroundings).onState?.({ eids: { 'bus0/0x1d': 9 } });
    expect(new StateFile(file).of(1)).toEqual({ eids: { 'bus0/0x1d': 9 } });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ eids: { 'bus0/0x1d': 9 } });
    expect(problems).toEqual([]);
    rmSync(file);
    mkdirSync(file);
    busOwnerOptions(config, 1, surroundings).onState?.({ eids: {} });
    expect(problems).toMatchObject([{ code: 'EUSAGE', message: expect.stringContaining(`state file ${file}: `) }]);
    expect(() => new StateFile(file)).toThrow(`state file ${file}: `);
  });

  it('of state keep the networks apart', () => {
    const file = join(folder, 'two.json');
    const state = new StateFile(file);
    state.write(2, { eids: { 'bus1/0x1d': 9 } });
    state.write(1, { eids: { 'bus0/0x1d': 9 } });
    state.write(2, { eids: { 'bus1/0x1d': 10 } });
    const again = new StateFile(file);
    expect([again.of(1), again.of(2), again.of(3)]).toEqual([
      { eids: { 'bus0/0x1d': 9 } },
      { eids: { 'bus1/0x1d': 10 } },
      { eids: {} },
    ]);
  });

  it.each(['{', '[]', '{"eids": {}, "networks": 5}', '{"eids": {}, "networks": {"0": {"eids": {}}}}'])(
    'of state that are %s are refused',
    (text) => {
      const file = join(folder, 'bad.json');
      writeFileSync(file, text);
      expect(() => new StateFile(file)).toThrow(`state file ${file}: `);
    },
  );
});
