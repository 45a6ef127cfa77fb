# SPDX-License-Identifier: GPL-2.0
#
# The guest driver's files as they are, over a simulated guest, and the host module's
# for the device. Included by ../Makefile.

GUEST := $(S)/guest
DRIVER := $(filter-out sysfs vmcore,$(patsubst $(ROOT)/guest/%.c,%,$(wildcard $(ROOT)/guest/*.c)))
SIM := $(filter-out device fuzz,$(patsubst $(GUEST)/%.c,%,$(wildcard $(GUEST)/*.c)))
# What needs more than shim/ of the driver's own headers' names.
GUEST_SHIMMED := $(shell sed -n 's/^\#include <\(.*\.h\)>.*/\1/p' $(ROOT)/guest/*.[ch] \
		 $(ROOT)/guest/compat/*.h | sort -u | \
		 grep -vxE 'linux/(types|virtio_mem|vhost_mem_report|virtio_types)\.h')

GUEST_FLAGS := $(FLAGS) -fno-sanitize=alignment -Wno-sign-compare -Wno-unused-value -Wno-unused-variable \
	       -DKBUILD_MODNAME='"vhost_mem_guest"' -DHAVE_OFFLINE_SKIPS_PAGE_OFFLINE
GUEST_INCLUDE := -I$(O)/guest/shim -I$(GUEST)/shim -I$(S)/shim -I$(S) -I$(GUEST) \
		 -I$(ROOT)/guest -I$(ROOT)/uapi -I$(KTAP)
GUEST_HEADERS := $(wildcard $(GUEST)/*.h $(GUEST)/shim/*.h $(S)/shim/*.h $(ROOT)/guest/*.h \
		 $(ROOT)/guest/compat/*.h $(ROOT)/uapi/linux/*.h) $(KTAP)/ktap.h \
		 $(O)/guest/shim/stamp $(GUEST)/guest.mk
SANITIZE := -fsanitize=address,undefined

$(O)/guest/shim/stamp: $(GUEST)/guest.mk $(wildcard $(ROOT)/guest/*.[ch])
	rm -rf $(@D) && mkdir -p $(O)/guest/driver $(O)/guest/device $(O)/guest/sim
	@for h in $(GUEST_SHIMMED) linux/virtio.h; do \
		mkdir -p $(@D)/$$(dirname $$h) && \
		echo '#include "guest_kernel.h"' >$(@D)/$$h || exit 1; \
	done
	@printf '#include_next <linux/types.h>\n#include "guest_kernel.h"\n' \
		>$(@D)/linux/types.h
	@printf '#include_next <linux/virtio_types.h>\n' >$(@D)/linux/virtio_types.h
	touch $@

$(O)/guest/driver/%.o: $(ROOT)/guest/%.c $(GUEST_HEADERS)
	$(CC) $(SANITIZE) $(GUEST_FLAGS) $(GUEST_INCLUDE) -c -o $@ $<

$(O)/guest/sim/%.o: $(GUEST)/%.c $(GUEST_HEADERS)
	$(CC) $(SANITIZE) $(GUEST_FLAGS) $(GUEST_INCLUDE) -c -o $@ $<

$(O)/guest/device/device.o: $(GUEST)/device.c $(GUEST)/device.h $(HEADERS) $(O)/guest/shim/stamp
	$(CC) $(FLAGS) $(SANITIZE) $(INCLUDE) -I$(S) -c -o $@ $<

$(O)/guest/device/%.o: $(ROOT)/kmod/%.c $(HEADERS) $(O)/guest/shim/stamp
	$(CC) $(FLAGS) $(SANITIZE) $(INCLUDE) -c -o $@ $<

$(O)/guest/device/unit-%.o: $(S)/%.c $(HEADERS) $(O)/guest/shim/stamp
	$(CC) $(FLAGS) $(SANITIZE) $(INCLUDE) -c -o $@ $<

$(O)/guest/guest: $(DRIVER:%=$(O)/guest/driver/%.o) $(SIM:%=$(O)/guest/sim/%.o) \
		  $(KMOD:%=$(O)/guest/device/%.o) $(O)/guest/device/unit-region.o \
		  $(O)/guest/device/device.o $(O)/ktap.o
	$(CC) $(SANITIZE) -o $@ $^

# The same for the fuzzer, with what it has to see.
FUZZ_SANITIZE := -fsanitize=fuzzer-no-link,address,undefined
FUZZ_FLAGS := $(FUZZ_SANITIZE) -Wno-c2x-extensions
GUEST_FUZZ := $(DRIVER:%=$(O)/guest/fuzzed/driver/%.o) \
	      $(filter-out %/main.o %/cases.o,$(SIM:%=$(O)/guest/fuzzed/sim/%.o)) \
	      $(O)/guest/fuzzed/sim/fuzz.o $(KMOD:%=$(O)/guest/fuzzed/device/%.o) \
	      $(O)/guest/fuzzed/device/unit-region.o $(O)/guest/fuzzed/device/device.o

$(O)/guest/fuzzed/driver/%.o: $(ROOT)/guest/%.c $(GUEST_HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(FUZZ_FLAGS) $(GUEST_FLAGS) $(GUEST_INCLUDE) -c -o $@ $<

$(O)/guest/fuzzed/sim/%.o: $(GUEST)/%.c $(GUEST_HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(FUZZ_FLAGS) $(GUEST_FLAGS) $(GUEST_INCLUDE) -c -o $@ $<

$(O)/guest/fuzzed/device/device.o: $(GUEST)/device.c $(GUEST)/device.h $(HEADERS) $(O)/guest/shim/stamp
	@mkdir -p $(@D)
	$(CLANG) $(FLAGS) $(FUZZ_FLAGS) $(INCLUDE) -I$(S) -c -o $@ $<

$(O)/guest/fuzzed/device/%.o: $(ROOT)/kmod/%.c $(HEADERS) $(O)/guest/shim/stamp
	@mkdir -p $(@D)
	$(CLANG) $(FLAGS) $(FUZZ_FLAGS) $(INCLUDE) -c -o $@ $<

$(O)/guest/fuzzed/device/unit-%.o: $(S)/%.c $(HEADERS) $(O)/guest/shim/stamp
	@mkdir -p $(@D)
	$(CLANG) $(FLAGS) $(FUZZ_FLAGS) $(INCLUDE) -c -o $@ $<

$(O)/guest/fuzz: $(GUEST_FUZZ)
	$(CLANG) -fsanitize=fuzzer,address,undefined -o $@ $^

# Nothing is kept: to read what was found before would take longer than the time given.
fuzz-guest: $(O)/guest/fuzz
	cd $(O)/guest && ./fuzz -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -len_control=0 \
		-print_final_stats=1

check-guest: $(O)/guest/guest
	SEED=$(SEED) $(O)/guest/guest

.PHONY: check-guest fuzz-guest
.SECONDARY:
