// SPDX-License-Identifier: GPL-2.0
/* The commands for leases, memory for VMs that do not exist yet: lease, lease add, del. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "command.h"
#include "escape.h"
#include "nl.h"
#include "region.h"

#define CELL_MAX	(REGION_STRING_MAX * 4)

static bool has(const struct lease *lease, int attr)
{
	return lease->present & 1ULL << attr;
}

static int take_lease(struct nlmsghdr *nlh, void *arg)
{
	struct lease *lease = arg;

	memset(lease, 0, sizeof(*lease));
	lease->present = attrs_decode(lease, lease_attrs, lease_policy,
				      VHOST_MEM_A_LEASE_MAX, nlh);
	return has(lease, VHOST_MEM_A_LEASE_NUMBER) && has(lease, VHOST_MEM_A_LEASE_SIZE) ?
	       0 : -EBADMSG;
}

/* Prints while the kernel replies: a table of leases has no widths to find first. */
struct listing {
	struct out *out;
	size_t nr;
};

static void json_lease(FILE *file, const struct lease *lease)
{
	fprintf(file, "\"%" PRIu64 "\":", lease->number);
	out_json_object(file, lease, lease->present, lease_attrs, VHOST_MEM_A_LEASE_MAX);
}

static void text_lease(FILE *file, const struct lease *lease)
{
	char size[SIZE_TEXT_MAX], name[CELL_MAX], pool[CELL_MAX], user[16] = "-";

	if (has(lease, VHOST_MEM_A_LEASE_USER))
		snprintf(user, sizeof(user), "%u", lease->user);
	fprintf(file, "%6" PRIu64 "  %-16s  %-16s  %10s  %6s  %6" PRIu64 " s\n", lease->number,
		escape_text(name, sizeof(name), lease->name),
		escape_text(pool, sizeof(pool), lease->pool),
		size_format(size, lease->size), user, lease->expires_in / 1000);
}

static int list_lease(struct nlmsghdr *nlh, void *arg)
{
	struct listing *listing = arg;
	struct lease lease;

	if (take_lease(nlh, &lease))
		return -EBADMSG;
	if (listing->out->json) {
		fputs(listing->nr++ ? "," : "", listing->out->file);
		json_lease(listing->out->file, &lease);
	} else {
		text_lease(listing->out->file, &lease);
	}
	return 0;
}

int cmd_lease(struct context *ctx)
{
	struct listing listing = { .out = &ctx->out };
	struct nl_msg *msg = vnl_message(&ctx->nl, VHOST_MEM_CMD_LEASE_GET, NLM_F_DUMP);
	int ret;

	if (ctx->out.json)
		fputs("{\"lease\":{", ctx->out.file);
	else
		fprintf(ctx->out.file, "%6s  %-16s  %-16s  %10s  %6s  %8s\n", "NUMBER",
			"NAME", "POOL", "SIZE", "USER", "EXPIRES");
	ret = msg ? vnl_talk(&ctx->nl, msg, list_lease, &listing, NULL) : -ENOMEM;
	if (ret)
		return vnl_refused(&ctx->nl, ret, "listing the leases");
	if (ctx->out.json)
		fputs("}}\n", ctx->out.file);
	return STATUS_OK;
}

int cmd_lease_add(struct context *ctx)
{
	struct nl_msg *msg = vnl_message(&ctx->nl, VHOST_MEM_CMD_LEASE_ADD, 0);
	const struct cmdline *cl = ctx->cl;
	struct lease lease;
	int ret = -ENOMEM;

	if (cl->size.kind != SIZE_ABSOLUTE || !strcmp(cl->size.text, "none")) {
		error("size \"%s\" of a lease: use a size, such as 8G", cl->size.text);
		nlmsg_free(msg);
		return STATUS_USAGE;
	}
	if (msg && (nla_put_string(msg, VHOST_MEM_A_LEASE_NAME, cl->id) < 0 ||
		    nla_put_u64(msg, VHOST_MEM_A_LEASE_SIZE, cl->size.value) < 0 ||
		    (cl->pool && nla_put_string(msg, VHOST_MEM_A_LEASE_POOL, cl->pool) < 0) ||
		    (cl->given & GIVEN_USER &&
		     nla_put_u32(msg, VHOST_MEM_A_LEASE_USER, cl->user) < 0) ||
		    (cl->given & GIVEN_FOR &&
		     nla_put_u64(msg, VHOST_MEM_A_LEASE_TIME, cl->for_ms) < 0))) {
		nlmsg_free(msg);
		msg = NULL;
	}
	if (msg)
		ret = vnl_talk(&ctx->nl, msg, take_lease, &lease, NULL);
	if (ret)
		return vnl_refused(&ctx->nl, ret, "adding the lease");
	/* The number alone: a script passes it on to QEMU. */
	if (ctx->out.json) {
		fputs("{\"lease\":{", ctx->out.file);
		json_lease(ctx->out.file, &lease);
		fputs("}}\n", ctx->out.file);
	} else {
		fprintf(ctx->out.file, "%" PRIu64 "\n", lease.number);
	}
	return STATUS_OK;
}

int cmd_lease_del(struct context *ctx)
{
	struct nl_msg *msg = vnl_message(&ctx->nl, VHOST_MEM_CMD_LEASE_DEL, 0);
	int ret;

	if (msg && nla_put_u64(msg, VHOST_MEM_A_LEASE_NUMBER, ctx->cl->number) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	ret = msg ? vnl_talk(&ctx->nl, msg, NULL, NULL, NULL) : -ENOMEM;
	if (ret == -ENOENT) {
		error("no lease %" PRIu64 "; it was used, deleted, or has expired; see 'vmemctl lease'",
		      ctx->cl->number);
		return STATUS_USAGE;
	}
	if (ret)
		return vnl_refused(&ctx->nl, ret, "deleting the lease");
	if (!ctx->out.json)
		fprintf(ctx->out.file, "lease %" PRIu64 ": deleted\n", ctx->cl->number);
	else
		fputs("{\"lease\":{}}\n", ctx->out.file);
	return STATUS_OK;
}
