// Threads of this module take no signals: those belong to the thread that waits for them.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace mockfleet::plugin {

/// While it lives, threads that are started inherit a mask that blocks everything.
class signals_blocked {
public:
    signals_blocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    signals_blocked(const signals_blocked&) = delete;
    signals_blocked& operator=(const signals_blocked&) = delete;

private:
    sigset_t before_;
};

} // namespace mockfleet::plugin
