// SPDX-License-Identifier: GPL-2.0
/*
 * i2c-wire: virtual I2C wires for tests.
 *
 * Every wire carries several adapters ("ports"). A controller transfer issued
 * on one port is played, byte by byte, to the target registered at that
 * address on any other port of the same wire. Nobody there: -ENXIO.
 *
 *   insmod i2c-wire.ko ports=2,3     two wires, one of 2 and one of 3 adapters
 *          loopback=1                also reach targets on the sending port
 *          byte_us=90                wire time per byte (90 us = 100 kHz)
 *          timeout_ms=1000           how long a transfer waits on a stuck wire
 *
 * Per adapter, in /sys/bus/i2c/devices/i2c-N/:
 *   inject_nack, inject_arb       the next n transfers meet an address NACK
 *                                 (-ENXIO) or lose arbitration (-EAGAIN)
 *   inject_data_nack              ... are refused at inject_data_nack_byte (-EIO)
 *   inject_flip                   ... have one bit of inject_flip_byte turned
 *                                 over (-1, the default: the last byte)
 *   stuck                         1: the wire's clock is held low, transfers of
 *                                 all its ports end in -ETIMEDOUT; 2: its data
 *                                 line, they end in -EBUSY
 *   wire (read only)              "wire.port"
 *
 * In /sys/devices/i2c-wire/: write "wire.port" to unplug or plug. An adapter
 * that is still held open comes back under another number, as in life.
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "wire.h"

static int ports[WIRES_MAX] = { 2 };
static int nwires = 1;
module_param_array(ports, int, &nwires, 0444);
MODULE_PARM_DESC(ports, "number of adapters on each wire, comma separated");
bool wire_loopback;
module_param_named(loopback, wire_loopback, bool, 0644);
MODULE_PARM_DESC(loopback, "deliver also to targets on the sending adapter");
uint wire_byte_us;
module_param_named(byte_us, wire_byte_us, uint, 0644);
MODULE_PARM_DESC(byte_us, "time a byte takes on the wire, in microseconds");
static uint timeout_ms = 1000;
module_param(timeout_ms, uint, 0644);
MODULE_PARM_DESC(timeout_ms, "how long a new adapter waits for a stuck wire");

static struct wire *wires[WIRES_MAX];
static struct device *root;
static struct workqueue_struct *leaving;
static DEFINE_MUTEX(plugging);

/* Waits until nobody holds the adapter open, hence not in the writer's context. */
static void port_leave(struct work_struct *work)
{
	struct port *p = container_of(work, struct port, leave);

	i2c_del_adapter(&p->adap);
	atomic_dec(&p->wire->leaving[p->index]);
	kfree(p);
}

static int port_unplug(struct wire *w, int index)
{
	struct port *p;

	mutex_lock(&w->busy);
	p = w->port[index];
	w->port[index] = NULL;
	if (p)
		p->gone = true;
	mutex_unlock(&w->busy);
	if (!p)
		return -ENODEV;
	atomic_inc(&w->leaving[index]);
	queue_work(leaving, &p->leave);
	return 0;
}

static int port_plug(struct wire *w, int index)
{
	struct port *p;
	int i, rc;

	if (w->port[index])
		return -EEXIST;
	p = kzalloc(sizeof(*p), GFP_KERNEL);
	if (!p)
		return -ENOMEM;
	p->wire = w;
	p->index = index;
	p->faults.flip_byte = -1;
	INIT_WORK(&p->leave, port_leave);
	p->adap.owner = THIS_MODULE;
	p->adap.algo = &wire_algo;
	p->adap.retries = 3;
	p->adap.timeout = msecs_to_jiffies(timeout_ms);
	p->adap.dev.parent = root;
	p->adap.dev.groups = wire_port_groups;
	p->adap.nr = w->nr[index];
	snprintf(p->adap.name, sizeof(p->adap.name), "wire %d port %d", w->index, index);
	i2c_set_adapdata(&p->adap, p);

	/* leaving takes a moment when nobody holds the adapter, and else for ever */
	for (i = 0; i < 50 && atomic_read(&w->leaving[index]); i++)
		msleep(10);
	if (atomic_read(&w->leaving[index]))
		p->adap.nr = -1;	/* any free number */
	rc = i2c_add_numbered_adapter(&p->adap);
	if (rc == -EBUSY)		/* another port took our number meanwhile */
		rc = i2c_add_adapter(&p->adap);
	if (rc) {
		kfree(p);
		return rc;
	}
	mutex_lock(&w->busy);
	w->port[index] = p;
	w->nr[index] = p->adap.nr;
	mutex_unlock(&w->busy);
	return 0;
}

static ssize_t plug_change(const char *buf, size_t n, bool in)
{
	int wire, port, rc = -ENODEV;

	if (sscanf(buf, "%d.%d", &wire, &port) != 2)
		return -EINVAL;
	mutex_lock(&plugging);
	if (wire >= 0 && wire < nwires && port >= 0 && port < wires[wire]->nports)
		rc = in ? port_plug(wires[wire], port) : port_unplug(wires[wire], port);
	mutex_unlock(&plugging);
	return rc ? rc : n;
}

static ssize_t plug_store(struct device *d, struct device_attribute *a,
			  const char *buf, size_t n)
{
	return plug_change(buf, n, true);
}
static DEVICE_ATTR_WO(plug);

static ssize_t unplug_store(struct device *d, struct device_attribute *a,
			    const char *buf, size_t n)
{
	return plug_change(buf, n, false);
}
static DEVICE_ATTR_WO(unplug);

static struct attribute *root_attrs[] = { &dev_attr_plug.attr, &dev_attr_unplug.attr, NULL };
static const struct attribute_group root_group = { .attrs = root_attrs };

static void wires_free(void)
{
	int i, j;

	for (i = 0; i < WIRES_MAX; i++)
		for (j = 0; wires[i] && j < wires[i]->nports; j++)
			port_unplug(wires[i], j);
	destroy_workqueue(leaving);	/* after the last of them left */
	for (i = 0; i < WIRES_MAX; i++)
		kfree(wires[i]);
	root_device_unregister(root);
}

static int __init wire_init(void)
{
	int i, j, rc;

	leaving = alloc_workqueue("i2c-wire", WQ_UNBOUND, 0);
	if (!leaving)
		return -ENOMEM;
	root = root_device_register("i2c-wire");
	if (IS_ERR(root)) {
		destroy_workqueue(leaving);
		return PTR_ERR(root);
	}
	for (i = 0; i < nwires; i++) {
		struct wire *w = kzalloc(sizeof(*w), GFP_KERNEL);

		rc = -ENOMEM;
		if (!w)
			goto fail;
		mutex_init(&w->busy);
		w->index = i;
		w->nports = clamp(ports[i], 1, PORTS_MAX);
		wires[i] = w;
		for (j = 0; j < w->nports; j++) {
			w->nr[j] = -1;
			rc = port_plug(w, j);
			if (rc)
				goto fail;
		}
	}
	rc = sysfs_create_group(&root->kobj, &root_group);
	if (rc)
		goto fail;
	return 0;
fail:
	wires_free();
	return rc;
}

static void __exit wire_exit(void)
{
	sysfs_remove_group(&root->kobj, &root_group);
	wires_free();
}
module_init(wire_init);
module_exit(wire_exit);

MODULE_DESCRIPTION("virtual I2C wires with several adapters each");
MODULE_LICENSE("GPL");
