// SPDX-License-Identifier: GPL-2.0
/*
 * The device's own ioctls with random arguments. What cannot be right must not
 * succeed, and each error has to be one that uapi/linux/vhost_mem.h has for the
 * ioctl.
 */
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/ioctl.h>

#include "fuzz.h"

union arg {
	uint32_t size;
	struct vhost_mem_create_region create;
	struct vhost_mem_value value;
	struct vhost_mem_fd fd;
	struct vhost_mem_config config;
	struct vhost_mem_block_map map;
	struct vhost_mem_range range;
	struct vhost_mem_set_confirm set_confirm;
	struct vhost_mem_pending pending;
	struct vhost_mem_confirm confirm;
};

static void fill_create(struct fuzz_thread *t, const struct fuzz_device *dev,
			union arg *arg)
{
	static const char *const names[] = { "", "vm", "a-very-long-name", "7",
					     "two words", "\033" };

	arg->create.flags = rnd_once_in(&t->rnd, 8) ? rnd(&t->rnd) : dev->flags;
	arg->create.block_size = rnd_once_in(&t->rnd, 4) ?
				 fuzz_size(t, dev) : dev->block;
	arg->create.region_size = rnd_once_in(&t->rnd, 4) ?
				  fuzz_size(t, dev) : dev->size;
	if (rnd_once_in(&t->rnd, 8)) {
		arg->create.block_size = PAGE << rnd_below(&t->rnd, 40);
		arg->create.region_size =
			arg->create.block_size << rnd_below(&t->rnd, 26);
	}
	if (arg->create.flags & VHOST_MEM_CREATE_NODE)
		arg->create.node_id = rnd(&t->rnd);
	if (arg->create.flags & VHOST_MEM_CREATE_HUGETLB)
		arg->create.page_size = HUGE;
	if (rnd_once_in(&t->rnd, 16))
		arg->create.page_size = PAGE << rnd_below(&t->rnd, 40);
	/* The other threads reserve leases, whose numbers count from 1. */
	if (rnd_once_in(&t->rnd, 8))
		arg->create.reservation = rnd_once_in(&t->rnd, 8) ?
			rnd(&t->rnd) : 1 + rnd_below(&t->rnd, 16);
	strcpy(arg->create.name, rnd_one_of(&t->rnd, names));
}

static void fill_addr(struct fuzz_thread *t, const struct fuzz_device *dev,
		      union arg *arg)
{
	arg->value.value = rnd_once_in(&t->rnd, 8) ? fuzz_addr(t, dev) :
						     GUEST_ADDR;
}

static void fill_size(struct fuzz_thread *t, const struct fuzz_device *dev,
		      union arg *arg)
{
	arg->value.value = rnd_once_in(&t->rnd, 2) ? fuzz_size(t, dev) :
						     dev->size;
}

static void fill_onoff(struct fuzz_thread *t, const struct fuzz_device *dev,
		      union arg *arg)
{
	(void)dev;
	arg->value.value = rnd_once_in(&t->rnd, 16) ? rnd(&t->rnd) :
						      rnd_below(&t->rnd, 2);
}

static void fill_zero(struct fuzz_thread *t, const struct fuzz_device *dev,
		      union arg *arg)
{
	(void)dev;
	/* Mostly wrong: a reset ends what all others have made. */
	arg->value.value = !rnd_once_in(&t->rnd, 8);
}

static void fill_mostly_zero(struct fuzz_thread *t,
			     const struct fuzz_device *dev, union arg *arg)
{
	(void)dev;
	arg->value.value = rnd_once_in(&t->rnd, 8);
}

static void fill_fd(struct fuzz_thread *t, const struct fuzz_device *dev,
		    union arg *arg)
{
	(void)dev;
	arg->fd.fd = fuzz_file(t);
}

static void fill_nothing(struct fuzz_thread *t, const struct fuzz_device *dev,
			 union arg *arg)
{
	(void)t;
	(void)dev;
	(void)arg;
}

static void fill_map(struct fuzz_thread *t, const struct fuzz_device *dev,
		     union arg *arg)
{
	static const uint64_t nr[] = { 1, 63, 64, 65, 128 };
	uint64_t blocks = dev->size / dev->block;

	if (!rnd_once_in(&t->rnd, 3))
		arg->map.first_block = rnd_below(&t->rnd, blocks / 64 + 2) * 64;
	arg->map.nr_blocks = blocks - arg->map.first_block;
	switch (rnd_below(&t->rnd, 6)) {
	case 0:
		arg->map.nr_blocks = fuzz_size(t, dev) / dev->block;
		break;
	case 1:
		arg->map.nr_blocks = rnd_one_of(&t->rnd, nr);
		break;
	case 2:
		arg->map.nr_blocks += rnd_below(&t->rnd, 3) - 1;
		break;
	case 3:
		arg->map.first_block = fuzz_size(t, dev);
		break;
	}
	arg->map.bitmap = rnd_once_in(&t->rnd, 4) ? fuzz_pointer(t) :
						    (uintptr_t)t->out;
}

/* A map whose blocks a target may plug: mostly few, and none behind the range. */
static void fill_new_map(struct fuzz_thread *t, const struct fuzz_device *dev,
			 union arg *arg)
{
	uint64_t *map = (void *)t->out;
	uint64_t nr;

	fill_map(t, dev, arg);
	for (size_t i = 0; i < FUZZ_OUT / sizeof(*map); i++)
		map[i] = rnd_once_in(&t->rnd, 2) ? 0 : 1ULL << rnd_below(&t->rnd, 64);
	nr = arg->map.nr_blocks;
	if (nr % 64 && nr / 64 < FUZZ_OUT / sizeof(*map) &&
	    !rnd_once_in(&t->rnd, 8))
		map[nr / 64] &= (1ULL << nr % 64) - 1;
}

static void fill_frozen(struct fuzz_thread *t, const struct fuzz_device *dev,
			union arg *arg)
{
	(void)dev;
	/* Mostly thawed, or nothing else would happen. */
	arg->value.value = rnd_once_in(&t->rnd, 16) ? rnd(&t->rnd) :
						      rnd_once_in(&t->rnd, 8);
}

static void fill_range(struct fuzz_thread *t, const struct fuzz_device *dev,
		       union arg *arg)
{
	uint64_t half = dev->size / dev->block / 2;

	/* The same few ranges again and again, so that they can be unplugged. */
	if (half && rnd_once_in(&t->rnd, 2)) {
		arg->range.addr = GUEST_ADDR +
				  rnd_below(&t->rnd, 2) * half * dev->block;
		arg->range.length = half * dev->block;
		return;
	}
	arg->range.addr = fuzz_addr(t, dev);
	arg->range.length = rnd_once_in(&t->rnd, 4) ?
		fuzz_size(t, dev) :
		(1 + rnd_below(&t->rnd, 8)) * dev->block;
}

/* Mostly off, and the VMM mostly has little time, or nothing else would happen. */
static void fill_set_confirm(struct fuzz_thread *t,
			     const struct fuzz_device *dev, union arg *arg)
{
	(void)dev;
	arg->set_confirm.fd = rnd_once_in(&t->rnd, 2) ? -1 : fuzz_file(t);
	if (arg->set_confirm.fd >= 0)
		arg->set_confirm.timeout_ms = rnd_once_in(&t->rnd, 8) ?
			rnd(&t->rnd) : 1 + rnd_below(&t->rnd, 20);
}

static void fill_confirm(struct fuzz_thread *t, const struct fuzz_device *dev,
			 union arg *arg)
{
	struct vhost_mem_pending pending = { .size = sizeof(pending) };

	if (rnd_once_in(&t->rnd, 8) ||
	    ioctl(dev->fd, VHOST_MEM_GET_PENDING, &pending))
		pending.seq = rnd_below(&t->rnd, 100);
	arg->confirm.seq = pending.seq;
	arg->confirm.result = rnd_once_in(&t->rnd, 8) ? rnd(&t->rnd) :
							 1 + rnd_below(&t->rnd, 3);
}

/*
 * Which arguments no kernel may take, given the region's constant sizes in
 * @config (null before it exists).
 */
static bool is_wrong_name(const char *name)
{
	size_t len = strnlen(name, VHOST_MEM_NAME_MAX);

	if (len == VHOST_MEM_NAME_MAX)
		return true;
	for (size_t i = 0; i < len; i++)
		if (name[i] < '!' || name[i] > '~')
			return true;
	return len && strspn(name, "0123456789") == len;
}

static bool wrong_create(const struct virtio_mem_config *config,
			 const union arg *arg)
{
	const struct vhost_mem_create_region *c = &arg->create;

	if (config->region_size != c->region_size ||
	    config->block_size != c->block_size ||
	    config->node_id != c->node_id)
		return true;
	if (c->flags & VHOST_MEM_CREATE_HUGETLB ?
	    c->flags & VHOST_MEM_CREATE_READABLE ||
	    c->block_size < c->page_size || c->page_size < HUGE :
	    c->page_size || c->flags & VHOST_MEM_CREATE_RESERVED)
		return true;
	return c->reserved || c->id || c->flags > 63 ||
	       (c->node_id && !(c->flags & VHOST_MEM_CREATE_NODE)) ||
	       c->block_size < PAGE || c->block_size & (c->block_size - 1) ||
	       !c->region_size || c->region_size % c->block_size ||
	       c->region_size > VHOST_MEM_ADDRESS_LIMIT ||
	       c->region_size / c->block_size > VHOST_MEM_BLOCKS_MAX ||
	       is_wrong_name(c->name);
}

static bool wrong_addr(const struct virtio_mem_config *config,
		       const union arg *arg)
{
	return arg->value.reserved || arg->value.value % config->block_size ||
	       arg->value.value > VHOST_MEM_ADDRESS_LIMIT - config->region_size;
}

static bool wrong_size(const struct virtio_mem_config *config,
		       const union arg *arg)
{
	return arg->value.reserved || arg->value.value % config->block_size ||
	       arg->value.value > config->region_size;
}

static bool wrong_onoff(const struct virtio_mem_config *config,
		       const union arg *arg)
{
	(void)config;
	return arg->value.reserved || arg->value.value > 1;
}

static bool wrong_zero(const struct virtio_mem_config *config,
		       const union arg *arg)
{
	(void)config;
	return arg->value.reserved || arg->value.value;
}

static bool wrong_fd(const struct virtio_mem_config *config,
		     const union arg *arg)
{
	(void)config;
	return arg->fd.fd != -1 && !fuzz_is_eventfd(arg->fd.fd);
}

static bool wrong_set_confirm(const struct virtio_mem_config *config,
			      const union arg *arg)
{
	const struct vhost_mem_set_confirm *set = &arg->set_confirm;

	(void)config;
	return set->reserved || (set->fd == -1) != !set->timeout_ms ||
	       set->timeout_ms > VHOST_MEM_CONFIRM_TIMEOUT_MAX ||
	       (set->fd != -1 && !fuzz_is_eventfd(set->fd));
}

static bool wrong_confirm(const struct virtio_mem_config *config,
			  const union arg *arg)
{
	(void)config;
	return !arg->confirm.result || arg->confirm.result > 3;
}

static bool wrong_nothing(const struct virtio_mem_config *config,
			  const union arg *arg)
{
	(void)config;
	(void)arg;
	return false;
}

static bool wrong_map(const struct virtio_mem_config *config,
		      const union arg *arg)
{
	uint64_t blocks = config->region_size / config->block_size;

	return arg->map.reserved || arg->map.first_block % 64 ||
	       !arg->map.nr_blocks || arg->map.first_block >= blocks ||
	       arg->map.nr_blocks > blocks - arg->map.first_block;
}

static bool wrong_range(const struct virtio_mem_config *config,
			const union arg *arg)
{
	return arg->range.reserved || !arg->range.length ||
	       arg->range.length % config->block_size ||
	       arg->range.addr % config->block_size ||
	       arg->range.length > config->region_size ||
	       arg->range.addr > VHOST_MEM_ADDRESS_LIMIT - arg->range.length;
}

#define ERRORS(list...) (const int []){ E2BIG, EFAULT, EINVAL, list, 0 }
#define IOCTL_NAMED(_name, _cmd, _struct, _fill, _wrong, _errors) {	\
	.name = _name, .cmd = _cmd, .size = sizeof(struct _struct),	\
	.fill = fill_##_fill, .wrong = wrong_##_wrong, .errors = _errors, \
}
/* The name is made here, before _cmd is expanded. */
#define IOCTL(_cmd, _struct, _kind, _errors...)				\
	IOCTL_NAMED(#_cmd, _cmd, _struct, _kind, _kind, (_errors))
/* Values that are wrong in the same way, but chosen in another. */
#define IOCTL_FILLED(_cmd, _struct, _fill, _wrong, _errors...)		\
	IOCTL_NAMED(#_cmd, _cmd, _struct, _fill, _wrong, (_errors))

/* The first version of each structure is the only one so far. */
static const struct own_ioctl {
	const char *name;
	unsigned long cmd;
	size_t size;
	void (*fill)(struct fuzz_thread *t, const struct fuzz_device *dev,
		     union arg *arg);
	bool (*wrong)(const struct virtio_mem_config *config,
		      const union arg *arg);
	const int *errors;
} own_ioctls[] = {
	IOCTL(VHOST_MEM_CREATE_REGION, vhost_mem_create_region, create,
	      ERRORS(EACCES, EEXIST, ENFILE, ENOENT, ENOMEM, ENOSR, EOPNOTSUPP,
		     ERANGE, ESTALE)),
	IOCTL(VHOST_MEM_SET_ADDRESS, vhost_mem_value, addr,
	      ERRORS(ENODEV, EBUSY, ERANGE)),
	IOCTL(VHOST_MEM_SET_REQUESTED_SIZE, vhost_mem_value, size,
	      ERRORS(ENODEV, EDOM, EDQUOT, ERANGE, ESHUTDOWN)),
	IOCTL(VHOST_MEM_SET_RUNNING, vhost_mem_value, onoff,
	      ERRORS(ENODEV, ENXIO)),
	IOCTL(VHOST_MEM_SYSTEM_RESET, vhost_mem_value, zero,
	      ERRORS(ENODEV, EAGAIN)),
	IOCTL(VHOST_MEM_SET_CONFIG_CALL, vhost_mem_fd, fd,
	      ERRORS(ENODEV, EBADF)),
	IOCTL(VHOST_MEM_GET_CONFIG, vhost_mem_config, nothing, ERRORS(ENODEV)),
	IOCTL(VHOST_MEM_GET_BLOCK_MAP, vhost_mem_block_map, map,
	      ERRORS(ENODEV, ENOMEM, ERANGE)),
	IOCTL_FILLED(VHOST_MEM_SET_BLOCK_MAP, vhost_mem_block_map, new_map, map,
	      ERRORS(ENODEV, EAGAIN, EBUSY, EDQUOT, EEXIST, ENOBUFS, ENOMEM, ENOSR,
		     ERANGE)),
	IOCTL(VHOST_MEM_SET_USABLE_SIZE, vhost_mem_value, size,
	      ERRORS(ENODEV, EBUSY, ERANGE)),
	IOCTL_FILLED(VHOST_MEM_SET_FROZEN, vhost_mem_value, frozen, onoff,
	      ERRORS(ENODEV)),
	IOCTL_FILLED(VHOST_MEM_SET_LEAVING, vhost_mem_value, frozen, onoff,
		     ERRORS(ENODEV)),
	IOCTL_FILLED(VHOST_MEM_GET_MEMORY_FD, vhost_mem_value, mostly_zero, zero,
		     ERRORS(ENODEV, EMFILE, ENFILE, ENOMEM)),
	IOCTL(VHOST_MEM_SET_CONFIRM, vhost_mem_set_confirm, set_confirm,
	      ERRORS(ENODEV, EBADF, ERANGE)),
	IOCTL(VHOST_MEM_GET_PENDING, vhost_mem_pending, nothing,
	      ERRORS(ENODEV, ENOENT)),
	IOCTL(VHOST_MEM_CONFIRM, vhost_mem_confirm, confirm,
	      ERRORS(ENODEV, ESTALE, EBUSY)),
	IOCTL(VHOST_MEM_PLUG, vhost_mem_range, range,
	      ERRORS(ENODEV, EAGAIN, EBUSY, EEXIST, ENOBUFS, ENOMEM, ENOSPC, ENOSR,
		     ENXIO, ERANGE)),
	IOCTL(VHOST_MEM_UNPLUG, vhost_mem_range, range,
	      ERRORS(ENODEV, EAGAIN, EBUSY, ENOENT, ENXIO, ERANGE)),
};

static bool is_documented(const struct own_ioctl *op, int error)
{
	/* Children have the open files, too, but are not the owner. */
	if (error == EPERM)
		return op->cmd != VHOST_MEM_GET_CONFIG &&
		       op->cmd != VHOST_MEM_GET_BLOCK_MAP;
	/* For all: who is killed, and what somebody else interrupts. */
	if (error == EINTR || (error == ECANCELED &&
			       (op->cmd == VHOST_MEM_PLUG ||
				op->cmd == VHOST_MEM_UNPLUG ||
				op->cmd == VHOST_MEM_SET_BLOCK_MAP)))
		return true;
	for (const int *e = op->errors; *e; e++)
		if (*e == error)
			return true;
	return false;
}

/* The configuration, in the byte order of x86; false if it cannot be had. */
static bool get_config(struct fuzz_device *dev,
		       struct virtio_mem_config *config)
{
	struct vhost_mem_config arg = { .size = sizeof(arg) };

	if (ioctl(dev->fd, VHOST_MEM_GET_CONFIG, &arg))
		return false;
	*config = arg.config;
	return true;
}

static void check_map(struct fuzz_thread *t, const union arg *arg)
{
	uint64_t nr = arg->map.nr_blocks, words = (nr + 63) / 64;
	const uint64_t *map = (void *)t->out;

	if (arg->map.bitmap != (uintptr_t)t->out)
		return;
	/* Neither bits nor bytes behind those that were asked for. */
	if (nr % 64 && map[words - 1] >> nr % 64)
		fuzz_broken(t, "%lu blocks: bits behind them are set: %#lx", nr,
			    map[words - 1]);
	for (size_t i = words * 8; i < FUZZ_OUT; i++)
		if (t->out[i] != 0xcc)
			fuzz_broken(t, "%lu blocks: byte %zu was written", nr,
				    i);
}

/* Bytes of the first version of an argument; what is missing counts as zero. */
static size_t min_size(const struct own_ioctl *op)
{
	return op->cmd == VHOST_MEM_CREATE_REGION ?
	       offsetof(struct vhost_mem_create_region, reservation) : op->size;
}

/* @before: what was in the argument, @t->arg: what is in it now. */
static void check_success(struct fuzz_thread *t, const struct own_ioctl *op,
			  const unsigned char *before,
			  const struct virtio_mem_config *config)
{
	const union arg *arg = (void *)before, *now = (void *)t->arg;

	if (arg->size < min_size(op) || arg->size > PAGE)
		fuzz_broken(t, "%s took a size of %u", op->name, arg->size);
	for (size_t i = op->size; i < arg->size; i++)
		if (before[i])
			fuzz_broken(t, "%s took byte %zu = %#x", op->name, i,
				    before[i]);
	if (op->wrong(config, arg))
		fuzz_broken(t,
			    "%s took %#lx %#lx %#lx, block size %#llx, region size %#llx",
			    op->name, (long)arg->create.region_size,
			    (long)arg->create.block_size, (long)arg->map.bitmap,
			    config->block_size, config->region_size);
	if (op->cmd == VHOST_MEM_GET_BLOCK_MAP)
		check_map(t, arg);
	if (op->cmd == VHOST_MEM_GET_CONFIG) {
		const struct virtio_mem_config *c = &now->config.config;

		fuzz_check_sizes(t, c->block_size, c->region_size,
				 c->usable_region_size, c->requested_size,
				 c->plugged_size);
	}
	if (op->cmd == VHOST_MEM_CREATE_REGION && !now->create.id)
		fuzz_broken(t, "a region without a number");
	for (size_t i = op->size; i < FUZZ_ARG; i++)
		if (t->arg[i] != before[i])
			fuzz_broken(t, "%s wrote byte %zu", op->name, i);
}

static void set_size(struct fuzz_thread *t, const struct own_ioctl *op,
		     union arg *arg)
{
	const uint32_t odd[] = {
		0, 4, op->size - 1, op->size + 1, op->size + 8, PAGE, PAGE + 1,
		FUZZ_ARG, UINT32_MAX,
	};

	arg->size = rnd_once_in(&t->rnd, 8) ? rnd_one_of(&t->rnd, odd) :
					      op->size;
	if (rnd_once_in(&t->rnd, 16))
		((unsigned char *)arg)[op->size + rnd_below(&t->rnd, 9)] = 1;
}

/* Uses of the descriptor, permitted and not. */
static void use_memory_fd(struct fuzz_thread *t, int fd)
{
	static const int modes[] = {
		FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		0, FALLOC_FL_KEEP_SIZE, FALLOC_FL_ZERO_RANGE,
		FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_INSERT_RANGE,
	};
	int mode = rnd_one_of(&t->rnd, modes);
	struct fuzz_device *dev = fuzz_device(t);
	uint64_t at = fuzz_size(t, dev), length = fuzz_size(t, dev);

	if (rnd_once_in(&t->rnd, 2)) {
		at = rnd_below(&t->rnd, 64) * dev->block;
		length = (1 + rnd_below(&t->rnd, 8)) * dev->block;
	}
	if (!fallocate(fd, mode, at, length) &&
	    (mode != modes[0] || at % PAGE || length % PAGE))
		fuzz_broken(t, "fallocate of mode %#x, %#lx, %#lx succeeded",
			    mode, at, length);
	if (rnd_once_in(&t->rnd, 4) && !ftruncate(fd, PAGE + 1))
		fuzz_broken(t, "the memory's file was truncated");
	if (pwrite(fd, "", 1, 0) >= 0 || pread(fd, &at, 1, 0) >= 0)
		fuzz_broken(t, "the memory's file was read or written");
	close(fd);
}

void fuzz_own_ioctl(struct fuzz_thread *t)
{
	/* Every second time one of the last two: what they do is the most. */
	const struct own_ioctl *op = rnd_once_in(&t->rnd, 2) ?
		&own_ioctls[COUNT(own_ioctls) - 1 - rnd_below(&t->rnd, 2)] :
		&rnd_one_of(&t->rnd, own_ioctls);
	unsigned char before[FUZZ_ARG];
	struct fuzz_device *dev = fuzz_device(t);
	struct virtio_mem_config config;
	union arg *arg = (void *)t->arg;
	void *pointer = t->arg;
	uint64_t changes;
	int ret, error;

	t->what = op->name;
	memset(t->arg, 0, FUZZ_ARG);
	memset(t->out, 0xcc, FUZZ_OUT);
	op->fill(t, dev, arg);
	set_size(t, op, arg);
	fuzz_spoil(t, t->arg, op->size + 8);
	if (rnd_once_in(&t->rnd, 8))
		pointer = (void *)fuzz_pointer(t);
	memcpy(before, t->arg, FUZZ_ARG);

	changes = atomic_load(&dev->changes);
	ret = ioctl(dev->fd, op->cmd, pointer);
	error = ret < 0 ? errno : 0;
	if (ret > 0)
		use_memory_fd(t, ret);
	if (changes % 2 || atomic_load(&dev->changes) != changes)
		return;
	/* A child's files and memory are not copied at the same moment. */
	if (t->inherited && error == EBADF)
		return;
	if (!t->inherited && !atomic_load(&dev->open)) {
		if (error != EBADF)
			fuzz_broken(t, "%s of a closed file: %s", op->name,
				    strerror(error));
		return;
	}
	if (error && !is_documented(op, error))
		fuzz_broken(t, "%s: %s (%d) is not documented for it",
			    op->name, strerror(error), error);
	if (error || pointer != t->arg)
		return;
	/* Its sizes are constant; but it may be another device by now. */
	if (!get_config(dev, &config) ||
	    atomic_load(&dev->changes) != changes)
		return;
	check_success(t, op, before, &config);
}

/* Numbers that are not there, and ours in another encoding. */
void fuzz_unknown_ioctl(struct fuzz_thread *t)
{
	struct fuzz_device *dev = fuzz_device(t);
	unsigned int nr = 0xa2;
	unsigned long cmd = _IO(VHOST_MEM_VIRTIO, nr);
	uint64_t changes;
	int error;

	t->what = "unknown ioctl";
	if (rnd_once_in(&t->rnd, 2))
		cmd = _IOC(rnd_below(&t->rnd, 4),
			   rnd_once_in(&t->rnd, 2) ? VHOST_MEM_VIRTIO :
						     rnd_below(&t->rnd, 256),
			   0x90 + rnd_below(&t->rnd, 16), 1 +
			   rnd_below(&t->rnd, 256));
	changes = atomic_load(&dev->changes);
	error = ioctl(dev->fd, cmd, fuzz_pointer(t)) ? errno : 0;
	if (changes % 2 || atomic_load(&dev->changes) != changes)
		return;
	if (!error)
		fuzz_broken(t, "ioctl %#lx succeeded", cmd);
	if (atomic_load(&dev->open) && cmd == _IO(VHOST_MEM_VIRTIO, nr) &&
	    error != ENOTTY)
		fuzz_broken(t, "ioctl %#lx: %s", cmd, strerror(error));
}
