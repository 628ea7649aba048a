// SPDX-License-Identifier: MIT
/*
 * test_clock_logic.c - clock.c alone: the device's times in ours, with clocks that are one, that
 * stand apart, and that drift.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock.h"

#define US 1000u
#define ONE_WAY_NS (20 * US) /* the least that a message takes */
#define STEP_NS 100 /* in which a clock of the test's drifts */
#define COMMANDS 1000

static uint64_t now = 1000000000;
static uint32_t seed = 1;

static uint64_t some(uint64_t least, uint64_t most)
{
	seed = seed * 1664525u + 1013904223u;
	return least + (seed >> 8) % (most - least + 1);
}

/** struct device - a clock that runs @ppm faster than ours and was @ahead at the start of time. */
struct device {
	uint64_t ahead;
	int64_t ppm;
};

static uint64_t device_time(const struct device *d, uint64_t t)
{
	return t + d->ahead + (uint64_t)((int64_t)t / 1000000 * d->ppm);
}

static struct device_clock ask(const struct device *d)
{
	struct device_clock clock = { .samples = 0 };

	for (int i = 0; i < 5; i++) {
		uint64_t before = now, read = before + some(ONE_WAY_NS, 10 * ONE_WAY_NS);

		now = read + some(ONE_WAY_NS, 10 * ONE_WAY_NS);
		clock_sample(&clock, before, device_time(d, read), now);
	}
	return clock;
}

/* Commands one after the other; each was submitted before the one before it ended. */
static void run(const struct device *d, uint64_t pause, uint64_t error)
{
	struct device_clock clock = ask(d);
	uint64_t end = 0, last = 0;

	for (int i = 0; i < COMMANDS; i++) {
		uint64_t submitted = now, floor = last > now ? last : now, start, took;
		struct dxg_cmd_profile profile;
		struct clock_span span;

		start = submitted + some(ONE_WAY_NS, 5 * ONE_WAY_NS);
		start = start > end ? start : end;
		took = some(1, 50 * US);
		end = start + took;
		profile.start_ns = device_time(d, start);
		profile.end_ns = device_time(d, end);
		now = end + some(ONE_WAY_NS, 5 * ONE_WAY_NS);
		span = clock_translate(&clock, &profile, submitted, floor, now);
		assert_true(floor <= span.start && span.start <= span.end && span.end <= now);
		assert_in_range(span.end - span.start, took > STEP_NS ? took - STEP_NS : 0,
				took + STEP_NS);
		assert_in_range(span.start, start - error, start + error);
		last = span.end;
		now -= some(0, ONE_WAY_NS / 2); /* somebody enqueued the next one meanwhile */
		now += pause;
	}
}

static void one_clock(void **state)
{
	(void)state;
	run(&(struct device){ 0, 0 }, 0, 0);
}

static void apart(void **state)
{
	(void)state;
	run(&(struct device){ 123456789012, 0 }, 0, 10 * ONE_WAY_NS);
	run(&(struct device){ -123456789012ull, 0 }, 0, 10 * ONE_WAY_NS);
}

/* A thousand seconds in which the clocks part by a tenth of one. */
static void drifting(void **state)
{
	(void)state;
	run(&(struct device){ 5000000000, 100 }, 1000000000, 10 * ONE_WAY_NS);
	run(&(struct device){ 5000000000, -100 }, 1000000000, 10 * ONE_WAY_NS);
}

/* Nonsense costs the one who wrote it, and no more. */
static void nonsense(void **state)
{
	struct device_clock clock = ask(&(struct device){ 5000000000, 0 });
	const struct dxg_cmd_profile profiles[] = {
		{ 0, 0 }, { UINT64_MAX, 0 }, { 0, UINT64_MAX }, { now, now - 1 }, { 5, 3 }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
		struct clock_span span =
			clock_translate(&clock, &profiles[i], now - 100, now - 50, now);

		assert_true(now - 50 <= span.start && span.start <= span.end && span.end <= now);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_clock),
		cmocka_unit_test(apart),
		cmocka_unit_test(drifting),
		cmocka_unit_test(nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
