/** What a page sees of packets which passed before it was opened: the latest of the flight recorder, decoded. */

import { expect, it } from 'vitest';
import { FlightRecorder } from '../../../bindings/capture/flight-recorder.js';
import { record } from '../../../bindings/capture/recorder.js';
import { PacketWire } from '../../../hw-fixtures/bench/wires/packet-wire.js';
import { pass } from '../../../hw-fixtures/testing/virtual-time.js';
import { VirtualClock } from '../../../stack/clock.js';
import { Mctp } from '../../../stack/mctp.js';
import { Filter } from '../../../tools/decode/filter.js';
import { PacketWatch } from '../../../tools/web/packet-watch.js';

async function scene(packets: number) {
  const clock = new VirtualClock();
  const stack = new Mctp({ clock });
  for (const name of ['a', 'b']) {
    const wire = new PacketWire({ clock, addressSize: 1 });
    stack.addLink(wire.port({ name, address: '10' }));
    wire.port({ name: 'other', address: '20' });
  }
  await stack.open();
  const recorder = new FlightRecorder({ stack, packets, originMs: 0 });
  const watch = new PacketWatch(
    { record: async (hear, options) => record(stack, hear, { ...options, originMs: 0 }) },
    (wish) => recorder.recorded(wish),
  );
  /** A request of GetEndpointID (DSP0236 §12.4), instance `id`. */
  const send = async (link: string, eid: number, id: number): Promise<void> => {
    await stack.sendPacket(link, Uint8Array.of(1, eid, 8, 0xc8, 0, 0x80 | id, 2), '20').catch(() => {});
    await pass(clock, 1);
  };
  return { watch, send };
}

const texts = (rows: readonly { readonly text: string }[]): string[] => rows.map(({ text }) => text);

it('those of a quiet device are there, whatever the others did', async () => {
  const { watch, send } = await scene(50);
  for (let id = 0; id < 4; id++) await send('b', 9, id);
  for (let n = 0; n < 80; n++) await send('a', 10, n & 31);
  const { rows, next } = watch.recall(new Filter(['eid=9']), 3)!;
  expect(texts(rows)).toEqual(['GetEndpointID request #1', 'GetEndpointID request #2', 'GetEndpointID request #3']);
  expect(rows.map(({ n }) => n)).toEqual([-1, -2, -3]);
  expect(watch.detail(-2)).toMatchObject({
    link: 'b',
    dst: '9',
    message: { title: expect.stringContaining('GetEndpointID') },
  });
  expect(watch.detail(-9)).toBeUndefined();
  // What passes from now on comes once, and from the other side.
  await watch.start();
  await send('b', 9, 5);
  watch.work();
  expect(next).toBe(0);
  expect(texts([watch.kept.at(0)!.row])).toEqual(['GetEndpointID request #5']);
  const again = watch.recall(new Filter(['eid=9']), 300)!;
  expect(texts(again.rows).at(-1)).toBe('GetEndpointID request #5');
  expect(again.next).toBe(1);
});

it('only what may match is taken out of the recorder; the rest of the filter asks what it means', async () => {
  const { watch, send } = await scene(2000);
  for (let n = 0; n < 1500; n++) await send('a', 10, n & 31);
  await send('b', 9, 7);
  expect(watch.recall(new Filter(['eid=9', 'command=GetEndpointUUID']), 300)!.rows).toEqual([]);
  expect(watch.recall(new Filter(['eid=9', 'kind=request', 'link=b', 'dir=tx', '!error']), 300)!.rows).toHaveLength(1);
  expect(watch.recall(new Filter(['src=9']), 300)!.rows).toEqual([]);
  expect(watch.recall(new Filter(['dst!=10']), 300)!.rows).toHaveLength(1);
  // Of a link the latest thousand, and of those what is wanted.
  expect(watch.recall(new Filter(['link=a']), 300)!.rows.map(({ dst }) => dst)).toEqual(Array(300).fill('10'));
});

it('without a flight recorder there is nothing from before', async () => {
  const watch = new PacketWatch({ record: async () => () => {} });
  expect(watch.recall(new Filter([]), 300)).toBeUndefined();
});
