// SPDX-License-Identifier: GPL-2.0
/*
 * A host with many VMs, as far as the kernel and the administrator's tools can tell: each
 * is a process with a region, of which the guest has plugged a quarter and reports that
 * it could give back some of that. No memory is touched.
 *
 * Usage: hold_regions NUMBER. Prints a line when all are there, and ends, with all of
 * them, when its standard input does.
 */
#include <endian.h>
#include <sys/prctl.h>

#include "device.h"
#include "vring.h"

#include <linux/vhost_mem_report.h>

#define SIZE		GiB
#define BLOCK		(2 * MiB)
#define REQUESTED	(SIZE / 4)

static void report(struct guest *guest)
{
	const struct vhost_mem_report_req message = {
		.type = htole16(VHOST_MEM_REQ_STATUS),
		.code = htole16(VHOST_MEM_REPORT_STATUS_NONE),
		.u.state.reclaimable = htole64(REQUESTED / 16),
	};
	struct virtio_mem_resp response = {};
	struct virtio_mem_req request;

	CHECK_EQ(sizeof(request), sizeof(message));
	memcpy(&request, &message, sizeof(request));
	CHECK_EQ(guest_request(guest, &request, NULL, &response), VIRTIO_MEM_RESP_ACK);
}

/* One VM, which ends with the process that has started it. */
__attribute__((noreturn)) static void run_vm(int number, int ready)
{
	struct device dev = { .size = SIZE, .block = BLOCK };
	struct guest guest;
	char name[16];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(name, sizeof(name), "vm%d", number);
	dev.fd = device_open();
	CHECK_EQ(device_create(dev.fd, SIZE, BLOCK, 0, name, &dev.id), 0);
	dev.mem = device_map(dev.fd, SIZE);
	CHECK(dev.mem);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_ADDRESS, GUEST_ADDR), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, REQUESTED), 0);
	guest_init(&guest, &dev, 64, FEATURE(VHOST_MEM_F_GUEST_REPORT));
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(guest_plug(&guest, 0, REQUESTED / BLOCK), VIRTIO_MEM_RESP_ACK);
	report(&guest);
	CHECK_EQ(write(ready, "", 1), 1);
	for (;;)
		pause();
}

/* One after the other: it either is there, or has ended after saying why. */
static void start_vm(int number)
{
	int ready[2];
	char byte;
	pid_t pid;

	CHECK_EQ(pipe(ready), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid)
		run_vm(number, ready[1]);
	close(ready[1]);
	CHECK_EQ(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

int main(int argc, char **argv)
{
	int number = argc == 2 ? atoi(argv[1]) : 0, i;
	char byte;

	if (number <= 0) {
		fprintf(stderr, "Usage: hold_regions NUMBER\n");
		return 2;
	}
	for (i = 1; i <= number; i++)
		start_vm(i);
	printf("%d regions\n", number);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
