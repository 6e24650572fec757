/* New keys for the store. Stands in for the module that writes both files anew. */
#include "store/store.h"

hr_status hr_generation_ready(hr_store *store) {
    (void)store;
    return HR_OK;
}

hr_status hr_generation_renew(hr_store *store, hr_progress progress, void *context) {
    (void)store;
    (void)progress;
    (void)context;
    return HR_OK;
}
