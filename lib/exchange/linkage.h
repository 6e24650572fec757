/* Linkage keys, one a year, and the tokens of persons that are made with them. */
#ifndef HR_EXCHANGE_LINKAGE_H
#define HR_EXCHANGE_LINKAGE_H

#include "exchange/peers.h"
#include "record/form.h"

enum { HR_LINKAGE_SIZE = 32 };
/* In guarded memory, for hr_secret_free. */
typedef struct hr_linkage {
    unsigned char key[HR_LINKAGE_SIZE];
    int year;
    char from[HR_STORE_ID_TEXT_SIZE]; /* the store it came from; "": drawn here */
} hr_linkage;
/* Within a transaction with the chart. The key of a year, or of the newest (0); *out is NULL when there is none. */
hr_status hr_linkage_find(hr_store *store, int year, hr_linkage **out);
/* Names a key to those who have it, and to others: "key=" of bundles and files. */
enum { HR_LINKAGE_PRINT_SIZE = 17 };
void hr_linkage_print(const unsigned char key[HR_LINKAGE_SIZE], char out[HR_LINKAGE_PRINT_SIZE]);

/* Who a resident is, to those with the same key: of his ID number, or for want of one of name, sex and birth date. */
enum { HR_TOKEN_SIZE = 33 }; /* hexadecimal text, with NUL */
void hr_token(const unsigned char key[HR_LINKAGE_SIZE], const hr_record *resident, char out[HR_TOKEN_SIZE]);

#endif
