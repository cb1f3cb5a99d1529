/** The setting `asynchronousEvents` of `nvme config`: which events a drive tells by itself, and which it could. */

import { EVENT, eventText, type NvmeMiClient } from '../../stack/nvme-mi/index.js';
import type { MctpAddress } from '../../stack/transport.js';
import { hexNumber } from '../../stack/util/text.js';
import { refusal, usageError } from '../command-error.js';
import { didYouMean } from '../suggest.js';

const NUMBER = /^(0x[0-9a-f]{1,2}|\d{1,3})$/i;

/** "on: temperature, warnings; off: spare". @throws MctpError */
export async function readEvents(client: NvmeMiClient, to: MctpAddress): Promise<string> {
  const { entries } = await client.supportedEvents(to);
  const named = (enabled: number): string =>
    entries
      .filter((entry) => entry.enabled === enabled)
      .map(({ id }) => nameOf(id))
      .join(', ') || 'none';
  return `on: ${named(1)}; off: ${named(0)}`;
}

/** Those on, all others off. What had happened already comes with the answer: in words. @throws CommandError, MctpError */
export async function writeEvents(client: NvmeMiClient, to: MctpAddress, wanted: EventWish): Promise<string[]> {
  const { entries } = await client.supportedEvents(to);
  const lacking = wanted === 'all' ? undefined : wanted.find((id) => !entries.some((entry) => entry.id === id));
  if (lacking !== undefined) {
    const has = entries.map(({ id }) => nameOf(id)).join(', ') || 'none';
    throw refusal(`the drive has no event ${nameOf(lacking)}: it has ${has}`);
  }
  const events = entries.map(({ id }) => ({ id, enabled: wanted === 'all' || wanted.includes(id) }));
  const { occurrences } = await client.setEvents(to, events);
  return occurrences.map(({ id }) => eventText(id));
}

/** Numbers of events. */
export type EventWish = readonly number[] | 'all';

/** `all`, `off`, or names and numbers with commas. @throws CommandError (usage) */
export function eventWish(text: string): EventWish {
  if (text === 'all') return 'all';
  if (text === 'off') return [];
  return text.split(',').map((word) => {
    const name = eventNames().find((known) => known.toLowerCase() === word.trim().toLowerCase());
    if (name !== undefined) return EVENT[name];
    if (NUMBER.test(word) && Number(word) <= 255) return Number(word);
    throw usageError(
      `no event "${word}"${didYouMean(word, eventNames())}: use all, off, ${eventNames().join(', ')}, or a number`,
    );
  });
}

function nameOf(id: number): string {
  return eventNames().find((name) => EVENT[name] === id) ?? hexNumber(id);
}

/** Asked for when there are words to read: help does without the code of NVMe-MI. */
function eventNames(): (keyof typeof EVENT)[] {
  return Object.keys(EVENT) as (keyof typeof EVENT)[];
}
