/** An emulated Pico with the image of this project, plugged in. */

import { readFileSync } from 'node:fs';
import { IMAGE } from '../build-firmware.js';
import { EmulatedPico } from './pico.js';

/** Powered, and known to the host's USB. */
export async function startedPico(): Promise<EmulatedPico> {
  const pico = new EmulatedPico(readFileSync(IMAGE));
  pico.bus.keep = false;
  const enumerated = pico.usb.enumerated();
  pico.start();
  await enumerated;
  return pico;
}
