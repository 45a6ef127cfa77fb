/* SPDX-License-Identifier: GPL-2.0 */
/* Pass open files from one process to another. They end the test on errors. */
#ifndef _SELFTESTS_PASSFD_H
#define _SELFTESTS_PASSFD_H

void send_fd(int socket, int fd);
int receive_fd(int socket);

#endif /* _SELFTESTS_PASSFD_H */
