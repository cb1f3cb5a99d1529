/** An emulated Pico with an image of this project, plugged in. */

import { readFileSync } from 'node:fs';
import { type FirmwareName, IMAGES } from '../build-firmware.js';
import { EmulatedPico } from './pico.js';

/** Powered, and known to the host's USB. `beside`: on the wire of another one. */
export async function startedPico(beside?: EmulatedPico, firmware: FirmwareName = 'adapter'): Promise<EmulatedPico> {
  const pico = new EmulatedPico(readFileSync(IMAGES[firmware]), beside);
  pico.bus.keep = false;
  const enumerated = pico.usb.enumerated();
  pico.start();
  await enumerated;
  return pico;
}
