/** The real image in an emulated Pico is the adapter of an SMBus link: what every link has to do. */

import { SmbusLink } from '../../../bindings/smbus/smbus-link.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { WirePort } from '../../../hw-fixtures/pico/emulator/wire-port.js';
import { describeLinkCompliance } from '../../../hw-fixtures/testing/link-compliance.js';
import { adapterPort, startedPico } from './support.js';

describeLinkCompliance('SMBus over an emulated Pico', async () => {
  const pico = await startedPico();
  const a = new SmbusLink({ port: adapterPort(pico, { speedHz: 400_000 }), clock: systemClock, ownAddress: 0x10 });
  const b = new SmbusLink({ port: new WirePort(pico.bus), clock: systemClock, ownAddress: 0x1d });
  return { a, b, absent: ['20', '21', '22', '23'], dispose: () => pico.stop() };
});

describeLinkCompliance('SMBus towards an emulated Pico', async () => {
  const pico = await startedPico();
  const a = new SmbusLink({ port: new WirePort(pico.bus), clock: systemClock, ownAddress: 0x10 });
  const b = new SmbusLink({ port: adapterPort(pico, { speedHz: 400_000 }), clock: systemClock, ownAddress: 0x1d });
  return { a, b, absent: ['20', '21'], dispose: () => pico.stop() };
});

describeLinkCompliance('SMBus from one emulated Pico to another', async () => {
  const pico = await startedPico();
  const other = await startedPico(pico);
  const options = { speedHz: 400_000 };
  const a = new SmbusLink({ port: adapterPort(pico, options), clock: systemClock, ownAddress: 0x10 });
  const b = new SmbusLink({ port: adapterPort(other, options), clock: systemClock, ownAddress: 0x1d });
  return {
    a,
    b,
    absent: ['20', '21', '22', '23'],
    dispose: () => {
      pico.stop();
      other.stop();
    },
  };
});
