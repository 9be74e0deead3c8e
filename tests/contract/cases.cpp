// Runs cases under a watchdog.
#include "cases.hpp"

#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>
#include <unistd.h>

namespace mockfleet::contract {

namespace {

/// Ends the process if it is not destroyed in time: a plugin that deadlocks cannot be interrupted.
class watchdog {
public:
    watchdog(const std::string& name, std::chrono::minutes limit)
        : thread_([this, name, limit] {
              std::unique_lock lock(mutex_);
              if (wake_.wait_for(lock, limit, [this] { return done_; })) return;
              std::printf("FAIL %s: hangs\n", name.c_str());
              std::fflush(stdout);
              _exit(1);
          }) {}
    ~watchdog() {
        {
            const std::lock_guard lock(mutex_);
            done_ = true;
        }
        wake_.notify_all();
        thread_.join();
    }
    watchdog(const watchdog&) = delete;
    watchdog& operator=(const watchdog&) = delete;

private:
    std::mutex mutex_;
    std::condition_variable wake_;
    bool done_ = false;
    std::thread thread_;
};

} // namespace

void run_cases(const std::vector<contract_case>& cases, tally& result) {
    for (const auto& one : cases) {
        const watchdog watching(one.name, one.limit);
        try {
            one.run();
            std::printf("ok   %s\n", one.name.c_str());
            ++result.passed;
        } catch (const case_skipped& why) {
            std::printf("skip %s: %s\n", one.name.c_str(), why.what());
        } catch (const std::exception& why) {
            std::printf("FAIL %s: %s\n", one.name.c_str(), why.what());
            ++result.failed;
        }
        std::fflush(stdout);
    }
}

std::string shown(const std::string& bytes) {
    static constexpr std::size_t most = 40;
    static constexpr char digits[] = "0123456789abcdef";
    std::string text = "'";
    for (std::size_t i = 0; i < bytes.size() && i < most; ++i) {
        const auto c = static_cast<unsigned char>(bytes[i]);
        if (c >= ' ' && c < 0x7f) {
            text += static_cast<char>(c);
        } else {
            text += "\\x";
            text += digits[c >> 4U];
            text += digits[c & 15U];
        }
    }
    return text + (bytes.size() > most ? "'..." : "'");
}

} // namespace mockfleet::contract
