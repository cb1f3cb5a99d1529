/** Endpoint discovery on bindings that use it, such as PCIe: commands 0x0b to 0x0d (DSP0236 §12.13 to §12.15). */

import { command } from '../../codec/index.js';

/** Broadcast: everybody becomes undiscovered, and keeps the EID. */
export const PrepareForEndpointDiscovery = command({
  name: 'PrepareForEndpointDiscovery',
  code: 0x0b,
  source: 'DSP0236 §12.13',
  idempotent: true,
  request: {},
  response: {},
});

/** Answered only by the undiscovered. */
export const EndpointDiscovery = command({
  name: 'EndpointDiscovery',
  code: 0x0c,
  source: 'DSP0236 §12.14',
  idempotent: true,
  request: {},
  response: {},
});

/** From an endpoint to its bus owner: come and discover me. */
export const DiscoveryNotify = command({
  name: 'DiscoveryNotify',
  code: 0x0d,
  source: 'DSP0236 §12.15',
  idempotent: true,
  request: {},
  response: {},
});
