// SPDX-License-Identifier: GPL-2.0
/* i2c-wire: the attributes in /sys/bus/i2c/devices/i2c-N/. */
#include <linux/device.h>
#include <linux/kstrtox.h>
#include <linux/sysfs.h>

#include "wire.h"

static ssize_t port_store(struct device *d, const char *buf, size_t n, int *field)
{
	struct port *p = i2c_get_adapdata(to_i2c_adapter(d));
	int v, rc = kstrtoint(buf, 0, &v);

	if (rc)
		return rc;
	mutex_lock(&p->wire->busy);
	*field = v;
	mutex_unlock(&p->wire->busy);
	return n;
}

#define FAULT(field)								\
static ssize_t inject_##field##_show(struct device *d,				\
				     struct device_attribute *a, char *buf)	\
{										\
	struct port *p = i2c_get_adapdata(to_i2c_adapter(d));			\
	return sysfs_emit(buf, "%d\n", p->faults.field);			\
}										\
static ssize_t inject_##field##_store(struct device *d,				\
		struct device_attribute *a, const char *buf, size_t n)		\
{										\
	struct port *p = i2c_get_adapdata(to_i2c_adapter(d));			\
	return port_store(d, buf, n, &p->faults.field);				\
}										\
static DEVICE_ATTR_RW(inject_##field)
FAULT(nack);
FAULT(data_nack);
FAULT(data_nack_byte);
FAULT(arb);
FAULT(flip);
FAULT(flip_byte);

static ssize_t stuck_show(struct device *d, struct device_attribute *a, char *buf)
{
	struct port *p = i2c_get_adapdata(to_i2c_adapter(d));

	return sysfs_emit(buf, "%d\n", p->wire->stuck);
}

static ssize_t stuck_store(struct device *d, struct device_attribute *a,
			   const char *buf, size_t n)
{
	struct port *p = i2c_get_adapdata(to_i2c_adapter(d));
	uint v;
	int rc = kstrtouint(buf, 0, &v);

	if (rc)
		return rc;
	if (v > STUCK_DATA)
		return -EINVAL;
	mutex_lock(&p->wire->busy);
	p->wire->stuck = v;
	mutex_unlock(&p->wire->busy);
	return n;
}
static DEVICE_ATTR_RW(stuck);

static ssize_t wire_show(struct device *d, struct device_attribute *a, char *buf)
{
	struct port *p = i2c_get_adapdata(to_i2c_adapter(d));

	return sysfs_emit(buf, "%d.%d\n", p->wire->index, p->index);
}
static DEVICE_ATTR_RO(wire);

static struct attribute *wire_port_attrs[] = {
	&dev_attr_inject_nack.attr, &dev_attr_inject_data_nack.attr,
	&dev_attr_inject_data_nack_byte.attr, &dev_attr_inject_arb.attr,
	&dev_attr_inject_flip.attr, &dev_attr_inject_flip_byte.attr,
	&dev_attr_stuck.attr, &dev_attr_wire.attr, NULL,
};
static const struct attribute_group wire_port_group = { .attrs = wire_port_attrs };
const struct attribute_group *wire_port_groups[] = { &wire_port_group, NULL };
