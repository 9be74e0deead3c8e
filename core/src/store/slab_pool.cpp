// Allocation of slabs whole pages at a time.
#include "store/slab_pool.hpp"

#include <new>
#include <sys/mman.h>
#include <utility>

namespace mockfleet::store {

namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t texts_per_slab = 4; // larger ones than that have memory of their own

} // namespace

void slab_deleter::operator()(char* bytes) const {
    ::operator delete[](bytes, std::align_val_t{page});
}

slab slab_pool::take(std::size_t size) {
    if (size == slab_size_) {
        const std::lock_guard lock(mutex_);
        if (!spare_.empty()) {
            auto used = std::move(spare_.back());
            spare_.pop_back();
            return used;
        }
    }
    slab made(static_cast<char*>(::operator new[](size, std::align_val_t{page})));
#ifdef MADV_POPULATE_WRITE
    // One call for all pages instead of a fault for each; kernels that do not know it leave it at the faults.
    if (size == slab_size_) ::madvise(made.get(), size / page * page, MADV_POPULATE_WRITE);
#endif
    return made;
}

void slab_pool::give_back(slab used, std::size_t size) {
    if (size != slab_size_) return;
    const std::lock_guard lock(mutex_);
    if (spare_.size() < kept) spare_.push_back(std::move(used));
}

struct text_room::shared_slab {
    explicit shared_slab(std::shared_ptr<slab_pool> from)
        : pool(std::move(from)), bytes(pool->take(pool->slab_size())) {}
    ~shared_slab() { pool->give_back(std::move(bytes), pool->slab_size()); }
    shared_slab(const shared_slab&) = delete;
    shared_slab& operator=(const shared_slab&) = delete;

    std::shared_ptr<slab_pool> pool;
    slab bytes;
};

text_room::place text_room::take(std::size_t bytes) {
    if (bytes > pool_->slab_size() / texts_per_slab) {
        std::shared_ptr<char[]> own(new char[bytes]);
        auto* const at = own.get();
        return {std::move(own), at};
    }
    if (!current_ || used_ + bytes > pool_->slab_size()) {
        current_ = std::make_shared<shared_slab>(pool_);
        used_ = 0;
    }
    return {current_, current_->bytes.get() + std::exchange(used_, used_ + bytes)};
}

} // namespace mockfleet::store
