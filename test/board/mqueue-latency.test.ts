import { expect, it } from 'vitest';
import type { MqueueLatencyReports } from './guest/mqueue-latency.js';
import { describeOnBoard, scenarioReports } from './support.js';

// The figures of bindings/i2c/README.md; here only what a mistake in the waiting would break by far.
describeOnBoard('waiting for what others write to us', () => {
  const report = scenarioReports<MqueueLatencyReports>('mqueue-latency', {
    modules: { 'i2c-wire': { ports: [2] }, 'slave-mqueue': { depth: 32 } },
  });

  it('wakes at once, not at the next tick of a timer', () => {
    const { p50, p95 } = report('latency');
    expect(p50).toBeLessThan(2);
    expect(p95).toBeLessThan(20);
  });

  it('costs next to nothing while nothing comes', () => {
    expect(report('CPU while nothing comes').percent).toBeLessThan(5);
  });

  it('reads everything a wake-up stands for', () => {
    expect(report('a burst as long as the queue')).toEqual({ count: 32, lost: 0 });
  });
});
