// Threads for plugins that may block: one thread for MF_CALLS_SERIAL, several for MF_CALLS_PARALLEL.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace mockfleet::plugin {

/// Runs jobs in the order they were posted. Jobs must not throw. post() is for any thread and never waits.
class worker_pool {
public:
    struct job {
        void (*run)(void* arg);
        void* arg;
    };

    /// Threads are named after `name` (its first 15 bytes) for debuggers and top.
    worker_pool(const std::string& name, std::size_t threads);

    /// Finishes the jobs that were posted, then joins: do not destroy while a job can hang (see abandon()).
    ~worker_pool();
    worker_pool(const worker_pool&) = delete;
    worker_pool& operator=(const worker_pool&) = delete;

    void post(job work);

    /// For a shutdown with a plugin that hangs: leaves the threads to themselves. The pool must then never be
    /// freed.
    void abandon();

private:
    void work();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<job> jobs_;
    bool ending_ = false;
    std::vector<std::thread> threads_;
};

} // namespace mockfleet::plugin
