/* SPDX-License-Identifier: MIT */
/* template_file.h -- How a template is read from its file. */
#ifndef PARLEY_WEB_TEMPLATE_FILE_H
#define PARLEY_WEB_TEMPLATE_FILE_H

#include <ClearSilver.h>

/* Files of this parse, includes too, are read with their lines joined. */
void template_file_register(CSPARSE *);

#endif
