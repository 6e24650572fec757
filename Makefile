# healthrec: resident health files on a clinic PC. `make help` says what can be made; V=1 shows the commands.
BUILD ?= build
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
FUZZ_SECONDS ?= 20
ifeq ($(origin CC),default)
CC = gcc
endif
comma := ,
# SANITIZE=address,undefined makes everything instrumented, in a folder of its own.
OUT := $(BUILD)$(if $(SANITIZE),/$(subst $(comma),-,$(SANITIZE)))
VERSION = $(shell sed -n 's/^ *return "\([0-9.]*\)";/\1/p' lib/healthrec.c)
SONAME := libhealthrec.so.0

# pkg-config is asked once, and only when something is compiled: demo and check install it first.
ask = $(eval $(1) := $(shell pkg-config $(2)))$($(1))
PKG_CFLAGS = $(call ask,PKG_CFLAGS,--cflags sqlcipher icu-i18n icu-uc libsodium jansson libarchive)
PKG_LIBS = $(call ask,PKG_LIBS,--libs icu-i18n icu-uc libsodium jansson libarchive)
SQLCIPHER = $(call ask,SQLCIPHER_DIR,--variable=libdir sqlcipher)/libsqlcipher.a
LIBS = $(PKG_LIBS) -lcsv -lcrypto -lm -lpthread

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wformat=2 -Wno-format-nonliteral
HARDENED := -O2 -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
SANITIZED = -O1 -fno-omit-frame-pointer -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
COMMON = -std=c11 -D_GNU_SOURCE -g -fPIC -fvisibility=hidden $(WARNINGS) $(CFLAGS)
COMPILE = $(CC) $(COMMON) $(if $(SANITIZE),$(SANITIZED),$(HARDENED)) $(INCLUDES) -MMD -MP -c -o $@ $<
LINK = $(CC) $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS) -Wl,-z,relro,-z,now -o $@
INTERNAL = -Iinclude -Ilib -DSQLITE_HAS_CODEC $(PKG_CFLAGS)

SQL := $(wildcard lib/*/*.sql lib/*/*/*.sql)
LIB_C := $(wildcard lib/*.c lib/*/*.c lib/*/*/*.c)
TOOL_C := $(wildcard examples/healthrec/*.c)
EXAMPLES := $(patsubst examples/%.c,$(OUT)/%,$(wildcard examples/*.c))
TESTS := $(patsubst %.c,$(OUT)/%,$(wildcard tests/test_*.c))
FUZZERS := $(patsubst %.c,$(OUT)/%,$(wildcard tests/fuzz_*.c))
SCRIPTS := $(filter-out tests/run.sh tests/demo.sh,$(wildcard tests/*.sh)) $(wildcard ../shared/acceptance/check.py)
ALL_C := $(LIB_C) $(TOOL_C) $(wildcard examples/*.c tests/*.c)
ALL_H := $(wildcard include/*.h lib/*/*.h examples/*/*.h tests/*.h)
objects = $(patsubst %.c,$(OUT)/obj/%.o,$(1))
LIB_O := $(call objects,$(LIB_C)) $(patsubst %,$(OUT)/obj/gen/%.o,$(notdir $(SQL)))
SUPPORT_O := $(call objects,$(wildcard tests/support.c tests/raw.c))

# The targets below call make again, in parallel, after what they need has been installed.
AGAIN = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
Q := $(if $(V),,@)
say = @printf '  %-5s %s\n' $(1) $(2)
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all demo check bench asan lint fuzz install uninstall clean help run-demo run-check run-bench run-fuzz

all: $(OUT)/healthrec $(EXAMPLES) $(OUT)/libhealthrec.a $(OUT)/libhealthrec.so ## the tool, the examples and both libraries
demo: ## installs what is missing, then a sample district's store, its scorecard and a list
	@.ci/dependencies && $(AGAIN) run-demo
check: ## installs what is missing, then runs every test; the last line counts them
	@.ci/dependencies check && $(AGAIN) run-check
bench: ## speed and memory at 1,000,000 residents, beside plain SQLite
	@.ci/dependencies && $(AGAIN) run-bench
asan: ## the tests again under AddressSanitizer and UndefinedBehaviorSanitizer
	@.ci/dependencies check && $(AGAIN) SANITIZE=address,undefined run-check
fuzz: ## runs each tests/fuzz_*.c for FUZZ_SECONDS (20)
	@.ci/dependencies ci && $(AGAIN) CC=clang SANITIZE=fuzzer-no-link,address,undefined run-fuzz
lint: ## clang-format, gcc's warnings and clang-tidy, each as errors
	@.ci/dependencies ci
	clang-format --dry-run -Werror $(ALL_C) $(ALL_H)
	$(Q)$(CC) $(COMMON) -Wpedantic -Werror $(INTERNAL) -fsyntax-only $(ALL_C)
	$(Q)printf '%s\n' $(ALL_C) | xargs -P$$(nproc) -I{} clang-tidy --quiet {} -- $(COMMON) -Wpedantic $(INTERNAL)

run-demo: all
	@tests/demo.sh $(OUT)
run-check: all $(TESTS)
	@tests/run.sh $(OUT) $(TESTS) $(SCRIPTS)
run-bench: all $(OUT)/bench
	$(OUT)/bench $(BENCH_ARGS)
run-fuzz: $(FUZZERS)
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/run.sh $(OUT) $(FUZZERS)

install: all ## copies tool, header, libraries, healthrec.pc and manual below DESTDIR and PREFIX (/usr/local)
	install -d $(addprefix $(DESTDIR),$(PREFIX)/bin $(PREFIX)/include $(LIBDIR)/pkgconfig $(PREFIX)/share/man/man1 $(PREFIX)/share/man/zh_CN/man1)
	install -m 755 $(OUT)/healthrec $(DESTDIR)$(PREFIX)/bin/
	install -m 644 include/healthrec.h $(DESTDIR)$(PREFIX)/include/
	install -m 644 $(OUT)/libhealthrec.a $(OUT)/$(SONAME) $(DESTDIR)$(LIBDIR)/
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libhealthrec.so
	printf '%s\n' 'Name: healthrec' 'Description: resident health files, encrypted and offline' 'Version: $(VERSION)' \
	    'Cflags: -I$(PREFIX)/include' 'Libs: -L$(LIBDIR) -lhealthrec' 'Libs.private: $(LIBS)' \
	    > $(DESTDIR)$(LIBDIR)/pkgconfig/healthrec.pc
	install -m 644 docs/healthrec.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 docs/healthrec.zh.1 $(DESTDIR)$(PREFIX)/share/man/zh_CN/man1/healthrec.1
	test -n "$(DESTDIR)" || ldconfig || true # so that programs find the library
uninstall: ## removes them again
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,bin/healthrec include/healthrec.h share/man/man1/healthrec.1 share/man/zh_CN/man1/healthrec.1) \
	    $(addprefix $(DESTDIR)$(LIBDIR)/,libhealthrec.a libhealthrec.so $(SONAME) pkgconfig/healthrec.pc)
clean: ## removes the folder build
	rm -rf $(BUILD)
help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{printf "make %-10s %s\n", $$1, $$2}'

# Each object sees only what its layer may: examples the public header, tests also the library's own.
$(OUT)/obj/%: INCLUDES = $(INTERNAL)
$(OUT)/obj/examples/%: INCLUDES = -Iinclude
# What the library frees is wiped: lib/base/forget.h.
$(OUT)/obj/lib/%: INCLUDES = $(INTERNAL) -include lib/base/forget.h
$(OUT)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(COMPILE)
$(OUT)/obj/gen/%.o: $(OUT)/gen/%.c
	@mkdir -p $(@D)
	$(Q)$(COMPILE)

# SQL becomes a string: lib/record/record.1.sql is hr_sql_record_1.
vpath %.sql $(sort $(dir $(SQL)))
$(OUT)/gen/%.sql.c: %.sql Makefile
	@mkdir -p $(@D)
	$(call say,SQL,$<)
	$(Q)name=hr_sql_$$(basename $< .sql | sed 's/[^A-Za-z0-9]/_/g'); \
	{ echo "extern const char $$name[];"; echo "const char $$name[] = \"\""; sed 's/[\\"?]/\\&/g; s/.*/"&\\n"/' $<; echo ';'; } > $@

# SQLCipher goes inside both libraries and only the header's functions show, so a host may load plain SQLite as well.
# lib/store/streams.c says why two names of SQLCipher's change. Once loaded the shared library stays: jansson frees through
# it (lib/healthrec.c).
$(OUT)/sqlcipher.o: Makefile
	@mkdir -p $(@D)
	$(Q)ld -r -o $@ --whole-archive $(SQLCIPHER) && objcopy --redefine-sym stdout=hr_own_stdout --redefine-sym stderr=hr_own_stderr $@
$(OUT)/exports: include/healthrec.h
	@mkdir -p $(@D)
	$(Q)sed -n 's/^HR_API [^(]*[ *]\(hr_[a-z0-9_]*\)(.*/\1/p' $< > $@
$(OUT)/libhealthrec.a: $(LIB_O) $(OUT)/sqlcipher.o $(OUT)/exports
	$(call say,AR,$@)
	$(Q)ld -r -o $(OUT)/healthrec.o $(filter %.o,$^) && objcopy --keep-global-symbols=$(OUT)/exports $(OUT)/healthrec.o
	$(Q)rm -f $@ && ar rcs $@ $(OUT)/healthrec.o
$(OUT)/$(SONAME): $(LIB_O) $(OUT)/sqlcipher.o $(OUT)/exports
	$(call say,LD,$@)
	$(Q){ echo '{ global:'; sed 's/$$/;/' $(OUT)/exports; echo 'local: *; };'; } > $(OUT)/exports.map
	$(Q)$(LINK) -shared -Wl,-z,nodelete -Wl,-soname,$(SONAME) -Wl,--version-script=$(OUT)/exports.map $(filter %.o,$^) $(LIBS)
$(OUT)/libhealthrec.so: $(OUT)/$(SONAME)
	$(Q)ln -sf $(SONAME) $@
$(OUT)/internal.a: $(LIB_O)
	$(Q)rm -f $@ && ar rcs $@ $^

$(OUT)/healthrec: LIBS += -lqrencode
$(OUT)/healthrec: $(call objects,$(TOOL_C)) $(OUT)/libhealthrec.a
	$(call say,LD,$@)
	$(Q)$(LINK) $^ $(LIBS)
$(OUT)/call_desk: LIBS += -lmosquitto
$(EXAMPLES): $(OUT)/%: $(OUT)/obj/examples/%.o $(OUT)/libhealthrec.a
	$(call say,LD,$@)
	$(Q)$(LINK) $^ $(LIBS)
$(OUT)/tests/fuzz_%: LDFLAGS += -fsanitize=fuzzer
$(OUT)/tests/%: $(OUT)/obj/tests/%.o $(SUPPORT_O) $(OUT)/internal.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(LINK) $^ $(SQLCIPHER) -lcmocka $(LIBS)
$(OUT)/bench: $(OUT)/tests/bench
	$(Q)ln -f $< $@

-include $(shell find $(OUT)/obj -name '*.d' 2>/dev/null)
