/** `nvme health --watch` in narrow windows: the state of each drive is always there. */

import { expect, it } from 'vitest';
import { coloursFor } from '../../tools/format/colours.js';
import { HealthHistory } from '../../tools/nvme/health-history.js';
import { HealthScreen } from '../../tools/nvme/health-screen.js';
import type { WatchedDrive } from '../../tools/nvme/watched-drive.js';

function watched(name: string): WatchedDrive {
  const history = new HealthHistory();
  for (let at = 0; at < 30; at++) history.add({ at, temperature: 40 + at, used: at });
  const health = {
    temperature: 44,
    used: 12,
    functional: true,
    resetRequired: false,
    warnings: [],
    changed: [],
  };
  const target: WatchedDrive['target'] = { name, to: { eid: 9 }, link: 'l' } as unknown as WatchedDrive['target'];
  const model = 'Acme NV-3840';
  return { target, history, health, failure: undefined, model, warningTemperature: null, wake: undefined };
}

/** What is drawn, and what is left when it is closed. */
function drawn(columns: number): readonly [screen: string[], left: string[]] {
  let text = '';
  const terminal = {
    size: () => ({ rows: 24, columns }),
    write: (more: string) => {
      text += more;
    },
    take: () => () => {},
    canHearKeys: false,
  };
  const drives = [watched('EID 9 (bench:smbus0/0x1d)'), watched('EID 10')];
  const screen = new HealthScreen(drives, true, coloursFor(false, {}), terminal);
  screen.draw();
  const left: string[] = [];
  screen.close((line) => left.push(line));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what moves the cursor is not looked at
  return [text.replaceAll(/\u001b\[[HJK]/g, '').split('\r\n'), left];
}

it.each([
  [140, /^EID 9 .*0x1d\) {2}Acme NV-3840 +44 °C {2}\S{24} {2}12 % {2}\S{24} {2}good$/],
  [90, /^EID 9 .*0x1d\) {2}Acme NV-3840 +44 °C {2}\S{6} {2}12 % {2}\S{6} {2}good$/],
  [75, /^EID 9 .*0x1d\) {2}Acme NV-3840 +44 °C {2}12 % {2}good$/],
  [55, /^EID 9 .*0x1d\) +44 °C {2}12 % {2}good$/],
  [46, /^EID 9 .*0x1d\) +44 °C {2}good$/],
  [35, /^EID 9 .*0x1d\) {2}good$/],
  [20, /^….*0x1d\) {2}good$/],
])('in %i columns', (columns, first) => {
  const [screen, left] = drawn(columns);
  expect(screen[1]).toMatch(first);
  expect(screen[2]).toMatch(/ {2}good$/);
  expect(screen.every((line) => line.length <= columns)).toBe(true);
  // Lines which stay may be as wide as they want.
  expect(left.every((line, index) => index === 0 || / {2}good$/.test(line))).toBe(true);
});
