// SPDX-License-Identifier: MIT
/* extensions.c - see extensions.h. */
#include "extensions.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "entry.h"

#define EXTENSIONS_MAX 32

/** enum needs - what must be there for a word of the table to be claimed. */
enum needs {
	OURS, /* nothing: it is this library's */
	HOST, /* the host's device claims it, too */
	HOST_IMAGES, /* that, and images are carried */
};

/** struct word - @version: 0 is the one that most of the table has. */
struct word {
	const char *name;
	enum needs needs;
	cl_version version;
};

static const struct word extensions[] = {
	{ "cl_khr_icd", OURS, 0 },
	/* Provisional; this is what CL/cl_ext.h declares. */
	{ "cl_khr_command_buffer", OURS, CL_MAKE_VERSION(0, 9, 1) },
	/* Of the language alone. */
	{ "cl_khr_global_int32_base_atomics", HOST, 0 },
	{ "cl_khr_global_int32_extended_atomics", HOST, 0 },
	{ "cl_khr_local_int32_base_atomics", HOST, 0 },
	{ "cl_khr_local_int32_extended_atomics", HOST, 0 },
	{ "cl_khr_int64_base_atomics", HOST, 0 },
	{ "cl_khr_int64_extended_atomics", HOST, 0 },
	{ "cl_khr_byte_addressable_store", HOST, 0 },
	{ "cl_khr_fp64", HOST, 0 },
	{ "cl_khr_fp16", HOST, 0 },
	{ "cl_khr_3d_image_writes", HOST_IMAGES, 0 },
	/* Of binaries: program.c. */
	{ "cl_khr_spir", HOST, 0 },
	/* And of calls that images have. */
	{ "cl_khr_depth_images", HOST_IMAGES, 0 },
	{ "cl_khr_image2d_from_buffer", HOST_IMAGES, 0 },
};

static const struct word features[] = {
	{ "__opencl_c_int64", HOST, 0 },
	{ "__opencl_c_fp64", HOST, 0 },
	{ "__opencl_c_atomic_order_acq_rel", HOST, 0 },
	{ "__opencl_c_atomic_order_seq_cst", HOST, 0 },
	{ "__opencl_c_atomic_scope_device", HOST, 0 },
	{ "__opencl_c_generic_address_space", HOST, 0 },
	{ "__opencl_c_work_group_collective_functions", HOST, 0 },
	{ "__opencl_c_images", HOST_IMAGES, 0 },
	{ "__opencl_c_3d_image_writes", HOST_IMAGES, 0 },
	{ "__opencl_c_read_write_images", HOST_IMAGES, 0 },
};

static bool has_word(const char *list, size_t size, const char *word)
{
	size_t n = strlen(word);

	if (!list || !size || list[size - 1])
		return false;
	for (const char *at = list; (at = strstr(at, word)); at += n)
		if ((at == list || at[-1] == ' ') && (!at[n] || at[n] == ' '))
			return true;
	return false;
}

static bool has_images(cl_device_id device)
{
	cl_bool images = CL_FALSE;

	clGetDeviceInfo(device, CL_DEVICE_IMAGE_SUPPORT, sizeof(images), &images, NULL);
	return images;
}

static bool host_extension(cl_device_id device, const char *name)
{
	size_t size = 0;
	const char *list = device_record(device, CL_DEVICE_EXTENSIONS, &size);

	return has_word(list, size, name);
}

static bool host_feature(cl_device_id device, const char *name)
{
	size_t size = 0;
	const uint8_t *list = device_record(device, CL_DEVICE_OPENCL_C_FEATURES, &size);

	for (size_t at = 0; list && size - at >= sizeof(cl_name_version);
	     at += sizeof(cl_name_version)) {
		cl_name_version feature;

		memcpy(&feature, list + at, sizeof(feature));
		if (strncmp(feature.name, name, sizeof(feature.name)) == 0)
			return true;
	}
	return false;
}

/* ---- answers ---- */

/** struct claim - the words that are claimed, in the order of their table. */
struct claim {
	size_t count;
	const struct word *word[EXTENSIONS_MAX];
};

_Static_assert(sizeof(extensions) / sizeof(extensions[0]) <= EXTENSIONS_MAX, "room for all");
_Static_assert(sizeof(features) / sizeof(features[0]) <= EXTENSIONS_MAX, "room for all");

static void claim_words(struct claim *claim, const struct word *words, size_t count,
			cl_device_id device, bool (*on_host)(cl_device_id, const char *))
{
	claim->count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct word *word = &words[i];

		if (word->needs != OURS && (!device || !on_host(device, word->name)))
			continue;
		if (word->needs == HOST_IMAGES && !has_images(device))
			continue;
		claim->word[claim->count++] = word;
	}
}

/* @device NULL: the platform. */
static void claim_extensions(struct claim *claim, cl_device_id device)
{
	claim_words(claim, extensions, sizeof(extensions) / sizeof(extensions[0]), device,
		    host_extension);
}

static cl_int answer_text(const struct claim *claim, const struct info_out *out)
{
	char text[EXTENSIONS_MAX * CL_NAME_VERSION_MAX_NAME_SIZE] = "";
	size_t at = 0;

	for (size_t i = 0; i < claim->count; i++) {
		if (i)
			text[at++] = ' ';
		strcpy(text + at, claim->word[i]->name);
		at += strlen(text + at);
	}
	return info_string(out, text);
}

/* @version: where the table has none. */
static cl_int answer_versions(const struct claim *claim, cl_version version,
			      const struct info_out *out)
{
	cl_name_version list[EXTENSIONS_MAX] = { 0 };

	for (size_t i = 0; i < claim->count; i++) {
		const struct word *word = claim->word[i];

		list[i].version = word->version ? word->version : version;
		strncpy(list[i].name, word->name, sizeof(list[i].name) - 1);
	}
	return info_bytes(out, list, claim->count * sizeof(list[0]));
}

cl_int extensions_platform_text(const struct info_out *out)
{
	return extensions_device_text(NULL, out);
}

cl_int extensions_platform_versions(const struct info_out *out)
{
	return extensions_device_versions(NULL, out);
}

cl_int extensions_device_text(cl_device_id device, const struct info_out *out)
{
	struct claim claim;

	claim_extensions(&claim, device);
	return answer_text(&claim, out);
}

cl_int extensions_device_versions(cl_device_id device, const struct info_out *out)
{
	struct claim claim;

	claim_extensions(&claim, device);
	return answer_versions(&claim, CL_MAKE_VERSION(1, 0, 0), out);
}

bool extensions_claimed(cl_device_id device, const char *name)
{
	struct claim claim;
	bool found = false;

	claim_extensions(&claim, device);
	for (size_t i = 0; i < claim.count; i++)
		found |= strcmp(claim.word[i]->name, name) == 0;
	return found;
}

/* What the worker lets through (host/worker/options.c). */
cl_int extensions_spir_versions(cl_device_id device, const struct info_out *out)
{
	return extensions_claimed(device, "cl_khr_spir") ? info_string(out, "1.2")
							 : CL_INVALID_VALUE;
}

cl_int extensions_c_features(cl_device_id device, const struct info_out *out)
{
	struct claim claim;

	claim_words(&claim, features, sizeof(features) / sizeof(features[0]), device, host_feature);
	return answer_versions(&claim, CL_MAKE_VERSION(3, 0, 0), out);
}
