/** The real image in an emulated Pico, as an adapter. */

import { AdapterPort } from '../../../bindings/i2c/adapter/adapter-port.js';
import { systemClock } from '../../../bindings/system-clock.js';
import type { EmulatedPico } from '../../../hw-fixtures/pico/emulator/pico.js';
import { EmulatedPicoPort } from '../../../hw-fixtures/pico/emulator/pico-port.js';

export { startedPico } from '../../../hw-fixtures/pico/emulator/started-pico.js';

export function adapterPort(pico: EmulatedPico, options: { readonly speedHz?: number } = {}): AdapterPort {
  return new AdapterPort({ name: 'pico', clock: systemClock, stream: () => new EmulatedPicoPort(pico), ...options });
}
