/** Devices of the bench's library on real links: what `emulate` and `echo` have in common. */

import type { Bench } from '../hw-fixtures/bench/bench.js';
import { Device, type DeviceApp } from '../hw-fixtures/bench/device/device.js';
import { MctpError } from '../stack/errors.js';
import type { Link } from '../stack/link.js';
import { inTurn } from '../stack/util/in-turn.js';
import { openFailure, printable, usageError } from './command-error.js';
import type { EmulatedDevice, EmulatedEvent, EmulatedOptions } from './device-kind.js';
import type { Io } from './io.js';
import { kindOf, linksOf } from './link-kinds.js';
import type { DeviceDocument } from './schema/network-documents.js';

interface MadeDevice {
  readonly device: Device;
  readonly link: string;
  readonly behind: Bench | undefined;
}

/** One device per link, each with its own EID, as real ones have. */
export class Emulated {
  readonly devices: readonly MadeDevice[];

  /** The device on a stack that is there already. */
  #guest: EmulatedDevice | undefined;
  readonly #ends: (() => Promise<void>)[] = [];
  #closing = false;

  private constructor(devices: readonly MadeDevice[]) {
    this.devices = devices;
  }

  /** Names of the links. */
  get links(): readonly string[] {
    return this.#guest?.links ?? this.devices.map(({ link }) => link);
  }

  /** @throws CommandError, MctpError when a link cannot be opened */
  static async start(options: EmulatedOptions): Promise<Emulated> {
    if (options.links.length === 0) {
      throw usageError('no link to be on: name one with --link, e.g. serial:/dev/ttyUSB0');
    }
    const kinds = options.links.map(kindOf);
    const inhabited = kinds.find(({ hasDevices }) => hasDevices !== undefined)?.hasDevices;
    if (inhabited !== undefined) throw usageError(inhabited);
    const foreign = kinds.find(({ stack }) => stack !== undefined);
    if (foreign?.stack !== undefined) {
      if (kinds.length > 1) {
        throw usageError(`${foreign.scheme}: is a stack of its own: name it alone, without other links`);
      }
      const emulated = new Emulated([]);
      emulated.#guest = await foreign.stack.emulate!(options.links[0]!, options);
      return emulated;
    }
    const made: MadeDevice[] = [];
    const emulated = new Emulated(made);
    try {
      for (const url of options.links) {
        const { links, end } = await linksOf(url, { clock: options.clock, env: options.env });
        const [link] = links as [Link];
        emulated.#ends.push(end);
        if (made.some((other) => other.link === link.name)) throw usageError(`link ${link.name} is named twice`);
        const { behind, ...kind } = options.kind();
        const apps = [...(kind.apps ?? []), watch(link.name, (event) => emulated.#hear(event, options))];
        const port = { kind: 'link' as const, create: () => link };
        const onProblem = (what: string): void => emulated.#hear({ event: 'problem', link: link.name, what }, options);
        const device = new Device({ ...kind, apps, onProblem, name: options.name, clock: options.clock, port });
        made.push({ device, link: link.name, behind });
        await behind?.powerOn();
        await device.powerOn().catch((cause: unknown) => Promise.reject(openFailure(cause)));
        if (device.mctp?.links()[0]?.up === false) throw openFailure(new MctpError('ENODEV', `${link.name} is down`));
      }
      return emulated;
    } catch (error) {
      await emulated.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#guest?.close();
    const devices = this.devices.flatMap(({ device, behind }) => [() => device.powerOff(), () => behind?.close()]);
    await inTurn([...devices, ...this.#ends]);
  }

  /** That links go down when we end is not news. */
  #hear(event: EmulatedEvent, { hear }: EmulatedOptions): void {
    if (!this.#closing) hear(event);
  }
}

/** An application that does nothing but report; it starts anew with every boot. */
function watch(link: string, hear: (event: EmulatedEvent) => void): DeviceApp {
  let boots = 0;
  return ({ own }) => {
    let wasUp = false;
    if (boots++ > 0) hear({ event: 'reset', link });
    // A bridge has links of the bench below it.
    own?.on('addressAdded', (added) => {
      if (added.link === link) hear({ event: 'address', link, eid: added.eid });
    });
    own?.on('linkDown', ({ link: which, reason }) => {
      if (which === link) hear({ event: 'linkDown', link, reason: reason?.message ?? 'no reason given' });
    });
    own?.on('linkUp', ({ link: which }) => {
      if (which !== link) return;
      if (wasUp) hear({ event: 'linkUp', link });
      wasUp = true;
    });
    return undefined;
  };
}

/** The devices of a bench behind a bridge say which EIDs they are given. */
export function tellAddresses(device: string, hear: (event: EmulatedEvent) => void): DeviceApp {
  return ({ own }) => {
    own?.on('addressAdded', ({ eid, link }) => hear({ event: 'address', link, eid, device }));
    return undefined;
  };
}

/** Events as lines, of JSON when that is wanted. */
export function tellEvents(io: Io, json: boolean): (event: EmulatedEvent) => void {
  return (event) => {
    if (json) io.print(JSON.stringify(event satisfies DeviceDocument));
    else if (event.event === 'address') {
      io.print(
        `EID ${event.eid} on ${event.link}${event.device === undefined ? '' : `: ${event.device}, behind the bridge`}`,
      );
    } else if (event.event === 'reset') io.print(`restarted on ${event.link}`);
    else if (event.event === 'controlTaken') io.note('another program (mctpd?) answers control messages here');
    else if (event.event === 'problem') io.note(`${event.link}: ${printable(event.what)}`);
    else if (event.event === 'linkUp') io.note(`${event.link} is up again`);
    else io.note(`${event.link} is down: ${event.reason}`);
  };
}
