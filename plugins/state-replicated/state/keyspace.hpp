// How spaces and keys of any bytes become keys of the engine, in bytewise order of the keys, and back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mockfleet::replicated {

/// Everything of a fleet lies under "/<cluster>/":
///   m/<node>             a member, bound to its lease
///   x/<node>             what a transaction leaves that stores nothing else, bound to the same lease
///   t                    written to move a quiet store's revision on
///   g/<space>            the generation of a space: written when the space is cleared
///   d/<space> ... k<key> an entry
///   d/<space> ... b<key> ... <write><n>  part n of an entry's value
/// The space of d, and the key of b, end in 00 01, and a 00 in them is written 00 FF: so one prefix covers
/// all of a space and nothing of another, and a longer name sorts behind its beginning. The generation lies
/// outside that prefix because one transaction cannot delete a range and write into it.
class keyspace {
public:
    explicit keyspace(std::string_view cluster);

    [[nodiscard]] const std::string& all() const { return root_; }
    [[nodiscard]] std::string members() const { return root_ + "m/"; }
    [[nodiscard]] std::string member(std::string_view node) const;
    [[nodiscard]] std::string mark(std::string_view node) const;
    [[nodiscard]] std::string tick() const { return root_ + "t"; }
    [[nodiscard]] std::string generation(std::string_view space) const;
    /// The prefix of entries and parts of a space.
    [[nodiscard]] std::string space(std::string_view space) const;
    [[nodiscard]] std::string entry(std::string_view space, std::string_view key) const;
    /// The prefix of all parts of an entry.
    [[nodiscard]] std::string parts(std::string_view space, std::string_view key) const;
    /// The prefix of the parts of one write.
    [[nodiscard]] std::string parts(std::string_view space, std::string_view key,
                                    std::string_view write) const;
    [[nodiscard]] std::string part(std::string_view space, std::string_view key, std::string_view write,
                                   std::uint16_t index) const;

    struct parsed {
        enum class kind { member, mark, tick, generation, entry, part, other } what = kind::other;
        std::string space;
        std::string key;   ///< or the member's node
        std::string write; ///< of a part
        std::uint16_t index = 0;
    };
    /// `other` for a key of a newer program.
    [[nodiscard]] parsed parse(std::string_view engine_key) const;

    /// Bytes that name one write of parts.
    static constexpr std::size_t write_bytes = 16;

private:
    std::string root_;
};

} // namespace mockfleet::replicated
