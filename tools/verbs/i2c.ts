/** The verb `i2c`: the I2C buses of this machine and what each can do for MCTP. */

import type { AdapterIdentity } from '../../bindings/i2c/adapter/adapter-connection.js';
import { findAdapters } from '../../bindings/i2c/adapter/find-adapters.js';
import { CAN } from '../../bindings/i2c/adapter/messages.js';
import { type I2cAdapterInfo, listI2cAdapters } from '../../bindings/i2c/linux/i2c-adapters.js';
import { mqueueRemedy } from '../../bindings/i2c/linux/slave-mqueue.js';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { hexDigits, hexNumber } from '../../stack/util/text.js';
import { abilityWords, withAdapter } from '../adapter/adapter-access.js';
import { EXIT, printable, refusal } from '../command-error.js';
import type { Colours } from '../format/colours.js';
import { tableLines } from '../format/columns.js';
import type { I2cDocument } from '../schema/table-documents.js';
import { defineVerb, JSON_OPTION } from '../verb.js';

/** Our address in the commands that are suggested: what Linux gives a BMC in its examples. */
const SUGGESTED_ADDRESS = 0x10;

export const i2c = defineVerb({
  name: 'i2c',
  summary: 'list the I2C buses and USB adapters of this machine and what each can do',
  description:
    'MCTP over SMBus needs a bus that can write (controller) and be written to (target). A bus without a target ' +
    'backend can send, but receives no answer; the command that makes one is shown.',
  options: { json: JSON_OPTION },
  examples: [
    ['mctpkit i2c', 'all buses'],
    ['mctpkit i2c --json | jq ".adapters[] | select(.target) | .link"', 'links that can be used, for programs'],
  ],
  async run({ options, world }) {
    const { io } = world;
    const adapters = await listI2cAdapters();
    const picos = await listPicos(world.clock);
    if (options.json) {
      const document: I2cDocument = { adapters: [...adapters.map(adapterJson), ...picos.map(picoJson)] };
      io.print(JSON.stringify(document, null, 2));
    } else {
      for (const line of adapterLines(adapters, io.colours)) io.print(line);
      for (const line of picoLines(picos, io.colours)) io.print(line);
    }
    if (adapters.length + picos.length > 0) return EXIT.done;
    if (options.json) return EXIT.refused;
    throw refusal('this machine has no I2C bus: enable it, and load i2c-dev (modprobe i2c-dev), or plug a Pico in');
  },
});

type AdapterOfDocument = I2cDocument['adapters'][number];

/** The link URL to use a bus by; undefined when it cannot receive. */
function linkUrl({ bus, targetAddresses }: I2cAdapterInfo): string | undefined {
  const [address] = targetAddresses;
  return address === undefined ? undefined : `i2c:${bus}?address=${hexNumber(address)}`;
}

/** What would make the bus usable; undefined when it is, or nothing here helps. */
function remedy({ bus, controller, target, behind }: I2cAdapterInfo): string | undefined {
  // A channel of a mux takes no backend.
  return controller && !target && behind === undefined ? mqueueRemedy(bus, SUGGESTED_ADDRESS) : undefined;
}

function abilities({ name, controller, target, targetAddresses, functions, behind }: I2cAdapterInfo): string {
  if (functions === undefined) return 'cannot be opened';
  if (!controller) return 'short SMBus transfers only: not for MCTP';
  const sends = target
    ? `sends, receives at ${targetAddresses.map((address) => hexNumber(address)).join(', ')}`
    : behind === undefined
      ? 'sends only'
      : `sends only: a channel of a mux on i2c:${behind}`;
  return isShort(name) ? `${sends}; at most ${CP2112_BYTES} bytes: too few for MCTP packets` : sends;
}

/** hid-cp2112 refuses longer writes; a baseline packet needs 72 bytes. */
const CP2112_BYTES = 61;
/** The longest write of MCTP over SMBus. */
const MCTP_BYTES = 258;

function isShort(name: string): boolean {
  return /CP2112/i.test(name);
}

interface PicoInfo {
  readonly path: string;
  readonly serialNumber: string;
  readonly identity: AdapterIdentity | undefined;
  readonly problem: string | undefined;
}

/** Each is asked for what it is. */
async function listPicos(clock: Clock): Promise<PicoInfo[]> {
  const found = await findAdapters().catch((error: unknown) => {
    if (MctpError.is(error, 'ENOPACKAGE')) return [];
    throw error;
  });
  return Promise.all(
    found.map(async ({ path, serialNumber }): Promise<PicoInfo> => {
      try {
        const identity = await withAdapter(`i2c:tty:${path}`, clock, async (_connection, who) => who);
        return { path, serialNumber, identity, problem: undefined };
      } catch (error) {
        if (!MctpError.is(error)) throw error;
        return { path, serialNumber, identity: undefined, problem: error.message };
      }
    }),
  );
}

function picoUrl({ serialNumber }: PicoInfo): string {
  return `i2c:pico?serial=${serialNumber}`;
}

function picoLines(picos: readonly PicoInfo[], colours: Colours): string[] {
  return picos.flatMap((pico) => {
    const { path, identity, problem } = pico;
    const what = identity === undefined ? 'does not answer' : `${abilityWords(identity.capabilities)} (${path})`;
    const line = `${colours.name(picoUrl(pico))}  ${what}`;
    return problem === undefined ? [line] : [line, colours.faint(`  ${printable(problem)}`)];
  });
}

function picoJson(pico: PicoInfo): AdapterOfDocument {
  const { path, identity, problem } = pico;
  const capabilities = identity?.capabilities ?? 0;
  const target = (capabilities & CAN.beTarget) !== 0;
  return {
    url: picoUrl(pico),
    bus: null,
    name: identity?.name ?? null,
    device: path,
    controller: (capabilities & CAN.control) !== 0,
    target,
    sniffer: (capabilities & CAN.sniff) !== 0,
    largestWrite: identity?.largestWrite ?? null,
    firmware: identity?.firmware ?? null,
    targetAddresses: [],
    behind: null,
    link: target ? picoUrl(pico) : null,
    remedy: null,
    problem: problem ?? null,
    functions: null,
  };
}

/** One line per bus, and below it what to do about it. */
export function adapterLines(adapters: readonly I2cAdapterInfo[], colours: Colours): string[] {
  const rows = adapters.map((adapter) => [
    colours.name(`i2c:${adapter.bus}`),
    printable(adapter.name),
    abilities(adapter),
    linkUrl(adapter) === undefined ? '' : `--link '${linkUrl(adapter)}'`,
  ]);
  return tableLines(rows).flatMap((line, index) => {
    const adapter = adapters[index]!;
    const help = remedy(adapter);
    const below =
      adapter.problem?.message ??
      (help !== undefined
        ? `to receive, as root: ${help}`
        : adapter.behind === undefined
          ? undefined
          : `to receive, the kernel has to do it: --link kernel:mctpi2c${adapter.bus} (docs/guides/muxes.md)`);
    return below === undefined ? [line] : [line, colours.faint(`  ${printable(below)}`)];
  });
}

function adapterJson(adapter: I2cAdapterInfo): AdapterOfDocument {
  const { bus, name, device, controller, target, targetAddresses, functions, problem } = adapter;
  return {
    url: `i2c:${bus}`,
    bus,
    name,
    device,
    controller,
    target,
    sniffer: false,
    largestWrite: controller ? (isShort(name) ? CP2112_BYTES : MCTP_BYTES) : null,
    firmware: null,
    targetAddresses: targetAddresses.map((address) => hexDigits(address)),
    behind: adapter.behind ?? null,
    link: linkUrl(adapter) ?? null,
    remedy: remedy(adapter) ?? null,
    problem: problem?.message ?? null,
    functions: functions ?? null,
  };
}
