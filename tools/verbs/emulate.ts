/** The verb `emulate`: a device of the bench's library on a real link. */

import { readOwnText } from '../../bindings/read-own-file.js';
import {
  Bench,
  type BenchDescription,
  behaviourKinds,
  behind,
  DEFAULT_BENCH,
  type DeviceDescription,
  deviceOptions,
  parseBehaviour,
  parseBench,
  type SpokenVendor,
} from '../../hw-fixtures/index.js';
import type { Clock } from '../../stack/clock.js';
import { isUuid } from '../../stack/util/text.js';
import { EXIT, usageError } from '../command-error.js';
import { CONFIG_OPTION, findConfig, VENDOR_OPTION } from '../config/find.js';
import { knownVendors } from '../config/vendor-registry.js';
import type { DeviceKind, EmulatedEvent } from '../device-kind.js';
import { Emulated, tellAddresses, tellEvents } from '../emulated.js';
import { allFor } from '../option-actions.js';
import type { BehavioursDocument, DeviceDocument } from '../schema/network-documents.js';
import { didYouMean } from '../suggest.js';
import { defineVerb, jsonLines, offering, repeatedOption, textOption, wholeNumberOption } from '../verb.js';
import { untilStopped } from '../wait.js';

const DEFAULT_DEVICE = 'ssd';
/** Of the bench that comes with the command, which the help need not read. */
export const BENCH_DEVICES = ['ssd', 'nic', 'bridge', 'gpu0', 'gpu1', 'retimer', 'mcu'] as const;
/** In the place of a behaviour: which ones there are. */
const LIST = 'list';
const IS_DEVICE = `without --behaviour ${LIST}`;

export const emulate = defineVerb({
  name: 'emulate',
  summary: 'emulate a device on a real link, until Ctrl-C',
  description: `Devices are those of the virtual bench (${BENCH_DEVICES.join(', ')}), or of a bench file of your own. \
A bridge comes with the devices behind it. Behaviours make a device misbehave; --behaviour list shows them.`,
  options: {
    ...allFor([IS_DEVICE], {
      link: repeatedOption('-l, --link <url>', 'link to be on, e.g. serial:/dev/ttyUSB0; repeatable'),
      device: offering(
        textOption('-d, --device <name>', `which (${DEFAULT_DEVICE}, or the first of the bench file)`, undefined),
        () => BENCH_DEVICES,
      ),
      bench: textOption('-B, --bench <file>', 'take the device from this description of a bench', undefined),
    }),
    behaviour: repeatedOption('-b, --behaviour <text>', "how it misbehaves, e.g. 'lateReply(400, 1)'; repeatable"),
    ...allFor([IS_DEVICE], {
      eid: wholeNumberOption('--eid <eid>', 'start with this EID instead of waiting for one', 8, 254, undefined),
      uuid: textOption('--uuid <uuid>', 'have this UUID', undefined),
      speaks: repeatedOption('--speaks <name>', 'answer the declared messages of this vendor, too; repeatable'),
    }),
    json: jsonLines(`event, or one document of --behaviour ${LIST},`),
    ...allFor([IS_DEVICE], { config: CONFIG_OPTION, vendor: VENDOR_OPTION }),
  },
  does: (_args, { behaviour }) => [behaviour.includes(LIST) ? `--behaviour ${LIST}` : IS_DEVICE],
  examples: [
    ['mctpkit emulate --link serial:/dev/ttyUSB0', ''],
    ["mctpkit emulate --link 'i2c:2?address=0x1d' --device nic", 'an I2C target'],
    ['mctpkit emulate --link serial:/dev/ttyUSB0 --device bridge', 'a bridge, with three devices behind it'],
    ['mctpkit emulate --link kernel:mctpi2c0 --eid 9', "on the kernel's own stack"],
    ["mctpkit emulate -l serial:/dev/ttyUSB0 -b 'lateReply(400, 1)' -b nilUuid", 'a faulty device'],
    ['mctpkit emulate --bench my.toml --device sensor -l serial:/dev/ttyUSB0', 'one of your own'],
    ['mctpkit emulate -l serial:/dev/ttyUSB0 --vendor acme.toml --speaks acme', "a vendor's own messages"],
    ['mctpkit emulate --behaviour list', 'list the behaviours'],
  ],
  async run({ options, world }) {
    const { io, signal, clock } = world;
    if (options.behaviour.includes(LIST)) {
      if (options.json) io.print(JSON.stringify(behavioursDocument(), null, 2));
      else for (const line of behaviourLines()) io.print(line);
      return EXIT.done;
    }
    await findConfig(options.config, world.env, options.vendor);
    const bench = await readBench(options.bench);
    const found = findDevice(bench, options.device);
    const device = { ...found, speaks: [...found.speaks, ...options.speaks.map(spoken)] };
    const extra = (): ReturnType<typeof parseBehaviour>[] => options.behaviour.map(parseBehaviour);
    extra();
    const { eid, uuid, json } = options;
    if (uuid !== undefined && !isUuid(uuid)) {
      throw usageError(`--uuid ${uuid} is not a UUID: write 8-4-4-4-12 hex digits`);
    }
    const hear = tellEvents(io, json);
    const emulated = await Emulated.start({
      links: options.link,
      name: device.name,
      clock,
      env: world.env,
      hear,
      kind: () => {
        const kind = deviceOptions({ ...device, behaviours: () => [...device.behaviours(), ...extra()] });
        const own = { ...(eid !== undefined && { eid }), ...(uuid !== undefined && { uuid: uuid.toLowerCase() }) };
        return {
          ...kind,
          ...own,
          ...bridgeOptions(bench, device, clock, hear),
        };
      },
    });
    try {
      const links = emulated.links;
      if (json) io.print(JSON.stringify({ event: 'started', device: device.name, links } satisfies DeviceDocument));
      else io.print(`${device.name} is on ${links.join(', ')}; Ctrl-C ends it`);
      io.endUnread();
      await untilStopped(clock, signal);
      return EXIT.done;
    } finally {
      await emulated.close();
    }
  },
});

function defaultBench(): BenchDescription {
  return parseBench(DEFAULT_BENCH);
}

async function readBench(path: string | undefined): Promise<BenchDescription> {
  if (path === undefined) return defaultBench();
  return parseBench(readOwnText(path), path, knownVendors());
}

/** Its wires below, and what is on them. */
function bridgeOptions(
  bench: BenchDescription,
  bridge: DeviceDescription,
  clock: Clock,
  hear: (event: EmulatedEvent) => void,
): Pick<DeviceKind, 'bridge' | 'behind'> {
  if (bridge.bridge === undefined) return {};
  const rest = new Bench({
    clock,
    description: behind(bench, bridge),
    without: bridge.name,
    apps: ({ name }) => [tellAddresses(name, hear)],
  });
  return { behind: rest, bridge: { poolSize: bridge.bridge.pool, below: rest.portsBelow(bridge) } };
}

/** With the declared values. @throws CommandError (usage) */
function spoken(name: string): SpokenVendor {
  const vendors = knownVendors();
  const vendor = vendors.find(({ declaration }) => declaration.name === name);
  if (vendor !== undefined) return { vendor, answers: {} };
  const names = vendors.map(({ declaration }) => declaration.name);
  const hint = names.length === 0 ? '--vendor names a file which declares some' : `declared are ${names.join(', ')}`;
  throw usageError(`--speaks ${name}: no vendor of that name${didYouMean(name, names)}: ${hint}`);
}

function deviceNames({ devices }: BenchDescription): string[] {
  return devices.map(({ name }) => name);
}

function findDevice(bench: BenchDescription, wanted: string | undefined): DeviceDescription {
  const { devices } = bench;
  const name = wanted ?? (devices.some((device) => device.name === DEFAULT_DEVICE) ? DEFAULT_DEVICE : devices[0]?.name);
  const found = devices.find((device) => device.name === name);
  if (found !== undefined) return found;
  const names = deviceNames(bench);
  if (names.length === 0) throw usageError('the bench has no device to be');
  throw usageError(`no device "${name}"${didYouMean(name ?? '', names)}: there are ${names.join(', ')}`);
}

function behavioursDocument(): BehavioursDocument {
  const behaviours = [...behaviourKinds()].map(([name, { what, parameters }]) => ({
    name,
    what,
    parameters: parameters.map((parameter) => ({ name: parameter.name, default: parameter.default })),
  }));
  return { behaviours };
}

function behaviourLines(): string[] {
  const forms = [...behaviourKinds()].map(([name, { what, parameters }]) => {
    const values = parameters.map((parameter) => `${parameter.name} = ${parameter.default}`).join(', ');
    return [parameters.length === 0 ? name : `${name}(${values})`, what] as const;
  });
  const width = Math.max(...forms.map(([form]) => form.length));
  return forms.map(([form, what]) => `${form.padEnd(width)}  ${what}`);
}
