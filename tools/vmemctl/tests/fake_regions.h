/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The words of $FAKE, and the regions as these want them.
 *
 * The environment variable FAKE lists what to simulate:
 *
 *  regions	the module is loaded and has the regions of fixture.c; without
 *		this word there is no family
 *  netns	there is no family but the module is loaded
 *  empty	the module is loaded but there is no region
 *  plug	a guest plugs or unplugs 512 MiB whenever its region is asked for
 *  gone	vm1 is gone when it is asked for again after a resize
 *  unload	likewise, and the module with it: there is only that event
 *  goneevent	the resize is followed by the event that vm1 is gone
 *  other	somebody else sets 4 GiB after our resize
 *  twins	the regions called twin are of two VMs
 *  limit	the limit of vm1 is 6 GiB
 *  pools	there are pools: "default", 16 GiB and 2 GiB too small for what is
 *		charged; and "gold", empty and unlimited. vm1 is in the first one
 *  race	somebody else sets a limit of 1 GiB before our resize
 *  old	the module does not support limits, violations, reasons or proposals
 *  steps	somebody else adds 1 GiB before our next change, once
 *  restless	likewise before each
 *  nodriver	no driver has started in the guest of vm1
 *  orphaned	the owner of vm1 has ended
 *  offline	vm1 has what was requested, and uses next to nothing of it
 *  limbo	512 MiB of vm1 are not free yet
 *  leaving	the device of vm1 is being removed
 *  silent	the guest of vm1 has proposed nothing
 *  granted	what it proposes was granted already
 *  proposalmore	it proposes 8 GiB
 *  proposalrace	it proposes 8 GiB before our next change
 *  violation	accesses are refused whenever vm1 is asked for after a resize; the
 *		sizes in these events are wrong
 *  stale	an event from before our resize is in the queue
 *  lost	events are lost
 *  noevents	there are no events
 *  extack	resizing is refused with a text, and with a control character
 *  eperm	resizing is refused without a text
 *  einval	likewise
 *  enoent	likewise
 *  vanish	the region is gone when it is asked for again after that
 *  edquot	likewise
 *  intr	the first dump is interrupted by a change
 *  intrforever	every dump is
 *  dumperr	a dump fails at its end
 *  story	events come right after the subscription; then the module is
 *		unloaded
 *  missed	events are lost, and then others; what they would have told is seen
 *		when the regions are read again; then the module is unloaded
 *  gap	the number of an event shows that one is missing
 *  spoof	an event that is not from the kernel
 *  jobs	the module has jobs, of which j17 of vm1 has not ended
 *  nojobs	the module has jobs, and there are none
 *  ended	the events of "story" include that the job of vm1 has ended
 *  raced	a job ends before it is cancelled
 *  strangers	the twins are of two VMs
 *  stats	the module has figures; each time more of vm1
 *  defaults	the module has defaults, and remembers of vm1 which rules were applied:
 *		FAKE_RULES is their number, if it is set
 *  clock	time passes only while a resize sleeps, and then at once; an event
 *		takes a millisecond
 *  sigint	SIGINT comes when the program begins to sleep for the first time
 *  refuses	moving vm1 to a pool is refused twice, and so is a size of pool "gold";
 *		then somebody sets a limit of 7 GiB; and when the rules of vm1 were applied
 *		the program gets SIGINT
 *  many	instead of the regions of fixture.c there are vm1 to vm1000
 */
#ifndef VMEMCTL_FAKE_REGIONS_H
#define VMEMCTL_FAKE_REGIONS_H

#include <stdbool.h>

#include <netlink/attr.h>

#include "region.h"

/* Is @word one of those that $FAKE has, between commas? */
bool plays(const char *word);

/* Fills in the NR_FIXTURE_REGIONS @regions, and their jobs, the first time. */
void fake_regions_load(struct region *regions);

/* An errno and @text if such a change is refused, or 0. */
int fake_region_refuses(struct region *region, struct nlattr **tb, const char **text);

/* What region-set sets besides the requested size, as the kernel does it. */
void fake_region_set_rules(struct region *region, struct nlattr **tb);

#endif /* VMEMCTL_FAKE_REGIONS_H */
