/** What people want of the library, and the public members that do it: the first page of the API reference. */

export interface ApiTask {
  readonly want: string;
  /** Pages that explain it, below docs. */
  readonly read: readonly string[];
  /** Below docs/examples. */
  readonly example?: string;
  /** `ENTRY NAME` or `ENTRY namespace.NAME`: the last part of what is imported. */
  readonly use: Readonly<Record<string, readonly string[]>>;
}

export const API_TASKS: readonly ApiTask[] = [
  {
    want: 'Set up a stack, send messages and receive answers',
    read: ['library.md'],
    example: 'request.ts',
    use: { mctpkit: ['Mctp', 'Transport', 'MctpSocket', 'MctpError', 'eid', 'MESSAGE_TYPE'] },
  },
  {
    want: 'Open a link by its URL, or one of a kind',
    read: ['library.md'],
    example: 'serial.ts',
    use: {
      bindings: [
        'createLink',
        'parseLinkUrl',
        'linkKinds',
        'SerialLink',
        'SmbusLink',
        'LoopbackLink',
        'loopbackPair',
        'openPty',
        'UartPort',
        'LinuxI2cPort',
        'listI2cAdapters',
      ],
    },
  },
  {
    want: 'Use the MCTP stack of the Linux kernel, or connect it with ours',
    read: ['kernel.md'],
    use: { bindings: ['KernelMctp', 'openKernelUrl', 'joinKernel', 'findMctpd'] },
  },
  {
    want: 'Use an MCTP adapter on USB',
    read: ['adapter-protocol.md'],
    use: { bindings: ['findAdapters', 'AdapterConnection', 'AdapterPort'] },
  },
  {
    want: 'Record packets for Wireshark',
    read: ['library.md'],
    example: 'capture.ts',
    use: { bindings: ['record', 'CaptureStream'], mctpkit: ['Mctp'] },
  },
  {
    want: 'Find endpoints, give them EIDs, and keep watching them',
    read: ['library.md', 'concepts.md'],
    example: 'discover.ts',
    use: {
      mctpkit: [
        'BusOwner',
        'BusOwnerOptions',
        'BusOwnerRole',
        'EndpointInfo',
        'EndpointEvents',
        'EndpointEvent',
        'EventReader',
        'EidPool',
        'busOwnerState',
      ],
    },
  },
  {
    want: 'Ask with commands of the control protocol',
    read: ['library.md'],
    use: { mctpkit: ['ControlClient', 'CONTROL_COMMANDS', 'controlCommand', 'classifyControl'] },
  },
  {
    want: 'Be an endpoint or a bridge',
    read: ['library.md'],
    example: 'endpoint.ts',
    use: {
      mctpkit: [
        'EndpointRole',
        'BridgeRole',
        'serveEndpoint',
        'ControlResponder',
        'MessageTypeRegistry',
        'Firewall',
        'RateLimitedLink',
        'serveRateLimits',
        'routeUpstream',
      ],
    },
  },
  {
    want: 'Ask a PLDM terminus: sensors, effecters, PDRs, events',
    read: ['pldm.md'],
    example: 'pldm.ts',
    use: {
      pldm: [
        'Terminus',
        'PldmClient',
        'platform.PdrRepository',
        'platform.readNumericSensor',
        'platform.readStateSensor',
        'platform.readThresholds',
        'platform.setNumericEffecter',
        'platform.setStateEffecter',
        'platform.EventReceiver',
        'platform.Watch',
        'platform.decodePdr',
      ],
    },
  },
  {
    want: 'Be a PLDM terminus',
    read: ['pldm.md'],
    example: 'device.ts',
    use: {
      pldm: [
        'PldmTerminus',
        'PldmResponder',
        'base.BaseResponder',
        'base.PldmHandlers',
        'base.MultipartResponder',
        'platform.SensorResponder',
        'platform.PdrRepositoryResponder',
        'platform.EventSource',
        'fru.FruResponder',
        'bios.BiosResponder',
      ],
    },
  },
  {
    want: 'Update firmware, build packages, or be a device that is updated',
    read: ['pldm.md'],
    use: {
      pldm: [
        'firmware.UpdateAgent',
        'firmware.planUpdates',
        'firmware.readInventory',
        'firmware.readPackage',
        'firmware.checkPackage',
        'firmware.buildPackage',
        'firmware.FirmwareDevice',
        'firmware.MemoryFirmware',
      ],
    },
  },
  {
    want: 'Read and write BIOS attributes, FRU records and files over PLDM',
    read: ['pldm.md'],
    use: {
      pldm: [
        'bios.BiosAttributes',
        'bios.BiosTableCodec',
        'fru.FruData',
        'file.FileClient',
        'file.OpenFile',
        'file.FileHost',
        'file.MemoryFile',
        'file.MemoryFifo',
      ],
    },
  },
  {
    want: 'Ask drives over NVMe-MI, or be one',
    read: ['verbs/nvme.md', 'guides/muxes.md'],
    example: 'drives.ts',
    use: {
      'nvme-mi': ['NvmeMiClient', 'DriveEvents', 'DriveManager', 'NvmeMiCommand', 'NvmeMiResponder', 'nvmeMiMessage'],
      bindings: ['MuxBus'],
    },
  },
  {
    want: 'Declare a protocol: commands, fields, both sides of it',
    read: ['library.md'],
    example: 'own-protocol.ts',
    use: {
      mctpkit: [
        'protocol.Requester',
        'protocol.Responder',
        'protocol.Handlers',
        'protocol.Messages',

        'protocol.CommandTable',
      ],
      pldm: ['base.PldmCommand'],
    },
  },
  {
    want: 'Declare fields and encode or decode bytes',
    read: ['library.md'],
    use: {
      mctpkit: [
        'codec.Codec',
        'codec.Struct',
        'codec.IntCodec',
        'codec.EnumCodec',
        'codec.FlagsCodec',
        'codec.BitField',
        'codec.BytesCodec',
        'codec.Fault',

        'codec.CodecError',
        'codec.Reader',
        'codec.Writer',
      ],
    },
  },
  {
    want: 'Carry MCTP on a wire of your own',
    read: ['library.md', 'testing.md'],
    example: 'own-binding.ts',
    use: {
      mctpkit: ['Link', 'LinkHost'],
      bindings: ['registerLinkKind', 'SerialDecoder', 'SmbusReceiver', 'NackError'],
      testing: ['describeLinkCompliance', 'RecordingHost', 'samplePacket', 'memoryPortPair', 'memoryUsbPair'],
    },
  },
  {
    want: 'Test a device: on the bench, on virtual time, on hardware',
    read: ['testing.md'],
    example: 'virtual-time.ts',
    use: {
      testing: [
        'device',
        'TestedDevice',
        'HilBus',
        'TestClock',
        'MemoryI2cPort',
        'MemoryPort',
        'MemoryUsbPort',
        'MemoryWire',
      ],
      fixtures: ['openBench', 'parseBench', 'Bench', 'Device', 'makeBehaviour', 'FaultPlan', 'I2cWire', 'UartWire'],
      mctpkit: ['VirtualClock', 'Emitter'],
    },
  },
];
