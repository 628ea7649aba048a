/* SPDX-License-Identifier: MIT */
/*
 * test_api_dmabuf: memory of allocations behind dma-buf descriptors, which other processes map.
 * Through /dev/dxg; over the socket there are none, which is tested too. docs/abi.md;
 * misc/opendxg.h.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../fork.h"
#include "fixture.h"

#define SIZE (16u * DXG_PAGE_SIZE)

static NTSTATUS export_as(const struct api *a, struct d3dkmthandle allocation, uint32_t flags,
			  int *ret_fd)
{
	struct opendxg_exportdmabuf args = {
		.device = a->device,
		.allocation = allocation,
		.flags = flags,
		.fd = -1,
	};
	NTSTATUS status = OpendxgExportDmaBuf(&args);

	*ret_fd = args.fd;
	return status;
}

/* Some memory and a descriptor of it; skips where there are none. */
static void make(struct api *a, struct api_memory *ret_memory, int *ret_fd)
{
	assert_ok(api_memory_create(a, SIZE, DXG_ALLOC_CPU_VISIBLE, ret_memory));
	if (api_on_socket()) {
		printf("SKIP: dma-bufs are the kernel module's to make\n");
		skip();
	}
	assert_ok(export_as(a, ret_memory->allocation, O_RDWR | O_CLOEXEC, ret_fd));
	assert_true(*ret_fd >= 0);
}

static uint8_t *map_at(int fd, uint64_t offset, uint64_t size, int prot)
{
	void *p = mmap(NULL, size, prot, MAP_SHARED, fd, (off_t)offset);

	assert_true(p != MAP_FAILED);
	return p;
}

static void test_none_on_socket(void **state)
{
	struct api *a = *state;
	struct api_memory m;
	int fd;

	if (!api_on_socket())
		skip();
	assert_ok(api_memory_create(a, SIZE, DXG_ALLOC_CPU_VISIBLE, &m));
	assert_status(export_as(a, m.allocation, O_RDWR, &fd), STATUS_NOT_SUPPORTED);
}

/* The same bytes, seen both ways, in whole and in part; the GPU writes them, too. */
static void test_same_memory(void **state)
{
	struct packets p = { 0 };
	struct api *a = *state;
	struct api_memory m;
	uint8_t *all, *tail;
	int fd;

	make(a, &m, &fd);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(lseek(fd, 0, SEEK_END), SIZE);
	all = map_at(fd, 0, SIZE, PROT_READ | PROT_WRITE);
	tail = map_at(fd, SIZE - DXG_PAGE_SIZE, DXG_PAGE_SIZE, PROT_READ);
	close(fd);
	m.cpu[SIZE - 1] = 7;
	assert_int_equal(all[SIZE - 1], 7);
	assert_int_equal(tail[DXG_PAGE_SIZE - 1], 7);
	all[0] = 9;
	assert_int_equal(m.cpu[0], 9);
	packets_fill(&p, m.va, m.size, "\x5c", 1);
	assert_ok(api_run(a, &p));
	assert_int_equal(all[SIZE / 2], 0x5c);
	munmap(all, SIZE);
	munmap(tail, DXG_PAGE_SIZE);
}

static void test_no_further_than_it_goes(void **state)
{
	struct api *a = *state;
	struct api_memory m;
	int fd;

	make(a, &m, &fd);
	assert_true(mmap(NULL, SIZE + DXG_PAGE_SIZE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
	assert_true(mmap(NULL, DXG_PAGE_SIZE, PROT_READ, MAP_SHARED, fd, SIZE) == MAP_FAILED);
	assert_true(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) == MAP_FAILED);
	close(fd);
}

/* A descriptor for reading gives no way to write, now or later. */
static void test_read_only(void **state)
{
	struct api *a = *state;
	struct api_memory m;
	uint8_t *p;
	int rw, ro;

	make(a, &m, &rw);
	assert_ok(export_as(a, m.allocation, O_RDONLY, &ro));
	assert_int_equal(fcntl(ro, F_GETFD), 0);
	assert_true(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, ro, 0) == MAP_FAILED);
	p = map_at(ro, 0, SIZE, PROT_READ);
	m.cpu[5] = 55;
	assert_int_equal(p[5], 55);
	assert_int_not_equal(mprotect(p, SIZE, PROT_READ | PROT_WRITE), 0);
	munmap(p, SIZE);
	close(ro);
	close(rw);
}

/* ---- other processes ---- */

static void send_fd(int to, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(fd))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	assert_int_equal(sendmsg(to, &msg, 0), 1);
}

static int receive_fd(int from)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	int fd = -1;

	if (recvmsg(from, &msg, 0) == 1 && CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/* Writes through what it got; when told so touches it again, which kills it once that is gone. */
static int child_writes(int sock)
{
	int fd = receive_fd(sock);
	volatile uint8_t *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char byte = 1;

	if (p == MAP_FAILED)
		return 1;
	signal(SIGBUS, SIG_DFL);
	p[1] = 0x77;
	if (write(sock, &byte, 1) != 1 || read(sock, &byte, 1) != 1)
		return 2;
	p[1] = 0x78;
	return 3;
}

static pid_t start_child(int *ret_sock)
{
	int pair[2];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	pid = fork_quietly();
	assert_true(pid >= 0);
	if (!pid)
		_exit(child_writes(pair[1]));
	close(pair[1]);
	*ret_sock = pair[0];
	return pid;
}

/* Another process maps it; when the allocation goes its memory is out of that one's reach. */
static void test_revoked_elsewhere(void **state)
{
	struct api *a = *state;
	struct api_memory m;
	int fd, sock, status = 0;
	char byte = 0;
	pid_t pid;

	make(a, &m, &fd);
	pid = start_child(&sock);
	send_fd(sock, fd);
	close(fd);
	assert_int_equal(read(sock, &byte, 1), 1);
	assert_int_equal(m.cpu[1], 0x77);
	assert_ok(api_memory_destroy(a, &m));
	assert_int_equal(write(sock, &byte, 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	close(sock);
}

/* The descriptor outlives its allocation and its device; nobody gets at anything with it. */
static void test_outlives(void **state)
{
	struct api *a = *state;
	struct api_memory m;
	int fd, status = 0;
	pid_t pid;

	make(a, &m, &fd);
	assert_ok(api_memory_destroy(a, &m));
	pid = fork_quietly();
	if (!pid) {
		signal(SIGBUS, SIG_DFL);
		_exit(map_at(fd, 0, SIZE, PROT_READ)[0]);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	close(fd);
}

static void test_refused(void **state)
{
	struct api *a = *state, b;
	struct d3dkmthandle local;
	struct api_memory m;
	int fd, bad;

	make(a, &m, &fd);
	close(fd);
	assert_status(export_as(a, a->context, O_RDWR, &bad), STATUS_INVALID_PARAMETER);
	assert_status(export_as(a, m.allocation, O_WRONLY, &bad), STATUS_INVALID_PARAMETER);
	assert_status(export_as(a, m.allocation, O_RDWR | O_NONBLOCK, &bad),
		      STATUS_INVALID_PARAMETER);
	assert_ok(api_allocate(a->device, SIZE, 0, &local, NULL));
	assert_status(export_as(a, local, O_RDWR, &bad), STATUS_INVALID_PARAMETER);
	b = *a;
	assert_ok(api_open_device(&b));
	assert_status(export_as(&b, m.allocation, O_RDWR, &bad), STATUS_INVALID_PARAMETER);
	assert_ok(api_close_device(&b));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		api_test(test_none_on_socket),
		api_test(test_same_memory),
		api_test(test_no_further_than_it_goes),
		api_test(test_read_only),
		api_test(test_revoked_elsewhere),
		api_test(test_outlives),
		api_test(test_refused),
	};

	return api_main("api_dmabuf", tests);
}
