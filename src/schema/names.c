/*-------------------------------------------------------------------------
 *
 * names.c
 *	  GraphQL names from the names of tables, columns, types and labels.
 *
 *	  A name is first made of ASCII letters, digits and underscores: accents
 *	  fall away, other letters become "u" and their code point, whatever else
 *	  becomes an underscore.  Then its words are put in the style that is
 *	  wanted.  A word ends at an underscore; capital letters inside a name are
 *	  kept as they are, except at the beginning of a field's name and in names
 *	  without any small letter (SQL Server's and Oracle's USER_NAME).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/unicode_norm.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "schema/names.h"

static inline bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_name_char(char c)
{
	return is_upper(c) || is_lower(c) || is_digit(c) || c == '_';
}

bool
fsq_name_valid(const char *name)
{
	if (name[0] == '\0' || is_digit(name[0]) || (name[0] == '_' && name[1] == '_'))
		return false;
	for (const char *p = name; *p; p++)
		if (!is_name_char(*p))
			return false;
	return true;
}

/* Letters that do not decompose into an ASCII letter and marks. */
static const struct
{
	pg_wchar	code;
	const char *ascii;
}			transliterations[] = {
	{0x00C6, "AE"}, {0x00D0, "D"}, {0x00D8, "O"}, {0x00DE, "Th"}, {0x00DF, "ss"},
	{0x00E6, "ae"}, {0x00F0, "d"}, {0x00F8, "o"}, {0x00FE, "th"}, {0x0110, "D"},
	{0x0111, "d"}, {0x0131, "i"}, {0x0141, "L"}, {0x0142, "l"}, {0x0152, "OE"},
	{0x0153, "oe"}
};

/* Append what stands for one character outside of ASCII. */
static void
append_transliterated(StringInfo out, pg_wchar code)
{
	if (code >= 0x0300 && code <= 0x036F)
		return;					/* a combining mark */
	for (int i = 0; i < lengthof(transliterations); i++)
	{
		if (transliterations[i].code == code)
		{
			appendStringInfoString(out, transliterations[i].ascii);
			return;
		}
	}
	if (code < 0x00AA || (code >= 0x2000 && code <= 0x2BFF) || (code >= 0x3000 && code <= 0x303F))
		appendStringInfoChar(out, '_');	/* blanks, punctuation, symbols */
	else
		appendStringInfo(out, "u%04x", (unsigned int) code);
}

/*
 * The name in ASCII letters, digits and underscores, not beginning with a
 * digit or two underscores.  A name that is all that already is copied.
 */
static char *
to_ascii(const char *name)
{
	StringInfoData out;
	const char *p;

	if (fsq_name_valid(name))
		return pstrdup(name);
	initStringInfo(&out);
	if (GetDatabaseEncoding() == PG_UTF8)
	{
		int			length = strlen(name);
		pg_wchar   *wide = palloc((length + 1) * sizeof(pg_wchar));
		pg_wchar   *normal;

		pg_mb2wchar_with_len(name, wide, length);
		normal = unicode_normalize(UNICODE_NFKD, wide);
		for (; *normal; normal++)
		{
			if (*normal >= 0x80)
				append_transliterated(&out, *normal);
			else
				appendStringInfoChar(&out, is_name_char((char) *normal) ? (char) *normal : '_');
		}
	}
	else
	{
		for (p = name; *p; p += pg_mblen(p))
		{
			if (!IS_HIGHBIT_SET(*p))
				appendStringInfoChar(&out, is_name_char(*p) ? *p : '_');
			else
				for (int i = 0; i < pg_mblen(p); i++)
					appendStringInfo(&out, "x%02x", (unsigned char) p[i]);
		}
	}
	p = out.data;
	while (p[0] == '_' && p[1] == '_')
		p++;
	if (p[0] == '\0' || is_digit(p[0]))
		return psprintf("_%s", p);
	return pstrdup(p);
}

/* In lower case if it has no small letter, else as it is; a copy. */
static char *
without_shouting(const char *name)
{
	char	   *copy = pstrdup(name);

	for (char *p = copy; *p; p++)
		if (is_lower(*p))
			return copy;
	for (char *p = copy; *p; p++)
		*p = pg_ascii_tolower((unsigned char) *p);
	return copy;
}

/* Leave the underscores out and begin each word after one with a capital. */
static void
join_words(char *to, const char *from, bool capital)
{
	for (; *from; from++)
	{
		if (*from == '_')
			capital = true;
		else
		{
			*to++ = capital ? pg_ascii_toupper((unsigned char) *from) : *from;
			capital = false;
		}
	}
	*to = '\0';
}

/* "order_items" -> "orderItems"; "HTTPRequest" -> "httpRequest"; a leading underscore stays. */
static char *
camel_case(const char *name)
{
	char	   *from = without_shouting(name);
	char	   *result = palloc(strlen(name) + 2);
	char	   *to = result;
	int			run = 0;

	while (*from == '_')
	{
		to = result;
		*to++ = '_';
		from++;
	}
	while (is_upper(from[run]))
		run++;
	/* the last capital of a longer run begins the next word */
	if (run > 1 && is_lower(from[run]))
		run--;
	for (int i = 0; i < run; i++)
		from[i] = pg_ascii_tolower((unsigned char) from[i]);
	join_words(to, from, false);
	return result;
}

/* "order_items" -> "OrderItems" */
static char *
pascal_case(const char *name)
{
	char	   *from = without_shouting(name);
	char	   *result = palloc(strlen(name) + 2);

	while (*from == '_')
		from++;
	join_words(result, from, true);
	if (result[0] == '\0' || is_digit(result[0]))
		return psprintf("_%s", result);
	return result;
}

char *
fsq_name_numbered(const char *name, int number)
{
	/* two underscores at the beginning are the language's */
	return psprintf("%s%s%d", name, strcmp(name, "_") == 0 ? "" : "_", number);
}

char *
fsq_name_capital(const char *name)
{
	char	   *copy = pstrdup(name);
	char	   *p = copy;

	while (*p == '_')
		p++;
	*p = pg_ascii_toupper((unsigned char) *p);
	return p;
}

/*
 * A name with the word at start..end in another form: letters that stay keep
 * their case, others take the case of the word.
 */
static char *
with_form(const char *name, int start, int end, const char *form)
{
	const char *word = name + start;
	int			length = end - start;
	char	   *result = palloc(strlen(name) + strlen(form) + 1);
	char	   *to = result + start;
	bool		shout = length > 1;
	bool		same = true;

	for (int i = 0; i < length; i++)
		if (!is_upper(word[i]))
			shout = false;
	memcpy(result, name, start);
	for (int i = 0; form[i]; i++)
	{
		if (i >= length || pg_ascii_tolower((unsigned char) word[i]) != form[i])
			same = false;
		if (same)
			*to++ = word[i];
		else if (shout || (i == 0 && is_upper(word[0])))
			*to++ = pg_ascii_toupper((unsigned char) form[i]);
		else
			*to++ = form[i];
	}
	strcpy(to, name + end);
	return result;
}

/*
 * Singular and plural of a name by its last word: the letters before trailing
 * digits ("logs_2024", "users2"), after the last underscore or small letter
 * that a capital follows.
 */
static void
inflect_name(const char *name, char **singular, char **plural)
{
	int			end = strlen(name);
	int			start;
	bool		digits_attached;
	char	   *word;
	char	   *one;
	char	   *many;

	while (end > 0 && (is_digit(name[end - 1]) || name[end - 1] == '_'))
		end--;
	digits_attached = is_digit(name[end]);
	start = end;
	while (start > 0 && name[start - 1] != '_' &&
		   !(start < end && is_upper(name[start]) && is_lower(name[start - 1])))
		start--;

	word = pnstrdup(name + start, end - start);
	for (char *p = word; *p; p++)
		*p = pg_ascii_tolower((unsigned char) *p);
	one = fsq_singular(word);
	if (strcmp(one, word) != 0)
		many = word;
	else if (digits_attached)
		many = one;				/* "ipv4" has no plural */
	else
		many = fsq_plural(one);

	*singular = with_form(name, start, end, one);
	*plural = with_form(name, start, end, many);
}

/* The name of a field that is made of a name. */
static char *
field_style(char *ascii, const FsqNamingRules *rules)
{
	return rules->fields_as_they_are ? ascii : camel_case(ascii);
}

static char *
type_style(char *ascii, const FsqNamingRules *rules)
{
	return rules->types_as_they_are ? ascii : pascal_case(ascii);
}

/*
 * The names of a relation.  The item is its singular and the list its plural,
 * with "List" appended if a noun is its own plural; or both are made of the
 * type's name, in the namings that know neither.  A name of nothing but
 * underscores, which stays one in camelCase, is "_item" and "_list" where parts
 * are joined by underscores.
 */
void
fsq_names_of_relation(FsqRelationNames *names, const char *relation, const FsqNamingRules *rules)
{
	char	   *ascii = to_ascii(relation);
	char	   *singular;
	char	   *plural;

	if (rules->collection)
	{
		names->type = type_style(ascii, rules);
		names->item = pstrdup(names->type);
		names->item[0] = pg_ascii_tolower((unsigned char) names->item[0]);
		names->list = psprintf("%s%s", names->item, rules->collection);
		return;
	}
	inflect_name(ascii, &singular, &plural);
	names->type = type_style(singular, rules);
	names->item = field_style(singular, rules);
	names->list = field_style(plural, rules);
	/* "_by_id" behind "_" would begin as the language's own names do */
	if (rules->snake && strcmp(names->item, "_") == 0)
		names->item = pstrdup("_item");
	if (rules->snake && strcmp(names->list, "_") == 0)
		names->list = pstrdup("_list");
	if (strcmp(names->item, names->list) == 0)
		names->list = psprintf(rules->snake ? "%s_list" : "%sList", names->item);
}

/* The field of a column: camelCase, or the column's name. */
char *
fsq_name_of_column(const char *column, const FsqNamingRules *rules)
{
	char	   *name = field_style(to_ascii(column), rules);

	return is_digit(name[0]) ? psprintf("_%s", name) : name;
}

/* The field of a function: as that of a column, perhaps without a leading underscore. */
char *
fsq_name_of_function(const char *function, const FsqNamingRules *rules)
{
	bool		bare = rules->bare_functions && function[0] == '_' && function[1] != '\0';

	return fsq_name_of_column(function + (bare ? 1 : 0), rules);
}

/* The name of a type that is not a relation: PascalCase or as it is, not inflected. */
char *
fsq_name_of_type(const char *type, const FsqNamingRules *rules)
{
	return type_style(to_ascii(type), rules);
}

char *
fsq_name_upper(const char *name)
{
	char	   *ascii = to_ascii(name);
	StringInfoData out;

	initStringInfo(&out);
	for (char *p = ascii; *p; p++)
	{
		if (p > ascii && is_upper(p[0]) && is_lower(p[-1]))
			appendStringInfoChar(&out, '_');
		appendStringInfoChar(&out, pg_ascii_toupper((unsigned char) *p));
	}
	return out.data;
}

/* The enum value of a label: UPPER_SNAKE, or as it is unless that is a literal of the language. */
char *
fsq_name_of_label(const char *label, const FsqNamingRules *rules)
{
	if (rules->labels_as_they_are && strcmp(label, "true") != 0 && strcmp(label, "false") != 0 &&
		strcmp(label, "null") != 0)
		return to_ascii(label);
	return fsq_name_upper(label);
}

/* What of a name stands behind another: the language's own names begin with two underscores. */
static const char *
behind(const char *prefix, const char *name)
{
	return strcmp(prefix, "_") == 0 && name[0] == '_' ? name + 1 : name;
}

/* Two names joined by an underscore. */
static char *
join_snake(const char *prefix, const char *name)
{
	return psprintf("%s%s", prefix, behind(prefix, psprintf("_%s", behind(prefix, name))));
}

/* "sales", "Order" -> "SalesOrder", or "sales", "order" -> "sales_order" */
char *
fsq_name_qualified_type(const char *schema, const char *type, const FsqNamingRules *rules)
{
	char	   *prefix = fsq_name_of_type(schema, rules);

	if (rules->types_as_they_are)
		return join_snake(prefix, type);
	return psprintf("%s%s", prefix, behind(prefix, type));
}

/* "sales", "orders" -> "salesOrders", or "sales_orders" where parts are joined so */
char *
fsq_name_qualified_field(const char *schema, const char *field, const FsqNamingRules *rules)
{
	char	   *prefix = fsq_name_of_column(schema, rules);

	return rules->snake ? join_snake(prefix, field) :
		psprintf("%s%s", prefix, fsq_name_capital(field));
}

/* "user", "By", "email" -> "userByEmail", or "user_by_email" where parts are joined so. */
char *
fsq_name_join(const char *base, const char *word, const char *rest, const FsqNamingRules *rules)
{
	char	   *small;

	if (!rules->snake)
		return psprintf("%s%s%s", base, word, fsq_name_capital(rest));
	small = pstrdup(word);
	small[0] = pg_ascii_tolower((unsigned char) small[0]);
	return psprintf("%s%s_%s", base, behind(base, psprintf("_%s", small)), rest);
}
