// SPDX-License-Identifier: GPL-2.0
/*
 * The command top: the table of list on a whole screen, and below it what show says
 * about the selected region. Read again at events, and every second, as not everything
 * that is shown has events.
 */
#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "escape.h"
#include "explain.h"
#include "rows.h"
#include "table.h"
#include "text.h"

/* Last, as they make macros of many words. */
#include <curses.h>
#include <term.h>
#undef lines
#undef columns

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define REFRESH_MS	1000
/* However many events there are. */
#define EVENTS_MS	100

/* On a screen of less lines there is nothing but the table. */
#define SMALL		12

/* The lines of show that are below the table, and where their text begins. */
#define DETAIL_INDENT	18
static const char *const details[] = {
	"Resize:", "Guest says:", "Guest proposes:", "Policy:", "Limit:", "Not free yet:",
	"Leaving:", "Backed:", "Refused faults:",
};

enum { COLOR_NONE, COLOR_NOT_DONE, COLOR_HOPELESS };

static const struct {
	int key;
	const char *sort;
} sort_keys[] = {
	{ 'i', "id" }, { 'n', "name" }, { 's', "state" }, { 'u', "user" },
	{ 'p', "-plugged" }, { 'r', "-requested" }, { 'm', "-max" }, { 'l', "-left" },
	{ 'b', "-backed" }, { 'w', "-why" },
};

#define KEYS	"q quit  j k select  R reverse  sort by: insuprmlbw"

struct top {
	struct context *ctx;
	struct rows rows;
	struct row_sort sort;
	struct table_style style;
	bool color;		/* of whole lines; style has none */
	uint32_t selected;	/* id; 0: the first row, whichever that is */
	size_t first;		/* row at the top of the table */
	size_t page;		/* rows that fit */
	bool quit;
};

static volatile sig_atomic_t ended;

static void on_signal(int sig)
{
	(void)sig;
	ended = 1;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static size_t selected_row(const struct top *top)
{
	size_t i;

	for (i = 0; i < top->rows.nr; i++) {
		if (top->rows.rows[i].region.id == top->selected)
			return i;
	}
	return 0;
}

/* Returns 0 or -errno; what was there stays if the list keeps changing. */
static int read_again(struct top *top)
{
	struct region_list list;
	struct rows rows;
	int ret;

	ret = vnl_dump(&top->ctx->nl, &list);
	if (ret)
		return ret == -EAGAIN ? 0 : ret;
	ret = rows_make(&rows, &list);
	region_list_free(&list);
	if (ret)
		return ret;
	/* An id that names nothing: its region is gone, or not there yet. */
	rows_filter(&rows, &top->ctx->cl->filter);
	rows_find_vmms(&rows);
	rows_sort(&rows, &top->sort);
	rows_free(&top->rows);
	top->rows = rows;
	return 0;
}

static void put_line(int y, const char *text, attr_t attr)
{
	attrset(attr);
	mvaddstr(y, 0, text);
	attrset(A_NORMAL);
}

/* Cuts @text, of ASCII, to the width of the screen. */
static void put_cut(int y, const char *text, attr_t attr)
{
	attrset(attr);
	mvaddnstr(y, 0, text, COLS);
	attrset(A_NORMAL);
}

static attr_t row_attr(const struct top *top, size_t row)
{
	const struct region *region = &top->rows.rows[row].region;
	attr_t attr = A_NORMAL;

	if (region_is_not_done(region) && top->color)
		attr = COLOR_PAIR(progress_is_hopeless(region) ? COLOR_HOPELESS :
								 COLOR_NOT_DONE);
	if (row == selected_row(top))
		attr |= A_REVERSE;
	return attr;
}

/* How many lines the details may take. */
static int detail_lines(void)
{
	return LINES >= 20 ? 9 : LINES >= SMALL ? 5 : 0;
}

/* One line of show, folded at spaces; returns the next line of the screen. */
static int put_detail(int y, const char *text)
{
	int indent = 0, width, len;

	while (*text && y < LINES) {
		width = COLS - indent;
		if (width < 8)
			return y;
		len = strcspn(text, "\n");
		if (len > width) {
			for (len = width; len > 1 && text[len] != ' '; len--)
				;
			if (len == 1)
				len = width;
		}
		mvaddnstr(y++, indent, text, len);
		text += len;
		text += strspn(text, " \n");
		indent = DETAIL_INDENT;
	}
	return y;
}

static bool is_detail(const char *line)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(details); i++) {
		if (!strncmp(line, details[i], strlen(details[i])))
			return true;
	}
	return false;
}

static void draw_details(const struct top *top)
{
	const struct region *region = &top->rows.rows[selected_row(top)].region;
	char name[REGION_STRING_MAX], title[REGION_STRING_MAX + 16];
	char *text = NULL, *line, *rest;
	int y = LINES - detail_lines();
	size_t len;
	FILE *file;

	if (y == LINES || !top->rows.nr)
		return;
	file = open_memstream(&text, &len);
	if (!file)
		return;
	/* No blocks: lines are folded by bytes. */
	text_region(file, region, false);
	if (fclose(file)) {
		free(text);
		return;
	}
	snprintf(title, sizeof(title), "%u  %s", region->id,
		 escape_text(name, sizeof(name), region->name));
	put_cut(y++, title, A_BOLD);
	for (line = strtok_r(text, "\n", &rest); line && y < LINES;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (is_detail(line))
			y = put_detail(y, line);
	}
	free(text);
}

static int draw_head(const struct top *top)
{
	char **totals = LINES < SMALL ? NULL : table_totals(&top->rows, &top->style);
	time_t now = time(NULL);
	char clock[sizeof(KEYS) + 64];
	struct tm tm;
	int y = 0, i;

	localtime_r(&now, &tm);
	strftime(clock, sizeof(clock), "vmemctl top  %H:%M:%S  " KEYS, &tm);
	put_cut(y++, clock, A_NORMAL);
	for (i = 0; totals && totals[i]; i++)
		put_cut(y++, totals[i], A_NORMAL);
	table_free(totals);
	return LINES < SMALL ? y : y + 1;
}

static void draw_table(struct top *top, int y)
{
	char **lines = table_lines(&top->rows, &top->style);
	int room = LINES - detail_lines() - y - 1;
	size_t selected = selected_row(top), i;

	if (!lines || room < 1) {
		table_free(lines);
		return;
	}
	top->page = room;
	if (selected < top->first)
		top->first = selected;
	if (selected >= top->first + room)
		top->first = selected - room + 1;
	if (top->first && top->first + room > top->rows.nr)
		top->first = top->rows.nr > top->page ? top->rows.nr - top->page : 0;
	put_line(y++, lines[0], A_BOLD);
	for (i = top->first; i < top->rows.nr && i < top->first + room; i++)
		put_line(y++, lines[i + 1], row_attr(top, i));
	table_free(lines);
}

static void draw(struct top *top)
{
	erase();
	top->style.width = COLS;
	draw_table(top, draw_head(top));
	draw_details(top);
	refresh();
}

static void select_row(struct top *top, ssize_t row)
{
	if (!top->rows.nr)
		return;
	if (row >= (ssize_t)top->rows.nr)
		row = top->rows.nr - 1;
	top->selected = top->rows.rows[row < 0 ? 0 : row].region.id;
}

static void sort_by(struct top *top, int key)
{
	char err[ROWS_ERROR_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sort_keys); i++) {
		if (sort_keys[i].key == key)
			sort_parse(sort_keys[i].sort, &top->sort, err);
	}
	if (key == 'R' && top->sort.nr)
		top->sort.down[0] = !top->sort.down[0];
	rows_sort(&top->rows, &top->sort);
}

static void press(struct top *top, int key)
{
	ssize_t row = selected_row(top), page = top->page ? top->page : 1;

	switch (key) {
	case 'q':
		top->quit = true;
		break;
	case KEY_UP:
	case 'k':
		select_row(top, row - 1);
		break;
	case KEY_DOWN:
	case 'j':
		select_row(top, row + 1);
		break;
	case KEY_PPAGE:
		select_row(top, row - page);
		break;
	case KEY_NPAGE:
	case ' ':
		select_row(top, row + page);
		break;
	case KEY_HOME:
		select_row(top, 0);
		break;
	case KEY_END:
		select_row(top, top->rows.nr);
		break;
	case 'L' - '@':
		clearok(stdscr, TRUE);
		break;
	default:
		sort_by(top, key);
	}
}

static void ignore_event(const char *event, const struct region *region, void *arg)
{
	(void)event;
	(void)region;
	(void)arg;
}

/*
 * Sleeps until a key, or until the regions are to be read again, which @due says.
 * Returns 0 or -errno.
 */
static int wait_for_something(struct top *top, int64_t *due)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = vnl_events_fd(&top->ctx->nl), .events = POLLIN },
	};
	int64_t left = *due - now_ms();
	int key, ret;

	if (poll(fds, 2, left > 0 ? left : 0) < 0 && errno != EINTR)
		return -errno;
	if (fds[1].revents) {
		ret = vnl_read_events(&top->ctx->nl, ignore_event, NULL);
		if (ret && ret != -ENOBUFS)
			return ret;
		if (*due > now_ms() + EVENTS_MS)
			*due = now_ms() + EVENTS_MS;
	}
	/* A new size of the terminal is a key, too. */
	while ((key = getch()) != ERR && !top->quit)
		press(top, key);
	if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
		top->quit = true;
	return 0;
}

static int run_screen(struct top *top)
{
	int64_t due = now_ms();
	int ret = 0;

	while (!ret && !top->quit && !ended) {
		if (now_ms() >= due) {
			due = now_ms() + REFRESH_MS;
			ret = read_again(top);
		}
		draw(top);
		if (!ret)
			ret = wait_for_something(top, &due);
	}
	return ret;
}

static SCREEN *open_screen(struct top *top)
{
	const char *term = getenv("TERM"), *cup;
	SCREEN *screen = NULL;
	bool found;
	int err;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		error("top needs a terminal; 'vmemctl list' and 'vmemctl monitor' do not");
		return NULL;
	}
	if (term && *term && setupterm(term, STDOUT_FILENO, &err) == OK) {
		cup = tigetstr("cup");
		found = cup && cup != (char *)-1;
		del_curterm(cur_term);
		if (found)
			screen = newterm(term, stdout, stdin);
	}
	if (!screen) {
		error("top cannot use a terminal of the type \"%s\"; see the environment variable TERM",
		      term ? term : "");
		return NULL;
	}
	cbreak();
	noecho();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	curs_set(0);
	top->color = top->style.color && start_color() == OK && use_default_colors() == OK;
	top->style.color = false;
	if (top->color) {
		init_pair(COLOR_NOT_DONE, COLOR_YELLOW, -1);
		init_pair(COLOR_HOPELESS, COLOR_RED, -1);
	}
	return screen;
}

int cmd_top(struct context *ctx)
{
	struct top top = { .ctx = ctx, .sort = ctx->cl->sort, .style = ctx->out.style };
	SCREEN *screen;
	int ret;

	ret = vnl_subscribe(&ctx->nl);
	if (ret) {
		vnl_complain(&ctx->nl, ret, "subscribing to events");
		return STATUS_REFUSED;
	}
	if (!top.sort.nr)
		sort_by(&top, 'i');
	top.style.exact = ctx->cl->output.exact;
	top.style.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	/* Before curses, which would leave at once. */
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	screen = open_screen(&top);
	if (!screen)
		return STATUS_USAGE;
	ret = run_screen(&top);
	endwin();
	delscreen(screen);
	rows_free(&top.rows);
	if (!ret)
		return STATUS_OK;
	vnl_complain(&ctx->nl, ret, "watching the regions");
	return STATUS_REFUSED;
}
