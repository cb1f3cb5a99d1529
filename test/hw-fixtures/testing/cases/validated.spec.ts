/** Devices of a user, validated; some are broken. `validate.test.ts` runs this, and looks at what came of each check. */

import { openBench, parseBench } from '../../../../hw-fixtures/index.js';
import {
  type ReachedDevice,
  TestClock,
  type ValidateOptions,
  validate,
} from '../../../../hw-fixtures/testing/index.js';
import { allChecks } from '../../../../hw-fixtures/validator/registry.js';
import { Mctp } from '../../../../stack/mctp.js';

const BENCH = `
  [wires.w]
  kind = "smbus"
  speed = 400
  host = 0x10
  [devices.dut]
  wire = "w"
  address = 0x1d
  uuid = "7a1c5e10-4c2b-11ee-8d01-001b21000001"
`;
const GONE_AFTER = 40;

/** A device which breaks this check; `silent`: it answers nothing, `vanishing`: not for long. */
async function deviceOnBench(how: string) {
  const clock = new TestClock();
  const description = parseBench(BENCH);
  const mutant = allChecks()
    .find(({ id }) => id === how)
    ?.mutant();
  let requests = 0;
  const behaviours = [
    ...(mutant === undefined ? [] : [mutant]),
    { name: how, request: () => how !== 'silent' && !(how === 'vanishing' && ++requests > GONE_AFTER) },
  ];
  const [first] = description.devices;
  const devices = [{ ...first!, behaviours: () => behaviours }];
  const bench = await openBench({ clock, description: { ...description, devices } });
  const [link] = bench.hostLinks();
  const run: ReachedDevice['run'] = (work) => clock.run(work);
  return { clock, link: link!, run, close: () => bench.close() };
}

const onLink = (how: string) => async (): Promise<ReachedDevice> => {
  const { clock, link, run, close } = await deviceOnBench(how);
  return { link, physicalAddress: '1d', clock, run, close, ...(how === 'silent' && { eid: 9 }) };
};

/** By a stack of the user's own, and by its sockets alone. */
const onStack = (byPackets: boolean) => async (): Promise<ReachedDevice> => {
  const { clock, link, run, close } = await deviceOnBench('good');
  const mctp = new Mctp({ clock });
  mctp.addLink(link);
  mctp.addAddress(8, link.name);
  await mctp.open();
  mctp.addRoute({ start: 9, end: 9, link: link.name });
  mctp.addNeighbour(9, link.name, '1d');
  const leave = async () => {
    await mctp.close();
    await close();
  };
  const set = mctp.socket();
  const answer = set.request({ eid: 0, link: link.name, physicalAddress: '1d' }, Uint8Array.of(0x80, 0x01, 0, 9), {
    type: 0,
  });
  await clock.run(answer);
  set.close();
  const both = { eid: 9, run, close: leave };
  return byPackets
    ? { mctp, ...both }
    : { transport: mctp, ownEid: 8, clock, link: link.name, physicalAddress: '1d', ...both };
};

function withoutHardware(work: () => void): void {
  const { MCTPKIT_HIL } = process.env;
  delete process.env.MCTPKIT_HIL;
  work();
  process.env.MCTPKIT_HIL = MCTPKIT_HIL;
}

interface Case {
  readonly name: string;
  /** A way to a good device, or what is wrong with it. */
  readonly device: string;
  readonly options: ValidateOptions;
}

for (const { name, device, options } of JSON.parse(process.env.CASES ?? '[]') as readonly Case[]) {
  const uuid = process.env.CASE_UUID ?? '';
  if (device === 'hardware') validate(name, { uuid }, options);
  else if (device === 'no hardware') withoutHardware(() => validate(name, { uuid }, options));
  else if (device === 'stack') validate(name, onStack(true), options);
  else if (device === 'transport') validate(name, onStack(false), options);
  else validate(name, onLink(device), options);
}
