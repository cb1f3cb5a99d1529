/** The version of the firmware that is shipped (`VERSION_TEXT` of firmware/adapter/version.h), and what is older. */
export const FIRMWARE_VERSION = '1.1';
/** The same of the bridge (firmware/bridge/version.h); USB tells it as `bcdDevice`. */
export const BRIDGE_FIRMWARE_VERSION = '1.0';
/** What it calls itself in HELLO. */
export const PICO_NAME = 'mctpkit-pico';

/** Is this version, `MAJOR.MINOR`, older than the one that is shipped? One that cannot be read is not. */
export function isOldFirmware(version: string, shipped: string = FIRMWARE_VERSION): boolean {
  const [major, minor] = numbers(version);
  const [wantedMajor, wantedMinor] = numbers(shipped);
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}

function numbers(version: string): readonly [major: number, minor: number] {
  const parts = /^(\d+)\.(\d+)$/.exec(version);
  return parts === null ? [Number.POSITIVE_INFINITY, 0] : [Number(parts[1]), Number(parts[2])];
}
