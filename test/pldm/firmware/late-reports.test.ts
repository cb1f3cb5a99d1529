/** Reports of a component that come when the next one is under way: late by seconds, as a bridge may hold them back. */

import { describe, expect, it } from 'vitest';
import { ComponentTransfer } from '../../../pldm/firmware/agent/component-transfer.js';
import { ImageWindow } from '../../../pldm/firmware/agent/image-window.js';
import { AGENT_TIMING } from '../../../pldm/firmware/firmware-timing.js';
import { VirtualClock } from '../../../stack/clock.js';

const SIZE = 96;
const NOT_EXPECTED = { completionCode: 0x88 };

function transfer(): ComponentTransfer {
  const source = { size: SIZE, read: (_at: number, length: number) => new Uint8Array(length) };
  const made = new ComponentTransfer({
    clock: new VirtualClock(),
    timing: AGENT_TIMING,
    image: new ImageWindow(source),
    maximumTransferSize: 64,
    resumed: false,
    changed: () => {},
    waits: () => {},
    status: () => new Promise(() => {}),
  });
  made.start(0);
  return made;
}

describe('a report of the component before', () => {
  it('VerifyComplete: ends no download, good or bad', () => {
    const next = transfer();
    next.request(0, 64);
    expect(next.verifyComplete(0)).toMatchObject(NOT_EXPECTED);
    expect(next.verifyComplete(1)).toMatchObject(NOT_EXPECTED);
    expect([next.phase, next.over]).toEqual(['downloading', false]);
  });

  it('ApplyComplete: ends neither a download nor a verification', () => {
    const next = transfer();
    expect(next.applyComplete(0, 0)).toMatchObject(NOT_EXPECTED);
    expect(next.applyComplete(2, 0)).toMatchObject(NOT_EXPECTED);
    next.request(0, 64);
    next.request(64, 32);
    next.transferComplete(0);
    expect(next.applyComplete(0, 0)).toMatchObject(NOT_EXPECTED);
    expect([next.phase, next.over]).toEqual(['verifying', false]);
  });

  it('in its time each is taken; a device need not wait for the answer to its TransferComplete', async () => {
    const next = transfer();
    next.request(0, 64);
    next.request(64, 32);
    expect(next.verifyComplete(0)).toEqual({});
    expect(next.applyComplete(1, 0x0004)).toEqual({});
    expect(await next.outcome).toMatchObject({ good: true, activationMethods: 4 });
  });
});
