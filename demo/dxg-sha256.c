// SPDX-License-Identifier: MIT
/*
 * dxg-sha256 - SHA-256 of files of this machine, computed on the first OpenCL device, each compared
 * with what libcrypto says.
 *
 * dxg-sha256 [PATH...]: files, and all regular files below folders (links are not followed);
 * /usr/bin if not given. Files go to the device in batches; one work-item hashes one file. Files
 * that cannot be read or are larger than a batch are counted as skipped. Prints one line; status 0
 * when every digest is right and there was at least one, 1 when not, 2 when OpenCL failed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ocl.h"

#define BATCH_BYTES (16u << 20)
#define BATCH_FILES 1024u
#define BLOCK 64u
#define DEPTH_MAX 32 /* folders in folders */

static const char source[] =
	"__constant uint K[64] = {\n"
	"0x428a2f98,0x71374491,0xb5c0fbcf,0xe9b5dba5,0x3956c25b,0x59f111f1,0x923f82a4,0xab1c5ed5,\n"
	"0xd807aa98,0x12835b01,0x243185be,0x550c7dc3,0x72be5d74,0x80deb1fe,0x9bdc06a7,0xc19bf174,\n"
	"0xe49b69c1,0xefbe4786,0x0fc19dc6,0x240ca1cc,0x2de92c6f,0x4a7484aa,0x5cb0a9dc,0x76f988da,\n"
	"0x983e5152,0xa831c66d,0xb00327c8,0xbf597fc7,0xc6e00bf3,0xd5a79147,0x06ca6351,0x14292967,\n"
	"0x27b70a85,0x2e1b2138,0x4d2c6dfc,0x53380d13,0x650a7354,0x766a0abb,0x81c2c92e,0x92722c85,\n"
	"0xa2bfe8a1,0xa81a664b,0xc24b8b70,0xc76c51a3,0xd192e819,0xd6990624,0xf40e3585,0x106aa070,\n"
	"0x19a4c116,0x1e376c08,0x2748774c,0x34b0bcb5,0x391c0cb3,0x4ed8aa4a,0x5b9cca4f,0x682e6ff3,\n"
	"0x748f82ee,0x78a5636f,0x84c87814,0x8cc70208,0x90befffa,0xa4506ceb,0xbef9a3f7,0xc67178f2};\n"
	"#define ROR(x, n) rotate((x), (uint)(32 - (n)))\n"
	"__kernel void sha256(__global const uchar *data, __global const ulong *start,\n"
	"                     __global const uint *blocks, __global uint *digests)\n"
	"{\n"
	"	size_t file = get_global_id(0);\n"
	"	__global const uchar *p = data + start[file];\n"
	"	uint h[8] = {0x6a09e667,0xbb67ae85,0x3c6ef372,0xa54ff53a,\n"
	"	             0x510e527f,0x9b05688c,0x1f83d9ab,0x5be0cd19};\n"
	"	for (uint n = blocks[file]; n; n--, p += 64) {\n"
	"		uint w[64], s[8];\n"
	"		for (int i = 0; i < 16; i++)\n"
	"			w[i] = (uint)p[4*i] << 24 | (uint)p[4*i+1] << 16 |\n"
	"			       (uint)p[4*i+2] << 8 | p[4*i+3];\n"
	"		for (int i = 16; i < 64; i++)\n"
	"			w[i] = w[i-16] + w[i-7] +\n"
	"			  (ROR(w[i-15], 7) ^ ROR(w[i-15], 18) ^ (w[i-15] >> 3)) +\n"
	"			  (ROR(w[i-2], 17) ^ ROR(w[i-2], 19) ^ (w[i-2] >> 10));\n"
	"		for (int i = 0; i < 8; i++)\n"
	"			s[i] = h[i];\n"
	"		for (int i = 0; i < 64; i++) {\n"
	"			uint t1 = s[7] + (ROR(s[4], 6) ^ ROR(s[4], 11) ^ ROR(s[4], 25)) +\n"
	"			  ((s[4] & s[5]) ^ (~s[4] & s[6])) + K[i] + w[i];\n"
	"			uint t2 = (ROR(s[0], 2) ^ ROR(s[0], 13) ^ ROR(s[0], 22)) +\n"
	"			  ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));\n"
	"			for (int j = 7; j > 0; j--)\n"
	"				s[j] = s[j-1];\n"
	"			s[4] += t1;\n"
	"			s[0] = t1 + t2;\n"
	"		}\n"
	"		for (int i = 0; i < 8; i++)\n"
	"			h[i] += s[i];\n"
	"	}\n"
	"	for (int i = 0; i < 8; i++)\n"
	"		digests[file * 8 + i] = h[i];\n"
	"}\n";

/**
 * struct batch - files that go to the device together, padded as the hash wants them.
 * @expected: digests by libcrypto
 */
struct batch {
	uint8_t *data;
	size_t used;
	cl_uint count;
	cl_ulong start[BATCH_FILES];
	cl_uint blocks[BATCH_FILES];
	uint8_t expected[BATCH_FILES][SHA256_DIGEST_LENGTH];
};

/** struct totals - what the one line tells. */
struct totals {
	size_t files;
	size_t right;
	size_t skipped;
	size_t bytes;
	double device_ms;
};

struct demo {
	struct ocl ocl;
	cl_kernel kernel;
	struct batch batch;
	struct totals totals;
};

static size_t padded_size(size_t size)
{
	return (size + 9 + BLOCK - 1) / BLOCK * BLOCK;
}

static void run(struct demo *d, uint32_t *digests)
{
	struct batch *b = &d->batch;
	struct ocl *o = &d->ocl;
	size_t global = b->count, size = b->count * 8 * sizeof(*digests);
	cl_mem buffers[4] = {
		ocl_buffer(o, CL_MEM_READ_ONLY, b->used, b->data),
		ocl_buffer(o, CL_MEM_READ_ONLY, b->count * sizeof(b->start[0]), b->start),
		ocl_buffer(o, CL_MEM_READ_ONLY, b->count * sizeof(b->blocks[0]), b->blocks),
		ocl_buffer(o, CL_MEM_WRITE_ONLY, size, NULL),
	};

	for (cl_uint i = 0; i < 4; i++)
		ocl_check(clSetKernelArg(d->kernel, i, sizeof(cl_mem), &buffers[i]),
			  "clSetKernelArg");
	ocl_check(
		clEnqueueNDRangeKernel(o->queue, d->kernel, 1, NULL, &global, NULL, 0, NULL, NULL),
		"clEnqueueNDRangeKernel");
	ocl_check(
		clEnqueueReadBuffer(o->queue, buffers[3], CL_TRUE, 0, size, digests, 0, NULL, NULL),
		"clEnqueueReadBuffer");
	for (int i = 0; i < 4; i++)
		clReleaseMemObject(buffers[i]);
}

static bool digest_right(const uint32_t *digest, const uint8_t *expected)
{
	for (int i = 0; i < 8; i++) {
		uint32_t word = (uint32_t)expected[4 * i] << 24 |
				(uint32_t)expected[4 * i + 1] << 16 |
				(uint32_t)expected[4 * i + 2] << 8 | expected[4 * i + 3];

		if (digest[i] != word)
			return false;
	}
	return true;
}

static void flush_batch(struct demo *d)
{
	static uint32_t digests[BATCH_FILES * 8];
	double begin = now_ms();

	if (!d->batch.count)
		return;
	run(d, digests);
	d->totals.device_ms += now_ms() - begin;
	d->totals.files += d->batch.count;
	for (cl_uint i = 0; i < d->batch.count; i++)
		d->totals.right += digest_right(digests + i * 8, d->batch.expected[i]);
	d->batch.count = 0;
	d->batch.used = 0;
}

static bool read_all(int fd, uint8_t *to, size_t size)
{
	while (size) {
		ssize_t n = read(fd, to, size);

		if (n <= 0)
			return false;
		to += n;
		size -= (size_t)n;
	}
	return true;
}

/* The message, one bit, zeros, and the length in bits, big endian. */
static void pad(uint8_t *message, size_t size)
{
	size_t padded = padded_size(size);

	memset(message + size, 0, padded - size);
	message[size] = 0x80;
	for (int i = 0; i < 8; i++)
		message[padded - 1 - (size_t)i] = (uint8_t)((uint64_t)size * 8 >> (8 * i));
}

static bool add_open_file(struct demo *d, int fd, size_t size)
{
	struct batch *b = &d->batch;
	uint8_t *at;

	if (padded_size(size) > BATCH_BYTES)
		return false;
	if (b->count == BATCH_FILES || padded_size(size) > BATCH_BYTES - b->used)
		flush_batch(d);
	at = b->data + b->used;
	if (!read_all(fd, at, size))
		return false;
	SHA256(at, size, b->expected[b->count]);
	pad(at, size);
	b->start[b->count] = b->used;
	b->blocks[b->count] = (cl_uint)(padded_size(size) / BLOCK);
	b->count++;
	b->used += padded_size(size);
	d->totals.bytes += size;
	return true;
}

static void add_file(struct demo *d, int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0) {
		d->totals.skipped++;
		return;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && !add_open_file(d, fd, (size_t)st.st_size))
		d->totals.skipped++;
	close(fd);
}

static void add_folder(struct demo *d, int fd, int depth);

static void add_entry(struct demo *d, int folder, const struct dirent *entry, int depth)
{
	int fd;

	if (entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN) {
		add_file(d, folder, entry->d_name);
		return;
	}
	if (entry->d_type != DT_DIR || !depth || strcmp(entry->d_name, ".") == 0 ||
	    strcmp(entry->d_name, "..") == 0)
		return;
	fd = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		add_folder(d, fd, depth - 1);
	else
		d->totals.skipped++;
}

/* Takes the descriptor over. */
static void add_folder(struct demo *d, int fd, int depth)
{
	DIR *folder = fdopendir(fd);
	struct dirent *entry;

	if (!folder) {
		close(fd);
		return;
	}
	while ((entry = readdir(folder)))
		add_entry(d, fd, entry, depth);
	closedir(folder);
}

static void add_path(struct demo *d, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		add_folder(d, fd, DEPTH_MAX);
	else
		add_file(d, AT_FDCWD, path);
}

int main(int argc, char **argv)
{
	static struct demo d;
	const struct totals *t = &d.totals;
	double begin = now_ms();
	bool ok;

	d.batch.data = malloc(BATCH_BYTES);
	if (!d.batch.data)
		return 2;
	ocl_open(&d.ocl, source, "");
	d.kernel = ocl_kernel(&d.ocl, "sha256");
	if (argc < 2)
		add_path(&d, "/usr/bin");
	for (int i = 1; i < argc; i++)
		add_path(&d, argv[i]);
	flush_batch(&d);
	ok = t->files && t->right == t->files;
	printf("dxg-sha256: %s: %zu of %zu digests right, %.1f MB, device %.0f ms, total %.0f ms,"
	       " %zu skipped, device \"%s\" of \"%s\"\n",
	       ok ? "ok" : "WRONG", t->right, t->files, (double)t->bytes / 1e6, t->device_ms,
	       now_ms() - begin, t->skipped, d.ocl.name, d.ocl.platform_name);
	clReleaseKernel(d.kernel);
	ocl_close(&d.ocl);
	free(d.batch.data);
	return ok ? 0 : 1;
}
