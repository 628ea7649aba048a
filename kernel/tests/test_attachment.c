// SPDX-License-Identifier: GPL-2.0
/*
 * test_attachment.c - dxg_attachment: what an exporter says of its pages is not believed. The
 * exporter here says what each test wants.
 */
#include <kunit/test.h>
#include <linux/dma-buf.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "dxg_attachment.h"
#include "dxg_loopback.h"

#define NOT_RAM 0xfee00000ul /* the interrupt controller of every processor */
#define PARTS 2

/**
 * struct exporter - what a buffer's exporter answers.
 * @pages: of the buffer, as its size says
 * @address: DMA addresses of its entries
 * @length: their bytes, 0 for no entry
 * @err: of attaching
 * @map_err: of mapping
 * @mapped: mappings that are not undone
 */
struct exporter {
	unsigned long pages;
	dma_addr_t address[PARTS];
	unsigned int length[PARTS];
	int err;
	int map_err;
	int mapped;
};

static int exporter_attach(struct dma_buf *buf, struct dma_buf_attachment *attachment)
{
	struct exporter *exporter = buf->priv;

	return exporter->err;
}

static void exporter_fill(struct exporter *exporter, struct sg_table *table)
{
	struct scatterlist *sg;
	unsigned int i;

	for_each_sg(table->sgl, sg, table->nents, i) {
		sg_dma_address(sg) = exporter->address[i];
		sg_dma_len(sg) = exporter->length[i];
	}
}

static struct sg_table *exporter_map(struct dma_buf_attachment *attachment,
				     enum dma_data_direction direction)
{
	struct exporter *exporter = attachment->dmabuf->priv;
	struct sg_table *table;

	if (exporter->map_err)
		return ERR_PTR(exporter->map_err);
	table = kzalloc(sizeof(*table), GFP_KERNEL);
	if (!table || sg_alloc_table(table, exporter->length[1] ? 2 : 1, GFP_KERNEL)) {
		kfree(table);
		return ERR_PTR(-ENOMEM);
	}
	exporter_fill(exporter, table);
	exporter->mapped++;
	return table;
}

static void exporter_unmap(struct dma_buf_attachment *attachment, struct sg_table *table,
			   enum dma_data_direction direction)
{
	struct exporter *exporter = attachment->dmabuf->priv;

	exporter->mapped--;
	sg_free_table(table);
	kfree(table);
}

static void exporter_release(struct dma_buf *buf)
{
}

static const struct dma_buf_ops exporter_ops = {
	.attach = exporter_attach,
	.map_dma_buf = exporter_map,
	.unmap_dma_buf = exporter_unmap,
	.release = exporter_release,
};

static struct dma_buf *exporter_buf(struct kunit *test, struct exporter *exporter)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *buf;

	info.ops = &exporter_ops;
	info.size = exporter->pages << PAGE_SHIFT;
	info.priv = exporter;
	buf = dma_buf_export(&info);
	KUNIT_ASSERT_FALSE(test, IS_ERR(buf));
	return buf;
}

/* Attach, ask for the pages, let go. Return: what was answered. */
static int ask(struct kunit *test, struct exporter *exporter, struct page **ret_pages)
{
	struct dma_buf *buf = exporter_buf(test, exporter);
	struct dxg_attachment *attachment = NULL;
	int err;

	err = dxg_attachment_create(buf, false, &attachment);
	if (!err) {
		KUNIT_EXPECT_EQ(test, exporter->mapped, 1);
		err = dxg_attachment_pages(attachment, ret_pages, exporter->pages);
	}
	dxg_attachment_destroy(attachment);
	KUNIT_EXPECT_EQ(test, exporter->mapped, 0);
	dma_buf_put(buf);
	return err;
}

static void test_pages_in_order(struct kunit *test)
{
	struct page *page = alloc_pages(GFP_KERNEL, 1), *got[2] = {};
	phys_addr_t start;
	struct exporter exporter = { .pages = 2 };

	KUNIT_ASSERT_NOT_NULL(test, page);
	start = page_to_phys(page);
	exporter.address[0] = start;
	exporter.length[0] = 2 * PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, ask(test, &exporter, got), 0);
	KUNIT_EXPECT_PTR_EQ(test, got[0], page);
	KUNIT_EXPECT_PTR_EQ(test, got[1], page + 1);
	exporter.address[0] = start + PAGE_SIZE;
	exporter.address[1] = start;
	exporter.length[0] = PAGE_SIZE;
	exporter.length[1] = PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, ask(test, &exporter, got), 0);
	KUNIT_EXPECT_PTR_EQ(test, got[0], page + 1);
	KUNIT_EXPECT_PTR_EQ(test, got[1], page);
	__free_pages(page, 1);
}

/* What is no RAM is not told to the host, which might find something else there. */
static void test_not_ram(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL), *got[2] = {};
	struct exporter exporter = { .pages = 2 };

	KUNIT_ASSERT_NOT_NULL(test, page);
	exporter.address[0] = page_to_phys(page);
	exporter.address[1] = NOT_RAM;
	exporter.length[0] = PAGE_SIZE;
	exporter.length[1] = PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, ask(test, &exporter, got), -EPERM);
	exporter.address[1] = 1ull << 46;
	KUNIT_EXPECT_EQ(test, ask(test, &exporter, got), -EPERM);
	__free_page(page);
}

/* Neither fewer nor more than the buffer has, and none in part. */
static void test_not_its_size(struct kunit *test)
{
	struct page *page = alloc_pages(GFP_KERNEL, 2), *got[4] = {};
	struct exporter exporter = { .pages = 2 };

	KUNIT_ASSERT_NOT_NULL(test, page);
	exporter.address[0] = page_to_phys(page);
	exporter.length[0] = PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, ask(test, &exporter, got), -EPERM);
	exporter.length[0] = 3 * PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, ask(test, &exporter, got), -EPERM);
	KUNIT_EXPECT_PTR_EQ(test, got[2], (struct page *)NULL);
	exporter.address[0] += 512;
	exporter.length[0] = 2 * PAGE_SIZE - 512;
	KUNIT_EXPECT_EQ(test, ask(test, &exporter, got), -EPERM);
	__free_pages(page, 2);
}

static void test_refusals(struct kunit *test)
{
	struct exporter exporter = { .pages = 1, .err = -EOPNOTSUPP };

	KUNIT_EXPECT_EQ(test, ask(test, &exporter, NULL), -EPERM);
	exporter.err = 0;
	exporter.map_err = -EBUSY;
	KUNIT_EXPECT_EQ(test, ask(test, &exporter, NULL), -EPERM);
	exporter.map_err = -ENOMEM;
	KUNIT_EXPECT_EQ(test, ask(test, &exporter, NULL), -ENOMEM);
}

static struct kunit_case dxg_attachment_cases[] = { KUNIT_CASE(test_pages_in_order),
						    KUNIT_CASE(test_not_ram),
						    KUNIT_CASE(test_not_its_size),
						    KUNIT_CASE(test_refusals),
						    {} };

static struct kunit_suite dxg_attachment_suite = {
	.name = "dxg_attachment",
	.suite_init = dxg_loopback_start,
	.test_cases = dxg_attachment_cases,
};

kunit_test_suite(dxg_attachment_suite);
