/** The version of the firmware that is shipped (`VERSION_TEXT` of firmware/version.h). */
export const FIRMWARE_VERSION = '1.1';
