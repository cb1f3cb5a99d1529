import { describe, expect, it } from 'vitest';
import { createLink, linkKinds, registerLinkKind } from '../../bindings/link-registry.js';
import { loopbackPair } from '../../bindings/loopback/loopback-link.js';
import { VirtualClock } from '../../stack/clock.js';

const context = { clock: new VirtualClock() };

describe('links by URL', () => {
  it('makes serial links', async () => {
    const link = await createLink('serial:/dev/ttyUSB0?baud=9600&unit=128&rtscts=1&fcs=any', context);
    expect(link).toMatchObject({ name: 'serial:/dev/ttyUSB0', transmissionUnit: { default: 128 }, binding: 5 });
  });

  it('makes I2C links', async () => {
    const link = await createLink('i2c:1?address=0x12&pec=accept&speed=400&probe=0x1d,58', context);
    expect(link).toMatchObject({ name: 'i2c:1', ownAddress: '12', binding: 1, medium: 4 });
    expect([...link.probeAddresses()]).toEqual(['1d', '3a']);
    expect(await createLink('I2C:3', context)).toMatchObject({ name: 'i2c:3', ownAddress: '10' });
  });

  it('opens nothing yet', async () => {
    await createLink('serial:/does/not/exist', context);
    expect(context.clock.pending).toBe(0);
  });

  const mistakes: readonly (readonly [string, RegExp])[] = [
    ['', /is not a link: write scheme:place/],
    ['/dev/ttyUSB0', /is not a link/],
    ['serail:/dev/ttyUSB0', /no link kind "serail".*known are serial, i2c/],
    // URLs of the command which are not one link.
    [
      'kernel:',
      /no link kind "kernel" \(kernel:\): in a program it is a transport: openTransport of mctpkit\/bindings/,
    ],
    ['shared:lab', /openTransport of mctpkit\/bindings/],
    ['bench:', /openBenchLinks of mctpkit\/fixtures/],
    ['constructor:x', /no link kind "constructor" \(constructor:x\): known are serial, i2c/],
    ['serial:', /name the device, as in serial:/],
    ['serial:/dev/ttyUSB0?speed=9600', /no option "speed" for serial: known are baud, rtscts, lock, unit, fcs, gap$/],
    ['serial:/dev/ttyUSB0?baud=fast', /baud=fast is wrong: use a whole number from 50 to 12000000/],
    ['serial:/dev/ttyUSB0?baud=0', /baud=0 is wrong/],
    ['serial:/dev/ttyUSB0?baud=1&baud=2', /baud=1 is wrong/],
    ['serial:/dev/ttyUSB0?baud=9600&baud=9600', /"baud" is there twice/],
    ['serial:/dev/ttyUSB0?fcs=maybe', /use require or any/],
    ['serial:/dev/ttyUSB0?rtscts=yes', /use 1 or 0/],
    ['serial:/dev/ttyUSB0?__proto__=1', /no option "__proto__"/],
    ['i2c:', /name the bus by its number/],
    ['i2c:/dev/i2c-1', /name the bus by its number/],
    ['i2c:1?address=0x78', /address=0x78 is wrong: use a whole number from 8 to 119/],
    ['i2c:1?unit=32', /unit=32 is wrong: use a whole number from 64 to 250/],
    ['i2c:1?probe=0x1d,', /probe=0x1d, is wrong: use a comma-separated list/],
    ['i2c:1?speed=200', /use 100 or 400 or 1000/],
  ];
  for (const [url, message] of mistakes) {
    it(`"${url}" is a usage error of one line`, async () => {
      const error = await createLink(url, context).then(
        () => undefined,
        (reason: Error) => reason,
      );
      expect(error).toMatchObject({ code: 'EUSAGE', message: expect.stringMatching(message) });
      expect(error?.message).not.toContain('\n');
    });
  }

  it('takes kinds from outside, once each', async () => {
    const [link] = loopbackPair({ clock: context.clock });
    registerLinkKind('test', { example: 'test:', create: async () => link });
    expect(await createLink('test:', context)).toBe(link);
    expect(() => registerLinkKind('test', { example: 'test:', create: async () => link })).toThrow(/already/);
    expect([...linkKinds().keys()]).toContain('test');
  });
});
