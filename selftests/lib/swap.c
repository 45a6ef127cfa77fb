// SPDX-License-Identifier: GPL-2.0
/* See swap.h. */

#include <fcntl.h>
#include <sys/swap.h>

#include "device.h"
#include "swap.h"

#define CONTROL "/sys/class/zram-control/"

static int swap_set(const struct swap *swap, const char *file, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/block/zram%d/%s", swap->nr, file);
	return write_file(path, text);
}

static int swap_remove(const struct swap *swap)
{
	char text[16];
	int ret = swap_set(swap, "reset", "1");

	snprintf(text, sizeof(text), "%d", swap->nr);
	return ret ?: write_file(CONTROL "hot_remove", text);
}

int swap_new(struct swap *swap, const char *size)
{
	char text[16] = "", command[64];
	int fd, ret;

	/* Not those that come with the module: they may be somebody's. */
	if (system("modprobe zram >/dev/null 2>&1"))
		return -ENOSYS;
	fd = open(CONTROL "hot_add", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = read(fd, text, sizeof(text) - 1) > 0 ? 0 : -errno;
	close(fd);
	if (ret)
		return ret;
	swap->nr = atoi(text);
	snprintf(swap->path, sizeof(swap->path), "/dev/zram%d", swap->nr);
	snprintf(command, sizeof(command), "mkswap %s >/dev/null 2>&1",
		 swap->path);
	ret = swap_set(swap, "disksize", size);
	if (!ret && system(command))
		ret = -EIO;
	if (!ret && swapon(swap->path, 0))
		ret = -errno;
	if (ret)
		swap_remove(swap);
	return ret;
}

int swap_free(struct swap *swap)
{
	return swapoff(swap->path) ? -errno : swap_remove(swap);
}
