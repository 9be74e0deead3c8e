// A queue and its threads; signals stay with the threads that handle them.
#include "plugin/worker_pool.hpp"

#include "plugin/thread_signals.hpp"

namespace mockfleet::plugin {

worker_pool::worker_pool(const std::string& name, std::size_t threads) {
    const signals_blocked blocked;
    for (std::size_t i = 0; i < threads; ++i) {
        threads_.emplace_back([this] { work(); });
        pthread_setname_np(threads_.back().native_handle(), name.substr(0, 15).c_str());
    }
}

worker_pool::~worker_pool() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
}

void worker_pool::post(job work) {
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(work);
    }
    wake_.notify_one();
}

void worker_pool::abandon() {
    for (auto& thread : threads_)
        thread.detach();
    threads_.clear();
}

void worker_pool::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        const auto next = jobs_.front();
        jobs_.pop_front();
        lock.unlock();
        next.run(next.arg);
        lock.lock();
    }
}

} // namespace mockfleet::plugin
