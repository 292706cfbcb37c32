/* shop.h - a made-up block with a field of every kind, for the tests of the binder and the manual. */
#ifndef HC_TEST_CONFIG_SHOP_H
#define HC_TEST_CONFIG_SHOP_H

#include "config/bind.h"

struct shelf {
    struct hc_mark mark;
    struct hc_conf_string label;
    struct hc_conf_int height;
};

struct till {
    struct hc_mark mark;
    struct hc_conf_word closed;
    struct hc_conf_string drawer;
};

struct stock {
    struct hc_mark mark;
    struct hc_conf_string file;
    HC_CONF_BLOCKS(struct shelf) shelves;
};

struct shop {
    struct hc_mark mark;
    struct hc_conf_string name;
    struct hc_conf_bool open;
    struct hc_conf_int visitors;
    struct hc_conf_int idle_timeout;
    struct hc_conf_word door;
    struct hc_conf_strings goods;
    struct shelf counter;
    HC_CONF_BLOCKS(struct shelf) shelves;
    struct till till;
    struct till owner;  /* either a name or a block; the name lands in `drawer` */
    struct stock stock; /* either a file or a list of shelves */
};

static const struct hc_word door_words[] = {{"front", 0}, {"back", 1}, {"side", 2}, {NULL, 0}};
static const struct hc_word closed_words[] = {{"closed", 1}, {NULL, 0}};

static const struct hc_field shelf_fields[] = {
    {.key = "label",
     .kind = HC_KIND_STRING,
     .required = true,
     .max = 8,
     .offset = offsetof(struct shelf, label),
     .help = "what stands on it"},
    {.key = "height", .kind = HC_KIND_INT, .offset = offsetof(struct shelf, height)},
};
static const struct hc_schema shelf_schema = {
    .fields = shelf_fields, .n = HC_COUNT(shelf_fields), .size = sizeof(struct shelf)};

static const struct hc_field till_fields[] = {
    {.key = "drawer", .kind = HC_KIND_STRING, .required = true, .offset = offsetof(struct till, drawer)},
};
static const struct hc_schema till_schema = {
    .fields = till_fields, .n = HC_COUNT(till_fields), .size = sizeof(struct till)};
static const struct hc_field till_closed = {
    .key = "till", .kind = HC_KIND_WORD, .words = closed_words, .offset = offsetof(struct till, closed)};
static const struct hc_field owner_name = {
    .key = "owner", .kind = HC_KIND_STRING, .offset = offsetof(struct till, drawer)};

static const struct hc_field stock_file = {
    .key = "stock", .kind = HC_KIND_STRING, .offset = offsetof(struct stock, file)};
static const struct hc_field stock_shelves = {.key = "stock",
                                              .kind = HC_KIND_BLOCKS,
                                              .min = 1,
                                              .max = 2,
                                              .offset = offsetof(struct stock, shelves),
                                              .block = &shelf_schema};

static const struct hc_field shop_fields[] = {
    {.key = "name",
     .kind = HC_KIND_STRING,
     .required = true,
     .offset = offsetof(struct shop, name),
     .help = "how it is called",
     .example = "corner"},
    {.key = "open", .kind = HC_KIND_BOOL, .offset = offsetof(struct shop, open)},
    {.key = "visitors", .kind = HC_KIND_INT, .min = -5, .max = 100, .offset = offsetof(struct shop, visitors)},
    {.key = "idle_timeout",
     .kind = HC_KIND_DURATION,
     .min = 1,
     .max = 3600,
     .offset = offsetof(struct shop, idle_timeout)},
    {.key = "door", .kind = HC_KIND_WORD, .words = door_words, .offset = offsetof(struct shop, door)},
    {.key = "goods",
     .kind = HC_KIND_STRINGS,
     .min = 1,
     .max = 3,
     .offset = offsetof(struct shop, goods),
     .example = "[tea, rice]"},
    {.key = "counter", .kind = HC_KIND_BLOCK, .offset = offsetof(struct shop, counter), .block = &shelf_schema},
    {.key = "shelves",
     .kind = HC_KIND_BLOCKS,
     .max = 2,
     .offset = offsetof(struct shop, shelves),
     .block = &shelf_schema},
    {.key = "till",
     .kind = HC_KIND_EITHER,
     .offset = offsetof(struct shop, till),
     .scalar = &till_closed,
     .block = &till_schema},
    {.key = "owner",
     .kind = HC_KIND_EITHER,
     .offset = offsetof(struct shop, owner),
     .scalar = &owner_name,
     .block = &till_schema},
    {.key = "stock",
     .kind = HC_KIND_EITHER,
     .offset = offsetof(struct shop, stock),
     .scalar = &stock_file,
     .list = &stock_shelves},
};
static const struct hc_schema shop_schema = {
    .fields = shop_fields, .n = HC_COUNT(shop_fields), .size = sizeof(struct shop)};

#endif
