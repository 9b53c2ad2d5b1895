/* SPDX-License-Identifier: MIT */
/* template_world.h -- A text as a template, over a JSON, in a folder. */
#ifndef PARLEY_TESTS_TEMPLATE_WORLD_H
#define PARLEY_TESTS_TEMPLATE_WORLD_H

struct arena;
struct templates;

/* For cmocka: of a group, whose end is folder_tear_down(); of each test. */
int templates_start(void **state);
int template_set_up(void **state);
int template_tear_down(void **state);
#define TEMPLATE_TEST(name)              \
	cmocka_unit_test_setup_teardown( \
	    name, template_set_up, template_tear_down)

struct templates *open_templates(void);

/* Renders a template's text over JSON, twice: a second use must not differ. */
const char *render_as(struct arena *, const char *text, const char *json,
    const char *lang, const char *zone);

/* The same in English, where it is UTC, in a test's arena. */
const char *render(void **state, const char *text, const char *json);

#endif
