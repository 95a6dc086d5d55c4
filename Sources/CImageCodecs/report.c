#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

void ci_free(void *block) { free(block); }

bool ci_fail(CIReport *report, CIFailure failure, const char *detail) {
    report->failure = failure;
    snprintf(report->detail, sizeof report->detail, "%s", detail ? detail : "");
    return false;
}

bool ci_accept_size(int64_t width, int64_t height, int64_t pixel_limit, CIReport *report) {
    report->width = width;
    report->height = height;
    if (width < 1 || height < 1) return ci_fail(report, CI_DAMAGED, "a side is zero");
    if (width > INT32_MAX || height > INT32_MAX || width * height > pixel_limit || width > 65535 || height > 65535)
        return ci_fail(report, CI_TOO_LARGE, "");
    return true;
}
