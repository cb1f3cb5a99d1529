/** NC-SI control packets (DSP0222) over MCTP (DSP0261): taken apart and put together. */

export { NCSI_COMMANDS, NCSI_EVENTS } from './ncsi-commands.js';
export { decodeNcsi, encodeNcsi, ncsiNamed } from './ncsi-packet.js';
