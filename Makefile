# Parley: make run, make test.  `make help` lists the rest.
#
# One static library per storey; the order they are linked in is the rule of
# who may include whom: programs -> contexts -> web, data -> base.

CC	 = gcc
BUILD	?= build
SAN	?=

STD	 = -std=c11 -D_GNU_SOURCE -Ilib
WARN	 = -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes \
	   -Wmissing-prototypes -Wvla -Wformat=2 -Wno-missing-field-initializers
HARDEN	 = -fstack-protector-strong -fstack-clash-protection -fcf-protection \
	   -D_FORTIFY_SOURCE=2 -fPIE
OPT	 = -O2 -g
LINK	 = -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed
ifeq ($(SAN),1)
BUILD	 = build/asan
OPT	 = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	   -fno-sanitize-recover=all
HARDEN	 = -fstack-protector-strong -fPIE
LINK	 = -pie -Wl,-z,relro,-z,now -fsanitize=address,undefined
endif
INCLUDE	 = -I/usr/include/mariadb -I/usr/include/ClearSilver
CFLAGS	 = $(STD) $(WARN) $(HARDEN) $(OPT) $(INCLUDE)

# -- what there is: found by looking, so a new file needs no line here --------

CONTEXTS := $(filter-out base data web,$(notdir $(wildcard lib/*)))
PROGRAMS := $(notdir $(patsubst %/,%,$(dir $(wildcard cgi-bin/*/main.c))))
DAEMONS	 := $(filter-out attach ctl,$(notdir \
	   $(patsubst %/,%,$(dir $(wildcard daemons/*/main.c)))))

objects	 = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard $(1)))
BASE	 = $(BUILD)/lib/libbase.a
DATA	 = $(BUILD)/lib/libdata.a
WEB	 = $(BUILD)/lib/libweb.a
CONTEXT	 = $(BUILD)/lib/libcontext.a

BASE_LIBS = -ljansson -lssl -lcrypto -lseccomp
DATA_LIBS = -lmariadb -lhiredis
WEB_LIBS = -lfcgi -lneo_cs -lneo_utl -lz
CONTEXT_LIBS = -ljwt -largon2 -lzxcvbn -lcmark -lm
LIBS	 = $(CONTEXT) $(WEB) $(DATA) $(BASE) \
	   $(CONTEXT_LIBS) $(WEB_LIBS) $(DATA_LIBS) $(BASE_LIBS)

.PHONY: all
all: $(PROGRAMS:%=$(BUILD)/cgi-bin/%.fcgi) $(DAEMONS:%=$(BUILD)/daemons/%)
all: $(if $(wildcard daemons/ctl/main.c),$(BUILD)/parleyctl)
all: $(if $(wildcard daemons/attach/main.c),$(BUILD)/daemons/attach)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BASE): $(call objects,lib/base/*.c)
$(DATA): $(call objects,lib/data/*.c)
$(WEB): $(call objects,lib/web/*.c)
$(CONTEXT): $(foreach c,$(CONTEXTS),$(call objects,lib/$(c)/*.c))
$(BASE) $(DATA) $(WEB) $(CONTEXT):
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^

define PROGRAM_RULE
$(BUILD)/cgi-bin/$(1).fcgi: $(call objects,cgi-bin/$(1)/*.c) $(CONTEXT) $(WEB) $(DATA) $(BASE)
endef
define DAEMON_RULE
$(2): $(call objects,daemons/$(1)/*.c) $(CONTEXT) $(WEB) $(DATA) $(BASE)
endef
$(foreach p,$(PROGRAMS),$(eval $(call PROGRAM_RULE,$(p))))
$(foreach d,$(DAEMONS),$(eval $(call DAEMON_RULE,$(d),$(BUILD)/daemons/$(d))))
$(eval $(call DAEMON_RULE,ctl,$(BUILD)/parleyctl))

$(PROGRAMS:%=$(BUILD)/cgi-bin/%.fcgi) $(DAEMONS:%=$(BUILD)/daemons/%) \
$(BUILD)/parleyctl:
	@mkdir -p $(@D)
	$(CC) $(LINK) -o $@ $(filter %.o,$^) $(LIBS)

# attach is started once for every socket: static and libc only, it is up in a
# fifth of a millisecond.  A sanitizer build cannot be static.
$(BUILD)/daemons/attach: $(call objects,daemons/attach/*.c)
	@mkdir -p $(@D)
	$(CC) $(if $(SAN),$(LINK),-static) -o $@ $^

# -- unit tests: one cmocka program for each file ------------------------------

UNIT	 = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*_test.c))
.PHONY: unit
unit: $(UNIT)
UNIT_HELP = $(call objects,$(filter-out %_test.c,$(wildcard tests/unit/*.c)))
$(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(UNIT_HELP) $(CONTEXT) $(WEB) $(DATA) $(BASE)
	@mkdir -p $(@D)
	$(CC) $(LINK) -o $@ $(filter %.o,$^) $(LIBS) -lcmocka

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
.SECONDARY:
