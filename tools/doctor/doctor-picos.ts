/** Pico adapters that are plugged in: may they be opened, and is their firmware the one that we have? */

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { type FoundAdapter, findAdapters, PRODUCT } from '../../bindings/i2c/adapter/find-adapters.js';
import { FIRMWARE_VERSION, isOldFirmware } from '../../hw-fixtures/pico/firmware-version.js';
import { MctpError } from '../../stack/errors.js';
import type { Check, Roots } from './check.js';

/** ModemManager would write AT commands to it. */
const UDEV_RULE = `SUBSYSTEM=="tty", ATTRS{product}=="${PRODUCT}", MODE="0660", TAG+="uaccess", ENV{ID_MM_DEVICE_IGNORE}="1"`;
const UDEV_FILE = '/etc/udev/rules.d/70-mctpkit-pico.rules';
const UDEV_REMEDY = `as root: echo '${UDEV_RULE}' > ${UDEV_FILE}; udevadm control --reload; then plug it in again`;

/** `i2c:pico`, with its serial number where there are several. */
export function picoUrl({ serialNumber }: Pick<FoundAdapter, 'serialNumber'>, count: number): string {
  return count === 1 ? 'i2c:pico' : `i2c:pico?serial=${serialNumber}`;
}

export async function checkPicos({ sys, dev }: Roots): Promise<Check[]> {
  const found = await findAdapters({ sysRoot: sys, devRoot: dev }).catch((error: unknown) => {
    if (MctpError.is(error, 'ENOPACKAGE')) return [];
    throw error;
  });
  return Promise.all(
    found.map(async (pico): Promise<Check> => {
      const { path, serialNumber, firmware } = pico;
      const id = `i2c:pico:${serialNumber}`;
      const url = picoUrl(pico, found.length);
      const allowed = await access(path, constants.R_OK | constants.W_OK).then(
        () => true,
        () => false,
      );
      if (!allowed) return { id, status: 'broken', what: `${url}: ${path} may not be opened`, fix: UDEV_REMEDY };
      if (firmware !== undefined && isOldFirmware(firmware)) {
        const what = `${url} has the old firmware ${firmware}: ${FIRMWARE_VERSION} comes with this mctpkit`;
        return { id, status: 'warning', what, fix: `mctpkit adapter flash --link '${url}'` };
      }
      const version = firmware === undefined ? '' : `, firmware ${firmware}`;
      return { id, status: 'ok', what: `${url} (Pico adapter ${serialNumber}${version}, ${path})` };
    }),
  );
}
