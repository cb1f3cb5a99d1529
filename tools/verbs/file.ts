/** The verb `file`: the files of an endpoint, listed, read and written by PLDM file transfer. */

import { findAddresses } from '../addressed-session.js';
import { usageError } from '../command-error.js';
import { CONFIG_OPTION } from '../config/find.js';
import { getFile } from '../file/get.js';
import { listFiles } from '../file/list.js';
import { putFile } from '../file/put.js';
import { withFiles } from '../file/with-files.js';
import { onlyFor } from '../option-actions.js';
import { didYouMean } from '../suggest.js';
import {
  ASSIGN_OPTION,
  CAPTURE_OPTION,
  defineVerb,
  flag,
  JSON_OPTION,
  LINK_OPTION,
  OWN_EID_OPTION,
  shortTimeOption,
  wholeNumberOption,
} from '../verb.js';

const ACTIONS = ['ls', 'get', 'put'];
const LARGEST = 0xffff_ffff;

export const file = defineVerb({
  name: 'file',
  summary: 'list, read and write the files of an endpoint',
  description:
    'ls lists; get FILE [LOCAL] reads, put LOCAL FILE writes. FILE is a path (/logs/boot.log), a name that only one file has, ' +
    'or the identifier; LOCAL may be - for standard output or input. What get reads goes to LOCAL.part, which becomes ' +
    'LOCAL once it is complete. put empties the file first. The address is as for ping.',
  arguments: [
    { name: 'address', summary: 'which endpoint', required: true, many: false },
    { name: 'action', summary: 'ls, get or put', required: true, many: false },
    { name: 'file', summary: 'for get and put: which file', required: false, many: true },
  ],
  options: {
    link: LINK_OPTION,
    offset: onlyFor(
      ['get', 'put'],
      wholeNumberOption('--offset <bytes>', 'begin there, and put keeps the bytes before it', 0, LARGEST, undefined),
    ),
    length: onlyFor(
      ['get'],
      wholeNumberOption('--length <bytes>', 'read this many (to the end)', 1, LARGEST, undefined),
    ),
    resume: onlyFor(['get'], flag('--resume', 'continue after the bytes that LOCAL.part has')),
    keep: onlyFor(['put'], flag('--keep', 'write over the beginning, without emptying the file first')),
    verify: onlyFor(['put'], flag('--verify', 'read it back, and compare')),
    partSize: onlyFor(
      ['get', 'put'],
      wholeNumberOption('--part-size <bytes>', 'most bytes in one message (4096)', 256, 65_535, 4096),
    ),
    timeout: shortTimeOption('-W, --timeout <time>', 'to wait for an answer, per try (2s)', 1, 2000),
    json: JSON_OPTION,
    ownEid: OWN_EID_OPTION,
    assign: ASSIGN_OPTION,
    capture: CAPTURE_OPTION,
    config: CONFIG_OPTION,
  },
  examples: [
    ['mctpkit file bench:serial0 ls', "the bench's MCU"],
    ['mctpkit file bench:serial0 get boot.log -', 'on the screen'],
    ['mctpkit file 20 get crash.bin dump.bin --resume', 'continue an earlier get'],
    ['mctpkit file 20 put settings.txt /settings.txt --verify', 'and read it back'],
  ],
  does: ([, action]) => (action !== undefined && ACTIONS.includes(action) ? [action] : undefined),
  async run({ args, options, world }) {
    const { io } = world;
    const [where, action = '', ...words] = args;
    const { ownEid, capture, partSize, timeout } = options;
    const { addresses, to } = await findAddresses([where!], options, world);
    const session = { ...to, ownEid, capture, assigns: options.assign };
    const open = { session, address: addresses[0]!, partSize, timeoutMs: timeout, world };
    if (action === 'ls') {
      if (words.length > 0) throw usageError('ls takes no more: mctpkit file ADDRESS ls');
      return withFiles(open, (files) => listFiles(files, io, options.json));
    }
    if (action === 'get') {
      const [wanted, local] = words;
      if (wanted === undefined || words.length > 2) throw usageError('write mctpkit file ADDRESS get FILE [LOCAL]');
      if (options.resume && options.offset !== undefined) {
        throw usageError('--resume begins behind what is there already: leave --offset out');
      }
      if (local === '-' && (options.json || options.resume)) {
        throw usageError(`${options.json ? '--json' : '--resume'} does not go with - for standard output`);
      }
      return withFiles(open, (files) => getFile(files, { ...options, wanted, local }, io));
    }
    if (action === 'put') {
      const [local, wanted] = words;
      if (local === undefined || wanted === undefined || words.length > 2) {
        throw usageError('write mctpkit file ADDRESS put LOCAL FILE');
      }
      return withFiles(open, (files) => putFile(files, { ...options, wanted, local }, io));
    }
    throw usageError(`file cannot "${action}"${didYouMean(action, ACTIONS)}: use ls, get or put`);
  },
});
