/** A device that answers vendors' messages with declared values. Several vendors share a message type, as does the echo. */

import { VENDOR_ID_FORMAT } from '../../../stack/control/index.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { Handlers, Responder } from '../../../stack/protocol/index.js';
import type { MctpMessage } from '../../../stack/transport.js';
import { type AnswerFields, answerOf, VENDOR_CODES, type VendorProtocol } from '../../../stack/vendor/index.js';
import type { AppContext, DeviceApp } from './device.js';
import { isEcho } from './echo-app.js';

/** One vendor's messages, and what this device answers in place of the declared values, by command. */
export interface SpokenVendor {
  readonly vendor: VendorProtocol;
  readonly answers: Readonly<Record<string, AnswerFields>>;
}

/** `echo`: requests of Linux's mctp-req come back, too. @throws MctpError EINVAL for values which no answer carries */
export function vendorApp(spoken: readonly SpokenVendor[], echo: boolean): DeviceApp {
  const types = [...new Set(spoken.map(({ vendor }) => vendor.protocol.messageType))];
  for (const { vendor, answers } of spoken) handlersOf(vendor, answers);
  return (context) => {
    for (const type of types) {
      const ofType = spoken.filter(({ vendor }) => vendor.protocol.messageType === type);
      answerType(context, type, ofType, echo && type === MESSAGE_TYPE.vendorPci);
    }
    return undefined;
  };
}

function answerType(context: AppContext, type: number, spoken: readonly SpokenVendor[], echo: boolean): void {
  const { mctp, types, clock } = context;
  const format = type === MESSAGE_TYPE.vendorPci ? VENDOR_ID_FORMAT.pci : VENDOR_ID_FORMAT.iana;
  types.add(type);
  for (const { vendor } of spoken) types.addVendorSet({ format, vendorId: vendor.declaration.id, commandSet: 0 });
  const responders = spoken.map(({ vendor, answers }) => ({
    protocol: vendor.protocol,
    responder: new Responder(
      handlersOf(vendor, answers),
      vendor.messages,
      { transport: mctp, clock },
      () => VENDOR_CODES.ERROR_UNSUPPORTED_CMD,
    ),
  }));
  const socket = mctp.socket();
  socket.bind({ type });
  socket.onMessage((message) => {
    const answer = echo && isEcho(message.payload) ? message.payload : answerTo(message);
    // An answer that cannot be sent is lost, as on a real device.
    if (answer !== undefined) socket.reply(message, answer).catch(() => {});
  });

  function answerTo(message: MctpMessage): Uint8Array | undefined {
    const found = responders.find(({ protocol }) => protocol.readHeader(message.payload) !== undefined);
    const answer = found?.responder.answer(message);
    // The handlers answer at once.
    return answer instanceof Promise ? undefined : answer;
  }
}

function handlersOf(vendor: VendorProtocol, answers: SpokenVendor['answers']) {
  const handlers = new Handlers(vendor.protocol);
  for (const command of vendor.commands.all) {
    const answer = answerOf(vendor, command, answers[command.name]);
    handlers.on(command, () => answer);
  }
  return handlers;
}
