/** `top` in a terminal, and its parts. */

import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../stack/clock.js';
import { Mctp } from '../../stack/mctp.js';
import { coloursFor, visibleWidth } from '../../tools/format/colours.js';
import { TopModel } from '../../tools/top/model.js';
import { render } from '../../tools/top/render.js';
import { FIRST_VIEW, pressed, readKeys, type View } from '../../tools/top/view.js';
import { mctpkit } from '../support/cli.js';
import { TerminalRun } from '../support/terminal.js';

describe('in a terminal', () => {
  it('shows links and endpoints, drills in, comes back, and gives the terminal back', async () => {
    const run = await TerminalRun.start(['top', '-i', '200ms'], { columns: 100, rows: 30 });
    try {
      await run.shows(/LINK +STATE[\s\S]*bench:smbus0 +up[\s\S]*EID +LINK[\s\S]* 9 +bench:smbus0[\s\S]*PACKETS/);
      run.type('j\r');
      await run.shows(/bench:serial0 +up[\s\S]*rxPackets/);
      run.type('\u001b');
      await run.shows(/EID +LINK/);
      run.type('\u001b[B\r');
      await run.shows(/EID 9[\s\S]*UUID[\s\S]*round trip +\d[\s\S]*MESSAGES[\s\S]*GetEndpointID/);
      run.type('b\tp');
      await run.shows(/PAUSED/);
      run.type('h');
      await run.shows(/hold still, and go on/);
      run.type('q');
      expect(await run.finished).toEqual({ code: 0, signal: null });
      expect(run.output.startsWith('\u001b[?1049h')).toBe(true);
      expect(run.output.trimEnd().endsWith('\u001b[?1049l')).toBe(true);
    } finally {
      await run.close();
    }
  }, 40_000);

  it.each(['\u0003', 'SIGINT', 'SIGTERM'])('%j ends it cleanly', async (how) => {
    const run = await TerminalRun.start(['top']);
    try {
      await run.shows(/LINK +STATE/);
      if (how.startsWith('SIG')) run.child.kill(how as NodeJS.Signals);
      else run.type(how);
      expect(await run.finished).toEqual({ code: 0, signal: null });
      expect(run.output.trimEnd().endsWith('\u001b[?1049l')).toBe(true);
    } finally {
      await run.close();
    }
  });

  it('needs one', async () => {
    expect(await mctpkit(['top'])).toMatchObject({
      code: 2,
      stderr: 'mctpkit: top needs a terminal: run it in one, or with --json\n',
    });
  });
});

describe('colours and progress', () => {
  it('are there in a terminal, and not with NO_COLOR', async () => {
    const run = await TerminalRun.start(['discover']);
    await run.finished;
    expect(run.output).toContain('\u001b[1m');
    expect(run.output).toMatch(/asking on bench:smbus0, bench:serial0 \.\.\./);
    await run.close();
    const plain = await TerminalRun.start(['discover'], { env: { NO_COLOR: '1' } });
    await plain.finished;
    expect(plain.output).not.toContain('\u001b[1m');
    await plain.close();
  });
});

describe('keys', () => {
  it('are read from what terminals send', () => {
    expect(readKeys('\u001b[A\u001b[Bjk\r\t\u001b[5~\u0003\u001b')).toEqual([
      'up',
      'down',
      'j',
      'k',
      'enter',
      'tab',
      'pageUp',
      'ctrl-c',
      'escape',
    ]);
  });

  it('move within what is there', () => {
    const rows = { rows: 3, links: 1 };
    const press = (view: View, ...keys: string[]): View => keys.reduce((now, key) => pressed(now, key, rows)!, view);
    expect(press(FIRST_VIEW, 'up').cursor).toBe(0);
    expect(press(FIRST_VIEW, 'down', 'down', 'down', 'down').cursor).toBe(2);
    expect(press(FIRST_VIEW, 'enter')).toMatchObject({ page: 'link', chosen: 0 });
    expect(press(FIRST_VIEW, 'down', 'enter')).toMatchObject({ page: 'endpoint', chosen: 1 });
    expect(press(FIRST_VIEW, 'tab', 'up', 'up')).toMatchObject({ page: 'packets', back: 2 });
    expect(press(FIRST_VIEW, 'tab', 'up', 'tab')).toMatchObject({ page: 'overview', back: 0 });
    expect(pressed(FIRST_VIEW, 'q', rows)).toBeUndefined();
    expect(press(FIRST_VIEW, 'x')).toBe(FIRST_VIEW);
  });
});

describe('the picture', () => {
  const colours = coloursFor(true, { TERM: 'xterm' });

  it.each([
    [20, 3],
    [80, 24],
    [200, 60],
  ])('fits %i columns and %i rows, with and without content', (columns, rows) => {
    const model = new TopModel();
    for (const page of ['overview', 'link', 'endpoint', 'packets', 'help'] as const) {
      const lines = render(model, { ...FIRST_VIEW, page }, { columns, rows }, colours, new Date(0));
      expect(lines).toHaveLength(rows);
      for (const line of lines) expect(visibleWidth(line)).toBeLessThanOrEqual(columns);
    }
  });

  it('rates are what came between two snapshots', async () => {
    const { loopbackPair } = await import('../../bindings/loopback/link.js');
    const clock = new VirtualClock();
    const [a, b] = loopbackPair({ clock });
    const one = new Mctp({ clock });
    const other = new Mctp({ clock });
    one.addLink(a);
    other.addLink(b);
    one.addAddress(8, a.name);
    await Promise.all([one.open(), other.open()]);
    const model = new TopModel();
    const take = (): void => model.update({ timeMs: clock.now(), links: one.links(), endpoints: [], peers: [] });
    take();
    const socket = one.socket();
    for (let n = 0; n < 10; n++)
      await socket.send({ eid: 0, link: a.name }, new Uint8Array(3), { type: 5, reply: false });
    clock.advance(2000);
    take();
    expect(model.links[0]).toMatchObject({
      txPacketsPerSecond: 5,
      txBytesPerSecond: 40,
      rxPacketsPerSecond: 0,
      faults: 0,
    });
    await Promise.all([one.close(), other.close()]);
  });
});
