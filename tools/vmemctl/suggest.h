/* SPDX-License-Identifier: GPL-2.0 */
/* What somebody may have meant who mistyped a word. */
#ifndef VMEMCTL_SUGGEST_H
#define VMEMCTL_SUGGEST_H

#include <stdbool.h>

/*
 * How unlike the words are: the number of characters that were added, left out or
 * replaced, or neighbours that were exchanged. A word of which @word is the beginning is
 * as unlike as one character makes it. Words of more than 31 bytes are unlike anything.
 */
unsigned int suggest_distance(const char *word, const char *known);

/* Is that near enough for a question "did you mean"? */
bool suggest_is_near(const char *word, unsigned int distance);

/*
 * What @word of another tool is called here: "ls" is "list". NULL if it is nothing that
 * people try. A word of two may be a part of a command, such as "add".
 */
const char *suggest_translation(const char *word);

#endif /* VMEMCTL_SUGGEST_H */
