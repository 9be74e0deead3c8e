// Hands calls from the host's threads to the loop, many at a time.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace mockfleet::replicated {

/// `take` runs on the loop with everything that came since it ran last.
template <class Item>
class inbox {
public:
    inbox(boost::asio::io_context& loop, std::function<void(std::vector<Item>)> take)
        : loop_(loop), shared_(std::make_shared<shared>()) {
        shared_->take = std::move(take);
    }
    inbox(const inbox&) = delete;
    inbox& operator=(const inbox&) = delete;
    ~inbox() { close(); }

    /// Any thread. False, and the item stays, once it is closed.
    [[nodiscard]] bool put(Item& item) {
        bool first = false;
        {
            const std::lock_guard lock(shared_->mutex);
            if (shared_->closed) return false;
            first = shared_->items.empty();
            shared_->items.push_back(std::move(item));
        }
        if (first) {
            boost::asio::post(loop_, [to = shared_] {
                std::vector<Item> taken;
                {
                    const std::lock_guard lock(to->mutex);
                    taken.swap(to->items);
                }
                if (!taken.empty() && to->take) to->take(std::move(taken));
            });
        }
        return true;
    }

    /// On the loop, or when it runs no more: what nobody took. Nothing is taken after that.
    std::vector<Item> close() {
        const std::lock_guard lock(shared_->mutex);
        shared_->closed = true;
        shared_->take = {};
        return std::exchange(shared_->items, {});
    }

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(shared_->mutex);
        return shared_->items.size();
    }

private:
    struct shared {
        std::mutex mutex;
        std::vector<Item> items;
        std::function<void(std::vector<Item>)> take;
        bool closed = false;
    };
    boost::asio::io_context& loop_;
    std::shared_ptr<shared> shared_;
};

} // namespace mockfleet::replicated
