# Parley: make run, make test.  `make help` lists the rest.
#
#	INSTANCE=dir	where the instance lives (var/)
#	PORT=n BIND=a	where it listens (8080 on 127.0.0.1)
#	RUN_AS=account	whom root's processes become
#	JOIN=instance	be a second node of that one
#	FORCE=1		make demo where other people are, too
#	SAN=1		build with the sanitizers, in build/asan/
#	V=1		show the compiler's commands
#
# One static library per storey; the order they are linked in is the rule of
# who may include whom: programs -> contexts -> web, data -> base.

CC	 = gcc
BUILD	?= build
SAN	?=
PREFIX	?= /usr/local
DESTDIR	?=
JOBS	:= $(shell nproc)
Q	 = $(if $(V),,@)

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

STATIC	 := $(patsubst %,$(BUILD)/%,$(wildcard static/*.svg static/*.webmanifest \
	   static/*/*.css static/*/*.js))

objects	 = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard $(1)))
BASE	 = $(BUILD)/lib/libbase.a
DATA	 = $(BUILD)/lib/libdata.a
WEB	 = $(BUILD)/lib/libweb.a
CONTEXT	 = $(BUILD)/lib/libcontext.a

BASE_LIBS = -ljansson -lssl -lcrypto -lseccomp -lutf8proc
DATA_LIBS = -lmariadb -lhiredis
WEB_LIBS = -lfcgi -lneo_cs -lneo_utl -lqrencode -lz
CONTEXT_LIBS = -ljwt -largon2 -lzxcvbn -lcmark -lm
LIBS	 = $(CONTEXT) $(WEB) $(DATA) $(BASE) \
	   $(CONTEXT_LIBS) $(WEB_LIBS) $(DATA_LIBS) $(BASE_LIBS)

.DELETE_ON_ERROR:

.PHONY: all
all: $(BUILD)/errors $(STATIC)
all: $(PROGRAMS:%=$(BUILD)/cgi-bin/%.fcgi) $(DAEMONS:%=$(BUILD)/daemons/%)
all: $(BUILD)/lib/bus_kafka.so
all: $(if $(wildcard daemons/ctl/main.c),$(BUILD)/parleyctl)
all: $(if $(wildcard daemons/attach/main.c),$(BUILD)/daemons/attach)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	@$(if $(V),,echo "  cc $<")
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BASE): $(call objects,lib/base/*.c)
$(DATA): $(call objects,lib/data/*.c)
$(WEB): $(call objects,lib/web/*.c)
$(CONTEXT): $(foreach c,$(CONTEXTS),$(call objects,lib/$(c)/*.c))
$(BASE) $(DATA) $(WEB) $(CONTEXT):
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)ar rcs $@ $^

# The Kafka adapter: loaded by relay and deliver when bus.driver says so, and
# by nobody else.  What it needs of us it finds in them.
$(BUILD)/obj/lib/data/kafka/%.o: CFLAGS += -fPIC
$(BUILD)/lib/bus_kafka.so: $(call objects,lib/data/kafka/*.c)
	@mkdir -p $(@D)
	@$(if $(V),,echo "  link $@")
	$(Q)$(CC) -shared $(filter-out -pie,$(LINK)) -o $@ $^ -lrdkafka
EXPORT	 = -Wl,--export-dynamic
$(BUILD)/daemons/relay $(BUILD)/daemons/deliver $(BUILD)/tests/bus_redis_test \
$(BUILD)/tests/bus_kafka_test: LINK += $(EXPORT)

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
	@$(if $(V),,echo "  link $@")
	$(Q)$(CC) $(LINK) -o $@ $(filter %.o,$^) $(LIBS)

# attach is started once for every socket: static and libc only, it is up in a
# fifth of a millisecond.  A sanitizer build cannot be static.
$(BUILD)/daemons/attach: $(call objects,daemons/attach/*.c)
	@mkdir -p $(@D)
	@$(if $(V),,echo "  link $@")
	$(Q)$(CC) $(if $(SAN),$(LINK),-static) -o $@ $^

# What browsers load, without what only people read.  A sheet takes in those
# that it imports, a script the parts in the folder of its name; the scripts
# beside it stay files of their own, shared by all.  esbuild names them as seen
# from where it writes: standard output is beside them.
MINIFY	 = esbuild --bundle --minify --charset=utf8 --log-level=warning
SCRIPTS	:= $(notdir $(wildcard static/js/*.js))
$(BUILD)/static/js/%.js: static/js/%.js
	@mkdir -p $(@D)
	$(Q)cd $(<D) && $(MINIFY) --format=esm \
	    $(patsubst %,--external:./%,$(filter-out $(<F),$(SCRIPTS))) \
	    $(<F) >$(abspath $@)
$(BUILD)/static/js/chat.js: $(wildcard static/js/chat/*.js)
$(BUILD)/static/%.css: static/%.css
	$(Q)$(MINIFY) --outfile=$@ $<
$(BUILD)/static/css/app.css: static/css/tokens.css
$(BUILD)/static/%: static/%
	@mkdir -p $(@D)
	@cp $< $@

# What lighttpd answers by itself.
$(BUILD)/errors: $(wildcard static/errors/*) deploy/problem-pages.sh
	@deploy/problem-pages.sh static/errors $@
	@touch $@

# -- unit tests: one cmocka program for each file ------------------------------

UNIT	 = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*_test.c))
.PHONY: unit
unit: $(UNIT)
UNIT_HELP = $(call objects,$(filter-out %_test.c,$(wildcard tests/unit/*.c)))
$(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(UNIT_HELP) $(CONTEXT) $(WEB) $(DATA) $(BASE)
	@mkdir -p $(@D)
	@$(if $(V),,echo "  link $@")
	$(Q)$(CC) $(LINK) -o $@ $(filter %.o,$^) $(LIBS) -lcmocka

# Kafka for tests: librdkafka's mock cluster in a process of its own.
MOCK	 = $(BUILD)/tests/kafka_mock
unit: $(MOCK) $(BUILD)/lib/bus_kafka.so
$(MOCK): $(call objects,tests/kafka/*.c)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LINK) -o $@ $^ -lrdkafka

include tests/load/load.mk

# -- an instance ---------------------------------------------------------------

INSTANCE ?= var
export INSTANCE PORT BIND RUN_AS JOIN FORCE
DOOR	 = PARLEY_BUILD=$(abspath $(BUILD)) deploy/parley

.PHONY: packages packages-test run stop status logs demo
packages:
	@deploy/install-packages.sh deploy/packages.txt
packages-test:
	@deploy/install-packages.sh deploy/packages.txt deploy/packages-test.txt

# The packages come first: even the compiler may be missing.
run: packages
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@$(DOOR) run

stop status logs demo:
	@$(DOOR) $@

# -- tests ---------------------------------------------------------------------

.PHONY: test test-build test-unit bench
test: packages-test
	@$(MAKE) --no-print-directory test-build
	@tests/run.sh

test-build:
	@$(MAKE) --no-print-directory -j$(JOBS) SAN=1 all unit
	@$(MAKE) --no-print-directory -j$(JOBS) all load $(BUILD)/tests/sandbox_test

# The bus on a real Kafka, fetched once with Maven.
.PHONY: test-kafka
test-kafka: packages-test
	@deploy/install-packages.sh deploy/packages-kafka.txt
	@$(MAKE) --no-print-directory test-build
	@tests/kafka/run.sh

bench: packages-test
	@$(MAKE) --no-print-directory -j$(JOBS) all load
	@node tests/load/bench.mjs $(BENCH)

# The pictures of docs/, from a demonstration of their own.
.PHONY: screenshots
screenshots: packages-test
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@npm --prefix tests ci --silent --no-progress
	@node tests/browser/screenshots.mjs

.PHONY: load
load: $(LOAD)

# MINUTES=n SEED=n DRIVER=redis|kafka; the short form is part of `make test`.
.PHONY: chaos
chaos: packages-test
	@$(MAKE) --no-print-directory -j$(JOBS) all
	$(if $(filter kafka,$(DRIVER)),@$(MAKE) --no-print-directory SAN=1 \
	    build/asan/tests/kafka_mock)
	@node tests/chaos/chaos.mjs $(MINUTES:%=--minutes=%) $(SEED:%=--seed=%) \
	    $(DRIVER:%=--driver=%)

# -- lint: each tool on its own, all of them by `make lint` ---------------------

SOURCES	 = $(wildcard lib/*/*.c lib/data/kafka/*.c cgi-bin/*/*.c daemons/*/*.c)
HEADERS	 = $(wildcard lib/*/*.h lib/data/kafka/*.h cgi-bin/*/*.h daemons/*/*.h)
TESTS_C	 = $(wildcard tests/unit/*.[ch] tests/kafka/*.[ch] tests/load/*.[ch] tests/load/*/*.[ch])
TIDY	 = $(SOURCES:%.c=$(BUILD)/lint/%.tidy)

.PHONY: lint lint-format lint-tidy lint-cppcheck lint-house lint-web
lint:
	@$(MAKE) --no-print-directory -j$(JOBS) lint-format lint-house lint-web \
	    lint-cppcheck lint-tidy

.PHONY: format
format:
	@clang-format -i $(SOURCES) $(HEADERS) $(TESTS_C)

lint-format:
	@clang-format --dry-run -Werror $(SOURCES) $(HEADERS) $(TESTS_C)

lint-house:
	@tests/lint/house.sh

lint-web:
	@for check in $(wildcard tests/lint/*.mjs); do node $$check || exit 1; done

lint-cppcheck:
	@cppcheck --quiet --error-exitcode=1 --std=c11 -D_GNU_SOURCE -Ilib \
	    --enable=warning,portability --inline-suppr \
	    --cppcheck-build-dir=$$(mkdir -p $(BUILD)/cppcheck && echo $(BUILD)/cppcheck) \
	    --suppressions-list=tests/lint/cppcheck.txt \
	    --library=bsd "-DLIST_HEAD(n,t)=struct{struct t *lh_first;}" \
	    -j$(JOBS) $(SOURCES)

# A file is looked at again when it, or what it includes, was compiled anew.
lint-tidy: $(TIDY)
$(BUILD)/lint/%.tidy: %.c $(BUILD)/obj/%.o .clang-tidy
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- $(STD) $(INCLUDE) 2>$@.log || { cat $@.log; exit 1; }
	@touch $@

# -- for production --------------------------------------------------------------

LIBRARY	 = $(DESTDIR)$(PREFIX)/lib/parley
BIN	 = $(DESTDIR)$(PREFIX)/bin

.PHONY: install
install: all
	install -d $(LIBRARY)/build $(BIN)
	cp -R lighttpd.conf deploy sql templates $(LIBRARY)/
	cp -R $(BUILD)/cgi-bin $(BUILD)/daemons $(BUILD)/errors $(BUILD)/static \
	    $(LIBRARY)/build/
	install -d $(LIBRARY)/build/lib
	install -m 755 $(BUILD)/lib/bus_kafka.so $(LIBRARY)/build/lib/
	install -m 755 $(BUILD)/parleyctl $(LIBRARY)/build/
	chmod -R go=u-w $(LIBRARY)
	ln -sf ../lib/parley/deploy/parley $(BIN)/parley
	ln -sf ../lib/parley/build/parleyctl $(BIN)/parleyctl

# The one text that is made from the code; a test compares them.
docs/configuration.md: $(BUILD)/parleyctl
	$(BUILD)/parleyctl config --markdown >$@

.PHONY: clean help
clean:
	rm -rf $(BUILD)

help:
	@echo "make run       a private instance: installs, builds, starts, tells its address"
	@echo "make stop      stops it; make status: its processes; make logs: its logs"
	@echo "make demo      people and talk in it, to look around in"
	@echo "make test      everything, on servers of its own"
	@echo "make test-kafka  the bus on a real Kafka"
	@echo "make unit      only builds the unit tests; make lint: only the linters"
	@echo "make chaos     breaks everything while people talk; MINUTES=1 SEED="
	@echo "make bench     figures, as ratios to references of the same run"
	@echo "make screenshots  the pictures of docs/screenshots anew"
	@echo "make format    puts every C source into the house's form"
	@echo "make install   DESTDIR= PREFIX=/usr/local"
	@echo "make clean     forgets what was built"
	@sed -n 's/^#\t\([A-Z]\)/   \1/p' Makefile

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
.SECONDARY:
