// SPDX-License-Identifier: MIT
/*
 * map.c - clEnqueueMapBuffer and clEnqueueUnmapMemObject; images map through it, too.
 *
 * Three cases. A CPU-visible buffer is its own mapping: nothing is copied, the command only waits
 * for what is before it. A device-local buffer gets a shadow, CPU-visible memory of the region's
 * size that lives as long as the map, and the device copies. A buffer that uses memory of the
 * application must show its bytes there: the CPU copies, as for a read and a write.
 */
#include "map.h"

#include <stdlib.h>

#include "dxgwire/cmd.h"
#include "entry.h"
#include "pool.h"
#include "relay.h"

/**
 * struct map - one mapped region.
 * @pointer: what the application got
 * @box: where it is in the buffer or image, and where the application sees it
 * @shadow: "none" unless the memory is device-local
 */
struct map {
	struct map *next;
	uint8_t *pointer;
	struct box box;
	cl_map_flags flags;
	struct allocation shadow;
};

struct map_command {
	struct command c;
	struct _cl_mem *mem;
	struct map *map; /* map: for a look; unmap: owned */
	struct box box; /* the map's, which may be gone */
};

static void map_free(struct map *map)
{
	pool_put(&map->shadow);
	free(map);
}

void map_free_all(struct _cl_mem *mem)
{
	while (mem->maps) {
		struct map *next = mem->maps->next;

		map_free(mem->maps);
		mem->maps = next;
	}
}

static void map_add(struct _cl_mem *mem, struct map *map)
{
	pthread_mutex_lock(&mem->lock);
	map->next = mem->maps;
	mem->maps = map;
	mem->map_count++;
	pthread_mutex_unlock(&mem->lock);
}

/* The newest map with this pointer, taken off the list. */
static struct map *map_take(struct _cl_mem *mem, const void *pointer)
{
	struct map **at, *map = NULL;

	pthread_mutex_lock(&mem->lock);
	for (at = &mem->maps; *at && (*at)->pointer != pointer; at = &(*at)->next)
		;
	if (*at) {
		map = *at;
		*at = map->next;
		mem->map_count--;
	}
	pthread_mutex_unlock(&mem->lock);
	return map;
}

static bool map_writes(const struct map *map)
{
	return map->flags & (CL_MAP_WRITE | CL_MAP_WRITE_INVALIDATE_REGION);
}

static bool map_shows(const struct map *map)
{
	return !(map->flags & CL_MAP_WRITE_INVALIDATE_REGION);
}

/* ---- commands ---- */

static cl_int run_map(struct command *c)
{
	struct map_command *m = (struct map_command *)c;

	return relay_box(c->queue, m->mem, &m->box, false);
}

static cl_int run_unmap(struct command *c)
{
	struct map_command *m = (struct map_command *)c;

	return relay_box(c->queue, m->mem, &m->box, true);
}

static void destroy_unmap(struct command *c)
{
	map_free(((struct map_command *)c)->map);
}

static const struct command_ops map_ops = { 0 };
static const struct command_ops unmap_ops = { .destroy = destroy_unmap };
static const struct command_ops host_map_ops = { .run = run_map };
static const struct command_ops host_unmap_ops = { .run = run_unmap, .destroy = destroy_unmap };

/** struct map_step - what a map or unmap command has to move. */
struct map_step {
	bool copies; /* bytes move at all */
	bool unmap;
};

static struct map_command *create_shadow_copy(cl_command_queue queue, struct _cl_mem *mem,
					      struct map *map, bool unmap)
{
	struct command_shape shape = { sizeof(struct map_command), box_packet_size(&map->box), 1 };
	struct map_command *m = command_create(queue, unmap ? &unmap_ops : &map_ops, &shape,
					       box_opcode(&map->box, unmap));

	if (m)
		box_fill_packet(m->c.packet, &map->box, mem, map->shadow.va, unmap);
	return m;
}

static struct map_command *create_marker(cl_command_queue queue, bool unmap)
{
	struct command_shape shape = { sizeof(struct map_command), sizeof(struct dxg_cmd_barrier),
				       1 };
	struct map_command *m =
		command_create(queue, unmap ? &unmap_ops : &map_ops, &shape, DXG_CMD_BARRIER);

	if (m)
		m->c.marker = true;
	return m;
}

static struct map_command *create_command(cl_command_queue queue, struct _cl_mem *mem,
					  struct map *map, struct map_step step)
{
	struct map_command *m;

	if (step.copies && !mem->host_ptr && !mem->cpu) {
		m = create_shadow_copy(queue, mem, map, step.unmap);
	} else if (step.copies && mem->host_ptr) {
		struct command_shape shape = { sizeof(*m), 0, 1 };

		m = command_create(queue, step.unmap ? &host_unmap_ops : &host_map_ops, &shape, 0);
	} else {
		m = create_marker(queue, step.unmap);
	}
	if (!m)
		return NULL;
	m->mem = mem;
	m->map = map;
	m->box = map->box;
	m->c.lengthy = box_bytes(&map->box) > STAGING_PIECE_MAX;
	command_use(&m->c, mem);
	return m;
}

/* ---- entry points ---- */

cl_int map_check_flags(const struct _cl_mem *mem, cl_map_flags flags)
{
	const cl_map_flags rw = CL_MAP_READ | CL_MAP_WRITE;
	const cl_map_flags writes = CL_MAP_WRITE | CL_MAP_WRITE_INVALIDATE_REGION;

	if (flags & ~(rw | writes))
		return CL_INVALID_VALUE;
	if ((flags & CL_MAP_WRITE_INVALIDATE_REGION) && (flags & rw))
		return CL_INVALID_VALUE;
	if ((flags & CL_MAP_READ) &&
	    (mem->flags & (CL_MEM_HOST_WRITE_ONLY | CL_MEM_HOST_NO_ACCESS)))
		return CL_INVALID_OPERATION;
	if ((flags & writes) && (mem->flags & (CL_MEM_HOST_READ_ONLY | CL_MEM_HOST_NO_ACCESS)))
		return CL_INVALID_OPERATION;
	return CL_SUCCESS;
}

static cl_int check_map(cl_command_queue queue, cl_mem mem, const struct box *where,
			cl_map_flags flags, const struct enqueue *e)
{
	cl_int err;

	if (!queue_valid(queue))
		return CL_INVALID_COMMAND_QUEUE;
	if (!buffer_valid(mem))
		return CL_INVALID_MEM_OBJECT;
	if (mem->context != queue->context)
		return CL_INVALID_CONTEXT;
	err = queue_check(queue, e->wait_count, e->waits);
	if (err != CL_SUCCESS)
		return err;
	if (!buffer_range_valid(mem, where->offset, where->region[0]))
		return CL_INVALID_VALUE;
	err = map_check_flags(mem, flags);
	if (err != CL_SUCCESS)
		return err;
	return buffer_aligned(mem) ? CL_SUCCESS : CL_MISALIGNED_SUB_BUFFER_OFFSET;
}

/* A shadow is packed. */
static int create_shadow(struct vgpu *vgpu, struct map *map)
{
	struct box *b = &map->box;
	int err = pool_get(vgpu, box_bytes(b), DXG_ALLOC_CPU_VISIBLE, &map->shadow);

	b->host = err < 0 ? NULL : map->shadow.cpu;
	b->host_row = b->region[0];
	b->host_slice = b->region[0] * b->region[1];
	return err;
}

static struct map *create_map(struct _cl_mem *mem, const struct box *where, cl_map_flags flags,
			      cl_int *ret_err)
{
	struct map *map = calloc(1, sizeof(*map));
	int err = 0;

	*ret_err = CL_OUT_OF_HOST_MEMORY;
	if (!map)
		return NULL;
	map->box = *where;
	map->flags = flags;
	if (!where->host)
		err = create_shadow(mem->context->vgpu, map);
	if (err < 0) {
		*ret_err = err == -ENOMEM ? CL_MAP_FAILURE : context_error(mem->context, err);
		free(map);
		return NULL;
	}
	map->pointer = map->box.host;
	*ret_err = CL_SUCCESS;
	return map;
}

static cl_int enqueue_map(cl_command_queue queue, struct _cl_mem *mem, struct map *map,
			  const struct enqueue *e)
{
	struct map_step step = { .copies = map_shows(map) };
	struct map_command *m = create_command(queue, mem, map, step);
	cl_int err;

	if (!m)
		return CL_OUT_OF_HOST_MEMORY;
	map_add(mem, map);
	err = command_enqueue(&m->c, e);
	if (err != CL_SUCCESS)
		map_take(mem, map->pointer);
	return err;
}

bool map_enqueue(cl_command_queue queue, struct _cl_mem *mem, struct box *where, cl_map_flags flags,
		 const struct enqueue *e, cl_int *ret_err)
{
	struct map *map = create_map(mem, where, flags, ret_err);

	if (!map)
		return false;
	if (mem->cpu && !mem->host_ptr && map_writes(map))
		mem_will_write(mem, where);
	*where = map->box;
	*ret_err = enqueue_map(queue, mem, map, e);
	if (*ret_err == CL_SUCCESS)
		return true;
	map_free(map);
	return false;
}

void *CL_API_CALL clEnqueueMapBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking_map,
				     cl_map_flags map_flags, size_t offset, size_t size,
				     cl_uint num_events_in_wait_list,
				     const cl_event *event_wait_list, cl_event *event,
				     cl_int *errcode_ret)
{
	struct enqueue e = { CL_COMMAND_MAP_BUFFER, blocking_map, num_events_in_wait_list,
			     event_wait_list, event };
	struct box where = box_of_range(offset, size, NULL);
	cl_int err = check_map(queue, buffer, &where, map_flags, &e);

	if (err == CL_SUCCESS) {
		if (buffer->host_ptr)
			where.host = buffer->host_ptr + offset;
		else if (buffer->cpu)
			where.host = buffer->cpu + offset;
		if (!map_enqueue(queue, buffer, &where, map_flags, &e, &err))
			where.host = NULL;
	}
	set_error(errcode_ret, err);
	return where.host;
}

static cl_int enqueue_unmap(cl_command_queue queue, struct _cl_mem *mem, struct map *map,
			    const struct enqueue *e)
{
	struct map_step step = { .copies = map_writes(map), .unmap = true };
	struct map_command *m = create_command(queue, mem, map, step);

	if (!m) {
		map_add(mem, map);
		return CL_OUT_OF_HOST_MEMORY;
	}
	return command_enqueue(&m->c, e);
}

cl_int CL_API_CALL clEnqueueUnmapMemObject(cl_command_queue queue, cl_mem memobj, void *mapped_ptr,
					   cl_uint num_events_in_wait_list,
					   const cl_event *event_wait_list, cl_event *event)
{
	struct enqueue e = { CL_COMMAND_UNMAP_MEM_OBJECT, CL_FALSE, num_events_in_wait_list,
			     event_wait_list, event };
	struct map *map;
	cl_int err;

	if (!queue_valid(queue))
		return CL_INVALID_COMMAND_QUEUE;
	if (!mem_valid(memobj))
		return CL_INVALID_MEM_OBJECT;
	if (memobj->context != queue->context)
		return CL_INVALID_CONTEXT;
	err = queue_check(queue, num_events_in_wait_list, event_wait_list);
	if (err != CL_SUCCESS)
		return err;
	map = map_take(memobj, mapped_ptr);
	return map ? enqueue_unmap(queue, memobj, map, &e) : CL_INVALID_VALUE;
}
