/** Version, capabilities and algorithms: what a connection begins with (DSP0274 §10.3 to §10.5). */

import {
  bytes,
  derived,
  type Earlier,
  hex,
  le,
  list,
  type Members,
  reserved,
  restSize,
  struct,
  u8,
  whenever,
} from '../codec/index.js';
import { bitsOf, parted } from './parts.js';
import { between, isSince, since, spdmMessage, until } from './spdm-message-type.js';

const VersionEntry = struct('version', {
  ...parted('raw', le.u16, {
    major: bitsOf(15, 12),
    minor: bitsOf(11, 8),
    update: bitsOf(7, 4),
    alpha: bitsOf(3, 0),
  }),
});

/** What both sides say; GET_CAPABILITIES of 1.0 is its header alone. */
function capabilities(first: number) {
  return {
    reserved: since(first, reserved(u8)),
    ctExponent: since(first, u8),
    reserved2: between(first, 0x14, reserved(le.u16)),
    extFlags: since(0x14, le.u16),
    flags: since(first, le.u32),
    dataTransferSize: since(0x12, le.u32),
    maxSpdmMsgSize: since(0x12, le.u32),
  };
}

const extended = hex(4);

const AlgorithmTable = struct(
  'algorithms',
  {
    algType: u8,
    algCount: u8,
    algSupported: le.u16,
    algExternal: list(extended, { count: (earlier) => (earlier.number('algCount') ?? 0) & 0x0f }),
  },
  {
    rules: [({ algCount }) => (algCount >> 4 === 2 ? undefined : `${algCount >> 4} bytes of fixed algorithms, not 2`)],
  },
);

const tables = since(0x11, list(AlgorithmTable, { count: (earlier: Earlier) => earlier.number('param1') ?? 0 }));

/** Length counts the whole message: its own two bytes and the four in front of it, too. */
const WHOLE_LENGTH = restSize(le.u16, { plus: 6 });

const negotiate = {
  length: WHOLE_LENGTH,
  measurementSpecification: u8,
  reserved: until(0x12, reserved(u8)),
  otherParamsSupport: since(0x12, u8),
  baseAsymAlgo: le.u32,
  baseHashAlgo: le.u32,
  pqcAsymAlgo: since(0x14, le.u32),
  reserved2: bytes((earlier) => (isSince(0x14)(earlier) ? 8 : 12)),
} satisfies Members;

/** What CAPABILITIES of 1.3 says when it was asked for (DSP0274 §10.4): as in NEGOTIATE_ALGORITHMS, with a header of its own. */
const SupportedAlgorithms = struct('supported algorithms', {
  tableCount: derived(u8),
  blockReserved: reserved(u8),
  length: restSize(le.u16, { plus: 4 }),
  measurementSpecification: u8,
  otherParamsSupport: u8,
  baseAsymAlgo: le.u32,
  baseHashAlgo: le.u32,
  pqcAsymAlgo: negotiate.pqcAsymAlgo,
  reserved2: negotiate.reserved2,
  extAsymCount: derived(u8),
  extHashCount: derived(u8),
  reserved3: reserved(u8),
  melSpecification: u8,
  extAsym: list(extended, { count: 'extAsymCount' }),
  extHash: list(extended, { count: 'extHashCount' }),
  algStruct: list(AlgorithmTable, { count: 'tableCount' }),
});

function saysAlgorithms(earlier: Earlier): boolean {
  return isSince(0x13)(earlier) && ((earlier.number('param1') ?? 0) & 1) === 1;
}

export const CONNECTION_MESSAGES = [
  spdmMessage('GET_VERSION', 0x84),
  spdmMessage('VERSION', 0x04, {
    fields: {
      reserved: reserved(u8),
      versionNumberEntryCount: derived(u8),
      versionNumberEntry: list(VersionEntry, { count: 'versionNumberEntryCount' }),
    },
  }),
  spdmMessage('GET_CAPABILITIES', 0xe1, { fields: capabilities(0x11) }),
  spdmMessage('CAPABILITIES', 0x61, {
    fields: { ...capabilities(0x10), supportedAlgorithms: whenever(saysAlgorithms, SupportedAlgorithms) },
  }),
  spdmMessage('NEGOTIATE_ALGORITHMS', 0xe3, {
    fields: {
      ...negotiate,
      extAsymCount: derived(u8),
      extHashCount: derived(u8),
      reserved3: reserved(u8),
      reserved4: until(0x13, reserved(u8)),
      melSpecification: since(0x13, u8),
      extAsym: list(extended, { count: 'extAsymCount' }),
      extHash: list(extended, { count: 'extHashCount' }),
      algStruct: tables,
    },
  }),
  spdmMessage('ALGORITHMS', 0x63, {
    fields: {
      length: WHOLE_LENGTH,
      measurementSpecificationSel: u8,
      reserved: until(0x12, reserved(u8)),
      otherParamsSelection: since(0x12, u8),
      measurementHashAlgo: le.u32,
      baseAsymSel: le.u32,
      baseHashSel: le.u32,
      pqcAsymSel: since(0x14, le.u32),
      reserved2: bytes((earlier) => (isSince(0x14)(earlier) ? 7 : 11)),
      reserved3: until(0x13, reserved(u8)),
      melSpecificationSel: since(0x13, u8),
      extAsymSelCount: derived(u8),
      extHashSelCount: derived(u8),
      reserved4: reserved(le.u16),
      extAsymSel: list(extended, { count: 'extAsymSelCount' }),
      extHashSel: list(extended, { count: 'extHashSelCount' }),
      algStruct: tables,
    },
  }),
];
