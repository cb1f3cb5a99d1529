// SPDX-License-Identifier: GPL-2.0
/*
 * slave-mqueue: I2C target that queues what is written to it, for user space.
 * Same user interface as the out-of-tree driver of that name on BMC kernels.
 *
 *   echo slave-mqueue 0x1010 > /sys/bus/i2c/devices/i2c-N/new_device
 *   /sys/bus/i2c/devices/N-1010/slave-mqueue   one message per read()
 *   .../mq_stats                               counters, one per line
 *
 * A message is the own address byte and what was written; a read on an empty
 * queue gives EAGAIN, or with empty_eof=1 nothing (0), as that driver does.
 */
#include <linux/i2c.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>

static uint msg_size = 264;
module_param(msg_size, uint, 0644);
MODULE_PARM_DESC(msg_size, "largest message kept, own address byte included");
static uint depth = 32;
module_param(depth, uint, 0644);
MODULE_PARM_DESC(depth, "messages kept; when full the oldest is dropped");
static bool empty_eof;
module_param(empty_eof, bool, 0644);
MODULE_PARM_DESC(empty_eof, "reading an empty queue gives 0 bytes instead of EAGAIN");

struct slot {
	u16 len;
	u8 *data;
};

struct mq {
	struct bin_attribute file;
	struct kernfs_node *node;
	spinlock_t lock;	/* everything below */
	uint size, depth;
	uint head, used;	/* ring of complete messages */
	struct slot *slot;	/* depth + 1: one is being filled */
	bool writing, too_long;
	unsigned long received, dropped_full, dropped_long, dropped_empty, reads;
};

static struct slot *mq_slot(struct mq *q, uint i)
{
	return &q->slot[(q->head + i) % (q->depth + 1)];
}

static int mq_event(struct i2c_client *c, enum i2c_slave_event ev, u8 *val)
{
	struct mq *q = i2c_get_clientdata(c);
	struct slot *cur;
	unsigned long flags;
	bool tell = false;
	int rc = 0;

	spin_lock_irqsave(&q->lock, flags);
	cur = mq_slot(q, q->used);
	switch (ev) {
	case I2C_SLAVE_WRITE_REQUESTED:
		cur->data[0] = (c->addr << 1) & 0xff;
		cur->len = 1;
		q->too_long = false;
		q->writing = true;
		break;
	case I2C_SLAVE_WRITE_RECEIVED:
		if (cur->len < q->size) {
			cur->data[cur->len++] = *val;
		} else {
			q->too_long = true;
			rc = -ENOSPC;	/* NACK */
		}
		break;
	case I2C_SLAVE_READ_REQUESTED:
	case I2C_SLAVE_READ_PROCESSED:
		q->reads++;
		*val = 0xff;
		break;
	case I2C_SLAVE_STOP:
		if (!q->writing)
			break;
		q->writing = false;
		if (q->too_long) {
			q->dropped_long++;
		} else if (cur->len < 2) {
			q->dropped_empty++;	/* address only, e.g. a bus scan */
		} else {
			q->received++;
			if (q->used == q->depth) {
				q->dropped_full++;
				q->head = (q->head + 1) % (q->depth + 1);
			} else {
				q->used++;
			}
			tell = true;
		}
		break;
	}
	spin_unlock_irqrestore(&q->lock, flags);
	if (tell)
		sysfs_notify_dirent(q->node);
	return rc;
}

static ssize_t mq_read(struct file *f, struct kobject *kobj,
		       struct bin_attribute *attr, char *buf, loff_t pos, size_t count)
{
	struct mq *q = attr->private;
	struct slot *s;
	unsigned long flags;
	bool more = false;
	ssize_t rc = empty_eof ? 0 : -EAGAIN;

	spin_lock_irqsave(&q->lock, flags);
	if (q->used) {
		s = mq_slot(q, 0);
		if (s->len <= count) {
			memcpy(buf, s->data, s->len);
			rc = s->len;
		} else {
			rc = -EOVERFLOW;	/* and the message is gone */
		}
		q->head = (q->head + 1) % (q->depth + 1);
		q->used--;
		more = q->used;
	}
	spin_unlock_irqrestore(&q->lock, flags);
	if (more)
		sysfs_notify_dirent(q->node);
	return rc;
}

static ssize_t mq_stats_show(struct device *d, struct device_attribute *a, char *buf)
{
	struct mq *q = i2c_get_clientdata(to_i2c_client(d));

	return sysfs_emit(buf,
		"queued %u\nreceived %lu\ndropped_full %lu\ndropped_long %lu\ndropped_empty %lu\nreads %lu\n",
		q->used, q->received, q->dropped_full, q->dropped_long,
		q->dropped_empty, q->reads);
}
static DEVICE_ATTR_RO(mq_stats);
static struct attribute *mq_attrs[] = { &dev_attr_mq_stats.attr, NULL };
ATTRIBUTE_GROUPS(mq);

static int mq_probe(struct i2c_client *c)
{
	struct device *d = &c->dev;
	struct mq *q;
	uint i;
	int rc;

	q = devm_kzalloc(d, sizeof(*q), GFP_KERNEL);
	if (!q)
		return -ENOMEM;
	q->size = clamp(msg_size, 2u, 4096u);
	q->depth = clamp(depth, 1u, 4096u);
	spin_lock_init(&q->lock);
	q->slot = devm_kcalloc(d, q->depth + 1, sizeof(*q->slot), GFP_KERNEL);
	if (!q->slot)
		return -ENOMEM;
	for (i = 0; i <= q->depth; i++) {
		q->slot[i].data = devm_kzalloc(d, q->size, GFP_KERNEL);
		if (!q->slot[i].data)
			return -ENOMEM;
	}
	i2c_set_clientdata(c, q);

	/* size stays 0: no end of file, whatever the reader's file offset */
	sysfs_bin_attr_init(&q->file);
	q->file.attr.name = "slave-mqueue";
	q->file.attr.mode = 0444;
	q->file.read = mq_read;
	q->file.private = q;
	rc = sysfs_create_bin_file(&d->kobj, &q->file);
	if (rc)
		return rc;
	q->node = sysfs_get_dirent(d->kobj.sd, "slave-mqueue");
	rc = q->node ? i2c_slave_register(c, mq_event) : -ENOENT;
	if (rc) {
		if (q->node)
			sysfs_put(q->node);
		sysfs_remove_bin_file(&d->kobj, &q->file);
	}
	return rc;
}

static void mq_remove(struct i2c_client *c)
{
	struct mq *q = i2c_get_clientdata(c);

	i2c_slave_unregister(c);
	sysfs_put(q->node);
	sysfs_remove_bin_file(&c->dev.kobj, &q->file);
}

static const struct i2c_device_id mq_ids[] = { { "slave-mqueue" }, {} };
MODULE_DEVICE_TABLE(i2c, mq_ids);

static struct i2c_driver mq_driver = {
	.driver = { .name = "i2c-slave-mqueue", .dev_groups = mq_groups },
	.probe = mq_probe,
	.remove = mq_remove,
	.id_table = mq_ids,
};
module_i2c_driver(mq_driver);

MODULE_DESCRIPTION("I2C target queueing written messages for user space");
MODULE_LICENSE("GPL");
