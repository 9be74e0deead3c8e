/* A plugin that needs a symbol which no library has: the dynamic linker refuses it. */
#include "sound.h"
extern int mf_nobody_has_this(void);
static mf_status open_it(const mf_host* host, const mf_pair* config, size_t count, mf_state** out) {
    return mf_nobody_has_this() + sound_open(host, config, count, out);
}
static const mf_state_ops ops = {
    sizeof(mf_state_ops), MF_CALLS_NONBLOCKING, open_it,     NULL, NULL, sound_close, sound_get, sound_put,
    sound_remove,         sound_scan,           sound_clear, NULL, NULL, NULL,        NULL};
MF_PLUGIN(.name = "state-unresolved", .version = "1", .summary = "", .state = &ops);
