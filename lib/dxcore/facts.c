// SPDX-License-Identifier: MIT
/*
 * facts: see facts.h. Questions go through libdxg; their layouts are in dxgwire/adapterinfo.h.
 */
#include "facts.h"

#include <stdlib.h>

#include "dxgwire/adapterinfo.h"
#include "dxgwire/escape.h"
#include "libdxg.h"

#define FACTS_UMD_DX11 2u
#define FACTS_UMD_DX12 3u

static bool facts_query(uint32_t handle, uint32_t type, void *data, uint32_t size)
{
	struct d3dkmt_queryadapterinfo args = {
		.adapter = { .v = handle },
		.type = type,
		.private_data = dxg_ptr(data),
		.private_data_size = size,
	};

	return D3DKMTQueryAdapterInfo(&args) >= 0;
}

static void facts_note(struct facts *facts, enum dxcore_property property, bool answered)
{
	if (answered)
		facts->has |= 1u << property;
}

/* ---- UTF-16 to UTF-8 ---- */

/* The character at *@at, which moves behind it; half a pair becomes U+FFFD. */
static uint32_t facts_next(const uint16_t *text, size_t units, size_t *at)
{
	uint32_t c = text[(*at)++];

	if (c < 0xd800 || c > 0xdfff)
		return c;
	if (c < 0xdc00 && *at < units && text[*at] >= 0xdc00 && text[*at] <= 0xdfff)
		return 0x10000 + ((c - 0xd800) << 10) + (text[(*at)++] - 0xdc00u);
	return 0xfffd;
}

/* Bytes of @c in UTF-8. */
static size_t facts_put(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static void facts_narrow(char *dst, size_t room, const uint16_t *text, size_t units)
{
	size_t at = 0, used = 0, n;
	char out[4];

	while (at < units && text[at]) {
		n = facts_put(facts_next(text, units, &at), out);
		if (used + n >= room)
			break;
		memcpy(dst + used, out, n);
		used += n;
	}
	dst[used] = 0;
}

/* ---- the questions ---- */

static void facts_ask_driver(uint32_t handle, struct facts *facts)
{
	uint16_t *text = calloc(DXG_INFO_DESCRIPTION_UNITS, sizeof(*text));
	bool got;

	got = text && facts_query(handle, DXG_INFO_DESCRIPTION, text,
				  DXG_INFO_DESCRIPTION_UNITS * sizeof(*text));
	if (got)
		facts_narrow(facts->description, sizeof(facts->description), text,
			     DXG_INFO_DESCRIPTION_UNITS);
	facts_note(facts, DXCORE_DRIVER_DESCRIPTION, got);
	free(text);
	facts_note(facts, DXCORE_DRIVER_VERSION,
		   facts_query(handle, DXG_INFO_UMD_VERSION, &facts->driver_version,
			       sizeof(facts->driver_version)));
	facts_note(
		facts, DXCORE_KMD_MODEL_VERSION,
		facts_query(handle, DXG_INFO_DRIVER_VERSION, &facts->model, sizeof(facts->model)));
}

static void facts_ask_ids(uint32_t handle, struct facts *facts)
{
	struct dxg_info_device_ids ids = { 0 };

	if (!facts_query(handle, DXG_INFO_DEVICE_IDS, &ids, sizeof(ids)))
		return;
	facts->ids = (struct dxcore_hardware_id_parts){
		.vendor = ids.vendor,
		.device = ids.device,
		.subsystem = ids.sub_system,
		.subvendor = ids.sub_vendor,
		.revision = ids.revision,
	};
	facts_note(facts, DXCORE_HARDWARE_ID, true);
	facts_note(facts, DXCORE_HARDWARE_ID_PARTS, true);
}

static void facts_ask_memory(uint32_t handle, struct facts *facts)
{
	struct dxg_info_segment_size size;

	if (!facts_query(handle, DXG_INFO_SEGMENT_SIZE, &size, sizeof(size)))
		return;
	facts->dedicated = size.dedicated_video;
	facts->dedicated_system = size.dedicated_system;
	facts->shared = size.shared_system;
	facts_note(facts, DXCORE_DEDICATED_ADAPTER_MEMORY, true);
	facts_note(facts, DXCORE_DEDICATED_SYSTEM_MEMORY, true);
	facts_note(facts, DXCORE_SHARED_SYSTEM_MEMORY, true);
}

static void facts_ask_preemption(uint32_t handle, struct facts *facts)
{
	struct dxg_info_wddm_1_2_caps caps;

	if (!facts_query(handle, DXG_INFO_WDDM_1_2_CAPS, &caps, sizeof(caps)))
		return;
	facts->compute_preemption = (uint16_t)caps.compute_preemption;
	facts->graphics_preemption = (uint16_t)caps.graphics_preemption;
	facts_note(facts, DXCORE_COMPUTE_PREEMPTION, true);
	facts_note(facts, DXCORE_GRAPHICS_PREEMPTION, true);
}

static void facts_ask_type(uint32_t handle, struct facts *facts)
{
	if (!facts_query(handle, DXG_INFO_ADAPTER_TYPE, &facts->type, sizeof(facts->type)))
		return;
	facts_note(facts, DXCORE_ACG_COMPATIBLE, true);
	facts_note(facts, DXCORE_IS_HARDWARE, true);
	facts_note(facts, DXCORE_IS_DETACHABLE, true);
	facts_note(facts, DXCORE_IS_INTEGRATED, facts->has & 1u << DXCORE_DEDICATED_ADAPTER_MEMORY);
}

static void facts_ask_umd(uint32_t handle, struct facts *facts)
{
	struct dxg_adapter_private private = { 0 };
	struct dxg_info_umd_name name;
	uint32_t version;

	facts->opendxg = facts_query(handle, DXG_INFO_UMD_PRIVATE, &private, sizeof(private)) &&
			 private.magic == DXG_ADAPTER_PRIVATE_MAGIC;
	for (version = 0; version < DXG_INFO_UMD_VERSIONS; version++) {
		name = (struct dxg_info_umd_name){ .version = version };
		if (facts_query(handle, DXG_INFO_UMD_NAME, &name, sizeof(name)) && name.name[0])
			facts->umd |= 1u << version;
	}
}

void facts_ask(uint32_t handle, struct luid luid, struct facts *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->luid = luid;
	facts_note(ret, DXCORE_INSTANCE_LUID, true);
	facts_ask_driver(handle, ret);
	facts_ask_ids(handle, ret);
	facts_ask_memory(handle, ret);
	facts_ask_preemption(handle, ret);
	facts_ask_type(handle, ret);
	facts_ask_umd(handle, ret);
}

/* ---- properties ---- */

bool facts_is_hardware(const struct facts *facts)
{
	return !facts->type.software_device;
}

bool facts_is_integrated(const struct facts *facts)
{
	return facts->type.hybrid_integrated || !facts->dedicated;
}

/** struct facts_value - a property in the form that is handed out. */
struct facts_value {
	const void *data;
	size_t size;
	union {
		uint8_t flag;
		struct dxcore_hardware_id id;
	};
};

#define FACTS_VALUE(v, field) ((v)->data = &(field), (v)->size = sizeof(field))

static void facts_flag(struct facts_value *v, bool flag)
{
	v->flag = flag;
	FACTS_VALUE(v, v->flag);
}

static void facts_hardware_id(const struct facts *f, struct facts_value *v)
{
	v->id = (struct dxcore_hardware_id){
		.vendor = f->ids.vendor,
		.device = f->ids.device,
		.subsys = f->ids.subsystem << 16 | (f->ids.subvendor & 0xffff),
		.revision = f->ids.revision,
	};
	FACTS_VALUE(v, v->id);
}

static void facts_text(const struct facts *f, struct facts_value *v)
{
	v->data = f->description;
	v->size = strlen(f->description) + 1;
}

static void facts_find(const struct facts *f, uint32_t property, struct facts_value *v)
{
	switch ((enum dxcore_property)property) {
	case DXCORE_INSTANCE_LUID:
		FACTS_VALUE(v, f->luid);
		break;
	case DXCORE_DRIVER_VERSION:
		FACTS_VALUE(v, f->driver_version);
		break;
	case DXCORE_DRIVER_DESCRIPTION:
		facts_text(f, v);
		break;
	case DXCORE_HARDWARE_ID:
		facts_hardware_id(f, v);
		break;
	case DXCORE_KMD_MODEL_VERSION:
		FACTS_VALUE(v, f->model);
		break;
	case DXCORE_COMPUTE_PREEMPTION:
		FACTS_VALUE(v, f->compute_preemption);
		break;
	case DXCORE_GRAPHICS_PREEMPTION:
		FACTS_VALUE(v, f->graphics_preemption);
		break;
	case DXCORE_DEDICATED_ADAPTER_MEMORY:
		FACTS_VALUE(v, f->dedicated);
		break;
	case DXCORE_DEDICATED_SYSTEM_MEMORY:
		FACTS_VALUE(v, f->dedicated_system);
		break;
	case DXCORE_SHARED_SYSTEM_MEMORY:
		FACTS_VALUE(v, f->shared);
		break;
	case DXCORE_ACG_COMPATIBLE:
		facts_flag(v, f->type.acg_supported);
		break;
	case DXCORE_IS_HARDWARE:
		facts_flag(v, facts_is_hardware(f));
		break;
	case DXCORE_IS_INTEGRATED:
		facts_flag(v, facts_is_integrated(f));
		break;
	case DXCORE_IS_DETACHABLE:
		facts_flag(v, f->type.detachable);
		break;
	case DXCORE_HARDWARE_ID_PARTS:
		FACTS_VALUE(v, f->ids);
		break;
	case DXCORE_PROPERTIES:
		break;
	}
}

static HRESULT facts_lookup(const struct facts *facts, uint32_t property, struct facts_value *ret)
{
	if (property >= DXCORE_PROPERTIES)
		return DXGI_ERROR_INVALID_CALL;
	if (!(facts->has & 1u << property))
		return DXGI_ERROR_UNSUPPORTED;
	facts_find(facts, property, ret);
	return S_OK;
}

HRESULT facts_size(const struct facts *facts, uint32_t property, size_t *ret_size)
{
	struct facts_value value;
	HRESULT hr = facts_lookup(facts, property, &value);

	if (hr == S_OK)
		*ret_size = value.size;
	return hr;
}

HRESULT facts_get(const struct facts *facts, uint32_t property, size_t size, void *ret_data)
{
	struct facts_value value;
	HRESULT hr = facts_lookup(facts, property, &value);

	if (hr != S_OK)
		return hr;
	if (size < value.size)
		return E_INVALIDARG;
	memcpy(ret_data, value.data, value.size);
	return S_OK;
}

/* ---- attributes ---- */

/* opendxg's driver has a file name for every version of Direct3D, but implements none. */
static bool facts_direct3d(const struct facts *facts, uint32_t version, bool graphics)
{
	if (facts->opendxg || !facts->type.render_supported)
		return false;
	return facts->umd & 1u << version && !(graphics && facts->type.compute_only);
}

bool facts_attribute(const struct facts *facts, const struct guid *attribute)
{
	static const struct guid opendxg = DXCORE_ATTRIBUTE_OPENDXG_COMPUTE;
	static const struct guid graphics_11 = DXCORE_ATTRIBUTE_D3D11_GRAPHICS;
	static const struct guid graphics_12 = DXCORE_ATTRIBUTE_D3D12_GRAPHICS;
	static const struct guid compute_12 = DXCORE_ATTRIBUTE_D3D12_CORE_COMPUTE;

	if (guid_equal(attribute, &opendxg))
		return facts->opendxg;
	if (guid_equal(attribute, &graphics_11))
		return facts_direct3d(facts, FACTS_UMD_DX11, true);
	if (guid_equal(attribute, &graphics_12))
		return facts_direct3d(facts, FACTS_UMD_DX12, true);
	if (guid_equal(attribute, &compute_12))
		return facts_direct3d(facts, FACTS_UMD_DX12, false);
	return false;
}
