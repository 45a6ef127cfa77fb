# SPDX-License-Identifier: GPL-2.0
# What 'vmemctl auto' and 'vmemctl rules' are made of; included by ../Makefile.

AUTO_PACKAGES	:= json-c inih libsystemd
ifneq ($(AUTO_PACKAGES),)
AUTO_LIBS	:= $(shell $(PKG_CONFIG) --libs $(AUTO_PACKAGES))
ifeq ($(AUTO_LIBS),)
$(error one of $(AUTO_PACKAGES) is missing: install libjson-c-dev, libinih-dev and libsystemd-dev)
endif
BASE_CFLAGS	+= $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags $(AUTO_PACKAGES)))
endif

LIB		+= $(addprefix auto/,assess decide decide_text facts host share vm)
AUTO		:= $(addprefix auto/,apply cmd_auto cmd_rules daemon fleet replay rules say)
# The hosts that the tests simulate.
AUTO_SIM	:= $(addprefix auto/sim/,compare ours others sim traces)

.DEFAULT_GOAL	:= all

# The table of the comparison, written into the document. The tests compare the two.
AUTO_DOCUMENT	:= ../../Documentation/virt/vhost-mem-auto.rst

auto-table: $(O)/vmemctl-tests
	$(Q)AUTO_TABLE=$(O)/auto-table $(O)/vmemctl-tests auto_is_better_than_others >/dev/null || :
	$(Q)awk '/^\.\. end of the table/ { skip = 0 } !skip { print } \
		/^\.\. table of make auto-table/ { print ""; while ((getline line < "$(O)/auto-table") > 0) print line; \
		print ""; skip = 1 }' $(AUTO_DOCUMENT) >$(O)/auto-document
	$(Q)cat $(O)/auto-document >$(AUTO_DOCUMENT)

$(O)/sim-plot: $(AUTO_SIM:%=$(O)/obj/%.o) $(addprefix $(O)/obj/auto/,sim/plot.o assess.o decide.o share.o)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm

# Needs python3-matplotlib.
plots: $(O)/sim-plot
	$(Q)$(O)/sim-plot >$(O)/auto-comparison.csv
	$(Q)auto/sim/plot.py $(O)/auto-comparison.csv $(O)/auto-comparison.svg
	@echo $(O)/auto-comparison.svg

.PHONY: auto-table plots
