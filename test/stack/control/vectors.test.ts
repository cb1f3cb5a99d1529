/** Every control message of the golden vectors, both ways. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CodecError, fromHex, fromJson, type Json, toHex, versionText } from '../../../stack/codec/index.js';
import { controlMessages } from '../../../stack/control/control-protocol.js';
import { controlCommand, hopUnitBytes } from '../../../stack/control/index.js';
import { controlMessage } from '../../support/dissected.js';

interface Vector {
  readonly name: string;
  readonly layer: string;
  readonly hex: string;
  readonly decoded: Readonly<Record<string, Json>>;
}

const file = new URL('../../vectors/mctp-examples.json', import.meta.url);
const vectors = (JSON.parse(readFileSync(file, 'utf8')) as Vector[]).filter((v) => v.layer === 'control-message');

/** Header fields, and remarks that are not fields. */
const NOT_FIELDS = new Set(['rq', 'd', 'iid', 'cmd', 'note', 'phys_smbus_addr7', 'in_bytes', 'out_bytes']);

function fieldsOf(vector: Vector): { [name: string]: Json } {
  const entries = Object.entries(vector.decoded).filter(([name]) => !NOT_FIELDS.has(name));
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name === 'cc' ? 'completionCode' : name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}

/** Versions are text in the vectors and bytes in fields. */
function asText(json: { [name: string]: Json }): { [name: string]: Json } {
  const { versions } = json;
  if (!Array.isArray(versions)) return json;
  return { ...json, versions: versions.map((version) => versionText(fromHex(String(version))!)) };
}

describe('control message vectors', () => {
  it('are all here', () => expect(vectors).toHaveLength(52));

  for (const vector of vectors) {
    it(`${vector.name} decodes`, () => {
      const message = controlMessage(fromHex(vector.hex)!, { typeByte: true });
      const { rq, d, iid, cmd } = vector.decoded;
      expect(message.error).toBeUndefined();
      expect(message.header.command).toBe(cmd);
      if (rq !== undefined) expect(message.header.rq).toBe(rq);
      if (iid !== undefined) expect(message.header.instanceId).toBe(iid);
      expect(message.header.d).toBe(d ?? 0);
      expect(asText(message.fields as { [name: string]: Json })).toMatchObject(fieldsOf(vector));
      const { inUnits, outUnits } = message.fields as { [name: string]: number };
      if (vector.decoded.in_bytes !== undefined) expect(hopUnitBytes(inUnits!)).toBe(vector.decoded.in_bytes);
      if (vector.decoded.out_bytes !== undefined) expect(hopUnitBytes(outUnits!)).toBe(vector.decoded.out_bytes);
    });

    it(`${vector.name} encodes`, () => {
      const { header, fields } = controlMessage(fromHex(vector.hex)!, { typeByte: true });
      const command = controlCommand(header.command)!;
      // What the vector tells, with what it leaves out (operations that ignore the EID) from the bytes.
      const told = fieldsOf(vector);
      delete told.versions;
      const json = { ...(fields as { [name: string]: Json }), ...told };
      const encoded =
        header.rq === 1
          ? controlMessages.encodeRequest(command, header.instanceId, fromJson(command.request, json), {
              datagram: header.d === 1,
            })
          : controlMessages.encodeResponse(command, header.instanceId, fromJson(command.response, json) as never);
      expect(`00${toHex(encoded)}`).toBe(vector.hex);
    });

    it(`${vector.name}, cut or extended, never throws anything but CodecError`, () => {
      const bytes = fromHex(vector.hex)!;
      for (let length = 0; length <= bytes.length + 4; length++) {
        const changed = new Uint8Array(length);
        changed.set(bytes.subarray(0, length));
        if (length >= 3) expect(() => controlMessage(changed, { typeByte: true })).not.toThrow();
        else expect(() => controlMessage(changed, { typeByte: true })).toThrow(CodecError);
      }
    });
  }
});
