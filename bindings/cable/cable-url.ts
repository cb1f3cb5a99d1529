/** `cable:bench.local:6287?key=desk.key&allow=control,pldm` */

import { MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import type { Link } from '../../stack/link.js';
import type { LinkContext } from '../link-context.js';
import { type LinkUrl, listOf, type OptionKind, readOptions, textValue, wholeNumber, yesOrNo } from '../link-url.js';
import { makeCable, type PassingTypes } from './cable-settings.js';
import { isCableName } from './place-text.js';

const place = textValue('HOST:PORT, or the path of a Unix socket', /./);
const file = textValue('the path of a file', /./);

const NAMES = MESSAGE_TYPE as Readonly<Record<string, number>>;

/** A message type by its number or by its name in the list of message types. */
export function messageTypeOf(text: string): number | undefined {
  if (Object.hasOwn(NAMES, text)) return NAMES[text];
  return /^\d{1,3}$/.test(text) && Number(text) <= 0x7f ? Number(text) : undefined;
}

/** `control,pldm`, or `any`. */
export const passingTypes: OptionKind<PassingTypes> = {
  expects: `any, or message types such as control,pldm (numbers, or ${Object.keys(NAMES).join(', ')})`,
  parse(text) {
    if (text === 'any') return 'any';
    const types = text.split(',').map(messageTypeOf);
    return types.includes(undefined) ? undefined : (types as number[]);
  },
};

const OPTIONS = {
  key: file,
  certificate: file,
  'private-key': file,
  trust: file,
  'peer-name': textValue('a name', /./),
  backup: listOf(place),
  listen: listOf(place),
  advertise: listOf(place),
  'follow-advertised': yesOrNo,
  allow: passingTypes,
  receive: passingTypes,
  send: passingTypes,
  hops: wholeNumber(1, 15),
  /** ms */
  heartbeat: wholeNumber(20, 60_000),
  grace: wholeNumber(0, 60_000),
};

/** @throws MctpError EUSAGE, by rejection */
export async function cableLink(url: LinkUrl, { clock }: LinkContext): Promise<Link> {
  const options = readOptions(url, OPTIONS);
  if (isCableName(url.place)) {
    const what = `${url.text}: ${url.place} is a name: mctpkit cable pair and [cables.${url.place}] make such; write HOST:PORT`;
    throw new MctpError('EUSAGE', what);
  }
  return makeCable(
    `cable:${url.place === '' ? (options.listen?.[0] ?? '') : url.place}`,
    {
      backup: options.backup,
      listen: options.listen,
      advertise: options.advertise,
      keyFile: options.key,
      connect: url.place === '' ? [] : url.place.split(','),
      followAdvertised: options['follow-advertised'],
      certificate: options.certificate,
      privateKey: options['private-key'],
      trust: options.trust,
      peerName: options['peer-name'],
      receive: options.receive ?? options.allow,
      send: options.send ?? options.allow,
      hops: options.hops,
      heartbeatMs: options.heartbeat,
      graceMs: options.grace,
    },
    { clock },
  );
}
