/** `top` in a terminal, and its parts. */

import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../stack/clock.js';
import { Mctp } from '../../stack/mctp.js';
import { coloursFor, visibleWidth } from '../../tools/format/colours.js';
import { linkReadings } from '../../tools/stacks/own-stack.js';
import { render } from '../../tools/top/render.js';
import { SensorBoard } from '../../tools/top/sensor-board.js';
import { sensorPage, sensorsPage } from '../../tools/top/sensor-pages.js';
import { TopModel } from '../../tools/top/top-model.js';
import { FIRST_VIEW, pressed, readKeys, type View } from '../../tools/top/view.js';
import { mctpkit } from '../support/in-process.js';
import { plain, TerminalRun } from '../support/terminal.js';

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
  });

  it('shows the sensors of all termini, looks closer at one, and comes back', async () => {
    const run = await TerminalRun.start(['top', '-i', '200ms'], { columns: 120, rows: 50 });
    try {
      await run.shows(/ 9 +bench:smbus0[\s\S]*s sensors/);
      run.type('s');
      await run.shows(/EID 9 .*NVMe drive\n> +1 +Composite temperature +[\d.]+ +°C +normal[\s\S]*EID 20 .*Fan speed/s);
      // What is good is green.
      expect(run.output).toContain('\u001b[32mnormal\u001b[39m');
      run.type('j');
      await run.shows(/\n> +2 +Endurance used/);
      run.type('\r');
      await run.shows(/sensor 2 {2}Endurance used[\s\S]*entity[\s\S]*value +\d+ %[\s\S]*upperWarning +90[\s\S]*so far/);
      run.type('\u001b');
      await run.shows(/> +2 +Endurance used/);
      run.type('s');
      await run.shows(/EID +LINK/);
      run.type('q');
      expect(await run.finished).toEqual({ code: 0, signal: null });
    } finally {
      await run.close();
    }
  });

  it('fits the window, also when that changes, and shows the cursor again', async () => {
    const run = await TerminalRun.start(['top', '-i', '200ms'], { columns: 120, rows: 40 });
    try {
      await run.shows(/ 9 +bench:smbus0 .*vendor \(PCI\)/);
      run.resize(44, 11);
      // The line of the keys, cut off; nothing is drawn beside or below it.
      await run.shows(/up\/down choose {2}Enter look closer {2}Tab pac(?!kets)/);
      const picture = plain(run.output.slice(run.output.lastIndexOf('\u001b[H'))).split('\n');
      expect(picture.length).toBeLessThanOrEqual(11);
      for (const line of picture) expect(line.length).toBeLessThanOrEqual(44);
      run.type('q');
      expect((await run.finished).code).toBe(0);
      expect(run.output.lastIndexOf('\u001b[?25h')).toBeGreaterThan(run.output.lastIndexOf('\u001b[?25l'));
    } finally {
      await run.close();
    }
  });

  it('asks nobody for sensors with --passive', async () => {
    const run = await TerminalRun.start(['top', '--passive']);
    try {
      await run.shows(/LINK +STATE/);
      run.type('s');
      await run.shows(/with --passive no device is asked/);
      run.type('q');
      expect((await run.finished).code).toBe(0);
    } finally {
      await run.close();
    }
  });

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

  it('needs one that can be drawn on', async () => {
    const run = await TerminalRun.start(['top'], { env: { TERM: 'dumb' } });
    try {
      expect(await run.finished).toEqual({ code: 2, signal: null });
      expect(run.output).toBe('mctpkit: top needs a terminal: run it in one, or with --json\r\n');
    } finally {
      await run.close();
    }
  });
});

describe('--json', () => {
  it('says sensors when they are wanted', async () => {
    const { code, stdout } = await mctpkit(['top', '--json', '--sensors', '-i', '300ms', '-c', '20']);
    expect(code).toBe(0);
    const line = stdout.split('\n').find((one) => /"termini":.*"eid":20,"reading":false/.test(one))!;
    const { termini } = JSON.parse(line) as { termini: { eid: number; sensors: unknown[] }[] };
    expect(termini.map(({ eid }) => eid)).toEqual([9, 10, 11, 12, 13, 14, 20]);
    expect(termini[0]).toMatchObject({
      target: 'EID 9 (bench:smbus0/0x1d)',
      network: 1,
      reading: false,
      error: null,
    });
    expect(termini[0]!.sensors[0]).toMatchObject({
      id: 1,
      name: 'Composite temperature',
      unit: '°C',
      presentState: 'normal',
    });
    expect(JSON.parse((await mctpkit(['top', '--json', '-c', '1'])).stdout)).not.toHaveProperty('termini');
  });
});

describe('sensors', () => {
  const colours = coloursFor(false, {});
  const which = (eid: number) => ({ key: `1:${eid}:`, network: 1, eid, target: `EID ${eid}`, thing: 'Box' });
  const numeric = (id: number, value: number | null) => ({
    kind: 'numeric' as const,
    id,
    name: `sensor ${id}`,
    entity: 'box',
    value,
    unit: 'W',
    raw: value,
    operationalState: 'enabled',
    presentState: 'normal',
    limits: {},
    min: null,
    max: null,
    error: null,
  });
  const part = { name: 'Drive', stateSetId: 1, stateSet: 'Presence', state: 1, stateName: 'Present' };
  const state = (id: number) => {
    const states = [part, { ...part, name: 'Drive health' }].map((one) => ({ ...one, operationalState: 'enabled' }));
    return { kind: 'state' as const, id, name: 'Drive', entity: 'box', states, error: null };
  };

  it('of a terminus that fails stay, with why, and others go on', () => {
    const board = new SensorBoard();
    expect(sensorsPage(board, 0, 10, colours)[1]).toContain('no endpoint has said yet');
    board.reading(which(9));
    board.failed(which(10), 'EID 10 does not answer \u001b[2J');
    expect(sensorsPage(board, 0, 10, colours)).toEqual([
      'EID 9  Box',
      '  reading its PDRs ...',
      '',
      expect.stringMatching(/^EID 10 {2}Box {2}EID 10 does not answer [^ ]*2J$/),
    ]);
    board.readings(which(9), [state(3), numeric(4, 1)]);
    board.readings(which(9), [state(3), numeric(4, 3)]);
    board.failed(which(9), 'gone');
    const page = sensorsPage(board, 1, 10, colours);
    expect(page[0]).toBe('EID 9  Box  gone');
    expect(page.findIndex((line) => line.startsWith('>'))).toBe(3);
    expect(page[3]).toMatch(/^> 4 +sensor 4 +3 +W +normal/);
    expect(sensorPage(board, 1, colours).join('\n')).toMatch(/so far +▁█\n +trouble +gone/);
    expect(sensorPage(board, 0, colours).join('\n')).toContain('Drive health  Present, enabled (Presence)');
    board.keepOnly(['1:10:']);
    expect(board.sensors).toEqual([]);
    expect(sensorPage(board, 1, colours)).toEqual(['the sensor is gone']);
  });

  it('the chosen one is always to be seen', () => {
    const board = new SensorBoard();
    for (const eid of [9, 10, 11])
      board.readings(
        which(eid),
        Array.from({ length: 20 }, (_, id) => numeric(id, id)),
      );
    for (let cursor = 0; cursor < 60; cursor++) {
      const page = sensorsPage(board, cursor, 12, colours);
      expect(page).toHaveLength(12);
      expect(page.filter((line) => line.startsWith('>'))).toEqual([
        expect.stringMatching(new RegExp(`^> +${cursor % 20} `)),
      ]);
    }
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
    const sensors = { ...rows, sensors: 2 };
    const among = (...keys: string[]): View => keys.reduce((now, key) => pressed(now, key, sensors)!, FIRST_VIEW);
    expect(among('s', 'down', 'down')).toMatchObject({ page: 'sensors', sensor: 1, cursor: 0 });
    expect(among('s', 'enter', 'down')).toMatchObject({ page: 'sensor', sensor: 1 });
    expect(among('s', 'enter', 'escape')).toMatchObject({ page: 'sensors' });
    expect(among('s', 'enter', 'escape', 'escape')).toMatchObject({ page: 'overview' });
    expect(press(FIRST_VIEW, 's', 'enter')).toMatchObject({ page: 'sensors' });
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
    for (const page of ['overview', 'link', 'endpoint', 'packets', 'sensors', 'sensor', 'help'] as const) {
      const lines = render(model, { ...FIRST_VIEW, page }, { columns, rows }, colours, new Date(0));
      expect(lines).toHaveLength(rows);
      for (const line of lines) expect(visibleWidth(line)).toBeLessThanOrEqual(columns);
    }
  });

  it('rates are what came between two snapshots', async () => {
    const { loopbackPair } = await import('../../bindings/loopback/loopback-link.js');
    const clock = new VirtualClock();
    const [a, b] = loopbackPair({ clock });
    const one = new Mctp({ clock });
    const other = new Mctp({ clock });
    one.addLink(a);
    other.addLink(b);
    one.addAddress(8, a.name);
    await Promise.all([one.open(), other.open()]);
    const model = new TopModel();
    const take = (): void => model.update({ timeMs: clock.now(), links: linkReadings(one), endpoints: [], peers: [] });
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
