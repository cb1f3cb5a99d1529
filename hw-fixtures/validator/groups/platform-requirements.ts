/** The requirements of DSP0248, each with its check, or why there is none. */

import type { Requirement } from '../declaration.js';

const plat = (first: number, last = first) => ({
  checks: Array.from({ length: last - first + 1 }, (_, index) => `PLDM-PLAT-${String(first + index).padStart(3, '0')}`),
});

export const PLATFORM_REQUIREMENTS: readonly Requirement[] = [
  {
    clause: 'DSP0248 §26',
    text: 'GetPDRRepositoryInfo is there, and its counts are those of the records',
    ...plat(1, 6),
  },
  { clause: 'DSP0248 §26.2', text: 'the chain of record handles', ...plat(7, 9) },
  { clause: 'DSP0248 §28', text: 'the common header of PDRs', ...plat(10, 12) },
  { clause: 'DSP0248 §26.2', text: 'parts of records, their flags and CRC-8', ...plat(13, 18) },
  { clause: 'DSP0248 §26.2', text: 'GetPDR refuses handles, operations and change numbers', ...plat(19, 22) },
  {
    clause: 'DSP0248 §26.2',
    text: 'TRANSFER_TIMEOUT and REPOSITORY_UPDATE_IN_PROGRESS',
    unchecked: 'a device cannot be made to update its repository from outside',
  },
  { clause: 'DSP0248 §26', text: 'GetPDRRepositorySignature', ...plat(23) },
  { clause: 'DSP0248 §26', text: 'FindPDR: operations, and the type alone', ...plat(115, 116) },
  {
    clause: 'DSP0248 §26',
    text: 'FindPDR with parameters',
    unchecked: 'they are rarely implemented, and each implementation has others',
  },
  {
    clause: 'DSP0248 §26',
    text: 'RunInitAgent',
    unchecked: 'it resets what others have set, and nothing shows what was before',
  },
  { clause: 'DSP0248 §28', text: 'lengths of sensor records, counts of parts, possible states', ...plat(24, 28) },
  { clause: 'DSP0248 §28', text: 'IDs of sensors and effecters are unique', ...plat(29, 30) },
  { clause: 'DSP0248 §28', text: 'fields of numeric sensor PDRs are legal', ...plat(31, 36) },
  { clause: 'DSP0248 §28', text: 'the linear formula is finite', ...plat(37, 38) },
  { clause: 'DSP0248 §28', text: 'ranges, thresholds and intervals of numeric sensors', ...plat(39, 41) },
  { clause: 'DSP0248 §28', text: 'auxiliary names are there where the sensor says so', ...plat(42) },
  { clause: 'DSP0248 §28', text: 'compact numeric sensor PDRs', ...plat(43, 45) },
  { clause: 'DSP0248 §28', text: 'effecter PDRs', ...plat(46, 49) },
  { clause: 'DSP0248 §28', text: 'entity association PDRs', ...plat(50, 51) },
  {
    clause: 'DSP0248 §28',
    text: 'accuracy and tolerances of readings',
    unchecked: 'the true value is not known without an instrument',
  },
  { clause: 'DSP0248 §18', text: 'GetSensorReading fits the PDR', ...plat(52, 59) },
  { clause: 'DSP0248 §18', text: 'thresholds and hysteresis', ...plat(60, 66) },
  { clause: 'DSP0248 §18', text: 'GetStateSensorReadings fits the PDR', ...plat(67, 72) },
  { clause: 'DSP0248 §18', text: 'enabling and initialization refuse unknown sensors', ...plat(101, 104) },
  { clause: 'DSP0248 §18', text: 'SetNumericSensorEnable and SetStateSensorEnables take effect', ...plat(109, 110) },
  {
    clause: 'DSP0248 §18',
    text: 'InitNumericSensor and InitStateSensor take effect',
    unchecked: 'nothing shows what the sensor was initialized with before',
  },
  { clause: 'DSP0248 §22', text: 'numeric effecters fit their PDRs', ...plat(73, 77) },
  { clause: 'DSP0248 §22', text: 'state effecters fit their PDRs', ...plat(78, 81) },
  { clause: 'DSP0248 §22', text: 'setting and enabling refuse unknown effecters', ...plat(105, 108) },
  { clause: 'DSP0248 §22', text: 'effecters take what they have, and refuse what they cannot have', ...plat(111, 114) },
  {
    clause: 'DSP0248 §22',
    text: 'effecters take other values and states',
    unchecked: 'what an effecter moves is not known: a fan that stops, a power supply that is switched off',
  },
  { clause: 'DSP0248 §16', text: 'EventMessageSupported and EventMessageBufferSize', ...plat(82, 86) },
  { clause: 'DSP0248 §16', text: 'SetEventReceiver and GetEventReceiver', ...plat(87, 90) },
  { clause: 'DSP0248 §16', text: 'polling and acknowledgement of events', ...plat(91, 99) },
  {
    clause: 'DSP0248 §16',
    text: 'PlatformEventMessage and heartbeats',
    unchecked: 'events that are pushed go to the receiver which the platform has set up, and not to the validator',
  },
  { clause: 'DSP0248 §16', text: 'GetTerminusUID', ...plat(100) },
  {
    clause: 'DSP0248',
    text: 'the event log, commands 0x40 to 0x48',
    unchecked: 'their layouts are not known for sure',
  },
];
