/*-------------------------------------------------------------------------
 *
 * shim.c
 *	  What the language uses of a PostgreSQL backend, for a process that is
 *	  none: memory, lists, hash tables, jsonb, errors.
 *
 *	  Each allocation is a malloc of its own, so that AddressSanitizer sees
 *	  every access outside of one.  All of them are freed by shim_reset(),
 *	  whatever their memory context.  What would raise an error ends the
 *	  process: the language raises none for what a document may contain.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <jansson.h>

#include "common/unicode_norm.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "shim.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#undef vsnprintf
#undef vasprintf

/* ---- memory ---- */

/* Stands before every allocation. */
typedef struct Chunk
{
	struct Chunk *prev;
	struct Chunk *next;
	Size		size;
	Size		unused;			/* keeps the alignment */
} Chunk;

/* As much as one document may take. */
#define MAX_TOTAL ((Size) 1 << 30)

static Chunk chunks = {&chunks, &chunks};
static Size total;
static char context_data[sizeof(MemoryContextData)];
MemoryContext CurrentMemoryContext = (MemoryContext) context_data;
MemoryContext TopMemoryContext = (MemoryContext) context_data;
MemoryContext ErrorContext = (MemoryContext) context_data;

static void __attribute__((noreturn))
fail(const char *message)
{
	fprintf(stderr, "shim: %s\n", message);
	abort();
}

void *
palloc(Size size)
{
	Chunk	   *chunk;

	if (!AllocSizeIsValid(size) || (total += size) > MAX_TOTAL)
		fail("too much memory");
	chunk = malloc(sizeof(Chunk) + size);
	chunk->size = size;
	chunk->prev = chunks.prev;
	chunk->next = &chunks;
	chunk->prev->next = chunk->next->prev = chunk;
	memset(chunk + 1, 0x7F, size);
	return chunk + 1;
}

void *
palloc0(Size size)
{
	return memset(palloc(size), 0, size);
}

void
pfree(void *pointer)
{
	Chunk	   *chunk = (Chunk *) pointer - 1;

	chunk->prev->next = chunk->next;
	chunk->next->prev = chunk->prev;
	total -= chunk->size;
	free(chunk);
}

void *
repalloc(void *pointer, Size size)
{
	void	   *result = palloc(size);

	memcpy(result, pointer, Min(size, ((Chunk *) pointer - 1)->size));
	pfree(pointer);
	return result;
}

void
shim_reset(void)
{
	while (chunks.next != &chunks)
		pfree(chunks.next + 1);
}

void *
MemoryContextAllocZero(MemoryContext context, Size size)
{
	return palloc0(size);
}

void *
MemoryContextAllocExtended(MemoryContext context, Size size, int flags)
{
	return flags & MCXT_ALLOC_ZERO ? palloc0(size) : palloc(size);
}

MemoryContext
AllocSetContextCreateInternal(MemoryContext parent, const char *name, Size min, Size initial, Size max)
{
	return CurrentMemoryContext;
}

void
MemoryContextDelete(MemoryContext context)
{
}

char *
pstrdup(const char *str)
{
	return strcpy(palloc(strlen(str) + 1), str);
}

char *
pnstrdup(const char *str, Size length)
{
	char	   *copy;

	length = strnlen(str, length);
	copy = memcpy(palloc(length + 1), str, length);
	copy[length] = '\0';
	return copy;
}

/* ---- encodings ---- */

int			shim_encoding = PG_UTF8;

int
GetDatabaseEncoding(void)
{
	return shim_encoding;
}

int
pg_mblen(const char *mbstr)
{
	return pg_encoding_mblen(shim_encoding, mbstr);
}

int
pg_mb2wchar_with_len(const char *from, pg_wchar *to, int len)
{
	return pg_wchar_table[shim_encoding].mb2wchar_with_len((const unsigned char *) from, to, len);
}

extern pg_wchar *__real_unicode_normalize(UnicodeNormalizationForm form, const pg_wchar *input);
extern pg_wchar *__wrap_unicode_normalize(UnicodeNormalizationForm form, const pg_wchar *input);

/* A front end's is malloc'ed. */
pg_wchar *
__wrap_unicode_normalize(UnicodeNormalizationForm form, const pg_wchar *input)
{
	pg_wchar   *normal = __real_unicode_normalize(form, input);
	pg_wchar   *copy;
	int			n = 0;

	if (normal == NULL)
		fail("unicode_normalize");
	while (normal[n])
		n++;
	copy = memcpy(palloc(sizeof(pg_wchar) * (n + 1)), normal, sizeof(pg_wchar) * (n + 1));
	free(normal);
	return copy;
}

bool
pg_verify_mbstr(int encoding, const char *mbstr, int len, bool noError)
{
	return pg_encoding_verifymbstr(encoding, mbstr, len) == len;
}

char *
psprintf(const char *fmt,...)
{
	char	   *text;
	char	   *copy;
	va_list		args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		fail("vasprintf");
	va_end(args);
	copy = pstrdup(text);
	free(text);
	return copy;
}

/* ---- strings ---- */

void
initStringInfo(StringInfo str)
{
	str->data = palloc(16);
	str->maxlen = 16;
	str->len = str->cursor = 0;
	str->data[0] = '\0';
}

void
resetStringInfo(StringInfo str)
{
	str->len = str->cursor = 0;
	str->data[0] = '\0';
}

void
enlargeStringInfo(StringInfo str, int needed)
{
	if (needed < 0 || (Size) needed >= MaxAllocSize - str->len)
		fail("a string is too long");
	if (str->len + needed < str->maxlen)
		return;
	str->maxlen = Max(2 * str->maxlen, str->len + needed + 1);
	str->data = repalloc(str->data, str->maxlen);
}

void
appendBinaryStringInfo(StringInfo str, const char *data, int length)
{
	enlargeStringInfo(str, length);
	memcpy(str->data + str->len, data, length);
	str->len += length;
	str->data[str->len] = '\0';
}

void
appendStringInfoString(StringInfo str, const char *data)
{
	appendBinaryStringInfo(str, data, strlen(data));
}

void
appendStringInfoChar(StringInfo str, char c)
{
	appendBinaryStringInfo(str, &c, 1);
}

void
appendStringInfoSpaces(StringInfo str, int count)
{
	while (count-- > 0)
		appendStringInfoChar(str, ' ');
}

int
appendStringInfoVA(StringInfo str, const char *fmt, va_list args)
{
	int			room = str->maxlen - str->len;
	int			length = vsnprintf(str->data + str->len, room, fmt, args);

	if (length < room)
	{
		str->len += length;
		return 0;
	}
	str->data[str->len] = '\0';
	return length + 1;
}

void
appendStringInfo(StringInfo str, const char *fmt,...)
{
	int			needed;

	do
	{
		va_list		args;

		va_start(args, fmt);
		needed = appendStringInfoVA(str, fmt, args);
		va_end(args);
		if (needed)
			enlargeStringInfo(str, needed);
	} while (needed);
}

/* ---- lists ---- */

static List *
make_list(NodeTag type, int length)
{
	List	   *list = palloc0(sizeof(List));

	list->type = type;
	list->length = length;
	list->max_length = Max(length, 4);
	list->elements = palloc(sizeof(ListCell) * list->max_length);
	return list;
}

static ListCell *
add_cell(List **list, NodeTag type)
{
	if (*list == NIL)
		*list = make_list(type, 0);
	if ((*list)->length == (*list)->max_length)
	{
		(*list)->max_length *= 2;
		(*list)->elements = repalloc((*list)->elements, sizeof(ListCell) * (*list)->max_length);
	}
	return &(*list)->elements[(*list)->length++];
}

List *
lappend(List *list, void *datum)
{
	add_cell(&list, T_List)->ptr_value = datum;
	return list;
}

List *
lappend_int(List *list, int datum)
{
	add_cell(&list, T_IntList)->int_value = datum;
	return list;
}

List *
list_make1_impl(NodeTag type, ListCell a)
{
	List	   *list = make_list(type, 1);

	list->elements[0] = a;
	return list;
}

List *
list_make2_impl(NodeTag type, ListCell a, ListCell b)
{
	List	   *list = make_list(type, 2);

	list->elements[0] = a;
	list->elements[1] = b;
	return list;
}

List *
list_copy(const List *list)
{
	List	   *copy;

	if (list == NIL)
		return NIL;
	copy = make_list(list->type, list->length);
	memcpy(copy->elements, list->elements, sizeof(ListCell) * list->length);
	return copy;
}

List *
list_concat(List *list, const List *other)
{
	int			n = list_length(other);

	if (list == NIL)
		return list_copy(other);
	for (int i = 0; i < n; i++)
		*add_cell(&list, list->type) = other->elements[i];
	return list;
}

List *
list_concat_copy(const List *list, const List *other)
{
	return list_concat(list_copy(list), other);
}

bool
list_member_ptr(const List *list, const void *datum)
{
	ListCell   *lc;

	foreach(lc, list)
		if (lfirst(lc) == datum)
			return true;
	return false;
}

List *
list_append_unique_ptr(List *list, void *datum)
{
	return list_member_ptr(list, datum) ? list : lappend(list, datum);
}

void
list_free(List *list)
{
	if (list == NIL)
		return;
	pfree(list->elements);
	pfree(list);
}

List *
list_delete_last(List *list)
{
	if (list_length(list) <= 1)
	{
		list_free(list);
		return NIL;
	}
	list->length--;
	return list;
}

void
list_sort(List *list, list_sort_comparator compare)
{
	if (list_length(list) > 1)
		qsort(list->elements, list->length, sizeof(ListCell),
			  (int (*) (const void *, const void *)) compare);
}

/* ---- hash tables ---- */

typedef struct Entry
{
	struct Entry *next;
	uint32		hash;
	char		data[FLEXIBLE_ARRAY_MEMBER] pg_attribute_aligned(8);
} Entry;

struct HTAB
{
	HASHCTL		control;
	int			nentries;
	int			nbuckets;		/* a power of two */
	Entry	  **buckets;
};

HTAB *
hash_create(const char *name, long n, const HASHCTL *info, int flags)
{
	HTAB	   *table = palloc0(sizeof(HTAB));

	table->control = *info;
	if (!(flags & HASH_FUNCTION))
		table->control.hash = NULL;
	if (!(flags & HASH_COMPARE))
		table->control.match = NULL;
	table->nbuckets = 64;
	table->buckets = palloc0(sizeof(Entry *) * table->nbuckets);
	return table;
}

/* Twice as many buckets. */
static void
grow(HTAB *table)
{
	Entry	  **old = table->buckets;
	int			n = table->nbuckets;

	table->nbuckets *= 2;
	table->buckets = palloc0(sizeof(Entry *) * table->nbuckets);
	for (int i = 0; i < n; i++)
		for (Entry *entry = old[i], *next; entry; entry = next)
		{
			Entry	  **bucket = &table->buckets[entry->hash & (table->nbuckets - 1)];

			next = entry->next;
			entry->next = *bucket;
			*bucket = entry;
		}
	pfree(old);
}

void *
hash_search(HTAB *table, const void *key, HASHACTION action, bool *found)
{
	const HASHCTL *control = &table->control;
	uint32		hash = control->hash ? control->hash(key, control->keysize) :
		hash_bytes(key, control->keysize);
	Entry	   *entry = table->buckets[hash & (table->nbuckets - 1)];

	while (entry && (entry->hash != hash ||
					 (control->match ? control->match(entry->data, key, control->keysize) :
					  memcmp(entry->data, key, control->keysize)) != 0))
		entry = entry->next;
	if (found)
		*found = entry != NULL;
	if (entry == NULL && action == HASH_ENTER)
	{
		if (++table->nentries > table->nbuckets)
			grow(table);
		entry = palloc(offsetof(Entry, data) + control->entrysize);
		entry->hash = hash;
		entry->next = table->buckets[hash & (table->nbuckets - 1)];
		table->buckets[hash & (table->nbuckets - 1)] = entry;
		memcpy(entry->data, key, control->keysize);
	}
	return entry ? entry->data : NULL;
}

/* ---- jsonb: a tree behind containers that are read through iterators ---- */

typedef struct Container
{
	uint32		header;
	uint32		index;			/* in trees */
} Container;

typedef struct Tree
{
	int			n;
	JsonbValue *keys;			/* of an object */
	JsonbValue *values;
	json_t	   *json;
} Tree;

static Tree *trees;
static int	ntrees;

static void make_container(Container *container, json_t *json);

static void
make_string(JsonbValue *value, const char *str, int length)
{
	value->type = jbvString;
	value->val.string.val = memcpy(palloc(length), str, length);
	value->val.string.len = length;
}

static void
make_value(JsonbValue *value, json_t *json)
{
	switch (json_typeof(json))
	{
		case JSON_STRING:
			make_string(value, json_string_value(json), json_string_length(json));
			break;
		case JSON_INTEGER:
		case JSON_REAL:
			value->type = jbvNumeric;
			/* a number's text stands for it */
			value->val.numeric = (Numeric) (json_is_integer(json) ?
											psprintf("%lld", (long long) json_integer_value(json)) :
											psprintf("%.20f", json_real_value(json)));
			break;
		case JSON_TRUE:
		case JSON_FALSE:
			value->type = jbvBool;
			value->val.boolean = json_is_true(json);
			break;
		case JSON_NULL:
			value->type = jbvNull;
			break;
		default:
			value->type = jbvBinary;
			value->val.binary.data = palloc0(sizeof(Container));
			value->val.binary.len = sizeof(Container);
			make_container((Container *) value->val.binary.data, json);
			break;
	}
}

static void
make_container(Container *container, json_t *json)
{
	Tree		tree = {.json = json};
	bool		is_object = json_is_object(json);
	const char *key;
	json_t	   *item;
	int			index = ntrees++;

	tree.n = is_object ? json_object_size(json) : json_array_size(json);
	container->header = (is_object ? JB_FOBJECT : JB_FARRAY) | tree.n;
	container->index = index;
	trees = trees ? repalloc(trees, sizeof(Tree) * ntrees) : palloc(sizeof(Tree) * ntrees);
	tree.keys = palloc0(sizeof(JsonbValue) * tree.n);
	tree.values = palloc0(sizeof(JsonbValue) * tree.n);
	tree.n = 0;
	if (is_object)
	{
		json_object_foreach(json, key, item)
		{
			make_string(&tree.keys[tree.n], key, strlen(key));
			make_value(&tree.values[tree.n++], item);
		}
	}
	else
	{
		for (size_t i = 0; i < json_array_size(json); i++)
			make_value(&tree.values[tree.n++], json_array_get(json, i));
	}
	trees[index] = tree;
}

Jsonb *
shim_jsonb(json_t *json)
{
	Jsonb	   *jsonb = palloc0(offsetof(Jsonb, root) + sizeof(Container));

	trees = NULL;
	ntrees = 0;
	make_container((Container *) &jsonb->root, json);
	return jsonb;
}

struct ShimIterator
{
	const Tree *tree;
	bool		is_object;
	int			at;				/* -1 before the first; two for each member of an object */
};

JsonbIterator *
JsonbIteratorInit(JsonbContainer *container)
{
	struct ShimIterator *it = palloc0(sizeof(struct ShimIterator));

	it->tree = &trees[((Container *) container)->index];
	it->is_object = JsonContainerIsObject(container);
	it->at = -1;
	return (JsonbIterator *) it;
}

/* Nested containers are always skipped: the language asks for no other. */
JsonbIteratorToken
JsonbIteratorNext(JsonbIterator **iterator, JsonbValue *value, bool skip_nested)
{
	struct ShimIterator *it = (struct ShimIterator *) *iterator;
	int			at = it->at++;

	if (at < 0)
		return it->is_object ? WJB_BEGIN_OBJECT : WJB_BEGIN_ARRAY;
	if (at >= it->tree->n * (it->is_object ? 2 : 1))
		return it->is_object ? WJB_END_OBJECT : WJB_END_ARRAY;
	if (!it->is_object)
	{
		*value = it->tree->values[at];
		return WJB_ELEM;
	}
	*value = at % 2 ? it->tree->values[at / 2] : it->tree->keys[at / 2];
	return at % 2 ? WJB_VALUE : WJB_KEY;
}

JsonbValue *
getKeyJsonValueFromContainer(JsonbContainer *container, const char *key, int length, JsonbValue *result)
{
	const Tree *tree = &trees[((Container *) container)->index];

	for (int i = 0; i < tree->n; i++)
	{
		if (tree->keys[i].val.string.len != length ||
			memcmp(tree->keys[i].val.string.val, key, length) != 0)
			continue;
		if (result == NULL)
			result = palloc(sizeof(JsonbValue));
		*result = tree->values[i];
		return result;
	}
	return NULL;
}

char *
JsonbToCString(StringInfo out, JsonbContainer *container, int length)
{
	char	   *text = json_dumps(trees[((Container *) container)->index].json, 0);
	char	   *copy = pstrdup(text);

	free(text);
	return copy;
}

Datum
numeric_out(PG_FUNCTION_ARGS)
{
	return CStringGetDatum(pstrdup(DatumGetCString(PG_GETARG_DATUM(0))));
}

Datum
DirectFunctionCall1Coll(PGFunction function, Oid collation, Datum argument)
{
	LOCAL_FCINFO(fcinfo, 1);

	fcinfo->args[0].value = argument;
	return function(fcinfo);
}

/* ---- errors and the rest ---- */

volatile sig_atomic_t InterruptPending = false;

void
ProcessInterrupts(void)
{
}

/* The depth of documents is limited, so that this much is enough. */
void
check_stack_depth(void)
{
	static char *base;
	char		here;

	if (base == NULL || &here > base)
		base = &here;
	if (base - &here > 64 * 1024 * 1024)
		fail("the stack is too deep");
}

bool
errstart(int elevel, const char *domain)
{
	return true;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return true;
}

int
errmsg_internal(const char *fmt,...)
{
	fprintf(stderr, "elog: %s\n", fmt);
	return 0;
}

void
errfinish(const char *filename, int lineno, const char *funcname)
{
	fail("an error was raised");
}

char *
unpack_sql_state(int sql_state)
{
	return "00000";
}
