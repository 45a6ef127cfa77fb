// SPDX-License-Identifier: GPL-2.0
/* vhost-mem: resizable memory of VMs, owned and guarded by the host kernel. */

#include <linux/miscdevice.h>
#include <linux/module.h>

#include "backing.h"
#include "dev.h"
#include "guard.h"
#include "lease.h"
#include "netlink.h"
#include "pools.h"
#include "vhost_mem.h"
#include "work.h"

static int __init vhost_mem_init(void)
{
	int ret;

	ret = vhost_mem_work_init();
	if (ret)
		return ret;
	ret = vhost_mem_reference_init();
	if (ret)
		goto err_work;
	ret = vhost_mem_backing_init();
	if (ret)
		goto err_reference;
	ret = vhost_mem_call_start();
	if (ret)
		goto err_backing;
	vhost_mem_pools_init();
	ret = vhost_mem_netlink_init();
	if (ret)
		goto err_call;
	ret = vhost_mem_dev_init();
	if (ret)
		goto err_netlink;
	return 0;

err_netlink:
	vhost_mem_netlink_exit();
err_call:
	vhost_mem_lease_exit();
	vhost_mem_pools_exit();
	vhost_mem_call_stop();
err_backing:
	vhost_mem_backing_exit();
err_reference:
	vhost_mem_reference_exit();
err_work:
	vhost_mem_work_exit();
	return ret;
}
module_init(vhost_mem_init);

static void __exit vhost_mem_exit(void)
{
	vhost_mem_dev_exit();
	vhost_mem_work_exit();
	vhost_mem_netlink_exit();
	vhost_mem_lease_exit();
	vhost_mem_pools_exit();
	vhost_mem_call_stop();
	vhost_mem_backing_exit();
	vhost_mem_reference_exit();
}
module_exit(vhost_mem_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Resizable memory of VMs, owned and guarded by the host");
MODULE_ALIAS_MISCDEV(VHOST_MEM_MINOR);
MODULE_ALIAS("devname:vhost-mem");
