// SPDX-License-Identifier: MIT
/*
 * test_region: dxg_region_check() names every field that lies, and nothing else: a good header with
 * one field changed at a time.
 */
#include <string.h>

#include "cm.h"
#include "dxgwire/region.h"

#define SIZE (16u << 20)
#define RING (64u << 10)
#define IO_OFFSET (1u << 20)
#define VECTORS 2u

static struct dxg_region_ring ring_at(uint32_t ctl, uint32_t data)
{
	return (struct dxg_region_ring){ .ctl = ctl, .data = data, .size = RING, .vector = 1 };
}

static struct dxg_region_header good(void)
{
	struct dxg_region_header h = {
		.magic = DXG_REGION_MAGIC,
		.layout_version = DXG_REGION_LAYOUT_VERSION,
		.header_size = DXG_REGION_HEADER_SIZE,
		.region_size = SIZE,
		.interface_version = DXG_INTERFACE_VERSION,
		.io_offset = IO_OFFSET,
		.io_size = SIZE - IO_OFFSET,
		.channel_count = DXG_CHANNELS,
		.state = DXG_SESSION_READY,
		.generation = 1,
	};
	unsigned int i;

	for (i = 0; i < DXG_CHANNELS; i++) {
		h.channel[i].to_host = ring_at(4096 + 256 * i, 8192 + 2 * RING * i);
		h.channel[i].to_guest = ring_at(4096 + 256 * i + 128, 8192 + 2 * RING * i + RING);
	}
	return h;
}

#define check(h) dxg_region_check((h), SIZE, VECTORS)

/* A good header with @field = @value is refused, and @name is why. */
#define REFUSE(field, value, name)                    \
	do {                                          \
		struct dxg_region_header h_ = good(); \
		h_.field = (value);                   \
		assert_string_equal(check(&h_), name); \
	} while (0)

static void test_good(void **state)
{
	struct dxg_region_header h = good();

	(void)state;
	assert_null(check(&h));
	/* Features unknown to this side are no reason to stay away. */
	h.features = ~0ull;
	assert_null(check(&h));
	/* Doorbells to the host are numbered by the host. */
	h.channel[0].to_host.vector = 77;
	assert_null(check(&h));
}

static void test_identity(void **state)
{
	(void)state;
	REFUSE(magic, 0, "magic");
	REFUSE(magic, DXG_REGION_MAGIC ^ 1, "magic");
	REFUSE(layout_version, DXG_REGION_LAYOUT_VERSION + 1, "layout_version");
	REFUSE(header_size, 512, "header_size");
	REFUSE(interface_version, DXG_INTERFACE_VERSION - 1, "interface_version");
	REFUSE(interface_version, DXG_INTERFACE_VERSION + 1, "interface_version");
	REFUSE(channel_count, DXG_CHANNELS - 1, "channel_count");
	REFUSE(channel_count, DXG_CHANNELS + 1, "channel_count");
	REFUSE(generation, 0, "generation");
}

static void test_region_size(void **state)
{
	struct dxg_region_header h = good();

	(void)state;
	REFUSE(region_size, (uint64_t)SIZE + 1, "region_size");
	REFUSE(region_size, ~0ull, "region_size");
	REFUSE(region_size, DXG_REGION_HEADER_SIZE - 1, "region_size");
	assert_string_equal(dxg_region_check(&h, SIZE - 1, VECTORS), "region_size");
	/* A transport may have more room than the region takes. */
	assert_null(dxg_region_check(&h, SIZE * 2, VECTORS));
}

static void test_io_space(void **state)
{
	(void)state;
	REFUSE(io_offset, 0, "io_offset");
	REFUSE(io_offset, IO_OFFSET + 64, "io_offset");
	REFUSE(io_offset, IO_OFFSET + 4096, "io_offset");
	REFUSE(io_offset, SIZE + 4096, "io_offset");
	REFUSE(io_offset, 0ull - 4096, "io_offset");
	REFUSE(io_size, 0, "io_size");
	REFUSE(io_size, SIZE - IO_OFFSET - 1, "io_size");
	REFUSE(io_size, SIZE - IO_OFFSET + 4096, "io_offset");
	REFUSE(io_size, 0ull - IO_OFFSET, "io_offset");
}

static void test_ring_size(void **state)
{
	(void)state;
	REFUSE(channel[0].to_host.size, 0, "channel.ring.size");
	REFUSE(channel[0].to_host.size, RING + 64, "channel.ring.size");
	REFUSE(channel[1].to_guest.size, DXG_RING_SIZE_MIN / 2, "channel.ring.size");
	REFUSE(channel[1].to_guest.size, DXG_RING_SIZE_MAX * 2, "channel.ring.size");
	REFUSE(channel[1].to_guest.size, ~0u, "channel.ring.size");
}

static void test_ring_place(void **state)
{
	(void)state;
	REFUSE(channel[0].to_host.ctl, 0, "channel.ring.ctl");
	REFUSE(channel[0].to_host.ctl, 4096 + 32, "channel.ring.ctl");
	REFUSE(channel[0].to_host.ctl, IO_OFFSET - 64, "channel.ring.ctl");
	REFUSE(channel[0].to_host.ctl, ~0u & ~63u, "channel.ring.ctl");
	REFUSE(channel[0].to_guest.data, 2048, "channel.ring.data");
	REFUSE(channel[0].to_guest.data, 8192 + RING + 8, "channel.ring.data");
	/* No ring in the IO space: an allocation could lie over it. */
	REFUSE(channel[1].to_guest.data, IO_OFFSET - RING + 64, "channel.ring.data");
	REFUSE(channel[1].to_guest.data, IO_OFFSET, "channel.ring.data");
	REFUSE(channel[1].to_guest.data, 0u - 64, "channel.ring.data");
	REFUSE(channel[0].to_guest.vector, VECTORS, "channel.ring.vector");
	REFUSE(channel[1].to_guest.vector, ~0u, "channel.ring.vector");
}

static void test_rings_overlap(void **state)
{
	(void)state;
	REFUSE(channel[0].to_guest.data, 8192, "channel");
	REFUSE(channel[0].to_guest.data, 8192 + RING - 64, "channel");
	REFUSE(channel[1].to_host.ctl, 4096, "channel");
	REFUSE(channel[1].to_host.ctl, 4096 + 64, "channel");
	REFUSE(channel[1].to_guest.ctl, 8192 + 128, "channel");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	   cmocka_unit_test(test_identity),
		cmocka_unit_test(test_region_size), cmocka_unit_test(test_io_space),
		cmocka_unit_test(test_ring_size),  cmocka_unit_test(test_ring_place),
		cmocka_unit_test(test_rings_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
