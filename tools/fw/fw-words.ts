/** Numbers of DSP0267 in words. */

import { COMPONENT_CLASSIFICATION } from '../../pldm/firmware/firmware-enums.js';
import { hexNumber } from '../../stack/util/text.js';

const CLASSIFICATIONS = new Map<number, string>([
  [COMPONENT_CLASSIFICATION.unknown, 'unknown'],
  [COMPONENT_CLASSIFICATION.other, 'other'],
  [COMPONENT_CLASSIFICATION.driver, 'driver'],
  [COMPONENT_CLASSIFICATION.configurationSoftware, 'configuration software'],
  [COMPONENT_CLASSIFICATION.application, 'application'],
  [COMPONENT_CLASSIFICATION.instrumentation, 'instrumentation'],
  [COMPONENT_CLASSIFICATION.firmwareBios, 'firmware/BIOS'],
  [COMPONENT_CLASSIFICATION.diagnostic, 'diagnostic'],
  [COMPONENT_CLASSIFICATION.operatingSystem, 'operating system'],
  [COMPONENT_CLASSIFICATION.middleware, 'middleware'],
  [COMPONENT_CLASSIFICATION.firmware, 'firmware'],
  [COMPONENT_CLASSIFICATION.biosFCode, 'BIOS/FCode'],
  [COMPONENT_CLASSIFICATION.supportServicePack, 'service pack'],
  [COMPONENT_CLASSIFICATION.bundle, 'bundle'],
  [COMPONENT_CLASSIFICATION.downstreamDevice, 'downstream device'],
]);

export function classificationName(classification: number): string {
  return CLASSIFICATIONS.get(classification) ?? hexNumber(classification, 4);
}

const METHODS = [
  'automatic',
  'self-contained',
  'medium-specific reset',
  'system reboot',
  'DC power cycle',
  'AC power cycle',
  'activate pending image',
  'activate pending image set',
] as const;

/** "self-contained or system reboot" */
export function methodsText(methods: number): string {
  return METHODS.filter((_, bit) => (methods & (1 << bit)) !== 0).join(' or ');
}

/** "1 device", "2 devices" */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
