/** The verb `nvme`: NVMe drives, by NVMe-MI over MCTP. */

import { usageError } from '../command-error.js';
import { parseHex } from '../format/hex.js';
import { getConfig, numberOf, setConfig, settingName } from '../nvme/nvme-config.js';
import {
  ERASE_NAMES,
  formatDrive,
  resetDrive,
  sanitizeAction,
  sanitizeDrive,
  shutDownDrive,
  writeVpd,
} from '../nvme/nvme-erase.js';
import { identifyDrive, pageNumber, showControllers, showLog } from '../nvme/nvme-facts.js';
import { ACTIVATION_NAMES, activation, commitImage, downloadImage, showSlots } from '../nvme/nvme-firmware.js';
import { checkHealth } from '../nvme/nvme-health.js';
import { listDrives } from '../nvme/nvme-list.js';
import { primitiveName, sendPrimitive, sendRaw } from '../nvme/nvme-raw.js';
import { showVpd } from '../nvme/nvme-vpd.js';
import { watchHealth } from '../nvme/nvme-watch.js';
import { type OneDrive, oneDrive } from '../nvme/one-drive.js';
import { DRIVE_OPTIONS, withDrives } from '../nvme/open-drives.js';
import { allFor, onlyFor } from '../option-actions.js';
import { didYouMean } from '../suggest.js';
import {
  defineVerb,
  durationOption,
  flag,
  type OptionValues,
  offering,
  textOption,
  wholeNumberOption,
} from '../verb.js';

/** Of one drive each, but for the first two. */
const FORMS = {
  list: 'list [ADDRESS...]',
  health: 'health [ADDRESS...]',
  controllers: 'controllers ADDRESS',
  identify: 'identify ADDRESS',
  log: 'log ADDRESS PAGE',
  config: 'config get ADDRESS [NAME], or config set ADDRESS NAME VALUE',
  vpd: 'vpd ADDRESS, or vpd write ADDRESS OFFSET HEX',
  fw: 'fw list ADDRESS, fw download ADDRESS FILE [SLOT], or fw commit ADDRESS SLOT',
  sanitize: 'sanitize ADDRESS block|crypto|overwrite',
  format: 'format ADDRESS',
  reset: 'reset ADDRESS',
  shutdown: 'shutdown ADDRESS',
  control: 'control ADDRESS pause|resume|abort|state|replay',
  raw: 'raw ADDRESS HEX',
} as const;
type Action = keyof typeof FORMS;
const ACTIONS = Object.keys(FORMS) as Action[];
/** Actions which have actions of their own in front of the address. */
const PARTS: Partial<Record<Action, readonly string[]>> = {
  config: ['get', 'set'],
  fw: ['list', 'download', 'commit'],
};
const RAW_TIMEOUT_MS = 5000;
const MOST_PART = 4096;

/** What is of a controller, or reads the identity of one before it does its work. */
const WITH_CONTROLLER = ['identify', 'log', 'config', 'vpd write', 'fw', 'sanitize', 'format', 'reset', 'shutdown'];
/** What goes on, and ends with Ctrl-C. */
const WATCH = 'health --watch';
const DOWNLOAD_AND_COMMIT = 'fw download to a SLOT';

const OPTIONS = {
  ...DRIVE_OPTIONS,
  ...allFor(WITH_CONTROLLER, {
    controller: wholeNumberOption(
      '--controller <id>',
      'which controller of the drive (the first)',
      0,
      0xffff,
      undefined,
    ),
  }),
  watch: onlyFor(['health'], flag('-w, --watch', 'poll again and again, and tell what changes, until Ctrl-C')),
  interval: onlyFor([WATCH], durationOption('-i, --interval <time>', 'between two polls (5s)', 5000)),
  count: onlyFor([WATCH], wholeNumberOption('-c, --count <n>', 'end after this many polls', 1, 1e9, undefined)),
  plot: onlyFor(['health'], flag('--plot', '--watch with sparklines of temperature and wear')),
  svg: onlyFor(
    ['health'],
    textOption('--svg <file>', '--watch, and write a picture of temperature and wear there', undefined),
  ),
  noEvents: onlyFor([WATCH], flag('--no-events', 'only poll; do not switch on the events of drives which have some')),
  length: onlyFor(
    ['log'],
    wholeNumberOption('--length <bytes>', 'so many bytes, as hex (the whole page)', 4, 16_777_216, undefined),
  ),
  port: onlyFor(['config'], wholeNumberOption('--port <n>', 'which port of the drive (0)', 0, 255, 0)),
  output: onlyFor(['vpd'], textOption('-o, --output <file>', 'write the bytes there', undefined)),
  from: onlyFor(['fw download'], wholeNumberOption('--from <bytes>', 'go on there (0)', 0, 0xffff_fffc, 0)),
  part: onlyFor(
    ['fw download'],
    wholeNumberOption('--part <bytes>', 'bytes in one command (4096)', 4, MOST_PART, MOST_PART),
  ),
  activate: onlyFor(
    [DOWNLOAD_AND_COMMIT, 'fw commit'],
    offering(
      textOption(
        '--activate <when>',
        'when the firmware of a slot runs: reset (after the next one), now, store (not yet), select (what the slot has) (reset)',
        'reset',
      ),
      () => ACTIVATION_NAMES,
    ),
  ),
  namespace: onlyFor(
    ['format'],
    wholeNumberOption('--namespace <id>', 'only this one (all)', 1, 0xffff_fffe, undefined),
  ),
  lbaFormat: onlyFor(['format'], wholeNumberOption('--lba-format <n>', '0 to 63 (0)', 0, 63, 0)),
  erase: onlyFor(
    ['format'],
    offering(textOption('--erase <how>', 'none, user or crypto (none)', 'none'), () => ERASE_NAMES),
  ),
  passes: onlyFor(['sanitize overwrite'], wholeNumberOption('--passes <n>', 'how often (1)', 1, 16, 1)),
  abrupt: onlyFor(['shutdown'], flag('--abrupt', 'do not let the drive finish')),
  slot: onlyFor(['control'], wholeNumberOption('--slot <n>', 'which command slot (0)', 0, 1, 0)),
  yes: onlyFor(
    ['sanitize', 'format', 'reset', 'shutdown', 'vpd write'],
    textOption('-y, --yes <serial>', 'do what cannot be undone to the drive with this serial number', undefined),
  ),
} as const;

/** The words of an action which say what it does, such as `fw download`. */
function wordsOf(action: Action, words: readonly string[], watches: boolean): string[] {
  if (action === 'health') return watches ? [WATCH, action] : [action];
  if (action === 'vpd') return words[0] === 'write' ? ['vpd write'] : [action];
  if (action === 'sanitize') return [...(words[1] === 'overwrite' ? ['sanitize overwrite'] : []), action];
  const part = PARTS[action]?.find((known) => known === words[0]);
  if (part === undefined) return [action];
  // ADDRESS FILE SLOT
  const commits = part === 'download' && words.length > 3;
  return [`${action} ${part}`, action, ...(commits ? [DOWNLOAD_AND_COMMIT] : [])];
}

function actionOf(word: string | undefined): Action | undefined {
  return ACTIONS.find((name) => name === word);
}

/** `--plot` and `--svg` are of what goes on. */
function isWatch({ watch, plot, svg }: Pick<OptionValues<typeof OPTIONS>, 'watch' | 'plot' | 'svg'>): boolean {
  return watch || plot || svg !== undefined;
}

export const nvme = defineVerb({
  name: 'nvme',
  summary: 'NVMe drives over NVMe-MI: list, health, logs, firmware, configuration, sanitize',
  description:
    'list and health: all drives that are found, or those named. The other actions are about one drive: controllers; identify; ' +
    'log ADDRESS PAGE (smart, error, firmware, sanitize, supported, selfTest, or a number); config get ADDRESS [NAME]; ' +
    'config set ADDRESS NAME VALUE (smbusFrequency, transmissionUnit, healthStatusChange, asynchronousEvents, feature:ID); vpd; ' +
    'vpd write ADDRESS OFFSET HEX; fw list; fw download ADDRESS FILE [SLOT]; fw commit ADDRESS SLOT; control ADDRESS PRIMITIVE; ' +
    'raw ADDRESS HEX. What cannot be undone (sanitize, format, reset, shutdown, vpd write) asks for the serial number of the drive.',
  arguments: [
    { name: 'action', summary: ACTIONS.join(', '), required: true, many: false },
    { name: 'what', summary: 'address and more, see above', required: false, many: true },
  ],
  options: OPTIONS,
  examples: [
    ['mctpkit nvme list', 'all drives on the virtual bench'],
    ['mctpkit nvme health --watch --interval 10s', 'what changes, politely polled'],
    ['mctpkit nvme health --svg drives.svg --count 60', 'five minutes as a picture'],
    ['mctpkit nvme log 9 smart', ''],
    ['mctpkit nvme config set 9 transmissionUnit 250', ''],
    ['mctpkit nvme config set 9 asynchronousEvents temperature,warnings', 'the drive tells these by itself'],
    ['mctpkit nvme fw download i2c:1/0x1d firmware.bin 2', 'into slot 2, which runs after the next reset'],
    ['mctpkit nvme fw commit 9 1 --activate select', 'slot 1 runs after the next reset'],
    ['mctpkit nvme sanitize 9 crypto --yes S7A1C5E100001', 'erases everything, without asking'],
    ['mctpkit nvme raw 9 080000010000000000000000000000', 'a health poll by hand; its integrity check is made'],
  ],
  does: ([first, ...words], options) => {
    const action = actionOf(first);
    return action === undefined ? undefined : wordsOf(action, words, isWatch(options));
  },
  async run({ args, options, world }) {
    const [first, ...words] = args as [string, ...string[]];
    const action = actionOf(first);
    if (action === undefined) {
      throw usageError(`nvme cannot "${first}"${didYouMean(first, ACTIONS)}: use ${ACTIONS.join(', ')}`);
    }
    const { json } = options;
    const { io, signal } = world;
    if (action === 'list') return withDrives(words, options, world, (drives) => listDrives(drives, json, io));
    if (action === 'health') {
      return withDrives(words, options, world, (drives) =>
        isWatch(options) ? watchHealth(drives, options, world) : checkHealth(drives, json, io),
      );
    }
    const { part, address, rest } = placed(action, words);
    const work = workOf(action, part, rest);
    return withDrives([address], options, world, (drives) => work(oneDrive(drives, options.controller)));

    /** Words are checked before anything is opened. @throws CommandError (usage) */
    function workOf(
      what: Exclude<Action, 'list' | 'health'>,
      of: string | undefined,
      more: readonly string[],
    ): (drive: OneDrive) => Promise<number> {
      const most = {
        log: 1,
        config: of === 'set' ? 2 : 1,
        vpd: of === 'write' ? 2 : 0,
        fw: of === 'download' ? 2 : of === 'commit' ? 1 : 0,
      };
      const bounds: Partial<Record<Action, number>> = {
        ...most,
        sanitize: 1,
        control: 1,
        raw: Number.POSITIVE_INFINITY,
      };
      const extra = more[bounds[what] ?? 0];
      if (extra !== undefined) throw usageError(`"${extra}" is one word too many: write mctpkit nvme ${FORMS[what]}`);
      const need = (index: number): string => {
        const word = more[index];
        if (word === undefined) throw usageError(`write mctpkit nvme ${FORMS[what]}`);
        return word;
      };
      const destroying = { json, yes: options.yes, signal, io };
      switch (what) {
        case 'controllers':
          return (drive) => showControllers(drive, json, io);
        case 'identify':
          return (drive) => identifyDrive(drive, json, io);
        case 'log': {
          const page = need(0);
          pageNumber(page);
          return (drive) => showLog(drive, page, options.length, json, io);
        }
        case 'config': {
          if (of === 'get') return (drive) => getConfig(drive, more[0], options.port, json, io);
          const setting = [need(0), need(1)] as const;
          settingName(setting[0]);
          return (drive) => setConfig(drive, setting, options.port, json, io);
        }
        case 'vpd': {
          if (of !== 'write') return (drive) => showVpd(drive, options.output, json, io);
          const offset = numberOf(need(0), 0, 0xffff, 'the offset');
          const data = parseHex(need(1), 'the data');
          return (drive) => writeVpd(drive, offset, data, destroying);
        }
        case 'fw': {
          const commitAction = activation(options.activate);
          if (of === 'list') return (drive) => showSlots(drive, json, io);
          if (of === 'download') {
            const { from, part: partBytes } = options;
            const wish = { path: need(0), from, partBytes, json, signal };
            if (more[1] === undefined) return (drive) => downloadImage(drive, wish, io);
            const into = numberOf(more[1], 0, 7, 'the slot');
            return async (drive) => {
              await downloadImage(drive, wish, io);
              return commitImage(drive, into, commitAction, json ? 'line' : undefined, io);
            };
          }
          const slot = numberOf(need(0), 0, 7, 'the slot');
          return (drive) => commitImage(drive, slot, commitAction, json ? 'document' : undefined, io);
        }
        case 'sanitize': {
          const how = need(0);
          sanitizeAction(how);
          return (drive) => sanitizeDrive(drive, how, options.passes, destroying);
        }
        case 'format': {
          const { namespace: namespaceId, lbaFormat, erase } = options;
          return (drive) => formatDrive(drive, { namespaceId, lbaFormat, erase }, destroying);
        }
        case 'reset':
          return (drive) => resetDrive(drive, destroying);
        case 'shutdown':
          return (drive) => shutDownDrive(drive, options.abrupt, destroying);
        case 'control': {
          const primitive = primitiveName(need(0));
          return (drive) => sendPrimitive(drive, primitive, options.slot === 1 ? 1 : 0, json, io);
        }
        case 'raw': {
          need(0);
          return (drive) => sendRaw(drive, more, options.timeout ?? RAW_TIMEOUT_MS, json, io, signal);
        }
      }
    }
  },
});

/** `config get ADDRESS ...`, `vpd write ADDRESS ...`, `log ADDRESS ...`. @throws CommandError (usage) */
function placed(action: Action, words: readonly string[]) {
  const parts = PARTS[action];
  const written = action === 'vpd' && words[0] === 'write';
  const part = parts !== undefined || written ? words[0] : undefined;
  if (parts !== undefined && (part === undefined || !parts.includes(part))) {
    throw usageError(`write mctpkit nvme ${FORMS[action]}`);
  }
  const [address, ...rest] = part === undefined ? words : words.slice(1);
  if (address === undefined) throw usageError(`which drive? write mctpkit nvme ${FORMS[action]}`);
  return { part, address, rest };
}
