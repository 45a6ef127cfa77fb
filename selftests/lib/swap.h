/* SPDX-License-Identifier: GPL-2.0 */
/* A swap device in compressed memory, for a test. */
#ifndef _SELFTESTS_SWAP_H
#define _SELFTESTS_SWAP_H

/**
 * struct swap - a swap device
 * @nr: Number of the zram device.
 * @path: The device's file, for swapon() and swapoff().
 */
struct swap {
	int nr;
	char path[32];
};

/* Make one, say of "64M", and use it: 0; -ENOSYS without zram, or an error. */
int swap_new(struct swap *swap, const char *size);
/* Whatever was out comes back; then it is removed. */
int swap_free(struct swap *swap);

#endif /* _SELFTESTS_SWAP_H */
