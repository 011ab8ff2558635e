/*-------------------------------------------------------------------------
 *
 * inflect.c
 *	  Singular and plural of English nouns, by a fixed table and a few rules.
 *
 *	  The names of a schema must never change by themselves, so there is no
 *	  dictionary and no setting here: what the table says, holds.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "schema/names.h"

/*
 * Nouns whose plural no rule gives, or that the rules would take apart.  Both
 * forms begin with the same letter.
 */
static const struct
{
	const char *singular;
	const char *plural;
}			irregulars[] = {
	{"ache", "aches"},
	{"alias", "aliases"},
	{"analysis", "analyses"},
	{"atlas", "atlases"},
	{"avalanche", "avalanches"},
	{"axis", "axes"},
	{"bias", "biases"},
	{"bonus", "bonuses"},
	{"brownie", "brownies"},
	{"bus", "buses"},
	{"cache", "caches"},
	{"calf", "calves"},
	{"calorie", "calories"},
	{"campus", "campuses"},
	{"canoe", "canoes"},
	{"canvas", "canvases"},
	{"census", "censuses"},
	{"child", "children"},
	{"circus", "circuses"},
	{"consensus", "consensuses"},
	{"cookie", "cookies"},
	{"corpus", "corpora"},
	{"crisis", "crises"},
	{"criterion", "criteria"},
	{"curriculum", "curricula"},
	{"diagnosis", "diagnoses"},
	{"die", "dies"},
	{"echo", "echoes"},
	{"emphasis", "emphases"},
	{"focus", "focuses"},
	{"foot", "feet"},
	{"fungus", "fungi"},
	{"gas", "gases"},
	{"genie", "genies"},
	{"genus", "genera"},
	{"goose", "geese"},
	{"half", "halves"},
	{"headache", "headaches"},
	{"hero", "heroes"},
	{"hoodie", "hoodies"},
	{"hypothesis", "hypotheses"},
	{"knife", "knives"},
	{"leaf", "leaves"},
	{"lens", "lenses"},
	{"lie", "lies"},
	{"life", "lives"},
	{"loaf", "loaves"},
	{"louse", "lice"},
	{"man", "men"},
	{"matrix", "matrices"},
	{"mouse", "mice"},
	{"movie", "movies"},
	{"niche", "niches"},
	{"nucleus", "nuclei"},
	{"oasis", "oases"},
	{"octopus", "octopuses"},
	{"ox", "oxen"},
	{"person", "people"},
	{"phenomenon", "phenomena"},
	{"pie", "pies"},
	{"potato", "potatoes"},
	{"prognosis", "prognoses"},
	{"quiz", "quizzes"},
	{"radius", "radii"},
	{"rookie", "rookies"},
	{"selfie", "selfies"},
	{"shelf", "shelves"},
	{"shoe", "shoes"},
	{"status", "statuses"},
	{"stimulus", "stimuli"},
	{"surplus", "surpluses"},
	{"syllabus", "syllabuses"},
	{"synopsis", "synopses"},
	{"synthesis", "syntheses"},
	{"terminus", "terminuses"},
	{"thesis", "theses"},
	{"thief", "thieves"},
	{"tie", "ties"},
	{"toe", "toes"},
	{"tomato", "tomatoes"},
	{"tooth", "teeth"},
	{"torpedo", "torpedoes"},
	{"vertex", "vertices"},
	{"veto", "vetoes"},
	{"virus", "viruses"},
	{"wife", "wives"},
	{"wolf", "wolves"},
	{"woman", "women"},
	{"zombie", "zombies"}
};

/* Nouns that are their own plural. */
static const char *const uncountables[] = {
	"advice", "aircraft", "analytics", "athletics", "chassis", "data", "deer",
	"dns", "economics", "electronics", "equipment", "evidence", "feedback",
	"fish", "genetics", "gps", "graphics", "hardware", "headquarters", "http",
	"https", "information", "ios", "jeans", "knowledge", "logistics",
	"mathematics", "means", "media", "metadata", "money", "moose", "news",
	"offspring", "physics", "police", "politics", "rice", "series", "sheep",
	"shrimp", "sms", "software", "species", "staff", "swine", "tls", "traffic",
	"weather", "wildlife"
};

static bool
ends_with(const char *word, const char *suffix)
{
	size_t		length = strlen(word);
	size_t		n = strlen(suffix);

	return length >= n && strcmp(word + length - n, suffix) == 0;
}

/* The word without its last n letters, and with others in their place. */
static char *
replace_end(const char *word, int n, const char *end)
{
	return psprintf("%.*s%s", (int) strlen(word) - n, word, end);
}

static bool
is_uncountable(const char *word)
{
	for (int i = 0; i < lengthof(uncountables); i++)
		if (word[0] == uncountables[i][0] && strcmp(word, uncountables[i]) == 0)
			return true;
	return false;
}

static bool
is_consonant(char c)
{
	return c >= 'a' && c <= 'z' && strchr("aeiou", c) == NULL;
}

/*
 * The singular of a noun in lower case; the noun itself if it is not a plural.
 */
char *
fsq_singular(const char *word)
{
	size_t		length = strlen(word);

	if (length < 3 || is_uncountable(word))
		return pstrdup(word);
	for (int i = 0; i < lengthof(irregulars); i++)
	{
		if (word[0] != irregulars[i].singular[0])
			continue;
		if (strcmp(word, irregulars[i].plural) == 0)
			return pstrdup(irregulars[i].singular);
		if (strcmp(word, irregulars[i].singular) == 0)
			return pstrdup(word);
	}
	if (word[length - 1] != 's' ||
		ends_with(word, "ss") || ends_with(word, "us") || ends_with(word, "is"))
		return pstrdup(word);
	if (ends_with(word, "ies") && length > 4)
		return replace_end(word, 3, "y");
	if (ends_with(word, "sses") || ends_with(word, "shes") || ends_with(word, "ches") ||
		ends_with(word, "xes") || ends_with(word, "zzes") || ends_with(word, "oes"))
		return replace_end(word, 2, "");
	return replace_end(word, 1, "");
}

/* The plural of a singular noun in lower case; itself if it has none. */
char *
fsq_plural(const char *word)
{
	size_t		length = strlen(word);

	if (length < 2 || is_uncountable(word))
		return pstrdup(word);
	for (int i = 0; i < lengthof(irregulars); i++)
		if (word[0] == irregulars[i].singular[0] && strcmp(word, irregulars[i].singular) == 0)
			return pstrdup(irregulars[i].plural);
	if (ends_with(word, "s") || ends_with(word, "x") || ends_with(word, "z") ||
		ends_with(word, "ch") || ends_with(word, "sh"))
		return psprintf("%ses", word);
	if (word[length - 1] == 'y' && is_consonant(word[length - 2]))
		return replace_end(word, 1, "ies");
	return psprintf("%ss", word);
}
