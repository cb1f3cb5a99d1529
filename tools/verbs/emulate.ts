/** The verb `emulate`: a device of the bench's library on a real link. */

import { systemClock } from '../../bindings/clock.js';
import { DEFAULT_BENCH, type DeviceDescription, echoApp, parseBench } from '../../hw-fixtures/index.js';
import { Mctp } from '../../stack/mctp.js';
import { EndpointRole } from '../../stack/roles/index.js';
import { EXIT, usageError } from '../errors.js';
import type { Io } from '../io.js';
import { createRealLink, openFailure } from '../session.js';
import { didYouMean } from '../suggest.js';
import { defineVerb, repeatedOption, valueOption } from '../verb.js';

const DEFAULT_DEVICE = 'ssd';

export const emulate = defineVerb({
  name: 'emulate',
  summary: 'be a device on a real link, until Ctrl-C',
  description: `Devices are those of the virtual bench: ${deviceNames().join(', ')}.`,
  options: {
    link: repeatedOption('-l, --link <url>', 'link to be on, e.g. serial:/dev/ttyUSB0; repeatable'),
    device: valueOption(
      '-d, --device <name>',
      `which (${DEFAULT_DEVICE})`,
      'a device of the bench',
      (name) => name,
      DEFAULT_DEVICE,
    ),
  },
  examples: [
    ['mctpkit emulate --link serial:/dev/ttyUSB0', ''],
    ['mctpkit emulate --link i2c:2?address=0x1d --device nic', ''],
  ],
  async run({ options, io, signal }) {
    const device = findDevice(options.device);
    if (options.link.length === 0) throw usageError('no link to be on: name one with --link, e.g. serial:/dev/ttyUSB0');
    if (options.link.some((url) => url.startsWith('bench:'))) {
      throw usageError('the bench has its devices already: name a real link, e.g. serial:/dev/ttyUSB0');
    }
    const mctp = new Mctp({ clock: systemClock });
    try {
      for (const url of options.link) {
        const link = await createRealLink(url);
        mctp.addLink(link);
        await mctp.openLink(link.name).catch((cause: unknown) => Promise.reject(openFailure(cause)));
      }
      const role = start(device, mctp);
      const stopReport = report(mctp, io);
      io.print(
        `${device.name} is on ${mctp
          .links()
          .map(({ name }) => name)
          .join(', ')}; Ctrl-C ends it`,
      );
      await aborted(signal);
      stopReport();
      role.close();
      return EXIT.done;
    } finally {
      await mctp.close();
    }
  },
});

function deviceNames(): string[] {
  return devices().map(({ name }) => name);
}

/** Bridges need wires of their own below them. */
function devices(): readonly DeviceDescription[] {
  return parseBench(DEFAULT_BENCH).devices.filter(({ bridge }) => bridge === undefined);
}

function findDevice(name: string): DeviceDescription {
  const found = devices().find((device) => device.name === name);
  if (found !== undefined) return found;
  const names = deviceNames();
  throw usageError(`no device "${name}"${didYouMean(name, names)}: there are ${names.join(', ')}`);
}

/** The device's role and applications on our stack. */
function start(device: DeviceDescription, mctp: Mctp): EndpointRole {
  const { name, uuid, eid } = device;
  const clock = systemClock;
  if (eid !== undefined) for (const link of mctp.links()) mctp.addAddress(eid, link.name);
  const role = new EndpointRole({ mctp, clock, ...(uuid !== undefined && { uuid }) });
  for (const { type, versions } of device.types) role.types.add(type, versions.length > 0 ? { versions } : {});
  for (const set of device.vendorSets) role.types.addVendorSet(set);
  const { types, responder } = role;
  if (device.echo) echoApp({ name, clock, mctp, types, responder, busOwner: () => role.busOwner() });
  return role;
}

/** Say what happens to us; returns how to stop. */
function report(mctp: Mctp, io: Io): () => void {
  const stops = [
    mctp.on('addressAdded', ({ eid, link }) => io.print(`EID ${eid} on ${link}`)),
    mctp.on('linkDown', ({ link, reason }) => io.note(`${link} is down: ${reason?.message ?? 'no reason given'}`)),
    mctp.on('linkUp', ({ link }) => io.note(`${link} is up again`)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
