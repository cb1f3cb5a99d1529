/** PLDM messages. In hex they are written from their own header on, without the MCTP type byte. */

import type { AnyPldmCommand } from '../../pldm/base/pldm-command.js';
import { encodeRequest, encodeResponse } from '../../pldm/base/pldm-command.js';
import { encodeHeader, HEADER_SIZE } from '../../pldm/base/pldm-header.js';
import { COMMANDS, commandOf, decodeMessage } from '../../pldm/command-registry.js';
import { fromJson } from '../../stack/codec/index.js';
import { MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import {
  commandCode,
  commandNamed,
  rawBody,
  rawFields,
  rawText,
  refuseUnknownFields,
  requestParts,
} from './encode-request.js';
import type { MessageKind, MessageLayer, MessageRequest } from './layer.js';
import { concat, type Fields } from './named-fields.js';
import { contentOf } from './pldm-content.js';
import { withDerived, withoutDerived } from './pldm-derived.js';
import { decodePldmForm, encodePldmForm } from './pldm-forms.js';
import { pldmLayer } from './pldm-layer.js';
import { pldmTypeField, pldmTypeWord } from './pldm-names.js';

const TYPE_BYTE = Uint8Array.of(MESSAGE_TYPE.pldm);

export const pldm: MessageLayer = {
  ...pldmLayer.layer,
  decode: (message) => {
    const bytes = message.subarray(TYPE_BYTE.length);
    const decoded = decodeMessage(bytes);
    if (!decoded.ok) throw decoded.error;
    const { pldmType, instanceId } = decoded;
    const kind = decoded.header.d === 1 ? 'datagram' : decoded.kind;
    const extra = { pldmType };
    if (decoded.fields === undefined) {
      const fields = rawFields(bytes, HEADER_SIZE, kind);
      const name = `(${decoded.name} of ${pldmTypeWord(pldmType)})`;
      return { command: decoded.command, kind, instanceId, fields, extra, text: [name, ...rawText(fields)] };
    }
    const text = decoded.text === '' ? [] : decoded.text.split('\n');
    const content = contentOf(pldmType, decoded.command, decoded.fields);
    return {
      command: decoded.name,
      kind,
      instanceId,
      fields: withDerived(decoded.fields),
      extra: content === undefined ? extra : { ...extra, [content.name]: content.fields },
      text: content === undefined ? text : [...text, ...content.text],
    };
  },
  encode: (request) => {
    const { kind, instanceId, fields } = requestParts(request);
    const command = findCommand(request);
    return concat(
      TYPE_BYTE,
      command.declared
        ? encodeKnown(command.declared, kind, instanceId, fields)
        : encodeUnknown(command, kind, instanceId, fields),
    );
  },
  decodeForm: decodePldmForm,
  encodeForm: encodePldmForm,
};

pldmLayer.provide(pldm);

interface Found {
  readonly pldmType: number;
  readonly code: number;
  readonly declared: AnyPldmCommand | undefined;
}

/** By name, or by type and code. @throws MctpError EINVAL */
function findCommand(request: MessageRequest): Found {
  const { command, pldmType } = request;
  const type = pldmType === undefined ? undefined : pldmTypeField(pldmType);
  if (typeof command === 'string') {
    const of = type === undefined ? COMMANDS : COMMANDS.filter((one) => one.pldmType === type);
    const declared = commandNamed(command, of, type === undefined ? 'PLDM' : `PLDM type ${type}`);
    return { pldmType: declared.pldmType, code: declared.code, declared };
  }
  if (type === undefined) throw new MctpError('EINVAL', 'pldmType: nothing is not a whole number from 0 to 63');
  const code = commandCode(command);
  return { pldmType: type, code, declared: commandOf(type, code) };
}

function encodeKnown(command: AnyPldmCommand, kind: MessageKind, instanceId: number, given: Fields): Uint8Array {
  const fields = withoutDerived(given);
  const what = `${command.name} ${kind}`;
  const codec = kind === 'response' ? command.response : command.request;
  refuseUnknownFields(fields, codec, what);
  const input = fromJson(codec, fields, what) as never;
  if (kind === 'response') return encodeResponse(command, instanceId, input);
  return encodeRequest(command, instanceId, input, { datagram: kind === 'datagram' });
}

function encodeUnknown({ pldmType, code }: Found, kind: MessageKind, instanceId: number, fields: Fields): Uint8Array {
  const rq = kind === 'response' ? 0 : 1;
  const d = kind === 'datagram' ? 1 : 0;
  return concat(encodeHeader({ rq, d, instanceId, hdrVer: 0, pldmType, command: code }), rawBody(fields));
}
