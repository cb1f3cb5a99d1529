// Runs inside the board: the control protocol on an I2C wire, between our stack on one adapter and the kernel's on
// another; each is the bus owner of the other once.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { createLink } from '../../../bindings/link-registry.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { BusOwner } from '../../../stack/bus-owner/index.js';
import { Mctp } from '../../../stack/mctp.js';
import { EndpointRole } from '../../../stack/roles/index.js';
import { type ReportsOf, runScenarios } from './scenarios.js';
import { addTarget } from './sysfs.js';

const KERNEL = { bus: 0, address: '20', link: 'mctpi2c0', eid: 30 };
const OWN = { bus: 1, address: '10' };
const UUID = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';

const run = promisify(execFile);
const peer = async (...words: string[]): Promise<string> => (await run('mctp-peer', words)).stdout.trim();

addTarget(KERNEL.bus, 'mctp-i2c-interface', Number.parseInt(KERNEL.address, 16));
addTarget(OWN.bus, 'slave-mqueue', Number.parseInt(OWN.address, 16));
await peer('link', KERNEL.link, 'up');

async function ourStack(): Promise<{ mctp: Mctp; link: string }> {
  const mctp = new Mctp({ clock: systemClock });
  const link = await createLink(`i2c:${OWN.bus}?address=0x${OWN.address}`);
  mctp.addLink(link);
  await mctp.open();
  return { mctp, link: link.name };
}

const scenarios = {
  'the kernel under our bus owner': async () => {
    const words = [
      'control-endpoint',
      KERNEL.link,
      String(KERNEL.eid),
      '--uuid',
      UUID.replaceAll('-', ''),
      '--types',
      '0105',
    ];
    const kernel = spawn('mctp-peer', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(kernel.stdout, 'data');
    const { mctp, link } = await ourStack();
    mctp.addAddress(8, link);
    const owner = new BusOwner({ host: mctp, clock: systemClock, pollMs: 100 });
    const found = await owner.discover({ addresses: [KERNEL.address] });
    const events: string[] = [];
    owner.onEvent((event) => events.push(event.type));
    const assigned = await owner.assignStatic(link, KERNEL.address, 21);
    owner.monitor();
    await new Promise((resolve) => setTimeout(resolve, 350));
    const routes = mctp.routes().map(({ start }) => start);
    owner.close();
    await mctp.close();
    kernel.kill();
    await once(kernel, 'close');
    await peer('addr', 'del', '21', 'dev', KERNEL.link);
    return { found, assigned: assigned.eid, events, routes };
  },

  'our endpoint under a bus owner on the kernel': async () => {
    const { mctp, link } = await ourStack();
    const role = new EndpointRole({ mctp, clock: systemClock, uuid: UUID });
    role.types.add(5, { versions: ['f1f0ff00'] });
    await peer('addr', 'add', '8', 'dev', KERNEL.link);
    const ask = (body: string, eid = 0): Promise<string> =>
      peer('req', String(eid), '0', body, '--ext', `${KERNEL.link},${OWN.address}`);
    const answers = [await ask('8002'), await ask('81010014'), await ask('8202', 20), await ask('8303', 20)];
    answers.push(await ask('8404ff', 20), await ask('8505', 20), await ask('860a00', 20), await ask('870100', 20));
    const eids = mctp.addresses().map(({ eid }) => eid);
    const busOwner = role.busOwner(link);
    role.close();
    await mctp.close();
    await peer('addr', 'del', '8', 'dev', KERNEL.link);
    return { answers, eids, busOwner };
  },
};

export type ControlI2cReports = ReportsOf<typeof scenarios>;
await runScenarios(scenarios);
