// SPDX-License-Identifier: MIT
/* module.cl - what tests of SPIR build: compiled to a module when the tests are. */

__kernel void inc(__global uint *p, uint n)
{
	p[get_global_id(0)] += n;
}

/* Through local memory: each group backwards. */
__kernel void reverse(__global uint *p, __local uint *group)
{
	size_t i = get_local_id(0), n = get_local_size(0);

	group[n - 1 - i] = p[get_global_id(0)];
	barrier(CLK_LOCAL_MEM_FENCE);
	p[get_global_id(0)] = group[i];
}

__kernel void say(int n)
{
	printf("<%d:%d>", n, (int)get_global_id(0));
}
