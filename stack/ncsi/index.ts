/** NC-SI control packets (DSP0222) over MCTP (DSP0261): taken apart and put together. */

export { NCSI_COMMANDS, NCSI_EVENTS, type NcsiCommand, type NcsiEvent } from './ncsi-commands.js';
export { type DecodedNcsi, decodeNcsi, encodeNcsi, type NcsiKind, ncsiNamed } from './ncsi-packet.js';
