import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Address,
  type Destination,
  Resolver,
  readAddress,
  readFamilyEid,
  type TranslationStep,
  writeAddress,
} from '../../../stack/names/index.js';

const UUID = '7a1c5e10-4c2b-11ee-8d01-001b21000001';
const BY_UUID: Address = { kind: 'uuid', uuid: UUID };
const ENDPOINT = { network: 1, eid: 9, link: 'i2c:1', physicalAddress: '1d', uuid: UUID } as never;

describe('addresses', () => {
  it('what is written is read again, and the other way round', () => {
    const number = fc.integer({ min: 8, max: 254 });
    const network = fc.option(fc.integer({ min: 1, max: 0xffffffff }), { nil: undefined });
    const address: fc.Arbitrary<Address> = fc.oneof(
      fc.record({ kind: fc.constant('eid' as const), network, eid: number }),
      fc.record({ kind: fc.constant('tid' as const), tid: fc.integer({ min: 1, max: 254 }) }),
      fc.record({ kind: fc.constant('uuid' as const), uuid: fc.uuid() }),
      fc.record({
        kind: fc.constant('physical' as const),
        link: fc.constantFrom('i2c:1', 'serial:/dev/ttyUSB0', 'bench:smbus0'),
        physicalAddress: fc.constantFrom('', '1d', '0123'),
      }),
    );
    fc.assert(
      fc.property(address, (one) => {
        expect(readAddress(writeAddress(one))).toEqual(one);
      }),
    );
  });

  it.each(['0', '255', '0:9', 'uuid:12', 'tid:0', 'tid:255', '-1'])('%s is refused', (text) => {
    expect(() => readAddress(text)).toThrow(expect.objectContaining({ code: 'EUSAGE' }));
  });

  it.each(['drive0', '1:', '', 'a b'])('"%s" is in none of the forms', (text) => {
    expect(readAddress(text)).toBeUndefined();
  });

  it('any text is an address, none, or refused as usage', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          const address = new Resolver().parse(text);
          expect(['eid', 'uuid', 'tid', 'physical']).toContain(address.kind);
        } catch (error) {
          expect(error).toMatchObject({ code: 'EUSAGE' });
        }
      }),
    );
  });

  it('an EID of a family is written with it', () => {
    expect(writeAddress(readFamilyEid('2:9', 'kernel:')!)).toBe('kernel:2:9');
    expect(writeAddress(readFamilyEid('9', 'shared:lab')!)).toBe('shared:lab/9');
  });
});

describe('the table of names', () => {
  it('a name is what it was given to, and an address stays what it is', () => {
    const names = new Resolver();
    names.add({ name: 'drive0', address: BY_UUID, from: 'here' });
    expect(names.parse('drive0')).toEqual({ ...BY_UUID, called: 'drive0' });
    expect(names.parse('9')).toEqual({ kind: 'eid', network: undefined, eid: 9 });
  });

  it('one name has one meaning', () => {
    const names = new Resolver();
    names.add({ name: 'a', address: BY_UUID, from: 'here' });
    names.add({ name: 'a', address: BY_UUID, from: 'there' });
    const other = { name: 'a', address: { kind: 'tid', tid: 3 }, from: 'there' } as const;
    expect(() => names.add(other)).toThrow(`a is the name of UUID ${UUID} already (here)`);
    names.remove('a');
    names.add(other);
    expect(names.list()).toEqual([other]);
  });

  it.each(['', '9', 'a b', 'a:b', '-x', 'ä', 'x'.repeat(65)])('"%s" cannot be a name', (name) => {
    const add = (): void => new Resolver().add({ name, address: BY_UUID, from: 'here' });
    expect(add).toThrow(expect.objectContaining({ code: 'EUSAGE' }));
  });

  it('its size is bounded', () => {
    const names = new Resolver();
    for (let i = 0; i < 4096; i++) names.add({ name: `n${i}`, address: BY_UUID, from: 'here' });
    const more = (): void => names.add({ name: 'more', address: BY_UUID, from: 'here' });
    expect(more).toThrow(expect.objectContaining({ code: 'ENOBUFS' }));
  });

  it('a name that is not there is refused with those that are, the likeliest first', () => {
    const names = new Resolver();
    for (const name of ['drive0', 'mcu']) names.add({ name, address: BY_UUID, from: 'here' });
    expect(() => names.parse('drvie0')).toThrow(/a name \(did you mean drive0\?\): drive0, mcu$/);
  });

  it('a name that modules know two meanings of is refused with both; one that was added counts', () => {
    const names = new Resolver();
    const learned = [3, 4, 3].map((tid) => ({ name: 'ssd', address: { kind: 'tid', tid }, from: 'FRU' }) as const);
    names.use({ name: 'fru', namings: () => learned });
    expect(() => names.parse('ssd')).toThrow('ssd is the name of 2 things: write one of tid:3 (FRU), tid:4 (FRU)');
    names.add({ name: 'ssd', address: BY_UUID, from: 'here' });
    expect(names.parse('ssd')).toMatchObject(BY_UUID);
  });

  it('an endpoint is called by its UUID first, then by its place, then by its EID', () => {
    const names = new Resolver();
    expect(names.nameOf(ENDPOINT)).toBeUndefined();
    names.add({ name: 'nine', address: { kind: 'eid', network: undefined, eid: 9 }, from: 'here' });
    expect(names.nameOf(ENDPOINT)).toBe('nine');
    names.add({ name: 'elsewhere', address: { kind: 'eid', network: 2, eid: 9 }, from: 'here' });
    expect(names.nameOf(ENDPOINT)).toBe('nine');
    names.add({ name: 'slot', address: readAddress('i2c:1?speed=100k/0x1d')!, from: 'here' });
    expect(names.nameOf(ENDPOINT)).toBe('slot');
    expect(names.nameOfPlace('i2c:1', '1d')).toBe('slot');
    expect(names.nameOfPlace('i2c:1', '1e')).toBeUndefined();
    names.add({ name: 'drive', address: BY_UUID, from: 'here' });
    expect(names.nameOf(ENDPOINT)).toBe('drive');
  });
});

describe('translation', () => {
  const at = (family: string, eid: number): Destination => ({ to: { eid }, family, text: `${family}:${eid}` });

  it('a module says where an address can be sent, and each step is told', async () => {
    const names = new Resolver();
    names.add({ name: 'drive0', address: BY_UUID, from: 'here' });
    names.use({ name: 'own', destinations: ({ kind }) => (kind === 'uuid' ? [at('own', 9)] : []) });
    const steps: TranslationStep[] = [];
    names.onStep = (step) => steps.push(step);
    expect(await names.resolve('drive0')).toEqual(at('own', 9));
    expect(steps).toEqual([
      { by: 'names', from: 'drive0', to: [`uuid:${UUID}`] },
      { by: 'own', from: `uuid:${UUID}`, to: ['own:9'] },
    ]);
  });

  it('nothing leads there: EHOSTUNREACH; several do: EDESTADDRREQ with the candidates', async () => {
    const names = new Resolver();
    await expect(names.resolve('9')).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
    names.use({ name: 'own', destinations: () => [at('own', 9)] });
    const stop = names.use({ name: 'kernel', destinations: async () => [at('kernel', 9)] });
    await expect(names.resolve('9')).rejects.toMatchObject({
      code: 'EDESTADDRREQ',
      message: 'EID 9 is not clear: write one of own:9, kernel:9',
    });
    stop();
    expect(await names.resolve('9')).toEqual(at('own', 9));
  });
});
