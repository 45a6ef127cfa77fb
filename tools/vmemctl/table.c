// SPDX-License-Identifier: GPL-2.0
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "explain.h"
#include "proc.h"
#include "table.h"
#include "text.h"
#include "units.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum column {
	COL_ID, COL_NAME, COL_VMM, COL_USER, COL_UNIT, COL_NODE, COL_STATE, COL_BLOCK,
	COL_PLUGGED, COL_REQUESTED, COL_MAX, COL_WHY, COL_BAR, NR_COLUMNS
};

#define GAP		2	/* spaces between columns */
#define BAR_WIDTH	(BAR_CELLS + 2)
/* More than any line has; a cell of the bar has three bytes. */
#define LINE_MAX_BYTES	(NR_COLUMNS * (CELL_MAX + 16))

static const struct {
	const char *title;
	bool right;
	bool optional;		/* left out if no row has something there */
} columns[NR_COLUMNS] = {
	[COL_ID]	= { "ID",		true,	false },
	[COL_NAME]	= { "NAME",		false,	false },
	[COL_VMM]	= { "VMM",		false,	false },
	[COL_USER]	= { "USER",		false,	true },
	[COL_UNIT]	= { "UNIT",		false,	true },
	[COL_NODE]	= { "NODE",		true,	false },
	[COL_STATE]	= { "STATE",		false,	false },
	[COL_BLOCK]	= { "BLOCK",		true,	false },
	[COL_PLUGGED]	= { "PLUGGED",		true,	false },
	[COL_REQUESTED]	= { "REQUESTED",	true,	false },
	[COL_MAX]	= { "MAX",		true,	false },
	[COL_WHY]	= { "WHY",		false,	true },
	[COL_BAR]	= { "",			false,	false },
};

/* What gives way, in this order, until the table fits; 0: the whole column. */
static const struct {
	enum column column;
	int width;
} steps[] = {
	{ COL_UNIT, 12 }, { COL_UNIT, 0 }, { COL_BLOCK, 0 }, { COL_USER, 0 },
	{ COL_NODE, 0 }, { COL_WHY, 24 }, { COL_VMM, 12 }, { COL_BAR, 0 }, { COL_VMM, 0 },
	{ COL_NAME, 16 }, { COL_STATE, 10 }, { COL_WHY, 16 }, { COL_NAME, 8 },
	{ COL_STATE, 7 }, { COL_NAME, 5 }, { COL_MAX, 0 }, { COL_WHY, 8 }, { COL_STATE, 0 },
};

struct cells {
	char text[NR_COLUMNS][CELL_MAX];
	const char *color[NR_COLUMNS];
};

static void put_size(char *buf, const struct region *region, int i, bool exact)
{
	if (exact && region_has(region, i))
		snprintf(buf, CELL_MAX, "%" PRIu64, region_u64(region, &region_attrs[i]));
	else
		text_value(buf, region, i);
}

static void put_vmm(char *buf, const struct region *region)
{
	size_t len;

	text_value(buf, region, VHOST_MEM_A_REGION_COMM);
	len = strlen(buf);
	if (region->pid)
		snprintf(buf + len, CELL_MAX - len, "/%u", region->pid);
}

static void fill_cells(struct cells *cells, const struct row *row,
		       const struct table_style *style)
{
	static_assert(BAR_TEXT_MAX <= CELL_MAX && VMM_TEXT_MAX <= CELL_MAX, "a cell must do");
	const struct region *region = &row->region;
	char (*text)[CELL_MAX] = cells->text;
	char why[PROPOSAL_TEXT_MAX];

	text_value(text[COL_ID], region, VHOST_MEM_A_REGION_ID);
	text_value(text[COL_NAME], region, VHOST_MEM_A_REGION_NAME);
	put_vmm(text[COL_VMM], region);
	strcpy(text[COL_USER], row->vmm.user);
	strcpy(text[COL_UNIT], row->vmm.unit);
	text_value(text[COL_NODE], region, VHOST_MEM_A_REGION_NODE);
	text_value(text[COL_STATE], region, VHOST_MEM_A_REGION_STATE);
	if (region_has(region, VHOST_MEM_A_REGION_LEAVING))
		snprintf(text[COL_STATE] + strlen(text[COL_STATE]),
			 CELL_MAX - strlen(text[COL_STATE]), ", leaving");
	put_size(text[COL_BLOCK], region, VHOST_MEM_A_REGION_BLOCK_SIZE, style->exact);
	put_size(text[COL_PLUGGED], region, VHOST_MEM_A_REGION_PLUGGED_SIZE, style->exact);
	put_size(text[COL_REQUESTED], region, VHOST_MEM_A_REGION_REQUESTED_SIZE, style->exact);
	put_size(text[COL_MAX], region, VHOST_MEM_A_REGION_SIZE, style->exact);
	snprintf(text[COL_WHY], CELL_MAX, "%.*s", CELL_MAX - 1, progress_short(why, region));
	bar_format(text[COL_BAR], region->plugged_size, region->requested_size, region->size,
		   style->utf8);

	if (!style->color)
		return;
	if (region_has(region, VHOST_MEM_A_REGION_STATE) &&
	    region->state >= VHOST_MEM_STATE_BROKEN)
		cells->color[COL_STATE] = "\033[31m";
	cells->color[COL_WHY] = progress_is_hopeless(region) ? "\033[31m" : "\033[33m";
}

static int cell_width(const struct cells *cells, int i, bool title)
{
	return i == COL_BAR && !title ? BAR_WIDTH : (int)strlen(cells->text[i]);
}

/* Natural widths; 0: the column is left out. */
static void find_widths(int *widths, const struct cells *cells, size_t nr)
{
	size_t row;
	int i, len;

	memset(widths, 0, NR_COLUMNS * sizeof(*widths));
	for (i = 0; i < NR_COLUMNS; i++) {
		for (row = columns[i].optional; row <= nr; row++) {
			len = cell_width(&cells[row], i, !row);
			if (len > widths[i])
				widths[i] = len;
		}
		len = strlen(columns[i].title);
		if (widths[i] && widths[i] < len)
			widths[i] = len;
	}
}

static int total_width(const int *widths)
{
	int i, total = -GAP;

	for (i = 0; i < NR_COLUMNS; i++) {
		if (widths[i])
			total += widths[i] + GAP;
	}
	return total;
}

/* What was shortened takes what is left, as a column that went may have left more. */
static void regrow(int *widths, const int *natural, int width)
{
	static const enum column order[] = { COL_WHY, COL_NAME, COL_STATE, COL_VMM };
	int over, *w;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		over = total_width(widths) - width;
		w = &widths[order[i]];
		if (*w && over < 0)
			*w = *w - over < natural[order[i]] ? *w - over : natural[order[i]];
	}
}

static void fit_widths(int *widths, int width)
{
	int natural[NR_COLUMNS], over, *w;
	size_t i;

	memcpy(natural, widths, sizeof(natural));
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		over = total_width(widths) - width;
		if (over <= 0)
			break;
		w = &widths[steps[i].column];
		if (!steps[i].width)
			*w = 0;
		else if (*w > steps[i].width)
			*w = *w - over > steps[i].width ? *w - over : steps[i].width;
	}
	regrow(widths, natural, width);
}

/* One cell and what is left of it, which ends in "~" if something is missing. */
static char *put_cell(char *p, const struct cells *cells, int i, int width, bool last,
		      bool title)
{
	int len = cell_width(cells, i, title), pad = width - len;
	const char *text = cells->text[i], *color = len ? cells->color[i] : NULL;

	if (color)
		p = stpcpy(p, color);
	if (pad > 0 && columns[i].right)
		p += sprintf(p, "%*s", pad, "");
	if (pad < 0)
		p += sprintf(p, "%.*s~", width - 1, text);
	else
		p = stpcpy(p, text);
	if (color)
		p = stpcpy(p, "\033[0m");
	if (pad > 0 && !columns[i].right && !last)
		p += sprintf(p, "%*s", pad, "");
	return p;
}

/* Only where even the narrowest table is too wide, without colours and bars. */
static void cut(char *line, unsigned int width)
{
	size_t len = strlen(line);

	if (!width || len <= width)
		return;
	for (len = width; len && line[len - 1] == ' '; len--)
		;
	line[len] = '\0';
}

static char *make_line(const struct cells *cells, const int *widths,
		       const struct table_style *style, bool title)
{
	char *line = calloc(1, LINE_MAX_BYTES), *p = line, *copy;
	int i, last = 0, gap = 0;

	if (!line)
		return NULL;
	for (i = 0; i < NR_COLUMNS; i++) {
		if (widths[i] && cell_width(cells, i, title))
			last = i;
	}
	if (title && style->color)
		p = stpcpy(p, "\033[1m");
	for (i = 0; i <= last; i++) {
		if (!widths[i])
			continue;
		p += sprintf(p, "%*s", gap, "");
		p = put_cell(p, cells, i, widths[i], i == last, title);
		gap = GAP;
	}
	if (title && style->color)
		stpcpy(p, "\033[0m");
	copy = strdup(line);
	free(line);
	return copy;
}

char **table_lines(const struct rows *rows, const struct table_style *style)
{
	struct cells *cells = calloc(rows->nr + 1, sizeof(*cells));
	char **lines = calloc(rows->nr + 2, sizeof(*lines));
	struct table_style plain = *style;
	int widths[NR_COLUMNS];
	size_t row;
	int i;

	if (!cells || !lines)
		goto fail;
	for (i = 0; i < NR_COLUMNS; i++)
		strcpy(cells[0].text[i], columns[i].title);
	for (row = 0; row < rows->nr; row++)
		fill_cells(&cells[row + 1], &rows->rows[row], style);
	find_widths(widths, cells, rows->nr);
	if (style->width)
		fit_widths(widths, style->width);
	if (style->width && total_width(widths) > (int)style->width) {
		/* Nothing helps: then colours would be cut, too. */
		plain.color = false;
		for (row = 0; row <= rows->nr; row++)
			memset(cells[row].color, 0, sizeof(cells[row].color));
	}
	for (row = 0; row <= rows->nr; row++) {
		lines[row] = make_line(&cells[row], widths, &plain, !row);
		if (!lines[row])
			goto fail;
		if (!plain.color && !widths[COL_BAR])
			cut(lines[row], style->width);
	}
	free(cells);
	return lines;
fail:
	free(cells);
	table_free(lines);
	return NULL;
}

static char *totals_size(char *buf, uint64_t bytes, bool exact)
{
	if (exact)
		snprintf(buf, SIZE_TEXT_MAX, "%" PRIu64, bytes);
	else
		size_format(buf, bytes);
	return buf;
}

static char *regions_line(const struct rows *rows, const struct row_sums *sums, bool exact)
{
	char plugged[SIZE_TEXT_MAX], requested[SIZE_TEXT_MAX], max[SIZE_TEXT_MAX];
	char limbo[SIZE_TEXT_MAX], of[32] = "", *line;

	if (rows->of != rows->nr)
		snprintf(of, sizeof(of), " of %zu", rows->of);
	if (asprintf(&line, "%zu%s region%s: %s plugged, %s requested, %s max%s%s", rows->nr,
		     of, rows->of == 1 ? "" : "s", totals_size(plugged, sums->plugged, exact),
		     totals_size(requested, sums->requested, exact),
		     totals_size(max, sums->max, exact),
		     sums->limbo ? ", not free yet: " : "",
		     sums->limbo ? totals_size(limbo, sums->limbo, exact) : "") < 0)
		return NULL;
	return line;
}

static char *host_line(const struct host_memory *host, const struct row_sums *sums, bool exact)
{
	char total[SIZE_TEXT_MAX], available[SIZE_TEXT_MAX], promised[SIZE_TEXT_MAX], *line;

	if (asprintf(&line, "Host: %s available of %s, VMs may still take %s%s",
		     totals_size(available, host->available, exact),
		     totals_size(total, host->total, exact),
		     totals_size(promised, sums->promised, exact),
		     sums->promised > host->available ? ": overcommitted" : "") < 0)
		return NULL;
	return line;
}

char **table_totals(const struct rows *rows, const struct table_style *style)
{
	char **lines = calloc(3, sizeof(*lines));
	struct host_memory host;
	struct row_sums sums;
	int nr = 0, i;

	if (!lines)
		return NULL;
	rows_sum(rows, &sums);
	proc_host_memory(&host);
	lines[nr++] = regions_line(rows, &sums, style->exact);
	if (host.total)
		lines[nr++] = host_line(&host, &sums, style->exact);
	for (i = 0; i < nr; i++) {
		if (!lines[i]) {
			table_free(lines);
			return NULL;
		}
		cut(lines[i], style->width);
	}
	return lines;
}

void table_free(char **lines)
{
	char **line;

	for (line = lines; line && *line; line++)
		free(*line);
	free(lines);
}
