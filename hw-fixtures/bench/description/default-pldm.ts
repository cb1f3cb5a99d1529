/** What the devices of the default bench are and measure: the PLDM part of its description. */

export const DEFAULT_PLDM = `\
[devices.ssd.pldm]
entity = "solid state drive"
entityName = "NVMe drive"

[[devices.ssd.pldm.sensors]]
id = 1
name = "Composite temperature"
unit = "°C"
dataSize = "s16"
resolution = 0.1
value = 43
swing = 2.5
period = 45
min = -40
max = 125
lowerCritical = 0
upperWarning = 70
upperCritical = 80
upperFatal = 90
hysteresis = 2

[[devices.ssd.pldm.sensors]]
id = 2
name = "Endurance used"
unit = "%"
dataSize = "u8"
value = 12
max = 100
upperWarning = 90

[[devices.ssd.pldm.stateSensors]]
id = 10
name = "Drive"
parts = [
  { set = "Presence", possible = ["Present", "Not present"] },
  { set = "Health State", name = "Drive health", possible = ["Normal", "Non-critical", "Critical"] },
]

[[devices.ssd.pldm.fru]]
manufacturer = "Acme Storage"
model = "NV-3840"
partNumber = "NV3840-U2"
serialNumber = "S7A1C5E100001"
version = "1.4.2"
vendorIana = 412

[devices.ssd.pldm.firmware]
version = "1.4.2"
pciVendor = 0x1ab4
pciDevice = 0x3840
components = [{ id = 1, version = "1.4.2" }]
verifyMs = 150
applyMs = 100
activateMs = 1500

[devices.nic.pldm]
entity = "network controller"
entityName = "Ethernet adapter"

[[devices.nic.pldm.sensors]]
id = 1
name = "ASIC temperature"
unit = "°C"
dataSize = "s16"
value = 66
swing = 6
period = 12
min = -40
max = 125
upperWarning = 70
upperCritical = 85
upperFatal = 95
hysteresis = 1
updateInterval = 0.5

[[devices.nic.pldm.sensors]]
id = 2
name = "Module temperature"
entity = "QSFP"
entityName = "Port 0 module"
unit = "°C"
value = 48
swing = 3
period = 20
upperWarning = 65
upperCritical = 70
compact = true

[[devices.nic.pldm.sensors]]
id = 3
name = "Module power"
entity = "QSFP"
entityName = "Port 0 module"
unit = "W"
dataSize = "u16"
resolution = 0.01
value = 3.42
swing = 0.2
period = 7

[[devices.nic.pldm.stateSensors]]
id = 10
name = "Port 0 link"
set = "Link State"

[[devices.nic.pldm.fru]]
manufacturer = "Acme Networks"
model = "NX-200"
partNumber = "NX200-QSFP"
serialNumber = "N7A1C5E100002"
version = "22.36.1"
vendorIana = 412

[devices.nic.pldm.firmware]
version = "24.31"
pciVendor = 0x1ab4
pciDevice = 0x100e
components = [{ id = 16, version = "24.31.1" }, { id = 17, version = "3.7", classification = 11, methods = 8 }]
eraseMs = 100
verifyMs = 200
activateMs = 800

[devices.bridge.pldm]
entity = "add-in card"
entityName = "Riser"

[[devices.bridge.pldm.fru]]
manufacturer = "Acme Systems"
model = "Riser 3"
partNumber = "RSR-3X16"
serialNumber = "R7A1C5E100003"

[devices.gpu0.pldm]
entity = "GPU"
entityName = "GPU 0"

[[devices.gpu0.pldm.sensors]]
id = 1
name = "Die temperature"
unit = "°C"
dataSize = "s16"
resolution = 0.5
value = 58
swing = 4
period = 30
upperWarning = 83
upperCritical = 90
upperFatal = 95

[[devices.gpu0.pldm.sensors]]
id = 2
name = "Board power"
unit = "W"
dataSize = "u32"
unitModifier = -3
value = 212.5
swing = 30
period = 9
upperCritical = 320

[[devices.gpu0.pldm.fru]]
manufacturer = "Acme Compute"
model = "GX-80"
partNumber = "GX80-80G"
serialNumber = "G7A1C5E100004"

[devices.gpu1.pldm]
entity = "GPU"
entityName = "GPU 1"

[[devices.gpu1.pldm.sensors]]
id = 1
name = "Die temperature"
unit = "°C"
dataSize = "s16"
resolution = 0.5
value = 61
swing = 4
period = 34
upperWarning = 83
upperCritical = 90
upperFatal = 95

[[devices.gpu1.pldm.sensors]]
id = 2
name = "Board power"
unit = "W"
dataSize = "u32"
unitModifier = -3
value = 241
swing = 25
period = 11
upperCritical = 320

[[devices.gpu1.pldm.fru]]
manufacturer = "Acme Compute"
model = "GX-80"
partNumber = "GX80-80G"
serialNumber = "G7A1C5E100005"

[devices.retimer.pldm]
entity = "PCIe retimer"
entityName = "PCIe retimer"

[[devices.retimer.pldm.oemUnits]]
handle = 1
vendor = 412
name = "lanes"

[[devices.retimer.pldm.oemStateSets]]
handle = 0x8001
vendor = 412
states = ["Detect", "Polling", "Configuration", "L0", "Recovery"]

[[devices.retimer.pldm.sensors]]
id = 1
name = "Retimer temperature"
unit = "°C"
dataSize = "u8"
value = 55
swing = 2
period = 25
upperWarning = 90
upperCritical = 100

[[devices.retimer.pldm.sensors]]
id = 2
name = "Link width"
oemUnit = 1
dataSize = "u8"
value = 16
max = 16

[[devices.retimer.pldm.stateSensors]]
id = 10
name = "Link training"
set = 0x8001
state = "L0"

[[devices.retimer.pldm.fru]]
manufacturer = "Acme Interconnect"
model = "RT-5016"
partNumber = "RT5016"
serialNumber = "T7A1C5E100006"

[devices.mcu.pldm]
entity = "management controller"
entityName = "Fan controller"
clock = true
fruTableMaximumSize = 1024
biosTableMaximumSize = 4096

[[devices.mcu.pldm.sensors]]
id = 1
name = "Fan speed"
entity = "fan"
entityName = "Fan 1"
unit = "RPM"
dataSize = "u16"
follows = 20
swing = 40
period = 5
max = 20000
lowerWarning = 1500
lowerCritical = 800

[[devices.mcu.pldm.sensors]]
id = 2
name = "Inlet temperature"
unit = "°C"
dataSize = "s16"
resolution = 0.1
value = 24.5
swing = 0.5
period = 60
upperWarning = 40
upperCritical = 45

[[devices.mcu.pldm.sensors]]
id = 3
name = "12 V rail"
unit = "V"
dataSize = "u16"
unitModifier = -3
value = 12.04
swing = 0.03
period = 3
lowerCritical = 11.4
upperCritical = 12.6

[[devices.mcu.pldm.stateSensors]]
id = 10
name = "Chassis power"
set = "System Power State"
possible = ["On", "Off soft graceful"]
follows = 22

[[devices.mcu.pldm.effecters]]
id = 20
name = "Fan target"
entity = "fan"
entityName = "Fan 1"
unit = "RPM"
dataSize = "u16"
min = 1000
max = 15000
value = 6000

[[devices.mcu.pldm.stateEffecters]]
id = 21
name = "Identify LED"
set = "Identify State"

[[devices.mcu.pldm.stateEffecters]]
id = 22
name = "Power control"
set = "System Power State"
possible = ["On", "Off soft graceful"]

[[devices.mcu.pldm.fru]]
manufacturer = "Acme Systems"
model = "FanCtl 2"
partNumber = "FC2"
serialNumber = "M7A1C5E100007"
version = "2.1.0"
vendorIana = 412

[[devices.mcu.pldm.bios]]
name = "FanMode"
possible = ["Auto", "Quiet", "Full"]
value = "Auto"

[[devices.mcu.pldm.bios]]
name = "Hostname"
value = "node-1"
min = 1
max = 32

[[devices.mcu.pldm.bios]]
name = "BootRetries"
value = 3
max = 10
staged = true

[[devices.mcu.pldm.bios]]
name = "BoardRevision"
value = "C"
readOnly = true

[devices.mcu.pldm.firmware]
version = "2.4.1"
iana = 412
model = "MCU-7"
components = [{ id = 1, version = "2.4.1" }]
writeMs = 2
verifyMs = 50
activateMs = 300
`;
