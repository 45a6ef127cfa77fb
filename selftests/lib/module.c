// SPDX-License-Identifier: GPL-2.0
/* See module.h. */
#include <fcntl.h>
#include <sys/syscall.h>

#include "device.h"
#include "module.h"

int module_load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret;

	CHECK(fd >= 0);
	ret = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	/* udev or devtmpfs make the node. */
	for (int i = 0; !ret && access(DEVICE_PATH, R_OK) && i < 500; i++)
		usleep(10000);
	return ret;
}

int module_unload(void)
{
	return syscall(SYS_delete_module, "vhost_mem", O_NONBLOCK) ? -errno : 0;
}

int module_unload_soon(void)
{
	int ret = 0;

	for (int i = 0; i < 500; i++) {
		ret = module_unload();
		if (ret != -EAGAIN && ret != -EWOULDBLOCK)
			break;
		usleep(10000);
	}
	return ret;
}
