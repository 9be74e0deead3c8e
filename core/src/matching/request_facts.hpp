// What matching derives from one request, each part at most once and only when asked for.
#pragma once

#include "matching/parameter_list.hpp"
#include "model/received_body.hpp"
#include "model/request.hpp"
#include "json/body_document.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mockfleet::matching {

/// Reused for request after request by one thread, so that steady state allocates nothing. Not thread-safe.
/// Everything returned is valid until the next begin() and as long as the request's own memory.
class request_facts {
public:
    request_facts() = default;
    request_facts(const request_facts&) = delete;
    request_facts& operator=(const request_facts&) = delete;

    /// Starts a new request; forgets everything derived before.
    void begin(const model::request_view& request);

    [[nodiscard]] const model::request_view& request() const { return request_; }
    /// The path folded by to_lower.
    [[nodiscard]] std::string_view lower_path();
    /// Query parameters percent- and plus-decoded in order; `;` is an ordinary character (core.md 3.4).
    [[nodiscard]] std::span<const name_value> query();
    /// The Cookie header(s), parsed leniently.
    [[nodiscard]] std::span<const name_value> cookies();
    /// The body as parameters of a form, whatever its content type says.
    [[nodiscard]] std::span<const name_value> form();
    /// The body as UTF-8 text: decoded by its content type (core.md 2.7.4); base64 of a binary one.
    [[nodiscard]] std::string_view body_text();
    /// The body as a JSON document (a form counts as an object of its parameters), or nullptr if it is none.
    [[nodiscard]] const json::body_node* body_json();

    /// Is the body a JSON object with these fields? A long one that is not parsed yet is only looked through;
    /// the first look serves all further ones.
    [[nodiscard]] bool body_has_fields(const json::field_tree& wanted);

    /// Room for a matcher's own intermediate list of parameters.
    [[nodiscard]] std::vector<name_value>& scratch() { return scratch_; }

private:
    enum part : std::uint8_t {
        lower_part = 1,
        query_part = 2,
        cookie_part = 4,
        form_part = 8,
        type_part = 16,
        text_part = 32,
        json_part = 64,
        outline_part = 128
    };
    bool first_use(part which);
    const model::received_type& body_type();
    [[nodiscard]] bool json_as_received();

    model::request_view request_;
    std::uint8_t derived_ = 0;
    bool is_json_ = false;
    std::string lower_path_;
    std::string body_text_buffer_;
    std::string json_text_buffer_;
    std::string_view body_text_;
    std::string content_type_; ///< the one that body_type_ was made from
    model::received_type body_type_;
    parameter_list query_;
    parameter_list cookies_;
    parameter_list form_;
    json::body_document document_;
    json::body_node json_root_;
    std::vector<name_value> scratch_;
};

} // namespace mockfleet::matching
