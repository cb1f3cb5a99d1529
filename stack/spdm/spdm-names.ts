/** The numbers of SPDM by name: errors, capabilities and algorithms (DSP0274 1.3). */

/** Param1 of ERROR. */
export const SPDM_ERRORS: Readonly<Record<number, string>> = {
  1: 'InvalidRequest',
  2: 'InvalidSession',
  3: 'Busy',
  4: 'UnexpectedRequest',
  5: 'Unspecified',
  6: 'DecryptError',
  7: 'UnsupportedRequest',
  8: 'RequestInFlight',
  9: 'InvalidResponseCode',
  10: 'SessionLimitExceeded',
  11: 'SessionRequired',
  12: 'ResetRequired',
  13: 'ResponseTooLarge',
  14: 'RequestTooLarge',
  15: 'LargeResponse',
  16: 'MessageLost',
  17: 'InvalidPolicy',
  18: 'DataTooLarge',
  65: 'VersionMismatch',
  66: 'ResponseNotReady',
  67: 'RequestResynch',
  68: 'OperationFailed',
  69: 'NoPendingRequests',
  70: 'RequestSessionTerminated',
  71: 'InvalidState',
  255: 'VendorDefined',
};

export const SPDM_ERROR = { busy: 0x03, responseTooLarge: 0x0d, largeResponse: 0x0f, notReady: 0x42 } as const;

/** Bits of a flags field: their name, or one of several by the number in them. */
type Capability = readonly [low: number, high: number, names: readonly string[]];

const CAPABILITIES: readonly Capability[] = [
  [0, 0, ['CACHE']],
  [1, 1, ['CERT']],
  [2, 2, ['CHAL']],
  [3, 4, ['MEAS without signature', 'MEAS with signature']],
  [5, 5, ['MEAS_FRESH']],
  [6, 6, ['ENCRYPT']],
  [7, 7, ['MAC']],
  [8, 8, ['MUT_AUTH']],
  [9, 9, ['KEY_EX']],
  [10, 11, ['PSK', 'PSK with context']],
  [12, 12, ['ENCAP']],
  [13, 13, ['HBEAT']],
  [14, 14, ['KEY_UPD']],
  [15, 15, ['HANDSHAKE_IN_THE_CLEAR']],
  [16, 16, ['PUB_KEY_ID']],
  [17, 17, ['CHUNK']],
  [18, 18, ['ALIAS_CERT']],
  [19, 19, ['SET_CERT']],
  [20, 20, ['CSR']],
  [21, 21, ['CERT_INSTALL_RESET']],
  [22, 23, ['EP_INFO without signature', 'EP_INFO with signature']],
  [24, 24, ['MEL']],
  [25, 25, ['EVENT']],
  [26, 27, ['MULTI_KEY', 'MULTI_KEY negotiable']],
  [28, 28, ['GET_KEY_PAIR_INFO']],
  [29, 29, ['SET_KEY_PAIR_INFO']],
  [30, 30, ['SET_KEY_PAIR_RESET']],
  [31, 31, ['LARGE_RESP']],
];

/** "CERT", "MEAS with signature", ...: what a flags field says; reserved values as "bits 4:3 = 3". */
export function capabilityWords(flags: number): string[] {
  return CAPABILITIES.flatMap(([low, high, names]) => {
    const value = Math.floor(flags / 2 ** low) % 2 ** (high - low + 1);
    return value === 0 ? [] : [names[value - 1] ?? `bits ${high}:${low} = ${value}`];
  });
}

interface Algorithm {
  readonly name: string;
  /** Bytes of its signature, hash or exchange data. */
  readonly size: number;
}

/** A table by bit: "SHA-256 32, SHA-384 48". */
function byBit(table: string): readonly Algorithm[] {
  return table.split(', ').map((entry) => {
    const [name, size] = entry.split(' ') as [string, string];
    return { name, size: Number(size) };
  });
}

export const ASYMMETRIC = byBit(
  'RSASSA-2048 256, RSAPSS-2048 256, RSASSA-3072 384, RSAPSS-3072 384, ECDSA-P256 64, RSASSA-4096 512, ' +
    'RSAPSS-4096 512, ECDSA-P384 96, ECDSA-P521 132, SM2-P256 64, Ed25519 64, Ed448 114',
);
export const HASHES = byBit('SHA-256 32, SHA-384 48, SHA-512 64, SHA3-256 32, SHA3-384 48, SHA3-512 64, SM3-256 32');
export const DHE = byBit(
  'FFDHE2048 256, FFDHE3072 384, FFDHE4096 512, secp256r1 64, secp384r1 96, secp521r1 132, SM2-P256 64',
);

/** The one algorithm a selection names; undefined when it names none or several. */
export function selected(table: readonly Algorithm[], selection: number): Algorithm | undefined {
  const bit = Math.log2(selection);
  return Number.isInteger(bit) ? table[bit] : undefined;
}

const MEASUREMENT_TYPES = [
  'immutable ROM',
  'mutable firmware',
  'hardware configuration',
  'firmware configuration',
  'measurement manifest',
  'device mode',
  'version',
  'secure version number',
  'hash-extended',
  'informational',
  'structured manifest',
] as const;

/** "mutable firmware" for a DMTF value type. */
export function measurementTypeName(type: number): string {
  return MEASUREMENT_TYPES[type] ?? `type ${type}`;
}

/** "1.2" of the version byte 0x12. */
export function spdmVersionText(version: number): string {
  return `${version >> 4}.${version & 0x0f}`;
}
