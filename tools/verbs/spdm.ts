/** The verb `spdm`: DMTF's emulators on real links. */

import { findAddresses } from '../addressed-session.js';
import { usageError } from '../command-error.js';
import { CONFIG_OPTION } from '../config/find.js';
import { allFor, onlyFor } from '../option-actions.js';
import { runBridge } from '../spdm/run-bridge.js';
import { runDevice } from '../spdm/run-device.js';
import { runSurvey } from '../spdm/run-survey.js';
import {
  CAPTURE_OPTION,
  defineVerb,
  flag,
  jsonOrLines,
  LINK_OPTION,
  OWN_EID_OPTION,
  shortTimeOption,
  textOption,
  wholeNumberOption,
} from '../verb.js';

/** Cryptography takes devices seconds. */
const TIMEOUT_MS = 10_000;
const DEFAULT_PLACE = '127.0.0.1:2323';
/** With an address alone. */
const SURVEY = 'ADDRESS';

export const spdm = defineVerb({
  name: 'spdm',
  summary: "ask an SPDM responder what it is, and connect DMTF's emulators with links and devices",
  description:
    'With an address alone: versions, capabilities, certificates and measurements, without verifying them. ' +
    'bridge ADDRESS listens as a responder emulator does, and passes what requesters send to the device at ADDRESS. ' +
    'device connects to a responder emulator, and answers with it on the links that are named. Messages pass unchanged, plain ' +
    'ones (type 5) and secured ones (type 6); nothing is verified.',
  arguments: [
    { name: 'address', summary: 'which endpoint, as for ping; or bridge, or device', required: true, many: false },
    { name: 'bridged', summary: 'bridge: which endpoint', required: false, many: false },
  ],
  options: {
    link: LINK_OPTION,
    listen: onlyFor(
      ['bridge'],
      textOption('--listen <host:port>', `where requesters connect (${DEFAULT_PLACE})`, DEFAULT_PLACE),
    ),
    connect: onlyFor(
      ['device'],
      textOption('--connect <host:port>', `where the responder listens (${DEFAULT_PLACE})`, DEFAULT_PLACE),
    ),
    timeout: shortTimeOption('-W, --timeout <time>', `to wait for an answer (${TIMEOUT_MS / 1000}s)`, 1, TIMEOUT_MS),
    save: onlyFor([SURVEY], textOption('--save <folder>', 'write the certificate chains there as PEM', undefined)),
    once: onlyFor(['bridge'], flag('--once', 'end when the first requester has ended')),
    eid: onlyFor(
      ['device'],
      wholeNumberOption('--eid <eid>', 'start with this EID instead of waiting for one', 8, 254, undefined),
    ),
    json: jsonOrLines('bridge, device'),
    ...allFor([SURVEY, 'bridge'], { ownEid: OWN_EID_OPTION, capture: CAPTURE_OPTION, config: CONFIG_OPTION }),
  },
  examples: [
    ['mctpkit spdm i2c:1/0x1d --save certificates', 'what it is, and its certificate chains as PEM'],
    ['mctpkit spdm bridge i2c:1/0x1d', 'spdm_requester_emu --trans MCTP reaches the device'],
    ['mctpkit spdm device --link serial:/dev/ttyUSB0', 'spdm_responder_emu --trans MCTP is a device there'],
    ['mctpkit spdm bridge 9 --capture spdm.pcapng --timeout 30s', 'recorded, with a slow device'],
  ],
  does: ([word]) => [word === 'bridge' || word === 'device' ? word : SURVEY],
  async run({ args, options, world }) {
    const [action, address] = args;
    const { json, timeout: timeoutMs, once, eid, ownEid, capture } = options;
    const wishFor = async (text: string) => {
      const { addresses, to } = await findAddresses([text], options, world);
      return { address: addresses[0]!, session: { ...to, ownEid, capture } };
    };
    if (action === 'device') {
      if (address !== undefined) throw usageError(`device takes no address, "${address}": name links with --link`);
      const { connect } = options;
      return runDevice({ connect, links: options.link, eid, timeoutMs, json }, world);
    }
    if (action === 'bridge') {
      if (address === undefined) throw usageError('which device? write mctpkit spdm bridge ADDRESS');
      const { listen } = options;
      return runBridge({ ...(await wishFor(address)), listen, timeoutMs, json, once }, world);
    }
    if (address !== undefined) throw usageError(`"${address}" is one word too many: write mctpkit spdm ADDRESS`);
    return runSurvey({ ...(await wishFor(action!)), timeoutMs, json, save: options.save }, world);
  },
});
