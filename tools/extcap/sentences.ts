/** What Wireshark asks an extcap program, answered in its sentences: `interface {value=...}{display=...}`. Pure. */

import { LINKTYPE_LINUX_SLL2 } from '../../bindings/capture/sll2.js';
import type { LinkHere } from '../link-kinds.js';

/** The one whose link is typed in. */
export const ANY_LINK = 'mctpkit_any';

/** Wireshark's names of interfaces are words. */
export function interfaceName(url: string): string {
  return `mctpkit_${url.replace(/[^A-Za-z0-9]+/g, '_').replace(/_$/, '')}`;
}

export function interfaceSentences(links: readonly LinkHere[], version: string): string[] {
  return [
    sentence('extcap', { version, help: 'https://www.npmjs.com/package/mctpkit' }),
    ...links.map(({ url, what }) =>
      sentence('interface', { value: interfaceName(url), display: `MCTP: ${url} (${what})` }),
    ),
    sentence('interface', { value: ANY_LINK, display: 'MCTP: another link' }),
  ];
}

export function dltSentence(): string {
  return sentence('dlt', {
    number: String(LINKTYPE_LINUX_SLL2),
    name: 'LINUX_SLL2',
    display: 'MCTP in Linux cooked packets',
  });
}

export function configSentences(url: string | undefined): string[] {
  return [
    sentence('arg', {
      number: '0',
      call: '--link',
      display: 'Link',
      tooltip: 'serial:/dev/ttyUSB0?baud=115200, i2c:1?address=0x10, kernel:mctpi2c0, bench:',
      type: 'string',
      required: 'true',
      ...(url !== undefined && { default: url }),
    }),
    sentence('arg', {
      number: '1',
      call: '--discover',
      display: 'Find endpoints',
      tooltip: 'be the bus owner of the link: ask, and give EIDs',
      type: 'boolflag',
    }),
  ];
}

/** Braces end a value: there is no way to write them. */
function sentence(word: string, values: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(values).map(([name, value]) => `{${name}=${value.replace(/[{}]/g, '')}}`);
  return `${word} ${pairs.join('')}`;
}
