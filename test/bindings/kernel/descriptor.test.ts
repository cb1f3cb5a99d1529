import { describe, expect, it } from 'vitest';
import { closeLingering, Descriptor } from '../../../bindings/kernel/descriptor.js';
import { VirtualClock } from '../../../stack/clock.js';
import { FakeKernel } from './fake-kernel.js';

function scene(unsent: number) {
  const libc = new FakeKernel();
  const clock = new VirtualClock();
  const descriptor = new Descriptor(libc);
  descriptor.watch(() => {});
  libc.unsent = unsent;
  descriptor.closeWhenSent(clock);
  return { libc, clock };
}

describe('a descriptor that is closed', () => {
  it('is closed at once when nothing is on its way', () => {
    const { libc, clock } = scene(0);
    expect({ open: libc.open_.size, watches: libc.watches, pending: clock.pending }).toEqual({
      open: 0,
      watches: 0,
      pending: 0,
    });
  });

  it('stays until what was sent has left, unread: with it the kernel would drop that', () => {
    const { libc, clock } = scene(1280);
    clock.advance(500);
    expect({ open: libc.open_.size, watches: libc.watches }).toEqual({ open: 1, watches: 0 });
    libc.unsent = 0;
    clock.advance(20);
    expect({ open: libc.open_.size, pending: clock.pending }).toEqual({ open: 0, pending: 0 });
  });

  it('does not wait forever for a link that takes nothing', () => {
    const { libc, clock } = scene(1280);
    clock.advance(10_000);
    expect({ open: libc.open_.size, pending: clock.pending }).toEqual({ open: 0, pending: 0 });
  });

  it('is closed at once when the process ends', () => {
    const { libc, clock } = scene(1280);
    closeLingering();
    expect({ open: libc.open_.size, pending: clock.pending }).toEqual({ open: 0, pending: 0 });
  });
});
