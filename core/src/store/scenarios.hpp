// The states of scenarios: what the backend holds, kept in machines that I/O threads read without waiting.
#pragma once

#include "base/error.hpp"
#include "base/left_right.hpp"
#include "matching/request_facts.hpp"
#include "model/expectation.hpp"
#include "store/scenario_rule.hpp"
#include "store/shared_kind.hpp"
#include "store/state_client.hpp"
#include "store/text_map.hpp"
#include "store/write_flights.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::store {

/// Space `scenarios`, key as contract fleet 2.4, value = the name of the state. A machine without an entry is
/// in the state Started. Every move goes to the backend first and on condition that the entry is the one the
/// move starts from, so that of all nodes one wins.
class scenarios final : public shared_kind {
public:
    explicit scenarios(state_client state);
    ~scenarios();
    scenarios(const scenarios&) = delete;
    scenarios& operator=(const scenarios&) = delete;

    /// What an expectation asks; null when it names no scenario. Any thread.
    [[nodiscard]] std::unique_ptr<const scenario_rule> compile(const model::expectation& source);

    // I/O threads.

    /// Is the machine that this request drives in the state that the rule requires? `slot` is the number of
    /// the I/O thread.
    [[nodiscard]] bool allows(const scenario_rule& rule, matching::request_facts& request,
                              std::size_t slot) const;

    // Any thread; never while a guard of allows' kind or of the expectations is held.

    template <class Value>
    using answer = boost::asio::awaitable<base::result<Value>>;

    enum class outcome : std::uint8_t {
        moved,     ///< all of them
        elsewhere, ///< one is not, or no longer, where it starts from: nothing moved
        refused,   ///< the condition of `also` did not hold: nothing moved
    };
    /// Moves machines, each named once, in one transaction if the backend has any; else one after the other.
    /// `also` is written in that transaction, and needs one.
    answer<outcome> move(std::vector<scenario_move> moves, const batch_operation* also = nullptr);
    /// Is every machine there already, and no state required of it? Then moving them writes nothing.
    [[nodiscard]] bool are_made(const std::vector<scenario_move>& moves) const;
    /// Moves a machine from whatever state it is in.
    answer<void> set(std::string key, std::string state);

    struct shown {
        std::string name; ///< of an isolated machine: name[value]
        std::string state;
    };
    /// Of the shared machine of that name.
    [[nodiscard]] std::string state_of(std::string_view name) const;
    /// Those that have a stored state, by name.
    [[nodiscard]] std::vector<shown> list() const;

    /// Back to Started: every machine of one scenario, or all.
    answer<void> forget(std::string name);
    answer<void> clear();

    // As a kind of shared state.

    [[nodiscard]] std::string_view key_space() const override { return space; }
    answer<void> load() override;
    boost::asio::awaitable<void> changed(std::string key, std::uint64_t version) override;
    boost::asio::awaitable<void> reread() override;

    static constexpr std::string_view space = "scenarios";
    static constexpr std::string_view started = "Started";

private:
    using cell_pointer = std::shared_ptr<scenario_cell>;
    using cells = text_map<cell_pointer>;
    using name_pointer = std::shared_ptr<const state_name>;

    struct position {
        name_pointer name;
        std::uint64_t version = 0;
    };

    // With mutex_ held.
    [[nodiscard]] name_pointer intern(std::string_view text);
    [[nodiscard]] cell_pointer shared_cell(std::string_view name);
    [[nodiscard]] position position_of(std::string_view key) const;
    void put(const std::string& key, std::string_view state, std::uint64_t version);
    void take_out(const std::string& key);
    void drop_unused();

    /// A move on its way, and the position that it starts from.
    struct leg {
        const scenario_move* what;
        std::uint64_t before;
        condition when;
    };
    [[nodiscard]] std::optional<std::vector<leg>> take_off(const std::vector<scenario_move>& moves);
    answer<batch_outcome> write(const std::vector<leg>& legs, const batch_operation* also);
    [[nodiscard]] std::vector<std::string> land(const std::vector<leg>& legs, const batch_outcome* done,
                                                std::size_t first);
    boost::asio::awaitable<void> fetch(std::string key) override;

    state_client state_;
    mutable std::mutex mutex_; ///< never held over co_await
    cells cells_;              ///< by key: stored ones, and shared machines that expectations refer to
    text_map<std::weak_ptr<const state_name>> names_;
    std::uint64_t last_number_ = 0;
    std::uint64_t removals_ = 0; ///< what was read before the last one may be out of date
    std::size_t unused_check_at_ = 1024;
    name_pointer started_;
    write_flights flights_;
    base::left_right<text_map<cell_pointer>> isolated_; ///< isolated machines with a stored state
};

} // namespace mockfleet::store
