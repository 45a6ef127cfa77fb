// SPDX-License-Identifier: GPL-2.0
/*
 * sysfs attributes of a device. They are documented in
 * Documentation/virt/vhost-mem-guest.rst.
 */
#include <linux/kernel.h>
#include <linux/math.h>
#include <linux/overflow.h>
#include <linux/sysfs.h>

#include "guest.h"
#include "sysfs.h"

static struct vmg *to_vmg(struct device *dev)
{
	return dev_to_virtio(dev)->priv;
}

/* Like memparse(), but refuses overflow (-ERANGE) and trailing characters (-EINVAL). */
static int parse_size(const char *buf, u64 *size)
{
	size_t digits = strspn(buf, "0123456789");
	char number[21], unit[3] = "1";
	u64 factor;
	char *end;
	int rc;

	if (!digits)
		return -EINVAL;
	if (digits >= sizeof(number))
		return -ERANGE;
	strscpy(number, buf, digits + 1);
	rc = kstrtou64(number, 10, size);
	if (rc)
		return rc;
	buf += digits;
	unit[1] = *buf;
	factor = memparse(unit, &end);
	if (end > unit + 1)
		buf++;
	if (*buf == '\n')
		buf++;
	if (*buf)
		return -EINVAL;
	return check_mul_overflow(*size, factor, size) ? -ERANGE : 0;
}

/* Parses a size of at most the region, and rounds it up to a device block. */
static int parse_device_size(const struct vmg *vmg, const char *buf, u64 *size)
{
	int rc = parse_size(buf, size);

	if (rc)
		return rc;
	if (*size > vmg->geo.region_size)
		return -ERANGE;
	*size = roundup(*size, vmg->geo.device_block);
	return 0;
}

static ssize_t proposal_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	static const char * const decisions[] = {
		[VHOST_MEM_REPORT_DECISION_GRANTED] = "granted",
		[VHOST_MEM_REPORT_DECISION_PARTIAL] = "partial",
		[VHOST_MEM_REPORT_DECISION_DENIED] = "denied",
		[VHOST_MEM_REPORT_DECISION_PENDING] = "pending",
	};
	struct vmg_proposal *proposal = &to_vmg(dev)->report.proposal;
	int decision;
	u64 size;

	spin_lock(&proposal->lock);
	size = proposal->size;
	decision = proposal->decision;
	spin_unlock(&proposal->lock);
	if (decision == VMG_NO_PROPOSAL)
		return sysfs_emit(buf, "none\n");
	return sysfs_emit(buf, "%llu %s\n", size, decision == VMG_UNDECIDED ?
			  "unanswered" : decisions[decision]);
}

static ssize_t proposal_store(struct device *dev, struct device_attribute *attr,
			      const char *buf, size_t count)
{
	struct vmg *vmg = to_vmg(dev);
	u64 size;
	int rc;

	rc = parse_device_size(vmg, buf, &size);
	if (!rc)
		rc = vmg_proposal(vmg, size);
	return rc ?: count;
}
static DEVICE_ATTR_RW(proposal);

static ssize_t propose_on_pressure_show(struct device *dev,
					struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", to_vmg(dev)->pressure.watching);
}

static ssize_t propose_on_pressure_store(struct device *dev,
					 struct device_attribute *attr,
				     const char *buf, size_t count)
{
	bool on;
	int rc = kstrtobool(buf, &on);

	if (rc)
		return rc;
	vmg_watch(to_vmg(dev), on);
	return count;
}
static DEVICE_ATTR_RW(propose_on_pressure);

static ssize_t proposal_step_show(struct device *dev, struct device_attribute *attr,
				  char *buf)
{
	return sysfs_emit(buf, "%llu\n", to_vmg(dev)->report.proposal.step);
}

static ssize_t proposal_step_store(struct device *dev, struct device_attribute *attr,
				   const char *buf, size_t count)
{
	struct vmg *vmg = to_vmg(dev);
	u64 size;
	int rc;

	rc = parse_device_size(vmg, buf, &size);
	if (rc)
		return rc;
	if (!size)
		return -ERANGE;
	WRITE_ONCE(vmg->report.proposal.step, size);
	return count;
}
static DEVICE_ATTR_RW(proposal_step);

static ssize_t kept_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct vmg *vmg = to_vmg(dev);

	return sysfs_emit(buf, "%llu\n", READ_ONCE(vmg->kept.nr) * vmg_bb_sbs(vmg) *
			  vmg->geo.sb_size);
}
static DEVICE_ATTR_RO(kept);

static struct attribute *attributes[] = {
	&dev_attr_kept.attr,
	&dev_attr_proposal.attr,
	&dev_attr_propose_on_pressure.attr,
	&dev_attr_proposal_step.attr,
	NULL,
};

/*
 * All are hidden in a kdump kernel, which has no worker, and those for proposals without
 * VHOST_MEM_F_GUEST_REPORT.
 */
static umode_t is_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	struct vmg *vmg = to_vmg(kobj_to_dev(kobj));

	if (!vmg->worker.task)
		return 0;
	return attr == &dev_attr_kept.attr || vmg_has_report(vmg) ? attr->mode : 0;
}

static const struct attribute_group group = {
	.attrs = attributes,
	.is_visible = is_visible,
};

/* Attribute groups of each device: vmg_driver.driver.dev_groups. */
const struct attribute_group *vmg_groups[] = {
	&group,
	NULL,
};
