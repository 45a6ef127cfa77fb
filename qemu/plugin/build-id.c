// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The build ID of the running program: a hash of its content, which the linker has
 * written into it. The build of a plug-in takes it from here, too, by preloading this
 * file into QEMU, as the command that starts QEMU may be a script.
 */

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "identity.h"

/* A note's content and the next note are aligned to 4 bytes. */
static size_t note_align(size_t size)
{
    return (size + 3) & ~(size_t)3;
}

static void find_build_id(const uint8_t *note, size_t size, char *text)
{
    while (size >= sizeof(ElfW(Nhdr))) {
        const ElfW(Nhdr) *head = (const void *)note;
        const uint8_t *name = note + sizeof(*head);
        const uint8_t *content = name + note_align(head->n_namesz);
        const size_t length = sizeof(*head) + note_align(head->n_namesz) +
                              note_align(head->n_descsz);
        size_t i;

        if (length > size) {
            return;
        }
        if (head->n_type == NT_GNU_BUILD_ID && head->n_namesz == 4 &&
            !memcmp(name, "GNU", 4) &&
            head->n_descsz <= (PLUGIN_BUILD_ID_SIZE - 1) / 2) {
            for (i = 0; i < head->n_descsz; i++) {
                sprintf(text + 2 * i, "%02x", content[i]);
            }
            return;
        }
        note += length;
        size -= length;
    }
}

/* Called for the program itself first; returning 1 ends the iteration. */
static int look_at_program(struct dl_phdr_info *info, size_t size, void *text)
{
    int i;

    (void)size;
    for (i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

        if (segment->p_type == PT_NOTE && segment->p_align <= 4) {
            find_build_id((const void *)(info->dlpi_addr + segment->p_vaddr),
                          segment->p_memsz, text);
        }
    }
    return 1;
}

void plugin_get_build_id(char text[PLUGIN_BUILD_ID_SIZE])
{
    text[0] = '\0';
    dl_iterate_phdr(look_at_program, text);
}

#ifdef PRINT_BUILD_ID
static void __attribute__((constructor)) print_build_id(void)
{
    char text[PLUGIN_BUILD_ID_SIZE];

    if (!strncmp(program_invocation_short_name, "qemu-system-", 12)) {
        plugin_get_build_id(text);
        printf("build ID: %s\n", text);
        fflush(stdout);
    }
}
#endif
