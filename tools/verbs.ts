/** The verbs of the command. A verb's module is loaded when the verb is used; the list of them needs none. */

import type { VerbEntry } from './verb.js';

export const VERBS: readonly VerbEntry[] = [
  {
    name: 'discover',
    summary: 'find endpoints, give them EIDs and show what they are',
    load: async () => (await import('./verbs/discover.js')).discover,
  },
  {
    name: 'ping',
    summary: 'ask an endpoint repeatedly whether it is there, and measure how fast it answers',
    load: async () => (await import('./verbs/ping.js')).ping,
  },
  {
    name: 'control',
    summary: 'send any command of the MCTP control protocol and show the answer',
    load: async () => (await import('./verbs/control.js')).control,
  },
  {
    name: 'send',
    summary: 'send any message to an endpoint and show its answer',
    load: async () => (await import('./verbs/send.js')).send,
  },
  {
    name: 'file',
    summary: 'list, read and write the files of an endpoint',
    load: async () => (await import('./verbs/file.js')).file,
  },
  {
    name: 'pldm',
    summary: 'ask a PLDM terminus: what it is, or any command of base, platform, fru, bios and others',
    load: async () => (await import('./verbs/pldm.js')).pldm,
  },
  {
    name: 'sensors',
    summary: 'read all PLDM sensors: values with units, states by name, limits; --watch repeats, with events',
    load: async () => (await import('./verbs/sensors.js')).sensors,
  },
  {
    name: 'pdr',
    summary: 'show the platform descriptor records of PLDM termini, as a tree, one by one, or as JSON',
    load: async () => (await import('./verbs/pdr.js')).pdr,
  },
  {
    name: 'fw',
    summary: 'firmware: inspect packages, build them, and update devices',
    load: async () => (await import('./verbs/fw.js')).fw,
  },
  {
    name: 'nvme',
    summary: 'NVMe drives over NVMe-MI: list, health, logs, firmware, configuration, sanitize',
    load: async () => (await import('./verbs/nvme.js')).nvme,
  },
  {
    name: 'spdm',
    summary: "ask an SPDM responder what it is, and connect DMTF's emulators with links and devices",
    load: async () => (await import('./verbs/spdm.js')).spdm,
  },
  {
    name: 'validate',
    summary: 'check a device against the standards, clause by clause, with reports for CI',
    load: async () => (await import('./verbs/validate.js')).validate,
  },
  {
    name: 'listen',
    summary: 'show messages as they arrive, whole and decoded',
    load: async () => (await import('./verbs/listen.js')).listen,
  },
  {
    name: 'top',
    summary: 'watch links, endpoints, rates, errors and packets on the whole screen',
    load: async () => (await import('./verbs/top.js')).top,
  },
  {
    name: 'capture',
    summary: 'record the packets of links, in a pcapng file for Wireshark or on the screen',
    load: async () => (await import('./verbs/capture.js')).capture,
  },
  {
    name: 'decode',
    summary: 'explain bytes: frames, packets and messages, from hex or a recording',
    load: async () => (await import('./verbs/decode.js')).decode,
  },
  {
    name: 'encode',
    summary: 'make bytes from fields: the inverse of decode',
    load: async () => (await import('./verbs/encode.js')).encode,
  },
  {
    name: 'emulate',
    summary: 'emulate a device on a real link, until Ctrl-C',
    load: async () => (await import('./verbs/emulate.js')).emulate,
  },
  {
    name: 'run',
    summary: 'act as a configuration says: bus owner, endpoint or bridge, until Ctrl-C',
    load: async () => (await import('./verbs/run.js')).run,
  },
  {
    name: 'serve',
    summary: 'let many processes use the same links at the same time, until Ctrl-C',
    load: async () => (await import('./verbs/serve.js')).serve,
  },
  {
    name: 'network',
    summary: 'look at a served network: its nodes, options, events and messages; change it as a manager',
    load: async () => (await import('./verbs/network.js')).network,
  },
  {
    name: 'name',
    summary: 'give devices names, which every verb takes as addresses',
    load: async () => (await import('./verbs/name.js')).name,
  },
  {
    name: 'cable',
    summary: 'pair two machines for a cable, and list the cables which are known',
    load: async () => (await import('./verbs/cable.js')).cable,
  },
  {
    name: 'history',
    summary:
      'what a watching server recorded of devices: readings by device, sensor and time, as table, CSV, JSON or picture',
    load: async () => (await import('./verbs/history.js')).history,
  },
  {
    name: 'events',
    summary:
      'what happened to devices, as a watching server recorded it: states, thresholds, restarts, firmware, losses',
    load: async () => (await import('./verbs/events.js')).events,
  },
  {
    name: 'link',
    summary: 'show and change the links of a stack',
    load: async () => (await import('./verbs/tables.js')).link,
  },
  {
    name: 'address',
    summary: 'show and change our own EIDs',
    load: async () => (await import('./verbs/tables.js')).address,
  },
  {
    name: 'route',
    summary: 'show and change the routes to EIDs',
    load: async () => (await import('./verbs/tables.js')).route,
  },
  {
    name: 'neigh',
    summary: 'show and change which physical address an EID has',
    load: async () => (await import('./verbs/tables.js')).neigh,
  },
  {
    name: 'config',
    summary: 'check a configuration: mctpkit.toml, or an mctpd.conf',
    load: async () => (await import('./verbs/config.js')).config,
  },
  {
    name: 'i2c',
    summary: 'list the I2C buses and USB adapters of this machine and what each can do',
    load: async () => (await import('./verbs/i2c.js')).i2c,
  },
  {
    name: 'adapter',
    summary: 'a USB-I2C adapter: show it, test it, or give it new firmware',
    load: async () => (await import('./verbs/adapter.js')).adapter,
  },
  {
    name: 'usb',
    summary: 'list the USB devices with MCTP, and where this machine can be one',
    load: async () => (await import('./verbs/usb.js')).usb,
  },
  {
    name: 'join',
    summary: "connect our links with the kernel's MCTP stack, until Ctrl-C",
    load: async () => (await import('./verbs/join.js')).join,
  },
  {
    name: 'echo',
    summary: 'be an endpoint that answers every message with the same message, until Ctrl-C',
    load: async () => (await import('./verbs/echo.js')).echo,
  },
  {
    name: 'bench',
    summary: 'measure throughput, loss and latency, once or for days',
    load: async () => (await import('./verbs/bench.js')).bench,
  },
  {
    name: 'extcap',
    summary: 'show our links in Wireshark, and capture them live',
    load: async () => (await import('./verbs/extcap.js')).extcap,
  },
  {
    name: 'doctor',
    summary: 'check what this machine has for MCTP, and say how to fix what is wrong',
    load: async () => (await import('./verbs/doctor.js')).doctor,
  },
  {
    name: 'completion',
    summary: 'print the script by which a shell completes our verbs, options and links',
    load: async () => (await import('./verbs/completion.js')).completion,
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema of what a verb prints with --json',
    load: async () => (await import('./verbs/schema.js')).schema,
  },
  {
    name: 'version',
    summary: 'print the version',
    load: async () => (await import('./verbs/version.js')).version,
  },
  {
    name: 'help',
    summary: 'explain a verb, or show a page of the documentation',
    load: async () => (await import('./verbs/help.js')).help,
  },
];

export function findVerb(name: string): VerbEntry | undefined {
  return VERBS.find((verb) => verb.name === name);
}
