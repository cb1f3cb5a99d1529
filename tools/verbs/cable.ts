/** The verb `cable`: pair two machines by a code, and list the cables which are known. */

import { randomBytes } from 'node:crypto';
import type { PassingTypes } from '../../bindings/cable/cable-settings.js';
import { passingTypes } from '../../bindings/cable/cable-url.js';
import { newPairCode, pairKey, readPairCode } from '../../bindings/cable/pair-code.js';
import { type Paired, pairWith, waitForPair } from '../../bindings/cable/pairing.js';
import { CABLE_PORT, isCableName, splitPlace } from '../../bindings/cable/place-text.js';
import { SocketNetwork } from '../../bindings/cable/socket-network.js';
import { MctpError } from '../../stack/errors.js';
import { messageTypeName } from '../../stack/ids.js';
import { cablesFolder, isPaired, type PairedCable, writePaired } from '../cable/cable-files.js';
import { type KnownCable, knownCables } from '../cable/known-cables.js';
import { EXIT, printable, refusal, usageError } from '../command-error.js';
import { CONFIG_OPTION, findConfig } from '../config/find.js';
import { tableLines } from '../format/columns.js';
import { allFor, onlyFor } from '../option-actions.js';
import type { CableDocument } from '../schema/table-documents.js';
import { defineVerb, durationOption, flag, jsonOrLines, textOption, valueOption } from '../verb.js';
import type { World } from '../world.js';
import { checkFolder } from '../writable.js';

const WORDS = ['pair', 'list'];
/** `pair` of the machine which shows the code. */
const WAITS = 'pair without --with';
const PAIR_MS = 300_000;
const CONTROL_ONLY: PassingTypes = [0];

export const cable = defineVerb({
  name: 'cable',
  summary: 'pair two machines for a cable, and list the cables which are known',
  description:
    'A cable joins the networks of two machines as a wire would, over TLS. "mctpkit cable pair NAME" on one machine shows ' +
    'a code and waits; "mctpkit cable pair NAME --with HOST" on the other asks for it. Both keep the same key then, and ' +
    'the cable is the link cable:NAME: the first machine listens (mctpkit serve), the second connects.',
  arguments: [
    { name: 'word', summary: WORDS.join(', '), required: true, many: false, words: WORDS },
    { name: 'name', summary: 'pair: what the cable is called on this machine', required: false, many: false },
  ],
  options: {
    with: onlyFor(
      ['pair'],
      textOption('--with <host>', `the machine which shows the code, HOST or HOST:PORT (${CABLE_PORT})`, undefined),
    ),
    code: onlyFor(['pair --with'], textOption('--code <code>', 'the code, instead of being asked for it', undefined)),
    listen: onlyFor(
      [WAITS],
      valueOption(
        '--listen <address>',
        `where this machine listens, now and for the cable (0.0.0.0:${CABLE_PORT})`,
        'ADDRESS or ADDRESS:PORT',
        placeText,
        `0.0.0.0:${CABLE_PORT}`,
      ),
    ),
    allow: onlyFor(
      ['pair'],
      valueOption(
        '--allow <types>',
        'message types which may pass, such as control,pldm, or any (control)',
        passingTypes.expects,
        (text) => passingTypes.parse(text),
        CONTROL_ONLY,
      ),
    ),
    replace: onlyFor(['pair'], flag('--replace', 'replace the cable which has this name')),
    for: onlyFor([WAITS], durationOption('--for <time>', 'how long to wait for the other machine (5m)', PAIR_MS)),
    ...allFor(['list'], { config: CONFIG_OPTION }),
    json: jsonOrLines('pair'),
  },
  does: ([word], options) => {
    if (word !== 'pair') return word === 'list' ? [word] : undefined;
    return options.with === undefined ? [WAITS, word] : ['pair --with', word];
  },
  examples: [
    ['mctpkit cable pair desk --allow control,pldm', 'on the machine with the board: shows a code'],
    ['mctpkit cable pair desk --with bench.local --allow control,pldm', 'on the laptop: asks for the code'],
    ['mctpkit discover --link cable:desk', 'on the laptop, while mctpkit serve runs at the bench'],
    ['mctpkit cable list', 'the cables which are known here'],
  ],
  async run({ args: [word, name], options, world }) {
    if (word === 'list') {
      if (name !== undefined) throw usageError('write mctpkit cable list');
      return list(
        await findConfig(options.config, world.env).then((config) => knownCables(config, world.env)),
        options,
        world,
      );
    }
    if (word !== 'pair') throw usageError(`no word "${word}": known are ${WORDS.join(', ')}`);
    if (name === undefined) throw usageError('say what the cable is called: mctpkit cable pair NAME');
    if (!isCableName(name)) throw usageError(`"${name}" is not the name of a cable: use letters, digits, - and _`);
    const folder = cablesFolder(world.env);
    if (isPaired(folder, name) && !options.replace) {
      throw usageError(`there is a cable ${name} already: choose another name, or add --replace`);
    }
    // Not when the other machine has kept it already.
    checkFolder(folder);
    const made = await (options.with === undefined
      ? wait(name, options, world)
      : connect(name, options.with, options, world));
    const file = writePaired(folder, made.cable);
    const { listen, connect: to } = made.cable;
    if (options.json) {
      const document = { paired: name, file, with: made.who, connect: to ?? [], listen: listen ?? [] };
      world.io.print(JSON.stringify(document satisfies CableDocument));
      return EXIT.done;
    }
    world.io.print(printable(`paired with ${made.who}; the cable is in ${file}`));
    world.io.print(
      to === undefined
        ? `now: mctpkit serve with a link of url = "cable:${name}", or mctpkit echo --link cable:${name}`
        : `now: mctpkit discover --link cable:${name}`,
    );
    return EXIT.done;
  },
});

interface PairWishes {
  readonly code: string | undefined;
  readonly listen: string;
  readonly allow: PassingTypes;
  readonly for: number;
  readonly json: boolean;
}

interface Made {
  readonly cable: PairedCable;
  readonly who: string;
}

/** Show a code, and wait for the other machine. */
async function wait(name: string, { listen, allow, for: limitMs, json }: PairWishes, world: World): Promise<Made> {
  const { io, clock, signal } = world;
  const code = newPairCode((bytes) => randomBytes(bytes));
  const key = pairKey(readPairCode(code)!);
  const ready = (): void => {
    const { port } = splitPlace(listen)!;
    const where = port === CABLE_PORT ? 'this machine' : `this machine:${port}`;
    if (json) io.print(JSON.stringify({ code, listen } satisfies CableDocument));
    else {
      io.print(`code: ${code}`);
      io.note(`on the other machine: mctpkit cable pair ${name} --with ${where}; Ctrl-C gives up`);
    }
  };
  const wrong = (who: string, left: number): void =>
    io.note(printable(`${who} has a wrong code; ${left} attempts are left`));
  const paired = await settled(
    waitForPair({ clock, signal, key, limitMs, ready, wrong, place: listen, network: networkOf(key, world) }),
  );
  return { who: paired.who, cable: { name, allow, key: paired.key, listen: [listen] } };
}

/** Ask for the code, and connect. */
async function connect(name: string, host: string, { code: given, allow }: PairWishes, world: World): Promise<Made> {
  const { clock, signal } = world;
  const place = placeText(host);
  if (place === undefined) throw usageError(`--with ${host} is wrong: write HOST or HOST:PORT`);
  const code = readPairCode(given ?? (await askedFor(world)));
  if (code === undefined) throw usageError('this is not the code: it has 16 letters and digits, one of which is wrong');
  const key = pairKey(code);
  const paired = await settled(pairWith(place, { clock, signal, key, network: networkOf(key, world) }), place);
  return { who: place, cable: { name, allow, key: paired.key, connect: [place] } };
}

function networkOf(key: Uint8Array, { clock }: World): SocketNetwork {
  return new SocketNetwork(clock, { kind: 'key', key });
}

/** @throws CommandError */
function settled(pairing: Promise<Paired>, place?: string): Promise<Paired> {
  return pairing.catch((cause: unknown) => {
    if (!MctpError.is(cause)) throw cause;
    if (place !== undefined && cause.code === 'EACCES') {
      throw refusal(`this is not the code which ${place} shows, or it shows none any more`, cause);
    }
    // A link asks for a server there; here the other machine has to show a code.
    if (place !== undefined && (cause.cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED') {
      throw refusal(`no program listens at ${place}: start mctpkit cable pair NAME there first`, cause);
    }
    throw refusal(cause.message, cause);
  });
}

/** @throws CommandError when nobody can be asked */
async function askedFor({ io, signal }: World): Promise<string> {
  const answer = await io.ask?.('code: ', signal);
  if (answer === undefined) throw usageError('without a terminal the code has to be given with --code');
  return answer;
}

/** Port 0 is a port of the moment, at which nobody would find the cable again. */
function placeText(text: string): string | undefined {
  const place = splitPlace(text);
  if (place === undefined || place.port === 0) return undefined;
  return `${place.host.includes(':') ? `[${place.host}]` : place.host}:${place.port}`;
}

function list(cables: readonly KnownCable[], { json }: { readonly json: boolean }, { io }: World): number {
  if (json) {
    io.print(JSON.stringify(cables satisfies CableDocument, null, 2));
    return EXIT.done;
  }
  const types = (passing: PassingTypes): string =>
    passing === 'any' ? 'any' : passing.map(messageTypeName).join(', ') || 'nothing';
  const rows = cables.map(({ name, connect, backup, listen, receive, send, from }) => [
    io.colours.name(`cable:${name}`),
    printable(
      [...connect, ...backup.map((place) => `${place} (backup)`), ...listen.map((place) => `listens at ${place}`)].join(
        ', ',
      ),
    ),
    `receives ${types(receive)}; sends ${types(send)}`,
    printable(from),
  ]);
  for (const line of tableLines(rows)) io.print(line);
  if (rows.length === 0) io.note('no cable is known here: mctpkit cable pair NAME makes one');
  return EXIT.done;
}
