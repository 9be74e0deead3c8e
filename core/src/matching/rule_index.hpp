// The index of live rules: a request is compared with a few candidates only, however many rules there are.
#pragma once

#include "matching/compiled_matcher.hpp"

#include <cstdint>
#include <memory>
#include <type_traits>

namespace mockfleet::matching {

/// What the index orders and compares; store derives its live expectation from it. The index does not own
/// rules: a rule must outlive its membership.
struct rule {
    compiled_matcher matcher;
    std::int32_t priority = 0; ///< higher is tried first
    std::uint64_t order = 0;   ///< creation order; smaller is tried first among equal priorities; unique
};

/// Not synchronised: kept in a base::left_right by its owner. add and remove are O(1) on average and never
/// rebuild.
class rule_index {
public:
    rule_index();
    ~rule_index();
    rule_index(const rule_index&) = delete;
    rule_index& operator=(const rule_index&) = delete;

    void add(const rule* added);
    /// `removed` must have been added with the same matcher, priority and order.
    void remove(const rule* removed);
    void clear();
    [[nodiscard]] std::size_t size() const;

    /// The first rule in (priority descending, order ascending) whose matcher matches and for which
    /// `admit(const rule&)` returns true; nullptr if none. admit is asked only about matching rules, in that
    /// order.
    template <class Admit>
    const rule* first_match(request_facts& request, Admit&& admit) const {
        using admit_type = std::remove_reference_t<Admit>;
        return first_match(request, const_cast<void*>(static_cast<const void*>(&admit)),
                           [](void* context, const rule& candidate) {
                               return (*static_cast<admit_type*>(context))(candidate);
                           });
    }

private:
    using admit_function = bool (*)(void* context, const rule& candidate);
    const rule* first_match(request_facts& request, void* context, admit_function admit) const;

    struct tables;
    std::unique_ptr<tables> tables_;
};

} // namespace mockfleet::matching
