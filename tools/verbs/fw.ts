/** The verb `fw`: firmware packages, and the firmware of devices, by PLDM firmware update. */

import { usageError } from '../command-error.js';
import { CONFIG_OPTION } from '../config/find.js';
import { build, extract } from '../fw/fw-build.js';
import { activate, cancel } from '../fw/fw-control.js';
import { withFirmware } from '../fw/fw-devices.js';
import { inventory, status } from '../fw/fw-inventory.js';
import { update } from '../fw/fw-update.js';
import { inspect } from '../fw/inspect.js';
import { allFor, onlyFor } from '../option-actions.js';
import { didYouMean } from '../suggest.js';
import {
  ASSIGN_OPTION,
  CAPTURE_OPTION,
  defineVerb,
  flag,
  jsonOrLines,
  LINK_OPTION,
  OWN_EID_OPTION,
  repeatedOption,
  shortTimeOption,
  textOption,
  wholeNumberOption,
} from '../verb.js';

/** What talks to devices. */
const WITH_DEVICES = ['inventory', 'status', 'update', 'cancel', 'activate'];
const ACTIONS = ['inspect', 'extract', 'build', 'inventory', 'status', 'update', 'cancel', 'activate'];

export const fw = defineVerb({
  name: 'fw',
  summary: 'firmware: inspect packages, build them, and update devices',
  description:
    'inspect FILE; extract FILE [COMPONENT...]; build DESCRIPTION FILE [IMAGE...]; inventory, status, cancel and activate ' +
    '[ADDRESS...]; update FILE [ADDRESS...]. Without an address, every device that has firmware is meant; cancel and ' +
    'activate want one. A device asks us for its image, and so needs an EID for an update: --assign gives one to what has ' +
    'none, otherwise nothing but firmware is changed. An update asks before it begins; Ctrl-C cancels it and leaves the device as it was.',
  arguments: [
    { name: 'action', summary: ACTIONS.join(', '), required: true, many: false, words: ACTIONS },
    { name: 'what', summary: 'file or address, see above', required: false, many: true },
  ],
  options: {
    ...allFor(WITH_DEVICES, { link: LINK_OPTION }),
    output: onlyFor(['extract'], textOption('-o, --output <folder>', 'where to (here)', '.')),
    dryRun: onlyFor(['update'], flag('-n, --dry-run', 'show what would be done, and do nothing')),
    yes: onlyFor(['update'], flag('-y, --yes', 'do not ask')),
    force: onlyFor(['update'], flag('--force', 'also to the same or an older version')),
    component: onlyFor(
      ['update'],
      repeatedOption('--component <n>', 'this component of the package; repeatable (all)'),
    ),
    deferred: onlyFor(['update'], flag('--deferred', 'leave the new firmware pending until a reset')),
    takeOver: onlyFor(['update'], flag('--take-over', 'cancel an update that is under way already')),
    transferSize: onlyFor(
      ['update'],
      wholeNumberOption('--transfer-size <bytes>', 'most bytes in one message (4096)', 32, 65_000, 4096),
    ),
    journal: onlyFor(
      ['update'],
      textOption('--journal <file>', 'record the progress there, and continue from it when run again', undefined),
    ),
    ...allFor(['inspect', ...WITH_DEVICES], { json: jsonOrLines('update, cancel, activate') }),
    ...allFor(WITH_DEVICES, {
      timeout: shortTimeOption('-W, --timeout <time>', 'to wait for an answer, per try (2s)', 1, undefined),
      ownEid: OWN_EID_OPTION,
      assign: ASSIGN_OPTION,
      capture: CAPTURE_OPTION,
      config: CONFIG_OPTION,
    }),
  },
  does: ([action]) => (action !== undefined && ACTIONS.includes(action) ? [action] : undefined),
  examples: [
    ['mctpkit fw inspect firmware.pldm', 'explain and check a package'],
    ['mctpkit fw build package.json firmware.pldm', 'from a description: docs/verbs/fw.md'],
    ['mctpkit fw inventory', 'what runs on the virtual bench'],
    ['mctpkit fw update firmware.pldm --dry-run', 'which devices it is for, and what would change'],
    ['mctpkit fw update firmware.pldm i2c:1/0x1d --yes', 'update one device, without asking'],
    ['mctpkit fw cancel 9', 'get a device out of update mode'],
  ],
  async run({ args, options, world }) {
    const { io, signal } = world;
    const [action, ...words] = args as [string, ...string[]];
    const { json } = options;
    const [file, ...rest] = words;
    const needFile = (form: string): string => {
      if (file === undefined) throw usageError(`write mctpkit fw ${form}`);
      return file;
    };
    switch (action) {
      case 'inspect':
        if (rest.length > 0) throw usageError('inspect takes one file');
        return inspect(needFile('inspect FILE'), json, io, signal);
      case 'extract':
        return extract(needFile('extract FILE [COMPONENT...]'), rest, options.output, io, signal);
      case 'build': {
        const [to, ...images] = rest;
        if (to === undefined) throw usageError('write mctpkit fw build DESCRIPTION FILE [IMAGE...]');
        return build(needFile('build DESCRIPTION FILE [IMAGE...]'), to, images, io, signal);
      }
      case 'inventory':
        return withFirmware(words, options, world, (firmware) => inventory(firmware, json, io));
      case 'status':
        return withFirmware(words, options, world, (firmware) => status(firmware, json, io));
      case 'cancel':
        needFile('cancel ADDRESS...');
        return withFirmware(words, options, world, (firmware) => cancel(firmware, json, io));
      case 'activate':
        needFile('activate ADDRESS...');
        return withFirmware(words, options, world, (firmware, stop) => activate(firmware, json, io, stop));
      case 'update': {
        const path = needFile('update FILE [ADDRESS...]');
        const wrong = options.component.find((text) => !/^\d+$/.test(text));
        if (wrong !== undefined)
          throw usageError(`--component ${wrong}: write the number of a component, as inspect shows`);
        const components = options.component.length === 0 ? undefined : options.component.map(Number);
        const command = { ...options, path, components };
        return withFirmware(rest, { ...options, needsEids: true }, world, (firmware, stop) =>
          update(firmware, command, io, stop),
        );
      }
      default:
        throw usageError(`fw cannot "${action}"${didYouMean(action, ACTIONS)}: use ${ACTIONS.join(', ')}`);
    }
  },
});
