# packsim: build, run, test. `make help` lists the targets.
ifeq ($(origin CC),default)
CC = gcc
endif
BUILD ?= build
OUT ?= out
OPT ?= -O2
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
PYTHON ?= python3
CLANG_FORMAT ?= clang-format-14
CLANG_TIDY ?= clang-tidy
WARN = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wmissing-prototypes -Wdouble-promotion -Werror
CSTD = -std=c11 -ffp-contract=off -fno-math-errno -fno-trapping-math -D_POSIX_C_SOURCE=200809L
# Fixed addresses: a tick needs fewer lines of the cache. Some sanitizers ask for the other kind.
PIE = $(if $(findstring -fsanitize,$(SAN)),,-fno-pie)
CFLAGS = $(CSTD) $(OPT) $(PIE) -g $(WARN) $(SAN) -MMD -MP $(if $(strip $(CAN_LIBS)),-DCAN_HAS_LIBSOCKETCAN)
LDLIBS = $(PIE:-fno-pie=-no-pie) $(PKG_LIBS) $(CAN_LIBS) -lz -lm -lpthread

# Asked at first use and kept: in `make deps run` pkg-config arrives after this file was read.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags libcjson hdf5 zlib cminpack | sed 's/-I/-isystem /g'))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $(shell pkg-config --libs libcjson hdf5 zlib cminpack))$(PKG_LIBS)
# libsocketcan sets up real interfaces (--up, --bitrate); without it packsim says how to by hand.
CAN_LIBS = $(eval CAN_LIBS := $(shell pkg-config --libs libsocketcan 2>/dev/null))$(CAN_LIBS)
# Without SDL2 there is no window; packsim gui then says what to install.
SDL_CFLAGS = $(eval SDL_CFLAGS := $(shell pkg-config --cflags sdl2 SDL2_ttf fontconfig 2>/dev/null | sed 's/-I/-isystem /g'))$(SDL_CFLAGS)
SDL_LIBS = $(eval SDL_LIBS := $(shell pkg-config --libs sdl2 SDL2_ttf fontconfig 2>/dev/null))$(SDL_LIBS)
SDL_FLAGS = $(SDL_CFLAGS) $(if $(strip $(SDL_LIBS)),-DGUI_HAS_SDL)
CHECK_CFLAGS = $(eval CHECK_CFLAGS := $(shell pkg-config --cflags check))$(CHECK_CFLAGS)
CHECK_LIBS = $(eval CHECK_LIBS := $(shell pkg-config --libs check))$(CHECK_LIBS)

# SDL2 and a font for the window: without them packsim builds, and packsim gui says what is missing
DEPS = gcc make pkg-config libc6-dev libcjson-dev libhdf5-dev zlib1g-dev libcminpack-dev \
  libsocketcan-dev check python3 libsdl2-dev libsdl2-ttf-dev libfontconfig-dev fonts-dejavu-core
# xvfb and xdotool drive the window in its test; what canmatrix imports stands beside it: Debian's package does not ask for all of it
DEPS_RIGS = $(DEPS) gcc-arm-none-eabi qemu-system-arm clang clang-format-14 clang-tidy cppcheck gcovr \
  ngspice can-utils python3-can python3-serial python3-msgpack python3-scapy python3-canmatrix \
  python3-future python3-attr python3-click python3-six tshark hdf5-tools chromium python3-jsonschema xvfb xdotool \
  $(DEPS_SOCKETCAN) $(DEPS_SOCKETCAN_QEMU) $(DEPS_VIRTUAL_TIME) $(DEPS_LATENESS)
# Kernel CAN in a guest where this machine's kernel has none; qemu for its emulated controllers.
DEPS_SOCKETCAN = user-mode-linux busybox-static can-utils iproute2
# Virtual time needs a kernel that is compiled here once; its source is fetched, not installed.
DEPS_VIRTUAL_TIME = $(DEPS_SOCKETCAN) gcc make flex bison bc xz-utils patch python3
# cyclictest, against which the lateness of packsim serve is held
DEPS_LATENESS = rt-tests python3
DEPS_SOCKETCAN_QEMU = $(DEPS_SOCKETCAN) qemu-system-x86 cpio binutils

CORE_SRC := $(wildcard ecu_model/core/*.c) $(filter-out %_text.c %_host.c %_image.c,$(wildcard ecu_model/gen/*.c))
# of the window only sdl*.c needs SDL2: the rest is pure and tested as text
GUI_SRC := $(filter-out gui/sdl%,$(wildcard gui/*.c))
SDL_SRC := $(wildcard gui/sdl*.c)
LIB_SRC := $(CORE_SRC) $(wildcard ecu_model/gen/*_text.c ecu_model/gen/*_host.c ecu_model/board/*.c ecu_model/firmware/lockstep*.c sim/*.c sim/can/*.c scenarios/*.c) $(GUI_SRC)
CLI_SRC := $(wildcard cli/*.c)
TEST_SRC := $(wildcard tests/test_*.c)
TEST_SCRIPT := $(wildcard tests/test_*.py tests/test_*.sh)
# those that run the program; the others look at the sources, whatever compiled them
CODE_SCRIPT = tests/test_cli.sh tests/test_fit.sh tests/test_run_verbs.py
FUZZ_BIN := $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
TEST_BIN := $(TEST_SRC:%.c=$(BUILD)/%)
ORACLE_SRC := $(wildcard tests/oracle/*.c)
BENCH_BIN := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench_*.c))
GEN_SRC := $(wildcard ecu_model/db/*.c) sim/can/dbc.c
GEN_IN := $(wildcard ecu_model/db/*.csv ecu_model/db/*.dbc)
FORMAT_SRC = $(filter-out ecu_model/gen/%,$(wildcard $(foreach d,cli ecu_model ecu_model/* gui scenarios sim sim/can tests tests/fuzz tests/oracle tests/rigs \
  tools/freestanding,$(d)/*.c $(d)/*.h)))
obj = $(patsubst %.c,$(BUILD)/%.o,$(1))
# make V=1 shows every command.
Q = $(if $(V),,@)
submake = $(MAKE) --no-print-directory $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(JOBS))
# What is built in the same command as deps (`make deps run`) waits for it, also under -j.
AFTER_DEPS := $(filter deps deps-%,$(MAKECMDGOALS))
have = command -v $(1) >/dev/null || { echo "$@: $(1) is not installed; make deps-rigs brings it" >&2; exit 3; }

all: $(BUILD)/packsim ## build the packsim program

deps: ## install what building, running and testing need (apt)
	@tools/deps.sh $(DEPS)

deps-rigs: ## install the heavy rest for check-all: cross compiler, clang, qemu, ngspice
	@tools/deps.sh $(DEPS_RIGS)

run: | $(AFTER_DEPS) ## build and run the suite of scenarios.json; results in OUT=out
	@+$(submake) all
	@$(BUILD)/packsim run --out $(OUT)

test: | $(AFTER_DEPS) ## build and run all unit and system tests
	@+$(submake) test-programs
	@PACKSIM=$(abspath $(BUILD)/packsim) PACKSIM_HOME=$(CURDIR) $(PYTHON) tools/run_tests.py --jobs $(JOBS) $(TEST_BIN) $(TEST_SCRIPT)

test-programs: $(BUILD)/packsim $(TEST_BIN) $(FUZZ_BIN)

deps-socketcan: ## install what test-socketcan needs (user-mode-linux, can-utils)
	@tools/deps.sh $(DEPS_SOCKETCAN)

deps-socketcan-qemu: ## install what test-socketcan-qemu needs
	@tools/deps.sh $(DEPS_SOCKETCAN_QEMU)

deps-virtual-time: ## install what test-virtual-time needs to build and run its kernel
	@tools/deps.sh $(DEPS_VIRTUAL_TIME)

deps-lateness: ## install what bench-lateness needs (rt-tests)
	@tools/deps.sh $(DEPS_LATENESS)

SOCKETCAN_BIN = $(BUILD)/packsim $(BUILD)/tests/test_bus $(BUILD)/tests/test_bus_socketcan $(BUILD)/rigs/slcan_bus
test-socketcan: | $(AFTER_DEPS) ## tests on kernel CAN: this machine's, else in user-mode Linux, else qemu (RIG=)
	@+$(submake) $(SOCKETCAN_BIN)
	@tests/rigs/socketcan.sh $(BUILD) $(RIG)

test-socketcan-qemu: | $(AFTER_DEPS) ## bit rates and states of controllers that qemu emulates
	@+$(submake) $(SOCKETCAN_BIN)
	@tests/rigs/socketcan.sh $(BUILD) controllers

test-two-processes: | $(AFTER_DEPS) ## plant and ECU as two processes: udp:, and vcan0 where kernel CAN or a guest is
	@+$(submake) $(BUILD)/packsim
	@PACKSIM=$(abspath $(BUILD)/packsim) $(PYTHON) tests/rigs/two_processes.py udp::43117
	@tests/rigs/socketcan.sh $(BUILD) processes || { [ $$? -eq 3 ] && echo "skipped: vcan0"; }

VIRTUAL_TIME =
test-virtual-time: | $(AFTER_DEPS) ## plant, ECU and candump on a kernel's bus in virtual time, twice the same (VIRTUAL_TIME=--short)
	@+$(submake) $(BUILD)/rigs/packsim
	@PACKSIM=$(abspath $(BUILD)/rigs/packsim) $(PYTHON) tests/rigs/virtual_time.py $(BUILD)/rigs/virtual $(VIRTUAL_TIME)

CASES =
test-kill-matrix: | $(AFTER_DEPS) ## plant and ECU killed, stopped, restarted: 18 cases of real processes (CASES='idle charge-ecu')
	@+$(submake) $(BUILD)/rigs/packsim
	@PACKSIM=$(abspath $(BUILD)/rigs/packsim) $(PYTHON) tests/rigs/virtual_time.py $(BUILD)/rigs/matrix --matrix $(CASES)

BENCH_SECONDS = 60
bench-lateness: | $(AFTER_DEPS) ## lateness of packsim serve against cyclictest in the same BENCH_SECONDS=60
	@+$(submake) $(BUILD)/packsim
	@PACKSIM=$(abspath $(BUILD)/packsim) $(PYTHON) tests/rigs/lateness.py --seconds $(BENCH_SECONDS)

bench-socketcan: | $(AFTER_DEPS) ## speed of the buses where the kernel has CAN, or in a guest
	@+$(submake) $(SOCKETCAN_BIN)
	@tests/rigs/socketcan.sh $(BUILD) bench

test-gui: all ## a session of the window under Xvfb, driven by xdotool
	@PACKSIM=$(abspath $(BUILD)/packsim) PACKSIM_HOME=$(CURDIR) $(PYTHON) tests/test_gui.py --session

screenshot: all ## the pictures of the window in docs/pictures
	@mkdir -p docs/pictures
	@$(BUILD)/packsim gui data/pictures/window.json --screenshot docs/pictures/window.png --at 22 --theme dark
	@$(BUILD)/packsim gui data/pictures/window.json --screenshot docs/pictures/connectors.png --at 22 --screen connectors

check: test tidy format-check gen-check ## test, tidy, format-check and gen-check

check-all: check test-gui asan lint fuzz firmware size test-socketcan test-socketcan-qemu test-two-processes test-virtual-time ## check, sanitizers, fuzzers, clang build, lint, Cortex-M4F core, kernel CAN
	@+$(submake) CC=clang BUILD=build-clang TEST_SCRIPT='$(CODE_SCRIPT)' test

# Two warnings guess by what the optimiser proves; they guess wrong among the checks that are added here.
ASAN = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
  -Wno-format-truncation -Wno-maybe-uninitialized
asan: ## all tests with address and undefined-behaviour sanitizers
	@+CK_TIMEOUT_MULTIPLIER=10 $(MAKE) --no-print-directory BUILD=build-asan OPT=-O1 SAN='$(ASAN)' TEST_SCRIPT='$(CODE_SCRIPT)' test

# Without a fuzzer the targets run over their seeds; with it they look for more, each for a while.
FUZZ_SECONDS ?= 60
FUZZ_MAIN = $(BUILD)/tests/fuzz/replay.o
FUZZ_SAN = -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
fuzz: | $(AFTER_DEPS) ## each parser under libFuzzer, ASan and UBSan for FUZZ_SECONDS=60
	@$(call have,clang)
	@+$(submake) CC=clang BUILD=build-fuzz OPT=-O1 SAN='$(FUZZ_SAN)' FUZZ_MAIN= FUZZ_LIBS=-fsanitize=fuzzer fuzz-programs
	@tools/fuzz.sh build-fuzz $(FUZZ_SECONDS) $(JOBS)

fuzz-programs: $(FUZZ_BIN)

tidy: freestanding ## the house's rules: includes, names, units, lengths, freestanding core
	@$(PYTHON) tools/tidy.py

freestanding: | $(AFTER_DEPS)
	@tools/freestanding.sh $(BUILD)/freestanding

format: ## format the C sources in place
	@$(call have,$(CLANG_FORMAT))
	@$(CLANG_FORMAT) -i $(FORMAT_SRC)

format-check: ## fail where a C source is not formatted
	@$(call have,$(CLANG_FORMAT))
	@$(CLANG_FORMAT) --dry-run --Werror $(FORMAT_SRC)

lint: ## cppcheck and clang-tidy
	@$(call have,cppcheck)
	@$(call have,$(CLANG_TIDY))
	@tools/lint.sh $(CLANG_TIDY) $(JOBS) $(LIB_SRC) $(CLI_SRC)

gen: $(BUILD)/gen ## write ecu_model/gen from ecu_model/db
	$(BUILD)/gen ecu_model/db ecu_model/gen
	$(PYTHON) tools/gen_cells.py ecu_model/db/cells.csv data/cells ecu_model/gen

gen-check: $(BUILD)/gen ## fail where ecu_model/gen is not what ecu_model/db makes
	@rm -rf $(BUILD)/gen-check && mkdir -p $(BUILD)/gen-check
	@$(BUILD)/gen ecu_model/db $(BUILD)/gen-check >/dev/null
	@$(PYTHON) tools/gen_cells.py ecu_model/db/cells.csv data/cells $(BUILD)/gen-check
	@diff -r ecu_model/gen $(BUILD)/gen-check

docs: all $(BUILD)/tests/test_state_machine_doc ## write the pages and the JSON Schema that are made from tables
	@$(BUILD)/packsim check --reference >docs/scenario-reference.md
	@$(BUILD)/packsim check --schema >docs/scenario.schema.json
	@UPDATE_DOCS=1 $(BUILD)/tests/test_state_machine_doc >/dev/null
	@$(PYTHON) tools/library.py --packsim $(BUILD)/packsim
	@$(PYTHON) tools/diag_doc.py --packsim $(BUILD)/packsim

reactions: all ## measure all reactions, write docs/fault-reactions.md (about a minute)
	@$(BUILD)/packsim reactions --write docs/fault-reactions.md

reactions-check: all ## measure again: fail where a bar is missed, the page is old, a requirement hangs loose
	@$(BUILD)/packsim trace --quiet
	@$(BUILD)/packsim reactions --check docs/fault-reactions.md

# What ships is built with -Os; the other levels prove that the compiler's level changes no output.
SHIPPED = $(BUILD)/firmware/mps2-Os.elf $(BUILD)/firmware/stm32g4-Os.elf
firmware: freestanding ## the Cortex-M4F images (QEMU mps2-an386, STM32G4) with their flash, RAM and stack
	@$(call have,arm-none-eabi-gcc)
	@mkdir -p $(BUILD)/firmware
	@tools/firmware.sh $(BUILD)/firmware
	@$(PYTHON) tools/size.py $(BUILD)/freestanding $(SHIPPED)

# Less than 600 simulated seconds through every part of the core.
FIRMWARE_SMOKE = OV-001 PRE-001 SL-001 WD-001 ISO-001 UV-001 SU-001 CM-001 NV-002 TS-001 TR-001
FIRMWARE_IMAGES = $(foreach level,O0 Os O2,qemu:$(BUILD)/firmware/mps2-$(level).elf)
comma = ,
space = $(eval) $(eval)
firmware-check: all firmware ## smoke scenarios in this process, another one and on all images, in lockstep
	@$(call have,qemu-system-arm)
	@$(BUILD)/packsim run $(FIRMWARE_SMOKE) --record none --out $(BUILD)/firmware/out \
	  --ecu inproc,process,$(subst $(space),$(comma),$(FIRMWARE_IMAGES))

# And those whose steps are the dearest: many wires or readings wrong at once.
LEVELS ?= Os
COST_SCENARIOS = $(FIRMWARE_SMOKE) OW-CONNECTOR OW-ADJACENT ME-001 AF-001 AF-002
firmware-suite: all firmware ## the whole default suite in this process, another one and on the image; goes on where it ended
	@$(PYTHON) tools/ecu_suite.py --packsim $(BUILD)/packsim --image $(BUILD)/firmware/mps2-Os.elf \
	  --jobs $(JOBS) --out $(BUILD)/long/ecu $(GIVEN_MINUTES)

firmware-cost: all firmware ## instructions of the dearest step of many scenarios on the image that ships (LEVELS=Os)
	@$(PYTHON) tools/cost.py --packsim $(BUILD)/packsim --images $(BUILD)/firmware --jobs $(JOBS) --levels $(LEVELS) $(COST_SCENARIOS)

fit-check: | $(AFTER_DEPS) ## fit the committed cell files again from the measured data (two minutes)
	@+$(submake) all
	@for cell in ncr18650pf ornl_leaf; do $(BUILD)/packsim fit data/fits/$$cell.json --out $(BUILD)/$$cell.json && \
	  cmp $(BUILD)/$$cell.json data/cells/$$cell.json || exit 1; done

bench: | $(AFTER_DEPS) ## speed of the loop and its parts on this machine
	@+$(submake) all $(BENCH_BIN)
	@+$(submake) BUILD=build-baseline OPT="$(OPT) -DSIMD_IS_OFF" build-baseline/packsim
	@$(BUILD)/packsim bench
	@SDL_VIDEODRIVER=dummy $(BUILD)/packsim gui --speed 10 --frames 300 | tail -1
	@for program in $(BENCH_BIN); do echo; $$program || exit 1; done
	@echo; echo "without wide registers:"; build-baseline/packsim bench | sed -n '1p; /^plant_/p'

oracle: | $(AFTER_DEPS) ## plant, harness and high-voltage path against ngspice (docs/oracle.md)
	@+$(submake) $(BUILD)/oracle/oracle
	@$(BUILD)/oracle/oracle data/cells/soul_ev.json $(BUILD)/oracle

PLANT = --build $(BUILD) --jobs $(JOBS) --cc "$(CC)" --flags "$(CFLAGS) $(PKG_CFLAGS) $(CHECK_CFLAGS)" \
  --libs "$(SAN) $(CHECK_LIBS) $(SDL_LIBS) $(LDLIBS)"
mistakes: | $(AFTER_DEPS) ## real mistakes of public BMSs, planted one at a time: a scenario finds each
	@+$(submake) all
	@$(PYTHON) tools/mistakes.py $(PLANT)

MUTANTS ?= 80
mutants: | $(AFTER_DEPS) ## single operators of protection and judge changed: do the unit tests notice (MUTANTS=0: all)
	@+$(submake) all
	@$(PYTHON) tools/mutate.py --count $(MUTANTS) $(PLANT)

HOURS ?= 4
drives: | $(AFTER_DEPS) ## drive cycles at -20, 0, 25 and 45 degC, HOURS=4 each: no false alarm
	@+$(submake) all
	@$(PYTHON) tools/drives.py --hours $(HOURS) --jobs $(JOBS) --packsim $(BUILD)/packsim --out $(BUILD)/drives

SEED ?= 1
DRIVES ?= 1000
limits: | $(AFTER_DEPS) ## DRIVES=1000 of SEED=1 at full use of the published limits; their powers against what the pack gives
	@+$(submake) all
	@$(PYTHON) tools/limits.py --drives $(DRIVES) --seed $(SEED) --jobs $(JOBS) --packsim $(BUILD)/packsim --out $(BUILD)/limits $(GIVEN_MINUTES)
	@$(PYTHON) tools/power.py --seed $(SEED) --jobs $(JOBS) --packsim $(BUILD)/packsim --out $(BUILD)/power $(GIVEN_MINUTES)

WATCH_HOURS ?= 1000
watch-long: | $(AFTER_DEPS) ## 1000 healthy packs, 400 with a short, WATCH_HOURS=1000 of the whole loop, SEED=1: who is accused
	@+$(submake) all $(BUILD)/rigs/watch_packs
	@$(PYTHON) tools/watch.py --hours $(WATCH_HOURS) --seed $(SEED) --jobs $(JOBS) --packsim $(BUILD)/packsim --world $(BUILD)/rigs/watch_packs --out $(BUILD)/watch $(GIVEN_MINUTES)

MINUTES ?= 80
GIVEN_MINUTES = $(if $(filter command%,$(origin MINUTES)),--minutes $(MINUTES))
long: | $(AFTER_DEPS) ## a piece of MINUTES=80 of the long proofs (PARTS=drives,watch: only these), goes on where it ended; docs/evidence.md
	@+$(submake) all $(BUILD)/rigs/watch_packs
	@+if command -v arm-none-eabi-gcc >/dev/null; then $(submake) firmware; fi
	@$(PYTHON) tools/long.py --minutes $(MINUTES) $(if $(PARTS),--parts $(PARTS)) $(PLANT)

size: freestanding ## flash, RAM and stack of the core and flash of the images that ship, against their bars
	@mkdir -p $(BUILD)/firmware
	@if command -v arm-none-eabi-gcc >/dev/null; then \
	  tools/firmware.sh $(BUILD)/firmware Os && $(PYTHON) tools/size.py $(BUILD)/freestanding $(SHIPPED); \
	  else $(PYTHON) tools/size.py $(BUILD)/freestanding; fi

COV_TEST = $(filter $(BUILD)/tests/test_core_% $(BUILD)/tests/test_e2e $(BUILD)/tests/test_isotp%,$(TEST_BIN))
cov: ## lines and branches of the core that its tests run, against bars
	@+$(submake) BUILD=build-cov OPT=-O0 SAN=--coverage cov-run
	@$(PYTHON) tools/cov.py build-cov

cov-run: $(COV_TEST)
	@find $(BUILD) -name '*.gcda' -delete
	@CK_TIMEOUT_MULTIPLIER=10 $(PYTHON) tools/run_tests.py --timeout 900 --jobs $(JOBS) $(COV_TEST)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-20s %s\n", $$1, $$2}' Makefile

clean: ## remove what was built
	rm -rf build build-*

$(BUILD)/%.o: %.c | $(AFTER_DEPS)
	@mkdir -p $(@D)
	@echo "cc   $@"
	$(Q)$(CC) $(CFLAGS) $(PKG_CFLAGS) $(if $(filter gui/sdl%,$<),$(SDL_FLAGS)) -c $< -o $@

$(BUILD)/libpacksim.a: $(call obj,$(LIB_SRC))
	@rm -f $@
	$(Q)ar rcs $@ $^

$(BUILD)/packsim: $(call obj,$(CLI_SRC) $(SDL_SRC)) $(BUILD)/libpacksim.a
	@echo "link $@"
	$(Q)$(CC) $(SAN) -o $@ $^ $(SDL_LIBS) $(LDLIBS)

# The same with 8 shared libraries in place of 90: a guest maps each page of each by itself. Without
# a window; HDF5 from its archive, where there is one, and what it would call of curl for files in the
# net left open.
RIG_LIBS = $(subst -lhdf5,-l:libhdf5.a -lsz -ldl -Wl$(comma)--unresolved-symbols=ignore-all,$(LDLIBS))
$(BUILD)/rigs/%.o: %.c | $(AFTER_DEPS)
	@mkdir -p $(@D)
	@echo "cc   $@"
	$(Q)$(CC) $(CFLAGS) $(PKG_CFLAGS) -c $< -o $@

$(BUILD)/rigs/packsim: $(call obj,$(CLI_SRC)) $(SDL_SRC:%.c=$(BUILD)/rigs/%.o) $(BUILD)/libpacksim.a
	@echo "link $@"
	$(Q)$(CC) $(SAN) -o $@ $^ $(RIG_LIBS) 2>/dev/null || $(CC) $(SAN) -o $@ $^ $(LDLIBS)

$(BUILD)/tests/bench_%: tests/bench_%.c $(BUILD)/libpacksim.a
	@mkdir -p $(@D)
	@echo "link $@"
	$(Q)$(CC) $(CFLAGS) $(PKG_CFLAGS) -o $@ $< $(BUILD)/libpacksim.a $(LDLIBS)

$(BUILD)/tests/%: tests/%.c $(BUILD)/libpacksim.a $(BUILD)/tests/main.o
	@mkdir -p $(@D)
	@echo "link $@"
	$(Q)$(CC) $(CFLAGS) $(PKG_CFLAGS) $(CHECK_CFLAGS) -o $@ $< $(BUILD)/tests/main.o $(BUILD)/libpacksim.a $(CHECK_LIBS) $(LDLIBS)

$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(FUZZ_MAIN) $(BUILD)/libpacksim.a
	@mkdir -p $(@D)
	@echo "link $@"
	$(Q)$(CC) $(SAN) -o $@ $^ $(FUZZ_LIBS) $(LDLIBS)

$(BUILD)/oracle/oracle: $(call obj,$(ORACLE_SRC)) $(BUILD)/libpacksim.a
	@mkdir -p $(@D)
	@echo "link $@"
	$(Q)$(CC) $(SAN) -o $@ $^ $(LDLIBS)

$(BUILD)/rigs/watch_packs: tests/rigs/watch_packs.c $(BUILD)/libpacksim.a
	@mkdir -p $(@D)
	@echo "link $@"
	$(Q)$(CC) $(CFLAGS) $(PKG_CFLAGS) -o $@ $< $(BUILD)/libpacksim.a $(LDLIBS)

$(BUILD)/rigs/%: tests/rigs/%.c
	@mkdir -p $(@D)
	@echo "link $@"
	$(Q)$(CC) $(CSTD) $(OPT) -g $(WARN) -o $@ $<

$(BUILD)/gen: $(GEN_SRC) $(wildcard ecu_model/db/*.h sim/can/dbc*.h) | $(AFTER_DEPS)
	@mkdir -p $(@D)
	@echo "link $@"
	$(Q)$(CC) $(CSTD) -O1 -g $(WARN) -o $@ $(GEN_SRC)

.PHONY: all help clean \
  deps deps-rigs deps-socketcan deps-socketcan-qemu deps-virtual-time deps-lateness \
  run test test-programs test-gui screenshot \
  test-socketcan test-socketcan-qemu test-two-processes test-virtual-time test-kill-matrix \
  bench bench-socketcan bench-lateness \
  check check-all tidy format format-check lint asan cov cov-run fuzz fuzz-programs \
  gen gen-check docs reactions reactions-check oracle \
  firmware firmware-check firmware-suite firmware-cost size freestanding \
  mistakes mutants drives limits watch-long long
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.DELETE_ON_ERROR:
.SECONDARY:
