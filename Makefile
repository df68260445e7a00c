# backgemm: library, command, tests, benchmarks.  `make demo` and `make check` do all the set-up.
#   make                  library and command, in build/
#   make demo             builds, learns XOR and digits, prints the article's sheet
#   make check            every test with GCC and Clang; make check-long: ten minutes more
#   make bench            six workloads beside the FMA peak; bench-grid: 2 threads against 1;
#                         bench-peers: against other libraries
#   make install PREFIX=/usr DESTDIR=stage   command, libraries, header, pkg-config file, man page
#   make uninstall, make clean
#   make CC=clang BUILD=build/clang          another compiler beside the first
#   make SANITIZE=address,undefined          sanitizers

CC       = gcc
BUILD    = build
SANITIZE =
PREFIX   = /usr/local
LIBDIR   = $(PREFIX)/lib
DESTDIR  =
VERSION  = $(shell sed -n 's/^\#define BG_VERSION "\(.*\)"/\1/p' include/backgemm.h)
SOVERSION = 0

# openblas: every GEMM; lapacke: least squares, QR; zlib: gzip input; jansson: strict JSON; libmd: SHA-256;
# gmp: exact fractions.
PACKAGES = openblas lapacke zlib jansson libmd gmp
WARN     = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Werror
# Contraction off: a*b+c is rounded the same in a vector body and its tail; kernels ask for FMA by name.
CFLAGS   = -O3 -g
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -Iinclude -Isrc -fPIC -fvisibility=hidden -fopenmp \
           -ffp-contract=off -fno-math-errno -fno-trapping-math $(WARN) $(CFLAGS) $(SAN_FLAGS) $(PKG_CFLAGS)
SAN_FLAGS = $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)
LIBS     = $(PKG_LIBS) -lm
CHECK_LIBS = $(shell pkg-config --libs check 2>/dev/null)

# A source that includes base/real.h is compiled for float and for double; one that includes
# kernel/lanes.h also for every instruction set, one of which is picked at run time.
SOURCES  := $(filter-out src/cli/%,$(wildcard src/*/*.c))
including = $(shell grep -l '^.include "$(1)"' $(2) /dev/null)
TWICE    := $(call including,base/real.h,$(SOURCES))
LANES    := $(call including,kernel/lanes.*\.h,$(SOURCES))
VARIANTS := $(if $(findstring x86_64,$(shell $(CC) -dumpmachine)),avx512 avx2) baseline
baseline_FLAGS = -DLANES_BYTES=16
avx2_FLAGS     = -DLANES_BYTES=32 -mavx2 -mfma
avx512_FLAGS   = -DLANES_BYTES=64 -mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma \
                 -mprefer-vector-width=512
OBJECTS  := $(patsubst src/%.c,$(BUILD)/obj/%.o,$(filter-out $(TWICE),$(SOURCES))) \
            $(foreach p,f32 f64,$(patsubst src/%.c,$(BUILD)/obj/%.$(p).o,$(filter-out $(LANES),$(TWICE))) \
              $(foreach v,$(VARIANTS),$(patsubst src/%.c,$(BUILD)/obj/%.$(p).$(v).o,$(LANES))))
CLI_OBJECTS := $(patsubst src/%.c,$(BUILD)/obj/%.o,$(wildcard src/cli/*.c))
TEST_SOURCES := $(wildcard tests/test_*.c)
TEST_TWICE := $(call including,base/real.h,$(TEST_SOURCES))
TESTS    := $(patsubst tests/%.c,$(BUILD)/tests/%,$(filter-out $(TEST_TWICE),$(TEST_SOURCES))) \
            $(foreach p,f32 f64,$(patsubst tests/%.c,$(BUILD)/tests/%.$(p),$(TEST_TWICE)))

# What is built with other flags, or of other objects, is built anew.
FLAGS    := $(CC) $(ALL_CFLAGS) $(LIBS)
LIST     := $(OBJECTS) $(CLI_OBJECTS)
$(shell mkdir -p "$(BUILD)")
ifneq ($(file <$(BUILD)/flags),$(FLAGS))
$(file >$(BUILD)/flags,$(FLAGS))
endif
ifneq ($(file <$(BUILD)/list),$(LIST))
$(file >$(BUILD)/list,$(LIST))
endif

STATIC   = $(BUILD)/libbackgemm.a
SHARED   = $(BUILD)/libbackgemm.so
COMMAND  = $(BUILD)/backgemm

.PHONY: all help demo check objects tests suites check-long bench bench-grid bench-peers install uninstall clean
.SECONDARY:
.DELETE_ON_ERROR:
all: $(STATIC) $(SHARED) $(COMMAND)

# The comment at the top.
help:
	@sed -n '/^#/!q; s/^# \?//p' $(firstword $(MAKEFILE_LIST))

demo:
	@scripts/dependencies.sh
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" all
	@scripts/demo.sh $(COMMAND)

check:
	@scripts/dependencies.sh check
	@scripts/check.sh

objects: $(OBJECTS) $(CLI_OBJECTS)
tests: $(TESTS)
suites: $(TESTS)
	@scripts/run_suites.sh $(TESTS)

# Hidden symbols become local in one relocatable object, so that the archive shows only bg_ as well.
$(STATIC): $(OBJECTS) $(BUILD)/list
	@rm -f $@
	ld -r -o $(BUILD)/libbackgemm.o $(OBJECTS)
	objcopy --localize-hidden $(BUILD)/libbackgemm.o
	ar rcs $@ $(BUILD)/libbackgemm.o

$(SHARED): $(OBJECTS) $(BUILD)/list
	$(CC) -shared -Wl,-soname,libbackgemm.so.$(SOVERSION) $(SAN_FLAGS) -fopenmp -o $@ $(OBJECTS) $(LIBS)
	@ln -sf libbackgemm.so $@.$(SOVERSION)

$(COMMAND): $(CLI_OBJECTS) $(STATIC) $(BUILD)/list
	$(CC) $(SAN_FLAGS) -fopenmp -o $@ $(CLI_OBJECTS) $(STATIC) $(LIBS)

f32_FLAGS = -DBG_DOUBLE=0
f64_FLAGS = -DBG_DOUBLE=1
define compile_variant
$$(BUILD)/obj/%.$(1).$(2).o: src/%.c $$(BUILD)/flags
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_CFLAGS) $$($(1)_FLAGS) $$($(2)_FLAGS) -DLANES_SUFFIX=$(2) -MMD -MP -c -o $$@ $$<
endef
$(foreach p,f32 f64,$(foreach v,$(VARIANTS),$(eval $(call compile_variant,$(p),$(v)))))
$(BUILD)/obj/%.f32.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(f32_FLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/obj/%.f64.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(f64_FLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/obj/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Tests may look inside: they link the objects with nothing hidden.
$(BUILD)/objects.a: $(OBJECTS) $(BUILD)/list
	@rm -f $@
	@ar rcs $@ $(OBJECTS)
define compile_test
$$(BUILD)/tests/%$(if $(1),.$(1)): tests/%.c $$(BUILD)/objects.a
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_CFLAGS) -Itests $$($(1)_FLAGS) -MMD -MP -MF $$@.d -o $$@ $$< $$(BUILD)/objects.a \
	  $$(CHECK_LIBS) $$(LIBS)
endef
$(foreach p,f32 f64,$(eval $(call compile_test,$(p))))
$(eval $(call compile_test,))

# Certificates of 1,000 random networks; every float through exp, sigmoid, tanh and Phi of every
# instruction set: some ten minutes.
LONG = $(foreach p,f32 f64,$(foreach v,$(VARIANTS),$(BUILD)/long/exhaustive.$(p).$(v)))
check-long: $(BUILD)/tests/test_certificate $(LONG)
	@for test in $^; do echo "$$test"; CERTIFICATE_NETWORKS=1000 $$test || exit 1; done
define compile_long
$$(BUILD)/long/%.$(1).$(2): tests/long/%.c $$(BUILD)/flags
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_CFLAGS) $$($(1)_FLAGS) $$($(2)_FLAGS) -DLANES_SUFFIX=$(2) -MMD -MP -MF $$@.d -o $$@ $$< -lm
endef
$(foreach p,f32 f64,$(foreach v,$(VARIANTS),$(eval $(call compile_long,$(p),$(v)))))

# The kernels that the processor has, whatever the environment says; see docs of OpenBLAS for the two.
NATIVE = env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE
bench: $(COMMAND)
	@$(NATIVE) $< bench
# 2 threads against 1 on 100 shapes; some minutes.
bench-grid: $(COMMAND)
	@$(NATIVE) bench/grid.sh $<
# Against other libraries, in one run; some ten minutes.  PEERS="--workloads mnist,wide" and others
# of bench/peers/race.py.
bench-peers: $(BUILD)/bench/worker
	scripts/bench_peers.sh $< $(PEERS)
$(BUILD)/bench/%: bench/%.c $(STATIC)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -o $@ $< $(STATIC) $(LIBS)

INSTALLED = $(DESTDIR)$(PREFIX)
LIBRARIES = $(DESTDIR)$(LIBDIR)
install: all
	install -d "$(INSTALLED)/bin" "$(LIBRARIES)/pkgconfig" "$(INSTALLED)/include" "$(INSTALLED)/share/man/man1"
	install -m 755 $(COMMAND) "$(INSTALLED)/bin/backgemm"
	install -m 644 $(STATIC) "$(LIBRARIES)/libbackgemm.a"
	install -m 755 $(SHARED) "$(LIBRARIES)/libbackgemm.so.$(VERSION)"
	ln -sf libbackgemm.so.$(VERSION) "$(LIBRARIES)/libbackgemm.so.$(SOVERSION)"
	ln -sf libbackgemm.so.$(SOVERSION) "$(LIBRARIES)/libbackgemm.so"
	install -m 644 include/backgemm.h "$(INSTALLED)/include/backgemm.h"
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))|' -e 's|@VERSION@|$(VERSION)|' \
	    -e 's|@LIBS@|$(LIBS)|' scripts/backgemm.pc.in > $(BUILD)/backgemm.pc
	install -m 644 $(BUILD)/backgemm.pc "$(LIBRARIES)/pkgconfig/backgemm.pc"
	$(COMMAND) --man > $(BUILD)/backgemm.1
	install -m 644 $(BUILD)/backgemm.1 "$(INSTALLED)/share/man/man1/backgemm.1"

uninstall:
	rm -f "$(INSTALLED)/bin/backgemm" "$(INSTALLED)/include/backgemm.h" \
	      "$(INSTALLED)/share/man/man1/backgemm.1" "$(LIBRARIES)/pkgconfig/backgemm.pc" \
	      "$(LIBRARIES)/libbackgemm.a" "$(LIBRARIES)/libbackgemm.so" \
	      "$(LIBRARIES)/libbackgemm.so.$(SOVERSION)" "$(LIBRARIES)/libbackgemm.so.$(VERSION)"

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
