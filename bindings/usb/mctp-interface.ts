/** DSP0283: class MCTP, management controller and managed devices, protocol 1.x. */
export const MCTP_INTERFACE = { class: 0x14, subclass: 0x00, protocol: 0x01 } as const;
