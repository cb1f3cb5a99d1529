/** UUIDs which tell devices apart. Firmware without one of its own reports all zeros or, as erased flash has them, all ones. */

const NIL_UUID = '00000000-0000-0000-0000-000000000000';
const ALL_ONES_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export function isUsefulUuid(uuid: string | undefined): uuid is string {
  return uuid !== undefined && uuid !== NIL_UUID && uuid.toLowerCase() !== ALL_ONES_UUID;
}
