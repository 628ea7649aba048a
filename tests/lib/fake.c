// SPDX-License-Identifier: MIT
/*
 * fake.c - one thread: accept, attach, then packets. It polls its doorbell and the socket; tests
 * that answer from their own thread share the producer side under tx_lock.
 */
#include "fake.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "dxgwire/attach.h"

#define CHECK(cond)                                                                      \
	do {                                                                             \
		if (!(cond)) {                                                           \
			fprintf(stderr, "fake: %s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                                         \
		}                                                                        \
	} while (0)

/* ---- packets out ---- */

static void fake_ring(struct fake *f)
{
	uint64_t one = 1;

	CHECK(write(f->to_guest, &one, sizeof(one)) == sizeof(one));
}

void fake_put(struct fake *f, unsigned int channel, uint16_t kind, uint64_t id, const void *payload,
	      uint32_t length)
{
	struct dxg_ring_part part = { payload, length };

	pthread_mutex_lock(&f->tx_lock);
	/* The guest reads while it waits, so that room comes. */
	while (dxg_ring_put(&f->tx[channel], kind, id, &part, 1) == -EAGAIN) {
		if (dxg_ring_publish(&f->tx[channel]))
			fake_ring(f);
		sched_yield();
	}
	if (dxg_ring_publish(&f->tx[channel]))
		fake_ring(f);
	pthread_mutex_unlock(&f->tx_lock);
}

void fake_reply_id(struct fake *f, unsigned int channel, uint64_t id, const void *reply,
		   uint32_t length)
{
	fake_put(f, channel, DXG_PACKET_REPLY, id, reply, length);
}

void fake_reply(struct fake *f, const struct fake_packet *p, const void *reply, uint32_t length)
{
	fake_reply_id(f, p->channel, p->pkt.id, reply, length);
}

void fake_signal(struct fake *f, uint64_t event)
{
	struct dxg_msg_signalguestevent m = {
		.h = { .channel = DXG_MSG_HOST_TO_VM, .type = DXG_MSG_SIGNALGUESTEVENT },
		.event = event,
	};

	fake_put(f, DXG_CHANNEL_GLOBAL, DXG_PACKET_MESSAGE, 0, &m, sizeof(m));
}

uint32_t fake_handle(struct fake *f)
{
	return 1u << 30 | __atomic_add_fetch(&f->next_handle, 1, __ATOMIC_RELAXED) << 6;
}

uint64_t fake_page(struct fake *f)
{
	return (uint64_t)__atomic_add_fetch(&f->next_page, 1, __ATOMIC_RELAXED) * DXG_PAGE_SIZE;
}

/* ---- a friendly host ---- */

static void friendly_allocation(struct fake *f, const struct fake_packet *p)
{
	const struct dxg_msg_createallocation *m = (const void *)(p->payload + 16);
	const uint8_t *tail = p->payload + 16 + sizeof(*m);
	struct {
		struct dxg_msg_createallocation_return head;
		struct dxg_msg_allocinfo_return info[64];
		uint8_t data[4096];
	} r = { 0 };
	struct dxg_msg_allocinfo rec;
	uint32_t i, off = 0;
	uint8_t *out = (uint8_t *)&r.info[m->alloc_count];

	CHECK(m->alloc_count <= 64);
	r.head.resource = m->flags.create_resource ? fake_handle(f) : 0;
	for (i = 0; i < m->alloc_count; i++) {
		memcpy(&rec, tail + i * sizeof(rec), sizeof(rec));
		r.info[i].allocation = fake_handle(f);
		r.info[i].allocation_size = 2 * DXG_PAGE_SIZE;
		r.info[i].priv_drv_data_size = rec.priv_drv_data_size;
		memset(out + off, (int)(0x40 + i), rec.priv_drv_data_size);
		off += rec.priv_drv_data_size;
	}
	fake_reply(f, p, &r, (uint32_t)(out + off - (uint8_t *)&r));
}

static void friendly_adapter_info(struct fake *f, const struct fake_packet *p)
{
	struct dxg_msg_getinternaladapterinfo_return r = {
		.flags = DXG_MSG_ADAPTER_ASYNC,
		.host_vgpu_luid_low = 0x11,
		.host_vgpu_luid_high = 0x22,
	};

	fake_reply(f, p, &r, sizeof(r));
}

static void friendly_sync(struct fake *f, const struct fake_packet *p)
{
	struct dxg_msg_createsyncobject_return r = {
		.sync_object = fake_handle(f),
		.fence_gpu_va = 0x1000,
		.fence_storage_address = fake_page(f),
	};

	fake_reply(f, p, &r, sizeof(r));
}

static void friendly_queue(struct fake *f, const struct fake_packet *p)
{
	struct dxg_msg_createpagingqueue_return r = {
		.paging_queue = fake_handle(f),
		.sync_object = fake_handle(f),
		.fence_storage_physical_address = fake_page(f),
	};

	fake_reply(f, p, &r, sizeof(r));
}

static void friendly_lock(struct fake *f, const struct fake_packet *p)
{
	struct dxg_msg_lock2_return r = { .address = fake_page(f) };

	fake_page(f); /* two pages */
	fake_reply(f, p, &r, sizeof(r));
}

static void friendly_context(struct fake *f, struct fake_packet *p)
{
	uint32_t handle = fake_handle(f);

	memcpy(p->payload + 16 + offsetof(struct dxg_msg_createcontextvirtual, context), &handle,
	       sizeof(handle));
	fake_reply(f, p, p->payload + 16, p->pkt.length - 16);
}

static void friendly_vgpu(struct fake *f, struct fake_packet *p)
{
	struct dxg_msg_openadapter_return opened = { .adapter = 0x1234 };
	struct dxg_msg_getdevicestate_return state = { .args = { .execution_state = 1 } };
	uint32_t handle = fake_handle(f), zeros[64] = { 0 };

	switch (p->type) {
	case DXG_MSG_OPENADAPTER:
		return fake_reply(f, p, &opened, sizeof(opened));
	case DXG_MSG_GETINTERNALADAPTERINFO:
		return friendly_adapter_info(f, p);
	case DXG_MSG_CREATEDEVICE:
		return fake_reply(f, p, &handle, sizeof(handle));
	case DXG_MSG_CREATEALLOCATION:
		return friendly_allocation(f, p);
	case DXG_MSG_CREATECONTEXTVIRTUAL:
		return friendly_context(f, p);
	case DXG_MSG_CREATESYNCOBJECT:
		return friendly_sync(f, p);
	case DXG_MSG_CREATEPAGINGQUEUE:
		return friendly_queue(f, p);
	case DXG_MSG_LOCK2:
		return friendly_lock(f, p);
	case DXG_MSG_GETDEVICESTATE:
		return fake_reply(f, p, &state, sizeof(state));
	default:
		return fake_reply(f, p, zeros, sizeof(zeros));
	}
}

static void friendly(struct fake *f, struct fake_packet *p)
{
	uint32_t channel, zero = 0, handle = fake_handle(f);

	if (p->pkt.kind != DXG_PACKET_REQUEST)
		return;
	memcpy(&channel, p->payload + 16 + offsetof(struct dxg_msg_header, channel), 4);
	if ((channel & 0xff) == DXG_MSG_VGPU_TO_HOST)
		friendly_vgpu(f, p);
	else if (p->type == DXG_MSG_CREATEPROCESS)
		fake_reply(f, p, &handle, sizeof(handle));
	else
		fake_reply(f, p, &zero, sizeof(zero));
}

/* ---- packets in ---- */

static bool fake_one(struct fake *f, unsigned int channel)
{
	static _Thread_local struct fake_packet p;
	int ret = dxg_ring_peek(&f->rx[channel], &p.pkt);

	CHECK(ret >= 0);
	if (!ret)
		return false;
	CHECK(p.pkt.length >= 16 + sizeof(struct dxg_msg_header));
	p.channel = channel;
	dxg_ring_read(&f->rx[channel], 0, p.payload, p.pkt.length);
	dxg_ring_consume(&f->rx[channel], p.pkt.length);
	if (dxg_ring_release(&f->rx[channel]))
		fake_ring(f);
	memcpy(&p.type, p.payload + 16 + offsetof(struct dxg_msg_header, type), 4);
	__atomic_add_fetch(&f->seen, 1, __ATOMIC_RELEASE);
	if (!f->handle || !f->handle(f, &p))
		friendly(f, &p);
	return true;
}

static bool fake_turn(struct fake *f)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < DXG_CHANNELS && !__atomic_load_n(&f->paused, __ATOMIC_ACQUIRE); i++)
		any |= fake_one(f, i);
	return any;
}

static bool fake_arm(struct fake *f)
{
	bool there = false;
	unsigned int i;

	if (__atomic_load_n(&f->paused, __ATOMIC_ACQUIRE))
		return false;
	for (i = 0; i < DXG_CHANNELS; i++)
		there |= dxg_ring_arm_data(&f->rx[i]);
	return there;
}

/* Return: false when it was none. */
static bool fake_take_offer(struct fake *f)
{
	struct dxg_share_offer offer;
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { &offer, sizeof(offer) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(f->sock, &msg, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(offer) ||
	    !CMSG_FIRSTHDR(&msg))
		return false;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	f->offered(f, fd);
	close(fd);
	return true;
}

static void fake_serve(struct fake *f)
{
	struct pollfd fd[2] = {
		{ .fd = f->from_guest, .events = POLLIN },
		{ .fd = f->sock, .events = POLLIN },
	};
	uint64_t count;

	while (!__atomic_load_n(&f->stop, __ATOMIC_ACQUIRE)) {
		if (fake_turn(f) || fake_arm(f))
			continue;
		poll(fd, 2, -1);
		if (fd[0].revents && read(f->from_guest, &count, sizeof(count)) == sizeof(count))
			__atomic_add_fetch(&f->doorbells, (unsigned int)count, __ATOMIC_RELAXED);
		if (fd[1].revents && !(f->offered && fake_take_offer(f)))
			return;
	}
}

/* ---- attach ---- */

static void fake_lay_out(struct fake *f)
{
	struct dxg_region_header *h = f->header;
	uint32_t i, at = 8192;

	h->magic = DXG_REGION_MAGIC;
	h->layout_version = DXG_REGION_LAYOUT_VERSION;
	h->header_size = DXG_REGION_HEADER_SIZE;
	h->region_size = FAKE_REGION;
	h->interface_version = DXG_INTERFACE_VERSION;
	h->adapter_luid_low = 0xabcd;
	h->adapter_luid_high = 7;
	h->io_offset = FAKE_IO;
	h->io_size = FAKE_REGION - FAKE_IO;
	h->channel_count = DXG_CHANNELS;
	h->generation = 1;
	h->state = DXG_SESSION_READY;
	for (i = 0; i < DXG_CHANNELS; i++) {
		h->channel[i].to_host =
			(struct dxg_region_ring){ 4096 + 256 * i, at, FAKE_RING, 0 };
		at += FAKE_RING;
		h->channel[i].to_guest =
			(struct dxg_region_ring){ 4096 + 256 * i + 128, at, FAKE_RING, 0 };
		at += FAKE_RING;
		dxg_ring_init(&f->rx[i], f->region + h->channel[i].to_host.ctl,
			      f->region + h->channel[i].to_host.data, FAKE_RING);
		dxg_ring_init(&f->tx[i], f->region + h->channel[i].to_guest.ctl,
			      f->region + h->channel[i].to_guest.data, FAKE_RING);
	}
}

static void fake_make_region(struct fake *f)
{
	f->region_fd = memfd_create("fake", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	CHECK(f->region_fd >= 0 && !ftruncate(f->region_fd, FAKE_REGION));
	if (!f->no_seal)
		CHECK(!fcntl(f->region_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL));
	f->region = mmap(NULL, FAKE_REGION, PROT_READ | PROT_WRITE, MAP_SHARED, f->region_fd, 0);
	CHECK(f->region != MAP_FAILED);
	f->header = (struct dxg_region_header *)f->region;
	fake_lay_out(f);
	if (f->edit)
		f->edit(f->header);
	f->from_guest = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	f->to_guest = eventfd(0, EFD_CLOEXEC);
}

static void fake_send_attach(struct fake *f)
{
	struct dxg_attach_reply reply = {
		.magic = DXG_ATTACH_MAGIC,
		.version = DXG_ATTACH_VERSION,
		.status = f->attach_status,
		.region_size = FAKE_REGION,
	};
	int fd[DXG_ATTACH_FDS] = { f->region_fd, f->from_guest, f->to_guest };
	union {
		char bytes[CMSG_SPACE(sizeof(fd))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec iov = { &reply, sizeof(reply) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (!f->attach_status) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(c), fd, sizeof(fd));
	}
	CHECK(sendmsg(f->sock, &msg, MSG_NOSIGNAL) == sizeof(reply));
}

static void *fake_main(void *arg)
{
	struct fake *f = arg;
	struct dxg_attach ask;

	f->sock = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);
	if (f->sock < 0)
		return NULL;
	CHECK(recv(f->sock, &ask, sizeof(ask), 0) == sizeof(ask));
	CHECK(ask.magic == DXG_ATTACH_MAGIC && ask.version == DXG_ATTACH_VERSION);
	__atomic_store_n(&f->accepted, true, __ATOMIC_RELEASE);
	if (!f->silent) {
		fake_send_attach(f);
		fake_serve(f);
	}
	return NULL;
}

/* ---- life ---- */

void fake_start(struct fake *f)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	strcpy(f->dir, "/tmp/dxg-fake-XXXXXX");
	CHECK(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/dxgd.sock", f->dir);
	strcpy(addr.sun_path, f->path);
	f->sock = -1;
	f->next_page = 0;
	pthread_mutex_init(&f->tx_lock, NULL);
	fake_make_region(f);
	f->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	CHECK(!bind(f->listener, (struct sockaddr *)&addr, sizeof(addr)));
	CHECK(!listen(f->listener, 16));
	CHECK(!pthread_create(&f->thread, NULL, fake_main, f));
}

void fake_hang_up(struct fake *f)
{
	shutdown(f->sock, SHUT_RDWR);
}

void fake_stop(struct fake *f)
{
	uint64_t one = 1;

	__atomic_store_n(&f->stop, true, __ATOMIC_RELEASE);
	shutdown(f->listener, SHUT_RDWR);
	CHECK(write(f->from_guest, &one, sizeof(one)) == sizeof(one));
	pthread_join(f->thread, NULL);
	if (f->sock >= 0)
		close(f->sock);
	close(f->listener);
	close(f->region_fd);
	close(f->from_guest);
	close(f->to_guest);
	munmap(f->region, FAKE_REGION);
	unlink(f->path);
	rmdir(f->dir);
	pthread_mutex_destroy(&f->tx_lock);
}

void fake_pause(struct fake *f)
{
	__atomic_store_n(&f->paused, true, __ATOMIC_RELEASE);
}

void fake_resume(struct fake *f)
{
	uint64_t one = 1;

	__atomic_store_n(&f->paused, false, __ATOMIC_RELEASE);
	CHECK(write(f->from_guest, &one, sizeof(one)) == sizeof(one));
}
