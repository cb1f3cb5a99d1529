import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex, type Json, toHex } from '../../stack/codec/index.js';
import { nvmeMiFields, nvmeMiMessage } from '../../stack/nvme-mi/index.js';

interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly request?: string;
  readonly fields: { readonly [name: string]: Json };
}

/** Bits without a name, which the vector's fields do not have. */
const HAS_RESERVED_BITS = new Set(['test/mi-mctp.c mi_aem_api_w_ack_events: resp 4']);

const file = new URL('../vectors/nvme-mi.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { readonly vectors: readonly Vector[] };

describe('the golden messages', () => {
  it('are all there', () => {
    expect(vectors).toHaveLength(111);
  });

  it.each(vectors.map((vector, index) => [index, vector.name, vector] as const))('%i %s', (_index, _name, vector) => {
    const message = fromHex(vector.hex)!;
    const request = vector.request === undefined ? undefined : fromHex(vector.request)!;
    const { fields } = nvmeMiFields(message, request);
    expect(fields).toMatchObject(vector.fields);
    expect(toHex(nvmeMiMessage(fields))).toBe(vector.hex);
    const { mic: _mic, ...asVector } = vector.fields;
    const again = nvmeMiMessage(vector.fields);
    expect(nvmeMiFields(again, request).fields).toMatchObject({ ...asVector, micOk: vector.fields.micOk });
    if (!HAS_RESERVED_BITS.has(vector.name)) expect(toHex(again)).toBe(vector.hex);
  });
});
