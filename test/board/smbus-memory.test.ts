import { expect, it } from 'vitest';
import type { SmbusMemoryReports } from './guest/smbus-memory.js';
import { describeOnBoard, scenarioReports } from './support.js';

/** Thousands of leaked messages of 200 bytes would be more; the noise of compilers and collectors is less. */
const HEAP_NOISE = 400_000;
const RESIDENT_NOISE = 16_000_000;

function expectFlat(grown: { heap: number; resident: number }): void {
  expect(grown.heap).toBeLessThan(HEAP_NOISE);
  expect(grown.resident).toBeLessThan(RESIDENT_NOISE);
}

describeOnBoard('memory of our SMBus link', () => {
  const report = scenarioReports<SmbusMemoryReports>(
    'smbus-memory',
    { modules: { 'i2c-wire': { ports: [3], timeout_ms: 100 }, 'slave-mqueue': { depth: 512 } } },
    '--expose-gc',
  );

  it('does not grow with messages', () => {
    const { grown, outcomes, messages } = report('thousands of messages');
    expect({ outcomes, messages }).toEqual({ outcomes: ['ok'], messages: 2400 });
    expectFlat(grown);
  });

  it('does not grow with faults', () => {
    const { grown, outcomes, after } = report('thousands of faults');
    expect(outcomes).toEqual(['ENACK', 'ETIMEDOUT', 'ok']);
    expect(after).toEqual(['ok']);
    expectFlat(grown);
  });

  it('does not grow with messages that never end', () => {
    const { grown, after } = report('thousands of half messages');
    expect(after).toEqual(['ok']);
    expectFlat(grown);
  });

  it('gives half a message up when its sender begins again, or never does', () => {
    expect(report('a device resets in the middle of its messages')).toEqual({ restarted: 1, timedOut: 1, messages: 1 });
  });
});
