/** Vendors by number, as far as they are met on MCTP: PCI-SIG's vendor ids and IANA's enterprise numbers. */

import { MESSAGE_TYPE } from '../ids.js';

const PCI: Readonly<Record<number, string>> = {
  4096: 'Broadcom (LSI)',
  4116: 'IBM',
  4130: 'AMD',
  4136: 'Dell',
  4156: 'HP',
  4215: 'QLogic',
  4277: 'PLX',
  4318: 'NVIDIA',
  4334: 'Xilinx',
  4407: 'Cisco',
  4523: 'Marvell',
  4600: 'Microchip (PMC-Sierra)',
  4719: 'Silicon Motion',
  4932: 'Micron',
  5140: 'Microsoft',
  5197: 'Samsung',
  5348: 'Broadcom',
  5520: 'HPE',
  5555: 'Mellanox',
  5559: 'SanDisk',
  5593: 'Supermicro',
  6091: 'Qualcomm',
  6535: 'Phison',
  6629: 'Huawei',
  6659: 'ASPEED',
  6880: 'Google',
  6900: 'Red Hat (virtio)',
  6966: 'Red Hat (QEMU)',
  6987: 'Marvell',
  7062: 'Western Digital',
  7089: 'Seagate',
  7260: 'SK hynix',
  7439: 'Amazon',
  7579: 'Meta',
  7640: 'AMD Pensando',
  7695: 'KIOXIA',
  32902: 'Intel',
  36869: 'Microchip (Adaptec)',
};

const IANA: Readonly<Record<number, string>> = {
  2: 'IBM',
  9: 'Cisco',
  11: 'HP',
  311: 'Microsoft',
  343: 'Intel',
  412: 'DMTF',
  674: 'Dell',
  2011: 'Huawei',
  4413: 'Broadcom',
  5703: 'NVIDIA',
  6876: 'VMware',
  10876: 'Supermicro',
  11129: 'Google',
  19046: 'Lenovo',
  33049: 'Mellanox',
  40981: 'Meta',
  47196: 'HPE',
};

/** Types of messages that begin with the number of a vendor (DSP0236 §13). */
export type VendorType = typeof MESSAGE_TYPE.vendorPci | typeof MESSAGE_TYPE.vendorIana;

export function isVendorType(type: number): type is VendorType {
  return type === MESSAGE_TYPE.vendorPci || type === MESSAGE_TYPE.vendorIana;
}

/** Bytes of the number, most significant first. */
export function vendorIdSize(type: VendorType): 2 | 4 {
  return type === MESSAGE_TYPE.vendorPci ? 2 : 4;
}

/** The number that a payload begins with; undefined when it is shorter. */
export function readVendorId(type: VendorType, payload: Uint8Array): number | undefined {
  const size = vendorIdSize(type);
  if (payload.length < size) return undefined;
  let id = 0;
  for (let at = 0; at < size; at++) id = id * 256 + payload[at]!;
  return id;
}

/** "Intel" for the PCI number 0x8086; undefined for those not in our lists. */
export function vendorName(type: VendorType, id: number): string | undefined {
  return (type === MESSAGE_TYPE.vendorPci ? PCI : IANA)[id];
}
