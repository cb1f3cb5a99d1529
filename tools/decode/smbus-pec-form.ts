/** Addresses of I2C as programs write them, with and without the bit of the direction: the PEC tells which. Pure. */

import { pec } from '../../bindings/smbus/pec.js';
import { COMMAND_MCTP } from '../../bindings/smbus/smbus-framing.js';
import type { Unit } from './unit.js';

const ADDRESS_FORMS = { 7: '7-bit addresses', 8: 'addresses of 8 bits, as on the wire' } as const;
export type AddressForm = keyof typeof ADDRESS_FORMS;

/**
 * Bytes whose first is an address of unknown form. `usual` is what it is when no PEC tells.
 */
export function addressForm(writes: readonly Uint8Array[], usual: AddressForm): AddressForm {
  let seven = 0;
  let eight = 0;
  for (const bytes of writes) {
    if (bytes.length < 5 || bytes[1] !== COMMAND_MCTP) continue;
    if (isRight(bytes, bytes[0]!)) eight++;
    if (bytes[0]! < 0x80 && isRight(bytes, bytes[0]! << 1)) seven++;
  }
  if (seven !== eight) return seven > eight ? 7 : 8;
  // No address of seven bits is so large.
  return usual === 7 && writes.some(([first = 0]) => first > 0x7f) ? 8 : usual;
}

/** Writes with their first byte as it lies on the wire. */
export function onTheWire(bytes: Uint8Array, form: AddressForm): Uint8Array {
  if (form === 8) return bytes;
  const shifted = bytes.slice();
  shifted[0] = (shifted[0]! << 1) & 0xff;
  return shifted;
}

/** Lines of hex: what is SMBus with addresses of 7 bits. */
export function widened(units: readonly Unit[]): { readonly units: readonly Unit[]; readonly remark?: string } {
  const smbus = units.filter(({ layer }) => layer === 'smbus').map(({ bytes }) => bytes);
  if (smbus.length === 0 || addressForm(smbus, 8) === 8) return { units };
  return {
    units: units.map((unit) => (unit.layer === 'smbus' ? { ...unit, bytes: onTheWire(unit.bytes, 7) } : unit)),
    remark: formRemark(7),
  };
}

export function formRemark(form: AddressForm): string {
  return `its PECs are right with ${ADDRESS_FORMS[form]}: so they are read`;
}

function isRight(bytes: Uint8Array, address: number): boolean {
  return pec(bytes, 1, bytes.length - 1, pec(Uint8Array.of(address), 0, 1)) === bytes.at(-1);
}
