/** The verb `i2c`: the I2C buses of this machine and what each can do for MCTP. */

import { type I2cAdapterInfo, listI2cAdapters } from '../../bindings/i2c/linux/i2c-adapters.js';
import { mqueueRemedy } from '../../bindings/i2c/linux/slave-mqueue.js';
import { hexDigits, hexNumber } from '../../stack/util/text.js';
import { EXIT, printable, refusal } from '../command-error.js';
import type { Colours } from '../format/colours.js';
import { tableLines } from '../format/columns.js';
import type { I2cDocument } from '../schema/table-documents.js';
import { defineVerb, JSON_OPTION } from '../verb.js';

/** Our address in the commands that are suggested: what Linux gives a BMC in its examples. */
const SUGGESTED_ADDRESS = 0x10;

export const i2c = defineVerb({
  name: 'i2c',
  summary: 'list the I2C buses of this machine and what each can do',
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
    if (options.json) io.print(JSON.stringify({ adapters: adapters.map(adapterJson) }, null, 2));
    else for (const line of adapterLines(adapters, io.colours)) io.print(line);
    if (adapters.length > 0) return EXIT.done;
    if (options.json) return EXIT.refused;
    throw refusal('this machine has no I2C bus: enable it, and load i2c-dev (modprobe i2c-dev)');
  },
});

/** The link URL to use a bus by; undefined when it cannot receive. */
function linkUrl({ bus, targetAddresses }: I2cAdapterInfo): string | undefined {
  const [address] = targetAddresses;
  return address === undefined ? undefined : `i2c:${bus}?address=${hexNumber(address)}`;
}

/** What would make the bus usable; undefined when it is, or nothing here helps. */
function remedy({ bus, controller, target }: I2cAdapterInfo): string | undefined {
  return controller && !target ? mqueueRemedy(bus, SUGGESTED_ADDRESS) : undefined;
}

function abilities({ controller, target, targetAddresses, functions }: I2cAdapterInfo): string {
  if (functions === undefined) return 'cannot be opened';
  if (!controller) return 'short SMBus transfers only: not for MCTP';
  return target
    ? `sends, receives at ${targetAddresses.map((address) => hexNumber(address)).join(', ')}`
    : 'sends only';
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
    const below = adapter.problem?.message ?? (help === undefined ? undefined : `to receive, as root: ${help}`);
    return below === undefined ? [line] : [line, colours.faint(`  ${printable(below)}`)];
  });
}

function adapterJson(adapter: I2cAdapterInfo): I2cDocument['adapters'][number] {
  const { bus, name, device, controller, target, targetAddresses, functions, problem } = adapter;
  return {
    bus,
    name,
    device,
    controller,
    target,
    targetAddresses: targetAddresses.map((address) => hexDigits(address)),
    link: linkUrl(adapter) ?? null,
    remedy: remedy(adapter) ?? null,
    problem: problem?.message ?? null,
    functions: functions ?? null,
  };
}
