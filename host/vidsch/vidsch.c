// SPDX-License-Identifier: MIT
/*
 * vidsch: see vidsch.h.  Start-time fair queueing on three levels.  Each node has a tree of
 * entities: root -> vGPU -> process -> context; an entity is in its parent's ->runnable exactly
 * while it has something to start, and a parent exactly while it has a runnable child.
 *
 * Children of a level are ordered by rank, then by virtual time; virtual times of different ranks
 * are never compared.  So a level has a clock per rank: the virtual time of the child of that rank
 * that was started last; it never goes back.  Who changes rank keeps how far it is ahead of the
 * clock.  A context's rank is made of both its priorities; whoever has children has as rank the
 * first child's, divided by VIDSCH_PRIORITIES: a process's is the priority of its first context,
 * and every vGPU's is 0.
 *
 * Ageing: ->waiting has the runnable children in the order in which they were last started or
 * became runnable.  The time of its wait counts from the first pick that passed an entity over.
 *
 * A context is in one of three places: runnable (its head is an exec item and may start), on
 * ->syncs of the scheduler (its head is a wait or signal that is due), or neither. context_update()
 * puts it where it belongs and is called after every change; nothing else moves contexts.
 *
 * Life: a destroyed context, process or vGPU whose items still run is dead: it can start nothing,
 * still takes the charge, and is freed when the last item completes.  Children hold their parent.
 *
 * Virtual times saturate instead of wrapping; at weight 1 that takes five years of GPU time.
 */
#include "vidsch/vidsch.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "vidmm/avltree.h"

TAILQ_HEAD(entity_list, entity);

/**
 * struct entity - a schedulable thing on one node.
 * @link: in parent->runnable, and @wait_link in parent->waiting, while @queued.
 * @clock: of the level below, by rank; NULL for a context.
 * @vtime: virtual time consumed.
 * @since_ns: when it was passed over first; NOT_PASSED_OVER.
 * @rank: goes before @vtime; the highest is first.
 * @aged_last: of the level below: the last start was out of order, because of age.
 */
struct entity {
	struct avl_node link;
	TAILQ_ENTRY(entity) wait_link;
	struct entity *parent;
	struct avl_tree runnable;
	struct entity_list waiting;
	uint64_t *clock;
	uint64_t vtime;
	uint64_t since_ns;
	uint32_t weight;
	uint32_t rank;
	bool aged_last;
	bool queued;
};

#define NOT_PASSED_OVER UINT64_MAX
#define PROCESS_RANKS VIDSCH_PRIORITIES
#define CONTEXT_RANKS (VIDSCH_PRIORITIES * VIDSCH_PRIORITIES)

/** struct node - a node of the adapter; @root stands above the vGPUs. */
struct node {
	struct entity root;
	uint64_t clock[1];
	uint32_t slots;
	uint32_t running;
	const struct vidsch_context *last; /* picked from, may be gone: only compared */
};

struct vidsch {
	TAILQ_HEAD(, vidsch_context) syncs;
	uint32_t nnodes;
	uint32_t nvgpus;
	struct node nodes[];
};

/** struct vgpu_node - a vGPU's part in one node. */
struct vgpu_node {
	struct entity entity;
	uint64_t clock[PROCESS_RANKS];
	struct vidsch_stats stats;
};

struct vidsch_vgpu {
	struct vidsch *sch;
	LIST_HEAD(, vidsch_process) processes;
	bool dead;
	struct vgpu_node nodes[];
};

/** struct process_node - a process's part in one node. @aside: items that gave their slot up. */
struct process_node {
	struct entity entity;
	uint64_t clock[CONTEXT_RANKS];
	uint32_t aside;
};

struct vidsch_process {
	struct vidsch_vgpu *vgpu;
	LIST_ENTRY(vidsch_process) link;
	LIST_HEAD(, vidsch_context) contexts;
	struct vidsch_stats stats[VIDSCH_MAX_NODES];
	bool dead;
	struct process_node nodes[];
};

/**
 * struct vidsch_context - a queue.
 * @head: oldest queued item; @tail: where the next one is linked.
 * @blocked: number of reasons not to start anything.
 * @syncing: on vidsch->syncs.
 */
struct vidsch_context {
	struct entity entity;
	struct vidsch_process *process;
	LIST_ENTRY(vidsch_context) link;
	TAILQ_ENTRY(vidsch_context) sync_link;
	struct vidsch_item *head;
	struct vidsch_item **tail;
	uint32_t node;
	uint32_t queued;
	uint32_t max_queued;
	uint32_t running;
	uint32_t max_running;
	uint32_t blocked;
	bool syncing;
	bool dead;
};

static struct entity *entity_of(const struct avl_node *link)
{
	return link ? avl_entry(link, struct entity, link) : NULL;
}

/*
 * The policy, but for age: which of two runnable children of a level goes first.  Those that are
 * equal go in the order in which they were queued.
 */
static bool entity_before(const struct avl_node *a, const struct avl_node *b)
{
	const struct entity *x = entity_of(a), *y = entity_of(b);

	return x->rank == y->rank ? x->vtime < y->vtime : x->rank > y->rank;
}

static const struct avl_ops entity_ops = { .before = entity_before };

static void entity_init(struct entity *entity, struct entity *parent, uint32_t weight,
			uint64_t *clock)
{
	entity->parent = parent;
	entity->weight = weight;
	entity->clock = clock;
	entity->since_ns = NOT_PASSED_OVER;
	avl_init(&entity->runnable, &entity_ops);
	TAILQ_INIT(&entity->waiting);
}

static void entity_queue(struct entity *entity)
{
	avl_insert(&entity->parent->runnable, &entity->link);
	TAILQ_INSERT_TAIL(&entity->parent->waiting, entity, wait_link);
	entity->since_ns = NOT_PASSED_OVER;
	entity->queued = true;
}

static void entity_unqueue(struct entity *entity)
{
	avl_remove(&entity->parent->runnable, &entity->link);
	TAILQ_REMOVE(&entity->parent->waiting, entity, wait_link);
	entity->queued = false;
}

static uint64_t vtime_add(uint64_t vtime, uint64_t delta)
{
	return delta > UINT64_MAX - vtime ? UINT64_MAX : vtime + delta;
}

/* A new place in the order; the wait goes on. */
static void entity_move(struct entity *entity, uint32_t rank, uint64_t vtime)
{
	if (entity->queued)
		avl_remove(&entity->parent->runnable, &entity->link);
	entity->rank = rank;
	entity->vtime = vtime;
	if (entity->queued)
		avl_insert(&entity->parent->runnable, &entity->link);
}

static void entity_set_rank(struct entity *entity, uint32_t rank)
{
	const uint64_t *clock = entity->parent->clock;
	uint64_t now = clock[entity->rank];
	uint64_t ahead = entity->vtime > now ? entity->vtime - now : 0;

	if (rank != entity->rank)
		entity_move(entity, rank, vtime_add(clock[rank], ahead));
}

/* Ranks follow those of the first children, from @entity upwards. */
static void entity_follow(struct entity *entity)
{
	for (; entity->parent && entity->runnable.root; entity = entity->parent)
		entity_set_rank(entity,
				entity_of(avl_first(&entity->runnable))->rank / VIDSCH_PRIORITIES);
}

/* @entity has become runnable: queue it, not before the present of its level, and its ancestors. */
static void entity_enter(struct entity *entity)
{
	struct entity *parent;

	for (; entity->parent && !entity->queued; entity = parent) {
		parent = entity->parent;
		if (entity->vtime < parent->clock[entity->rank])
			entity->vtime = parent->clock[entity->rank];
		entity_queue(entity);
		entity_follow(parent);
	}
}

/* @entity has nothing to start any more, nor have the ancestors it leaves empty. */
static void entity_leave(struct entity *entity)
{
	for (; entity->parent && !entity->runnable.root; entity = entity->parent)
		entity_unqueue(entity);
	entity_follow(entity);
}

/* @entity was started from: the level's present is its virtual time, and its equals go next. */
static void entity_started(struct entity *entity)
{
	for (; entity->parent; entity = entity->parent) {
		if (entity->parent->clock[entity->rank] < entity->vtime)
			entity->parent->clock[entity->rank] = entity->vtime;
		entity_unqueue(entity);
		entity_queue(entity);
	}
}

static void entity_charge(struct entity *entity, uint64_t ns)
{
	uint64_t delta = ns * VIDSCH_WEIGHT_DEFAULT / entity->weight;

	entity_move(entity, entity->rank, vtime_add(entity->vtime, delta));
}

/* The clock of those that have been waiting since the last pick starts now. */
static void waiting_stamp(struct entity *level, uint64_t now_ns)
{
	struct entity *entity;

	TAILQ_FOREACH_REVERSE(entity, &level->waiting, entity_list, wait_link)
	{
		if (entity->since_ns != NOT_PASSED_OVER)
			break;
		entity->since_ns = now_ns;
	}
}

/*
 * The child of @level that has been passed over for too long by such of higher rank, or NULL.  What
 * holds up one of @rank, the first's, is not its rank: it waits anew.
 */
static struct entity *waiting_aged(struct entity *level, uint32_t rank, uint64_t now_ns)
{
	struct entity *entity;

	while ((entity = TAILQ_FIRST(&level->waiting))) {
		if (now_ns < entity->since_ns || now_ns - entity->since_ns < VIDSCH_AGEING_NS)
			break;
		if (entity->rank != rank)
			return entity;
		TAILQ_REMOVE(&level->waiting, entity, wait_link);
		TAILQ_INSERT_TAIL(&level->waiting, entity, wait_link);
		entity->since_ns = now_ns;
	}
	return NULL;
}

/* The child of @level, which has some, to start next.  Age gets every second start at most. */
static struct entity *level_pick(struct entity *level, uint64_t now_ns)
{
	struct entity *first = entity_of(avl_first(&level->runnable));
	struct entity *aged;

	waiting_stamp(level, now_ns);
	aged = waiting_aged(level, first->rank, now_ns);
	level->aged_last = aged && !level->aged_last;
	return level->aged_last ? aged : first;
}

static struct vidsch *context_sch(const struct vidsch_context *context)
{
	return context->process->vgpu->sch;
}

/** struct both_stats - where the same event counts twice. */
struct both_stats {
	struct vidsch_stats *of[2];
};

static struct both_stats context_stats(const struct vidsch_context *context)
{
	struct vidsch_process *process = context->process;

	return (struct both_stats){ { &process->vgpu->nodes[context->node].stats,
				      &process->stats[context->node] } };
}

/* An item of @context is over. */
static void stats_over(const struct vidsch_context *context, enum vidsch_kind kind)
{
	struct both_stats stats = context_stats(context);

	for (int i = 0; i < 2; i++)
		stats.of[i]->over[kind]++;
}

static struct process_node *context_process(const struct vidsch_context *context)
{
	return &context->process->nodes[context->node];
}

static bool context_may_start(const struct vidsch_context *context)
{
	return !context->dead && !context->blocked && context->head &&
	       context->head->kind == VIDSCH_EXEC && context->running < context->max_running &&
	       !context_process(context)->aside;
}

static bool context_may_sync(const struct vidsch_context *context)
{
	return !context->dead && !context->blocked && context->head &&
	       context->head->kind != VIDSCH_EXEC && !context->running;
}

/* Put @context where it belongs now. */
static void context_update(struct vidsch_context *context)
{
	bool start = context_may_start(context);
	bool sync = context_may_sync(context);

	if (start && !context->entity.queued)
		entity_enter(&context->entity);
	else if (!start && context->entity.queued)
		entity_leave(&context->entity);
	if (sync == context->syncing)
		return;
	if (sync)
		TAILQ_INSERT_TAIL(&context_sch(context)->syncs, context, sync_link);
	else
		TAILQ_REMOVE(&context_sch(context)->syncs, context, sync_link);
	context->syncing = sync;
}

static struct vidsch_item *context_pop(struct vidsch_context *context)
{
	struct vidsch_item *item = context->head;

	context->head = item->next;
	if (!context->head)
		context->tail = &context->head;
	context->queued--;
	item->next = NULL;
	return item;
}

int vidsch_create(uint32_t nnodes, const uint32_t *slots, struct vidsch **ret_sch)
{
	struct vidsch *sch;

	if (!nnodes || nnodes > VIDSCH_MAX_NODES)
		return -EINVAL;
	for (uint32_t i = 0; i < nnodes; i++)
		if (!slots[i] || slots[i] > VIDSCH_MAX_SLOTS)
			return -EINVAL;
	sch = calloc(1, sizeof(*sch) + nnodes * sizeof(sch->nodes[0]));
	if (!sch)
		return -ENOMEM;
	TAILQ_INIT(&sch->syncs);
	sch->nnodes = nnodes;
	for (uint32_t i = 0; i < nnodes; i++) {
		entity_init(&sch->nodes[i].root, NULL, VIDSCH_WEIGHT_DEFAULT, sch->nodes[i].clock);
		sch->nodes[i].slots = slots[i];
	}
	*ret_sch = sch;
	return 0;
}

int vidsch_destroy(struct vidsch *sch)
{
	if (sch && sch->nvgpus)
		return -EBUSY;
	free(sch);
	return 0;
}

static bool weight_valid(uint32_t weight)
{
	return weight && weight <= VIDSCH_WEIGHT_MAX;
}

int vidsch_vgpu_create(struct vidsch *sch, uint32_t weight, struct vidsch_vgpu **ret_vgpu)
{
	struct vidsch_vgpu *vgpu;

	if (!weight_valid(weight))
		return -EINVAL;
	vgpu = calloc(1, sizeof(*vgpu) + sch->nnodes * sizeof(vgpu->nodes[0]));
	if (!vgpu)
		return -ENOMEM;
	vgpu->sch = sch;
	LIST_INIT(&vgpu->processes);
	for (uint32_t i = 0; i < sch->nnodes; i++)
		entity_init(&vgpu->nodes[i].entity, &sch->nodes[i].root, weight,
			    vgpu->nodes[i].clock);
	sch->nvgpus++;
	*ret_vgpu = vgpu;
	return 0;
}

int vidsch_vgpu_set_weight(struct vidsch_vgpu *vgpu, uint32_t weight)
{
	if (!weight_valid(weight))
		return -EINVAL;
	for (uint32_t i = 0; i < vgpu->sch->nnodes; i++)
		vgpu->nodes[i].entity.weight = weight;
	return 0;
}

int vidsch_vgpu_get_stats(const struct vidsch_vgpu *vgpu, uint32_t node,
			  struct vidsch_stats *ret_stats)
{
	if (node >= vgpu->sch->nnodes)
		return -EINVAL;
	*ret_stats = vgpu->nodes[node].stats;
	return 0;
}

int vidsch_process_get_stats(const struct vidsch_process *process, uint32_t node,
			     struct vidsch_stats *ret_stats)
{
	if (node >= process->vgpu->sch->nnodes)
		return -EINVAL;
	*ret_stats = process->stats[node];
	return 0;
}

int vidsch_process_create(struct vidsch_vgpu *vgpu, struct vidsch_process **ret_process)
{
	struct vidsch_process *process;
	uint32_t nnodes = vgpu->sch->nnodes;

	process = calloc(1, sizeof(*process) + nnodes * sizeof(process->nodes[0]));
	if (!process)
		return -ENOMEM;
	process->vgpu = vgpu;
	LIST_INIT(&process->contexts);
	for (uint32_t i = 0; i < nnodes; i++)
		entity_init(&process->nodes[i].entity, &vgpu->nodes[i].entity,
			    VIDSCH_WEIGHT_DEFAULT, process->nodes[i].clock);
	LIST_INSERT_HEAD(&vgpu->processes, process, link);
	*ret_process = process;
	return 0;
}

/* @priority, @in_process: from VIDSCH_PRIORITY_MIN on */
static uint32_t context_rank(int priority, int in_process)
{
	return (uint32_t)(priority - VIDSCH_PRIORITY_MIN) * VIDSCH_PRIORITIES +
	       (uint32_t)(in_process - VIDSCH_PRIORITY_MIN);
}

static bool priority_valid(int priority)
{
	return priority >= VIDSCH_PRIORITY_MIN && priority <= VIDSCH_PRIORITY_MAX;
}

int vidsch_context_set_priority(struct vidsch_context *context, int priority, int in_process)
{
	if (!priority_valid(priority) || !priority_valid(in_process))
		return -EINVAL;
	entity_set_rank(&context->entity, context_rank(priority, in_process));
	entity_follow(context->entity.parent);
	return 0;
}

int vidsch_context_create(struct vidsch_process *process, uint32_t node, uint32_t max_queued,
			  uint32_t max_running, struct vidsch_context **ret_context)
{
	struct vidsch_context *context;

	if (node >= process->vgpu->sch->nnodes)
		return -EINVAL;
	context = calloc(1, sizeof(*context));
	if (!context)
		return -ENOMEM;
	entity_init(&context->entity, &process->nodes[node].entity, VIDSCH_WEIGHT_DEFAULT, NULL);
	context->entity.rank = context_rank(0, 0);
	context->process = process;
	context->tail = &context->head;
	context->node = node;
	context->max_queued = max_queued ? max_queued : VIDSCH_MAX_QUEUED;
	context->max_running = max_running ? max_running : 1;
	LIST_INSERT_HEAD(&process->contexts, context, link);
	*ret_context = context;
	return 0;
}

/* Free @vgpu if it is dead and nothing below holds it. */
static void vgpu_release(struct vidsch_vgpu *vgpu)
{
	if (!vgpu->dead || !LIST_EMPTY(&vgpu->processes))
		return;
	vgpu->sch->nvgpus--;
	free(vgpu);
}

static void process_release(struct vidsch_process *process)
{
	struct vidsch_vgpu *vgpu = process->vgpu;

	if (!process->dead || !LIST_EMPTY(&process->contexts))
		return;
	LIST_REMOVE(process, link);
	free(process);
	vgpu_release(vgpu);
}

static void context_release(struct vidsch_context *context)
{
	struct vidsch_process *process = context->process;

	if (!context->dead || context->running)
		return;
	LIST_REMOVE(context, link);
	free(context);
	process_release(process);
}

/* Take @context out of scheduling and give its queue back.  It stays allocated. */
static void context_kill(struct vidsch_context *context, vidsch_dispose_fn dispose, void *arg)
{
	context->dead = true;
	context_update(context);
	while (context->head) {
		struct vidsch_item *item = context_pop(context);

		item->context = NULL;
		dispose(item, arg);
	}
}

void vidsch_context_destroy(struct vidsch_context *context, vidsch_dispose_fn dispose, void *arg)
{
	if (!context)
		return;
	context_kill(context, dispose, arg);
	context_release(context);
}

void vidsch_process_destroy(struct vidsch_process *process, vidsch_dispose_fn dispose, void *arg)
{
	struct vidsch_context *context, *next;

	if (!process)
		return;
	for (context = LIST_FIRST(&process->contexts); context; context = next) {
		next = LIST_NEXT(context, link);
		vidsch_context_destroy(context, dispose, arg);
	}
	process->dead = true;
	process_release(process);
}

void vidsch_vgpu_destroy(struct vidsch_vgpu *vgpu, vidsch_dispose_fn dispose, void *arg)
{
	struct vidsch_process *process, *next;

	if (!vgpu)
		return;
	for (process = LIST_FIRST(&vgpu->processes); process; process = next) {
		next = LIST_NEXT(process, link);
		vidsch_process_destroy(process, dispose, arg);
	}
	vgpu->dead = true;
	vgpu_release(vgpu);
}

int vidsch_enqueue(struct vidsch_context *context, struct vidsch_item *item, enum vidsch_kind kind,
		   uint64_t now_ns)
{
	if ((unsigned int)kind > VIDSCH_SIGNAL)
		return -EINVAL;
	if (context->queued >= context->max_queued)
		return -EDQUOT;
	item->kind = kind;
	item->context = context;
	item->next = NULL;
	item->enqueued_ns = now_ns;
	item->started_ns = 0;
	item->running = false;
	item->aside = false;
	for (int i = 0; i < 2; i++)
		context_stats(context).of[i]->queued[kind]++;
	*context->tail = item;
	context->tail = &item->next;
	context->queued++;
	context_update(context);
	return 0;
}

struct vidsch_item *vidsch_pop_sync(struct vidsch *sch)
{
	struct vidsch_context *context = TAILQ_FIRST(&sch->syncs);
	struct vidsch_item *item;

	if (!context)
		return NULL;
	item = context_pop(context);
	TAILQ_REMOVE(&sch->syncs, context, sync_link);
	context->syncing = false;
	stats_over(context, item->kind);
	if (item->kind == VIDSCH_WAIT)
		context->blocked++;
	context_update(context);
	return item;
}

/* The context to start from. */
static struct vidsch_context *node_first(struct node *node, uint64_t now_ns)
{
	struct entity *entity = &node->root;

	while (entity->runnable.root)
		entity = level_pick(entity, now_ns);
	return entity == &node->root ? NULL : avl_entry(entity, struct vidsch_context, entity);
}

static void stats_start(struct vidsch_stats *stats, uint64_t waited_ns, bool switched)
{
	stats->started++;
	stats->running++;
	stats->wait_ns += waited_ns;
	stats->switches += switched;
}

static void item_start(struct vidsch_item *item, struct vidsch_context *context, uint64_t now_ns)
{
	struct node *node = &context_sch(context)->nodes[context->node];
	struct both_stats stats = context_stats(context);

	item->started_ns = now_ns;
	item->running = true;
	for (int i = 0; i < 2; i++)
		stats_start(stats.of[i],
			    now_ns > item->enqueued_ns ? now_ns - item->enqueued_ns : 0,
			    node->last != context);
	node->last = context;
}

int vidsch_pick(struct vidsch *sch, uint32_t node, uint64_t now_ns, struct vidsch_item **ret_item)
{
	struct vidsch_context *context;
	struct vidsch_item *item;

	if (node >= sch->nnodes)
		return -EINVAL;
	if (sch->nodes[node].running >= sch->nodes[node].slots)
		return -EBUSY;
	context = node_first(&sch->nodes[node], now_ns);
	if (!context)
		return -EAGAIN;
	entity_started(&context->entity);
	item = context_pop(context);
	item_start(item, context, now_ns);
	context->running++;
	sch->nodes[node].running++;
	context_update(context);
	*ret_item = item;
	return 0;
}

void vidsch_charge(struct vidsch_context *context, uint64_t gpu_ns)
{
	struct entity *entity;

	if (gpu_ns > VIDSCH_MAX_CHARGE_NS)
		gpu_ns = VIDSCH_MAX_CHARGE_NS;
	for (int i = 0; i < 2; i++)
		context_stats(context).of[i]->busy_ns += gpu_ns;
	for (entity = &context->entity; entity->parent; entity = entity->parent)
		entity_charge(entity, gpu_ns);
}

static struct node *item_node(const struct vidsch_item *item)
{
	return &context_sch(item->context)->nodes[item->context->node];
}

/* One more, or one less, item of @context's process stands aside: it may start nothing meanwhile.
 */
static void process_aside(struct vidsch_context *context, int delta)
{
	struct vidsch_context *other;

	context_process(context)->aside += (uint32_t)delta;
	LIST_FOREACH (other, &context->process->contexts, link)
		if (other->node == context->node)
			context_update(other);
}

int vidsch_step_aside(struct vidsch_item *item)
{
	if (!item->running || item->aside)
		return -EINVAL;
	item->aside = true;
	item_node(item)->running--;
	process_aside(item->context, 1);
	return 0;
}

int vidsch_complete(struct vidsch_item *item, uint64_t gpu_ns)
{
	struct vidsch_context *context = item->context;
	struct both_stats stats;

	if (!item->running)
		return -EINVAL;
	stats = context_stats(context);
	if (!item->aside)
		item_node(item)->running--;
	item->running = false;
	item->context = NULL;
	for (int i = 0; i < 2; i++) {
		stats.of[i]->running--;
		stats.of[i]->completed++;
	}
	stats_over(context, VIDSCH_EXEC);
	context->running--;
	if (item->aside)
		process_aside(context, -1);
	vidsch_charge(context, gpu_ns > VIDSCH_MIN_CHARGE_NS ? gpu_ns : VIDSCH_MIN_CHARGE_NS);
	context_update(context);
	context_release(context);
	return 0;
}

void vidsch_block(struct vidsch_context *context)
{
	context->blocked++;
	context_update(context);
}

int vidsch_unblock(struct vidsch_context *context)
{
	if (!context->blocked)
		return -EINVAL;
	context->blocked--;
	context_update(context);
	return 0;
}

uint32_t vidsch_context_queued(const struct vidsch_context *context)
{
	return context->queued;
}
