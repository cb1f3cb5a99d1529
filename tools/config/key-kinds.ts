/** Kinds of values that a configuration key takes: how each is read from a table, and what the documentation says of it. */

import type { PassingTypes } from '../../bindings/cable/cable-settings.js';
import { isPlace } from '../../bindings/cable/place-text.js';
import { INTERFACE_NAME } from '../../bindings/shared/server/interface-wish.js';
import type { TomlTable } from '../../hw-fixtures/bench/description/toml-table.js';
import { MctpError } from '../../stack/errors.js';
import { EID_MAX, EID_MIN, isEid, MESSAGE_TYPE } from '../../stack/ids.js';
import { type Address, readAddress } from '../../stack/names/index.js';
import type { EidSet } from '../../stack/roles/index.js';
import { hexDigits, isUuid } from '../../stack/util/text.js';
import { FAMILY_FORMS } from '../names/family-forms.js';

/** A link of the file, as other sections refer to it. */
export interface NamedLink {
  readonly name: string;
  /** What the stack calls it. */
  readonly link: string;
}

export interface Kind<T> {
  /** The values it takes, for the documentation. */
  readonly form: string;
  /** Undefined when the key is not there. @throws MctpError EUSAGE with the line */
  read(table: TomlTable, key: string, links: readonly NamedLink[]): T | undefined;
}

const DAY_MS = 86_400_000;

export const text: Kind<string> = { form: 'text', read: (table, key) => table.text(key) };
export const flag: Kind<boolean> = { form: '`true`, `false`', read: (table, key) => table.flag(key) };

export function whole(least: number, most: number): Kind<number> {
  return { form: `${least} to ${most}`, read: (table, key) => table.whole(key, least, most) };
}

export const wholeDays = whole(0, 36_500);

/** A program and its arguments. */
export const words: Kind<readonly string[]> = {
  form: 'list of texts',
  read(table, key) {
    const list = table.list(key);
    if (list === undefined) return undefined;
    const wrong = list.findIndex((word) => typeof word !== 'string');
    if (wrong >= 0) throw table.error([key, wrong], `${key} is a list of texts, not ${JSON.stringify(list[wrong])}`);
    if (list.length === 0 || list[0] === '') throw table.error([key], `${key} is empty: name a program`);
    const cut = list.findIndex((word) => String(word).includes('\0'));
    if (cut >= 0) throw table.error([key, cut], `${key} has the character 0, which no program can be given`);
    return list as string[];
  },
};

export const webUrl: Kind<string> = {
  form: 'URL, `http:` or `https:`',
  read(table, key) {
    const url = table.text(key);
    if (url === undefined) return undefined;
    if (/^https?:\/\//i.test(url) && URL.canParse(url)) {
      const { username, password } = new URL(url);
      if (username === '' && password === '') return url;
      throw table.error([key], `${key} has a user or a password in it, which is not sent: run a program, such as curl`);
    }
    const why =
      /^[a-z][a-z0-9+.-]*:/i.test(url) && !/^https?:/i.test(url)
        ? 'cannot be used, only http: and https: can'
        : 'is not a URL';
    throw table.error([key], `"${url}" ${why}: write e.g. "https://lab.example/mctp"`);
  },
};

/** `"0750"`: in octal, as chmod takes it. */
export const fileMode: Kind<number> = {
  form: 'octal text such as `"0760"`',
  read(table, key) {
    const written = table.text(key);
    if (written === undefined) return undefined;
    if (/^0?[0-7]{3}$/.test(written)) return Number.parseInt(written, 8);
    throw table.error([key], `"${written}" is not a mode: write it in octal, as chmod takes it, e.g. "0760"`);
  },
};

/** `127.0.0.1:9464`, `[::1]:80` */
export function isAddressPort(text: string): boolean {
  const port = /^(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/.exec(text)?.[1];
  return port !== undefined && Number(port) <= 0xffff;
}

/** `"127.0.0.1:9464"`, `"[::1]:9464"` */
export const addressPort: Kind<string> = {
  form: 'text such as `"127.0.0.1:9464"`',
  read(table, key) {
    const written = table.text(key);
    if (written === undefined || isAddressPort(written)) return written;
    throw table.error([key], `"${written}" is not an address with a port: write e.g. "127.0.0.1:9464"`);
  },
};

/** `["mctpi2c0"]` */
export const interfaceNames: Kind<readonly string[]> = {
  form: 'list of names such as `["mctpi2c0"]`',
  read: (table, key) =>
    table.list(key)?.map((value, index) => {
      if (typeof value === 'string' && INTERFACE_NAME.test(value)) return value;
      throw table.error(
        [key, index],
        `${JSON.stringify(value)} is not the name of an interface: write e.g. "mctpi2c0"`,
      );
    }),
};

/** A time in ms; a day at most. */
export function milliseconds(least: number): Kind<number> {
  return { form: `${least} to ${DAY_MS} ms`, read: (table, key) => table.number(key, least, DAY_MS) };
}

export function oneOf<const T extends string>(...words: readonly T[]): Kind<T> {
  return { form: words.map(quoted).join(', '), read: (table, key) => table.oneOf(key, words) };
}

/** A list of texts, each one of `words`. */
export function listOf<const T extends string>(...words: readonly T[]): Kind<readonly T[]> {
  return {
    form: `list of ${words.map(quoted).join(', ')}`,
    read: (table, key) =>
      table.list(key)?.map((value, index) => {
        const found = words.find((word) => word === value);
        if (found !== undefined) return found;
        throw table.error([key, index], `${key} knows ${words.join(', ')}, not ${JSON.stringify(value)}`);
      }),
  };
}

/** An address as on the command line; a name does not stand for another one. */
export const addressText: Kind<Address> = {
  form: 'an address, as on the command line',
  read(table, key) {
    const written = table.text(key);
    if (written === undefined) return undefined;
    try {
      const address = FAMILY_FORMS.read?.(written) ?? readAddress(written);
      if (address !== undefined) return address;
    } catch (error) {
      throw MctpError.is(error) ? table.error([key], error.message) : error;
    }
    throw table.error([key], `"${written}" is not an address: write an EID (9), uuid:..., tid:3, or a place`);
  },
};

export const eid: Kind<number> = whole(EID_MIN, EID_MAX);

export const eidRange: Kind<readonly [number, number]> = {
  form: '`[first, last]`',
  read(table, key) {
    const list = table.list(key);
    if (list === undefined) return undefined;
    const range = rangeOf(list);
    if (range !== undefined) return range;
    const example = `[${EID_MIN}, ${EID_MAX}]`;
    throw table.error([key], `${key} is the first and the last EID, ${EID_MIN} to ${EID_MAX}, as in ${example}`);
  },
};

/** EIDs and ranges of EIDs. */
export const eidSet: Kind<EidSet> = {
  form: 'list of EIDs and of `[first, last]`',
  read: (table, key) =>
    table.list(key)?.map((value, index): number | [number, number] => {
      if (typeof value === 'number' && isEid(value)) return value;
      const range = Array.isArray(value) ? rangeOf(value) : undefined;
      if (range !== undefined) return range;
      const what = `${JSON.stringify(value)} is neither an EID, ${EID_MIN} to ${EID_MAX}, nor a range such as [8, 20]`;
      throw table.error([key, index], what);
    }),
};

export const uuid: Kind<string> = {
  form: 'UUID',
  read(table, key) {
    const value = table.text(key);
    if (value === undefined || isUuid(value)) return value?.toLowerCase();
    throw table.error([key], `${key} is a UUID, 8-4-4-4-12 hex digits, not "${value}"`);
  },
};

/** A physical address: a number of one byte, or hex digits in a text for wider ones. */
export const address: Kind<string> = {
  form: 'a number, or hex digits in quotes',
  read(table, key) {
    const value = table.any(key);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xff) {
      return hexDigits(value);
    }
    if (typeof value === 'string' && /^(0x)?([0-9a-f]{2})*$/i.test(value)) {
      return value.toLowerCase().replace(/^0x/, '');
    }
    throw table.error([key], `${key} is a number, as in 0x1d, or hex digits in quotes, not ${JSON.stringify(value)}`);
  },
};

export const linkUrl: Kind<string> = {
  form: 'URL of a link',
  read(table, key) {
    const url = table.text(key);
    if (url === undefined || /^[a-z][a-z0-9+-]*:/i.test(url)) return url;
    throw table.error([key], `"${url}" is not a link: write a kind and a place, as in i2c:1 or serial:/dev/ttyUSB0`);
  },
};

/** The name that a link has in the file. */
export const linkName: Kind<string> = {
  form: 'name of a link',
  read: (table, key, links) =>
    table.reference(
      key,
      'link',
      links.map(({ name }) => name),
    ),
};

/** Links by the names that they have in the file; read as what the stack calls them. */
export const linkNames: Kind<readonly string[]> = {
  form: 'list of names of links',
  read: (table, key, links) =>
    table.list(key)?.map((value, index) => {
      const found = links.find(({ name }) => name === value);
      if (found !== undefined) return found.link;
      const names = links.map(({ name }) => name).join(', ') || 'none';
      throw table.error([key, index], `there is no link ${JSON.stringify(value)} (links: ${names})`);
    }),
};

/** By number, or by the name in the list of message types. */
export const messageTypes: Kind<readonly number[]> = {
  form: 'list of message types, by number or name',
  read(table, key) {
    const names = MESSAGE_TYPE as Readonly<Record<string, number>>;
    return table.list(key)?.map((value, index) => {
      if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0x7f) return value;
      if (typeof value === 'string' && Object.hasOwn(names, value)) return names[value]!;
      const known = Object.keys(names).join(', ');
      throw table.error([key, index], `${JSON.stringify(value)} is not a message type: use 0 to 127, or ${known}`);
    });
  },
};

/** As `messageTypes`, or all of them. */
export const passing: Kind<PassingTypes> = {
  form: 'list of message types, or `"any"`',
  read: (table, key, links) => (table.any(key) === 'any' ? 'any' : messageTypes.read(table, key, links)),
};

/** Where an end of a cable is. */
export const places: Kind<readonly string[]> = {
  form: 'list of `"HOST:PORT"` or paths of Unix sockets',
  read: (table, key) =>
    table.list(key)?.map((value, index) => {
      if (typeof value === 'string' && isPlace(value)) return value;
      throw table.error(
        [key, index],
        `${JSON.stringify(value)} is not a place: write HOST:PORT, or the path of a socket`,
      );
    }),
};

function rangeOf(list: readonly unknown[]): [number, number] | undefined {
  const [first, last] = list;
  const good =
    list.length === 2 && typeof first === 'number' && typeof last === 'number' && isEid(first) && isEid(last);
  return good && first <= last ? [first, last] : undefined;
}

function quoted(word: string): string {
  return `\`${word}\``;
}
