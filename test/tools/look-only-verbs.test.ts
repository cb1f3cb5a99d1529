/** Verbs that ask leave a bus as it is: a device without an EID has none afterwards, unless --assign says so. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mctpkit, RunningVerb } from '../support/in-process.js';
import { type NullModem, nullModem } from '../support/null-modem.js';

let cable: NullModem;
let device: RunningVerb;
const near = (): string => `serial:${cable.ends[0]}`;
beforeEach(async () => {
  cable = await nullModem();
  device = new RunningVerb(['emulate', '-l', `serial:${cable.ends[1]}`, '-d', 'nic']);
  await device.line(/Ctrl-C ends it/);
});
afterEach(async () => {
  await device.stop();
  await cable.close();
});

/** As the device tells it; 0: none. */
async function eidOfDevice(): Promise<number> {
  const { stdout } = await mctpkit(['send', near(), '-W', '30s', 'GetEndpointID', '--json']);
  return (JSON.parse(stdout) as { answer: { fields: { eid: number } } }).answer.fields.eid;
}

describe('without --assign', () => {
  it.each([
    'ping 9 -c 1',
    'send 9 GetEndpointID',
    'control 9 GetEndpointUUID',
    'pldm 9 base GetTID',
    'sensors 9',
    'pdr 9',
    'listen --for 50ms',
    'fw inventory',
    'fw status 9',
    'nvme list',
    'link --discover',
    'route --discover',
    'neigh --discover',
    'validate 9 --group transport',
  ])('%s', async (line) => {
    await mctpkit([...line.split(' '), '--link', near()]);
    expect(await eidOfDevice()).toBe(0);
  });
});

it.each(['ping 9 -c 1', 'fw inventory', 'sensors 9', 'route --discover'])('with --assign: %s', async (line) => {
  await mctpkit([...line.split(' '), '--assign', '--link', near()]);
  expect(await eidOfDevice()).toBe(9);
});
