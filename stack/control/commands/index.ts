/** All commands of the control protocol, by name and by code (DSP0236 §12, table 12). */

import { type AnyCommand, bytes, type Command, command, enumOf, REST, u8 } from '../../codec/index.js';
import { MctpError } from '../../errors.js';
import { BINDING } from '../../ids.js';
import { hexNumber } from '../../util/text.js';
import * as discovery from './discovery-commands.js';
import * as identity from './identity-commands.js';
import * as rateLimit from './rate-limit-commands.js';
import * as routing from './routing-commands.js';

export * from './discovery-commands.js';
export * from './identity-commands.js';
export * from './rate-limit-commands.js';
export * from './routing-commands.js';

const TRANSPORT_SPECIFIC_FIRST = 0xf0;

function declareTransportSpecific(code: number) {
  return command({
    name: `TransportSpecific${code.toString(16).toUpperCase()}`,
    code,
    source: 'DSP0236 §12.23',
    request: {
      binding: enumOf(u8, BINDING),
      medium: u8.asHex(),
      data: bytes(REST).note('vendor binding: an IANA number first'),
    },
    response: {},
  });
}

/** Commands 0xf0 to 0xff, which each transport binding defines for itself. */
export const TransportSpecific = Array.from({ length: 16 }, (_, index) =>
  declareTransportSpecific(TRANSPORT_SPECIFIC_FIRST + index),
);

/** @throws MctpError EINVAL unless 0xf0 <= code <= 0xff */
export function transportSpecific(code: number): (typeof TransportSpecific)[number] {
  const found = TransportSpecific[code - TRANSPORT_SPECIFIC_FIRST];
  if (found !== undefined) return found;
  throw new MctpError('EINVAL', `${hexNumber(code)} is not a transport specific command: those are 0xf0 to 0xff`);
}

function isCommand(value: unknown): value is Command & AnyCommand {
  return typeof value === 'object' && value !== null && 'request' in value && 'code' in value;
}

/** Every control command in the order of its code. */
export const CONTROL_COMMANDS: readonly AnyCommand[] = [
  ...[identity, routing, discovery, rateLimit].flatMap((group) => Object.values(group).filter(isCommand)),
  ...TransportSpecific,
].sort((a, b) => a.code - b.code);

const byCode = new Map(CONTROL_COMMANDS.map((declared) => [declared.code, declared]));

/** The command with this code, undefined when the standard has none. */
export function controlCommand(code: number): AnyCommand | undefined {
  return byCode.get(code);
}
