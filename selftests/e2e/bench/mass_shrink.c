// SPDX-License-Identifier: GPL-2.0
/*
 * A host whose VMs all have to shrink at once, as far as the kernel can tell: each is a
 * process with a region and a guest, which plugs GIB of it, touches MIB of that, and on a
 * resize unplugs all in requests of 128 MiB, as Linux does. The guests' own work is not
 * there: what is measured is the host's.
 *
 * Usage: mass_shrink VMS SIZE_GIB GIB MIB. Prints lines "WHAT VALUE":
 *
 *   create-kernel   the kernel's memory for a region and its VM, bytes, once it is created
 *   plugged-kernel  the same when it is plugged and touched
 *   resize          nanoseconds until all regions have been told the new size
 *   shrink          nanoseconds from the first resize to the last response
 *   shrink-cpu      processor time meanwhile, nanoseconds, of all processors
 *   requests        how many requests that was
 */
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "device.h"
#include "genl.h"
#include "vring.h"

#define BLOCK	(2 * MiB)
#define AT_ONCE	64

struct vm {
	pid_t pid;
	uint32_t id;
	int told;	/* what it writes */
	int tell;	/* what it waits for */
};

static uint64_t size, plugged, touched;

/* Of all processors, since boot: all that is not idle. */
static uint64_t processor_time(void)
{
	unsigned long long user, nice, system, idle, wait, irq, softirq;
	FILE *f = fopen("/proc/stat", "r");

	CHECK(f);
	CHECK_EQ(fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle,
			&wait, &irq, &softirq), 7);
	fclose(f);
	return (user + nice + system + irq + softirq) * (1000000000ULL / sysconf(_SC_CLK_TCK));
}

static int64_t kernel_memory(void)
{
	static const char *const fields[] = {
		"Slab", "PageTables", "SecPageTables", "KernelStack", "VmallocUsed", "Percpu",
	};
	int64_t sum = 0;
	unsigned int i;

	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		sum += proc_field("/proc/meminfo", fields[i]);
	return sum;
}

static void send_word(int fd, uint32_t word)
{
	CHECK_EQ(write(fd, &word, sizeof(word)), sizeof(word));
}

static uint32_t next_word(int fd)
{
	uint32_t word = 0;

	CHECK_EQ(read(fd, &word, sizeof(word)), sizeof(word));
	return word;
}

/* Ends with the process that has started it. */
__attribute__((noreturn)) static void run_vm(int number, int tell, int told)
{
	struct device dev = { .size = size, .block = BLOCK };
	uint64_t generation, block, at;
	struct guest guest;
	char name[16];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(name, sizeof(name), "vm%d", number);
	dev.fd = device_open();
	CHECK_EQ(device_create(dev.fd, size, BLOCK, 0, name, &dev.id), 0);
	dev.mem = device_map(dev.fd, size);
	CHECK(dev.mem);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_ADDRESS, GUEST_ADDR), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, plugged), 0);
	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	send_word(told, dev.id);

	next_word(tell);
	for (block = 0; block < plugged / BLOCK; block += AT_ONCE)
		CHECK_EQ(guest_plug(&guest, block, AT_ONCE), VIRTIO_MEM_RESP_ACK);
	/* Here and there, a huge page each. */
	for (at = 0; at < touched; at += BLOCK)
		CHECK_WRITES(dev.mem + at * (plugged / touched), 1);
	generation = device_generation(dev.fd);
	send_word(told, dev.id);

	/* All others come first: for as long as that takes. */
	poll(&(struct pollfd){ .fd = guest.config, .events = POLLIN }, 1, -1);
	guest_wait_config_change(&guest, &generation);
	for (block = 0; block < plugged / BLOCK; block += AT_ONCE)
		CHECK_EQ(guest_unplug(&guest, block, AT_ONCE), VIRTIO_MEM_RESP_ACK);
	send_word(told, dev.id);
	for (;;)
		pause();
}

static void start_vm(struct vm *vm, int number)
{
	int to[2], from[2];

	CHECK_EQ(pipe(to), 0);
	CHECK_EQ(pipe(from), 0);
	vm->pid = fork();
	CHECK(vm->pid >= 0);
	if (!vm->pid)
		run_vm(number, to[0], from[1]);
	close(to[0]);
	close(from[1]);
	vm->tell = to[1];
	vm->told = from[0];
	vm->id = next_word(vm->told);
}

/* Memory of the kernel that others give back meanwhile may make a difference negative. */
static void print(const char *what, int64_t value)
{
	printf("%s %lld\n", what, (long long)value);
}

int main(int argc, char **argv)
{
	uint64_t begin, busy;
	int64_t memory;
	struct genl nl;
	struct vm *vms;
	int nr, i;

	if (argc != 5) {
		fprintf(stderr, "Usage: mass_shrink VMS SIZE_GIB GIB MIB\n");
		return 2;
	}
	nr = atoi(argv[1]);
	size = strtoull(argv[2], NULL, 0) * GiB;
	plugged = strtoull(argv[3], NULL, 0) * GiB;
	touched = strtoull(argv[4], NULL, 0) * MiB;
	vms = calloc(nr, sizeof(*vms));
	CHECK(vms);
	CHECK_EQ(genl_open(&nl), 0);

	memory = kernel_memory();
	for (i = 0; i < nr; i++)
		start_vm(&vms[i], i + 1);
	print("create-kernel", (kernel_memory() - memory) / nr);
	/* One after the other, so that none waits for a processor for too long. */
	for (i = 0; i < nr; i++) {
		send_word(vms[i].tell, 0);
		next_word(vms[i].told);
	}
	print("plugged-kernel", (kernel_memory() - memory) / nr);

	busy = processor_time();
	begin = ktap_now_ns();
	for (i = 0; i < nr; i++)
		CHECK_EQ(genl_set(&nl, vms[i].id, 0, NULL), 0);
	print("resize", ktap_now_ns() - begin);
	for (i = 0; i < nr; i++)
		next_word(vms[i].told);
	print("shrink", ktap_now_ns() - begin);
	print("shrink-cpu", processor_time() - busy);
	print("requests", nr * (plugged / BLOCK / AT_ONCE));
	for (i = 0; i < nr; i++)
		kill(vms[i].pid, SIGKILL);
	for (i = 0; i < nr; i++)
		waitpid(vms[i].pid, NULL, 0);
	return 0;
}
