/* Areas and moments as figures name them. */
#include "figures.h"
#include "rows.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

static const char *tier_name(const char *tier) {
    static const struct {
        const char *tier, *en, *zh;
    } tiers[] = {{"city", "city", "市"},
                 {"district", "district", "区"},
                 {"street", "street", "街道"},
                 {"committee", "committee", "居委会"}};
    for (size_t i = 0; i < sizeof tiers / sizeof *tiers; i++)
        if (strcmp(tiers[i].tier, tier) == 0)
            return tr(tiers[i].en, tiers[i].zh);
    return tier;
}

char *figures_area(hr_cursor *row, char *out, size_t size) {
    char code[16], name[400];
    snprintf(code, sizeof code, "%s", hr_cursor_text(row, R_AREA));
    snprintf(name, sizeof name, "%s", hr_cursor_text(row, R_AREA_NAME));
    if (strcmp(code, name) == 0) /* nobody has named it yet */
        *name = '\0';
    snprintf(out, size, tr("%s %s%s(%s)", "%s %s%s（%s）"), code, name, *name ? tr(" ", "") : "",
             tier_name(hr_cursor_text(row, R_TIER)));
    return out;
}

void figures_known(const char *known_at) {
    if (known_at)
        printf(tr(", as known at %s", "，依据 %s 时已知的情况"), known_at);
}

char *figures_head(const char *as_of, const char *known_at) {
    char *head = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&head, &size);
    if (!out)
        return NULL;
    if (as_of)
        fprintf(out, "\"as_of\":\"%s\",", as_of);
    fputs("\"known_at\":", out);
    rows_json_text(out, known_at);
    fputc(',', out);
    fclose(out);
    return head;
}
