/** A serial line whose RX and TX are joined: what is written is read. */

import { registerLinkKind } from '../../bindings/link-registry.js';
import { SerialLink } from '../../bindings/serial/serial-link.js';
import { MemoryPort } from '../../hw-fixtures/testing/memory-port.js';

/** The scheme `joined` while the test runs; returns how to forget it. */
export function joinedLines(): () => void {
  return registerLinkKind('joined', {
    example: 'joined:line',
    create: async ({ text }, { clock }) => {
      const port = new MemoryPort('line', { clock });
      port.connect(port);
      return new SerialLink({ clock, name: text, port });
    },
  });
}
