/** Links behind muxes by their URLs: which share a bus, and what is wrong with others. */

import { describe, expect, it } from 'vitest';
import { muxedPlace } from '../../../bindings/i2c/mux/mux-place.js';
import { createLink } from '../../../bindings/link-registry.js';
import { VirtualClock } from '../../../stack/index.js';

describe('a place behind a mux', () => {
  it.each([
    ['1:70.3', { root: '1', path: [{ address: 0x70, channel: 3 }] }],
    ['pico:77.0', { root: 'pico', path: [{ address: 0x77, channel: 0 }] }],
    [
      'unix:/run/a.b:70.1:71.2',
      {
        root: 'unix:/run/a.b',
        path: [
          { address: 0x70, channel: 1 },
          { address: 0x71, channel: 2 },
        ],
      },
    ],
    ['1:trunk', { root: '1', path: [] }],
    ['1', undefined],
    ['1:70.8', undefined],
    ['1:6f.1', undefined],
    ['tty:/dev/ttyACM0', undefined],
  ])('%s', (place, expected) => {
    expect(muxedPlace(place)).toEqual(expected);
  });

  it('makes links with names that can be written in addresses', async () => {
    const clock = new VirtualClock();
    const links = await Promise.all(
      ['i2c:1:70.3?address=0x12', 'i2c:1:70.4', 'i2c:1:trunk', 'i2c:pico:71.0?serial=E66&hold=200'].map((url) =>
        createLink(url, { clock }),
      ),
    );
    expect(links.map(({ name }) => name)).toEqual([
      'i2c:1:70.3',
      'i2c:1:70.4',
      'i2c:1:trunk',
      'i2c:pico:71.0?serial=E66',
    ]);
    expect(links.map(({ ownAddress }) => ownAddress)).toEqual(['12', '10', '10', '10']);
  });

  it.each([
    ['i2c:1:70.9', /name the bus by its number.*i2c:1:70\.3/],
    ['i2c:x:70.1', /name the bus by its number/],
    ['i2c:pico:70.1?mode=sniff', /mode=sniff hears a whole bus: write i2c:pico/],
    ['i2c:1:70.1?hold=0', /hold=0 is wrong/],
    ['i2c:1?hold=10', /no option "hold"/],
  ])('%s is refused', async (url, message) => {
    await expect(createLink(url, { clock: new VirtualClock() })).rejects.toMatchObject({
      code: 'EUSAGE',
      message: expect.stringMatching(message),
    });
  });
});
