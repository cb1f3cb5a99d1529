import { describe, expect, it } from 'vitest';
import { TomlLines } from '../../hw-fixtures/bench/description/toml-lines.js';
import {
  DEFAULT_BENCH,
  openBench,
  openBenchLinks,
  parseBench,
  type SmbusDescription,
} from '../../hw-fixtures/index.js';
import { MctpError, VirtualClock } from '../../stack/index.js';

const WIRES = `[wires.bus]
kind = "smbus"
host = 0x10
[wires.line]
kind = "serial"
host = true
`;
/** The line behind WIRES. */
const NEXT = 7;

function errorOf(text: string): string {
  try {
    parseBench(text);
  } catch (error) {
    if (MctpError.is(error, 'EUSAGE')) return error.message;
    throw error;
  }
  return 'no error';
}

describe('a bench description', () => {
  it('is read whole', () => {
    const bench = parseBench(`${WIRES}unit = 100
latency = 1.5
baud = 1_000_000
[wires.low]
kind = "smbus"
speed = 1000
probe = "all"
fair = false

[devices.ssd]
wire = "bus"
address = 0x1d
uuid = "7A1C5E10-4C2B-11EE-8D01-001B21000001"
eid = 20
echo = false
types = [1, { type = 4, versions = ["f1f0ff00"] }]
vendor = [{ pci = 0x1ab4, set = 3 }, { iana = 412 }]
behaviours = ["lateReply(100, 2)", { name = "dropPacket", index = 3, every = true }]
boot = 10
stretch = 50
[devices.ssd.pldm]
entity = "solid state drive"
firmware = { anything = true }

[devices.bridge]
wire = "line"
pool = 4
below = [{ wire = "low", address = 0x10 }]

[[faults]]
wire = "bus"
kind = "corrupt"
from = "host"
to = 0x1d
probability = 0.5
`);
    expect(bench.wires).toEqual([
      { kind: 'smbus', name: 'bus', speedKhz: 100, host: 0x10, fair: true, probe: 'devices', unit: undefined },
      { kind: 'serial', name: 'line', baudRate: 1_000_000, host: true, latencyMs: 1.5, unit: 100 },
      { kind: 'smbus', name: 'low', speedKhz: 1000, host: undefined, fair: false, probe: 'all', unit: undefined },
    ]);
    expect(bench.devices[0]).toMatchObject({
      name: 'ssd',
      wire: 'bus',
      address: 0x1d,
      uuid: '7a1c5e10-4c2b-11ee-8d01-001b21000001',
      eid: 20,
      echo: false,
      types: [
        { type: 1, versions: [] },
        { type: 4, versions: ['f1f0ff00'] },
      ],
      vendorSets: [
        { format: 0, vendorId: 0x1ab4, commandSet: 3 },
        { format: 1, vendorId: 412, commandSet: 0 },
      ],
      bootMs: 10,
      stretchUs: 50,
      pldm: expect.objectContaining({
        entity: { entityType: 111, entityInstanceNumber: 1, containerId: 0 },
        more: { firmware: { anything: true } },
      }) as unknown,
    });
    expect(bench.devices[0]!.behaviours().map((behaviour) => behaviour.name)).toEqual(['lateReply', 'dropPacket']);
    expect(bench.devices[1]!.bridge).toEqual({ pool: 4, below: [{ wire: 'low', address: 0x10 }] });
    expect(bench.faults).toEqual([
      { wire: 'bus', kind: 'smbus', rule: { kind: 'corrupt', from: 'host', to: 0x1d, probability: 0.5 } },
    ]);
  });

  it('has muxes, whose channels are wires', () => {
    const bench = parseBench(`${WIRES}[muxes.m]
wire = "bus"
address = 0x70
channels = ["bay0", "bay1"]
[muxes.n]
wire = "bay1"
address = 0x71
channels = ["deep"]
kind = "pca9544"
hold = 200
[devices.a]
wire = "bay0"
address = 0x1d
[devices.b]
wire = "deep"
address = 0x1d
`);
    expect(bench.muxes).toEqual([
      { name: 'm', wire: 'bus', address: 0x70, kind: 'pca9548', channels: ['bay0', 'bay1'], holdMs: 1000 },
      { name: 'n', wire: 'bay1', address: 0x71, kind: 'pca9544', channels: ['deep'], holdMs: 200 },
    ]);
    const { name: _bus, behind: _none, ...bus } = bench.wires[0] as SmbusDescription;
    expect(bench.wires.slice(2)).toEqual([
      { ...bus, name: 'bay0', behind: { mux: 'm', channel: 0 } },
      { ...bus, name: 'bay1', behind: { mux: 'm', channel: 1 } },
      { ...bus, name: 'deep', behind: { mux: 'n', channel: 0 } },
    ]);
  });

  const mux = (lines: string): string => `${WIRES}[muxes.m]\nwire = "bus"\naddress = 0x70\n${lines}\n`;
  const BAY = 'channels = ["bay"]\n';
  const ssd = (line: string): string => `${WIRES}[devices.ssd]\nwire = "bus"\naddress = 0x1d\n${line}\n`;
  it.each([
    ['', 1, 'there is no wire: add a [wires.NAME]'],
    ['a = ', 1, 'not TOML'],
    [`${WIRES}x = [1,\n 2`, NEXT + 1, 'not TOML'],
    [
      '[wire.x]\nkind = "smbus"',
      1,
      'unknown key "wire" in the file: did you mean "wires"? (known: wires, muxes, devices, faults)',
    ],
    ['[wires]\nx = 3', 2, '[wires.x] is a table, not 3'],
    ['[wires.x]', 1, '[wires.x] needs kind = "smbus", "serial" or "usb"'],
    ['\n[wires.x]\n\nkind = "smbsu"', 4, 'unknown kind "smbsu": did you mean "smbus"?'],
    ['[wires.x]\nkind = "smbus"\nspeed = 300', 3, 'unknown speed 300: use 100, 400, 1000'],
    [
      '[wires.x]\nkind = "smbus"\nbaud = 300',
      3,
      'unknown key "baud" in [wires.x]: use kind, speed, host, fair, probe, unit',
    ],
    ['[wires.x]\nkind = "serial"\nhost = 0x10', 3, 'host is true or false, not 16'],
    ['[wires.x]\nkind = "serial"\nbaud = 1.5', 3, 'baud is a whole number from 300 to 12000000, not 1.5'],
    [ssd('behaviours = ["slient"]'), NEXT + 3, 'unknown behaviour "slient": did you mean "silent"?'],
    [ssd('behaviours = [\n  "silent",\n  "quick",\n]'), NEXT + 5, 'unknown behaviour "quick": use silent, nackFirst'],
    [ssd('behaviours = [{ name = "slow", s = 1 }]'), NEXT + 3, 'slow has no "s": ms'],
    [ssd('behaviours = [3]'), NEXT + 3, 'a behaviour is a text like "silent", or a table with a name'],
    [
      ssd('adress = 3'),
      NEXT + 3,
      'unknown key "adress" in [devices.ssd]: did you mean "address"? (known: wire, address',
    ],
    [ssd('pldm = { entty = "fan" }'), NEXT + 3, 'unknown key "entty" in [devices.ssd.pldm]: did you mean "entity"?'],
    [ssd('pldm = { entity = "fann" }'), NEXT + 3, '"fann" is not an entity that DSP0249 knows'],
    [ssd('[[devices.ssd.pldm.sensors]]\nname = "x"'), NEXT + 3, '[devices.ssd.pldm.sensors.0] needs id'],
    [ssd('pldm = { sensors = [{ id = 1, unit = "Fahr" }] }'), NEXT + 3, '"Fahr" is not a unit'],
    [ssd('pldm = { stateSensors = [{ id = 1, set = "Presense" }] }'), NEXT + 3, '"Presense" is not a state set'],
    [ssd('pldm = { stateSensors = [{ id = 1, set = 13, state = "On" }] }'), NEXT + 3, '"On" is not a state of set 13'],
    [ssd('pldm = { effecters = [{ id = 1, min = 1, max = 3, value = 4 }] }'), NEXT + 3, '4 is not 1 to 3'],
    [ssd('pldm = { bios = [{ name = "A", possible = ["x"], value = "y" }] }'), NEXT + 3, 'unknown value "y"'],
    [ssd('uuid = "12"'), NEXT + 3, '"12" is not a UUID: write 8-4-4-4-12 hex digits'],
    [ssd('types = [1, 300]'), NEXT + 3, '300 is not a message type: use 1 to 127'],
    [ssd('types = [{ type = 4, versions = ["1.0"] }]'), NEXT + 3, '1.0 is not a version'],
    [ssd('vendor = [{ set = 1 }]'), NEXT + 3, 'a vendor is pci = ... or iana = ...'],
    [ssd('pool = 4'), NEXT + 3, 'a pool is for a bridge: add below'],
    [ssd('below = [{ wire = "line" }]'), NEXT, '[devices.ssd] needs pool, the EIDs it wants for what is below'],
    [ssd('pool = 4\nbelow = [{ wire = "bus", address = 9 }]'), NEXT + 4, 'bus cannot be above and below the bridge'],
    [ssd('[devices.nic]\nwire = "bus"\naddress = 0x1d'), NEXT + 5, '0x1d on bus belongs to ssd already'],
    [ssd('[devices.nic]\nwire = "bus"\naddress = 0x10'), NEXT + 5, '0x10 on bus belongs to the host already'],
    [ssd('[devices.nic]\nwire = "bus"'), NEXT + 3, '[devices.nic] needs address'],
    [ssd('[devices.host]\nwire = "line"'), NEXT + 3, "host is the name of the bench's own host"],
    [`${WIRES}[devices.mcu]\nwire = "lien"`, NEXT + 1, 'there is no wire "lien": did you mean "line"?'],
    [`${WIRES}[devices.mcu]\nwire = "line"\naddress = 9`, NEXT + 2, 'the serial wire line has no addresses'],
    [
      `${WIRES}[devices.mcu]\nwire = "line"\n[devices.two]\nwire = "line"`,
      NEXT + 2,
      'the serial wire line has two ends, and both are taken',
    ],
    [mux(''), NEXT, '[muxes.m] needs channels = ["NAME", ...]'],
    [mux('channels = []'), NEXT + 3, 'a mux has 1 to 8 channels, not 0'],
    [mux('channels = ["a", "b", "c"]\nkind = "pca9540"'), NEXT + 3, 'a pca9540 has 1 to 2 channels, not 3'],
    [mux(`${BAY}kind = "pca9541"`), NEXT + 4, 'unknown kind "pca9541": did you mean "pca9540"?'],
    [mux('channels = ["a", "line"]'), NEXT + 3, 'there is a wire line already'],
    [mux('channels = ["a", "a"]'), NEXT + 3, 'there is a wire a already'],
    [mux('channels = [1]'), NEXT + 3, 'a channel is the name of a wire, as in "bay0"'],
    [mux(`${BAY}chanels = 1`), NEXT + 4, 'unknown key "chanels" in [muxes.m]: did you mean "channels"?'],
    [`${WIRES}[muxes.m]\nwire = "line"`, NEXT + 1, 'a mux is on an SMBus which has a host, and line is not one'],
    [`${WIRES}[muxes.m]\nwire = "bus"\naddress = 0x20`, NEXT + 2, 'address is a whole number from 112 to 119, not 32'],
    [mux(`${BAY}[devices.a]\nwire = "bay"\naddress = 0x70`), NEXT + 6, '0x70 on bay belongs to m already'],
    [mux(`${BAY}[devices.a]\nwire = "bay"\naddress = 0x10`), NEXT + 6, '0x10 on bay belongs to the host already'],
    [
      mux(`${BAY}[devices.a]\nwire = "bus"\naddress = 9\n[devices.b]\nwire = "bay"\naddress = 9`),
      NEXT + 9,
      '0x9 on bay belongs to a already',
    ],
    [
      mux(`${BAY}[muxes.n]\nwire = "bay"\naddress = 0x70\nchannels = ["deep"]`),
      NEXT + 6,
      '0x70 on bay belongs to m already',
    ],
    [`${WIRES}[[faults]]\nwire = "bus"\nkind = "noise"`, NEXT + 2, 'unknown kind "noise": use drop, corrupt'],
    [`${WIRES}[[faults]]\nwire = "line"\nkind = "drop"\nto = 3`, NEXT + 3, 'unknown key "to" in [faults.0]'],
    [
      `${WIRES}[[faults]]\nwire = "bus"\nkind = "drop"\n[[faults]]\nwire = "bus"\nkind = "drop"\nfrom = "ssd"`,
      NEXT + 6,
      'there is no party on bus "ssd": use host',
    ],
  ])('refuses %j', (text, line, message) => {
    expect(errorOf(text)).toContain(`bench.toml:${line}: ${message}`);
    expect(errorOf(text)).not.toContain('\n');
  });

  it('can be used again and again: behaviours are fresh each time', () => {
    const bench = parseBench(ssd('behaviours = ["nackFirst"]'));
    const [first] = bench.devices[0]!.behaviours();
    const [second] = bench.devices[0]!.behaviours();
    expect(first!.acknowledge!('address')).toBe(false);
    expect(second!.acknowledge!('address')).toBe(false);
  });
});

describe('lines of a TOML text', () => {
  it('are found through strings, comments, arrays and tables', () => {
    const lines = new TomlLines(`# a = 1
a = """x \\
[b]
""" # c = 2
"q.r".s = 'it"'
[t.u] # [v]
k = [ 1, # ]
  "]",
  { m = 1, n = [2,
    3] } ]
[[list]]
x = 1
[[list]]
y = 2
[list.sub]
z = 3
`);
    expect(lines.of(['a'])).toBe(2);
    expect(lines.of(['q.r', 's'])).toBe(5);
    expect(lines.of(['t', 'u'])).toBe(6);
    expect(lines.of(['t', 'u', 'k', 1])).toBe(8);
    expect(lines.of(['t', 'u', 'k', 2, 'm'])).toBe(9);
    expect(lines.of(['t', 'u', 'k', 2, 'n', 1])).toBe(10);
    expect(lines.of(['list', 0, 'x'])).toBe(12);
    expect(lines.of(['list', 1, 'y'])).toBe(14);
    expect(lines.of(['list', 1, 'sub', 'z'])).toBe(16);
    expect(lines.of(['t', 'u', 'nothing', 'here'])).toBe(6);
  });
});

describe('links of a bench by URL', () => {
  const clock = new VirtualClock();
  it.each([
    ['bench:', ['bench:smbus0', 'bench:serial0']],
    ['bench:serial0', ['bench:serial0']],
    ['bench:?seed=7', ['bench:smbus0', 'bench:serial0']],
  ])('%s', async (url, names) => {
    const { bench, links } = await openBenchLinks(url, { clock });
    expect(links.map((link) => link.name)).toEqual(names);
    await bench.close();
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['bench:smbus', 'EUSAGE', 'bench:smbus: the bench has no wire "smbus": did you mean "smbus0"?'],
    ['bench:?sed=1', 'EUSAGE', 'no option "sed"'],
    ['bench:./no-such-file.toml', 'ENOENT', './no-such-file.toml cannot be read'],
  ])('%s is refused', async (url, code, message) => {
    await expect(openBenchLinks(url, { clock })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
    expect(clock.pending).toBe(0);
  });
});

describe('handles of a bench', () => {
  it('are by name, and say which names there are', async () => {
    const clock = new VirtualClock();
    const bench = await openBench({ clock, description: DEFAULT_BENCH });
    expect(bench.device('ssd').name).toBe('ssd');
    expect(() => bench.device('sdd')).toThrow('the bench has no device sdd: it has ssd, nic');
    expect(() => bench.i2c('serial0')).toThrow('the wire serial0 is not an SMBus');
    expect(() => bench.uart('riser')).toThrow('the wire riser is not a serial line');
    expect(() => bench.hostPort('riser')).toThrow('the host is not on the wire riser');
    await bench.close();
    expect(clock.pending).toBe(0);
  });
});
