import { MuxBus } from '../../bindings/i2c/mux/mux-bus.js';
import { SerialLink } from '../../bindings/serial/serial-link.js';
import { SmbusLink } from '../../bindings/smbus/smbus-link.js';
import { UsbLink } from '../../bindings/usb/usb-link.js';
import { BehavingLink } from '../../hw-fixtures/bench/device/behaving-link.js';
import { I2cMux } from '../../hw-fixtures/bench/wires/i2c-mux.js';
import { PacketWire } from '../../hw-fixtures/bench/wires/packet-wire.js';
import { type I2cSpeed, I2cWire, UartWire, UsbCable } from '../../hw-fixtures/index.js';
import { describeLinkCompliance, type LinkPair } from '../../hw-fixtures/testing/link-compliance.js';
import { type Link, VirtualClock } from '../../stack/index.js';
import { RateLimitedLink } from '../../stack/roles/rate-limit.js';

function smbus(speedKhz: I2cSpeed, options: { stretchUs?: number; unit?: number } = {}): LinkPair {
  const clock = new VirtualClock();
  const wire = new I2cWire({ clock, speedKhz });
  const { stretchUs = 0, unit = 64 } = options;
  const link = (name: string, ownAddress: number): SmbusLink =>
    new SmbusLink({ name, port: wire.port({ name, stretchUs }), clock, ownAddress, speedKhz, transmissionUnit: unit });
  const third = wire.port();
  return {
    a: link('a', 0x10),
    b: link('b', 0x1d),
    step: () => void clock.step(),
    timers: () => clock.pending,
    absent: ['20', '21', '22', '23', '24', '25', '26'],
    garbage: (bytes) => {
      // Opened at the first call; further ones are refused.
      third.open({ received: () => {}, written: () => {}, state: () => {}, fault: () => {} }, 0x50).catch(() => {});
      // Empty transfers are not what a controller can be asked for.
      if (bytes.length > 0) third.write(0x1d, bytes, 0, bytes.length);
      clock.advance(100);
    },
    dispose: () => wire.close(),
  };
}

function serial(baudRate: number, options: { fifoBytes?: number; latencyMs?: number; unit?: number } = {}): LinkPair {
  const clock = new VirtualClock();
  const { unit = 64, ...rest } = options;
  const wire = new UartWire({ clock, baudRate, ...rest });
  return {
    a: new SerialLink({ name: 'a', port: wire.a, clock, transmissionUnit: unit }),
    b: new SerialLink({ name: 'b', port: wire.b, clock, transmissionUnit: unit }),
    step: () => void clock.step(),
    timers: () => clock.pending,
    garbage: (bytes) => {
      for (let at = 0; at < bytes.length; at += 50) {
        wire.a.write(bytes, at, Math.min(bytes.length, at + 50));
        clock.advance(10);
      }
    },
    dispose: () => wire.close(),
  };
}

function usb(batch: boolean): LinkPair {
  const clock = new VirtualClock();
  const cable = new UsbCable({ clock });
  return {
    a: new UsbLink({ name: 'a', port: cable.host, clock, batch }),
    b: new UsbLink({ name: 'b', port: cable.device, clock, batch }),
    step: () => void clock.step(),
    timers: () => clock.pending,
    garbage: (bytes) => {
      for (let at = 0; at < bytes.length; at += 512) {
        cable.host.write(bytes, at, Math.min(bytes.length, at + 512));
        clock.advance(10);
      }
    },
    dispose: () => cable.close(),
  };
}

/** We are on the trunk, and the other end on a channel of a mux. */
function behindMux(): LinkPair {
  const clock = new VirtualClock();
  const wire = new I2cWire({ clock, name: 'trunk', speedKhz: 400 });
  const mux = new I2cMux({ clock, wire, name: 'mux', address: 0x70, channels: ['c0', 'c1'] });
  const bus = new MuxBus({ root: wire.port({ name: 'root' }), clock });
  const channel = bus.addMux(0x70, ['c0', 'c1'])[1]!;
  const behind = mux.channels[1]!.port({ name: 'b' });
  return {
    a: new SmbusLink({ name: 'a', port: channel, clock, ownAddress: 0x10, speedKhz: 400 }),
    b: new SmbusLink({ name: 'b', port: behind, clock, ownAddress: 0x1d, speedKhz: 400 }),
    step: () => void clock.step(),
    timers: () => clock.pending,
    absent: ['20', '21', '22', '23'],
    dispose: () => wire.close(),
  };
}

/** Whole packets on a bus or a cable. */
function packets(clock: VirtualClock, addressSize = 0): LinkPair {
  const wire = new PacketWire({ clock, addressSize });
  const bus = addressSize > 0;
  return {
    a: wire.port({ name: 'a', ...(bus && { address: '10' }) }),
    b: wire.port({ name: 'b', ...(bus && { address: '1d' }) }),
    step: () => clock.advance(1),
    timers: () => clock.pending,
    ...(bus && { absent: ['20', '21', '22', '23'] }),
  };
}

/** A link in front of each. */
function behind(pair: LinkPair, wrap: (link: Link) => Link): LinkPair {
  return { ...pair, a: wrap(pair.a), b: wrap(pair.b) };
}

function behaving(pair: LinkPair): LinkPair {
  return behind(pair, (link) => new BehavingLink(link, { in: (packet) => [packet], out: (packet) => packet }));
}

describeLinkCompliance('SMBus on the virtual wire at 100 kHz', () => smbus(100));
describeLinkCompliance('SMBus on the virtual wire at 1 MHz, large units', () => smbus(1000, { unit: 250 }));
describeLinkCompliance('SMBus on the virtual wire with clock stretching', () => smbus(400, { stretchUs: 100 }));
describeLinkCompliance('SMBus behind a mux', behindMux);
describeLinkCompliance('USB on the virtual cable', () => usb(false));
describeLinkCompliance('USB on the virtual cable, several units in a transfer', () => usb(true));
describeLinkCompliance('serial on the virtual line at 115200 baud', () => serial(115_200));
describeLinkCompliance('serial on the virtual line at 3 Mbaud', () => serial(3_000_000, { unit: 251 }));
describeLinkCompliance('serial on the virtual line with a small FIFO and latency', () =>
  serial(115_200, { fifoBytes: 8, latencyMs: 16 }),
);
describeLinkCompliance('SMBus of a device with behaviours', () => behaving(smbus(400)));
describeLinkCompliance('serial of a device with behaviours', () => behaving(serial(115_200)));
describeLinkCompliance('packets on a cable of the bench', () => packets(new VirtualClock()));
describeLinkCompliance('packets on a bus of the bench', () => packets(new VirtualClock(), 1));
describeLinkCompliance('packets behind rate limits, which order packets by EID, while there are none', () => {
  const clock = new VirtualClock();
  return behind(packets(clock), (link) => new RateLimitedLink(link, clock));
});
