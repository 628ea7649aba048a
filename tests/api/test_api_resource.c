/* SPDX-License-Identifier: MIT */
/*
 * test_api_resource: shared resources between processes: what openers get, that all see one memory,
 * who keeps it, and what is refused. Specification: ioctls 0x23, 0x3f, 0x41, 0x42.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "fixture.h"

#define PARTS 3u
#define PADDING 0xa5a5a5a5u
#define PAGES 4u
#define SIZE (PAGES * DXG_PAGE_SIZE)

static const char runtime[] = "runtime data";
static const char blob[] = "data of the resource";

/** struct made - a resource of PARTS allocations. */
struct made {
	struct d3dkmthandle resource;
	struct d3dkmthandle part[PARTS];
	struct dxg_alloc_private private[PARTS];
};

/* The sizes are odd, so that dxgd's version of the private data is another. */
static NTSTATUS make_as(const struct api *a, uint32_t flags, uint64_t size, struct made *ret)
{
	struct d3dddi_allocationinfo2 info[PARTS] = { 0 };
	struct d3dkmt_createallocation args = {
		.device = a->device,
		.private_runtime_data = dxg_ptr(runtime),
		.private_runtime_data_size = sizeof(runtime),
		.priv_drv_data = dxg_ptr(blob),
		.priv_drv_data_size = sizeof(blob),
		.alloc_count = PARTS,
		.allocation_info = dxg_ptr(info),
		.flags = { .create_resource = 1, .create_shared = 1, .nt_security_sharing = 1 },
	};
	NTSTATUS status;
	uint32_t i;

	for (i = 0; i < PARTS; i++) {
		ret->private[i] = (struct dxg_alloc_private){ .flags = flags, .size = size };
		info[i].priv_drv_data = dxg_ptr(&ret->private[i]);
		info[i].priv_drv_data_size = sizeof(ret->private[i]);
	}
	status = D3DKMTCreateAllocation2(&args);
	ret->resource = args.resource;
	for (i = 0; i < PARTS; i++)
		ret->part[i] = info[i].allocation;
	return status;
}

static NTSTATUS make(const struct api *a, struct made *ret)
{
	return make_as(a, DXG_ALLOC_CPU_VISIBLE, SIZE - 1, ret);
}

static NTSTATUS query(const struct api *a, int fd, struct d3dkmt_queryresourceinfofromnthandle *ret)
{
	*ret = (struct d3dkmt_queryresourceinfofromnthandle){ .device = a->device,
							      .reserved = PADDING,
							      .nt_handle = (uint64_t)fd };
	return D3DKMTQueryResourceInfoFromNtHandle(ret);
}

/** struct opened - all that an opener gets. */
struct opened {
	struct d3dkmt_openresourcefromnthandle args;
	struct d3dddi_openallocationinfo2 info[PARTS];
	char runtime[sizeof(runtime)];
	char blob[sizeof(blob)];
	struct dxg_alloc_private private[PARTS];
};

static void opened_init(struct opened *o, const struct api *a, int fd)
{
	memset(o, 0, sizeof(*o));
	o->args.reserved = o->args.reserved1 = o->args.reserved2 = o->args.reserved3 = PADDING;
	o->args.device = a->device;
	o->args.nt_handle = (uint64_t)fd;
	o->args.allocation_count = PARTS;
	o->args.open_alloc_info = dxg_ptr(o->info);
	o->args.private_runtime_data = dxg_ptr(o->runtime);
	o->args.private_runtime_data_size = sizeof(o->runtime);
	o->args.resource_priv_drv_data = dxg_ptr(o->blob);
	o->args.resource_priv_drv_data_size = sizeof(o->blob);
	o->args.total_priv_drv_data = dxg_ptr(o->private);
	o->args.total_priv_drv_data_size = sizeof(o->private);
}

static NTSTATUS open_fd(const struct api *a, int fd, struct opened *o)
{
	opened_init(o, a, fd);
	return D3DKMTOpenResourceFromNtHandle(&o->args);
}

static uint8_t *lock(const struct api *a, struct d3dkmthandle allocation)
{
	void *cpu = NULL;

	return api_lock(a->device, allocation, &cpu) ? NULL : cpu;
}

static NTSTATUS gpu_fill(struct api *a, struct d3dkmthandle allocation, const char *pattern)
{
	struct packets p = { 0 };
	uint64_t va;
	NTSTATUS status = api_map(a->queue, allocation, SIZE, &va);

	packets_fill(&p, va, SIZE, pattern, 1);
	return status ? status : api_run(a, &p);
}

/* ---- what openers get ---- */

/* Returns the line that fails. */
static int child_looks(int fd)
{
	struct d3dkmt_queryresourceinfofromnthandle info;
	struct opened o;
	struct api b;
	uint32_t i;

	if (api_open(&b) || query(&b, fd, &info) || info.allocation_count != PARTS ||
	    info.private_runtime_data_size != sizeof(runtime) ||
	    info.resource_priv_drv_data_size != sizeof(blob) ||
	    info.total_priv_drv_data_size != sizeof(o.private))
		return __LINE__ & 0xff;
	if (open_fd(&b, fd, &o) || memcmp(o.runtime, runtime, sizeof(runtime)) ||
	    memcmp(o.blob, blob, sizeof(blob)))
		return __LINE__ & 0xff;
	for (i = 0; i < PARTS; i++)
		if (o.private[i].size != SIZE || o.private[i].flags != DXG_ALLOC_CPU_VISIBLE ||
		    o.info[i].priv_drv_data != dxg_ptr(&o.private[i]) ||
		    o.info[i].priv_drv_data_size != sizeof(o.private[i]))
			return __LINE__ & 0xff;
	return api_resource_destroy(&b, o.args.resource) || api_close(&b) ? __LINE__ & 0xff : 0;
}

static void test_blobs_and_sizes(void **state)
{
	struct api *a = *state;
	struct made made;
	int fd;

	assert_ok(make(a, &made));
	assert_ok(api_share(made.resource, &fd));
	assert_child_ok(start_child(child_looks, fd));
	close(fd);
	assert_ok(api_resource_destroy(a, made.resource));
}

/* CPU and GPU of another process work on it; each part is itself, whole. */
static int child_works(int fd)
{
	struct opened o;
	struct api b;
	uint8_t *cpu;
	uint32_t i;

	if (api_open(&b) || open_fd(&b, fd, &o))
		return 1;
	for (i = 0; i < PARTS; i++) {
		cpu = lock(&b, o.info[i].allocation);
		if (!cpu || cpu[0] != 0x10 + i || cpu[SIZE - 1] != 0x20 + i)
			return 2;
		cpu[1] = (uint8_t)(0x30 + i);
	}
	return gpu_fill(&b, o.info[1].allocation, "\x77") || api_close(&b) ? 3 : 0;
}

static void test_one_memory(void **state)
{
	struct api *a = *state;
	struct made made;
	uint8_t *cpu[PARTS];
	uint32_t i;
	int fd;

	assert_ok(make(a, &made));
	for (i = 0; i < PARTS; i++) {
		cpu[i] = lock(a, made.part[i]);
		assert_non_null(cpu[i]);
		assert_int_equal(cpu[i][0], 0);
		cpu[i][0] = (uint8_t)(0x10 + i);
		cpu[i][SIZE - 1] = (uint8_t)(0x20 + i);
	}
	assert_ok(api_share(made.resource, &fd));
	assert_child_ok(start_child(child_works, fd));
	assert_int_equal(cpu[0][1], 0x30);
	assert_int_equal(cpu[2][1], 0x32);
	assert_int_equal(cpu[1][0], 0x77);
	assert_int_equal(cpu[1][SIZE - 1], 0x77);
	assert_int_equal(cpu[2][0], 0x12);
	/* And the other way round. */
	assert_ok(gpu_fill(a, made.part[0], "\x55"));
	assert_int_equal(cpu[0][SIZE - 1], 0x55);
	close(fd);
	assert_ok(api_resource_destroy(a, made.resource));
}

/* Members of one process: each is destroyed by itself. */
static void test_several_in_one_process(void **state)
{
	struct api *a = *state;
	struct opened one, two;
	struct made made;
	uint8_t *cpu;
	int fd;

	assert_ok(make(a, &made));
	assert_ok(api_share(made.resource, &fd));
	assert_ok(open_fd(a, fd, &one));
	assert_ok(open_fd(a, fd, &two));
	assert_int_not_equal(one.args.resource.v, two.args.resource.v);
	lock(a, made.part[0])[7] = 1;
	assert_ok(api_resource_destroy(a, made.resource));
	assert_ok(api_resource_destroy(a, one.args.resource));
	assert_status(api_resource_destroy(a, one.args.resource), STATUS_INVALID_PARAMETER);
	cpu = lock(a, two.info[0].allocation);
	assert_int_equal(cpu[7], 1);
	assert_ok(gpu_fill(a, two.info[0].allocation, "\x99"));
	assert_int_equal(cpu[7], 0x99);
	close(fd);
	assert_ok(api_resource_destroy(a, two.args.resource));
}

static int child_gives(int sock)
{
	struct made made;
	struct api b;
	uint8_t *cpu;
	int fd;

	if (api_open(&b) || make(&b, &made) || api_share(made.resource, &fd))
		return 1;
	cpu = lock(&b, made.part[2]);
	if (!cpu || gpu_fill(&b, made.part[2], "\x44"))
		return 2;
	cpu[3] = 33;
	return send_fd(sock, fd) ? 3 : 0; /* and ends with everything open */
}

/* The maker is dead before anybody opens it. */
static void test_descriptor_of_the_dead(void **state)
{
	struct api *a = *state;
	struct opened o;
	uint8_t *cpu;
	int pair[2], fd;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_child_ok(start_child(child_gives, pair[1]));
	fd = receive_fd(pair[0]);
	assert_true(fd >= 0);
	assert_ok(open_fd(a, fd, &o));
	cpu = lock(a, o.info[2].allocation);
	assert_non_null(cpu);
	assert_int_equal(cpu[3], 33);
	assert_int_equal(cpu[4], 0x44);
	close(fd);
	assert_ok(api_resource_destroy(a, o.args.resource));
	close(pair[0]);
	close(pair[1]);
}

/* More than there is, if the memory of one did not come back; and zeroed. */
static void test_memory_comes_back(void **state)
{
	struct api *a = *state;
	struct made made;
	struct opened o;
	uint8_t *cpu;
	int fd, i;

	for (i = 0; i < 40; i++) {
		assert_ok(make_as(a, DXG_ALLOC_CPU_VISIBLE, 32u << 20, &made));
		cpu = lock(a, made.part[1]);
		assert_int_equal(cpu[0], 0);
		cpu[0] = 1;
		assert_ok(api_share(made.resource, &fd));
		assert_ok(open_fd(a, fd, &o));
		close(fd);
		assert_ok(api_resource_destroy(a, made.resource));
		assert_ok(api_resource_destroy(a, o.args.resource));
	}
}

/* ---- standard allocations ---- */

static NTSTATUS make_standard(const struct api *a, uint64_t size, struct d3dkmthandle *ret_resource,
			      struct d3dkmthandle *ret_allocation)
{
	struct d3dkmt_createstandardallocation standard = {
		.type = _D3DKMT_STANDARDALLOCATIONTYPE_CROSSADAPTER,
		.existing_heap_data = { .size = size },
	};
	struct d3dddi_allocationinfo2 info = { 0 };
	struct d3dkmt_createallocation args = {
		.device = a->device,
		.private_runtime_data = dxg_ptr(runtime),
		.private_runtime_data_size = sizeof(runtime),
		.standard_allocation = dxg_ptr(&standard),
		.alloc_count = 1,
		.allocation_info = dxg_ptr(&info),
		.flags = { .create_resource = 1,
			   .create_shared = 1,
			   .nt_security_sharing = 1,
			   .standard_allocation = 1,
			   .cross_adapter = 1 },
	};
	NTSTATUS status = D3DKMTCreateAllocation2(&args);

	*ret_resource = args.resource;
	*ret_allocation = info.allocation;
	return status;
}

/* Openers get what the driver has for it: private data that its maker has not given. */
static int child_opens_standard(int fd)
{
	struct d3dkmt_queryresourceinfofromnthandle info;
	struct opened o;
	struct api b;
	uint8_t *cpu;

	if (api_open(&b) || query(&b, fd, &info) || info.allocation_count != 1 ||
	    info.private_runtime_data_size != sizeof(runtime) || info.resource_priv_drv_data_size ||
	    info.total_priv_drv_data_size != sizeof(struct dxg_alloc_private))
		return 1;
	opened_init(&o, &b, fd);
	o.args.allocation_count = 1;
	if (D3DKMTOpenResourceFromNtHandle(&o.args) || o.private[0].size != SIZE ||
	    o.private[0].flags != DXG_ALLOC_CPU_VISIBLE ||
	    memcmp(o.runtime, runtime, sizeof(runtime)))
		return 2;
	cpu = lock(&b, o.info[0].allocation);
	if (!cpu || cpu[9] != 0x19)
		return 3;
	return gpu_fill(&b, o.info[0].allocation, "\x71") || api_close(&b) ? 4 : 0;
}

static void test_standard(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle resource, allocation;
	uint8_t *cpu;
	int fd;

	assert_ok(make_standard(a, SIZE, &resource, &allocation));
	cpu = lock(a, allocation);
	assert_non_null(cpu);
	cpu[9] = 0x19;
	assert_ok(api_share(resource, &fd));
	assert_child_ok(start_child(child_opens_standard, fd));
	assert_int_equal(cpu[SIZE - 1], 0x71);
	close(fd);
	assert_ok(api_resource_destroy(a, resource));
}

/* Its size has 64 bits: too much is too much, and not what is left of it in 32. */
static void test_standard_too_large(void **state)
{
	struct api *a = *state;
	struct d3dkmthandle resource, allocation;

	assert_status(make_standard(a, (64ull << 30) + SIZE, &resource, &allocation),
		      STATUS_NO_MEMORY);
	assert_status(make_standard(a, SIZE - 1, &resource, &allocation), STATUS_INVALID_PARAMETER);
}

/* ---- what is refused ---- */

static void test_whole_from_the_beginning(void **state)
{
	struct api *a = *state;
	struct dxg_alloc_private private = { DXG_ALLOC_CPU_VISIBLE, 0, SIZE };
	struct d3dddi_allocationinfo2 info = { .priv_drv_data = dxg_ptr(&private),
					       .priv_drv_data_size = sizeof(private) };
	struct d3dkmt_createallocation add = { .device = a->device,
					       .alloc_count = 1,
					       .allocation_info = dxg_ptr(&info) };
	struct d3dkmt_offerallocations offer = { .device = a->device,
						 .allocation_count = 1,
						 .priority = _D3DKMT_OFFER_PRIORITY_LOW };
	struct opened o;
	struct made made;
	int fd;

	assert_ok(make(a, &made));
	assert_ok(api_share(made.resource, &fd));
	assert_ok(open_fd(a, fd, &o));
	add.resource = made.resource;
	assert_status(D3DKMTCreateAllocation2(&add), STATUS_INVALID_PARAMETER);
	add.resource = o.args.resource;
	assert_status(D3DKMTCreateAllocation2(&add), STATUS_INVALID_PARAMETER);
	assert_status(api_free(a->device, made.part[0]), STATUS_INVALID_PARAMETER);
	assert_status(api_free(a->device, o.info[0].allocation), STATUS_INVALID_PARAMETER);
	offer.allocations = dxg_ptr(&made.part[0]);
	assert_status(D3DKMTOfferAllocations(&offer), STATUS_INVALID_PARAMETER);
	lock(a, made.part[0])[0] = 1; /* it is still there */
	close(fd);
	assert_ok(api_resource_destroy(a, made.resource));
	assert_ok(api_resource_destroy(a, o.args.resource));
}

static void test_open_checks(void **state)
{
	struct d3dkmt_queryresourceinfofromnthandle info;
	struct d3dkmt_opensyncobjectfromnthandle2 sync;
	struct api *a = *state;
	struct made made;
	struct opened o;
	int fd, null = dup(STDERR_FILENO);

	assert_ok(make(a, &made));
	assert_ok(api_share(made.resource, &fd));
	sync = (struct d3dkmt_opensyncobjectfromnthandle2){ .nt_handle = (uint64_t)fd,
							    .device = a->device };
	assert_status(D3DKMTOpenSyncObjectFromNtHandle2(&sync), STATUS_INVALID_PARAMETER);
	assert_status(query(a, null, &info), STATUS_INVALID_PARAMETER);
	assert_status(query(a, -1, &info), STATUS_INVALID_PARAMETER);
	info = (struct d3dkmt_queryresourceinfofromnthandle){ .device = a->context,
							      .nt_handle = (uint64_t)fd };
	assert_status(D3DKMTQueryResourceInfoFromNtHandle(&info), STATUS_INVALID_PARAMETER);
#define REFUSED(change)                                                                           \
	do {                                                                                      \
		opened_init(&o, a, fd);                                                           \
		change;                                                                           \
		assert_status(D3DKMTOpenResourceFromNtHandle(&o.args), STATUS_INVALID_PARAMETER); \
	} while (0)
	REFUSED(o.args.device.v = 0);
	REFUSED(o.args.nt_handle = (uint64_t)null);
	REFUSED(o.args.allocation_count = PARTS + 1);
	REFUSED(o.args.allocation_count = PARTS - 1);
	REFUSED(o.args.private_runtime_data_size = sizeof(runtime) - 1);
	REFUSED(o.args.private_runtime_data_size = -1);
	REFUSED(o.args.resource_priv_drv_data_size = sizeof(blob) - 1);
	REFUSED(o.args.total_priv_drv_data_size = sizeof(o.private) - 1);
#undef REFUSED
	assert_ok(open_fd(a, fd, &o));
	close(null);
	close(fd);
	assert_ok(api_resource_destroy(a, o.args.resource));
	assert_ok(api_resource_destroy(a, made.resource));
}

/* What is not shared has no descriptor. */
static void test_not_shared(void **state)
{
	struct api *a = *state;
	struct dxg_alloc_private private = { DXG_ALLOC_CPU_VISIBLE, 0, SIZE };
	struct d3dddi_allocationinfo2 info = { .priv_drv_data = dxg_ptr(&private),
					       .priv_drv_data_size = sizeof(private) };
	struct d3dkmt_createallocation args = { .device = a->device,
						.alloc_count = 1,
						.allocation_info = dxg_ptr(&info),
						.flags = { .create_resource = 1 } };
	int fd;

	assert_ok(D3DKMTCreateAllocation2(&args));
	assert_status(api_share(args.resource, &fd), STATUS_INVALID_PARAMETER);
	assert_status(api_share(info.allocation, &fd), STATUS_INVALID_PARAMETER);
	assert_ok(api_resource_destroy(a, args.resource));
}

static void test_adapter(void **state)
{
	struct d3dkmt_getsharedresourceadapterluid args = { 0 };
	struct api *a = *state;
	struct made made;
	int fd;

	assert_ok(make(a, &made));
	assert_ok(api_share(made.resource, &fd));
	args.nt_handle = (uint64_t)fd;
	assert_ok(D3DKMTGetSharedResourceAdapterLuid(&args));
	assert_memory_equal(&args.adapter_luid, &a->luid, sizeof(a->luid));
	args.nt_handle = STDERR_FILENO;
	assert_status(D3DKMTGetSharedResourceAdapterLuid(&args), STATUS_INVALID_PARAMETER);
	close(fd);
	assert_ok(api_resource_destroy(a, made.resource));
}

/* Memory that the CPU cannot see: shared where it is system memory, and then not to be locked. */
static void test_unseen(void **state)
{
	struct api *a = *state;
	struct made made;
	NTSTATUS status = make_as(a, 0, SIZE, &made);
	void *cpu;

	if (status == STATUS_NOT_SUPPORTED)
		api_skip("memory of one process's driver is not shared");
	assert_ok(status);
	assert_status(api_lock(a->device, made.part[0], &cpu), STATUS_INVALID_PARAMETER);
	assert_ok(gpu_fill(a, made.part[0], "\x12"));
	assert_ok(api_resource_destroy(a, made.resource));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_blobs_and_sizes),
		api_test(test_one_memory),
		api_test(test_several_in_one_process),
		api_test(test_descriptor_of_the_dead),
		api_test(test_memory_comes_back),
		api_test(test_standard),
		api_test(test_standard_too_large),
		api_test(test_whole_from_the_beginning),
		api_test(test_open_checks),
		api_test(test_not_shared),
		api_test(test_adapter),
		api_test(test_unseen),
	};

	return api_main("api_resource", tests);
}
