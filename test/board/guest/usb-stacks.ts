// Runs inside the board: two stacks of ours on its USB cable, with large messages, and with a firmware update during which
// the cable is pulled.

import { execFileSync } from 'node:child_process';
import { systemClock as clock } from '../../../bindings/system-clock.js';
import { PldmClient, PldmResponder } from '../../../pldm/base/index.js';
import {
  FirmwareDevice,
  fdStateName,
  MemoryFirmware,
  type ResumePoint,
  UpdateAgent,
} from '../../../pldm/firmware/index.js';
import { PldmTerminus, Terminus } from '../../../pldm/terminus/index.js';
import { Mctp } from '../../../stack/mctp.js';
import type { MctpSocket } from '../../../stack/transport.js';
import { DESCRIPTORS, imageOfSize, packageOf, runUpdate } from '../../pldm/firmware/bench.js';
import { TYPE } from './endpoint.js';
import { counting, equal, type ReportsOf, runScenarios, until } from './scenarios.js';
import { cable, deviceLink, hostLink, opened } from './usb-ends.js';

const HOST = 8;
const DEVICE = 9;
const COMPONENT = 1;
/** Each has a stack opened and closed, and updates which wait for time-outs: a starved board takes its time. */
const LONGEST_MS = 150_000;
const OPTIONS = { transmissionUnit: 247, batch: true };

async function stack(link: ReturnType<typeof hostLink>, own: number, other: number): Promise<Mctp> {
  const mctp = new Mctp({ clock });
  mctp.addLink(link);
  mctp.addAddress(own, link.name);
  mctp.addRoute({ start: other, link: link.name, transmissionUnit: link.transmissionUnit.max });
  await opened(() => mctp.open());
  return mctp;
}

function echoSocket(mctp: Mctp): MctpSocket {
  const socket = mctp.socket();
  socket.bind({ type: TYPE });
  socket.onMessage((message) => void socket.reply(message, message.payload).catch(() => {}));
  return socket;
}

class Pair {
  private constructor(
    readonly device: Mctp,
    readonly host: Mctp,
  ) {}

  static async make(): Promise<Pair> {
    const device = await stack(deviceLink(OPTIONS), DEVICE, HOST);
    return new Pair(device, await stack(hostLink(OPTIONS), HOST, DEVICE));
  }

  are(up: boolean): boolean {
    return [this.device, this.host].every((mctp) => mctp.links()[0]!.up === up);
  }

  async replug(): Promise<void> {
    await cable('pull');
    await until('both are down', () => this.are(false), LONGEST_MS);
    await cable('plug');
    await until('both are up', () => this.are(true), LONGEST_MS);
  }

  async close(): Promise<void> {
    await this.host.close();
    await this.device.close();
  }
}

async function largeMessages() {
  const pair = await Pair.make();
  const [down, up] = [echoSocket(pair.host), echoSocket(pair.device)];
  const sizes = [4096, 65_535];
  const came: boolean[] = [];
  const started = performance.now();
  for (const size of sizes) {
    const body = counting(size, size);
    const answers = await Promise.all([
      down.request({ eid: DEVICE }, body, { timeoutMs: 20_000 }),
      up.request({ eid: HOST }, body, { timeoutMs: 20_000 }),
    ]);
    came.push(...answers.map(({ payload }) => equal(payload, body)));
  }
  const ms = Math.round(performance.now() - started);
  const lost = [pair.device, pair.host].map((mctp) => mctp.links()[0]!.linkCounters.txLost);
  await pair.close();
  return { came, lost, ms };
}

/** One update whose cable is pulled when the device enters that state; then the next run goes on. */
async function pulledIn(state: string) {
  const pair = await Pair.make();
  const hardware = new MemoryFirmware({
    clock,
    descriptors: DESCRIPTORS,
    setVersion: '1.0',
    components: [{ identifier: COMPONENT, version: '1.0' }],
    verifyMs: 100,
    applyMs: 100,
    activateMs: 100,
  });
  let replugged: Promise<void> | undefined;
  const terminus = new PldmTerminus({ transport: pair.device, clock, description: { tid: 7 } });
  const deviceClient = new PldmClient({ transport: pair.device, clock, timeoutMs: 2000 });
  const firmware = new FirmwareDevice({
    handlers: terminus.responder.handlers,
    client: deviceClient,
    hardware,
    onState: ({ to }) => {
      if (fdStateName(to) === state) replugged ??= pair.replug();
    },
  });
  terminus.start();
  const client = new PldmClient({ transport: pair.host, clock, timeoutMs: 2000 });
  const responder = new PldmResponder({ transport: pair.host, clock }).start();
  const agent = new UpdateAgent({ handlers: responder.handlers });
  const device = new Terminus(client, { eid: DEVICE });
  await device.discover();
  const image = imageOfSize(16_384);
  const pkg = await packageOf([image]);
  let resume: ResumePoint | undefined;
  const timing = { pollMs: 200 };
  const once = () =>
    runUpdate(agent, device, pkg, {
      timing,
      maximumTransferSize: 1024,
      resume,
      onResumePoint: (point) => {
        resume = point;
      },
    }).then(({ report }) => report.outcome);
  const first = await once().catch((error: Error) => error.message);
  await replugged;
  // On a busy machine a request may be too late in the next run, too.
  let again = first;
  for (let run = 0; run < 3 && again !== 'updated' && again !== 'nothing-to-do'; run++)
    again = await once().catch((error: Error) => error.message);
  // What was applied and not activated before the cable went stays pending, and the next run leaves it so.
  const { active, pending } = hardware.components[0]!;
  const stored = again === 'nothing-to-do' ? (pending ?? active) : active;
  const report = {
    replugged: replugged !== undefined,
    first,
    again,
    version: stored.version,
    whole: stored.image !== undefined && equal(stored.image, image),
    state: fdStateName(firmware.status.state),
  };
  firmware.close();
  for (const part of [client, deviceClient, responder, terminus]) part.close();
  await pair.close();
  return report;
}

const SCENARIOS = {
  'large messages': largeMessages,
  'LEARN COMPONENTS': () => pulledIn('LEARN COMPONENTS'),
  'READY XFER': () => pulledIn('READY XFER'),
  DOWNLOAD: () => pulledIn('DOWNLOAD'),
  VERIFY: () => pulledIn('VERIFY'),
  APPLY: () => pulledIn('APPLY'),
  ACTIVATE: () => pulledIn('ACTIVATE'),
};
export type UsbStackReports = ReportsOf<typeof SCENARIOS>;
execFileSync('usb-events', { stdio: 'ignore' });
await runScenarios(SCENARIOS, LONGEST_MS);
