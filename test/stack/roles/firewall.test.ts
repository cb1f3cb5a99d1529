import { describe, expect, it } from 'vitest';
import { Firewall, type FirewallOptions } from '../../../stack/roles/index.js';
import { packet } from '../../support/scripted-link.js';

function firewall(options: FirewallOptions) {
  const wall = new Firewall(options);
  const passes = (
    header: { src?: number; dest?: number; som?: boolean; eom?: boolean; tag?: number; to?: boolean },
    type = 1,
    [from, to] = ['up', 'down'],
  ): boolean => {
    const buffer = packet({ src: 8, dest: 9, ...header }, Uint8Array.of(type, 0));
    return wall.filter({ from: from!, to: to!, buffer, start: 0, end: buffer.length });
  };
  return { wall, passes };
}

describe('the firewall of a bridge', () => {
  it('judges by link, EID and type; the first rule that matches decides', () => {
    const { wall, passes } = firewall({
      rules: [
        { action: 'allow', types: [0] },
        { action: 'deny', source: [[20, 29], 40] },
        { action: 'deny', from: ['up'], to: ['down'], destination: [10], types: [1] },
      ],
    });
    expect(passes({ src: 25 }, 0)).toBe(true);
    expect(passes({ src: 25 }, 1)).toBe(false);
    expect(passes({ src: 40 }, 5)).toBe(false);
    expect(passes({ src: 30 }, 5)).toBe(true);
    expect(passes({ dest: 10 }, 1)).toBe(false);
    expect(passes({ dest: 10 }, 0x81)).toBe(false);
    expect(passes({ dest: 10 }, 1, ['down', 'up'])).toBe(true);
    expect(wall.counters).toEqual({ allowed: 3, denied: 4, unknown: 0 });
  });

  it('may deny what nobody allowed', () => {
    const { passes } = firewall({ rules: [{ action: 'allow', types: [1] }], otherwise: 'deny' });
    expect(passes({}, 1)).toBe(true);
    expect(passes({}, 2)).toBe(false);
  });

  it('remembers the verdict of a message until its end, apart from other messages', () => {
    const { wall, passes } = firewall({ rules: [{ action: 'deny', types: [5] }] });
    expect(passes({ tag: 1, eom: false }, 5)).toBe(false);
    expect(passes({ tag: 2, eom: false }, 1)).toBe(true);
    // Middles and ends carry whatever they like where the type was.
    expect(passes({ tag: 1, som: false, eom: false }, 1)).toBe(false);
    expect(passes({ tag: 2, som: false, eom: false }, 5)).toBe(true);
    expect(wall.remembered).toBe(2);
    expect(passes({ tag: 1, som: false }, 1)).toBe(false);
    expect(passes({ tag: 2, som: false }, 5)).toBe(true);
    expect(wall.remembered).toBe(0);
    expect(passes({ tag: 2, som: false }, 1)).toBe(false);
    expect(wall.counters.unknown).toBe(1);
    expect(passes({ tag: 2, to: false, som: false }, 1)).toBe(false);
  });

  it('remembers so many messages and no more', () => {
    const { wall, passes } = firewall({ rules: [{ action: 'deny', types: [5] }], messages: 3 });
    for (let tag = 0; tag < 5; tag++) expect(passes({ tag, eom: false })).toBe(true);
    expect(wall.remembered).toBe(3);
    expect(passes({ tag: 0, som: false })).toBe(false);
    expect(passes({ tag: 4, som: false })).toBe(true);
  });

  it('needs no memory when no rule asks for the type', () => {
    const { wall, passes } = firewall({ rules: [{ action: 'deny', source: [8] }] });
    expect(passes({ som: false, eom: false })).toBe(false);
    expect(passes({ src: 9, som: false, eom: false })).toBe(true);
    expect(wall.remembered).toBe(0);
  });
});
