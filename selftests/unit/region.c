// SPDX-License-Identifier: GPL-2.0
/* See region.h. Also stands for the files that unit tests leave out. */

#include <stdio.h>

#include <linux/virtio_mem.h>

#include "defaults.h"
#include "geometry.h"
#include "region.h"
#include "registry.h"

#define REQUIRE(cond)							\
	do {								\
		if (!(cond)) {						\
			fprintf(stderr, "%s:%d: not true: %s\n",	\
				__FILE__, __LINE__, #cond);		\
			abort();					\
		}							\
	} while (0)

bool shim_out_of_memory;
unsigned long shim_jiffies;
unsigned long shim_steps, shim_steps_held;

static struct pid shim_pid;
static struct task_struct shim_task = {
	.group_leader = &shim_task, .pid = &shim_pid, .comm = "unit",
};
struct task_struct *current = &shim_task;

/* main.c */
struct workqueue_struct *vhost_mem_wq;

/* gate.c */
bool unit_no_memory;
bool unit_pinned;
bool unit_reached;

int vhost_mem_gate_populate(struct vhost_mem_region *region, u64 pos, u64 end)
{
	REQUIRE(region->blocks_lock.held && !region->config_lock.held);
	REQUIRE(pos < end && end <= region->size);
	if (atomic_read(&region->interrupts))
		return -ECANCELED;
	return unit_no_memory ? -ENOMEM : 0;
}

u64 vhost_mem_gate_drop(struct vhost_mem_region *region, u64 first, u64 nr)
{
	u64 bytes = 0;

	REQUIRE(region->blocks_lock.held && !region->config_lock.held);
	REQUIRE(vhost_mem_blkmap_state(&region->blkmap, first, nr) ==
		VHOST_MEM_BLKMAP_UNPLUGGED);
	/* As with hugetlb: one of them was reached, and is referenced. */
	if (unit_reached) {
		vhost_mem_blkmap_plug(&region->guard.limbo, first, 1);
		bytes = region->block_size;
	}
	return bytes;
}

void vhost_mem_gate_plug(struct vhost_mem_region *region, u64 first, u64 nr)
{
	REQUIRE(region->blocks_lock.held && !region->config_lock.held);
	REQUIRE(vhost_mem_blkmap_state(&region->guard.limbo, first, nr) ==
		VHOST_MEM_BLKMAP_UNPLUGGED);
	vhost_mem_blkmap_plug(&region->blkmap, first, nr);
}

int vhost_mem_gate_unplug(struct vhost_mem_region *region, u64 first, u64 nr,
			  s64 *limbo)
{
	REQUIRE(region->blocks_lock.held && !region->config_lock.held);
	if (unit_pinned &&
	    vhost_mem_blkmap_state(&region->blkmap, first, nr) !=
	    VHOST_MEM_BLKMAP_UNPLUGGED)
		return -EBUSY;
	*limbo = 0;
	if (unit_reached && vhost_mem_blkmap_test(&region->blkmap, first)) {
		vhost_mem_blkmap_plug(&region->guard.limbo, first, 1);
		*limbo = region->block_size;
	}
	vhost_mem_blkmap_unplug(&region->blkmap, first, nr);
	return 0;
}

u64 vhost_mem_gate_unplug_forced(struct vhost_mem_region *region, u64 first,
				 u64 nr)
{
	u64 bytes = 0;

	REQUIRE(region->blocks_lock.held && !region->config_lock.held);
	for (u64 i = first; unit_pinned && i < first + nr; i++) {
		if (!vhost_mem_blkmap_test(&region->blkmap, i))
			continue;
		vhost_mem_blkmap_plug(&region->guard.limbo, i, 1);
		bytes += region->block_size;
	}
	vhost_mem_blkmap_unplug(&region->blkmap, first, nr);
	return bytes;
}

u64 vhost_mem_gate_retry_limbo(struct vhost_mem_region *region)
{
	u64 first, end = 0, bytes = 0;

	REQUIRE(region->blocks_lock.held && !region->config_lock.held);
	while (!unit_pinned && !unit_reached &&
	       vhost_mem_blkmap_next_run(&region->guard.limbo, end, &first,
					 &end)) {
		vhost_mem_blkmap_unplug(&region->guard.limbo, first,
					end - first);
		bytes += (end - first) * region->block_size;
	}
	return bytes;
}

void vhost_mem_gate_discard(struct vhost_mem_region *region, u64 pos, u64 end)
{
	REQUIRE(region->blocks_lock.held && pos <= end && end <= region->size);
}

/* registry.c */
void vhost_mem_registry_assert_locked(void)
{
}

void vhost_mem_registry_lock_config(struct vhost_mem_region *region)
{
	spin_lock(&region->config_lock);
}

void vhost_mem_registry_unlock_config(struct vhost_mem_region *region)
{
	spin_unlock(&region->config_lock);
}

/* notify.c */
void vhost_mem_notify(struct vhost_mem_region *region,
		      enum vhost_mem_event event)
{
	REQUIRE(region->config_lock.held);
	region->notify.pending |= 1UL << event;
}

/* call.c */
void vhost_mem_call_set(struct vhost_mem_call *call, struct eventfd_ctx *ctx)
{
	call->ctx = ctx;
}

void vhost_mem_call_signal(struct vhost_mem_call *call)
{
	if (call->ctx)
		call->ctx->signals++;
}

void vhost_mem_call_close(struct vhost_mem_call *call)
{
	call->ctx = NULL;
}

static unsigned int nr_regions;

void unit_region_init(struct unit_region *unit, u64 nr_blocks, u64 block_size,
		      u64 addr)
{
	struct vhost_mem_region *region = &unit->region;

	nr_regions++;
	memset(unit, 0, sizeof(*unit));
	memset(&vhost_mem_pool_default, 0, sizeof(vhost_mem_pool_default));
	vhost_mem_pool_init(&vhost_mem_pool_default, "default",
			    VHOST_MEM_POOL_UNLIMITED);
	region->size = nr_blocks * block_size;
	region->block_size = block_size;
	vhost_mem_defaults_apply(region);
	REQUIRE(nr_blocks <= MODEL_BLOCKS_MAX);
	REQUIRE(!vhost_mem_geometry_check(region->size, block_size, 4096));
	REQUIRE(!vhost_mem_blkmap_init(&region->blkmap, nr_blocks));
	REQUIRE(!vhost_mem_blkmap_init(&region->guard.limbo, nr_blocks));
	REQUIRE(!vhost_mem_config_set_addr(region, addr));
	vhost_mem_config_set_call(region, &unit->call);
	unit->model = (struct model) {
		.addr = addr,
		.block_size = block_size,
		.nr_blocks = nr_blocks,
		.limit = nr_blocks * block_size,
	};
}

void unit_region_free(struct unit_region *unit)
{
	vhost_mem_job_free(&unit->region);
	/* Jobs of the others refer to the process, too. */
	nr_regions--;
	REQUIRE(nr_regions || !current->pid->count);
	vhost_mem_blkmap_free(&unit->region.guard.limbo);
	vhost_mem_blkmap_free(&unit->region.blkmap);
}

static u64 model_plugged(const struct model *model)
{
	u64 bytes = 0;

	for (u64 i = 0; i < model->nr_blocks; i++)
		bytes += model->plugged[i] * model->block_size;
	return bytes;
}

static u64 model_limbo(const struct model *model)
{
	u64 bytes = 0;

	for (u64 i = 0; i < model->nr_blocks; i++)
		bytes += model->limbo[i] * model->block_size;
	return bytes;
}

static u64 model_usable(const struct model *model)
{
	u64 size = model->nr_blocks * model->block_size;
	u64 usable = 0;

	if (!model->requested)
		return 0;
	while (usable < size && usable < model->requested + (4ULL << 30))
		usable += model->block_size;
	return usable;
}

/*
 * What uapi/linux/vhost_mem.h says about a range. Changes the model if that is
 * what is asked for; @state is what the blocks were before.
 */
static int model_range(struct model *model, u16 type, u64 addr, u64 length,
		       u16 *state)
{
	__uint128_t end = (__uint128_t)addr + length;
	u64 plugged = 0, first, nr;

	if (!length || addr % model->block_size || length % model->block_size)
		return -EINVAL;
	if (addr < model->addr ||
	    end > (__uint128_t)model->addr + model->usable)
		return -ERANGE;
	first = (addr - model->addr) / model->block_size;
	nr = length / model->block_size;
	for (u64 i = first; i < first + nr; i++)
		plugged += model->plugged[i];
	*state = plugged == nr ? VIRTIO_MEM_STATE_PLUGGED :
		 plugged ? VIRTIO_MEM_STATE_MIXED : VIRTIO_MEM_STATE_UNPLUGGED;

	switch (type) {
	case VIRTIO_MEM_REQ_PLUG:
		if (model_plugged(model) + length > model->requested)
			return -ENOSPC;
		if (plugged)
			return -EEXIST;
		for (u64 i = first; i < first + nr; i++)
			if (model->limbo[i])
				return -EBUSY;
		if (model_plugged(model) + model_limbo(model) + length >
		    model->requested)
			return -EBUSY;
		memset(model->plugged + first, 1, nr);
		break;
	case VIRTIO_MEM_REQ_UNPLUG:
		if (plugged != nr)
			return -ENOENT;
		if (unit_pinned)
			return -EBUSY;
		memset(model->plugged + first, 0, nr);
		break;
	}
	return 0;
}

static int model_unplug_all(struct model *model, bool force)
{
	if (unit_pinned && !force && model_plugged(model))
		return -EBUSY;
	for (u64 i = 0; unit_pinned && i < model->nr_blocks; i++)
		model->limbo[i] |= model->plugged[i];
	memset(model->plugged, 0, sizeof(model->plugged));
	model->usable = model_usable(model);
	return 0;
}

/* What the specification says about a request. */
static struct vhost_mem_response model_request(struct model *model, u16 type,
					     u64 addr, u16 nb_blocks)
{
	struct vhost_mem_response response = { .type = VIRTIO_MEM_RESP_ERROR };
	u16 state = 0;
	int ret;

	switch (type) {
	case VIRTIO_MEM_REQ_UNPLUG_ALL:
		ret = model_unplug_all(model, false);
		break;
	case VIRTIO_MEM_REQ_PLUG:
	case VIRTIO_MEM_REQ_UNPLUG:
	case VIRTIO_MEM_REQ_STATE:
		ret = model_range(model, type, addr,
				  model->block_size * nb_blocks, &state);
		break;
	default:
		return response;
	}
	if (!ret)
		response.type = VIRTIO_MEM_RESP_ACK;
	else if (ret == -ENOSPC)
		response.type = VIRTIO_MEM_RESP_NACK;
	else if (ret == -EBUSY)
		response.type = VIRTIO_MEM_RESP_BUSY;
	if (!ret && type == VIRTIO_MEM_REQ_STATE)
		response.state = state;
	return response;
}

void unit_confirm(struct unit_region *unit, bool on, enum unit_answer answer)
{
	vhost_mem_confirm_set(&unit->region, on ? &unit->asks : NULL,
			      on ? 1000 : 0);
	vhost_mem_confirm_start(&unit->region, &unit->resume);
	unit->answer = answer;
}

/* What is taken by force, or was in use when it was undone. */
static void model_lose(struct model *model, u64 first, u64 nr)
{
	for (u64 i = first; i < first + nr; i++) {
		model->limbo[i] |= unit_pinned;
		model->plugged[i] = 0;
	}
}

/* @before: the model without the request; the model has it. */
static void answer_asked(struct unit_region *unit, const struct model *before,
			 const struct vhost_mem_request *request,
			 struct vhost_mem_response *expected)
{
	struct vhost_mem_region *region = &unit->region;
	struct model *model = &unit->model;
	bool plug = request->type == VIRTIO_MEM_REQ_PLUG;
	struct vhost_mem_pending pending = {};
	u64 first, nr;
	int ret;

	REQUIRE(!vhost_mem_confirm_fetch(region, &pending));
	first = pending.offset / model->block_size;
	nr = pending.length / model->block_size;
	REQUIRE(request->type == VIRTIO_MEM_REQ_UNPLUG_ALL ?
		!first && nr == model->nr_blocks :
		first == (request->addr - model->addr) / model->block_size &&
		nr == request->nb_blocks);
	/* It is charged before it is plugged. */
	REQUIRE(region->share.used ==
		region->sizes.plugged + region->sizes.limbo +
		(plug ? pending.length : 0));
	switch (unit->answer) {
	case UNIT_DONE:
		ret = vhost_mem_confirm_apply(region, pending.seq,
					      VHOST_MEM_CONFIRM_DONE);
		if (!ret)
			return;
		REQUIRE(ret == -EBUSY && !plug);
		REQUIRE(!vhost_mem_confirm_apply(region, pending.seq,
						 VHOST_MEM_CONFIRM_FAILED));
		return;
	case UNIT_FORCE:
		ret = vhost_mem_confirm_apply(region, pending.seq,
					      VHOST_MEM_CONFIRM_FORCE);
		expected->type = VIRTIO_MEM_RESP_ACK;
		if (plug) {
			REQUIRE(ret == -EINVAL);
			REQUIRE(!vhost_mem_confirm_apply(region, pending.seq,
							 VHOST_MEM_CONFIRM_DONE));
		} else {
			REQUIRE(!ret);
			*model = *before;
			if (request->type == VIRTIO_MEM_REQ_UNPLUG_ALL)
				model_unplug_all(model, true);
			else
				model_lose(model, first, nr);
		}
		return;
	case UNIT_FAILED:
		REQUIRE(!vhost_mem_confirm_apply(region, pending.seq,
						 VHOST_MEM_CONFIRM_FAILED));
		break;
	case UNIT_CANCEL:
		vhost_mem_confirm_set(region, &unit->asks, 1000);
		break;
	default:
		vhost_mem_confirm_stop(region);
		vhost_mem_confirm_start(region, &unit->resume);
		break;
	}
	REQUIRE(vhost_mem_confirm_apply(region, pending.seq,
					VHOST_MEM_CONFIRM_DONE) == -ESTALE);
	*model = *before;
	if (plug)
		model_lose(model, first, nr);
	expected->type = VIRTIO_MEM_RESP_BUSY;
}

/* As vq.c does it. */
static void take_answer(struct unit_region *unit,
			const struct vhost_mem_request *request,
			const struct model *before,
			struct vhost_mem_response *response,
			struct vhost_mem_response *expected)
{
	struct vhost_mem_region *region = &unit->region;
	struct vhost_mem_request asked;
	ktime_t begin;
	int signals;

	REQUIRE(region->asked.timeout && vhost_mem_asked_is_open(region));
	REQUIRE(!vhost_mem_confirm_take(region, &asked, response, &begin));
	signals = unit->resume.scheduled;
	answer_asked(unit, before, request, expected);
	REQUIRE(!vhost_mem_asked_is_open(region) && !region->asked.hidden);
	if (unit->answer == UNIT_STOP) {
		REQUIRE(!vhost_mem_confirm_take(region, &asked, response, &begin));
		response->type = VIRTIO_MEM_RESP_BUSY;
		return;
	}
	REQUIRE(unit->resume.scheduled == signals + 1);
	REQUIRE(vhost_mem_confirm_take(region, &asked, response, &begin));
	REQUIRE(!memcmp(&asked, request, sizeof(asked)));
	REQUIRE(!vhost_mem_confirm_take(region, &asked, response, &begin));
}

u16 unit_request(struct unit_region *unit, u16 type, u64 addr, u16 nb_blocks)
{
	struct vhost_mem_request request = {
		.type = type, .addr = addr, .nb_blocks = nb_blocks,
	};
	/* Every member has to be filled in. */
	struct vhost_mem_response response = { .type = 99, .state = 99 };
	const struct model before = unit->model;
	struct vhost_mem_response expected;

	vhost_mem_request_serve(&unit->region, &request, &response);
	expected = model_request(&unit->model, type, addr, nb_blocks);
	if (response.error == -EINPROGRESS)
		take_answer(unit, &request, &before, &response, &expected);
	else if (unit->region.asked.timeout && type != VIRTIO_MEM_REQ_STATE)
		REQUIRE(response.type != VIRTIO_MEM_RESP_ACK);
	if (response.type != expected.type || response.state != expected.state) {
		fprintf(stderr,
			"request %u addr 0x%llx nb_blocks %u: response %u state %u, expected %u %u\n",
			type, addr, nb_blocks, response.type, response.state,
			expected.type, expected.state);
		abort();
	}
	return response.type;
}

int unit_resize(struct unit_region *unit, u64 requested)
{
	struct model *model = &unit->model;
	u64 size = model->nr_blocks * model->block_size;
	u64 generation = unit->region.sizes.generation;
	int signals = unit->call.signals;
	int expected = 0;
	int ret;

	ret = vhost_mem_change_requested(&unit->region, requested);
	if (requested % model->block_size)
		expected = -EINVAL;
	else if (requested > size)
		expected = -ERANGE;
	else if (requested > model->limit)
		expected = -EDQUOT;
	REQUIRE(ret == expected);
	REQUIRE(unit->call.signals - signals == !expected);
	REQUIRE(unit->region.sizes.generation - generation == !expected);
	if (expected)
		return ret;
	model->requested = requested;
	model->usable = max(model->usable, model_usable(model));
	return 0;
}

void unit_limit(struct unit_region *unit, u64 limit)
{
	struct vhost_mem_change change = { .what = VHOST_MEM_CHANGE_LIMIT };
	struct model *model = &unit->model;

	limit = min(limit / model->block_size, model->nr_blocks) *
		model->block_size;
	change.limit = limit;
	REQUIRE(!vhost_mem_change_apply(&unit->region, &change));
	model->limit = limit;
	model->requested = min(model->requested, limit);
	REQUIRE(unit->region.sizes.limit == limit);
}

/* The part of a range that counts: none of it, if it is malformed. */
static u16 model_proposal(struct model *model, const struct vhost_mem_report_policy *policy,
		      u64 size)
{
	u64 most = min(policy->max, model->limit);

	if (size == model->requested)
		return VHOST_MEM_REPORT_DECISION_GRANTED;
	if (policy->policy == VHOST_MEM_POLICY_MANUAL)
		return VHOST_MEM_REPORT_DECISION_PENDING;
	if (policy->policy == VHOST_MEM_POLICY_DENY)
		return VHOST_MEM_REPORT_DECISION_DENIED;
	if (size > model->requested && most <= model->requested)
		return VHOST_MEM_REPORT_DECISION_DENIED;
	if (size > model->requested)
		model->requested = min(min(size, most), model->requested + policy->step);
	else
		model->requested = size;
	model->usable = max(model->usable, model_usable(model));
	return model->requested == size ? VHOST_MEM_REPORT_DECISION_GRANTED :
					  VHOST_MEM_REPORT_DECISION_PARTIAL;
}

void unit_proposal(struct unit_region *unit, const struct vhost_mem_report_policy *policy,
	       u64 size, u16 reason)
{
	struct model *model = &unit->model;
	struct vhost_mem_message message = {
		.type = VHOST_MEM_REQ_PROPOSAL, .code = reason, .value = size,
	};
	u64 generation = unit->region.sizes.generation, old = model->requested;
	struct vhost_mem_change change = { .what = VHOST_MEM_CHANGE_POLICY };
	struct vhost_mem_response response;

	change.policy = *policy;
	REQUIRE(!vhost_mem_change_apply(&unit->region, &change));
	vhost_mem_report_serve(&unit->region, &message, &response);
	if (reason > VHOST_MEM_REPORT_REASON_IDLE || size % model->block_size ||
	    size / model->block_size > model->nr_blocks) {
		REQUIRE(response.type == VIRTIO_MEM_RESP_ERROR && !response.state);
	} else {
		REQUIRE(response.type == VIRTIO_MEM_RESP_ACK);
		REQUIRE(response.state == model_proposal(model, policy, size));
		REQUIRE(unit->region.report.proposal.size == size);
	}
	REQUIRE(unit->region.sizes.generation - generation == (old != model->requested));
	REQUIRE(unit->region.sizes.requested == model->requested);
}

int unit_range(struct unit_region *unit, bool plug, u64 addr, u64 length)
{
	u16 state;
	int ret;

	ret = plug ? vhost_mem_blocks_plug(&unit->region, addr, length) :
		     vhost_mem_blocks_unplug(&unit->region, addr, length);
	REQUIRE(ret == model_range(&unit->model, plug ? VIRTIO_MEM_REQ_PLUG :
				   VIRTIO_MEM_REQ_UNPLUG, addr, length,
				   &state));
	return ret;
}

int unit_reset(struct unit_region *unit, bool force)
{
	int ret = vhost_mem_blocks_unplug_all(&unit->region, force);

	REQUIRE(ret == model_unplug_all(&unit->model, force));
	return ret;
}

void unit_retry_limbo(struct unit_region *unit)
{
	struct model *model = &unit->model;

	if (!unit_pinned)
		memset(model->limbo, 0, sizeof(model->limbo));
	REQUIRE(vhost_mem_blocks_retry_limbo(&unit->region) ==
		!!model_limbo(model));
}

void unit_compare(struct unit_region *unit)
{
	struct vhost_mem_region *region = &unit->region;
	struct model *model = &unit->model;
	struct virtio_mem_config config;
	u64 map[MODEL_BLOCKS_MAX / 64];
	u64 generation, i;

	vhost_mem_config_get(region, &config, &generation);
	REQUIRE(le64toh(config.block_size) == model->block_size);
	REQUIRE(le64toh(config.addr) == model->addr);
	REQUIRE(le64toh(config.region_size) ==
		model->nr_blocks * model->block_size);
	REQUIRE(le64toh(config.requested_size) == model->requested);
	REQUIRE(le64toh(config.usable_region_size) == model->usable);
	REQUIRE(le64toh(config.plugged_size) == model_plugged(model));

	REQUIRE(region->sizes.limbo == model_limbo(model));
	/* What kmod/job.h says of a job that has not ended. */
	REQUIRE(!region->jobs.current_job.id ||
		(region->jobs.current_job.target == region->sizes.requested &&
		 region->sizes.requested != region->sizes.plugged));
	REQUIRE(!vhost_mem_migrate_get_map(region, 0, model->nr_blocks, map));
	for (i = 0; i < model->nr_blocks; i++) {
		REQUIRE(vhost_mem_blkmap_test(&region->blkmap, i) ==
			model->plugged[i]);
		REQUIRE(vhost_mem_blkmap_test(&region->guard.limbo, i) ==
			model->limbo[i]);
		REQUIRE((map[i / 64] >> (i % 64) & 1) == model->plugged[i]);
	}
	REQUIRE(!vhost_mem_blkmap_test(&region->blkmap, model->nr_blocks));
	REQUIRE(!vhost_mem_blkmap_test(&region->blkmap, ~0ULL));
	REQUIRE(!region->blocks_lock.held && !region->config_lock.held);
}
