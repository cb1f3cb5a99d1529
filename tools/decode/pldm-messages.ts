/** PLDM messages. In hex they are written from their own header on, without the MCTP type byte. */

import type { AnyPldmCommand } from '../../pldm/base/pldm-command.js';
import type { PldmMessageHeader } from '../../pldm/base/pldm-header.js';
import { pldmMessages } from '../../pldm/base/pldm-protocol.js';
import { COMMANDS, commandOf, pldmCommands } from '../../pldm/command-registry.js';
import { MctpError } from '../../stack/errors.js';
import { commandCode, commandNamed } from './encode-request.js';
import type { MessageRequest } from './layer.js';
import { contentOf } from './pldm-content.js';
import { withDerived, withoutDerived } from './pldm-derived.js';
import { decodePldmForm, encodePldmForm } from './pldm-forms.js';
import { pldmKnown } from './pldm-known.js';
import { pldmTypeField, pldmTypeWord } from './pldm-names.js';
import { type FoundCommand, protocolLayer } from './protocol-layer.js';

export const pldm = protocolLayer({
  ...pldmKnown,
  messages: pldmMessages,
  commands: pldmCommands,
  find: findCommand,
  extra: ({ pldmType }) => ({ pldmType }),
  undeclaredText: ({ pldmType }, name) => [`(${name} of ${pldmTypeWord(pldmType)})`],
  enrich: ({ header, fields, text }) => {
    const content = contentOf(header.pldmType, header.command, fields);
    return {
      fields: withDerived(fields),
      extra: content === undefined ? {} : { [content.name]: content.fields },
      text: content === undefined ? text : [...text, ...content.text],
    };
  },
  plain: withoutDerived,
  decodeForm: decodePldmForm,
  encodeForm: encodePldmForm,
});

/** By name, or by type and code. @throws MctpError EINVAL */
function findCommand({ command, pldmType }: MessageRequest): FoundCommand<AnyPldmCommand, PldmMessageHeader> {
  const type = pldmType === undefined ? undefined : pldmTypeField(pldmType);
  if (typeof command === 'string') {
    const of = type === undefined ? COMMANDS : COMMANDS.filter((one) => one.pldmType === type);
    return { declared: commandNamed(command, of, type === undefined ? 'PLDM' : `PLDM type ${type}`) };
  }
  if (type === undefined) throw new MctpError('EINVAL', 'pldmType: nothing is not a whole number from 0 to 63');
  const code = commandCode(command);
  const declared = commandOf(type, code);
  if (declared !== undefined) return { declared };
  return { header: { kind: 'request', instanceId: 0, command: code, pldmType: type } };
}
