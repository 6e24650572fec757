/* station: the shortest useful program on libhealthrec. `station STORE` opens a store, or makes it if told --create,
 * registers a resident, and prints the rates. The passphrase is in the file that HEALTHREC_PASSPHRASE_FILE names.
 * Every call gives a status; after the first one that is not HR_OK, hr_error says what is wrong and what to do. */
#include <healthrec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static hr_status create_store(hr_store *store, const char *path, const char *passphrase) {
    char recovery_key[HR_RECOVERY_KEY_SIZE] = "";
    hr_create_options options;
    hr_create_options_init(&options);
    options.area = "110105"; /* everything in the store lies within this district */
    options.name = "朝阳站";
    options.passphrase = passphrase;
    options.recovery_key = recovery_key;
    hr_status status = hr_recovery_key_new(store, recovery_key);
    printf("recovery key, to be locked away: %s\n", recovery_key);
    return status == HR_OK ? hr_store_create(store, path, &options) : status;
}

static hr_status open_store(hr_store *store, const char *path, const char *passphrase) {
    hr_open_options options;
    hr_open_options_init(&options);
    options.passphrase = passphrase;
    return hr_store_open(store, path, &options);
}

/* A record is a JSON object with the column names of a roster. Saying the same again changes nothing. */
static hr_status register_resident(hr_store *store) {
    hr_status status = hr_put(store, "area", "{\"area\": \"110105001\", \"name\": \"第一街道\"}", NULL, NULL);
    if (status == HR_OK)
        status = hr_put(store, "area", "{\"area\": \"110105001001\", \"name\": \"第一社区\"}", NULL, NULL);
    if (status == HR_OK)
        status = hr_put(store, "resident",
                        "{\"name\": \"王小明\", \"sex\": 1, \"birth_date\": \"1935\", \"area\": \"110105001001\","
                        " \"file_opened\": \"2003-05-01\"}",
                        NULL, NULL);
    return status;
}

static hr_status print_rates(hr_store *store) {
    hr_cursor *rates = NULL;
    hr_status status = hr_rates(store, NULL, &rates); /* every indicator, for the store's area, today */
    while (status == HR_OK && (status = hr_cursor_next(rates)) == HR_OK) {
        long long numerator = hr_cursor_integer(rates, 4), denominator = hr_cursor_integer(rates, 5);
        printf("%-28s %lld of %lld\n", hr_cursor_text(rates, 3), numerator, denominator);
    }
    hr_cursor_free(rates);
    return status == HR_END ? HR_OK : status;
}

int main(int argc, char **argv) {
    char passphrase[256] = "";
    const char *secret = getenv("HEALTHREC_PASSPHRASE_FILE");
    FILE *file = secret ? fopen(secret, "r") : NULL;
    hr_store *store = NULL;
    if (argc < 2 || !file || !fgets(passphrase, sizeof passphrase, file) ||
        hr_store_new(&store, HR_LANGUAGE_AUTO) != HR_OK)
        return fputs("usage: HEALTHREC_PASSPHRASE_FILE=FILE station STORE [--create]\n", stderr), 2;
    passphrase[strcspn(passphrase, "\r\n")] = '\0';
    hr_status status = (argc > 2 ? create_store : open_store)(store, argv[1], passphrase);
    if (status == HR_OK && (status = register_resident(store)) == HR_OK)
        status = print_rates(store);
    if (status != HR_OK)
        fprintf(stderr, "%s\n", hr_error(store));
    hr_store_free(store);
    fclose(file);
    return status != HR_OK;
}
