/* SPDX-License-Identifier: MIT */
/*
 * hdf.c -- JSON as ClearSilver's HDF.
 *
 * ClearSilver frees every node it finds in a tree, so ours must never meet
 * hdf_destroy(): hdf_clear() takes them out first.  They are told from those
 * that a template's set: made by a mark in a field that ClearSilver only uses
 * on the top of a tree.
 */
#include "web/hdf.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

/* Points here: a node of the arena; its children may be, too, or not. */
static char mark_own;
/* Points here: a node of the arena whose children belong to another tree. */
static char mark_shared;

static HDF *
node_new(
    HDF *top, struct arena *arena, const char *name, size_t len, void *mark)
{
	HDF *node = arena_alloc(arena, sizeof(*node));

	/* ClearSilver's strings are not const, but it writes to none. */
	node->name = (char *)(uintptr_t)name;
	node->name_len = (int)len;
	node->top = top;
	node->fileload_ctx = mark;
	return node;
}

/* A page has hundreds of numbers: printf() would be a tenth of its cost. */
static const char *
decimal(struct arena *arena, int64_t number)
{
	enum { SIZE = 24 };
	char	*text = (char *)arena_alloc(arena, SIZE) + SIZE - 1;
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;

	do
		*--text = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (number < 0)
		*--text = '-';
	return text;
}

static HDF **
end_of(HDF *node)
{
	HDF **end = &node->child;

	while (*end != NULL)
		end = &(*end)->next;
	return end;
}

static void fill(HDF *, struct arena *, const json_t *);

static void
fill_object(HDF *node, struct arena *arena, const json_t *object)
{
	/* jansson's iterator wants to be able to change what it walks. */
	json_t	   *walked = (json_t *)(uintptr_t)object, *value;
	HDF	  **end = end_of(node);
	const char *key;

	json_object_foreach(walked, key, value)
	{
		HDF *child =
		    node_new(node->top, arena, key, strlen(key), &mark_own);

		fill(child, arena, value);
		*end = child;
		end = &child->next;
	}
}

static void
fill_array(HDF *node, struct arena *arena, const json_t *array)
{
	HDF **end = end_of(node);

	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *name = decimal(arena, (int64_t)i);
		HDF	   *child =
		    node_new(node->top, arena, name, strlen(name), &mark_own);

		fill(child, arena, json_array_get(array, i));
		*end = child;
		end = &child->next;
	}
}

static const char *
number_text(struct arena *arena, const json_t *value)
{
	if (json_is_real(value))
		return arena_printf(arena, "%.17g", json_real_value(value));
	return decimal(arena, json_integer_value(value));
}

static void
fill(HDF *node, struct arena *arena, const json_t *value)
{
	const char *text = "";

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		fill_object(node, arena, value);
		return;
	case JSON_ARRAY:
		fill_array(node, arena, value);
		return;
	case JSON_STRING:
		text = json_string_value(value);
		break;
	case JSON_INTEGER:
	case JSON_REAL:
		text = number_text(arena, value);
		break;
	case JSON_TRUE:
		text = "1";
		break;
	case JSON_FALSE:
		text = "0";
		break;
	case JSON_NULL:
		break;
	}
	node->value = (char *)(uintptr_t)text;
}

void
hdf_add_json(HDF *top, struct arena *arena, const json_t *object)
{
	fill_object(top, arena, object);
}

void
hdf_add_shared(HDF *top, struct arena *arena, const char *name, const HDF *node)
{
	HDF *shared = node_new(top, arena, name, strlen(name), &mark_shared);

	shared->value = node->value;
	shared->child = node->child;
	shared->hash = node->hash;
	*end_of(top) = shared;
}

static void clear_children(HDF *);

static void
clear_node(HDF *node)
{
	if (node->fileload_ctx == &mark_shared)
		return;
	clear_children(node);
	if (node->alloc_value)
		free(node->value);
	if (node->fileload_ctx != &mark_own) {
		free(node->name);
		free(node);
	}
}

static void
clear_children(HDF *node)
{
	HDF *next;

	if (node->hash != NULL)
		ne_hash_destroy(&node->hash);
	for (HDF *child = node->child; child != NULL; child = next) {
		next = child->next;
		clear_node(child);
	}
	node->child = node->last_child = node->last_hp = node->last_hs = NULL;
}

void
hdf_clear(HDF *top)
{
	clear_children(top);
}
