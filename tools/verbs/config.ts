/** The verb `config`: is the configuration right, and what does it say? */

import { parseLinkUrl } from '../../bindings/link-url.js';
import { MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import { sayAddress } from '../../stack/names/index.js';
import { placeName } from '../../stack/place.js';
import { hexNumber } from '../../stack/util/text.js';
import { CommandError, EXIT, usageError } from '../command-error.js';
import { CONFIG_FILE, type Config, findConfig, readConfigFile } from '../config/find.js';
import { kindOf } from '../link-kinds.js';
import type { ConfigDocument } from '../schema/table-documents.js';
import { defineVerb, JSON_OPTION } from '../verb.js';
import type { World } from '../world.js';

export const config = defineVerb({
  name: 'config',
  summary: 'check a configuration: mctpkit.toml, or an mctpd.conf',
  description:
    `mctpkit config check [FILE]. Without a file: $MCTPKIT_CONFIG, or ${CONFIG_FILE} in this folder. Mistakes ` +
    'are reported with their line.',
  arguments: [
    { name: 'check', summary: 'what to do', required: true, many: false },
    { name: 'file', summary: `the configuration (${CONFIG_FILE})`, required: false, many: false },
  ],
  options: { json: JSON_OPTION },
  examples: [
    ['mctpkit config check', ''],
    ['mctpkit config check /etc/mctpd.conf', 'an mctpd.conf is understood too'],
  ],
  async run({ args, options, world }) {
    const { io } = world;
    const [what, file] = args;
    if (what !== 'check') throw usageError(`config knows check, not "${what}"`);
    const found = await (file === undefined ? findConfig(undefined, world.env) : readConfigFile(file));
    if (found === undefined) throw usageError(`there is no ${CONFIG_FILE} here: name the file to check`);
    for (const { name, url } of found.links) await checkLink(`${found.file}: link ${name}`, url, found, world);
    if (options.json) io.print(JSON.stringify(found satisfies ConfigDocument, null, 2));
    else for (const line of summary(found)) io.print(line);
    for (const note of found.notes) io.note(note);
    return EXIT.done;
  },
});

/** Is it a link that could be opened? Its kind and options are read, no device is touched. @throws CommandError */
async function checkLink(what: string, url: string, config: Config, { clock, env }: World): Promise<void> {
  try {
    const { end } = (await kindOf(url).links?.(parseLinkUrl(url), { clock, env, config })) ?? { end: () => {} };
    await end();
  } catch (cause) {
    if (!(cause instanceof CommandError) && !MctpError.is(cause, 'EUSAGE')) return;
    throw usageError(`${what}: ${(cause as Error).message}`, cause);
  }
}

/** The EIDs of a link which has its own. */
function spanText(span: readonly [number, number] | undefined): string {
  return span === undefined ? '' : `, gives EIDs ${span[0]} to ${span[1]}`;
}

function summary(config: Config): string[] {
  const { links, devices, names, bridge, firewall, busOwner, interfaces, vendors } = config;
  const [first, last] = busOwner.dynamicEids ?? [];
  return [
    `${config.file} is right`,
    ...links.map(({ name, url, role, network, ownEid, dynamicEids }) => {
      const eid = ownEid === undefined ? '' : `, EID ${ownEid}`;
      return `link ${name}: ${url}, ${role} on network ${network}${eid}${spanText(dynamicEids)}`;
    }),
    ...(links.length === 0 ? [`links named on the command line: ${config.defaultRole}`] : []),
    ...interfaces.map(({ scheme, path, role, dynamicEids }) => {
      const which = [
        scheme === undefined ? '' : `of the kind ${scheme || 'that is not here'}`,
        path === undefined ? '' : `at ${path}`,
      ];
      return `links ${which.filter((part) => part !== '').join(' ') || 'of any kind'}: ${role ?? config.defaultRole}${spanText(dynamicEids)}`;
    }),
    ...(first === undefined ? [] : [`EIDs to give: ${first} to ${last}`]),
    ...(bridge === undefined
      ? []
      : [`bridge: ${bridge.poolSize} EIDs wanted from the bus owner on ${bridge.upstream}`]),
    ...devices.map(({ name, link, physicalAddress, uuid, eid }) => {
      const place = link === undefined ? `uuid ${uuid}` : placeName(link, physicalAddress);
      return `device ${name}: ${place}${eid === undefined ? '' : `, EID ${eid}`}`;
    }),
    ...names.map(({ name, address }) => `name ${name}: ${sayAddress(address)}`),
    ...vendors.map(({ name, title, type, id, commands }) => {
      const known = title === name ? '' : ` ${title},`;
      const number = type === MESSAGE_TYPE.vendorPci ? `PCI ${hexNumber(id, 4)}` : `IANA ${id}`;
      return `messages of ${name}:${known} ${number}, ${commands.length} ${commands.length === 1 ? 'command' : 'commands'}`;
    }),
    ...(firewall === undefined
      ? []
      : [`firewall: ${firewall.rules.length} rules, otherwise ${firewall.otherwise ?? 'allow'}`]),
  ];
}
