/** The bench one gets when none is named. A module and not a file, so that it is there wherever the code is. */

import { DEFAULT_PLDM } from './default-pldm.js';

export const DEFAULT_BENCH = `\
# A small server: a BMC (the host) with an SMBus and a UART. On the SMBus an SSD, a NIC, and a riser with a bridge that
# has an SMBus of its own with three devices; on the UART an MCU.

[wires.smbus0]
kind = "smbus"
speed = 400
host = 0x10

[wires.riser]
kind = "smbus"
speed = 100

[wires.serial0]
kind = "serial"
baud = 115200
host = true

[devices.ssd]
wire = "smbus0"
address = 0x1d
uuid = "7a1c5e10-4c2b-11ee-8d01-001b21000001"
vendor = [{ pci = 0x1ab4, set = 0x0001 }]

[devices.nic]
wire = "smbus0"
address = 0x32
uuid = "7a1c5e10-4c2b-11ee-8d02-001b21000002"
vendor = [{ pci = 0x1ab4, set = 0x0002 }, { iana = 412, set = 0x0100 }]

[devices.bridge]
wire = "smbus0"
address = 0x40
uuid = "7a1c5e10-4c2b-11ee-8d03-001b21000003"
pool = 8
below = [{ wire = "riser", address = 0x10 }]

[devices.gpu0]
wire = "riser"
address = 0x4c
uuid = "7a1c5e10-4c2b-11ee-8d04-001b21000004"

[devices.gpu1]
wire = "riser"
address = 0x4d
uuid = "7a1c5e10-4c2b-11ee-8d05-001b21000005"

[devices.retimer]
wire = "riser"
address = 0x24
uuid = "7a1c5e10-4c2b-11ee-8d06-001b21000006"

[devices.mcu]
wire = "serial0"
uuid = "7a1c5e10-4c2b-11ee-8d07-001b21000007"
files = true

${DEFAULT_PLDM}`;
