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

  it('has muxes of one kind for all links of a bus, and of another kind each on the way', async () => {
    const clock = new VirtualClock();
    const link = (url: string) => createLink(url, { clock });
    expect((await link('i2c:3:70.1:71.7?mux=pca9544,pca9548')).name).toBe('i2c:3:70.1:71.7');
    expect((await link('i2c:3:70.2?mux=pca9544')).name).toBe('i2c:3:70.2');
    // One kind is that of all.
    expect((await link('i2c:3:72.1:73.1?mux=pca9542')).name).toBe('i2c:3:72.1:73.1');
    await expect(link('i2c:3:70.0')).rejects.toMatchObject({
      code: 'EUSAGE',
      message: 'i2c:3:70.0: the mux at 0x70 is a pca9544 for another link and a pca9548 for this one: say mux= in both',
    });
  });

  it.each([
    ['hold=200', 'hold=300', /has hold=200 for another link and hold=300 for this one: say hold= in both$/],
    ['hold=200', '', /has hold=200 for another link and hold=1000 for this one/],
    ['', 'speed=400', /has speed=100 for another link and speed=400 for this one: say speed= in both$/],
  ])('all links of a bus use it in one way: %j and %j are refused together', async (first, second, message) => {
    const clock = new VirtualClock();
    const link = async (place: string) => {
      const made = await createLink(`i2c:unix:/nowhere/adapter:${place}`, { clock });
      made.attach({ receive() {}, transmitted() {}, ready() {}, state() {}, fault() {} });
      return made;
    };
    const [one, other] = [await link(`70.0?${first}`), await link(`70.1?${second}`)];
    const opening = one.open();
    await expect(other.open()).rejects.toMatchObject({ code: 'EUSAGE', message: expect.stringMatching(message) });
    await expect(opening).rejects.toMatchObject({ code: 'ENODEV' });
    // Alone it is as it says.
    const alone = other.open();
    await expect(one.open()).rejects.toMatchObject({ code: 'EUSAGE' });
    await expect(alone).rejects.toMatchObject({ code: 'ENODEV' });
  });

  it.each([
    ['i2c:1:70.9', /name the bus by its number.*i2c:1:70\.3/],
    ['i2c:x:70.1', /name the bus by its number/],
    ['i2c:pico:70.1?mode=sniff', /mode=sniff hears a whole bus: write i2c:pico/],
    ['i2c:1:70.1?hold=0', /hold=0 is wrong/],
    ['i2c:1?hold=10', /no option "hold"/],
    ['i2c:1:70.4?mux=pca9544', /mux at 0x70 has no channel 4: a pca9544 has 0 to 3/],
    ['i2c:1:70.1?mux=pca9541', /mux=pca9541 is wrong: use a comma-separated list, each pca9540 or pca9542/],
    ['i2c:1:70.1?mux=pca9544,pca9548', /mux= names 2 kinds for 1 mux: name one for all, or one for each/],
    ['i2c:1:70.1:71.0:72.0?mux=pca9544,pca9548', /mux= names 2 kinds for 3 muxes/],
    ['i2c:1?mux=pca9548', /no option "mux"/],
  ])('%s is refused', async (url, message) => {
    await expect(createLink(url, { clock: new VirtualClock() })).rejects.toMatchObject({
      code: 'EUSAGE',
      message: expect.stringMatching(message),
    });
  });
});
