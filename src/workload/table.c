#include "workload/table.h"

#include <cjson/cJSON.h>

/* ------------------------------------------------------------------ writing */

/* Numbers of 64 bits do not fit into JSON's. */
static void add_hash(cJSON *array, uint64_t value)
{
    char text[17];

    g_snprintf(text, sizeof text, "%016" G_GINT64_MODIFIER "x", value);
    cJSON_AddItemToArray(array, cJSON_CreateString(text));
}

static void add_text(cJSON *object, const char *name, const char *text)
{
    g_autofree char *valid = text && *text ? g_utf8_make_valid(text, -1) : NULL;

    if (valid)
        cJSON_AddStringToObject(object, name, valid);
}

static void add_number(cJSON *object, const char *name, double value)
{
    if (value != 0)
        cJSON_AddNumberToObject(object, name, value);
}

static void add_time(cJSON *object, const char *name, int64_t time)
{
    if (time != NO_TIME)
        cJSON_AddNumberToObject(object, name, (double)time);
}

static void write_mark(GString *out, guint slot, void *context)
{
    (void)context;
    g_string_append_printf(out, "$%u", slot + 1);
}

/* With $1, $2 … for its slots, it reads back as the same shape. */
static void add_statements(cJSON *object, const struct program *program)
{
    cJSON *list = cJSON_AddArrayToObject(object, "statements");

    for (guint i = 0; i < program->shapes->len; i++) {
        const struct normal *normal = ((struct shape *)program->shapes->pdata[i])->normal;
        g_autoptr(GString) text = g_string_new(NULL);
        cJSON *item = cJSON_CreateObject();
        if (normal->text)
            normal_write(normal, text, write_mark, NULL);
        if (normal->kind == STATEMENT_SAVEPOINT || normal->kind == STATEMENT_RELEASE ||
            normal->kind == STATEMENT_ROLLBACK_TO)
            g_string_append(text, " s");
        add_text(item, "text", text->str);
        add_text(item, "callsite", program->callsites->pdata[i]);
        cJSON_AddItemToArray(list, item);
    }
}

static void add_positions(cJSON *object, const struct program *program)
{
    cJSON *list = cJSON_AddArrayToObject(object, "values");

    for (guint i = 0; i < program->positions->len; i++) {
        const struct slot_value *position =
            &g_array_index(program->positions, struct slot_value, i);
        cJSON *item = cJSON_CreateArray();
        char kind[] = {position->kind ? position->kind : '-', position->word ? position->word : '-',
                       '\0'};
        if (position->kind != 'k')
            kind[1] = '-';
        cJSON_AddItemToArray(item, cJSON_CreateNumber(position->class));
        add_hash(item, position->constant ? position->value : 0); /* of which run does not matter */
        cJSON_AddItemToArray(item, cJSON_CreateNumber(position->constant + 2 * position->inlined +
                                                      4 * position->own));
        cJSON_AddItemToArray(item, cJSON_CreateString(kind));
        cJSON_AddItemToArray(list, item);
    }
}

static void add_pairings(cJSON *object, const struct program *program)
{
    cJSON *list = program->pairings->len ? cJSON_AddArrayToObject(object, "pairs") : NULL;

    for (guint i = 0; i < program->pairings->len; i++) {
        const struct pairing *pairing = program->pairings->pdata[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddNumberToObject(item, "read", pairing->read);
        cJSON_AddNumberToObject(item, "write", pairing->write);
        if (pairing->broken)
            cJSON_AddTrueToObject(item, "broken");
        if (pairing->order)
            cJSON_AddTrueToObject(item, "order");
        if (pairing->crossed)
            cJSON_AddTrueToObject(item, "crossed");
        cJSON *values = cJSON_AddArrayToObject(item, "values");
        for (guint j = 0; j < pairing->values->len && !pairing->broken; j++)
            add_hash(values, g_array_index(pairing->values, uint64_t, j));
        cJSON_AddItemToArray(list, item);
    }
}

static void add_failures(cJSON *object, const struct program *program)
{
    cJSON *list = program->failures->len ? cJSON_AddArrayToObject(object, "failures") : NULL;

    for (guint i = 0; i < program->failures->len; i++) {
        const struct failures *failures = &g_array_index(program->failures, struct failures, i);
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "state", failures->state);
        cJSON_AddNumberToObject(item, "statement", failures->statement);
        cJSON_AddNumberToObject(item, "count", (double)failures->count);
        if (failures->final)
            cJSON_AddTrueToObject(item, "final");
        add_time(item, "first", failures->first);
        add_time(item, "last", failures->last);
        cJSON *partners = cJSON_AddArrayToObject(item, "partners");
        for (guint j = 0; j < failures->partners->len; j++) {
            const struct partner *partner = &g_array_index(failures->partners, struct partner, j);
            cJSON *each = cJSON_CreateObject();
            add_text(each, "program", partner->program ? partner->program->key : partner->key);
            cJSON_AddBoolToObject(each, "certain", partner->certain);
            cJSON_AddNumberToObject(each, "count", (double)partner->count);
            cJSON_AddItemToArray(partners, each);
        }
        cJSON_AddItemToArray(list, item);
    }
}

static void add_lost(cJSON *object, const struct lost *lost)
{
    if (!lost)
        return;
    cJSON *item = cJSON_AddObjectToObject(object, "lost");
    add_time(item, "read", lost->read);
    add_time(item, "written", lost->written);
    add_time(item, "between", lost->between);
    cJSON_AddNumberToObject(item, "readStatement", lost->read_statement);
    cJSON_AddNumberToObject(item, "writeStatement", lost->write_statement);
    add_text(item, "other", lost->other);
}

static cJSON *program_json(const struct program *program)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "key", program->key);
    add_text(object, "database", program->database);
    add_text(object, "application", program->application);
    add_text(object, "tags", program->tags);
    add_text(object, "role", program->role);
    cJSON_AddNumberToObject(object, "level", program->level);
    add_number(object, "implied", (double)program->implied);
    cJSON_AddNumberToObject(object, "readOnly", program->read_only);
    cJSON_AddNumberToObject(object, "deferrable", program->deferrable);
    cJSON_AddBoolToObject(object, "block", program->block);
    cJSON_AddBoolToObject(object, "partial", program->partial);
    cJSON_AddBoolToObject(object, "rolledBack", program->rolled_back);
    cJSON_AddBoolToObject(object, "leaked", program->leaked);
    add_number(object, "before", program->before);
    cJSON_AddNumberToObject(object, "runs", (double)program->runs);
    add_number(object, "failed", (double)program->failed);
    add_number(object, "retried", (double)program->retried);
    add_number(object, "lostUpdates", (double)program->lost_count);
    add_time(object, "first", program->first);
    add_time(object, "last", program->last);
    add_statements(object, program);
    add_positions(object, program);
    add_pairings(object, program);
    add_failures(object, program);
    add_lost(object, program->lost);
    return object;
}

GString *table_write(const struct programs *programs)
{
    g_autoptr(GPtrArray) all = programs_list(programs);
    GString *out = g_string_new(NULL);

    g_string_append_printf(out, "{\"isolint\":\"programs\",\"version\":%d}\n", TABLE_VERSION);
    for (guint i = 0; i < all->len; i++) {
        cJSON *object = program_json(all->pdata[i]);
        char *text = cJSON_PrintUnformatted(object);
        g_string_append_printf(out, "%s\n", text);
        cJSON_free(text);
        cJSON_Delete(object);
    }
    return out;
}

/* ------------------------------------------------------------------ reading */

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    return cJSON_IsString(item) ? item->valuestring : "";
}

static double number_of(const cJSON *object, const char *name, double otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    return cJSON_IsNumber(item) ? item->valuedouble : otherwise;
}

static int64_t time_of(const cJSON *object, const char *name)
{
    double value = number_of(object, name, -1);

    return value < 0 || value > 9e15 ? NO_TIME : (int64_t)value;
}

/* A count that no table of ours goes beyond. */
static uint64_t count_of(const cJSON *object, const char *name)
{
    double value = number_of(object, name, 0);

    return value > 0 && value < 9e15 ? (uint64_t)value : 0;
}

static guint index_of(const cJSON *object, const char *name)
{
    return (guint)MIN(count_of(object, name), G_MAXUINT32 / 2);
}

static bool flag_of(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static uint64_t hash_of(const cJSON *item)
{
    return cJSON_IsString(item) ? g_ascii_strtoull(item->valuestring, NULL, 16) : 0;
}

static bool read_statements(struct programs *programs, struct program *program, const cJSON *object,
                            uint32_t line)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(object, "statements"))
    {
        struct shape *shape = shapes_intern(programs_shapes(programs), text_of(item, "text"));
        const char *callsite = text_of(item, "callsite");
        if (!shape)
            return false;
        g_ptr_array_add(program->shapes, shape);
        g_array_append_val(program->lines, line);
        g_ptr_array_add(program->callsites, *callsite ? g_strdup(callsite) : NULL);
    }
    return true;
}

static bool read_positions(struct program *program, const cJSON *object)
{
    const cJSON *item;
    guint slots = 0;

    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(object, "values"))
    {
        const cJSON *class = cJSON_GetArrayItem(item, 0), *flags = cJSON_GetArrayItem(item, 2);
        const cJSON *kind = cJSON_GetArrayItem(item, 3);
        int bits = cJSON_IsNumber(flags) ? flags->valueint : 0;
        struct slot_value position = {
            .class = cJSON_IsNumber(class) ? (uint32_t)MAX(class->valueint, 0) : 0,
            .value = hash_of(cJSON_GetArrayItem(item, 1)),
            .constant = bits & 1,
            .inlined = bits & 2,
            .own = bits & 4,
        };
        if (cJSON_IsString(kind) && strlen(kind->valuestring) == 2) {
            position.kind = kind->valuestring[0] == '-' ? 0 : kind->valuestring[0];
            position.word = kind->valuestring[1] == '-' ? 0 : kind->valuestring[1];
        }
        g_array_append_val(program->positions, position);
    }
    for (guint i = 0; i < program->shapes->len; i++)
        slots += ((struct shape *)program->shapes->pdata[i])->normal->slots->len;
    return slots == program->positions->len;
}

static bool read_pairings(struct program *program, const cJSON *object)
{
    const cJSON *item, *value;

    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(object, "pairs"))
    {
        struct pairing *pairing = g_new0(struct pairing, 1);
        pairing->read = index_of(item, "read");
        pairing->write = index_of(item, "write");
        pairing->broken = flag_of(item, "broken");
        pairing->order = flag_of(item, "order");
        pairing->crossed = flag_of(item, "crossed");
        pairing->values = g_array_new(FALSE, FALSE, sizeof(uint64_t));
        cJSON_ArrayForEach(value, cJSON_GetObjectItemCaseSensitive(item, "values"))
        {
            uint64_t hash = hash_of(value);
            g_array_append_val(pairing->values, hash);
        }
        g_array_set_size(pairing->values, pairing->values->len & ~1u);
        g_ptr_array_add(program->pairings, pairing);
        if (MAX(pairing->read, pairing->write) >= program->positions->len)
            return false;
    }
    return true;
}

/* Partners may come later in the table: they are looked for by key when all is there. */
static void read_failures(struct program *program, const cJSON *object)
{
    const cJSON *item, *each;

    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(object, "failures"))
    {
        struct failures *failures =
            program_failures(program, text_of(item, "state"), index_of(item, "statement"));
        failures->count += count_of(item, "count");
        failures->final |= flag_of(item, "final");
        failures->first = time_of(item, "first");
        failures->last = time_of(item, "last");
        cJSON_ArrayForEach(each, cJSON_GetObjectItemCaseSensitive(item, "partners"))
        {
            struct partner partner = {.key = g_strdup(text_of(each, "program")),
                                      .certain = flag_of(each, "certain"),
                                      .count = count_of(each, "count")};
            g_array_append_val(failures->partners, partner);
        }
    }
}

static void read_lost(struct program *program, const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, "lost");

    if (!cJSON_IsObject(item))
        return;
    program->lost = g_new0(struct lost, 1);
    *program->lost = (struct lost){
        .read = time_of(item, "read"),
        .written = time_of(item, "written"),
        .between = time_of(item, "between"),
        .file = name,
        .read_statement = index_of(item, "readStatement"),
        .write_statement = index_of(item, "writeStatement"),
        .other = g_strdup(text_of(item, "other")),
    };
}

/* `name` and `line` are those of the table, which does not say where the log is. */
static bool fill(struct programs *programs, struct program *program, const cJSON *object,
                 const char *name, uint32_t line)
{
    int level = (int)number_of(object, "level", 0);

    program->database = g_strdup(text_of(object, "database"));
    program->application = g_strdup(text_of(object, "application"));
    program->tags = g_strdup(text_of(object, "tags"));
    program->role = g_strdup(text_of(object, "role"));
    program->level = (enum isolation_level)CLAMP(level, 0, LEVEL_SERIALIZABLE);
    program->implied =
        (enum isolation_level)CLAMP(number_of(object, "implied", 0), 0, LEVEL_SERIALIZABLE);
    program->read_only = (int)CLAMP(number_of(object, "readOnly", -1), -1, 1);
    program->deferrable = (int)CLAMP(number_of(object, "deferrable", -1), -1, 1);
    program->block = flag_of(object, "block");
    program->partial = flag_of(object, "partial");
    program->rolled_back = flag_of(object, "rolledBack");
    program->leaked = flag_of(object, "leaked");
    program->before = index_of(object, "before");
    program->runs = count_of(object, "runs");
    program->failed = count_of(object, "failed");
    program->retried = count_of(object, "retried");
    program->lost_count = count_of(object, "lostUpdates");
    program->first = time_of(object, "first");
    program->last = time_of(object, "last");
    program->file = g_strdup(name);
    program->line = line;
    if (!read_statements(programs, program, object, line) || !read_positions(program, object) ||
        !read_pairings(program, object) || program->before > program->shapes->len)
        return false;
    read_failures(program, object);
    read_lost(program, object, name);
    return true;
}

static bool same_shapes(const struct program *a, const struct program *b)
{
    return a->shapes->len == b->shapes->len && a->positions->len == b->positions->len &&
           memcmp(a->shapes->pdata, b->shapes->pdata, a->shapes->len * sizeof(gpointer)) == 0;
}

static bool take_program(struct programs *programs, const cJSON *object, const char *name,
                         uint32_t line)
{
    struct program fresh = {0};
    const char *key = text_of(object, "key");
    bool known;

    program_init(&fresh);
    if (strlen(key) != 16 || !fill(programs, &fresh, object, name, line)) {
        program_clear(&fresh);
        return false;
    }
    struct program *program = programs_add(programs, key, &known);
    if (!known) {
        program_clear(program);
        g_strlcpy(fresh.key, key, sizeof fresh.key);
        *program = fresh;
        return true;
    }
    bool same = same_shapes(program, &fresh);
    if (same)
        program_merge(program, &fresh);
    program_clear(&fresh);
    return same;
}

static bool read_version(const cJSON *head, const char *name, struct error *error)
{
    if (number_of(head, "version", 0) == TABLE_VERSION)
        return true;
    return error_set(error, "%s: is a table of version %g, this isolint reads version %d", name,
                     number_of(head, "version", 0), TABLE_VERSION);
}

bool table_read(struct programs *programs, struct reader *reader, const char *name,
                struct error *error)
{
    struct piece line;
    unsigned number = 0;

    while (reader_line(reader, &line, error)) {
        number++;
        cJSON *object = cJSON_ParseWithLength(line.at, line.length);
        bool head = cJSON_HasObjectItem(object, "isolint"); /* tables may follow each other */
        bool done = object && (head ? read_version(object, name, error)
                                    : take_program(programs, object, name, number));
        cJSON_Delete(object);
        if (!done)
            return error->message
                       ? false
                       : error_set(error, "%s:%u: is no line of a table of programs", name, number);
    }
    programs_resolve(programs);
    return error->message == NULL;
}
