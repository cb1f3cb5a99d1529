// Runs inside the board: an update agent on the kernel's sockets, a firmware device of ours behind the join.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { joinKernel, KernelMctp } from '../../../bindings/kernel/index.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { PldmClient, PldmResponder } from '../../../pldm/base/index.js';
import {
  FirmwareDevice,
  fdStateName,
  MemoryFirmware,
  readInventory,
  UpdateAgent,
  type UpdateEvent,
  type UpdateReport,
} from '../../../pldm/firmware/index.js';
import { PldmTerminus, Terminus } from '../../../pldm/terminus/index.js';
import { Mctp } from '../../../stack/mctp.js';
import { DESCRIPTORS, imageOfSize, packageOf, runUpdate } from '../../pldm/firmware/bench.js';
import { type ReportsOf, runScenarios } from './scenarios.js';

const clock = systemClock;
const COMPONENT = 1;

/** The device's times are short, but long enough for each state to be seen from outside. */
const WORK_MS = 50;
const POLL_MS = 100;

/** One device that runs 1.0 behind a join of its own, and an agent on the kernel's sockets. */
class Setup {
  readonly states = [fdStateName(0)];
  readonly #undo: (() => unknown)[] = [];

  private constructor(
    readonly agent: UpdateAgent,
    readonly terminus: Terminus,
    readonly hardware: MemoryFirmware,
    readonly joined: string,
  ) {}

  static async make(): Promise<Setup> {
    const kernel = await KernelMctp.open();
    const mctp = new Mctp({ clock });
    const join = await joinKernel(mctp, { kernelEid: 8, ownEid: 9, kernel });

    const hardware = new MemoryFirmware({
      clock,
      descriptors: DESCRIPTORS,
      setVersion: '1.0',
      components: [{ identifier: COMPONENT, version: '1.0' }],
      verifyMs: WORK_MS,
      applyMs: WORK_MS,
      activateMs: WORK_MS,
    });
    const device = new PldmTerminus({ transport: mctp, clock, description: { tid: 7 } });
    const deviceClient = new PldmClient({ transport: mctp, clock });
    const firmware = new FirmwareDevice({
      handlers: device.responder.handlers,
      client: deviceClient,
      hardware,
      onState: ({ to }) => setup.states.push(fdStateName(to)),
    });
    device.start();

    const client = new PldmClient({ transport: kernel, clock });
    const responder = new PldmResponder({ transport: kernel, clock }).start();
    const agent = new UpdateAgent({ handlers: responder.handlers });
    const setup = new Setup(agent, new Terminus(client, { eid: 9 }), hardware, join.interface);
    setup.#undo.push(
      () => kernel.close(),
      () => mctp.close(),
      () => join.close(),
      () => device.close(),
      () => deviceClient.close(),
      () => firmware.close(),
      () => responder.close(),
      () => client.close(),
    );
    await setup.terminus.discover();
    return setup;
  }

  async update(version: string, image: Uint8Array, maximumTransferSize: number, options: UpdateRun = {}) {
    const components = [{ identifier: COMPONENT, version }];
    const pkg = await packageOf([image], { version, components });
    const timing = { pollMs: POLL_MS };
    const start = performance.now();
    const { report } = await runUpdate(this.agent, this.terminus, pkg, { maximumTransferSize, timing, ...options });
    return { ...summary(report), ms: Math.round(performance.now() - start) };
  }

  /** What the device says of itself when it is asked, by way of the kernel. */
  async saysNow() {
    const { parameters, status } = await readInventory(this.terminus);
    const component = parameters.componentParameterTable[0]!;
    return {
      set: parameters.activeCompImageSetVersionString,
      component: component.activeCompVersionString,
      pending: component.pendingCompVersionString,
      state: fdStateName(status.currentState),
      reasonCode: status.reasonCode,
    };
  }

  /** SHA-256 of the image that runs; undefined: that which the device came with. */
  get running(): string | undefined {
    const { image } = this.hardware.components[0]!.active;
    return image === undefined ? undefined : createHash('sha256').update(image).digest('hex');
  }

  /** Bytes that the kernel has sent over the interface of the join. */
  get sentByKernel(): number {
    return Number(readFileSync(`/sys/class/net/${this.joined}/statistics/tx_bytes`, 'utf8'));
  }

  async close(): Promise<void> {
    for (let step = this.#undo.pop(); step !== undefined; step = this.#undo.pop()) await step();
  }
}

interface UpdateRun {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: UpdateEvent) => void;
}

function summary({ outcome, reason, leftInUpdateMode, served, components }: UpdateReport) {
  return { outcome, reason, leftInUpdateMode, served, component: components[0]?.state };
}

async function withSetup<T>(run: (setup: Setup) => Promise<T>): Promise<T> {
  const setup = await Setup.make();
  try {
    return await run(setup);
  } finally {
    await setup.close();
  }
}

/** One whole update. */
const whole = (size: number, maximumTransferSize: number) => () =>
  withSetup(async (setup) => {
    const before = await setup.saysNow();
    const update = await setup.update('2.0', imageOfSize(size), maximumTransferSize);
    return {
      types: [...setup.terminus.types.keys()],
      before,
      update,
      requests: setup.agent.counters.requests,
      states: setup.states,
      running: setup.running,
      after: await setup.saysNow(),
      sentByKernel: setup.sentByKernel,
    };
  });

const scenarios = {
  'transfers of 1024': whole(65_536, 1024),
  'transfers of 4096, the last one short': whole(65_536 + 33, 4096),

  'cancelled in the middle': () =>
    withSetup(async (setup) => {
      const size = 65_536;
      const abort = new AbortController();
      const onEvent = (event: UpdateEvent): void => {
        if (event.type === 'progress' && event.phase === 'downloading' && event.done >= size / 2) abort.abort();
      };
      const update = await setup.update('2.0', imageOfSize(size, 2), 1024, { signal: abort.signal, onEvent });
      const states = setup.states.splice(0);
      const running = setup.running;
      const after = await setup.saysNow();
      const again = await setup.update('3.0', imageOfSize(size, 3), 1024);
      return {
        update,
        states,
        running,
        after,
        again: { ...again, states: setup.states, running: setup.running, after: await setup.saysNow() },
      };
    }),
};

export type FirmwareReports = ReportsOf<typeof scenarios>;

await runScenarios(scenarios);
