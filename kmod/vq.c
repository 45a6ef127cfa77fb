// SPDX-License-Identifier: GPL-2.0
/*
 * Request virtqueue: from a kick to the responses.
 *
 * The guest may write the ring and the buffers while we read them. So a request is
 * copied once, and only the copy is used. Every request that can be answered is
 * answered, whatever it contains. If the ring or the buffers are unusable the queue
 * stops, and nothing else, until the owner starts it again.
 */

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/uio.h>
#include <linux/workqueue.h>

#include "asked.h"
#include "blocks.h"
#include "config.h"
#include "confirm.h"
#include "report.h"
#include "request.h"
#include "response.h"
#include "trace.h"
#include "vhost_mem.h"
#include "vq.h"

/*
 * The Windows driver repeats a request at once if the response was BUSY, but the
 * reasons for BUSY last longer than microseconds. So pause the queue instead of burning
 * a CPU. This does not slow down Linux, which waits for a configuration change.
 */
#define VHOST_MEM_BUSY_PAUSE	msecs_to_jiffies(20)

/* Attempts, 20 ms apart. An interrupted request gives up in a fraction of their sum. */
#define VQ_STOP_TRIES		25

/* A descriptor chain: its head, and the number of buffers of each kind. */
struct vq_chain {
	int head;
	unsigned int out;
	unsigned int in;
	unsigned int nr_log;	/* writable ones in vq->log, if logging is on */
};

/* What the guest sends. The type, which is common to both, tells which it is. */
union vq_request {
	struct virtio_mem_req mem;
	struct vhost_mem_report_req report;
};

static bool vq_copy_request(struct vhost_virtqueue *vq, unsigned int out,
			    union vq_request *req)
{
	struct iov_iter iter;

	BUILD_BUG_ON(sizeof(req->mem) != sizeof(*req));
	BUILD_BUG_ON(sizeof(req->report) != sizeof(*req));

	iov_iter_init(&iter, ITER_SOURCE, vq->iov, out,
		      iov_length(vq->iov, out));
	return copy_from_iter_full(req, sizeof(*req), &iter);
}

static void vq_decode_request(struct vhost_virtqueue *vq,
			      const struct virtio_mem_req *req,
			      struct vhost_mem_request *request)
{
	/* PLUG, UNPLUG and STATE have the same layout. */
	request->type = vhost16_to_cpu(vq, req->type);
	request->nb_blocks = vhost16_to_cpu(vq, req->u.plug.nb_blocks);
	request->addr = vhost64_to_cpu(vq, req->u.plug.addr);
}

/* Decode a guest report; false if it is none, or reports were not negotiated. */
static bool vq_decode_message(struct vhost_virtqueue *vq,
			      const struct vhost_mem_report_req *req,
			      struct vhost_mem_message *message)
{
	const struct vhost_mem_report_hints *hints = &req->u.hints;

	if (!vhost_has_feature(vq, VHOST_MEM_F_GUEST_REPORT))
		return false;
	*message = (struct vhost_mem_message) {
		.type		= vhost16_to_cpu(vq, req->type),
		.code		= vhost16_to_cpu(vq, req->code),
		/* Each kind of report begins with its value. */
		.value		= vhost64_to_cpu(vq, req->u.proposal.size),
		.reserved	= vhost16_to_cpu(vq, req->reserved[0]) |
				  vhost16_to_cpu(vq, req->reserved[1]),
	};
	switch (message->type) {
	case VHOST_MEM_REQ_HINTS:
		message->page_shift = vhost16_to_cpu(vq, hints->page_shift);
		message->block_shift = vhost16_to_cpu(vq, hints->block_shift);
		message->align_shift = vhost16_to_cpu(vq, hints->align_shift);
		message->reserved |= vhost16_to_cpu(vq, hints->reserved);
		return true;
	case VHOST_MEM_REQ_PROPOSAL:
	case VHOST_MEM_REQ_STATUS:
		message->reserved |= vhost64_to_cpu(vq, req->u.proposal.reserved);
		return true;
	}
	return false;
}

static bool vq_copy_response(struct vhost_virtqueue *vq, unsigned int out,
			     unsigned int in,
			   const struct vhost_mem_response *response)
{
	struct virtio_mem_resp resp = {
		.type = cpu_to_vhost16(vq, response->type),
		.u.state.state = cpu_to_vhost16(vq, response->state),
	};
	struct iov_iter iter;

	iov_iter_init(&iter, ITER_DEST, vq->iov + out, in,
		      iov_length(vq->iov + out, in));
	return copy_to_iter(&resp, sizeof(resp), &iter) == sizeof(resp);
}

/* During migration, log the guest memory that the response has dirtied. */
static int vq_log_response(struct vhost_virtqueue *vq,
			   const struct vq_chain *chain)
{
	if (!chain->nr_log)
		return 0;
	return vhost_log_write(vq, vq->log, chain->nr_log,
			       sizeof(struct virtio_mem_resp),
			       vq->iov + chain->out, chain->in);
}

/*
 * Serve one descriptor chain. Returns VIRTIO_MEM_RESP_*; -EFAULT if no response could be
 * written; or -EINPROGRESS if there is none yet: then the same chain is to be served again,
 * which writes it.
 */
static int vq_serve(struct vhost_mem_region *region, struct vhost_virtqueue *vq,
		    const struct vq_chain *chain)
{
	unsigned int out = chain->out, in = chain->in;
	struct vhost_mem_response response = { .type = VIRTIO_MEM_RESP_ERROR };
	struct vhost_mem_request request = {};
	struct vhost_mem_message message;
	ktime_t begin = ktime_get();
	/* None of the known ones, if it cannot be read. */
	u16 type = U16_MAX;
	union vq_request req;
	u64 ns;

	lockdep_assert_held(&vq->mutex);

	/* Make sure that the response fits before anything changes. */
	if (iov_length(vq->iov + out, in) < sizeof(struct virtio_mem_resp))
		return -EFAULT;

	if (vhost_mem_confirm_take(region, &request, &response, &begin)) {
		type = request.type;
		goto respond;
	}
	atomic64_inc(&region->stats.served);
	if (vq_copy_request(vq, out, &req)) {
		vq_decode_request(vq, &req.mem, &request);
		trace_vhost_mem_request(region, &request);
		type = request.type;
		if (vq_decode_message(vq, &req.report, &message))
			vhost_mem_report_serve(region, &message, &response);
		else
			vhost_mem_request_serve(region, &request, &response);
	}
	if (response.error == -EINPROGRESS)
		return -EINPROGRESS;
respond:
	ns = ktime_to_ns(ktime_sub(ktime_get(), begin));
	vhost_mem_stats_request(&region->stats, type, &response, ns);
	trace_vhost_mem_response(region, &request, &response, ns);

	if (!vq_copy_response(vq, out, in, &response) ||
	    vq_log_response(vq, chain) ||
	    vhost_add_used(vq, chain->head, sizeof(struct virtio_mem_resp)))
		return -EFAULT;
	return response.type;
}

static void vq_break(struct vhost_mem_region *region,
		     struct vhost_virtqueue *vq)
{
	lockdep_assert_held(&vq->mutex);

	vhost_vq_set_backend(vq, NULL);
	vhost_mem_config_set_state(region, VHOST_MEM_STATE_BROKEN);
	vq_err(vq, "region %u: ring or buffers cannot be used\n", region->id);
}

static void vq_pause(struct vhost_mem *vm)
{
	lockdep_assert_held(&vm->vq.mutex);

	vm->paused = true;
	schedule_delayed_work(&vm->resume_work, VHOST_MEM_BUSY_PAUSE);
}

static void vq_resume_work(struct work_struct *work)
{
	struct vhost_mem *vm =
		container_of(work, struct vhost_mem, resume_work.work);

	/*
	 * A handler that still sees the old value is already running, so queueing
	 * the poll makes it run once more, and then it sees the new value.
	 */
	WRITE_ONCE(vm->paused, false);
	vhost_poll_queue(&vm->vq.poll);
}

/*
 * Serve the available requests. The vhost worker calls this in the owner's mm.
 * vq->mutex is held throughout, so whoever has taken it knows that no request is
 * being processed.
 */
static void vq_handle_kick(struct vhost_work *work)
{
	struct vhost_virtqueue *vq =
		container_of(work, struct vhost_virtqueue, poll.work);
	struct vhost_mem *vm = container_of(vq, struct vhost_mem, vq);
	struct vhost_mem_region *region;
	struct vhost_log *log;
	struct vq_chain chain;
	int type, served = 0, bytes = 0;

	mutex_lock(&vq->mutex);
	region = vhost_vq_get_backend(vq);
	if (!region || READ_ONCE(vm->paused) ||
	    vhost_mem_asked_is_open(region) || !vq_meta_prefetch(vq))
		goto out;

	/* Changes only with vq->mutex held. */
	log = vhost_has_feature(vq, VHOST_F_LOG_ALL) ? vq->log : NULL;
	vhost_disable_notify(vq->dev, vq);
	do {
		chain.nr_log = 0;
		chain.head = vhost_get_vq_desc(vq, vq->iov,
					       ARRAY_SIZE(vq->iov), &chain.out,
					       &chain.in, log, &chain.nr_log);
		if (chain.head == vq->num) {
			/* Empty; check again for a request that has just arrived. */
			if (!vhost_enable_notify(vq->dev, vq))
				break;
			vhost_disable_notify(vq->dev, vq);
			continue;
		}
		type = chain.head < 0 ? chain.head :
					vq_serve(region, vq, &chain);
		if (type == -EINPROGRESS) {
			/* Rests until the VMM has answered, which queues the poll. */
			vhost_mem_vq_put_back(vq);
			break;
		}
		if (type < 0) {
			vq_break(region, vq);
			break;
		}
		vhost_signal(vq->dev, vq);
		if (type == VIRTIO_MEM_RESP_BUSY) {
			vq_pause(vm);
			break;
		}
		bytes += sizeof(struct virtio_mem_req);
	} while (!vhost_exceeds_weight(vq, ++served, bytes));
out:
	mutex_unlock(&vq->mutex);
}

/**
 * vhost_mem_vq_init() - prepare the request virtqueue
 * @vm: The device, zeroed; before vhost_dev_init().
 *
 * Context: Any.
 */
void vhost_mem_vq_init(struct vhost_mem *vm)
{
	vm->vqs[0] = &vm->vq;
	vm->vq.handle_kick = vq_handle_kick;
	INIT_DELAYED_WORK(&vm->resume_work, vq_resume_work);
}

/**
 * vhost_mem_vq_start() - start serving requests
 * @vm: The device.
 *
 * Context: dev.mutex held. May sleep.
 * Return: 0; -EPERM if the caller is not the owner, -ENXIO if the region's
 * address or the features were not set, -EFAULT if the ring is not accessible,
 * -EINTR if the task is being killed.
 */
int vhost_mem_vq_start(struct vhost_mem *vm)
{
	struct vhost_mem_region *region = vm->region;
	struct vhost_virtqueue *vq = &vm->vq;
	int ret;

	lockdep_assert_held(&vm->dev.mutex);

	ret = vhost_dev_check_owner(&vm->dev);
	if (ret)
		return ret;
	/* Only set with dev.mutex held, so it cannot become true meanwhile. */
	if (!READ_ONCE(region->sizes.addr_valid))
		return -ENXIO;

	if (mutex_lock_killable(&vq->mutex))
		return -EINTR;
	if (vhost_vq_get_backend(vq))
		goto out;
	ret = -ENXIO;
	if (!vhost_has_feature(vq, VIRTIO_F_VERSION_1))
		goto out;
	ret = -EFAULT;
	if (!vhost_vq_access_ok(vq))
		goto out;
	vhost_vq_set_backend(vq, region);
	ret = vhost_vq_init_access(vq);
	if (ret) {
		vhost_vq_set_backend(vq, NULL);
		goto out;
	}
	vhost_mem_confirm_start(region, &vm->resume_work);
	vhost_mem_config_set_state(region, VHOST_MEM_STATE_RUNNING);
	/* Requests may have arrived before the queue was polled. */
	vhost_poll_queue(&vq->poll);
out:
	mutex_unlock(&vq->mutex);
	return ret;
}

static void vq_stop_locked(struct vhost_mem *vm)
{
	lockdep_assert_held(&vm->vq.mutex);

	vhost_vq_set_backend(&vm->vq, NULL);
	if (!vm->region)
		return;
	vhost_mem_confirm_stop(vm->region);
	vhost_mem_config_set_state(vm->region, VHOST_MEM_STATE_STOPPED);
}

/*
 * A change that the VMM has confirmed was made, so the guest has to learn of it: it would
 * send the request again. The worker writes the response, unless the ring is broken.
 */
static void vq_finish_done(struct vhost_mem *vm)
{
	if (!vm->region || !vhost_mem_confirm_is_done(vm->region))
		return;
	vhost_poll_queue(&vm->vq.poll);
	vhost_dev_flush(&vm->dev);
}

/**
 * vhost_mem_vq_stop() - stop serving requests
 * @vm: The device; it need not have a region.
 *
 * When this returns no request is being processed, because vq->mutex is held
 * throughout each.
 *
 * Context: dev.mutex held, or the device is being released. May sleep.
 */
void vhost_mem_vq_stop(struct vhost_mem *vm)
{
	/* A request under way may hold vq->mutex for long. */
	vhost_mem_blocks_interrupt(vm->region);
	vq_finish_done(vm);
	mutex_lock(&vm->vq.mutex);
	vhost_mem_blocks_go_on(vm->region);
	vq_stop_locked(vm);
	mutex_unlock(&vm->vq.mutex);
}

/**
 * vhost_mem_vq_try_stop() - stop serving requests unless that takes long
 * @vm: The device; it need not have a region.
 *
 * For callers that must not wait for ever: a request may be waiting for memory of the
 * owner's that nobody provides.
 *
 * Context: dev.mutex held. May sleep, for VQ_STOP_TRIES times 20 ms.
 * Return: Whether it is stopped.
 */
bool vhost_mem_vq_try_stop(struct vhost_mem *vm)
{
	bool locked = false;
	int i;

	lockdep_assert_held(&vm->dev.mutex);

	vhost_mem_blocks_interrupt(vm->region);
	for (i = 0; !locked && i < VQ_STOP_TRIES; i++) {
		locked = mutex_trylock(&vm->vq.mutex);
		if (!locked)
			msleep(20);
	}
	vhost_mem_blocks_go_on(vm->region);
	if (!locked)
		return false;
	vq_stop_locked(vm);
	mutex_unlock(&vm->vq.mutex);
	return true;
}

/**
 * vhost_mem_vq_end() - stop serving requests, and stop polling for kicks
 * @vm: The device; it need not have a region.
 *
 * vhost_dev_cleanup() may be called afterwards.
 *
 * Context: dev.mutex held, or the device is being released. May sleep.
 */
void vhost_mem_vq_end(struct vhost_mem *vm)
{
	vhost_mem_vq_stop(vm);
	/* A stopped queue is never paused, so the work is not queued again. */
	cancel_delayed_work_sync(&vm->resume_work);
	vm->paused = false;
	/*
	 * Then stop polling, and wait for a kick that is being handled. A worker
	 * that was killed with its owner has run all that was queued.
	 */
	vhost_dev_stop(&vm->dev);
	vhost_dev_flush(&vm->dev);
}
