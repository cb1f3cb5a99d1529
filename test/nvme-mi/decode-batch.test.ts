import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex, type Json, toHex } from '../../stack/codec/index.js';
import { MctpError } from '../../stack/errors.js';
import { crc32c, nvmeMiFields, nvmeMiMessage, nvmeMiWhole } from '../../stack/nvme-mi/index.js';
import { decodeLine, encodeLine } from '../../tools/decode/batch.js';
import { provideLayers } from '../../tools/decode/loaded-layers.js';

provideLayers();

const file = new URL('../vectors/nvme-mi.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly vectors: readonly {
    readonly hex: string;
    readonly request?: string;
    readonly fields: { [name: string]: Json };
  }[];
};

/** A small generator of its own: the same numbers in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('decode --batch and encode --batch', () => {
  it('take every golden message, and give it back', () => {
    for (const { hex, request, fields } of vectors) {
      const answer = decodeLine(JSON.stringify({ layer: 'nvmeMi', hex, request }));
      expect(answer).toMatchObject({ ok: true, fields });
      expect(encodeLine(JSON.stringify(answer))).toEqual({ ok: true, hex });
    }
  });

  it('tell a wrong integrity check', () => {
    const answer = decodeLine('{"layer":"nvmeMi","hex":"840800000100000000000000000000000000000000"}');
    expect(answer).toMatchObject({ ok: true, fields: { micOk: false } });
  });

  it('say what is wrong with a short message', () => {
    expect(decodeLine('{"layer":"nvmeMi","hex":"840800"}')).toMatchObject({ ok: false, error: { code: 'EBADMSG' } });
  });

  it('encode by the name of a command', () => {
    const line = { layer: 'nvmeMi', command: 'SubsystemHealthPoll', kind: 'request', fields: {} };
    expect(encodeLine(JSON.stringify(line))).toEqual({ ok: true, hex: '84080000010000000000000000000000d2d47736' });
  });
});

describe('any bytes', () => {
  it('decode to fields which encode to the same bytes, or are refused', () => {
    const below = numbers(17);
    let decoded = 0;
    for (let round = 0; round < 2000; round++) {
      const { hex, request } = vectors[below(vectors.length)]!;
      const message = fromHex(hex)!;
      for (let changes = below(4); changes >= 0; changes--) message[below(message.length)] = below(256);
      const cut = message.subarray(0, below(4) === 0 ? below(message.length) : message.length);
      try {
        const { fields } = nvmeMiFields(cut, request === undefined ? undefined : fromHex(request)!);
        expect(toHex(nvmeMiMessage(fields))).toBe(toHex(cut));
        decoded++;
      } catch (error) {
        if (!MctpError.is(error)) throw error;
        expect(error.code).toBe('EBADMSG');
      }
    }
    expect(decoded).toBeGreaterThan(1000);
  });

  it('with one bit changed have a wrong check', () => {
    const message = fromHex(vectors[0]!.hex)!;
    for (let bit = 0; bit < 8 * message.length; bit++) {
      const changed = message.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      try {
        expect(nvmeMiFields(changed).fields.micOk).toBe(false);
      } catch (error) {
        expect(MctpError.is(error, 'EBADMSG')).toBe(true);
      }
    }
  });
});

describe('the check', () => {
  it('is CRC-32C', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  });

  it('is added once to a payload', () => {
    const payload = fromHex(vectors[2]!.hex)!.subarray(1);
    expect(toHex(nvmeMiWhole(payload))).toBe(vectors[2]!.hex);
    expect(toHex(nvmeMiWhole(payload.subarray(0, -4)))).toBe(vectors[2]!.hex);
  });
});
