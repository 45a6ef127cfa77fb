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

LIB		+= $(addprefix auto/,assess decide decide_text facts host share)
AUTO		:= $(addprefix auto/,cmd_auto cmd_rules daemon fleet replay rules say vm)
# The hosts that the tests simulate.
AUTO_SIM	:= $(addprefix auto/sim/,compare ours others sim traces)
