# SPDX-License-Identifier: GPL-2.0
# vhost-mem. For people: `make demo` shows it, `make check` tests it; both set
# up what they need on a fresh Debian 12. `make help` lists the rest.

SHELL := /bin/bash

# Neither make nor Kbuild can name files below it.
ifneq ($(words $(CURDIR)),1)
$(error "$(CURDIR)" has a blank in it, with which the kernel's build system does not work: move it)
endif

B := $(CURDIR)/build

# Kernels that everything is built for and tested on: the Debian packages that
# scripts/bootstrap has unpacked. For the running kernel: make module.
SERIES := 6.1 6.12
# Others, where scripts/fetch-kernel has unpacked them, with what builds modules for them.
FETCHED := $(filter-out $(SERIES),$(patsubst $(B)/kernels/%/root,%,$(wildcard $(B)/kernels/*/root)))
release = $(shell cat $(B)/kernels/$(1)/release 2>/dev/null)
root = $(shell cat $(B)/kernels/$(1)/root 2>/dev/null)
kdir_inside = $(if $(call root,$(1)),/usr/src/linux-headers-$(call release,$(1)),/lib/modules/$(call release,$(1))/build)
kdir = $(call root,$(1))$(call kdir_inside,$(1))
in_root = $(if $(call root,$(1)),scripts/kernel/in-root $(call root,$(1)) $(CURDIR))

# Extra arguments for Kbuild, as in: make modules W=1 C=2
KBUILD_ARGS := $(foreach v,W C CF KCFLAGS,$(if $($(v)),$(v)='$($(v))'))

DESTDIR ?=
PREFIX ?= /usr/local

.PHONY: help
help:
	@echo 'make demo        show the main job, on real parts, in a virtual host'
	@echo 'make demo-rfc    the demonstration of the mail that began it, beside its numbers'
	@echo 'make demo-report a guest that is short of memory asks for more, and survives'
	@echo 'make check       the tests for every change: a quarter of an hour'
	@echo 'make check-quick what needs no guest, and one pass of the quick kselftests: 4 minutes at most'
	@echo 'make check-matrix each scenario with each QEMU, kernel and guest driver, and the packages: hours'
	@echo 'make check-mutants brings faults back that were mended: a test has to fail'
	@echo 'make check-debug tests on kernels with KASAN, lockdep, KCSAN (builds them)'
	@echo 'make bootstrap   install what the others need (Debian packages)'
	@echo 'make all         build everything for the test kernels'
	@echo 'make module      vhost_mem.ko for the running kernel (or KDIR=...)'
	@echo 'make guest       vhost_mem_guest.ko, the driver for guests, for the test kernels'
	@echo 'make bench       compare with QEMU'"'"'s own virtio-mem, and make a page of it: hours'
	@echo 'make bench-guest compare it with the kernel'"'"'s own driver'
	@echo 'make bench-regions what vmemctl costs on a host with 1000 regions'
	@echo 'make bench-answers how fast memory is passed on from guest to guest'
	@echo 'make vmemctl     the command line tool'
	@echo 'make qemu        the QEMU device, for each QEMU it is tested with, or QEMU_SRC=...'
	@echo 'make install     module, vmemctl, QEMU device, udev rule; DESTDIR, PREFIX'
	@echo 'make uninstall   removes what make install has put there; DESTDIR, PREFIX'
	@echo 'make deb         Debian packages, in build/deb (see Documentation/virt/install.rst)'
	@echo 'make regen       write what follows from the netlink specification'
	@echo 'make clean       remove what was built, but not what was downloaded'

.PHONY: bootstrap
bootstrap:
	@scripts/bootstrap

# Goals below need what bootstrap provides, also to know their own names.
ifneq ($(filter all demo demo-rfc demo-report check check-quick check-matrix check-debug check-mutants,$(MAKECMDGOALS)),)
.PHONY: all demo demo-rfc demo-report check check-quick check-matrix check-debug check-mutants
all demo demo-rfc demo-report check check-quick check-matrix check-debug check-mutants: bootstrap
	@$(MAKE) --no-print-directory $@-bootstrapped
endif

.PHONY: all-bootstrapped
all-bootstrapped: modules zero-modules guest vmemctl qemu selftests e2e

demo-bootstrapped: SCENARIO := first-light
demo-rfc-bootstrapped: SCENARIO := demo-rfc
demo-report-bootstrapped: SCENARIO := guest-report
demo-report-bootstrapped: export PARTS := pressure
demo-report-bootstrapped: guest

.PHONY: demo-bootstrapped demo-rfc-bootstrapped demo-report-bootstrapped
demo-bootstrapped demo-rfc-bootstrapped demo-report-bootstrapped: modules vmemctl qemu e2e
	@scripts/host-vm --cpus 2 --mem 8G --timeout 900 -- env PROSE=1 PARTS="$$PARTS" selftests/e2e/scenarios/$(SCENARIO)

.PHONY: check-bootstrapped
check-bootstrapped:
	@scripts/check

.PHONY: check-quick-bootstrapped
check-quick-bootstrapped:
	@scripts/check static build quickvm unit

.PHONY: check-matrix-bootstrapped
check-matrix-bootstrapped: modules zero-modules guest vmemctl qemu selftests e2e
	@scripts/check packages matrix

.PHONY: check-debug-bootstrapped
check-debug-bootstrapped: modules vmemctl qemu selftests e2e guest
	@scripts/check debug

.PHONY: check-mutants-bootstrapped
check-mutants-bootstrapped: selftests
	@scripts/check mutants

# --- benchmarks ---

.PHONY: bench bench-bootstrapped
bench:
	@scripts/bootstrap --bench
	@$(MAKE) --no-print-directory bench-bootstrapped

bench-bootstrapped: modules guest vmemctl qemu selftests e2e
	@scripts/bench

# --- kernel module ---

.PHONY: modules
modules: $(SERIES:%=module-%)

.PHONY: $(SERIES:%=module-%) $(FETCHED:%=module-%)
$(SERIES:%=module-%) $(FETCHED:%=module-%): module-%:
	@scripts/build-module --kernel $(B)/kernels/$* $(call kdir,$*) $(B)/$(call release,$*) -s $(KBUILD_ARGS)

# With a low bound of references to zero pages, which selftests/device/zero_refs_test.c
# reaches. Only one file knows the bound: the others are those of the module, in a copy
# whose records of commands and lists of objects name the copy.
.PHONY: zero-modules $(SERIES:%=zero-module-%) $(FETCHED:%=zero-module-%)
zero-modules: $(SERIES:%=zero-module-%)
$(SERIES:%=zero-module-%) $(FETCHED:%=zero-module-%): zero-module-%: module-%
	@rm -rf $(B)/$(call release,$*)-zero
	@mkdir $(B)/$(call release,$*)-zero
	@cd $(B)/$(call release,$*) && cp -a Kbuild kmod uapi vhost-h Module.symvers modules.order .*.cmd ../$(call release,$*)-zero/
	@find $(B)/$(call release,$*)-zero '(' -name '.*.cmd' -o -name '*.mod' -o -name modules.order ')' -exec sed -i 's,$(B)/$(call release,$*)/,$(B)/$(call release,$*)-zero/,g' {} +
	@scripts/build-module --kernel $(B)/kernels/$* $(call kdir,$*) $(B)/$(call release,$*)-zero -s $(KBUILD_ARGS) CFLAGS_zero.o=-DVHOST_MEM_ZERO_REFS_MAX=16

KDIR ?= /lib/modules/$(shell uname -r)/build

.PHONY: module
module:
	@scripts/build-module $(KDIR) $(B)/module -s $(KBUILD_ARGS)

# --- guest driver ---

.PHONY: guest
guest: $(SERIES:%=guest-%)

.PHONY: $(SERIES:%=guest-%) $(FETCHED:%=guest-%)
$(SERIES:%=guest-%) $(FETCHED:%=guest-%): guest-%:
	@scripts/build-module --guest --kernel $(B)/kernels/$* $(call kdir,$*) $(B)/$(call release,$*) -s $(KBUILD_ARGS)

.PHONY: bench-guest
bench-guest: modules guest vmemctl qemu e2e
	@scripts/bench-guest

.PHONY: bench-regions
bench-regions: modules selftests vmemctl
	@scripts/bench-regions

.PHONY: bench-answers
bench-answers: modules selftests vmemctl
	@scripts/bench-answers

# --- user space ---

.PHONY: vmemctl
vmemctl: | $(B)/bin
	@$(MAKE) -s --no-print-directory -C tools/vmemctl O=$(B)/vmemctl
	@ln -sf $(B)/vmemctl/vmemctl $(B)/bin/vmemctl

# For each QEMU that is tested, or only the one that is named by QEMU_SRC=DIR, and
# QEMU=FILE if that is neither installed nor in build/. What is installed is for the
# QEMU that is installed.
QEMU_SRC ?= $(wildcard $(B)/qemu-src/*)
qemus := $(QEMU) qemu-system-x86_64 $(wildcard $(B)/qemu-*/qemu-system-x86_64)
qemu_version = $(shell qemu-system-x86_64 --version | sed -n 's/^QEMU emulator version \([0-9.]*\).*/\1/p')
installed_qemu_src = $(if $(word 2,$(QEMU_SRC)),$(B)/qemu-src/$(qemu_version),$(abspath $(QEMU_SRC)))

.PHONY: qemu
qemu: | $(B)/bin
	@for src in $(or $(abspath $(QEMU_SRC)),''); do \
		for qemu in $(qemus); do \
			case $$($$qemu --version 2>/dev/null) in \
			*" version $$(cat $$src/VERSION 2>/dev/null) "* | *" version $$(cat $$src/VERSION 2>/dev/null)"?Copyright*) break ;; \
			esac; \
		done; \
		$(MAKE) -s --no-print-directory -C qemu O=$(B)/qemu QEMU_SRC=$$src QEMU=$$qemu || exit; \
	done
	@ln -sf $(B)/qemu/qemu-system-x86_64-vhost-mem $(B)/bin/

.PHONY: selftests
selftests:
	@$(MAKE) -s --no-print-directory -C selftests O=$(B)/selftests

.PHONY: e2e
e2e: $(SERIES:%=e2e-%) | $(B)/bin
	@$(CC) -O2 -static -Wall -Wextra -Werror -o $(B)/bin/guest-vm scripts/vm/guest-vm-client.c
	@for tool in $(GUEST_TOOLS); do \
		$(CC) -O2 -static -pthread -Wall -Wextra -Werror -o $(B)/e2e/$$tool selftests/e2e/guest/$$tool.c || exit; \
	done

# Programs that run in guests, which have nothing to link them with.
GUEST_TOOLS := pattern touch rawnet kexec count memtotal hold kcore fill bench kernel_load

.PHONY: $(SERIES:%=e2e-%) $(FETCHED:%=e2e-%)
$(SERIES:%=e2e-%) $(FETCHED:%=e2e-%): e2e-%:
	@mkdir -p $(B)/e2e/$(call release,$*)
	@cp -ru selftests/e2e/guest/{Kbuild,compat,rogue.c,rogue_map.c,old_driver.c,wrong_device.c,bench_mem.c,bench_mem.h,edu.c} selftests/lib/edu_regs.h $(B)/e2e/$(call release,$*)/
	@$(call in_root,$*) $(if $(call root,$*),make,$(MAKE)) --no-print-directory -s -C $(call kdir_inside,$*) M=$(B)/e2e/$(call release,$*) VHOST_MEM_UAPI=$(CURDIR)/uapi CONFIG_DEBUG_INFO_BTF_MODULES= modules

$(B)/bin:
	@mkdir -p $@

# --- the rest ---

.PHONY: install
install: module vmemctl qemu
	release=$$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h) && \
	install -D -m 644 $(B)/module/kmod/vhost_mem.ko $(DESTDIR)/lib/modules/$$release/updates/vhost_mem.ko && \
	if [ -z "$(DESTDIR)" ]; then depmod $$release; fi
	$(MAKE) -C tools/vmemctl O=$(B)/vmemctl DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) install
	$(MAKE) -C qemu O=$(B)/qemu QEMU_SRC=$(installed_qemu_src) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) install
	$(MAKE) -C tools/libvirt DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) install
	install -D -m 644 scripts/60-vhost-mem.rules $(DESTDIR)/usr/lib/udev/rules.d/60-vhost-mem.rules

# Whatever kernels and QEMUs it was installed for.
.PHONY: uninstall
uninstall:
	rm -f $(DESTDIR)/lib/modules/*/updates/vhost_mem.ko $(DESTDIR)/usr/lib/udev/rules.d/60-vhost-mem.rules
	if [ -z "$(DESTDIR)" ]; then depmod -a; fi
	$(MAKE) -C tools/vmemctl O=$(B)/vmemctl DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) uninstall
	$(MAKE) -C tools/libvirt DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) uninstall
	$(MAKE) -C qemu O=$(B)/qemu DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) uninstall

.PHONY: deb
deb:
	@scripts/build-deb $(B)/deb

.PHONY: regen
regen:
	scripts/regen-netlink

.PHONY: clean
clean:
	rm -rf $(B)/bin $(B)/vmemctl $(B)/qemu $(B)/selftests $(B)/e2e $(B)/module $(foreach s,$(SERIES),$(B)/$(call release,$(s)) $(B)/$(call release,$(s))-zero)
