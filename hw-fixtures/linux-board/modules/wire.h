/* SPDX-License-Identifier: GPL-2.0 */
/* i2c-wire: what its files share. */
#ifndef WIRE_H
#define WIRE_H

#include <linux/atomic.h>
#include <linux/i2c.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#define WIRES_MAX 8
#define PORTS_MAX 16
#define TARGETS_MAX 4		/* per port */

/* A line is held low: nothing gets through. */
enum stuck {
	STUCK_NOT,
	STUCK_CLOCK,		/* a transfer begins and never ends: -ETIMEDOUT */
	STUCK_DATA,		/* the bus never comes free: -EBUSY */
};

struct wire {
	struct mutex busy;	/* START to STOP; also guards everything below */
	int index, nports;
	enum stuck stuck;
	struct port *port[PORTS_MAX];	/* NULL while unplugged */
	int nr[PORTS_MAX];	/* adapter number, to come back under the same */
	atomic_t leaving[PORTS_MAX];	/* unplugged ones not gone yet */
};

/* Faults still to come on a port: the next n transfers are hit. */
struct faults {
	int nack, data_nack, arb, flip;
	int data_nack_byte;	/* 0 is the first byte after the address */
	int flip_byte;		/* -1: the last byte written */
};

struct port {
	struct i2c_adapter adap;
	struct wire *wire;
	int index;
	bool gone;		/* unplugged, but somebody still holds it open */
	struct i2c_client *target[TARGETS_MAX];
	struct faults faults;
	struct work_struct leave;
};

/* wire-main.c */
extern bool wire_loopback;
extern uint wire_byte_us;

/* wire-xfer.c */
extern const struct i2c_algorithm wire_algo;

/* wire-faults.c */
extern const struct attribute_group *wire_port_groups[];

#endif
