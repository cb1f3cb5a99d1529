/** The group `platform`: PLDM platform monitoring and control (DSP0248, DSP0249). */

import type { GroupDeclaration } from '../declaration.js';
import { PLATFORM_EVENT_CHECKS } from './platform-events.js';
import { PLATFORM_OTHER_RECORD_CHECKS } from './platform-other-records.js';
import { PLATFORM_READING_CHECKS } from './platform-readings.js';
import { PLATFORM_REPOSITORY_CHECKS } from './platform-repository.js';
import { PLATFORM_REQUIREMENTS } from './platform-requirements.js';
import { PLATFORM_SENSOR_RECORD_CHECKS } from './platform-sensor-records.js';
import { PLATFORM_SETTING_CHECKS } from './platform-settings.js';
import { PLATFORM_STATE_CHECKS } from './platform-states.js';
import { PLATFORM_TRANSFER_CHECKS } from './platform-transfer.js';

const TOML = `[devices.dut.pldm]
tid = 3
entity = "system board"
entityName = "Board"

[[devices.dut.pldm.sensors]]
id = 1
name = "Inlet"
entity = "fan"
unit = "°C"
value = 41
min = -40
max = 125
upperWarning = 70
upperCritical = 85
upperFatal = 95
lowerWarning = 5
lowerCritical = 0

[[devices.dut.pldm.sensors]]
id = 2
name = "Outlet"
unit = "°C"
value = 45
min = -40
max = 125

[[devices.dut.pldm.sensors]]
id = 3
name = "Module"
compact = true
unit = "°C"
value = 50
upperWarning = 70
upperCritical = 80

[[devices.dut.pldm.sensors]]
id = 4
unit = "V"
value = 3
min = 0
max = 5

[[devices.dut.pldm.stateSensors]]
id = 10
name = "Drive"
parts = [{ set = "Presence" }, { set = "Health State", possible = ["Normal", "Critical"] }]

[[devices.dut.pldm.stateSensors]]
id = 11
name = "Link"
set = "Link State"
changes = 1

[[devices.dut.pldm.effecters]]
id = 5
name = "Fan"
unit = "RPM"
min = 0
max = 9000
value = 3000

[[devices.dut.pldm.effecters]]
id = 7
name = "Pump"
unit = "RPM"
min = 0
max = 9000
value = 3000

[[devices.dut.pldm.stateEffecters]]
id = 6
name = "Identify"
set = "Identify State"`;

export const PLATFORM_GROUP: GroupDeclaration = {
  name: 'platform',
  title: 'PLDM platform monitoring and control',
  about: 'Whether the records of a device are sound, and its sensors, effecters and events are what they say: DSP0248.',
  bench: { toml: TOML },
  checks: [
    ...PLATFORM_REPOSITORY_CHECKS,
    ...PLATFORM_TRANSFER_CHECKS,
    ...PLATFORM_SENSOR_RECORD_CHECKS,
    ...PLATFORM_OTHER_RECORD_CHECKS,
    ...PLATFORM_READING_CHECKS,
    ...PLATFORM_STATE_CHECKS,
    ...PLATFORM_EVENT_CHECKS,
    ...PLATFORM_SETTING_CHECKS,
  ],
  requirements: PLATFORM_REQUIREMENTS,
};
