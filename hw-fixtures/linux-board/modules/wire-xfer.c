// SPDX-License-Identifier: GPL-2.0
/* i2c-wire: playing a controller's transfer to the targets on its wire. */
#include <linux/delay.h>

#include "wire.h"

/* What goes wrong with the transfer being played. */
struct mishap {
	int nack_byte, flip_byte;	/* NONE, LAST or an index */
};

#define NONE (-2)
#define LAST (-1)

static struct i2c_client *wire_find(struct wire *w, struct port *from, u16 addr)
{
	int p, t;

	for (p = 0; p < w->nports; p++) {
		if (!w->port[p] || (w->port[p] == from && !wire_loopback))
			continue;
		for (t = 0; t < TARGETS_MAX; t++) {
			struct i2c_client *c = w->port[p]->target[t];

			if (c && c->addr == addr)
				return c;
		}
	}
	return NULL;
}

static void wire_stop(struct i2c_client **sel)
{
	u8 none = 0;

	if (*sel)
		i2c_slave_event(*sel, I2C_SLAVE_STOP, &none);
	*sel = NULL;
}

static int wire_read(struct i2c_client *c, struct i2c_msg *m)
{
	int i, want = m->len;
	u8 val = 0;

	for (i = 0; i < want; i++) {
		i2c_slave_event(c, i ? I2C_SLAVE_READ_PROCESSED :
				       I2C_SLAVE_READ_REQUESTED, &val);
		m->buf[i] = val;
		if (i == 0 && (m->flags & I2C_M_RECV_LEN)) {
			if (val == 0 || val > I2C_SMBUS_BLOCK_MAX)
				return -EPROTO;
			want += val;
			m->len = want;
		}
	}
	if (!want)
		i2c_slave_event(c, I2C_SLAVE_READ_REQUESTED, &val);
	return 0;
}

static int wire_write(struct i2c_client *c, struct i2c_msg *m, struct mishap *mis)
{
	int i;
	u8 val = 0;

	if (i2c_slave_event(c, I2C_SLAVE_WRITE_REQUESTED, &val) < 0)
		return -ENXIO;		/* target does not take writes now */
	for (i = 0; i < m->len; i++) {
		if (i == mis->nack_byte)
			return -EIO;	/* as if the target had refused it */
		val = m->buf[i];
		if (i == mis->flip_byte || (mis->flip_byte == LAST && i == m->len - 1))
			val ^= 0x01;
		if (i2c_slave_event(c, I2C_SLAVE_WRITE_RECEIVED, &val) < 0)
			return -EIO;	/* data byte not acknowledged */
	}
	return 0;
}

static bool hit(int *left)
{
	if (*left <= 0)
		return false;
	--*left;
	return true;
}

/* Faults that end a transfer before or at its address byte; the others go to mis. */
static int wire_mishap(struct faults *f, struct mishap *mis)
{
	mis->nack_byte = mis->flip_byte = NONE;
	if (hit(&f->arb))
		return -EAGAIN;
	if (hit(&f->nack))
		return -ENXIO;
	if (hit(&f->data_nack))
		mis->nack_byte = f->data_nack_byte;
	if (hit(&f->flip))
		mis->flip_byte = f->flip_byte;
	return 0;
}

/* All messages of a transfer, joined by repeated START. The wire is ours. */
static int wire_play(struct port *p, struct i2c_msg *msgs, int num)
{
	struct i2c_client *sel = NULL, *c;
	unsigned long bytes = 0;
	struct mishap mis;
	int i, rc;

	rc = wire_mishap(&p->faults, &mis);
	for (i = 0; !rc && i < num; i++) {
		bytes++;
		c = wire_find(p->wire, p, msgs[i].addr);
		if (sel && sel != c)
			wire_stop(&sel);
		if (!c || (msgs[i].flags & I2C_M_TEN)) {
			rc = -ENXIO;
			break;
		}
		sel = c;
		rc = msgs[i].flags & I2C_M_RD ? wire_read(c, &msgs[i]) :
						wire_write(c, &msgs[i], &mis);
		bytes += msgs[i].len;
	}
	if (wire_byte_us)
		fsleep(bytes * wire_byte_us);	/* the wire stays busy that long */
	wire_stop(&sel);
	return rc;
}

static int wire_xfer(struct i2c_adapter *adap, struct i2c_msg *msgs, int num)
{
	struct port *p = i2c_get_adapdata(adap);
	struct wire *w = p->wire;
	enum stuck stuck;
	int rc = 0;

	mutex_lock(&w->busy);
	stuck = w->stuck;
	if (p->gone)
		rc = -ENODEV;
	else if (!stuck)
		rc = wire_play(p, msgs, num);
	mutex_unlock(&w->busy);

	if (!rc && stuck) {
		/* a controller waits for the bus to come free, then gives up */
		msleep(jiffies_to_msecs(adap->timeout));
		rc = stuck == STUCK_DATA ? -EBUSY : -ETIMEDOUT;
	}
	return rc ? rc : num;
}

static u32 wire_func(struct i2c_adapter *adap)
{
	return I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL_ALL | I2C_FUNC_SLAVE;
}

static int wire_reg(struct i2c_client *c)
{
	struct port *p = i2c_get_adapdata(c->adapter);
	int t, rc = -EBUSY;

	if (c->flags & I2C_CLIENT_TEN)
		return -EAFNOSUPPORT;
	mutex_lock(&p->wire->busy);
	for (t = 0; t < TARGETS_MAX; t++)
		if (!p->target[t]) {
			p->target[t] = c;
			rc = 0;
			break;
		}
	mutex_unlock(&p->wire->busy);
	return rc;
}

static int wire_unreg(struct i2c_client *c)
{
	struct port *p = i2c_get_adapdata(c->adapter);
	int t;

	mutex_lock(&p->wire->busy);
	for (t = 0; t < TARGETS_MAX; t++)
		if (p->target[t] == c)
			p->target[t] = NULL;
	mutex_unlock(&p->wire->busy);
	return 0;
}

const struct i2c_algorithm wire_algo = {
	.master_xfer = wire_xfer,
	.functionality = wire_func,
	.reg_slave = wire_reg,
	.unreg_slave = wire_unreg,
};
