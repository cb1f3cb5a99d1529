import { loopbackPair } from '../../bindings/loopback/loopback-link.js';
import { openPty } from '../../bindings/serial/pty.js';
import { SerialLink } from '../../bindings/serial/serial-link.js';
import { UartPort } from '../../bindings/serial/tty-port.js';
import { SmbusLink } from '../../bindings/smbus/smbus-link.js';
import { systemClock } from '../../bindings/system-clock.js';
import { UsbLink } from '../../bindings/usb/usb-link.js';
import { describeLinkCompliance, type LinkPair } from '../../hw-fixtures/testing/link-compliance.js';
import { memoryPortPair } from '../../hw-fixtures/testing/memory-port.js';
import { memoryUsbPair } from '../../hw-fixtures/testing/memory-usb.js';
import { MemoryWire } from '../../hw-fixtures/testing/memory-wire.js';
import { VirtualClock } from '../../stack/clock.js';

function virtual(clock: VirtualClock): Pick<LinkPair, 'step' | 'timers'> {
  return { step: () => clock.advance(1), timers: () => clock.pending };
}

for (const async of [false, true]) {
  describeLinkCompliance(`loopback, ${async ? 'asynchronous' : 'synchronous'}`, () => {
    const clock = new VirtualClock();
    const [a, b] = loopbackPair({ clock, async });
    return { a, b, ...virtual(clock) };
  });
}

describeLinkCompliance('loopback with addresses', () => {
  const clock = new VirtualClock();
  const [a, b] = loopbackPair({ clock, async: true, addresses: ['10', '1d'], transmissionUnit: 250 });
  return { a, b, absent: ['20', '21'], ...virtual(clock) };
});

describeLinkCompliance('serial over memory', () => {
  const clock = new VirtualClock();
  const [portA, portB] = memoryPortPair({ clock });
  const a = new SerialLink({ port: portA, clock });
  const b = new SerialLink({ port: portB, clock });
  return { a, b, garbage: (bytes) => portB.inject(bytes), ...virtual(clock) };
});

describeLinkCompliance('serial over memory, large packets', () => {
  const clock = new VirtualClock();
  const [portA, portB] = memoryPortPair({ clock, bytesPerMs: 7 });
  const a = new SerialLink({ port: portA, clock, transmissionUnit: 251 });
  const b = new SerialLink({ port: portB, clock, transmissionUnit: 251 });
  return { a, b, garbage: (bytes) => portB.inject(bytes), ...virtual(clock) };
});

describeLinkCompliance('serial over a real pseudo terminal', async () => {
  const pty = await openPty();
  const a = new SerialLink({ port: new UartPort({ path: pty.path, lock: false }), clock: systemClock });
  const b = new SerialLink({ port: pty.port, clock: systemClock });
  return { a, b };
});

describeLinkCompliance('SMBus over a wire in memory', () => {
  const clock = new VirtualClock();
  const wire = new MemoryWire(clock);
  const portB = wire.port('b');
  const a = new SmbusLink({ port: wire.port('a'), clock, ownAddress: 0x12 });
  const b = new SmbusLink({ port: portB, clock, ownAddress: 0x1d });
  return { a, b, absent: ['20', '21', '22', '23'], garbage: (bytes) => portB.receive(bytes), ...virtual(clock) };
});

for (const [unit, batch] of [
  [64, false],
  [247, true],
] as const) {
  describeLinkCompliance(
    `USB over a cable in memory, ${unit} bytes${batch ? ', several packets per transfer' : ''}`,
    () => {
      const clock = new VirtualClock();
      const [portA, portB] = memoryUsbPair(clock);
      const a = new UsbLink({ port: portA, clock, transmissionUnit: unit, batch });
      const b = new UsbLink({ port: portB, clock, transmissionUnit: unit, batch });
      return { a, b, garbage: (bytes) => portB.inject(bytes), ...virtual(clock) };
    },
  );
}
