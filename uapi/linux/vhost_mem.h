/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * User interface of vhost-mem: a memory device (virtio device id 24) whose
 * memory region and request virtqueue belong to the host kernel.
 *
 * One open file of /dev/vhost-mem is one device with one memory region. A VMM
 * uses it in this order:
 *
 *  1. open("/dev/vhost-mem")
 *  2. VHOST_MEM_CREATE_REGION
 *  3. mmap() of the whole region: offset 0, length region_size, MAP_SHARED
 *  4. VHOST_MEM_SET_ADDRESS, VHOST_MEM_SET_CONFIG_CALL,
 *     VHOST_MEM_SET_REQUESTED_SIZE
 *  5. VHOST_SET_OWNER and the other vhost ioctls, for one virtqueue (index 0)
 *  6. VHOST_MEM_SET_RUNNING with running = 1, and 0 to stop
 *  7. close(): unplugs every device block, even if the region is still mapped
 *
 * Errors, the same for every ioctl and for mmap():
 *
 *  =============== =========================================================
 *  E2BIG           bytes behind the members that this kernel knows are not 0, or
 *                  the size member is larger than a page
 *  EACCES          the lease is for another user than who has opened the device
 *                  (VHOST_MEM_CREATE_REGION)
 *  EAGAIN          the region is frozen (VHOST_MEM_SET_FROZEN)
 *  EBADF           not a descriptor (VHOST_MEM_SET_CONFIG_CALL,
 *                  VHOST_MEM_SET_CONFIRM)
 *  EBUSY           the device is running; or blocks are plugged
 *                  (VHOST_MEM_SET_ADDRESS); or memory of a block to be unplugged
 *                  is pinned or referenced elsewhere; or memory of blocks that
 *                  were unplugged nevertheless still is, and counts
 *                  (VHOST_MEM_PLUG); or there is an owner (VHOST_SET_OWNER); or
 *                  (VHOST_MEM_CONFIRM) memory of the blocks is still pinned
 *  EDOM            a requested size is below the minimum that the administrator has
 *                  set
 *  EDQUOT          a requested size, or the plugged size that a block map would
 *                  result in, exceeds the limit that the administrator has set
 *  EEXIST          the region exists already; or a block to be plugged is
 *                  plugged already
 *  EFAULT          a pointer leads to memory that cannot be accessed
 *  EINTR           the caller is being killed; or, where huge pages are allocated, has
 *                  a signal pending: nothing has changed
 *  EINVAL          a value is malformed: zero, no power of two, no multiple of
 *                  the block size, a reserved member not 0, a size member
 *                  smaller than the first version of the structure, a descriptor
 *                  that is no eventfd (VHOST_MEM_SET_CONFIG_CALL,
 *                  VHOST_MEM_SET_CONFIRM); a result that the change cannot have
 *                  (VHOST_MEM_CONFIRM); mmap() of
 *                  another offset or length than the region, or MAP_PRIVATE; or
 *                  the lease is no multiple of the block size, or one flag
 *                  excludes another or lacks it (VHOST_MEM_CREATE_REGION)
 *  EMFILE          the process has no more descriptors (VHOST_MEM_GET_MEMORY_FD)
 *  ENFILE          the host has no more files (VHOST_MEM_CREATE_REGION,
 *                  VHOST_MEM_GET_MEMORY_FD)
 *  ENOBUFS         the pool that the region belongs to has no room for what would be
 *                  plugged (VHOST_MEM_PLUG, VHOST_MEM_SET_BLOCK_MAP)
 *  ENODEV          there is no memory region yet (VHOST_MEM_CREATE_REGION)
 *  ENOENT          a block to be unplugged is unplugged already; or there never was
 *                  a lease of that number (VHOST_MEM_CREATE_REGION); or nothing
 *                  waits to be confirmed (VHOST_MEM_GET_PENDING)
 *  ENOMEM          out of memory; nothing has changed
 *  ENOSR           the host's pool of huge pages, or the part of it that the caller's
 *                  cgroup may have, is used up (VHOST_MEM_PLUG,
 *                  VHOST_MEM_SET_BLOCK_MAP); or the pool has too few pages that are
 *                  free and not reserved (VHOST_MEM_CREATE_REGION, with
 *                  VHOST_MEM_CREATE_RESERVED, or if it has to find out whether such
 *                  memory can be guarded)
 *  ENOSPC          plugging would exceed the requested size
 *  ENOTTY          no such ioctl
 *  ENXIO           something has to be set first: the guest address
 *                  (VHOST_MEM_SET_ADDRESS), the features (VHOST_SET_FEATURES)
 *  EOPNOTSUPP      a flag that this kernel does not know; or huge pages of a size that
 *                  the host does not have, or which cannot be guarded on this kernel
 *                  (VHOST_MEM_CREATE_REGION); or fallocate() of such memory; or
 *                  (VHOST_SET_FEATURES) features this device cannot work with
 *  EPERM           there is an owner (VHOST_SET_OWNER), and it is not the caller.
 *                  Only VHOST_MEM_GET_CONFIG, VHOST_MEM_GET_BLOCK_MAP and mmap()
 *                  are allowed to whoever has the open file
 *  ERANGE          a well-formed value is beyond its limit: the region size,
 *                  the usable region size, or the guest address limit; or the lease
 *                  is larger than the region (VHOST_MEM_CREATE_REGION); or the time
 *                  to confirm a change (VHOST_MEM_SET_CONFIRM)
 *  ESHUTDOWN       the device is being removed (VHOST_MEM_SET_LEAVING): no
 *                  larger size can be requested
 *  ESTALE          the lease was used or dropped, or has expired
 *                  (VHOST_MEM_CREATE_REGION); or the change was cancelled, or the
 *                  VMM has not got it yet (VHOST_MEM_CONFIRM)
 *  =============== =========================================================
 *
 * Structures can grow at their end. User space sets @size to the size it was
 * compiled with. The kernel takes members that user space does not know as 0;
 * members that the kernel does not know must be 0.
 */
#ifndef _UAPI_LINUX_VHOST_MEM_H
#define _UAPI_LINUX_VHOST_MEM_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/vhost_types.h>
#include <linux/virtio_mem.h>

#define VHOST_MEM_VIRTIO	0xAF

/* Maximum bytes of a region's name, including the final NUL. */
#define VHOST_MEM_NAME_MAX	64

/* Maximum number of device blocks of a region. */
#define VHOST_MEM_BLOCKS_MAX	(1ULL << 24)

/* First guest physical address that a region cannot use. */
#define VHOST_MEM_ADDRESS_LIMIT	(1ULL << 52)

/**
 * enum vhost_mem_create_flags - properties of a region
 * @VHOST_MEM_CREATE_READABLE: Reads of unplugged blocks give zeroes; only
 *	writes are refused. For guests without
 *	VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE, which is then not offered.
 * @VHOST_MEM_CREATE_NODE: node_id is valid; VIRTIO_MEM_F_ACPI_PXM is offered.
 * @VHOST_MEM_CREATE_PREALLOC: Memory of a block is allocated when the block is
 *	plugged, and not when it is touched. If there is not enough, VHOST_MEM_PLUG
 *	fails with ENOMEM, and the guest's PLUG is answered VIRTIO_MEM_RESP_BUSY;
 *	the OOM killer is not invoked.
 * @VHOST_MEM_CREATE_KEEP: Blocks stay plugged when the owner dies while another
 *	process holds the open file, so that another VMM can take over. Without
 *	this flag every block is unplugged then.
 * @VHOST_MEM_CREATE_HUGETLB: The memory is huge pages of page_size bytes of the host's
 *	pool (hugetlb), with VHOST_MEM_CREATE_PREALLOC in any case. If the pool is used
 *	up, VHOST_MEM_PLUG fails with ENOSR, and the guest's PLUG is answered
 *	VIRTIO_MEM_RESP_BUSY. Not with VHOST_MEM_CREATE_READABLE. Mappings have to be
 *	aligned to page_size. Accesses to unplugged blocks are refused but not counted,
 *	and pages of plugged blocks cannot be freed.
 * @VHOST_MEM_CREATE_RESERVED: Only with VHOST_MEM_CREATE_HUGETLB: pages for every block
 *	are reserved in the host's pool from the creation of the region, which fails with
 *	ENOSR if there are not enough, until the open file is closed and the last mapping
 *	is gone. Nobody else can take them, so the pool is never used up for this region.
 *	What remains: the hugetlb cgroup of the process that plugs, which is charged when
 *	a block is plugged and not before; pages on NUMA nodes that the cpuset or the
 *	memory policy of that process excludes; surplus pages (nr_overcommit_hugepages),
 *	which go to the system when a block is unplugged; hardware errors of memory.
 */
enum vhost_mem_create_flags {
	VHOST_MEM_CREATE_READABLE	= 1 << 0,
	VHOST_MEM_CREATE_NODE		= 1 << 1,
	VHOST_MEM_CREATE_PREALLOC	= 1 << 2,
	VHOST_MEM_CREATE_KEEP		= 1 << 3,
	VHOST_MEM_CREATE_HUGETLB	= 1 << 4,
	VHOST_MEM_CREATE_RESERVED	= 1 << 5,
};

/**
 * struct vhost_mem_create_region - argument of VHOST_MEM_CREATE_REGION
 * @size: sizeof(struct vhost_mem_create_region).
 * @flags: enum vhost_mem_create_flags.
 * @region_size: Bytes; a multiple of @block_size, not 0, of at most
 *	VHOST_MEM_BLOCKS_MAX blocks.
 * @block_size: Bytes; a power of two, at least the page size: @page_size with
 *	VHOST_MEM_CREATE_HUGETLB.
 * @node_id: Guest NUMA node (ACPI proximity domain), with
 *	VHOST_MEM_CREATE_NODE; else 0.
 * @reserved: Must be 0.
 * @id: Returned: the region's number, by which the administrator knows it.
 * @name: The region's name for the administrator: NUL-terminated, printable
 *	ASCII without blanks, and not a number. May be empty.
 * @reservation: Number of a lease, with which the administrator has reserved memory for
 *	this region; or 0 for none. The region then belongs to the lease's pool, and the
 *	lease, which ends by that, is its reserved size. Its size must be a multiple of
 *	@block_size, and at most @region_size.
 * @page_size: Bytes of a huge page, with VHOST_MEM_CREATE_HUGETLB; else 0.
 *
 * Creates the memory region of this open file, with every block unplugged. An open
 * file gets at most one region, which it has until it is closed (EEXIST). Virtio
 * specification: "Memory Device", "Device Initialization".
 */
struct vhost_mem_create_region {
	__u32 size;
	__u32 flags;
	__u64 region_size;
	__u64 block_size;
	__u16 node_id;
	__u16 reserved;
	__u32 id;
	char name[VHOST_MEM_NAME_MAX];
	__u64 reservation;
	__u64 page_size;
};

/**
 * struct vhost_mem_value - argument of the ioctls that set one value
 * @size: sizeof(struct vhost_mem_value).
 * @reserved: Must be 0.
 * @value: VHOST_MEM_SET_ADDRESS: guest physical address of the region, in
 *	bytes; a multiple of the block size; the region must end at or below
 *	VHOST_MEM_ADDRESS_LIMIT. Not while running (EBUSY).
 *
 *	VHOST_MEM_SET_REQUESTED_SIZE: bytes; a multiple of the block size, at
 *	most the region size and the administrator's limit. At any time; raises
 *	the config call.
 *
 *	VHOST_MEM_SET_RUNNING: 1 to serve the request virtqueue, 0 to stop. Only
 *	for the owner. After the ioctl with 0 has returned, no request is being
 *	processed.
 *
 *	VHOST_MEM_SYSTEM_RESET: must be 0. Unplugs every block, also those with
 *	pinned pages, and shrinks the usable region to what the requested size
 *	needs. At any time, also while running; but not while the region is
 *	frozen (EAGAIN).
 *
 *	VHOST_MEM_SET_USABLE_SIZE: bytes; a multiple of the block size, at most
 *	the region size. The usable region grows to it if it is smaller, and
 *	never shrinks. Not while running (EBUSY). Before VHOST_MEM_SET_BLOCK_MAP,
 *	on the target of a migration.
 *
 *	VHOST_MEM_SET_FROZEN: 1 freezes the block map, 0 thaws it. After the ioctl
 *	with 1 has returned, no change is under way, and nobody can plug or unplug
 *	a block until it is thawed. Requests for a change are answered
 *	VIRTIO_MEM_RESP_BUSY; after a thaw the config call tells the guest to try
 *	again. At any time, also while running.
 *
 *	VHOST_MEM_SET_LEAVING: 1 while the device is being removed from the VM,
 *	else 0. While it is 1 nobody can request a larger size (ESHUTDOWN). At any
 *	time.
 *
 *	VHOST_MEM_GET_MEMORY_FD: must be 0. Returns, as the result of ioctl(), a
 *	new descriptor (close-on-exec) of the region's memory: a regular file of
 *	region_size bytes, for processes that need access to the memory and to
 *	nothing else. It can be mapped like the open file, and (not with
 *	VHOST_MEM_CREATE_HUGETLB)
 *	fallocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE) of whole pages
 *	frees their memory in plugged blocks, which stay plugged and read as
 *	zeroes; other blocks do not change. It does not keep blocks plugged:
 *	close() of the open file unplugs every block.
 */
struct vhost_mem_value {
	__u32 size;
	__u32 reserved;
	__u64 value;
};

/**
 * struct vhost_mem_fd - argument of VHOST_MEM_SET_CONFIG_CALL
 * @size: sizeof(struct vhost_mem_fd).
 * @fd: An eventfd, or -1 for none. It is signalled whenever what
 *	VHOST_MEM_GET_CONFIG returns may have changed; signals may be merged.
 */
struct vhost_mem_fd {
	__u32 size;
	__s32 fd;
};

/**
 * struct vhost_mem_config - argument of VHOST_MEM_GET_CONFIG
 * @size: sizeof(struct vhost_mem_config).
 * @id: Returned: the region's number.
 * @config: Returned: the device's configuration space as the guest has to read
 *	it (little endian), consistent in itself and with every response that
 *	the guest has seen.
 * @generation: Returned: a number that changes whenever the guest has to get a
 *	configuration change notification: when the requested size is set, and when
 *	a request that was answered BUSY may now succeed; not when the plugged size
 *	changes.
 */
struct vhost_mem_config {
	__u32 size;
	__u32 id;
	struct virtio_mem_config config;
	__u64 generation;
};

/**
 * struct vhost_mem_block_map - argument of VHOST_MEM_GET_BLOCK_MAP and
 *	VHOST_MEM_SET_BLOCK_MAP
 * @size: sizeof(struct vhost_mem_block_map).
 * @reserved: Must be 0.
 * @first_block: Number of the first block of the range; a multiple of 64.
 * @nr_blocks: Number of blocks; the range must lie inside the region.
 * @bitmap: Address of an array of (nr_blocks + 63) / 64 __u64. Bit b % 64 of
 *	element b / 64 is 1 where block first_block + b is plugged. Bits behind
 *	the range are 0.
 *
 * VHOST_MEM_SET_BLOCK_MAP plugs the blocks whose bits are 1, on the target of a
 * migration. Only the limit bounds the plugged size here (EDQUOT), not the requested
 * size, because more may be plugged than requested on the source; and the region's pool
 * (ENOBUFS). Every block of the
 * range must be unplugged (EEXIST), and those to be plugged must lie inside the usable
 * region (ERANGE). Not while running (EBUSY). If it fails nothing has changed.
 */
struct vhost_mem_block_map {
	__u32 size;
	__u32 reserved;
	__u64 first_block;
	__u64 nr_blocks;
	__aligned_u64 bitmap;
};

/**
 * struct vhost_mem_range - argument of VHOST_MEM_PLUG and VHOST_MEM_UNPLUG
 * @size: sizeof(struct vhost_mem_range).
 * @reserved: Must be 0.
 * @addr: Guest physical address of the first block; needs
 *	VHOST_MEM_SET_ADDRESS first.
 * @length: Bytes; a multiple of the block size, not 0; inside the usable
 *	region.
 *
 * For a VMM that serves the virtqueue itself: these carry out the guest's
 * VIRTIO_MEM_REQ_PLUG and VIRTIO_MEM_REQ_UNPLUG. Not while running (EBUSY): then only
 * the guest's own requests and a system reset change the plugged size.
 */
struct vhost_mem_range {
	__u32 size;
	__u32 reserved;
	__u64 addr;
	__u64 length;
};

/* Maximum of vhost_mem_set_confirm.timeout_ms. */
#define VHOST_MEM_CONFIRM_TIMEOUT_MAX	3600000

/**
 * struct vhost_mem_set_confirm - argument of VHOST_MEM_SET_CONFIRM
 * @size: sizeof(struct vhost_mem_set_confirm).
 * @fd: An eventfd, which is signalled whenever a change waits to be confirmed; or -1:
 *	nothing has to be confirmed, as is so at the beginning.
 * @timeout_ms: Milliseconds that a change waits for VHOST_MEM_GET_PENDING before it is
 *	cancelled; 1 to VHOST_MEM_CONFIRM_TIMEOUT_MAX. Must be 0 with @fd -1.
 * @reserved: Must be 0.
 *
 * For a VM with devices whose DMA the VMM maps (VFIO, vhost-vdpa). While there is an
 * eventfd, the guest's PLUG, UNPLUG and UNPLUG_ALL are answered only after the VMM has
 * confirmed what they change: PLUG after it has mapped the blocks for DMA, the others
 * after it has unmapped them. The request virtqueue rests meanwhile. What other than the
 * guest's requests changes blocks (VHOST_MEM_PLUG, VHOST_MEM_SYSTEM_RESET, ...) is
 * not confirmed: that is the VMM's own doing.
 *
 * A change that is not confirmed yet is *cancelled* by this ioctl, whatever it sets, by
 * VHOST_MEM_SYSTEM_RESET, by VHOST_MEM_SET_FROZEN, and by the time-out, which does not
 * apply any more once the VMM has got the change: then the blocks are as they were before,
 * and the request is answered VIRTIO_MEM_RESP_BUSY. VHOST_MEM_SET_RUNNING with 0, and what
 * stops the virtqueue otherwise, such as the owner's death, cancels it, too; then the
 * request is not answered, and is served anew when the virtqueue runs again. Blocks of a
 * PLUG that was cancelled are unplugged, even if the VMM has mapped them already.
 *
 * At any time, also while running. VHOST_RESET_OWNER, and the owner's end, set @fd -1.
 * After the ioctl has returned, VHOST_MEM_GET_BLOCK_MAP changes by the VMM's own ioctls
 * only, if @fd is an eventfd: blocks of a PLUG count as plugged once that is confirmed.
 */
struct vhost_mem_set_confirm {
	__u32 size;
	__s32 fd;
	__u32 timeout_ms;
	__u32 reserved;
};

/**
 * enum vhost_mem_pending_type - kind of a change that waits to be confirmed
 * @VHOST_MEM_PENDING_PLUG: The blocks were unplugged, and can be accessed now. The VMM
 *	maps them for DMA.
 * @VHOST_MEM_PENDING_UNPLUG: The blocks are plugged, and still can be accessed. The VMM
 *	unmaps them from DMA.
 * @VHOST_MEM_PENDING_UNPLUG_ALL: The same of every block of the region, of which any
 *	number may be unplugged already.
 */
enum vhost_mem_pending_type {
	VHOST_MEM_PENDING_PLUG		= 1,
	VHOST_MEM_PENDING_UNPLUG	= 2,
	VHOST_MEM_PENDING_UNPLUG_ALL	= 3,
};

/**
 * struct vhost_mem_pending - argument of VHOST_MEM_GET_PENDING
 * @size: sizeof(struct vhost_mem_pending).
 * @type: Returned: enum vhost_mem_pending_type.
 * @seq: Returned: number of the change, for VHOST_MEM_CONFIRM. Never used twice by a
 *	region.
 * @offset: Returned: where the first block begins, in bytes from the start of the region.
 * @length: Returned: bytes of the blocks.
 *
 * There is at most one such change (ENOENT if there is none). Who gets it twice before it
 * is confirmed gets the same.
 */
struct vhost_mem_pending {
	__u32 size;
	__u32 type;
	__u64 seq;
	__u64 offset;
	__u64 length;
};

/**
 * enum vhost_mem_confirm_result - what the VMM has done about a change
 * @VHOST_MEM_CONFIRM_DONE: It has mapped, or unmapped, the blocks. A PLUG is answered
 *	VIRTIO_MEM_RESP_ACK. Otherwise the blocks are unplugged now, and that is answered
 *	VIRTIO_MEM_RESP_ACK; but if their memory is pinned or referenced elsewhere (EBUSY)
 *	nothing has changed, and the change still waits: the VMM maps the blocks once more
 *	and says @VHOST_MEM_CONFIRM_FAILED, or it says @VHOST_MEM_CONFIRM_FORCE.
 * @VHOST_MEM_CONFIRM_FAILED: It has not. The blocks of a PLUG are unplugged, and must not
 *	be mapped; those of any other change stay plugged, and must be mapped. The request
 *	is answered VIRTIO_MEM_RESP_BUSY.
 * @VHOST_MEM_CONFIRM_FORCE: Not of a PLUG (EINVAL). The blocks are unplugged even if their
 *	memory is referenced, as by VHOST_MEM_SYSTEM_RESET: for a VMM that has unmapped
 *	them, and cannot map them once more. The request is answered VIRTIO_MEM_RESP_ACK.
 */
enum vhost_mem_confirm_result {
	VHOST_MEM_CONFIRM_DONE		= 1,
	VHOST_MEM_CONFIRM_FAILED	= 2,
	VHOST_MEM_CONFIRM_FORCE		= 3,
};

/**
 * struct vhost_mem_confirm - argument of VHOST_MEM_CONFIRM
 * @size: sizeof(struct vhost_mem_confirm).
 * @result: enum vhost_mem_confirm_result.
 * @seq: Which change, as VHOST_MEM_GET_PENDING has returned it. ESTALE if that was
 *	cancelled or confirmed meanwhile: the VMM undoes what it has done about it.
 */
struct vhost_mem_confirm {
	__u32 size;
	__u32 result;
	__u64 seq;
};

/*
 * The ioctl numbers carry no structure size, so that they do not change when a
 * structure grows. Each ioctl takes a pointer to the structure whose kernel-doc
 * names it.
 */
#define VHOST_MEM_CREATE_REGION	_IO(VHOST_MEM_VIRTIO, 0x90)
#define VHOST_MEM_SET_ADDRESS	_IO(VHOST_MEM_VIRTIO, 0x91)
#define VHOST_MEM_SET_REQUESTED_SIZE	_IO(VHOST_MEM_VIRTIO, 0x92)
#define VHOST_MEM_SET_RUNNING	_IO(VHOST_MEM_VIRTIO, 0x93)
#define VHOST_MEM_SYSTEM_RESET	_IO(VHOST_MEM_VIRTIO, 0x94)
#define VHOST_MEM_SET_CONFIG_CALL	_IO(VHOST_MEM_VIRTIO, 0x95)
#define VHOST_MEM_GET_CONFIG	_IO(VHOST_MEM_VIRTIO, 0x96)
#define VHOST_MEM_GET_BLOCK_MAP	_IO(VHOST_MEM_VIRTIO, 0x97)
#define VHOST_MEM_PLUG	_IO(VHOST_MEM_VIRTIO, 0x98)
#define VHOST_MEM_UNPLUG	_IO(VHOST_MEM_VIRTIO, 0x99)
#define VHOST_MEM_SET_BLOCK_MAP	_IO(VHOST_MEM_VIRTIO, 0x9a)
#define VHOST_MEM_SET_USABLE_SIZE	_IO(VHOST_MEM_VIRTIO, 0x9b)
#define VHOST_MEM_SET_FROZEN	_IO(VHOST_MEM_VIRTIO, 0x9c)
#define VHOST_MEM_SET_LEAVING	_IO(VHOST_MEM_VIRTIO, 0x9d)
#define VHOST_MEM_GET_MEMORY_FD	_IO(VHOST_MEM_VIRTIO, 0x9e)
#define VHOST_MEM_SET_CONFIRM	_IO(VHOST_MEM_VIRTIO, 0x9f)
#define VHOST_MEM_GET_PENDING	_IO(VHOST_MEM_VIRTIO, 0xa0)
#define VHOST_MEM_CONFIRM	_IO(VHOST_MEM_VIRTIO, 0xa1)

#endif /* _UAPI_LINUX_VHOST_MEM_H */
