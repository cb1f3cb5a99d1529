import { expect, it } from 'vitest';
import { Bench, behind, parseBench } from '../../hw-fixtures/index.js';
import { VirtualClock } from '../../stack/clock.js';

const BENCH = parseBench(`
[wires.above]
kind = "smbus"
host = 0x10
[wires.middle]
kind = "smbus"
[wires.below]
kind = "serial"
[wires.aside]
kind = "serial"
host = true
[devices.top]
wire = "above"
address = 0x40
pool = 8
below = [{ wire = "middle", address = 0x10 }]
[devices.drive]
wire = "middle"
address = 0x1d
[devices.next]
wire = "middle"
address = 0x41
pool = 2
below = [{ wire = "below" }]
[devices.last]
wire = "below"
[devices.other]
wire = "aside"
[[faults]]
wire = "middle"
kind = "corrupt"
from = "top"
[[faults]]
wire = "aside"
kind = "corrupt"
from = "other"
`);

it('behind a bridge are its wires, their devices and faults, and so on below bridges among them', () => {
  const rest = behind(BENCH, BENCH.devices.find(({ name }) => name === 'top')!);
  expect(rest.wires.map(({ name }) => name)).toEqual(['middle', 'below']);
  expect(rest.devices.map(({ name }) => name)).toEqual(['top', 'drive', 'next', 'last']);
  expect(rest.faults.map(({ wire }) => wire)).toEqual(['middle']);
});

it('the bridge itself is not made: its ports are for who stands in for it', async () => {
  const top = BENCH.devices[0]!;
  const bench = new Bench({ clock: new VirtualClock(), description: behind(BENCH, top), without: 'top' });
  expect(bench.devices().map(({ name }) => name)).toEqual(['drive', 'next', 'last']);
  expect(bench.portsBelow(top)).toMatchObject([{ kind: 'smbus', name: 'middle', address: 0x10, probe: [0x1d, 0x41] }]);
  await bench.close();
});
