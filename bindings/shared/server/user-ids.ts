/** Numbers of users and groups of this machine, as its files name them (passwd(5), group(5)). */

import { readFile } from 'node:fs/promises';
import { MctpError } from '../../../stack/errors.js';

export type NameKind = 'user' | 'group';

const FILES: Readonly<Record<NameKind, string>> = { user: '/etc/passwd', group: '/etc/group' };
const REMEDY: Readonly<Record<NameKind, string>> = { user: 'useradd --system', group: 'groupadd --system' };

/** `name`: one of the file, or a number. @throws MctpError EUSAGE: there is none, with what to do */
export async function idOf(kind: NameKind, name: string): Promise<number> {
  if (/^\d{1,9}$/.test(name)) return Number(name);
  const text = await readFile(FILES[kind], 'utf8').catch(() => '');
  for (const line of text.split('\n')) {
    const [found, , id] = line.split(':');
    if (found === name && id !== undefined) return Number(id);
  }
  throw new MctpError('EUSAGE', `there is no ${kind} ${name}: make it with ${REMEDY[kind]} ${name}, or name another`);
}
