/** Kinds of entities (DSP0249 table 4): what a sensor, effecter or FRU belongs to. */

const ENTITY_TYPES: Readonly<Record<number, string>> = {
  0: 'unspecified',
  1: 'other',
  2: 'network',
  3: 'group',
  6: 'communication channel',
  7: 'PLDM terminus',
  8: 'platform event log',
  9: 'device file',
  10: 'device file directory',
  16: 'switch',
  17: 'pushbutton',
  19: 'indicator',
  30: 'system management software',
  31: 'system firmware',
  32: 'operating system',
  36: 'management controller firmware',
  45: 'system chassis',
  46: 'sub-chassis',
  47: 'disk bay',
  49: 'device bay',
  60: 'board',
  61: 'card',
  62: 'module',
  63: 'management module',
  64: 'system board',
  65: 'memory board',
  66: 'memory module',
  67: 'processor module',
  68: 'add-in card',
  72: 'power system board',
  73: 'drive backplane',
  77: 'blade',
  80: 'I/O module',
  81: 'processor I/O module',
  90: 'cooling device',
  91: 'cooling subsystem',
  92: 'cooling unit',
  93: 'fan',
  95: 'liquid cooling device',
  107: 'hard disk',
  110: 'other silicon storage',
  111: 'solid state drive',
  120: 'power supply',
  121: 'battery',
  123: 'power converter',
  124: 'DC-DC converter',
  127: 'voltage regulator',
  135: 'processor',
  136: 'chipset component',
  137: 'management controller',
  138: 'peripheral controller',
  139: 'SEEPROM',
  141: 'flash chip',
  143: 'memory controller',
  144: 'network controller',
  145: 'I/O controller',
  148: 'FPGA/CPLD',
  149: 'accelerator',
  150: 'TPM',
  151: 'processor core',
  152: 'GPU',
  153: 'DPU',
  154: 'PCIe retimer',
  155: 'PCIe switch',
  162: 'I2C bus',
  163: 'SMBus',
  164: 'SPI',
  165: 'PCI',
  166: 'PCIe',
  169: 'USB',
  176: 'I3C',
  185: 'connector',
  186: 'slot',
  187: 'cable',
  190: 'socket',
  200: 'RJ45',
  202: 'SFP',
  210: 'QSFP',
  213: 'QSFP-DD',
  214: 'OSFP',
  300: 'Ethernet',
  301: 'InfiniBand',
};

const LOGICAL = 0x8000;
const FIRST_OEM = 0x6000;

/** Bit 15 tells logical entities from physical ones. */
export function isLogicalEntity(entityType: number): boolean {
  return (entityType & LOGICAL) !== 0;
}

/** "solid state drive" for 111, "logical fan" for 0x805d, "OEM entity 0x6001", "entity 999". */
export function entityTypeName(entityType: number): string {
  const id = entityType & 0x7fff;
  const name = ENTITY_TYPES[id] ?? (id >= FIRST_OEM ? `OEM entity 0x${id.toString(16)}` : `entity ${id}`);
  return isLogicalEntity(entityType) ? `logical ${name}` : name;
}

/** The inverse for physical entities; undefined when DSP0249 has no such name. */
export function entityTypeNumber(name: string): number | undefined {
  const wanted = name.toLowerCase();
  const found = Object.entries(ENTITY_TYPES).find(([, known]) => known.toLowerCase() === wanted);
  return found === undefined ? undefined : Number(found[0]);
}
